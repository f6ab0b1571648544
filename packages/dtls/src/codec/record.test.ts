import { Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type DtlsRecord, MAX_FRAGMENT_LENGTH, parseRecordHeader, parseRecords, writeRecord } from "./record.ts";

const record: fc.Arbitrary<DtlsRecord> = fc.record({
  type: fc.integer({ min: 0, max: 255 }).filter((type) => (type & 0xe0) !== 0x20),
  version: fc.nat(0xffff),
  epoch: fc.nat(0xffff),
  sequenceNumber: fc.nat(2 ** 48 - 1),
  fragment: fc.uint8Array({ maxLength: 100 }),
});

function write(records: readonly DtlsRecord[]): Uint8Array {
  const out = new Uint8Array(records.reduce((length, { fragment }) => length + 13 + fragment.length, 0));
  records.reduce((at, each) => writeRecord(out, at, each), 0);
  return out;
}

test("RFC 6347 §4.1: several records in a datagram are written and read again", () => {
  fc.assert(fc.property(fc.array(record, { maxLength: 5 }), (records) => void expect(parseRecords(write(records))).toEqual(records)));
});

test("RFC 6347 §4.1: any bytes are records or malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const records = parseRecords(bytes);
      if (!(records instanceof Malformed)) expect(write(records)).toEqual(bytes);
    }),
  );
});

test("RFC 5246 §6.2.3: a fragment of more than 2^14 + 2048 bytes is malformed", () => {
  const header = (fragment: Uint8Array) =>
    parseRecordHeader(write([{ type: 23, version: 0xfefd, epoch: 1, sequenceNumber: 0, fragment }]), 0);
  expect(header(new Uint8Array(MAX_FRAGMENT_LENGTH))).toMatchObject({ length: MAX_FRAGMENT_LENGTH });
  expect(header(new Uint8Array(MAX_FRAGMENT_LENGTH + 1))).toEqual(new Malformed("bad-length", 11));
});

test("RFC 9147 §4: the unified header is told apart", () => {
  for (const first of [0x20, 0x2f, 0x3f])
    expect(parseRecordHeader(new Uint8Array(40).fill(first), 0)).toEqual(new Malformed("unified-header", 0));
});

test("a stated length is written as it is", () => {
  const out = new Uint8Array(20);
  writeRecord(out, 0, { type: 22, version: 0xfefd, epoch: 0, sequenceNumber: 0, fragment: new Uint8Array(1), length: 0xabcd });
  expect([out[11], out[12]]).toEqual([0xab, 0xcd]);
  expect(parseRecordHeader(out, 0)).toBeInstanceOf(Malformed);
});
