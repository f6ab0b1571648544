/** Congestion control feedback with Chromium, of which one experiment offers RFC 8888: who sends learns from it what the path carries. */
import { play, testPattern } from "@purertc/media";
import { EncodedTrackGenerator, RTCPeerConnection, type RTCSessionDescriptionInit } from "purertc";
import { describe, expect, test } from "vitest";
import { hasBrowser, within } from "./browser.ts";
import { launchChromium } from "./chromium.ts";
import { gathered } from "./gathered.ts";
import { serveAgentPage } from "./page-server.ts";
import { syntheticMedia } from "./synthetic-media.ts";
import { opened } from "./test-group.ts";

const PAGE = `(() => {
  ${syntheticMedia(640, 360)}
  globalThis.pc = new RTCPeerConnection();
  pc.addTrack(video());
  globalThis.gathered = async () => {
    while (pc.iceGatheringState !== "complete") await new Promise((resolve) => pc.addEventListener("icegatheringstatechange", resolve, { once: true }));
    return { type: pc.localDescription.type, sdp: pc.localDescription.sdp };
  };
  globalThis.availableBitrate = async () => {
    const pairs = [...(await pc.getStats()).values()].filter(({ type }) => type === "candidate-pair");
    return Math.max(0, ...pairs.map(({ availableOutgoingBitrate }) => availableOutgoingBitrate ?? 0));
  };
})()`;

/** Chromium's, in bits per second. */
const INITIAL_BITRATE = 300_000;
const runs = hasBrowser("chromium");

describe.each([
  ["transport-cc", undefined],
  ["ack ccfb", "WebRTC-RFC8888CongestionControlFeedback/Enabled,offer:true/"],
] as const)("feedback as %s", (feedback, fieldTrials) => {
  const server = opened(runs, serveAgentPage);
  const browser = opened(runs, () => launchChromium({ fakeDevices: true, ...(fieldTrials !== undefined && { fieldTrials }) }));

  test.skipIf(!runs)("is agreed on, and heeded at both ends", async () => {
    const tab = await browser().open(server().url);
    const run = <T>(expression: string): Promise<T> => within(20_000, expression.slice(0, 80), tab.evaluate(expression)) as Promise<T>;
    await run(PAGE);
    const said = new Set<string>();
    const packet = (_: number, way: string, layer: string, bytes: Uint8Array): void => {
      // RFC 4585 §6.1: transport layer feedback, whose format says which.
      if (layer === "rtcp" && bytes[1] === 205) said.add(`${way} ${bytes[0]! & 31}`);
    };
    const pc = new RTCPeerConnection({}, { observer: { packet } });
    const generator = new EncodedTrackGenerator({ kind: "video" });
    pc.addTrack(generator.track);
    const over = new AbortController();
    void play(testPattern({ frameRate: 20 }), generator, { signal: over.signal }).catch(() => undefined);
    try {
      const offer = await run<RTCSessionDescriptionInit>("pc.setLocalDescription().then(gathered)");
      await pc.setRemoteDescription(offer);
      await pc.setLocalDescription();
      const answer = await gathered(pc);
      expect(answer.sdp!.match(/a=rtcp-fb:\S+ (transport-cc|ack ccfb)/g)).toContain(
        feedback === "ack ccfb" ? "a=rtcp-fb:* ack ccfb" : "a=rtcp-fb:96 transport-cc",
      );
      await run(`pc.setRemoteDescription(${JSON.stringify(answer)}).then(() => null)`);
      const format = feedback === "ack ccfb" ? 11 : 15;
      const available = async (): Promise<number> => {
        let most = 0;
        for (const one of (await pc.getStats()).values())
          if (one.type === "candidate-pair") most = Math.max(most, one.availableOutgoingBitrate ?? 0);
        return most;
      };
      // Without feedback Chromium stays where it begins, and we tell no estimate.
      for (
        let tries = 0;
        tries < 100 && ((await run<number>("availableBitrate()")) <= INITIAL_BITRATE || (await available()) === 0);
        tries++
      ) {
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      expect(said).toEqual(new Set([`in ${format}`, `out ${format}`]));
      expect(await run<number>("availableBitrate()")).toBeGreaterThan(INITIAL_BITRATE);
      expect(await available()).toBeGreaterThan(500_000);
    } finally {
      over.abort();
      pc.close();
      await run("pc.close()");
    }
  });
});
