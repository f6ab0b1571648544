/** What an application of ours does with transceivers in the middle of a call with a real browser: add, replace, turn, stop, use again, roll back; in glare too. */
import { play, testPattern, tone } from "@purertc/media";
import { EncodedTrackGenerator, MediaStream, type MediaStreamTrack } from "purertc";
import { describe, expect, test } from "vitest";
import { hasBrowser } from "./browser.ts";
import { NegotiatingCall } from "./negotiating-call.ts";
import { serveAgentPage } from "./page-server.ts";
import { BROWSERS, opened, openedBrowser } from "./test-group.ts";

describe.each(BROWSERS)("transceivers of ours with %s", (name, launch) => {
  const runs = hasBrowser(name);
  const server = opened(runs, serveAgentPage);
  const browser = openedBrowser(runs, launch);

  /** Sources of ours that play, until the call is over. */
  interface Sources {
    video(): MediaStreamTrack;
    audio(): MediaStreamTrack;
  }

  async function inCall(task: (call: NegotiatingCall, sources: Sources) => Promise<void>): Promise<void> {
    const call = new NegotiatingCall(await browser().open(server().url));
    const over = new AbortController();
    const playing = (kind: "audio" | "video"): MediaStreamTrack => {
      const generator = new EncodedTrackGenerator({ kind });
      const source = kind === "video" ? testPattern({ width: 320, height: 180, frameRate: 20 }) : tone();
      // Its track may be stopped before the call is over, which ends the writing.
      void play(source, generator, { signal: over.signal }).catch(() => undefined);
      return generator.track;
    };
    const { pc } = call;
    pc.createDataChannel("first");
    try {
      await call.open();
      await call.until("connected", () => pc.connectionState === "connected");
      await task(call, { video: () => playing("video"), audio: () => playing("audio") });
    } finally {
      over.abort();
      await call.close();
    }
  }

  test.skipIf(!runs)("addTrack, replaceTrack, removeTrack and another", async () => {
    await inCall(async (call, { audio, video }) => {
      const { pc } = call;
      const [one, two] = [new MediaStream(), new MediaStream()];
      const sender = pc.addTrack(video(), one);
      const sound = pc.addTrack(audio(), one);
      await call.settled();
      const [first, second] = pc.getTransceivers();
      expect(await call.run("log.slice(0, 2)")).toEqual([`track video ${first!.mid} ${one.id}`, `track audio ${second!.mid} ${one.id}`]);
      await call.reaches([first!.mid, second!.mid]);
      await sender.replaceTrack(video());
      await call.reaches([first!.mid, second!.mid]);
      await sender.replaceTrack(null);
      await sender.replaceTrack(video());
      await call.reaches([first!.mid]);
      sound.setStreams(two);
      await call.settled();
      expect(await call.run("log.filter((line) => !line.startsWith('unmute')).slice(2)")).toEqual([
        `removetrack audio ${one.id}`,
        `track audio ${second!.mid} ${two.id}`,
      ]);
      pc.removeTrack(sender);
      await call.settled();
      expect(await call.run<string[]>("log")).toEqual(expect.arrayContaining([`mute video ${first!.mid}`, `removetrack video ${one.id}`]));
      expect(first!.currentDirection).toBe("inactive");
      const again = pc.addTrack(video(), one);
      await call.settled();
      // A sender that has sent is not used again.
      expect(again).not.toBe(sender);
      await call.reaches([pc.getTransceivers()[2]!.mid, second!.mid]);
    });
  });

  test.skipIf(!runs)("a direction that turns, and a page that answers with a track of its own", async () => {
    await inCall(async (call, { video }) => {
      const { pc } = call;
      const transceiver = pc.addTransceiver(video(), { direction: "sendonly" });
      await call.settled();
      const { mid } = transceiver;
      await call.reaches([mid]);
      const unmuted: string[] = [];
      for (const type of ["mute", "unmute"]) transceiver.receiver.track.addEventListener(type, () => unmuted.push(type));
      transceiver.direction = "sendrecv";
      await call.settled();
      expect(transceiver.currentDirection).toBe("sendonly");
      await call.run(`(async () => {
        const one = pc.getTransceivers().find(({ mid }) => mid === ${JSON.stringify(mid)});
        one.direction = "sendrecv";
        await one.sender.replaceTrack(video());
      })()`);
      await call.until("both ways", () => transceiver.currentDirection === "sendrecv");
      await call.arrives(mid);
      await call.reaches([mid]);
      for (const direction of ["recvonly", "inactive", "sendonly", "sendrecv"] as const) {
        transceiver.direction = direction;
        await call.settled();
        expect(transceiver.currentDirection).toBe(direction);
        if (direction.startsWith("send")) await call.reaches([mid]);
        if (direction.endsWith("recv") || direction === "recvonly") await call.arrives(mid);
      }
      expect(unmuted).toEqual(["unmute", "mute", "unmute"]);
    });
  });

  test.skipIf(!runs)("stop, and a section that is used again", async () => {
    await inCall(async (call, { audio, video }) => {
      const { pc } = call;
      const [first, second] = [pc.addTransceiver(video()), pc.addTransceiver(audio())];
      await call.settled();
      const { mid } = first;
      await call.reaches([first.mid, second.mid]);
      first.stop();
      expect([first.direction, first.currentDirection]).toEqual(["stopped", "sendonly"]);
      await call.settled();
      expect([first.currentDirection, pc.getTransceivers()]).toEqual(["stopped", [second]]);
      expect(await call.run<string[]>("log")).toContain(`ended video ${mid}`);
      expect(await call.run("sections()")).toEqual([[second.mid, "recvonly", "recvonly"]]);
      await call.reaches([second.mid]);
      const sections = (): number => pc.localDescription!.sdp.split("\r\nm=").length - 1;
      const before = sections();
      const third = pc.addTransceiver(video());
      await call.settled();
      expect([sections(), third.mid === mid]).toEqual([before, false]);
      await call.reaches([second.mid, third.mid]);
      // The page stops it, and adds one in its place.
      await call.run(`pc.getTransceivers().find(({ mid }) => mid === ${JSON.stringify(third.mid)}).stop()`);
      await call.settled();
      expect([third.direction, third.currentDirection, third.receiver.track.readyState]).toEqual(["stopped", "stopped", "ended"]);
      await call.run("void pc.addTransceiver(video())");
      await call.settled();
      const fourth = pc.getTransceivers().at(-1)!;
      expect([sections(), fourth.direction, fourth.currentDirection]).toEqual([before, "recvonly", "recvonly"]);
      await call.arrives(fourth.mid);
      await call.reaches([second.mid]);
    });
  });

  test.skipIf(!runs)("rolled back, and offered again", async () => {
    await inCall(async (call, { video }) => {
      const { pc } = call;
      pc.onnegotiationneeded = null;
      const transceiver = pc.addTransceiver(video());
      await pc.setLocalDescription();
      expect(transceiver.mid).not.toBeNull();
      await pc.setLocalDescription({ type: "rollback" });
      expect([transceiver.mid, pc.signalingState]).toEqual([null, "stable"]);
      // The page's offer comes in between.
      await call.run("void pc.addTrack(audio())");
      const arrived = await call.until("the page's track", () =>
        pc.getTransceivers().find(({ receiver }) => receiver.track.kind === "audio"),
      );
      await call.arrives(arrived.mid);
      expect(transceiver.mid).toBeNull();
      await pc.setLocalDescription();
      await call.run(`receive(${JSON.stringify({ description: pc.localDescription })})`);
      await call.settled();
      await call.reaches([transceiver.mid]);
      await call.arrives(arrived.mid);
    });
  });

  test.skipIf(!runs)("both sides at once, again and again", async () => {
    await inCall(async (call, { audio, video }) => {
      const { pc } = call;
      for (let round = 0; round < 5; round++) {
        const theirs = call.run(`void pc.addTransceiver(${round % 2 === 0 ? "video()" : "audio()"}, { direction: "sendonly" })`);
        pc.addTransceiver(round % 2 === 0 ? audio() : video(), { direction: "sendonly" });
        if (round === 3) pc.getTransceivers()[0]!.stop();
        // One that was negotiated: both browsers fire negotiationneeded for ever after one that was not is stopped.
        if (round === 4) await call.run("pc.getTransceivers().find(({ currentDirection }) => currentDirection === 'sendonly')?.stop()");
        await theirs;
        await new Promise((resolve) => setTimeout(resolve, round * 7));
      }
      await call.settled();
      const live = pc.getTransceivers();
      expect(live.every(({ mid, currentDirection }) => mid !== null && ["sendonly", "recvonly"].includes(String(currentDirection)))).toBe(
        true,
      );
      const mirrored = new Map([
        ["sendonly", "recvonly"],
        ["recvonly", "sendonly"],
      ] as const);
      const theirs = await call.run<[string, string, "sendonly" | "recvonly"][]>("sections()");
      const sorted = (list: readonly (readonly [string | null, unknown])[]) =>
        list.toSorted(([a], [b]) => String(a).localeCompare(String(b)));
      expect(sorted(live.map(({ mid, currentDirection }) => [mid, currentDirection]))).toEqual(
        sorted(theirs.map(([mid, , currentDirection]) => [mid, mirrored.get(currentDirection)])),
      );
      await call.reaches(live.filter(({ currentDirection }) => currentDirection === "sendonly").map(({ mid }) => mid));
      await Promise.all(live.filter(({ currentDirection }) => currentDirection === "recvonly").map(({ mid }) => call.arrives(mid)));
    });
  });
});
