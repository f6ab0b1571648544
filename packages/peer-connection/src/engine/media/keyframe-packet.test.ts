import { H264Packetizer, H265Packetizer, Vp8Packetizer, Vp9Packetizer } from "@purertc/rtp";
import { expect, test } from "vitest";
import { keyframeTestOf } from "./keyframe-packet.ts";

/** Which of a frame's packets begin a key frame. */
function begins(mimeType: string, packetizer: { pending: boolean; writeNext(out: Uint8Array, at: number): number }): boolean[] {
  const test = keyframeTestOf(mimeType);
  const found: boolean[] = [];
  const out = new Uint8Array(2000);
  while (packetizer.pending) found.push(test(out, 12, 12 + packetizer.writeNext(out, 12)));
  return found;
}

test("RFC 7741 §4.2: VP8, by S, PID and the frame's own bit", () => {
  for (const [first, key] of [
    [0x50, true],
    [0x51, false],
  ] as const) {
    const packetizer = new Vp8Packetizer();
    packetizer.begin(new Uint8Array(300).fill(first), 120, { pictureId: 300, tl0PicIdx: 1, temporalId: 0 });
    expect(begins("video/vp8", packetizer)).toEqual([key, false, false]);
  }
});

test("RFC 9628 §4.2: VP9, by B and P, of the lowest layer", () => {
  for (const [interPicturePredicted, spatialId, key] of [
    [false, 0, true],
    [true, 0, false],
    [false, 1, false],
  ] as const) {
    const packetizer = new Vp9Packetizer();
    const layer = { temporalId: 0, switchingUpPoint: false, spatialId, interLayerDependency: false };
    packetizer.begin(new Uint8Array(200), 120, { interPicturePredicted, pictureId: 3, layer, tl0PicIdx: 1 });
    expect(begins("video/vp9", packetizer)).toEqual([key, false]);
  }
});

test("RFC 9628 §4.2: VP9 whose sender leaves P clear, by the frame's own header; a descriptor that is cut begins nothing", () => {
  for (const [header, key] of [
    [0b1000_0010, true],
    [0b1000_0110, false],
    [0b1000_1000, false],
  ] as const) {
    const packetizer = new Vp9Packetizer();
    packetizer.begin(new Uint8Array(50).fill(header), 120, { interPicturePredicted: false, pictureId: 3 });
    expect(begins("video/vp9", packetizer)).toEqual([key]);
  }
  expect(keyframeTestOf("video/vp9")(Uint8Array.of(0x88, 0x80), 0, 2)).toBe(false);
});

test("RFC 6184 §5.6-5.8: H.264, in a single NAL unit, a STAP-A and a FU-A", () => {
  const unit = (type: number, length: number): number[] => [0, 0, 0, 1, 0x60 | type, ...new Array<number>(length).fill(3)];
  const frame = (...units: number[][]): Uint8Array => Uint8Array.from(units.flat());
  const packets = (data: Uint8Array): boolean[] => {
    const packetizer = new H264Packetizer({ mode: 1 });
    packetizer.begin(data, 100);
    return begins("video/h264", packetizer);
  };
  expect(packets(frame(unit(5, 50)))).toEqual([true]);
  expect(packets(frame(unit(1, 50)))).toEqual([false]);
  expect(packets(frame(unit(6, 5), unit(7, 5), unit(8, 5)))).toEqual([true]);
  expect(packets(frame(unit(5, 150)))).toEqual([true, false]);
  expect(packets(frame(unit(1, 150)))).toEqual([false, false]);
});

test("RFC 7798 §4.4: H.265", () => {
  const packets = (type: number, length: number): boolean[] => {
    const packetizer = new H265Packetizer();
    packetizer.begin(Uint8Array.of(0, 0, 0, 1, type << 1, 1, ...new Uint8Array(length).fill(3)), 100);
    return begins("video/h265", packetizer);
  };
  expect(packets(19, 50)).toEqual([true]);
  expect(packets(1, 50)).toEqual([false]);
  expect(packets(19, 150)).toEqual([true, false]);
});

test("AV1 RTP §4.4: N, and every test stands short packets", () => {
  const av1 = keyframeTestOf("video/av1");
  expect([0x18, 0x10, 0x98].map((octet) => av1(Uint8Array.of(octet, 1), 0, 2))).toEqual([true, false, false]);
  for (const mimeType of ["video/vp8", "video/vp9", "video/h264", "video/h265", "video/av1"]) {
    const test = keyframeTestOf(mimeType);
    for (let first = 0; first < 256; first++) for (let length = 0; length < 4; length++) test(Uint8Array.of(first, 0x80, 0x80), 0, length);
  }
  expect(keyframeTestOf("video/none")(Uint8Array.of(0x10), 0, 1)).toBe(false);
  expect(keyframeTestOf("audio/opus")(Uint8Array.of(0x10), 0, 1)).toBe(true);
});
