import { bytesFromHex, Malformed } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import { seededRandom } from "@purertc/simulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SrtpReceiver } from "../receiver.ts";
import { SrtpSender } from "../sender.ts";
import { base64FromBytes, bytesFromBase64 } from "./base64.ts";
import { type CryptoAttribute, formatCryptoAttribute, parseCryptoAttribute } from "./crypto-attribute.ts";
import { createCryptoAttribute, srtpOptionsOfCryptoAttribute } from "./srtp-options.ts";

/** Parses what must parse. */
function parsed(text: string): CryptoAttribute {
  const attribute = parseCryptoAttribute(text);
  if (attribute instanceof Malformed) throw new Error(`${attribute.reason} at ${attribute.offset}`);
  return attribute;
}

const KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

test("RFC 4568 §4.1, §6.1: the RFC's own examples", () => {
  const one = parsed(`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^20|1:4 FEC_ORDER=FEC_SRTP`);
  expect(one.tag).toBe(1);
  expect(one.suite).toBe("AES_CM_128_HMAC_SHA1_80");
  expect(one.keys).toEqual([{ keyAndSalt: bytesFromBase64(KEY), lifetime: 2 ** 20, mki: bytesFromHex("00000001") }]);
  expect(one.session).toEqual({ fecOrder: "FEC_SRTP" });
  const two = parsed(
    "crypto:2 F8_128_HMAC_SHA1_80 inline:MTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5QUJjZGVm|2^20|1:4;inline:QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5|2^20|2:4 FEC_ORDER=FEC_SRTP",
  );
  expect(two.keys.map(({ mki }) => mki)).toEqual([bytesFromHex("00000001"), bytesFromHex("00000002")]);
  const three = parsed(`1 AES_CM_128_HMAC_SHA1_32 inline:${KEY}|1066:4`);
  expect(three.keys[0]).toEqual({ keyAndSalt: bytesFromBase64(KEY), mki: bytesFromHex("0000042a") });
});

test("RFC 4568 §6.3: session parameters", () => {
  const { session } = parsed(
    `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} KDR=10 UNENCRYPTED_SRTCP UNENCRYPTED_SRTP UNAUTHENTICATED_SRTP FEC_KEY=inline:${KEY} WSH=128 -fancy x=y`,
  );
  expect(session).toEqual({
    keyDerivationRate: 1024,
    unencryptedSrtcp: true,
    unencryptedSrtp: true,
    unauthenticatedSrtp: true,
    fecKeys: [{ keyAndSalt: bytesFromBase64(KEY) }],
    windowSizeHint: 128,
    extensions: ["-fancy", "x=y"],
  });
});

test.each([
  ["", "syntax"],
  ["1 AES_CM_128_HMAC_SHA1_80", "syntax"],
  ["x AES_CM_128_HMAC_SHA1_80 inline:AAAA", "tag"],
  ["1234567890 AES_CM_128_HMAC_SHA1_80 inline:AAAA", "tag"],
  ["1 AES-CM inline:AAAA", "syntax"],
  ["1 S uri:AAAA", "key-method"],
  ["1 S inline:", "base64"],
  ["1 S inline:A*AA", "base64"],
  ["1 S inline:AAAAA", "base64"],
  ["1 S inline:AAB", "base64"],
  ["1 S inline:AA=", "base64"],
  ["1 S inline:AAAA|", "lifetime"],
  ["1 S inline:AAAA|0", "lifetime"],
  ["1 S inline:AAAA|2^49", "lifetime"],
  ["1 S inline:AAAA|3^4", "lifetime"],
  ["1 S inline:AAAA|2^20|", "mki"],
  ["1 S inline:AAAA|2^20|1:0", "mki"],
  ["1 S inline:AAAA|2^20|1:129", "mki"],
  ["1 S inline:AAAA|2^20|256:1", "mki"],
  ["1 S inline:AAAA|1:4|2^20", "mki"],
  ["1 S inline:AAAA|1:4|5", "mki"],
  ["1 S inline:AAAA;inline:AAAA", "mkis-differ"],
  ["1 S inline:AAAA|1:4;inline:AAAA|2:3", "mkis-differ"],
  ["1 S inline:AAAA|1:4;inline:AAAA|1:4", "mkis-differ"],
  ["1 S inline:AAAA KDR=25", "session-parameter"],
  ["1 S inline:AAAA KDR=", "session-parameter"],
  ["1 S inline:AAAA WSH=63", "session-parameter"],
  ["1 S inline:AAAA FEC_ORDER=BOTH", "session-parameter"],
  ["1 S inline:AAAA UNENCRYPTED_SRTP=1", "session-parameter"],
  ["1 S inline:AAAA --strange", "session-parameter"],
  ["1 S inline:AAAA KDR=1 KDR=2", "session-parameter-twice"],
])("RFC 4568 §9: %j is refused (%s)", (text, reason) => {
  expect(parseCryptoAttribute(text)).toMatchObject({ reason });
});

test("RFC 4568 §9.2: the grammar's less common words", () => {
  expect(parsed(`1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^0`).keys[0]).toMatchObject({ lifetime: 1 });
  expect(parsed(`1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} fec_order=srtp_fec`).session).toEqual({ fecOrder: "SRTP_FEC" });
  const wide = parsed(`1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} WSH=100000000`);
  expect(wide.session).toEqual({ windowSizeHint: 100_000_000 });
  expect(srtpOptionsOfCryptoAttribute(wide)).toMatchObject({ srtp: { replayWindow: 32_768 }, srtcp: { replayWindow: 32_768 } });
});

test("RFC 4568 §9: what is written parses back, and any text parses or is refused", () => {
  const mkiLength = fc.constantFrom(undefined, 1, 4, 128);
  const attribute = mkiLength.chain((length) =>
    fc.record({
      tag: fc.nat(999_999_999),
      suite: fc.constantFrom("AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM", "NEW_ONE"),
      keys: fc
        .uniqueArray(fc.uint8Array({ minLength: length ?? 0, maxLength: length ?? 0 }), {
          minLength: 1,
          maxLength: length === undefined ? 1 : 3,
          selector: (mki) => mki.join(),
        })
        .chain((mkis) =>
          fc.tuple(
            ...mkis.map((mki) =>
              fc
                .record({
                  keyAndSalt: fc.uint8Array({ minLength: 1, maxLength: 60 }),
                  lifetime: fc.constantFrom(undefined, 1, 7, 2, 2 ** 20, 2 ** 48),
                })
                .map((key) => ({
                  keyAndSalt: key.keyAndSalt,
                  ...(key.lifetime === undefined ? {} : { lifetime: key.lifetime }),
                  ...(length === undefined ? {} : { mki }),
                })),
            ),
          ),
        ),
      session: fc.record(
        {
          keyDerivationRate: fc.nat(24).map((n) => 2 ** n),
          unencryptedSrtcp: fc.constant(true as const),
          unencryptedSrtp: fc.constant(true as const),
          unauthenticatedSrtp: fc.constant(true as const),
          fecOrder: fc.constantFrom("FEC_SRTP" as const, "SRTP_FEC" as const),
          windowSizeHint: fc.integer({ min: 64, max: 9999 }),
          extensions: fc.constant(["-a", "b=2"]),
        },
        { requiredKeys: [] },
      ),
    }),
  );
  fc.assert(fc.property(attribute, (written) => void expect(parseCryptoAttribute(formatCryptoAttribute(written))).toEqual(written)));
  fc.assert(fc.property(fc.string(), (text) => void parseCryptoAttribute(text)));
  fc.assert(fc.property(fc.string(), (text) => void parseCryptoAttribute(`1 S inline:${KEY}|${text}`)));
});

test("RFC 4648 §4: Base64, padded or not", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const text = base64FromBytes(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64"));
      expect(bytesFromBase64(text)).toEqual(bytes);
      expect(bytesFromBase64(text.replace(/=+$/, ""))).toEqual(bytes);
    }),
  );
});

test("RFC 4568 §5.1: an attribute makes a sender and a receiver that understand each other", () => {
  for (const suite of [
    "AES_CM_128_HMAC_SHA1_80",
    "AES_CM_128_HMAC_SHA1_32",
    "AES_192_CM_HMAC_SHA1_80",
    "AEAD_AES_128_GCM",
    "AEAD_AES_256_GCM",
  ] as const) {
    const attribute = createCryptoAttribute(1, suite, seededRandom(7), { keyDerivationRate: 16, windowSizeHint: 100 });
    const options = srtpOptionsOfCryptoAttribute(parsed(formatCryptoAttribute(attribute)));
    if (options instanceof Malformed) throw new Error(options.reason);
    expect(options.srtp).toMatchObject({ keyDerivationRate: 16, replayWindow: 128 });
    const sender = new SrtpSender({ crypto: nodeCrypto, ...options.srtp });
    const receiver = new SrtpReceiver({ crypto: nodeCrypto, ...options.srtp });
    const packet = bytesFromHex("80000001000000000000000501020304");
    const out = new Uint8Array(100);
    const length = sender.protect(packet, out);
    expect(receiver.unprotect(out.subarray(0, length), out)).toBe(16);
    expect(out.subarray(0, 16)).toEqual(packet);
  }
});

test("RFC 4568 §5.1.2: an answer has the suite as the offer spells it; one that is not known makes none", () => {
  const attribute = createCryptoAttribute(3, "aes_cm_256_hmac_sha1_80", seededRandom(7));
  expect(formatCryptoAttribute(attribute)).toMatch(/^3 aes_cm_256_hmac_sha1_80 inline:[^|]{62}==$/);
  expect(srtpOptionsOfCryptoAttribute(attribute)).toMatchObject({ srtp: { profile: "SRTP_AES256_CM_HMAC_SHA1_80" } });
  for (const suite of ["F8_128_HMAC_SHA1_80", "SRTP_NULL_HMAC_SHA1_80", ""]) {
    expect(() => createCryptoAttribute(1, suite, seededRandom(7))).toThrow(expect.objectContaining({ code: "SRTP_PROFILE" }));
  }
});

test("RFC 4568 §6.3, RFC 7714 §8: parameters reach senders and receivers, or the attribute is refused", () => {
  const options = srtpOptionsOfCryptoAttribute(
    parsed(`1 aes_cm_128_hmac_sha1_80 inline:${KEY}|2^20|1:4;inline:${KEY}|2:4 UNENCRYPTED_SRTP UNENCRYPTED_SRTCP UNAUTHENTICATED_SRTP -x`),
  );
  if (options instanceof Malformed) throw new Error(options.reason);
  expect(options.srtp).toMatchObject({
    profile: "SRTP_AES128_CM_HMAC_SHA1_80",
    lifetime: 2 ** 20,
    mki: bytesFromHex("00000001"),
    unencrypted: true,
    unauthenticated: true,
  });
  expect(options.srtp.furtherKeys.map(({ mki }) => mki)).toEqual([bytesFromHex("00000002")]);
  expect(options.srtcp.unencrypted).toBe(true);
  expect(options.srtcp).not.toHaveProperty("unauthenticated");
  const gcmKey = base64FromBytes(new Uint8Array(28));
  for (const [text, reason] of [
    [`1 F8_128_HMAC_SHA1_80 inline:${KEY}`, "unknown-suite"],
    [`1 AEAD_AES_128_GCM inline:${KEY}`, "key-length"],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} x=1`, "mandatory-extension"],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} FEC_ORDER=SRTP_FEC`, "fec"],
    [`1 AEAD_AES_128_GCM inline:${gcmKey} UNENCRYPTED_SRTP`, "session-parameter"],
    [`1 AEAD_AES_128_GCM inline:${gcmKey} UNAUTHENTICATED_SRTP`, "session-parameter"],
  ] as const) {
    expect(srtpOptionsOfCryptoAttribute(parsed(text)), text).toMatchObject({ reason });
  }
});
