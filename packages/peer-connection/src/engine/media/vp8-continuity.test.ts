import { parseVp8Descriptor, Vp8Packetizer } from "@purertc/rtp";
import { expect, test } from "vitest";
import { Vp8Continuity } from "./vp8-continuity.ts";

function payload(pictureId: number, tl0PicIdx: number): Uint8Array {
  const packetizer = new Vp8Packetizer();
  packetizer.begin(new Uint8Array(20), 100, { pictureId, tl0PicIdx, temporalId: 0 });
  const out = new Uint8Array(100);
  return out.slice(0, packetizer.writeNext(out, 0));
}

test("RFC 7741 §4.2: picture ids and TL0PICIDX go on from one source to the next", () => {
  const continuity = new Vp8Continuity();
  const seen: unknown[] = [];
  const pass = (pictureId: number, tl0: number): void => {
    const bytes = payload(pictureId, tl0);
    continuity.rewrite(bytes, 0, bytes.length);
    const { pictureId: id, tl0PicIdx } = parseVp8Descriptor(bytes) as { pictureId: number; tl0PicIdx: number };
    seen.push([id, tl0PicIdx]);
  };
  pass(32_766, 254);
  pass(32_767, 255);
  continuity.restart();
  pass(500, 9);
  pass(500, 9); // another packet of the same frame
  pass(501, 10);
  expect(seen).toEqual([
    [32_766, 254],
    [32_767, 255],
    [0, 0],
    [0, 0],
    [1, 1],
  ]);
});

test("RFC 7741 §4.2: a late packet of the frame before does not move the count", () => {
  const continuity = new Vp8Continuity();
  for (const id of [10, 11, 10]) {
    const bytes = payload(id, 0);
    continuity.rewrite(bytes, 0, bytes.length);
  }
  continuity.restart();
  const bytes = payload(100, 0);
  continuity.rewrite(bytes, 0, bytes.length);
  expect(parseVp8Descriptor(bytes)).toMatchObject({ pictureId: 12 });
});

test("RFC 7741 §4.2: payloads that are cut off are left alone", () => {
  for (const bytes of [[], [0x80], [0x80, 0xf0], [0x80, 0xf0, 0x80], [0x80, 0xff, 0x80, 1, 2]]) {
    const array = Uint8Array.from(bytes);
    const continuity = new Vp8Continuity();
    continuity.restart();
    continuity.rewrite(array, 0, array.length);
    expect(array.length).toBe(bytes.length);
  }
});
