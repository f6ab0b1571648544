import { readFileSync } from "node:fs";
import { bytesFromHex, hexFromBytes, stringFromUtf8 } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import { expect, test } from "vitest";
import {
  findAttribute,
  formatCandidateLine,
  longTermKey,
  longTermMac,
  parseCandidateLine,
  parseStunMessage,
  type StunMessage,
  shortTermMac,
  stunMessageBytes,
  unknownRequiredAttributes,
  userHash,
  verifyFingerprint,
  verifyMessageIntegrity,
} from "../src/index.ts";

const file = (name: string): string => readFileSync(new URL(`../../../test-vectors/${name}`, import.meta.url), "utf8");
const rfc5769 = JSON.parse(file("rfc5769.json"));
const recorded: { capture: string; message: string }[] = JSON.parse(file("stun-browsers.json"));

function parse(bytes: Uint8Array): StunMessage {
  const message = parseStunMessage(bytes);
  if (!("attributes" in message)) throw new Error(`${message.reason} at ${message.offset}`);
  return message;
}

const mac = shortTermMac(nodeCrypto, "MESSAGE-INTEGRITY", rfc5769.shortTermPassword);

test("RFC 5769 §2.1: sample request", () => {
  const bytes = bytesFromHex(rfc5769.request_2_1);
  const message = parse(bytes);
  expect(message.type).toBe("binding-request");
  expect(hexFromBytes(message.transactionId)).toBe("b7e7a701bc34d686fa87dfae");
  expect(message.attributes.slice(0, 4)).toEqual([
    { type: "SOFTWARE", value: "STUN test client" },
    { type: "PRIORITY", value: 0x6e0001ff },
    { type: "ICE-CONTROLLED", value: 0x932ff9b151263b36n },
    { type: "USERNAME", value: "evtj:h6vY" },
  ]);
  expect(verifyMessageIntegrity(bytes, "MESSAGE-INTEGRITY", mac)).toBe("right");
  expect(verifyFingerprint(bytes)).toBe("right");
});

test.each([
  ["§2.2", "response_ipv4_2_2", { family: 4, ip: "192.0.2.1", port: 32853 }],
  ["§2.3", "response_ipv6_2_3", { family: 6, ip: "2001:db8:1234:5678:11:2233:4455:6677", port: 32853 }],
])("RFC 5769 %s: sample response", (_section, name, address) => {
  const bytes = bytesFromHex(rfc5769[name]);
  const message = parse(bytes);
  expect(message.type).toBe("binding-success-response");
  expect(findAttribute(message, "SOFTWARE")?.value).toBe("test vector");
  expect(findAttribute(message, "XOR-MAPPED-ADDRESS")?.value).toEqual(address);
  expect(verifyMessageIntegrity(bytes, "MESSAGE-INTEGRITY", mac)).toBe("right");
  expect(verifyFingerprint(bytes)).toBe("right");
});

test("RFC 5769 §2.4: sample request with long-term authentication", () => {
  const { username_utf8_hex, password_after_SASLprep, realm, nonce, message: hex } = rfc5769.longTerm_2_4;
  const bytes = bytesFromHex(hex);
  const message = parse(bytes);
  const username = stringFromUtf8(bytesFromHex(username_utf8_hex));
  expect(message.attributes.slice(0, 3)).toEqual([
    { type: "USERNAME", value: username },
    { type: "NONCE", value: nonce },
    { type: "REALM", value: realm },
  ]);
  const key = longTermKey(nodeCrypto, "md5", username, realm, password_after_SASLprep);
  expect(verifyMessageIntegrity(bytes, "MESSAGE-INTEGRITY", longTermMac(nodeCrypto, "MESSAGE-INTEGRITY", key))).toBe("right");
  expect(verifyFingerprint(bytes)).toBe("absent");
});

test("RFC 5769: every sample is written again byte for byte, its padding stated and its MACs computed", () => {
  for (const [name, paddingByte] of [
    ["request_2_1", 0x20],
    ["response_ipv4_2_2", 0x20],
    ["response_ipv6_2_3", 0x20],
  ] as const) {
    const bytes = bytesFromHex(rfc5769[name]);
    const message = parse(bytes);
    const attributes = message.attributes.map((attribute) => {
      if (attribute.type === "MESSAGE-INTEGRITY") return { type: attribute.type, mac };
      return attribute.type === "FINGERPRINT" ? { type: attribute.type } : attribute;
    });
    expect(hexFromBytes(stunMessageBytes({ ...message, attributes, paddingByte }))).toBe(rfc5769[name]);
  }
});

test("RFC 5769: one changed bit anywhere is noticed by MESSAGE-INTEGRITY, FINGERPRINT or the parser", () => {
  const bytes = bytesFromHex(rfc5769.response_ipv4_2_2);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Uint8Array.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    const refused = "reason" in parseStunMessage(changed) || verifyFingerprint(changed) !== "right";
    expect([bit, refused]).toEqual([bit, true]);
    // Everything before the attribute itself is covered by the MAC, but for the length field, which it replaces.
    if (bit < (bytes.length - 32) * 8 && !("reason" in parseStunMessage(changed))) {
      expect([bit, verifyMessageIntegrity(changed, "MESSAGE-INTEGRITY", mac)]).not.toEqual([bit, "right"]);
    }
  }
});

test("RFC 8489 §14.4, §9.2.2: USERHASH and SHA-256 long-term keys (checked with sha256sum)", () => {
  // printf 'user:realm' | sha256sum; printf 'user:realm:pass' | sha256sum
  expect(hexFromBytes(userHash(nodeCrypto, "user", "realm"))).toBe("6a3029116b47aa98bcaa325399733dc1a23cd57e26b81bef3ff6531ce624e2da");
  expect(hexFromBytes(longTermKey(nodeCrypto, "sha-256", "user", "realm", "pass"))).toBe(
    "07e934117abd40836e7c6329b54731b2b2d2a5f9a71f544922d75e0730d8251b",
  );
});

test.each(recorded.map(({ capture, message }, i) => [i, capture, message] as const))(
  "RFC 8489 §5: recorded message %i of %s",
  (_i, _capture, hex) => {
    const bytes = bytesFromHex(hex);
    const message = parse(bytes);
    expect(verifyFingerprint(bytes)).not.toBe("wrong");
    expect(unknownRequiredAttributes(message)).toEqual([]);
    expect(hexFromBytes(stunMessageBytes(message))).toBe(hex);
    if (message.attributes.some(({ type }) => type === "FINGERPRINT")) {
      const attributes = message.attributes.map((attribute) => (attribute.type === "FINGERPRINT" ? { type: attribute.type } : attribute));
      expect(hexFromBytes(stunMessageBytes({ ...message, attributes }))).toBe(hex);
    }
  },
);

test("RFC 8839 §5.1: every candidate of the recorded descriptions survives parse and format", () => {
  const names = [
    "chromium-data.offer",
    "chromium-av.answer",
    "firefox-data.offer",
    "firefox-data-mdns.offer",
    "chromium-data-mdns.offer",
    "firefox-av.offer",
  ];
  const lines = names.flatMap((name) =>
    file(`sdp/${name}.sdp`)
      .split(/\r?\n/)
      .filter((line) => line.startsWith("a=candidate:")),
  );
  expect(lines.length).toBeGreaterThan(20);
  for (const line of lines) {
    const candidate = parseCandidateLine(line);
    if ("reason" in candidate) throw new Error(`${candidate.reason}: ${line}`);
    expect(`a=${formatCandidateLine(candidate)}`).toBe(line.replace(/ (UDP|TCP) /, (transport) => transport.toLowerCase()));
  }
});
