import { nodeCrypto } from "@purertc/crypto/node";
import { expect, test } from "vitest";
import { longTermMac, shortTermMac } from "./credentials.ts";
import { parseStunMessage, stunMessageBytes } from "./message.ts";
import { verifyMessageIntegrity } from "./message-integrity.ts";

const transactionId = new Uint8Array(12).fill(9);
const sha1 = shortTermMac(nodeCrypto, "MESSAGE-INTEGRITY", "password");
const sha256 = shortTermMac(nodeCrypto, "MESSAGE-INTEGRITY-SHA256", "password");

test.each([16, 20, 24, 28, 32])("RFC 8489 §14.6: MESSAGE-INTEGRITY-SHA256 truncated to %i bytes", (macLength) => {
  const bytes = stunMessageBytes({
    type: "binding-request",
    transactionId,
    attributes: [{ type: "USERNAME", value: "x" }, { type: "MESSAGE-INTEGRITY-SHA256", mac: sha256, macLength }, { type: "FINGERPRINT" }],
  });
  expect(bytes.length).toBe(20 + 8 + 4 + macLength + 8);
  expect(verifyMessageIntegrity(bytes, "MESSAGE-INTEGRITY-SHA256", sha256)).toBe("right");
  const other = longTermMac(nodeCrypto, "MESSAGE-INTEGRITY-SHA256", new Uint8Array(8));
  expect(verifyMessageIntegrity(bytes, "MESSAGE-INTEGRITY-SHA256", other)).toBe("wrong");
});

test("RFC 8489 §14.5, §14.6: both attributes, each over what stands before it", () => {
  const bytes = stunMessageBytes({
    type: "binding-request",
    transactionId,
    attributes: [{ type: "MESSAGE-INTEGRITY", mac: sha1 }, { type: "MESSAGE-INTEGRITY-SHA256", mac: sha256 }, { type: "FINGERPRINT" }],
  });
  expect(verifyMessageIntegrity(bytes, "MESSAGE-INTEGRITY", sha1)).toBe("right");
  expect(verifyMessageIntegrity(bytes, "MESSAGE-INTEGRITY-SHA256", sha256)).toBe("right");
  bytes[24]! ^= 1; // inside MESSAGE-INTEGRITY: both are wrong now
  expect(verifyMessageIntegrity(bytes, "MESSAGE-INTEGRITY", sha1)).toBe("wrong");
  expect(verifyMessageIntegrity(bytes, "MESSAGE-INTEGRITY-SHA256", sha256)).toBe("wrong");
});

test("RFC 8489 §14.5: a message without the attribute, and one whose MAC is stated", () => {
  const without = stunMessageBytes({ type: "binding-request", transactionId, attributes: [] });
  expect(verifyMessageIntegrity(without, "MESSAGE-INTEGRITY", sha1)).toBe("absent");
  const stated = stunMessageBytes({
    type: "binding-request",
    transactionId,
    attributes: [{ type: "MESSAGE-INTEGRITY", value: new Uint8Array(20) }],
  });
  expect(verifyMessageIntegrity(stated, "MESSAGE-INTEGRITY", sha1)).toBe("wrong");
  expect(parseStunMessage(stated)).toHaveProperty("attributes");
});
