import { bytesFromHex, hexFromBytes, writeU16 } from "@purertc/core";
import { expect, test } from "vitest";
import { attributeTypeName, attributeTypeNumber, type StunAttribute } from "./attributes.ts";
import { parseStunMessage, stunMessageBytes } from "./message.ts";

const transactionId = bytesFromHex("0102030405060708090a0b0c");

function write(attribute: StunAttribute): string {
  return hexFromBytes(stunMessageBytes({ type: "binding-request", transactionId, attributes: [attribute] }).subarray(20));
}

function parse(hex: string): unknown {
  const body = bytesFromHex(hex);
  const bytes = stunMessageBytes({ type: "binding-request", transactionId, attributes: [] });
  const whole = new Uint8Array(20 + body.length);
  whole.set(bytes);
  whole.set(body, 20);
  writeU16(whole, 2, body.length);
  const message = parseStunMessage(whole);
  return "reason" in message ? message.reason : message.attributes[0];
}

test.each<readonly [string, StunAttribute, string]>([
  ["RFC 8489 §14.1", { type: "MAPPED-ADDRESS", value: { family: 4, ip: "192.0.2.1", port: 0x1234 } }, "00010008" + "00011234c0000201"],
  [
    "RFC 8489 §14.1",
    { type: "ALTERNATE-SERVER", value: { family: 6, ip: "2001:db8::1", port: 1 } },
    "80230014" + "0002000120010db8000000000000000000000001",
  ],
  ["RFC 8489 §14.2", { type: "XOR-MAPPED-ADDRESS", value: { family: 4, ip: "192.0.2.1", port: 0x1234 } }, "00200008" + "00013326e112a643"],
  [
    "RFC 8489 §14.2",
    { type: "XOR-MAPPED-ADDRESS", value: { family: 6, ip: "2001:db8::1", port: 0x1234 } },
    "00200014" + "00023326" + "0113a9fa" + "010203040506070809" + "0a0b0d",
  ],
  ["RFC 8489 §14.8", { type: "ERROR-CODE", value: { code: 487, reason: "Role" } }, "00090008" + "00000457526f6c65"],
  [
    "RFC 8489 §14.11",
    {
      type: "PASSWORD-ALGORITHMS",
      value: [
        { algorithm: 2, parameters: new Uint8Array(0) },
        { algorithm: 1, parameters: new Uint8Array([7]) },
      ],
    },
    "8002000c" + "00020000" + "0001000107000000",
  ],
  ["RFC 8489 §14.12", { type: "PASSWORD-ALGORITHM", value: { algorithm: 2, parameters: new Uint8Array(0) } }, "001d0004" + "00020000"],
  ["RFC 8489 §14.13", { type: "UNKNOWN-ATTRIBUTES", value: [0x7ffe, 2, 3] }, "000a0006" + "7ffe000200030000"],
  ["RFC 8445 §16.1", { type: "PRIORITY", value: 0x6e0001ff }, "00240004" + "6e0001ff"],
  ["RFC 8445 §16.1", { type: "USE-CANDIDATE" }, "00250000"],
  ["RFC 8445 §16.1", { type: "ICE-CONTROLLED", value: 0x0102030405060708n }, "80290008" + "0102030405060708"],
  ["RFC 8445 §16.1", { type: "ICE-CONTROLLING", value: 2n ** 64n - 1n }, "802a0008" + "ffffffffffffffff"],
  ["RFC 8656 §18.1", { type: "CHANNEL-NUMBER", value: 0x4001 }, "000c0004" + "40010000"],
  ["RFC 8656 §18.2", { type: "LIFETIME", value: 600 }, "000d0004" + "00000258"],
  ["RFC 8656 §18.6", { type: "REQUESTED-ADDRESS-FAMILY", value: 6 }, "00170004" + "02000000"],
  ["RFC 8656 §18.7", { type: "EVEN-PORT", value: true }, "00180001" + "80000000"],
  ["RFC 8656 §18.8", { type: "REQUESTED-TRANSPORT", value: 17 }, "00190004" + "11000000"],
  ["RFC 8656 §18.9", { type: "DONT-FRAGMENT" }, "001a0000"],
  ["RFC 8656 §18.12", { type: "ADDRESS-ERROR-CODE", value: { family: 6, code: 440, reason: "no" } }, "80010006" + "020004286e6f0000"],
  ["RFC 8656 §18.13", { type: "ICMP", value: { icmpType: 3, icmpCode: 4, errorData: 1500 } }, "80040008" + "00000604000005dc"],
  ["RFC 6062 §6.2.1", { type: "CONNECTION-ID", value: 1 }, "002a0004" + "00000001"],
])("%s: %o", (_section, attribute, hex) => {
  expect(write(attribute)).toBe(hex);
  expect(parse(hex)).toEqual(attribute);
});

test.each([
  ["MAPPED-ADDRESS of an unknown family", "00010008" + "00031234c0000201"],
  ["MAPPED-ADDRESS too short", "00010004" + "00011234"],
  ["IPv6 with four bytes", "00010008" + "00021234c0000201"],
  ["XOR-MAPPED-ADDRESS too long", "0020000c" + "00011234c000020100000000"],
  ["USERNAME of 509 bytes", `000601fd${"61".repeat(509)}`],
  ["ERROR-CODE without number", "00090003" + "000004"],
  ["ERROR-CODE of class 2", "00090004" + "00000200"],
  ["ERROR-CODE of class 7", "00090004" + "00000700"],
  ["ERROR-CODE of number 100", "00090004" + "00000464"],
  ["odd UNKNOWN-ATTRIBUTES", "000a0003" + "7ffe0000"],
  ["PRIORITY of 8 bytes", "00240008" + "0000000000000000"],
  ["USE-CANDIDATE with a value", "00250004" + "00000000"],
  ["MESSAGE-INTEGRITY of 16 bytes", `00080010${"00".repeat(16)}`],
  ["MESSAGE-INTEGRITY-SHA256 of 12 bytes", `001c000c${"00".repeat(12)}`],
  ["MESSAGE-INTEGRITY-SHA256 of 36 bytes", `001c0024${"00".repeat(36)}`],
  ["FINGERPRINT of 8 bytes", `80280008${"00".repeat(8)}`],
  ["PASSWORD-ALGORITHM with two entries", "001d0008" + "0002000000010000"],
  ["PASSWORD-ALGORITHMS cut off", "80020004" + "00020004"],
  ["USERHASH of 31 bytes", `001e001f${"00".repeat(32)}`],
])("RFC 8489 §14: %s is refused", (_name, hex) => {
  expect(parse(hex.padEnd(Math.ceil(hex.length / 8) * 8, "0"))).toBe("bad-attribute-value");
});

test("RFC 8489 §18.3: names and numbers agree both ways", () => {
  for (const name of ["USERNAME", "FINGERPRINT", "USE-CANDIDATE", "MESSAGE-INTEGRITY-SHA256", "ICMP"] as const) {
    expect(attributeTypeName(attributeTypeNumber(name))).toBe(name);
  }
  expect(attributeTypeName(0xc057)).toBeUndefined();
});
