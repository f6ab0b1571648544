import { Malformed, utf8FromString } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import { expect, test } from "vitest";
import { parseStunMessage, verifyFingerprint, verifyMessageIntegrity, writeStunMessage } from "../src/codec/index.ts";

// Node's dgram hands out Buffers, whose slice() is a view. Copying with it once un-XORed the address inside the datagram itself, so that
// every response received by Node failed its FINGERPRINT while the simulator, which uses plain arrays, saw nothing wrong.
test("RFC 8489 §14.2: reading a message leaves a Node Buffer as it came", () => {
  const out = new Uint8Array(200);
  const mac = nodeCrypto.hmac("sha-1", utf8FromString("password"));
  const length = writeStunMessage(out, {
    type: "binding-success-response",
    transactionId: new Uint8Array(12).fill(7),
    attributes: [
      { type: "XOR-MAPPED-ADDRESS", value: { family: 6, ip: "2001:db8::1", port: 1234 } },
      { type: "MESSAGE-INTEGRITY", mac },
      { type: "FINGERPRINT" },
    ],
  });
  const datagram = Buffer.from(out.subarray(0, length));
  const before = datagram.toString("hex");
  expect(parseStunMessage(datagram)).not.toBeInstanceOf(Malformed);
  verifyMessageIntegrity(datagram, "MESSAGE-INTEGRITY", mac);
  verifyFingerprint(datagram);
  expect(datagram.toString("hex")).toBe(before);
});
