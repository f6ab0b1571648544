import { bytesFromHex, hexFromBytes, InvalidArgumentError } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyAttribute, anyMessage, fakeMac } from "../../test/arbitraries.ts";
import {
  findAttribute,
  isStunMessage,
  parseStunMessage,
  type StunMessageToWrite,
  stunMessageBytes,
  unknownRequiredAttributes,
  writeStunMessage,
} from "./message.ts";
import { verifyFingerprint, verifyMessageIntegrity } from "./message-integrity.ts";

const transactionId = bytesFromHex("000102030405060708090a0b");

function reason(bytes: Uint8Array): unknown {
  const result = parseStunMessage(bytes);
  return "reason" in result ? [result.reason, result.offset] : result.type;
}

test("RFC 8489 §5: a request with a known and an unknown attribute, byte for byte", () => {
  const out = new Uint8Array(64).fill(0xee);
  const length = writeStunMessage(out, {
    type: "binding-request",
    transactionId,
    attributes: [
      { type: "USERNAME", value: "a:b" },
      { type: 0x7fff, bytes: new Uint8Array([1, 2, 3, 4, 5]) },
    ],
  });
  expect(hexFromBytes(out.subarray(0, length))).toBe(
    "000100142112a442000102030405060708090a0b" + "00060003613a6200" + "7fff0005" + "0102030405000000",
  );
  expect(out[length]).toBe(0xee);
});

test("RFC 8489 §5: what the writer is told it obeys", () => {
  const bytes = stunMessageBytes({
    type: "binding-request",
    transactionId,
    attributes: [
      { type: "USERNAME", value: "abc", length: 9 },
      { type: "FINGERPRINT", value: 0x01020304 },
    ],
    length: 0xfffc,
    magicCookie: 0xdeadbeef,
    paddingByte: 0x20,
  });
  expect(hexFromBytes(bytes)).toBe("0001fffcdeadbeef000102030405060708090a0b" + "0006000961626320" + "8028000401020304");
});

test("RFC 8489 §5: what the parser refuses, with its place", () => {
  const good = stunMessageBytes({ type: "binding-request", transactionId, attributes: [{ type: "PRIORITY", value: 5 }] });
  const changed = (at: number, ...values: number[]): Uint8Array => {
    const bytes = Uint8Array.from(good);
    bytes.set(values, at);
    return bytes;
  };
  expect(reason(good)).toBe("binding-request");
  expect(reason(new Uint8Array(0))).toEqual(["truncated", 0]);
  expect(reason(good.subarray(0, 19))).toEqual(["truncated", 19]);
  expect(reason(changed(0, 0x40))).toEqual(["not-stun", 0]);
  expect(reason(changed(0, 0x80))).toEqual(["not-stun", 0]);
  expect(reason(changed(2, 0, 7))).toEqual(["bad-length", 2]);
  expect(reason(changed(2, 0, 4))).toEqual(["bad-length", 2]);
  expect(reason(changed(2, 0, 12))).toEqual(["bad-length", 2]);
  expect(reason(changed(4, 0))).toEqual(["bad-magic-cookie", 4]);
  expect(reason(changed(22, 0, 5))).toEqual(["truncated-attribute", 22]);
  expect(reason(changed(22, 0, 3))).toEqual(["bad-attribute-value", 24]);
});

test("RFC 8489 §14.7: nothing follows FINGERPRINT", () => {
  const bytes = stunMessageBytes({
    type: "binding-request",
    transactionId,
    attributes: [{ type: "FINGERPRINT" }, { type: "PRIORITY", value: 5 }],
  });
  expect(reason(bytes)).toEqual(["attribute-after-fingerprint", 28]);
});

test("RFC 8489 §5: the caller's mistakes are thrown", () => {
  const message: StunMessageToWrite = { type: "binding-request", transactionId, attributes: [{ type: "SOFTWARE", value: "purertc" }] };
  for (let size = 0; size < 32; size++) expect(() => writeStunMessage(new Uint8Array(size), message)).toThrow(InvalidArgumentError);
  expect(writeStunMessage(new Uint8Array(32), message)).toBe(32);
  expect(() => stunMessageBytes({ ...message, transactionId: new Uint8Array(16) })).toThrow("12 bytes");
  expect(() => stunMessageBytes({ ...message, attributes: [{ type: "MAPPED-ADDRESS", value: { family: 4, ip: "x", port: 1 } }] })).toThrow(
    "not an IP",
  );
});

test("RFC 8489 §5: parse(write(x)) is x, for every kind of attribute", () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      expect(parseStunMessage(stunMessageBytes(message))).toEqual(message);
    }),
  );
});

test("RFC 8489 §5: write(parse(bytes)) is bytes, when they were canonical", () => {
  fc.assert(
    fc.property(fc.array(anyAttribute, { maxLength: 6 }), (attributes) => {
      const bytes = stunMessageBytes({ type: 0x3ff, transactionId, attributes: [...attributes, { type: "FINGERPRINT" }] });
      const message = parseStunMessage(bytes);
      expect(message).not.toHaveProperty("reason");
      if ("attributes" in message) expect(stunMessageBytes(message)).toEqual(bytes);
      expect(verifyFingerprint(bytes)).toBe("right");
    }),
  );
});

test("RFC 8489 §6.3: any bytes are a message or Malformed, never an exception, and are left as they were", () => {
  const header = fc.uint8Array({ maxLength: 120 }).map((body) => {
    const bytes = new Uint8Array(20 + (body.length & ~3));
    bytes.set([0, 1, bytes.length >> 8, bytes.length - 20, 0x21, 0x12, 0xa4, 0x42]);
    bytes.set(body.subarray(0, body.length & ~3), 20);
    return bytes;
  });
  const mutated = fc.tuple(anyMessage, fc.nat(), fc.nat(255)).map(([message, at, value]) => {
    const bytes = stunMessageBytes(message);
    bytes[at % bytes.length] = value;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), header, mutated), (bytes) => {
      const before = Uint8Array.from(bytes);
      const result = parseStunMessage(bytes);
      if ("reason" in result) expect(result.offset).toBeLessThanOrEqual(bytes.length);
      else {
        expect(isStunMessage(bytes)).toBe(true);
        verifyFingerprint(bytes);
        verifyMessageIntegrity(bytes, "MESSAGE-INTEGRITY", fakeMac(20));
        verifyMessageIntegrity(bytes, "MESSAGE-INTEGRITY-SHA256", fakeMac(32));
      }
      expect(bytes).toEqual(before);
    }),
    { numRuns: 300 },
  );
});

test("Sans-I/O contract: a parsed message holds no view of the datagram", () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const bytes = stunMessageBytes(message);
      const parsed = parseStunMessage(bytes);
      bytes.fill(0xdb);
      expect(parsed).toEqual(message);
    }),
  );
});

test("RFC 8489 §14.5, §14.6: attributes after the integrity ones are not found", () => {
  const message = parseStunMessage(
    stunMessageBytes({
      type: "binding-request",
      transactionId,
      attributes: [
        { type: "PRIORITY", value: 1 },
        { type: "PRIORITY", value: 2 },
        { type: "MESSAGE-INTEGRITY", value: new Uint8Array(20) },
        { type: "USE-CANDIDATE" },
        { type: 0x7abc, bytes: new Uint8Array(0) },
        { type: "MESSAGE-INTEGRITY-SHA256", value: new Uint8Array(32) },
        { type: "MESSAGE-INTEGRITY", value: new Uint8Array(20).fill(1) },
        { type: "FINGERPRINT" },
      ],
    }),
  );
  if ("reason" in message) throw new Error(message.reason);
  expect(message.attributes).toHaveLength(8);
  expect(findAttribute(message, "PRIORITY")?.value).toBe(1); // the first of equals
  expect(findAttribute(message, "USE-CANDIDATE")).toBeUndefined();
  expect(findAttribute(message, "MESSAGE-INTEGRITY-SHA256")).toBeDefined();
  expect(findAttribute(message, "FINGERPRINT")).toBeDefined();
  expect(unknownRequiredAttributes(message)).toEqual([]);
});

test("RFC 8489 §14: comprehension-required is below 0x8000", () => {
  const unknown = (...types: number[]) => types.map((type) => ({ type, bytes: new Uint8Array(0) }));
  const message = { type: "binding-request", transactionId, attributes: unknown(0x7fff, 0x8005, 2, 2, 0xffff) } as const;
  expect(unknownRequiredAttributes(message)).toEqual([0x7fff, 2]);
});
