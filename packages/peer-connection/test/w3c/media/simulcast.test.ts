/** Layers of one track, and who gets which. */
import { expect, test } from "vitest";
import {
  EncodedTrackGenerator,
  EncodedTrackProcessor,
  type MediaStreamTrack,
  type RTCPeerConnection,
  type RTCTrackEvent,
} from "../../../src/index.ts";
import { exchangeCandidates, negotiate, next, virtualPeers } from "../../virtual-host.ts";
import { connected } from "./flow-scene.ts";
import { vp8Frame } from "./tracks.ts";

/** Two layers from a generator, of 500 and of 2500 octets a frame; a relay of them with a viewer. */
async function simulcast(): Promise<{
  readonly run: (count: number) => Promise<void>;
  readonly received: RTCTrackEvent;
  readonly relay: RTCPeerConnection;
  readonly shown: MediaStreamTrack;
}> {
  const { create, host } = virtualPeers();
  const [a, b, relay, viewer] = [create(), create(), create(), create()];
  exchangeCandidates(a, b);
  exchangeCandidates(relay, viewer);
  const generator = new EncodedTrackGenerator({ kind: "video" });
  a.addTransceiver(generator.track, { sendEncodings: [{ rid: "q" }, { rid: "f" }] });
  const event = next<RTCTrackEvent>(b, "track");
  await negotiate(a, b);
  const received = await event;
  relay.addTrack(received.track);
  const shown = next<RTCTrackEvent>(viewer, "track");
  await negotiate(relay, viewer);
  await Promise.all([a, relay, viewer].map(connected));
  const writer = generator.writable.getWriter();
  let index = 0;
  const run = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++, index++) {
      const key = index % 5 === 0;
      const timestamp = index * 2970;
      await writer.write({ data: vp8Frame(500, key), timestamp, mimeType: "video/VP8", rid: "q" });
      await writer.write({ data: vp8Frame(2500, key), timestamp, mimeType: "video/VP8", rid: "f" });
      await host.sleep(33);
    }
  };
  return { run, received, relay, shown: (await shown).track };
}

/** Lengths of the frames of a track, as they come. */
function lengthsOf(track: MediaStreamTrack): number[] {
  const lengths: number[] = [];
  void (async () => {
    for await (const frame of new EncodedTrackProcessor({ track }).readable) lengths.push(frame.data.byteLength);
  })();
  return lengths;
}

test("simulcast: layers by rid, of which the receiver gives one", async () => {
  const { run, received } = await simulcast();
  const lengths = lengthsOf(received.track);
  await run(10);
  expect(received.receiver.getLayers().toSorted()).toEqual(["f", "q"]);
  const [first] = lengths;
  expect(new Set(lengths)).toEqual(new Set([first]));
  received.receiver.selectLayer(first === 500 ? "f" : "q");
  await run(15);
  const changed = lengths.findIndex((length) => length !== first);
  expect(new Set(lengths.slice(changed))).toEqual(new Set([first === 500 ? 2500 : 500]));
});

test("simulcast: each relay chooses a layer for itself, from its next key frame on", async () => {
  const { run, received, relay, shown } = await simulcast();
  const here = lengthsOf(received.track);
  const there = lengthsOf(shown);
  await run(10);
  const [first] = here;
  expect(new Set(there)).toEqual(new Set([first]));
  const [sender] = relay.getSenders();
  sender!.selectLayer(first === 500 ? "f" : "q");
  await run(15);
  expect(new Set(here)).toEqual(new Set([first]));
  const changed = there.findIndex((length) => length !== first);
  expect(changed).toBeGreaterThan(0);
  expect(new Set(there.slice(changed))).toEqual(new Set([first === 500 ? 2500 : 500]));
  sender!.selectLayer(null);
  await run(10);
  expect(there.at(-1)).toBe(first);
});
