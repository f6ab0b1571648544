/** Offers and answers of media with real browsers: directions, streams, stopping, rolling back, simulcast, tones. What flows is in interop/media. */
import {
  EncodedTrackGenerator,
  MediaStream,
  RTCPeerConnection,
  RTCRtpReceiver,
  type RTCSessionDescriptionInit,
  type RTCTrackEvent,
  RtpTrackProcessor,
} from "purertc";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hasBrowser, type Tab, within } from "./browser.ts";
import { gathered } from "./gathered.ts";
import { serveAgentPage } from "./page-server.ts";
import { syntheticMedia } from "./synthetic-media.ts";
import { BROWSERS, opened, openedBrowser } from "./test-group.ts";

/** What the page keeps: a connection, its candidates, and a log of events. */
const SETUP = `(() => {
  globalThis.log = [];
  globalThis.pc = new RTCPeerConnection();
  pc.ontrack = ({ track, streams, transceiver }) => {
    log.push("track " + track.kind + " " + transceiver.mid + " " + streams.length);
    for (const name of ["mute", "ended"]) track.addEventListener(name, () => log.push(name + " " + track.kind));
    for (const stream of streams) stream.onremovetrack = () => log.push("removetrack");
  };
  globalThis.gathered = async () => {
    while (pc.iceGatheringState !== "complete") await new Promise((resolve) => pc.addEventListener("icegatheringstatechange", resolve, { once: true }));
    return { type: pc.localDescription.type, sdp: pc.localDescription.sdp };
  };
  ${syntheticMedia(640, 360)}
})()`;

describe.each(BROWSERS)("media negotiation with %s", (name, launch) => {
  const runs = hasBrowser(name);
  const server = opened(runs, serveAgentPage);
  const browser = openedBrowser(runs, launch);
  let tab: Tab;
  let pc: RTCPeerConnection;

  beforeEach(async () => {
    if (!runs) return;
    tab = await browser().open(server().url);
    await run(SETUP);
    pc = new RTCPeerConnection();
  });
  afterEach(async () => {
    if (!runs) return;
    await run("pc.close()");
    pc.close();
  });

  const run = <T>(expression: string): Promise<T> => within(20_000, expression.slice(0, 80), tab.evaluate(expression)) as Promise<T>;

  async function weOffer(): Promise<void> {
    await pc.setLocalDescription();
    const offer = JSON.stringify(await gathered(pc));
    const answer = await run<RTCSessionDescriptionInit>(
      `(async () => { await pc.setRemoteDescription(${offer}); await pc.setLocalDescription(); return gathered(); })()`,
    );
    await pc.setRemoteDescription(answer);
  }

  async function browserOffers(): Promise<void> {
    const offer = await run<RTCSessionDescriptionInit>("(async () => { await pc.setLocalDescription(); return gathered(); })()");
    await pc.setRemoteDescription(offer);
    await pc.setLocalDescription();
    const answer = JSON.stringify(await gathered(pc));
    await run(`pc.setRemoteDescription(${answer}).then(() => null)`);
  }

  const theirs = (): Promise<(string | null)[][]> =>
    run("pc.getTransceivers().map(({ mid, direction, currentDirection }) => [mid, direction, currentDirection])");
  const ours = (): (string | null)[][] =>
    pc.getTransceivers().map(({ mid, direction, currentDirection }) => [mid, direction, currentDirection]);

  async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`not within 10 s: ${what}`);
  }

  test.skipIf(!runs)("we offer everything: all codecs that the browser has are agreed on, with our payload types", async () => {
    pc.addTransceiver("audio");
    pc.addTransceiver("video");
    pc.createDataChannel("x");
    await weOffer();
    expect(ours()).toEqual([
      ["0", "sendrecv", "sendonly"],
      ["1", "sendrecv", "sendonly"],
    ]);
    expect(await theirs()).toEqual([
      ["0", "recvonly", "recvonly"],
      ["1", "recvonly", "recvonly"],
    ]);
    const agreed = (index: number): string[] =>
      pc
        .getSenders()
        [index]!.getParameters()
        .codecs.map(({ mimeType }) => mimeType);
    expect(agreed(0)).toContain("audio/opus");
    expect(agreed(0)).toContain("audio/PCMU");
    expect(agreed(1)).toEqual(expect.arrayContaining(["video/VP8", "video/VP9", "video/rtx"]));
    await until("connected", () => pc.connectionState === "connected");
    expect(await run("log")).toEqual(["track audio 0 0", "track video 1 0"]);
  });

  test.skipIf(!runs)("the browser offers everything: we answer, send back, and both are of one stream", async () => {
    await run(`(() => { const s = new MediaStream(); pc.addTrack(audio(), s); pc.addTrack(video(), s); pc.createDataChannel("x"); })()`);
    const events: RTCTrackEvent[] = [];
    const stream = new MediaStream();
    pc.ontrack = (event) => {
      events.push(event);
      pc.addTrack(event.track, stream);
    };
    await browserOffers();
    expect(events.map(({ track }) => track.kind)).toEqual(["audio", "video"]);
    expect(events[0]!.streams[0]).toBe(events[1]!.streams[0]);
    expect(ours().map(([, , current]) => current)).toEqual(["sendrecv", "sendrecv"]);
    expect((await theirs()).map(([, , current]) => current)).toEqual(["sendrecv", "sendrecv"]);
    expect(await run("log")).toEqual(["track audio 0 1", "track video 1 1"]);
    await until("unmuted", () => events.every(({ track }) => !track.muted));
  });

  test.skipIf(!runs)("directions change by offers of either side, and come back", async () => {
    await run("void pc.addTrack(audio())");
    const muted: string[] = [];
    pc.ontrack = ({ track }) => {
      muted.push("track");
      track.onmute = () => muted.push("mute");
      track.onunmute = () => muted.push("unmute");
    };
    await browserOffers();
    await until("unmuted", () => muted.includes("unmute"));
    await run(`void (pc.getTransceivers()[0].direction = "inactive")`);
    await browserOffers();
    expect(ours()[0]).toEqual(["0", "recvonly", "inactive"]);
    expect(muted).toEqual(["track", "unmute", "mute"]);
    await run(`void (pc.getTransceivers()[0].direction = "sendrecv")`);
    pc.getTransceivers()[0]!.direction = "sendrecv";
    await weOffer();
    expect(ours()[0]).toEqual(["0", "sendrecv", "sendrecv"]);
    expect((await theirs())[0]).toEqual(["0", "sendrecv", "sendrecv"]);
    await until("unmuted again", () => muted.at(-1) === "unmute");
  });

  test.skipIf(!runs)("a transceiver that one side stops is gone on both, and its section is used again", async () => {
    pc.addTransceiver("audio");
    pc.addTransceiver("video");
    await weOffer();
    await until("connected", () => pc.connectionState === "connected");
    pc.getTransceivers()[1]!.stop();
    await weOffer();
    expect(ours().map(([mid]) => mid)).toEqual(["0"]);
    expect(await theirs()).toHaveLength(1);
    expect(await run("log")).toContain("ended video");
    await run("void pc.addTransceiver('video')");
    await browserOffers();
    expect(pc.remoteDescription!.sdp.match(/^m=/gm)).toHaveLength(2);
    expect(ours()).toHaveLength(2);
    await run("pc.getTransceivers()[0].stop()");
    await browserOffers();
    expect(ours()).toHaveLength(1);
    expect(await theirs()).toHaveLength(1);
  });

  test.skipIf(!runs)("glare: our offer is rolled back for the browser's, then made again", async () => {
    pc.addTransceiver("audio", { direction: "sendonly" });
    await run("void pc.addTransceiver('video', { direction: 'sendonly' })");
    await pc.setLocalDescription();
    expect(pc.signalingState).toBe("have-local-offer");
    await browserOffers();
    expect(ours()).toEqual([
      [null, "sendonly", null],
      ["0", "recvonly", "recvonly"],
    ]);
    await weOffer();
    expect(ours().map(([, , current]) => current)).toEqual(["sendonly", "recvonly"]);
    expect((await theirs()).map(([, , current]) => current).sort()).toEqual(["recvonly", "sendonly"]);
  });

  test.skipIf(!runs)("glare the other way: the browser rolls its offer back for ours", async () => {
    // Of one kind: Chromium 156 numbers header extensions of a rolled back offer of another kind so that its own next offer is refused by itself.
    pc.addTransceiver("audio");
    await run("pc.addTransceiver('audio') && pc.setLocalDescription().then(() => null)");
    await weOffer();
    expect(ours()).toEqual([["0", "sendrecv", "sendonly"]]);
    await browserOffers();
    expect(ours()).toHaveLength(2);
  });

  test.skipIf(!runs)("setCodecPreferences on our side decides what the browser sends", async () => {
    const { codecs } = RTCRtpReceiver.getCapabilities("video")!;
    const transceiver = pc.addTransceiver("video", { direction: "recvonly" });
    transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => ["video/VP9", "video/rtx"].includes(mimeType)));
    await run("void pc.addTrack(video())");
    await weOffer();
    const seen = new Set<string>();
    new RtpTrackProcessor({ track: transceiver.receiver.track, onpacket: (_, { codec }) => seen.add(codec.mimeType) });
    await until("packets", () => seen.size > 0);
    expect([...seen]).toEqual(["video/VP9"]);
  });

  test.skipIf(!runs)("setStreams and removeTrack reach the browser", async () => {
    const [one, two] = [new MediaStream(), new MediaStream()];
    const { track } = new EncodedTrackGenerator({ kind: "audio" });
    const sender = pc.addTrack(track, one);
    await weOffer();
    sender.setStreams(one, two);
    await weOffer();
    expect(await run("log")).toEqual(["track audio 0 1", "track audio 0 2"]);
    pc.removeTrack(sender);
    await weOffer();
    expect(await run<string[]>("log")).toContain("removetrack");
    expect((await theirs())[0]![2]).toBe("inactive");
  });

  test.skipIf(!runs)("simulcast offered by the browser: its layers arrive under their rids", async () => {
    await run(`void pc.addTransceiver(video(), { sendEncodings: [{ rid: "h", scaleResolutionDownBy: 2 }, { rid: "f" }] })`);
    await browserOffers();
    expect(pc.localDescription!.sdp).toContain("a=simulcast:recv h;f");
    const [receiver] = pc.getReceivers();
    new RtpTrackProcessor({ track: receiver!.track, onpacket: () => undefined });
    await until("two layers", () => receiver!.getLayers().length === 2);
    expect(receiver!.getLayers().sort()).toEqual(["f", "h"]);
  });

  test.skipIf(!runs)("tones of the browser arrive as telephone-events, and ours are taken", async () => {
    await run("void pc.addTrack(audio())");
    const generator = new EncodedTrackGenerator({ kind: "audio" });
    pc.addTrack(generator.track);
    await browserOffers();
    await until("connected", () => pc.connectionState === "connected");
    const events = new Set<number>();
    new RtpTrackProcessor({
      track: pc.getReceivers()[0]!.track,
      onpacket: (packet, { codec }) => {
        if (codec.mimeType === "audio/telephone-event") events.add(packet[packet.length - 4]!);
      },
    });
    const can = await run<boolean>(
      "(async () => { for (let i = 0; i < 100 && !pc.getSenders()[0].dtmf.canInsertDTMF; i++) await new Promise((r) => setTimeout(r, 50)); return pc.getSenders()[0].dtmf.canInsertDTMF; })()",
    );
    if (can) {
      await run(`pc.getSenders()[0].dtmf.insertDTMF("12#")`);
      await until("tones", () => events.size === 3);
      expect([...events].sort((a, b) => a - b)).toEqual([1, 2, 11]);
    }
    const { dtmf } = pc.getSenders()[0]!;
    expect(dtmf!.canInsertDTMF).toBe(true);
    const tones: string[] = [];
    dtmf!.ontonechange = ({ tone }) => tones.push(tone);
    dtmf!.insertDTMF("5");
    await until("the end", () => tones.at(-1) === "");
    const received = await run<number>(
      `(async () => [...(await pc.getStats()).values()].filter(({ type }) => type === "inbound-rtp").reduce((sum, { packetsReceived }) => sum + packetsReceived, 0))()`,
    );
    expect(received).toBeGreaterThan(0);
  });
});
