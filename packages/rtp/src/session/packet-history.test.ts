import { InvalidArgumentError, readU16, writeU16 } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PacketHistory } from "./packet-history.ts";

function packet(sequenceNumber: number, length = 20): Uint8Array {
  const bytes = new Uint8Array(length).fill(sequenceNumber);
  writeU16(bytes, 2, sequenceNumber);
  return bytes;
}

test("RFC 4588: the history is the last packets, as an obvious list has them", () => {
  const operation = fc.oneof(
    fc.record({ type: fc.constant("store" as const), step: fc.integer({ min: 1, max: 5 }), wait: fc.nat(30) }),
    fc.record({ type: fc.constant("retransmit" as const), back: fc.nat(40), wait: fc.nat(30) }),
  );
  fc.assert(
    fc.property(fc.nat(0xffff), fc.array(operation, { maxLength: 80 }), (first, operations) => {
      const history = new PacketHistory({ capacity: 16, maxPacketLength: 40, maxAgeMs: 200, maxRetransmissions: 2 });
      let model: { sequenceNumber: number; storedAt: number; sentAt: number; again: number }[] = [];
      let sequenceNumber = first;
      let now = 0;
      for (const one of operations) {
        now += one.wait;
        if (one.type === "store") {
          sequenceNumber = (sequenceNumber + one.step) & 0xffff;
          expect(history.store(now, packet(sequenceNumber))).toBe(true);
          model = [
            ...model.filter((old) => (old.sequenceNumber & 15) !== (sequenceNumber & 15)),
            { sequenceNumber, storedAt: now, sentAt: now, again: 0 },
          ];
          continue;
        }
        const wanted = (sequenceNumber - one.back) & 0xffff;
        const result = history.retransmit(now, wanted, 25);
        const entry = model.find((old) => old.sequenceNumber === wanted);
        if (entry === undefined) expect(result).toBe("unknown");
        else if (now - entry.storedAt > 200) expect(result).toBe("too-old");
        else if (entry.again > 0 && now - entry.sentAt < 25) expect(result).toBe("too-soon");
        else if (entry.again === 2) expect(result).toBe("too-often");
        else {
          expect(result).toEqual(packet(wanted));
          entry.again += 1;
          entry.sentAt = now;
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("RFC 4585 §6.2.1: a NACK storm sends each packet a few times only", () => {
  const history = new PacketHistory({ maxRetransmissions: 3 });
  history.store(0, packet(9));
  let sent = 0;
  for (let now = 0; now < 3000; now++) if (typeof history.retransmit(now, 9, 10) !== "string") sent += 1;
  expect(sent).toBe(3);
});

test("RFC 4585 §6.2.1: a packet that is asked for again and again is sent until its age is over, and not after", () => {
  const history = new PacketHistory({ maxRetransmissions: 200, maxAgeMs: 1000 });
  history.store(0, packet(9));
  for (let now = 100; now <= 1000; now += 100) expect(history.retransmit(now, 9, 10)).toEqual(packet(9));
  expect(history.retransmit(1100, 9, 10)).toBe("too-old");
});

test("packets are copies; too large ones are not kept; clear forgets", () => {
  const history = new PacketHistory({ capacity: 128, maxPacketLength: 30 });
  const bytes = packet(100, 30);
  history.store(0, bytes);
  bytes.fill(0);
  expect(readU16(history.retransmit(0, 100, 0) as Uint8Array, 2)).toBe(100);
  expect(history.store(0, packet(101, 31))).toBe(false);
  expect(history.store(0, packet(102, 50), 30)).toBe(true);
  expect(history.retransmit(0, 102, 0)).toHaveLength(30);
  history.clear();
  expect(history.retransmit(0, 100, 0)).toBe("unknown");
  for (const capacity of [0, 3, 0x1_0000]) expect(() => new PacketHistory({ capacity })).toThrow(InvalidArgumentError);
});
