import { parseVp8Descriptor, parseVp9Descriptor, Vp8Packetizer, Vp9Packetizer } from "@purertc/rtp";
import { expect, test } from "vitest";
import { PictureContinuity } from "./picture-continuity.ts";

function payload(pictureId: number, tl0PicIdx: number): Uint8Array {
  const packetizer = new Vp8Packetizer();
  packetizer.begin(new Uint8Array(20), 100, { pictureId, tl0PicIdx, temporalId: 0 });
  const out = new Uint8Array(100);
  return out.slice(0, packetizer.writeNext(out, 0));
}

test("RFC 7741 §4.2: picture ids and TL0PICIDX go on from one source to the next", () => {
  const continuity = new PictureContinuity();
  const seen: unknown[] = [];
  const pass = (pictureId: number, tl0: number): void => {
    const bytes = payload(pictureId, tl0);
    continuity.rewrite("vp8", bytes, 0, bytes.length);
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
  const continuity = new PictureContinuity();
  for (const id of [10, 11, 10]) {
    const bytes = payload(id, 0);
    continuity.rewrite("vp8", bytes, 0, bytes.length);
  }
  continuity.restart();
  const bytes = payload(100, 0);
  continuity.rewrite("vp8", bytes, 0, bytes.length);
  expect(parseVp8Descriptor(bytes)).toMatchObject({ pictureId: 12 });
});

test("RFC 9628 §4.2: of VP9 too, with and without layers, and with the short form of the id", () => {
  const continuity = new PictureContinuity();
  const layer = { temporalId: 1, switchingUpPoint: false, spatialId: 0, interLayerDependency: false };
  const pass = (pictureId: number, tl0PicIdx?: number): unknown => {
    const packetizer = new Vp9Packetizer();
    const layered = tl0PicIdx === undefined ? {} : { layer, tl0PicIdx };
    packetizer.begin(new Uint8Array(20).fill(7), 100, { interPicturePredicted: true, pictureId, ...layered });
    const out = new Uint8Array(100);
    const bytes = out.subarray(0, packetizer.writeNext(out, 0));
    continuity.rewrite("vp9", bytes, 0, bytes.length);
    const parsed = parseVp9Descriptor(bytes) as { pictureId: number; tl0PicIdx?: number };
    expect(bytes.slice(-20)).toEqual(new Uint8Array(20).fill(7));
    return [parsed.pictureId, parsed.tl0PicIdx];
  };
  expect([pass(32_767, 255), pass(0, 0)]).toEqual([
    [32_767, 255],
    [0, 0],
  ]);
  continuity.restart();
  expect([pass(900, 77), pass(901, 78), pass(902)]).toEqual([
    [1, 1],
    [2, 2],
    [3, undefined],
  ]);
  const short = Uint8Array.of(0x80, 5, 1, 2); // |I|, seven bits
  continuity.restart();
  continuity.rewrite("vp9", short, 0, short.length);
  expect([...short]).toEqual([0x80, 4, 1, 2]);
});

test("RFC 7741 §4.2: payloads that are cut off are left alone", () => {
  for (const bytes of [[], [0x80], [0x80, 0xf0], [0x80, 0xf0, 0x80], [0x80, 0xff, 0x80, 1, 2]]) {
    const array = Uint8Array.from(bytes);
    const continuity = new PictureContinuity();
    continuity.restart();
    continuity.rewrite("vp8", array, 0, array.length);
    continuity.rewrite("vp9", array, 0, array.length);
    expect(array.length).toBe(bytes.length);
  }
});
