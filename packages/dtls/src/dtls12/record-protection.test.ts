import { type CryptoProvider, InvalidStateError, readU48, writeU16, writeU48 } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CIPHER_SUITES, type CipherSuite } from "../handshake/cipher-suites.ts";
import { Dtls12Opener, Dtls12Sealer } from "./record-protection.ts";

function keysFor(suite: CipherSuite): { readonly key: Uint8Array; readonly iv: Uint8Array } {
  return { key: new Uint8Array(suite.keyLength).fill(7), iv: new Uint8Array(suite.fixedIvLength).fill(9) };
}

function sealed(sealer: Dtls12Sealer, plaintext: Uint8Array, type = 23): Uint8Array {
  const out = new Uint8Array(sealer.overhead + plaintext.length);
  out.set(plaintext, sealer.headerLength);
  expect(sealer.seal(type, out, 0, plaintext.length)).toBe(out.length);
  return out;
}

describe.each(CIPHER_SUITES.filter(({ authentication }) => authentication === "ecdsa"))("$name", (suite) => {
  const pair = () =>
    [new Dtls12Sealer(nodeCrypto, suite, keysFor(suite), 1), new Dtls12Opener(nodeCrypto, suite, keysFor(suite), 1, 64)] as const;

  test("RFC 6347 §4.1.2: what is sealed opens, at any place in a datagram, in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), fc.nat(20), (plaintexts, at) => {
        const [sealer, opener] = pair();
        const all = plaintexts.map((plaintext) => sealed(sealer, plaintext));
        for (const [i, record] of [...all.entries()].reverse()) {
          const datagram = new Uint8Array(at + record.length + 5);
          datagram.set(record, at);
          const out = new Uint8Array(400);
          expect(opener.open(datagram, at, record.length, out, 3)).toBe(plaintexts[i]!.length);
          expect(out.subarray(3, 3 + plaintexts[i]!.length)).toEqual(plaintexts[i]);
          expect(opener.open(datagram, at, record.length, out, 3)).toBe("replayed");
        }
      }),
      { numRuns: 30 },
    );
  });

  test("RFC 5246 §6.2.3.3: every bit of header, nonce, ciphertext and tag counts", () => {
    const [sealer, opener] = pair();
    const record = sealed(
      sealer,
      Uint8Array.from({ length: 20 }, (_, i) => i),
    );
    const out = new Uint8Array(40);
    for (let bit = 0; bit < record.length * 8; bit++) {
      // Epoch and length are looked at before; the length in the additional data comes from the record itself.
      if (bit >> 3 === 11 || bit >> 3 === 12) continue;
      const changed = Uint8Array.from(record);
      changed[bit >> 3]! ^= 0x80 >> (bit & 7);
      expect(opener.open(changed, 0, changed.length, out, 0)).toBe("bad-tag");
    }
    expect(opener.open(record, 0, record.length, out, 0)).toBe(20);
    for (let length = 13; length < record.length; length++)
      expect(typeof opener.open(sealed(sealer, out), 0, length, out, 0)).toBe("string");
  });

  test("RFC 6347 §4.1: numbers count up, and the explicit nonce is epoch and number", () => {
    const [sealer] = pair();
    for (let i = 0; i < 3; i++) {
      const record = sealed(sealer, new Uint8Array(1));
      expect([readU48(record, 5), sealer.sequenceNumber]).toEqual([i, i + 1]);
      if (suite.explicitNonceLength > 0) expect(record.subarray(13, 21)).toEqual(record.subarray(3, 11));
    }
  });
});

describe("RFC 5288 §3: explicit nonces of the sender's choice", () => {
  const suite = CIPHER_SUITES[0]!;

  /** A record as another implementation makes it, and how often each kind of AEAD is made while they are opened. */
  function foreign(sequenceNumber: number, explicitNonce: Uint8Array): Uint8Array {
    const plaintext = Uint8Array.from([1, 2, 3, sequenceNumber]);
    const record = new Uint8Array(13 + 8 + 4 + 16);
    record.set([23, 0xfe, 0xfd, 0, 1]);
    writeU48(record, 5, sequenceNumber);
    writeU16(record, 11, 28);
    record.set(explicitNonce, 13);
    const aad = Uint8Array.of(...record.subarray(3, 11), 23, 0xfe, 0xfd, 0, 4);
    const { key, iv } = keysFor(suite);
    nodeCrypto.aead("aes-128-gcm", key).seal(Uint8Array.of(...iv, ...explicitNonce), aad, plaintext, record.subarray(21));
    return record;
  }

  function counted(): { readonly crypto: CryptoProvider; readonly made: { plain: number; plainOpens: number; sequenced: number } } {
    const made = { plain: 0, plainOpens: 0, sequenced: 0 };
    const crypto: CryptoProvider = Object.create(nodeCrypto, {
      aead: {
        value: (...args: Parameters<CryptoProvider["aead"]>) => {
          made.plain += 1;
          const aead = nodeCrypto.aead(...args);
          const open: typeof aead.open = (...parts) => {
            made.plainOpens += 1;
            return aead.open(...parts);
          };
          return { ...aead, open };
        },
      },
      sequencedAead: {
        value: (...args: Parameters<CryptoProvider["sequencedAead"]>) => {
          made.sequenced += 1;
          return nodeCrypto.sequencedAead(...args);
        },
      },
    });
    return { crypto, made };
  }

  test("a counter from a random start, as OpenSSL 3.0 has: the first authentic record chooses the fast form", () => {
    const { crypto, made } = counted();
    const opener = new Dtls12Opener(crypto, suite, keysFor(suite), 1, 64);
    const out = new Uint8Array(100);
    const forged = foreign(0, Uint8Array.from([0xaa, 0xaa, 0, 0, 0, 0, 0, 0]));
    forged[25]! ^= 1;
    expect(opener.open(forged, 0, forged.length, out, 0)).toBe("bad-tag");
    for (let i = 0; i < 10; i++) {
      const record = foreign(i, Uint8Array.from([0x51, 0x77, 3, 4, 5, 6, 7, 200 + i]));
      expect(opener.open(record, 0, record.length, out, 0)).toBe(4);
      expect(out[3]).toBe(i);
    }
    expect(made).toEqual({ plain: 1, plainOpens: 2, sequenced: 2 }); // the forged one and the first authentic one
    // A stray one of another prefix opens as well, and changes nothing.
    const stray = foreign(10, Uint8Array.from([9, 9, 9, 9, 9, 9, 9, 9]));
    expect(opener.open(stray, 0, stray.length, out, 0)).toBe(4);
    expect(made.sequenced).toBe(2);
  });

  test("random bytes each time, as pion 2 has", () => {
    const opener = new Dtls12Opener(nodeCrypto, suite, keysFor(suite), 1, 64);
    const out = new Uint8Array(100);
    for (let i = 0; i < 20; i++) {
      const record = foreign(
        i,
        Uint8Array.from({ length: 8 }, (_, byte) => (i * 97 + byte * 31) & 0xff),
      );
      expect(opener.open(record, 0, record.length, out, 0)).toBe(4);
    }
  });
});

test("RFC 5246 §6.2.1: a plaintext of more than 2^14 bytes is refused, authentic or not", () => {
  const suite = CIPHER_SUITES[0]!;
  const sealer = new Dtls12Sealer(nodeCrypto, suite, keysFor(suite), 1);
  const opener = new Dtls12Opener(nodeCrypto, suite, keysFor(suite), 1, 64);
  const out = new Uint8Array(20_000);
  const open = (length: number) => {
    const record = sealed(sealer, new Uint8Array(length));
    return opener.open(record, 0, record.length, out, 0);
  };
  expect([open(16_384), open(16_385)]).toEqual([16_384, "too-long"]);
});

test("RFC 6347 §4.1: an epoch whose numbers are used up seals no more", () => {
  const suite = CIPHER_SUITES[0]!;
  const crypto: CryptoProvider = Object.create(nodeCrypto, {
    sequencedAead: { value: () => ({ tagLength: 16, seal: () => undefined, open: () => false }) },
  });
  const sealer = new Dtls12Sealer(crypto, suite, keysFor(suite), 1);
  // Nobody can wait for 2^48 records; the guard is looked at through a sealer that was told where to begin.
  const late = new Dtls12Sealer(crypto, suite, keysFor(suite), 1, 2 ** 48 - 1);
  expect(sealed(sealer, new Uint8Array(1))).toHaveLength(38);
  sealed(late, new Uint8Array(1));
  expect(() => sealed(late, new Uint8Array(1))).toThrow(InvalidStateError);
});
