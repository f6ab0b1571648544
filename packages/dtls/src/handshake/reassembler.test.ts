import fc from "fast-check";
import { expect, test } from "vitest";
import type { HandshakeFragment } from "../codec/handshake.ts";
import { Reassembler } from "./reassembler.ts";

const LIMITS = { maxMessageLength: 1000, maxTotalLength: 2000, window: 4 };

function piece(body: Uint8Array, from: number, to: number, fields: Partial<HandshakeFragment> = {}): HandshakeFragment {
  return { type: 1, messageSeq: 0, length: body.length, fragmentOffset: from, fragment: body.subarray(from, to), ...fields };
}

const BODY = Uint8Array.from({ length: 200 }, (_, i) => i);

test("RFC 6347 §4.2.3: any cover of a message by pieces, in any order, with repeats and overlaps, gives the message", () => {
  const cut = fc.tuple(fc.nat(199), fc.nat(199)).map(([a, b]) => [Math.min(a, b), Math.max(a, b) + 1] as const);
  fc.assert(
    fc.property(fc.array(cut, { maxLength: 20 }), (cuts) => {
      const reassembler = new Reassembler(LIMITS);
      const present = new Set<number>();
      for (const [from, to] of [...cuts, [0, 90], [80, 200]] as const) {
        expect(reassembler.next() !== undefined).toBe(present.size === 200);
        expect(reassembler.add(piece(BODY, from, to), 0, 7)).toBe("kept");
        for (let i = from; i < to; i++) present.add(i);
      }
      expect(reassembler.next()).toMatchObject({ type: 1, messageSeq: 0, epoch: 0, body: BODY });
    }),
  );
});

test("RFC 6347 §4.2.2: messages come out in order, each once", () => {
  const reassembler = new Reassembler(LIMITS);
  const add = (messageSeq: number) => reassembler.add(piece(BODY, 0, 200, { messageSeq }), 0, messageSeq);
  expect([add(2), add(1)]).toEqual(["kept", "kept"]);
  expect(reassembler.next()).toBeUndefined();
  add(0);
  const order: number[] = [];
  for (let message = reassembler.next(); message !== undefined; message = reassembler.next()) {
    order.push(message.messageSeq);
    reassembler.accept();
  }
  expect(order).toEqual([0, 1, 2]);
  expect(add(1)).toBe("old");
  expect(reassembler.heldLength).toBe(0);
});

test("RFC 6347 §4.2.6: the whole message has the header of one fragment", () => {
  const reassembler = new Reassembler(LIMITS);
  reassembler.add(piece(BODY, 100, 200), 0, 1);
  reassembler.add(piece(BODY, 0, 100), 0, 2);
  expect([...reassembler.next()!.bytes.subarray(0, 12)]).toEqual([1, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0, 200]);
  expect(reassembler.next()!.recordSequenceNumber).toBe(2);
});

test("RFC 6347 §4.2.3: pieces that disagree never mix, and the message is whole in spite of them", () => {
  const wrong = Uint8Array.from(BODY, (byte) => byte ^ 1);
  for (const forged of [
    piece(wrong, 50, 150), // other bytes
    piece(BODY, 50, 150, { length: 300 }), // another length
    piece(BODY, 50, 150, { length: 151 }),
    piece(BODY, 50, 150, { type: 2 }), // another type
  ]) {
    for (const order of [
      [forged, piece(BODY, 0, 120), piece(BODY, 110, 200)],
      [piece(BODY, 0, 120), forged, piece(BODY, 110, 200)],
    ]) {
      const reassembler = new Reassembler(LIMITS);
      for (const each of order) reassembler.add(each, 0, 0);
      expect(reassembler.next()).toMatchObject({ type: 1, body: BODY });
    }
  }
});

test("RFC 6347 §4.1: pieces from different epochs never mix", () => {
  const reassembler = new Reassembler(LIMITS);
  reassembler.add(piece(BODY, 0, 100), 0, 0);
  reassembler.add(piece(BODY, 100, 200), 1, 0);
  expect(reassembler.next()).toBeUndefined();
});

test("a whole message is not replaced by another one", () => {
  const reassembler = new Reassembler(LIMITS);
  reassembler.add(piece(BODY, 0, 200), 0, 0);
  expect(reassembler.add(piece(BODY, 0, 200, { type: 2 }), 0, 1)).toBe("inconsistent");
  expect(reassembler.add(piece(BODY, 10, 20), 0, 1)).toBe("kept");
  expect(reassembler.next()).toMatchObject({ type: 1 });
  reassembler.discard();
  expect(reassembler.next()).toBeUndefined();
  expect(reassembler.add(piece(BODY, 0, 200, { type: 2 }), 0, 1)).toBe("kept");
  expect(reassembler.next()).toMatchObject({ type: 2 });
});

test("memory is bounded: too long, too far ahead, too much at once", () => {
  const reassembler = new Reassembler(LIMITS);
  const start = (messageSeq: number, length: number, type = 1) =>
    reassembler.add({ type, messageSeq, length, fragmentOffset: 0, fragment: new Uint8Array(1) }, 0, 0);
  expect(start(0, 1001)).toBe("too-long");
  expect(start(0, 0xff_ffff)).toBe("too-long");
  expect(start(4, 10)).toBe("too-far");
  expect(start(3, 900)).toBe("kept");
  expect(start(2, 900)).toBe("kept");
  expect(reassembler.heldLength).toBe(1800);
  // The message that is next always finds room, at the cost of those furthest ahead.
  expect(start(0, 1000)).toBe("kept");
  expect(start(0, 1000, 2)).toBe("kept");
  expect(start(0, 1000, 3)).toBe("kept");
  expect(reassembler.heldLength).toBe(2000);
  expect(start(1, 10)).toBe("too-far");
  for (let type = 0; type < 100; type++) start(0, 1 + type, type);
  expect(reassembler.heldLength).toBeLessThanOrEqual(2000);
});

test("an empty message is whole at once, and an empty piece of another says nothing", () => {
  const reassembler = new Reassembler(LIMITS);
  expect(reassembler.add(piece(BODY, 5, 5), 0, 0)).toBe("inconsistent");
  expect(reassembler.add({ type: 14, messageSeq: 0, length: 0, fragmentOffset: 0, fragment: new Uint8Array(0) }, 0, 0)).toBe("kept");
  expect(reassembler.next()).toMatchObject({ type: 14, body: new Uint8Array(0) });
});

test("the cost is that of the bytes: 64 KiB in pieces of one byte", () => {
  const reassembler = new Reassembler({ maxMessageLength: 65_536, maxTotalLength: 131_072, window: 10 });
  const body = new Uint8Array(65_536);
  for (let i = 65_535; i >= 0; i--) reassembler.add(piece(body, i, i + 1), 0, 0);
  expect(reassembler.next()?.body).toHaveLength(65_536);
});
