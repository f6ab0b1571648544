/** Media that passes through Node between real browsers: echo, relay, simulcast, and networks that lose packets. */
import { play, Recorder, testPattern } from "@purertc/media";
import {
  EncodedTrackGenerator,
  EncodedTrackProcessor,
  MediaStream,
  type MediaStreamTrack,
  type RTCEncodedVideoFrame,
  RTCPeerConnection,
} from "purertc";
import { describe, expect, test } from "vitest";
import { hasBrowser } from "../browsers/browser.ts";
import { BROWSERS, opened, openedBrowser, openedFolder } from "../browsers/test-group.ts";
import { decodeAll, hasFfmpeg } from "./ffmpeg.ts";
import { LossyRelay } from "./lossy-relay.ts";
import { type BrowserStats, connectToTab, type MediaTab, openMediaTab, serveMediaPage, sleep } from "./media-tab.ts";

const LOSS = 0.1;

async function videoStats(tab: MediaTab, type = "inbound-rtp"): Promise<BrowserStats> {
  const [stats] = await tab.call<BrowserStats[]>("stats", type, "video");
  return stats ?? {};
}

/** Waits until the browser has shown so many frames more. */
async function showsMore(tab: MediaTab, frames: number): Promise<void> {
  const before = Number((await videoStats(tab)).framesDecoded ?? 0);
  await expect.poll(async () => (await videoStats(tab)).framesDecoded, { timeout: 20_000 }).toBeGreaterThan(before + frames);
}

/** Statistics of a Node peer, by type, of video. */
async function nodeStats(pc: RTCPeerConnection, type: string): Promise<BrowserStats> {
  const all = [...(await pc.getStats()).values()] as unknown as BrowserStats[];
  return all.find((entry) => entry.type === type && entry.kind === "video") ?? {};
}

describe.each(BROWSERS)("through Node with %s", (name, launch) => {
  const runs = hasBrowser(name);
  const page = opened(runs, serveMediaPage);
  const browser = openedBrowser(runs, launch);
  const inFolder = openedFolder(runs);

  test.skipIf(!runs).each(["browser", "node"] as const)("the camera comes back; the %s offers", async (offerer) => {
    const tab = await openMediaTab(browser(), page().url);
    const pc = new RTCPeerConnection();
    try {
      pc.ontrack = ({ track, transceiver }) => {
        transceiver.direction = "sendrecv";
        void transceiver.sender.replaceTrack(track);
      };
      if (offerer === "node") for (const kind of ["audio", "video"] as const) pc.addTransceiver(kind, { direction: "sendrecv" });
      await tab.call("camera");
      await connectToTab(pc, tab, { offerer });
      await showsMore(tab, 60);
      await expect
        .poll(async () => (await tab.call<BrowserStats[]>("stats", "inbound-rtp", "audio"))[0]?.totalAudioEnergy, { timeout: 10_000 })
        .toBeGreaterThan(0);
    } finally {
      await tab.call("close");
      pc.close();
    }
  });

  test.skipIf(!runs)("one tab's camera in two others, one of which comes late", async () => {
    const [from, one, two] = await Promise.all([1, 2, 3].map(() => openMediaTab(browser(), page().url)));
    const [source, first, second] = [new RTCPeerConnection(), new RTCPeerConnection(), new RTCPeerConnection()];
    try {
      const stream = new MediaStream();
      source.ontrack = ({ track }) => stream.addTrack(track);
      await from!.call("camera");
      await connectToTab(source, from!, { offerer: "browser" });
      for (const track of stream.getTracks()) first.addTrack(track, stream);
      await connectToTab(first, one!, { offerer: "node" });
      await showsMore(one!, 30);
      for (const track of stream.getTracks()) second.addTrack(track, stream);
      await two!.call("receive");
      await connectToTab(second, two!, { offerer: "browser" });
      await showsMore(two!, 30);
      await showsMore(one!, 10);
    } finally {
      for (const tab of [from, one, two]) await tab!.call("close");
      for (const pc of [source, first, second]) pc.close();
    }
  });

  test.skipIf(!runs || name !== "chromium")("RFC 8853: three layers, and which of them is read and relayed", async () => {
    const [from, to] = [await openMediaTab(browser(), page().url), await openMediaTab(browser(), page().url)];
    const [source, viewer] = [new RTCPeerConnection(), new RTCPeerConnection()];
    try {
      let receiver: ReturnType<RTCPeerConnection["getReceivers"]>[number] | undefined;
      source.ontrack = (event) => {
        receiver = event.receiver;
      };
      await from.call("camera", { audio: false, simulcast: true, width: 1280, height: 720, codecs: { video: "video/VP8" } });
      await connectToTab(source, from, { offerer: "browser" });
      viewer.addTrack(receiver!.track, new MediaStream([receiver!.track]));
      await connectToTab(viewer, to, { offerer: "node" });
      const reader = new EncodedTrackProcessor<RTCEncodedVideoFrame>({ track: receiver!.track }).readable.getReader();
      for (const [rid, width] of [
        ["f", 1280],
        ["q", 320],
        ["h", 640],
        ["f", 1280],
      ] as const) {
        receiver!.selectLayer(rid);
        const read = await layerRead(reader, rid);
        expect(read).toMatchObject({ type: "key", width });
        await expect.poll(async () => (await to.call<number[]>("shownSize"))[0], { timeout: 15_000 }).toBe(width);
      }
      await reader.cancel();
    } finally {
      for (const tab of [from, to]) await tab.call("close");
      for (const pc of [source, viewer]) pc.close();
    }
  });

  test.skipIf(!runs).each(["browser", "node"] as const)(
    "RFC 4585, 4588: with the %s offering, a tenth lost from the browser is repaired",
    async (offerer) => {
      const tab = await openMediaTab(browser(), page().url);
      const relay = await LossyRelay.open(LOSS);
      const pc = new RTCPeerConnection(undefined, { loopback: true });
      try {
        let track: MediaStreamTrack | undefined;
        pc.ontrack = (event) => {
          track = event.track;
        };
        if (offerer === "node") pc.addTransceiver("video", { direction: "recvonly" });
        await tab.call("camera", { audio: false, codecs: { video: "video/VP8" } });
        await connectToTab(pc, tab, { offerer, rewrite: (description, from) => relay.rewrite(description, from) });
        const recorder = new Recorder([track!], inFolder(`${offerer}.webm`));
        await sleep(8000);
        const inbound = await nodeStats(pc, "inbound-rtp");
        const sent = await videoStats(tab, "outbound-rtp");
        const { tracks } = await recorder.stop();
        expect(relay.counts("browser").lost).toBeGreaterThan(20);
        expect(Number(inbound.nackCount)).toBeGreaterThan(10);
        expect(Number(inbound.retransmittedPacketsReceived)).toBeGreaterThan(10);
        expect(Number(sent.retransmittedPacketsSent)).toBeGreaterThan(10);
        // Nearly all of what the browser sent is in the file, and decodes.
        expect(tracks[0]!.frames).toBeGreaterThan(0.8 * Number(sent.framesSent));
        if (hasFfmpeg()) expect(Number((await decodeAll(inFolder(`${offerer}.webm`))).streams[0]!.nb_read_frames)).toBe(tracks[0]!.frames);
      } finally {
        await tab.call("close");
        pc.close();
        relay.close();
      }
    },
  );

  test.skipIf(!runs).each(["browser", "node"] as const)(
    "RFC 4585, 4588: with the %s offering, a tenth lost to the browser is repaired",
    async (offerer) => {
      const tab = await openMediaTab(browser(), page().url);
      const relay = await LossyRelay.open(LOSS, 2);
      const pc = new RTCPeerConnection(undefined, { loopback: true });
      const stop = new AbortController();
      try {
        const video = new EncodedTrackGenerator({ kind: "video" });
        pc.addTrack(video.track, new MediaStream([video.track]));
        if (offerer === "browser") await tab.call("receive", { audio: false, codecs: { video: "video/VP8" } });
        await connectToTab(pc, tab, { offerer, rewrite: (description, from) => relay.rewrite(description, from) });
        const played = play(testPattern(), video, { signal: stop.signal });
        await showsMore(tab, 5);
        const before = Number((await videoStats(tab)).framesDecoded);
        await sleep(6000);
        const received = await videoStats(tab);
        const outbound = await nodeStats(pc, "outbound-rtp");
        stop.abort();
        await played;
        expect(relay.counts("node").lost).toBeGreaterThan(20);
        expect(Number(received.nackCount)).toBeGreaterThan(10);
        expect(Number(outbound.nackCount)).toBeGreaterThan(5);
        expect(Number(outbound.retransmittedPacketsSent)).toBeGreaterThan(10);
        expect(Number(received.framesDecoded) - before).toBeGreaterThan(0.5 * 6 * 30);
      } finally {
        stop.abort();
        await tab.call("close");
        pc.close();
        relay.close();
      }
    },
  );
});

/** Reads until a frame of the layer comes, which must be a key frame. */
async function layerRead(reader: ReadableStreamDefaultReader<RTCEncodedVideoFrame>, rid: string): Promise<object> {
  for (let frames = 0; frames < 600; frames++) {
    const { value } = await reader.read();
    if (value === undefined) break;
    const metadata = value.getMetadata();
    if (metadata.rid === rid) return { type: value.type, width: metadata.width };
  }
  throw new Error(`layer ${rid} never came`);
}
