import type { BlockCipher } from "@purertc/core";
import { expect, test } from "vitest";
import { createLookaheadCounterMode } from "./counter-mode.ts";
import { createLookaheadAead } from "./gcm.ts";
import { Keystream } from "./keystream.ts";

/** A block cipher that notes the length of each call, in blocks. What it answers does not matter here. */
class NotingCipher implements BlockCipher {
  readonly calls: number[] = [];

  encrypt(input: Uint8Array, at: number, length: number, out: Uint8Array, outAt: number): void {
    this.calls.push(length / 16);
    for (let i = 0; i < length; i++) out[outAt + i] = input[at + i]! ^ (0x5a + (i % 16));
  }
}

function stream(packets = 8): { readonly cipher: NotingCipher; readonly keystream: Keystream } {
  const cipher = new NotingCipher();
  return { cipher, keystream: new Keystream(cipher, new Uint8Array(16), 6, packets) };
}

/** What becomes of genuine packets `[from, to)` of `blocks` blocks: the calls they cost. */
function genuine(of: ReturnType<typeof stream>, from: number, to: number, blocks: number): readonly number[] {
  of.cipher.calls.length = 0;
  for (let index = from; index < to; index++) {
    of.keystream.acquire(index, blocks);
    of.keystream.confirm(index, blocks);
  }
  return [...of.cipher.calls];
}

test("lookahead: the first packet alone, then eight packets a call", () => {
  expect(genuine(stream(), 0, 25, 10)).toEqual([10, 80, 80, 80]);
});

test("lookahead: a stream may start anywhere, up to the last index", () => {
  expect(genuine(stream(), 2 ** 48 - 9, 2 ** 48, 2)).toEqual([2, 16]);
});

test("lookahead: windows of small packets are longer, up to 32 packets or 6 KiB", () => {
  for (const [blocks, packets] of [
    [1, 32],
    [12, 32],
    [13, 29],
    [24, 16],
    [48, 8],
    [97, 8],
  ] as const) {
    const cipher = new NotingCipher();
    const of = { cipher, keystream: new Keystream(cipher, new Uint8Array(16), 6, 8, 32) };
    expect(genuine(of, 0, 2 + packets, blocks)).toEqual([blocks, packets * blocks, packets * blocks]);
  }
});

test("lookahead: genuine packets of the warm-up are made alone, and forged ones do not end it", () => {
  const cipher = new NotingCipher();
  const of = { cipher, keystream: new Keystream(cipher, new Uint8Array(16), 6, 8, 8, 3) };
  for (let i = 0; i < 10; i++) of.keystream.acquire(0, 2);
  expect(genuine(of, 0, 5, 2)).toEqual([2, 2, 2, 2, 16]);
});

test("lookahead: 0 packets ahead makes each alone", () => {
  expect(genuine(stream(0), 0, 3, 4)).toEqual([4, 4, 4]);
});

test("lookahead: forged packets never move the window and never widen it", () => {
  const of = stream();
  genuine(of, 0, 4, 10);
  of.cipher.calls.length = 0;
  for (let i = 0; i < 100; i++) {
    of.keystream.acquire(1000 + 50 * i, 10); // far ahead: alone
    of.keystream.acquire(4, 97); // in the window, but longer than its room: alone
  }
  expect(of.cipher.calls).toEqual(Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 10 : 97)));
  expect(genuine(of, 4, 9, 10), "the rest of the window was still there").toEqual([]);
  expect(genuine(of, 9, 10, 10), "and the next one is as narrow").toEqual([80]);
});

test("lookahead: a forged packet right behind the window is made alone, and costs the next genuine one nothing", () => {
  const of = stream();
  genuine(of, 0, 8, 10); // window [1, 9), one left
  of.cipher.calls.length = 0;
  of.keystream.acquire(9, 10);
  expect(of.cipher.calls).toEqual([10]);
  expect(genuine(of, 8, 10, 10)).toEqual([80]);
});

test("lookahead: late packets are made alone and leave the window where it is", () => {
  const of = stream();
  genuine(of, 0, 20, 3); // window [17, 25)
  expect(genuine(of, 5, 7, 3)).toEqual([3, 3]);
  expect(genuine(of, 20, 25, 3)).toEqual([]);
});

test("lookahead: when nothing but late packets comes, the window goes back to them", () => {
  const of = stream();
  genuine(of, 1_000_000, 1_000_001, 3);
  expect(genuine(of, 0, 27, 3)).toEqual([...Array<number>(9).fill(3), 24, 24, 24]);
});

test("lookahead: a gap moves the window behind the packet after it", () => {
  const of = stream();
  genuine(of, 0, 5, 3);
  expect(genuine(of, 500, 509, 3)).toEqual([3, 24]);
});

test("lookahead: a longer packet widens the next window at once, two windows of shorter ones narrow it", () => {
  const of = stream();
  genuine(of, 0, 4, 4);
  expect(genuine(of, 4, 5, 77)).toEqual([77]);
  expect(genuine(of, 5, 13, 4)).toEqual([8 * 77]);
  expect(genuine(of, 13, 21, 4)).toEqual([8 * 77]);
  expect(genuine(of, 21, 29, 4)).toEqual([8 * 4]);
});

test("lookahead: packets longer than an Ethernet frame are made alone and keep the window narrow", () => {
  const of = stream();
  genuine(of, 0, 2, 4);
  expect(genuine(of, 2, 4, 98)).toEqual([98, 98]);
  expect(genuine(of, 4, 10, 4)).toEqual([32]);
});

test("lookahead: windows have the counter blocks of RFC 3711 §4.1.1 and GCM, whichever way they were written", () => {
  for (const position of [6, 8] as const) {
    const base = Uint8Array.from({ length: 16 }, (_, i) => 0xf1 * i);
    base[14] = position === 6 ? 0 : 0xff; // counters that run over 16 bits
    base[15] = position === 6 ? 1 : 0xfc;
    const ahead = new Keystream(new NotingCipher(), base, position, 8);
    const alone = new Keystream(new NotingCipher(), base, position, 0);
    for (const start of [0, 7, 0xfff9, 0xffff_fffa, 2 ** 40]) {
      for (let index = start; index < start + 12; index++) {
        const at = ahead.acquire(index, 6);
        const made = ahead.bytes.slice(at, at + 96);
        const from = alone.acquire(index, 6);
        expect(made.length).toBe(96);
        expect(made).toEqual(alone.bytes.slice(from, from + 96));
        ahead.confirm(index, 6);
      }
    }
  }
});

test("lookahead: AES-GCM opens forged packets without touching what was made ahead", () => {
  const cipher = new NotingCipher();
  const receiver = createLookaheadAead(cipher, new Uint8Array(12), { packets: 8 });
  const sender = createLookaheadAead(new NotingCipher(), new Uint8Array(12));
  const none = new Uint8Array(0);
  const sealed = (index: number): Uint8Array => {
    const buffer = new Uint8Array(116);
    sender.seal(index, none, buffer, 0, 100);
    return buffer;
  };
  const open = (index: number, packet: Uint8Array): boolean => receiver.open(index, none, packet, 0, 116, new Uint8Array(100), 0);
  for (let index = 0; index < 3; index++) expect(open(index, sealed(index))).toBe(true);
  cipher.calls.length = 0;
  for (let i = 0; i < 50; i++) expect(open(3 + i * 7, new Uint8Array(116))).toBe(false);
  for (let index = 3; index < 9; index++) expect(open(index, sealed(index))).toBe(true);
  // 48 of the forgeries were outside [1, 9) and cost one packet each; nothing else was made again.
  expect(cipher.calls).toEqual(Array<number>(49).fill(8));
});

test("lookahead: options out of range are refused", () => {
  for (const packets of [-1, 65, 1.5, Number.NaN]) {
    expect(() => createLookaheadAead(new NotingCipher(), new Uint8Array(12), { packets })).toThrow(RangeError);
    expect(() => createLookaheadCounterMode(new NotingCipher(), new Uint8Array(16), { packets })).toThrow(RangeError);
  }
});
