/** Offers of either side in the middle of a call with a real browser: pictures, sound and data go on at both ends. Recordings and files are in interop/media. */
import {
  type RTCDataChannel,
  type RTCIceCandidate,
  type RTCIceCandidateInit,
  RTCPeerConnection,
  RTCRtpReceiver,
  type RTCSessionDescriptionInit,
} from "purertc";
import { describe, expect, test } from "vitest";
import { hasBrowser, type Tab, within } from "./browser.ts";
import { serveAgentPage } from "./page-server.ts";
import { syntheticMedia } from "./synthetic-media.ts";
import { BROWSERS, opened, openedBrowser } from "./test-group.ts";

/** The page sends a tone, a picture and pings; what comes back of them is counted. */
const SETUP = `(() => {
  globalThis.pc = new RTCPeerConnection();
  globalThis.described = () => ({ type: pc.localDescription.type, sdp: pc.localDescription.sdp });
  globalThis.candidates = [];
  pc.onicecandidate = ({ candidate }) => candidate && candidates.push(candidate.toJSON());
  ${syntheticMedia(320, 180)}
  globalThis.channel = pc.createDataChannel("pings");
  globalThis.pongs = 0;
  channel.onmessage = () => (pongs += 1);
  setInterval(() => channel.readyState === "open" && channel.send("ping"), 100);
  globalThis.decoded = async () => {
    const counts = {};
    for (const { type, kind, mid, framesDecoded, packetsReceived } of (await pc.getStats()).values())
      if (type === "inbound-rtp") counts[mid] = kind === "video" ? framesDecoded : packetsReceived;
    return counts;
  };
  pc.addTrack(audio());
  pc.addTrack(video());
})()`;

type Counts = Readonly<Record<string, number>>;

/** A call between the page and us, who send everything back. */
class Call {
  readonly pc: RTCPeerConnection = new RTCPeerConnection();
  readonly #tab: Tab;
  readonly #candidates: RTCIceCandidate[] = [];

  constructor(tab: Tab) {
    this.#tab = tab;
    this.pc.onicecandidate = ({ candidate }) => {
      if (candidate !== null) this.#candidates.push(candidate);
    };
    this.pc.ontrack = ({ track, transceiver }) => {
      transceiver.direction = "sendrecv";
      void transceiver.sender.replaceTrack(track);
    };
    this.pc.ondatachannel = ({ channel }: { readonly channel: RTCDataChannel }) => {
      channel.onmessage = ({ data }) => channel.send(data as string);
    };
  }

  run<T>(expression: string): Promise<T> {
    return within(20_000, expression.slice(0, 80), this.#tab.evaluate(expression)) as Promise<T>;
  }

  async offer(side: Side, options: { readonly iceRestart?: boolean } = {}): Promise<void> {
    if (side === "we") {
      await this.pc.setLocalDescription(await this.pc.createOffer(options));
      const offer = JSON.stringify(this.pc.localDescription);
      const answer = await this.run<RTCSessionDescriptionInit>(
        `(async () => { await pc.setRemoteDescription(${offer}); await pc.setLocalDescription(); return described(); })()`,
      );
      await this.pc.setRemoteDescription(answer);
      await this.#trickle();
      return;
    }
    const offer = await this.run<RTCSessionDescriptionInit>(
      `(async () => { await pc.setLocalDescription(await pc.createOffer(${JSON.stringify(options)})); return described(); })()`,
    );
    await this.pc.setRemoteDescription(offer);
    await this.pc.setLocalDescription();
    await this.run(`pc.setRemoteDescription(${JSON.stringify(this.pc.localDescription)}).then(() => null)`);
    await this.#trickle();
  }

  /** What flows from now on: the sections that both ends get more of, and whether pings are answered; waits for `mids` to be among them. */
  async flows(what: string, mids: readonly string[]): Promise<void> {
    const before = await this.#counts();
    let missing: readonly string[] = [];
    for (let tries = 0; tries < 60; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      await this.#trickle();
      const now = await this.#counts();
      const grows = (side: "ours" | "theirs", mid: string): boolean => (now[side][mid] ?? 0) >= (before[side][mid] ?? 0) + 5;
      missing = mids.flatMap((mid) => (["ours", "theirs"] as const).filter((side) => !grows(side, mid)).map((side) => `${side} ${mid}`));
      if (now.pongs < before.pongs + 2) missing = [...missing, "data"];
      if (missing.length === 0) return;
    }
    throw new Error(`${what}: not within 9 s: ${missing.join(", ")}; ${this.pc.connectionState}`);
  }

  /** How many frames or packets come at our side in half a second. */
  async received(mid: string): Promise<number> {
    const before = (await this.#counts()).ours[mid] ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 500));
    return ((await this.#counts()).ours[mid] ?? 0) - before;
  }

  /** The codec that our side gets on a section. */
  async codec(mid: string): Promise<string | undefined> {
    const report = await this.pc.getStats();
    for (const one of report.values()) {
      if (one.type !== "inbound-rtp" || one.mid !== mid) continue;
      const codec = one.codecId === undefined ? undefined : report.get(one.codecId);
      return codec?.type === "codec" ? codec.mimeType : undefined;
    }
    return undefined;
  }

  async #counts(): Promise<{ readonly ours: Counts; readonly theirs: Counts; readonly pongs: number }> {
    const ours: Record<string, number> = {};
    for (const one of (await this.pc.getStats()).values()) {
      if (one.type === "inbound-rtp") ours[String(one.mid)] = Number(one.packetsReceived);
    }
    return { ours, theirs: await this.run<Counts>("decoded()"), pongs: await this.run<number>("pongs") };
  }

  /** Both sides get what the other has found. */
  async #trickle(): Promise<void> {
    for (const candidate of await this.run<RTCIceCandidateInit[]>("candidates.splice(0)")) await this.pc.addIceCandidate(candidate);
    for (const candidate of this.#candidates.splice(0)) {
      await this.run(`pc.addIceCandidate(${JSON.stringify(candidate)}).then(() => null)`);
    }
  }
}

type Side = "we" | "they";
const SIDES = ["we", "they"] as const;
const other = (side: Side): Side => (side === "we" ? "they" : "we");

describe.each(BROWSERS)("a call with %s goes on", (name, launch) => {
  const runs = hasBrowser(name);
  const server = opened(runs, serveAgentPage);
  const browser = openedBrowser(runs, launch);

  async function inCall(task: (call: Call) => Promise<void>): Promise<void> {
    const call = new Call(await browser().open(server().url));
    await call.run(SETUP);
    try {
      await call.offer("they");
      await call.flows("at first", ["0", "1"]);
      await task(call);
    } finally {
      call.pc.close();
      await call.run("pc.close()");
    }
  }

  const stopFirst = async (call: Call, side: Side): Promise<void> => {
    if (side === "we") call.pc.getTransceivers()[0]!.stop();
    else await call.run("pc.getTransceivers()[0].stop()");
  };

  test.skipIf(!runs).each(SIDES.flatMap((stopper) => SIDES.map((offerer) => [stopper, offerer] as const)))(
    "when %s stop the bundle's first section and %s offer",
    { retry: 2 }, // Chromium 156 now and then closes its own end of the channel as it takes down the old transport: between two Chromiums in two of thirty moves.
    async (stopper, offerer) => {
      // Firefox 153 may send no more RTP on the transport that the bundle moves to: between two Firefoxes in ten of twelve moves. Data go on.
      const media = name === "firefox" ? [] : ["1"];
      await inCall(async (call) => {
        await stopFirst(call, stopper);
        await call.offer(offerer);
        await call.flows("stopped", media);
        await call.offer(other(offerer));
        await call.flows("the other side offers", media);
        // Once in eight times or so, Firefox's ICE stays in "checking" on a transport that it offers in the middle of a connection, though it answers our checks.
        if (name === "firefox") return;
        await call.run("void (globalThis.more = pc.addTrack(audio()))");
        await call.offer("they");
        const mid = await call.run<string>("pc.getTransceivers().find(({ sender }) => sender === more).mid");
        await call.flows("its place is used again", ["1", mid]);
        await call.offer("we");
        await call.flows("and that is offered by us", ["1", mid]);
      });
    },
  );

  test.skipIf(!runs).each(SIDES)("when %s offer a track more, its removal, and another", async (side) => {
    await inCall(async (call) => {
      const add = async (offerer: Side): Promise<string> => {
        await call.run("void (globalThis.more = pc.addTrack(video()))");
        await call.offer(offerer);
        return call.run("pc.getTransceivers().find(({ sender }) => sender === more).mid");
      };
      const mid = await add("they");
      await call.flows("more", ["0", "1", mid]);
      await call.run("pc.removeTrack(more)");
      await call.offer(side);
      await call.flows("fewer", ["0", "1"]);
      expect(await call.received(mid)).toBe(0);
      // A sender that has sent is not used again (webrtc-pc addTrack), so this is a new section, which only they can offer.
      await call.flows("more again", ["0", "1", await add("they")]);
    });
  });

  test.skipIf(!runs).each(SIDES)("when %s hold and resume", async (side) => {
    await inCall(async (call) => {
      for (const [direction, flows] of [
        ["inactive", false],
        ["sendrecv", true],
      ] as const) {
        if (side === "we") call.pc.getTransceivers()[1]!.direction = direction;
        else await call.run(`void (pc.getTransceivers()[1].direction = "${direction}")`);
        await call.offer(side);
        await call.flows(direction, flows ? ["0", "1"] : ["0"]);
        if (!flows) expect(await call.received("1")).toBe(0);
      }
    });
  });

  test.skipIf(!runs).each(SIDES)("when %s prefer another codec", async (side) => {
    await inCall(async (call) => {
      expect(await call.codec("1")).toBe("video/VP8");
      if (side === "we") {
        const { codecs } = RTCRtpReceiver.getCapabilities("video")!;
        call.pc.getTransceivers()[1]!.setCodecPreferences(codecs.filter(({ mimeType }) => ["video/VP9", "video/rtx"].includes(mimeType)));
      } else {
        await call.run(`(() => {
          const codecs = RTCRtpReceiver.getCapabilities("video").codecs.filter(({ mimeType }) => ["video/VP9", "video/rtx"].includes(mimeType));
          pc.getTransceivers()[1].setCodecPreferences(codecs);
        })()`);
      }
      await call.offer(side);
      await call.flows("with VP9", ["0", "1"]);
      expect(await call.codec("1")).toBe("video/VP9");
    });
  });

  test.skipIf(!runs).each(SIDES)("when %s restart ICE, twice", async (side) => {
    await inCall(async (call) => {
      for (const time of ["first", "second"]) {
        await call.offer(side, { iceRestart: true });
        await call.flows(time, ["0", "1"]);
      }
    });
  });
});
