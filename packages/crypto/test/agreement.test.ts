import { type AeadName, bytesFromHex, type CryptoProvider, concatBytes, hexFromBytes, type RandomSource } from "@purertc/core";
import { createLookaheadAead } from "@purertc/crypto/lookahead";
import { nobleCrypto, webRandom } from "@purertc/crypto/noble";
import { createNodeCrypto, nodeCrypto, nodeRandom } from "@purertc/crypto/node";
import fc from "fast-check";
import { expect, test } from "vitest";

const constantTime = createNodeCrypto({ constantTime: true });
const TAG = 16;

/** A deterministic source: SHA-256 in counter mode. */
function seededSource(seed: number): RandomSource {
  let counter = 0;
  return {
    fill(out: Uint8Array): void {
      for (let at = 0; at < out.length; at += 32) {
        const hash = nodeCrypto.hash("sha-256");
        hash.update(new Uint8Array(Float64Array.of(seed, counter++).buffer));
        out.set(hash.digest().subarray(0, out.length - at), at);
      }
    },
  };
}

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const aeadName = fc.constantFrom<AeadName>("aes-128-gcm", "aes-256-gcm", "chacha20-poly1305");
const keyOf = (name: AeadName): fc.Arbitrary<Uint8Array> => bytes(name === "aes-128-gcm" ? 16 : 32);
const packetLength = fc.oneof(fc.nat(40), fc.nat(300), fc.constant(1200), fc.integer({ min: 1400, max: 3000 }));
/** How far the index of the next packet lies ahead. */
const gap = fc.oneof(
  { weight: 8, arbitrary: fc.constant(1) },
  { weight: 2, arbitrary: fc.nat(12).map((n) => n + 1) },
  fc.integer({ min: 1, max: 2 ** 33 }),
);

test("providers: sealed packets are the same bytes, look-ahead or not, over any gaps and lengths", () => {
  const stream = aeadName.chain((name) =>
    fc.record({
      name: fc.constant(name),
      key: keyOf(name),
      nonceBase: bytes(12),
      packets: fc.array(fc.record({ gap, length: packetLength, aad: fc.uint8Array({ maxLength: 64 }), at: fc.nat(9) }), { maxLength: 30 }),
    }),
  );
  fc.assert(
    fc.property(stream, ({ name, key, nonceBase, packets }) => {
      const senders = [nodeCrypto, constantTime, nobleCrypto].map((provider) => provider.sequencedAead(name, key, nonceBase));
      let index = -1;
      for (const packet of packets) {
        index += packet.gap;
        const plaintext = Uint8Array.from({ length: packet.length }, (_, i) => i * 7 + index);
        const results = senders.map((sender) => {
          const buffer = new Uint8Array(packet.at + packet.length + TAG);
          buffer.set(plaintext, packet.at);
          sender.seal(index, packet.aad, buffer, packet.at, packet.length);
          return hexFromBytes(buffer);
        });
        expect(results[1]).toBe(results[0]);
        expect(results[2]).toBe(results[0]);
      }
    }),
    { numRuns: 60 },
  );
});

test("providers: packets open the same in any order, with replays and forgeries in between", () => {
  const stream = aeadName.chain((name) =>
    fc.record({
      name: fc.constant(name),
      key: keyOf(name),
      gaps: fc.array(fc.record({ gap, length: packetLength }), { minLength: 1, maxLength: 20 }),
      visits: fc.array(fc.record({ which: fc.nat(), forge: fc.option(fc.nat(), { freq: 3 }), inPlace: fc.boolean(), shift: fc.nat(3) }), {
        maxLength: 60,
      }),
      inOrder: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(stream, ({ name, key, gaps, visits, inOrder }) => {
      const nonceBase = new Uint8Array(12).fill(5);
      const aad = Uint8Array.of(1, 2, 3);
      const sender = constantTime.sequencedAead(name, key, nonceBase);
      let index = -1;
      const packets = gaps.map(({ gap, length }) => {
        index += gap;
        const plaintext = Uint8Array.from({ length }, (_, i) => i * 3 + index);
        const sealed = concatBytes(plaintext, new Uint8Array(TAG));
        sender.seal(index, aad, sealed, 0, length);
        return { index, plaintext, sealed };
      });
      const receivers = [nodeCrypto, nobleCrypto].map((provider) => provider.sequencedAead(name, key, nonceBase));
      visits.forEach(({ which, forge, inPlace, shift }, visit) => {
        const packet = packets[(inOrder ? visit : which) % packets.length]!;
        const input = concatBytes(new Uint8Array(shift), packet.sealed);
        let at = packet.index;
        if (forge !== null) {
          if (forge % 5 === 0) at = (packet.index + 1 + (forge % 20)) % 2 ** 48;
          else input[shift + (forge % packet.sealed.length)]! ^= 1 << (forge % 8);
        }
        for (const receiver of receivers) {
          const source = input.slice();
          const out = inPlace ? source : new Uint8Array(shift + packet.plaintext.length).fill(0xcc);
          const opened = receiver.open(at, aad, source, shift, packet.sealed.length, out, shift);
          expect(opened).toBe(forge === null);
          if (opened) expect(hexFromBytes(out.subarray(shift, shift + packet.plaintext.length))).toBe(hexFromBytes(packet.plaintext));
        }
      });
    }),
    { numRuns: 80 },
  );
});

test("lookahead: every window length gives the same packets, over either provider's blocks", () => {
  const key = bytesFromHex("000102030405060708090a0b0c0d0e0f");
  const reference = constantTime.sequencedAead("aes-128-gcm", key, new Uint8Array(12));
  const streams = [0, 1, 2, 8, 64].flatMap((packets) =>
    [nodeCrypto, nobleCrypto].map((provider) => createLookaheadAead(provider.blockCipher(key), new Uint8Array(12), { packets })),
  );
  for (let index = 65_500; index < 65_580; index += 1 + (index % 11 === 0 ? 5 : 0)) {
    const length = index % 5 === 0 ? 1200 : index % 64;
    const expected = new Uint8Array(length + TAG);
    reference.seal(index, new Uint8Array(0), expected, 0, length);
    for (const stream of streams) {
      const buffer = new Uint8Array(length + TAG);
      stream.seal(index, new Uint8Array(0), buffer, 0, length);
      expect(hexFromBytes(buffer)).toBe(hexFromBytes(expected));
    }
  }
});

test("providers: a megabyte through one key, past the change of GHASH tables", () => {
  const key = new Uint8Array(32).fill(3);
  const sender = nodeCrypto.sequencedAead("aes-256-gcm", key, new Uint8Array(12));
  const receiver = nodeCrypto.sequencedAead("aes-256-gcm", key, new Uint8Array(12));
  const reference = constantTime.sequencedAead("aes-256-gcm", key, new Uint8Array(12));
  const aad = new Uint8Array(13);
  for (let index = 0; index < 900; index++) {
    const length = index % 7 === 0 ? 45 : 1163;
    const plaintext = new Uint8Array(length).fill(index);
    const sealed = concatBytes(plaintext, new Uint8Array(TAG));
    const expected = sealed.slice();
    sender.seal(index, aad, sealed, 0, length);
    reference.seal(index, aad, expected, 0, length);
    expect(Buffer.compare(sealed, expected)).toBe(0);
    expect(receiver.open(index, aad, sealed, 0, sealed.length, sealed, 0)).toBe(true);
    expect(Buffer.compare(sealed.subarray(0, length), plaintext)).toBe(0);
  }
});

test("providers: AES-CM keystreams are the same, aligned or not", () => {
  const packets = fc.array(fc.record({ gap, length: packetLength, at: fc.nat(17) }), { maxLength: 30 });
  fc.assert(
    fc.property(fc.constantFrom(16, 24, 32).chain(bytes), bytes(16), packets, (key, counterBase, list) => {
      const streams = [nodeCrypto, nobleCrypto].map((provider) => provider.sequencedCounterMode(key, counterBase));
      const buffers = streams.map(() => new Uint8Array(3100));
      let index = -1;
      for (const { gap, length, at } of list) {
        index += gap;
        streams.forEach((stream, i) => {
          stream.apply(index, buffers[i]!, at, length);
        });
        expect(Buffer.compare(buffers[0]!, buffers[1]!)).toBe(0);
      }
    }),
    { numRuns: 60 },
  );
});

test("providers: HMACs and hashes are the same", () => {
  const names = fc.constantFrom("md5", "sha-1", "sha-224", "sha-256", "sha-384", "sha-512");
  fc.assert(
    fc.property(names, fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 700 }), (name, key, data) => {
      const results = [nodeCrypto, nobleCrypto].map((provider) => {
        const out = new Uint8Array(64);
        const mac = provider.hmac(name, key);
        mac.computeInto(data, 0, data.length, out, 0);
        const hash = provider.hash(name);
        hash.update(data);
        return [hexFromBytes(out), hexFromBytes(mac.compute(data)), hexFromBytes(hash.digest())];
      });
      expect(results[1]).toEqual(results[0]);
    }),
    { numRuns: 150 },
  );
});

test("providers: the same seed gives the same keys and shared secrets", () => {
  for (const group of ["secp256r1", "secp384r1", "x25519"] as const) {
    const [node, noble] = [nodeCrypto, nobleCrypto].map((provider) => provider.keyAgreement(group, seededSource(1)));
    expect(hexFromBytes(noble!.publicKey)).toBe(hexFromBytes(node!.publicKey));
    const peer = nodeCrypto.keyAgreement(group, seededSource(2)).publicKey;
    expect(hexFromBytes(noble!.sharedSecret(peer)!)).toBe(hexFromBytes(node!.sharedSecret(peer)!));
  }
});

test("providers: the same seed gives the same signature keys, RSA included, and each accepts the other's signatures", {
  timeout: 20_000,
}, () => {
  const message = bytesFromHex("0102030405");
  for (const parameters of [
    { name: "ecdsa", curve: "P-256" },
    { name: "ecdsa", curve: "P-384" },
    { name: "rsa", modulusLength: 1032, publicExponent: 3 },
  ] as const) {
    const [node, noble] = [nodeCrypto, nobleCrypto].map((provider) => provider.generateKey(parameters, seededSource(3)));
    expect(hexFromBytes(noble!.pkcs8)).toBe(hexFromBytes(node!.pkcs8));
    expect(noble!.signer.schemes).toEqual(node!.signer.schemes);
    const pairs: readonly (readonly [CryptoProvider, typeof node])[] = [
      [nodeCrypto, noble],
      [nobleCrypto, node],
    ];
    for (const [verifier, key] of pairs) {
      for (const scheme of key!.signer.schemes) {
        const signature = key!.signer.sign(scheme, message);
        expect(verifier.verify(scheme, key!.signer.publicKey, message, signature), scheme).toBe(true);
        signature[signature.length - 1]! ^= 1;
        expect(verifier.verify(scheme, key!.signer.publicKey, message, signature), scheme).toBe(false);
      }
    }
  }
});

test("RFC 6979 §3.2: noble's signatures are decided by key and message, RSA-PSS too", () => {
  const { pkcs8 } = nodeCrypto.generateKey({ name: "rsa", modulusLength: 1024, publicExponent: 65537 }, seededSource(4));
  const keys = [pkcs8, nodeCrypto.generateKey({ name: "ecdsa", curve: "P-256" }, seededSource(4)).pkcs8];
  for (const key of keys) {
    const signer = nobleCrypto.signer(key);
    for (const scheme of signer.schemes) {
      expect(hexFromBytes(nobleCrypto.signer(key).sign(scheme, new Uint8Array(3)))).toBe(
        hexFromBytes(signer.sign(scheme, new Uint8Array(3))),
      );
    }
  }
});

test("RFC 6979 §3.2: so are the node provider's when asked", () => {
  const crypto = createNodeCrypto({ deterministicSignatures: true });
  const message = new Uint8Array(9);
  const signatures = [1, 2].map(() => {
    const { signer, pkcs8 } = crypto.generateKey({ name: "ecdsa", curve: "P-256" }, seededSource(6));
    const [signature, again] = [signer, crypto.signer(pkcs8)].map((each) => hexFromBytes(each.sign("ecdsa_secp256r1_sha256", message)));
    expect(again).toBe(signature);
    return signature;
  });
  expect(signatures[1]).toBe(signatures[0]);
});

test("providers: any bytes as key and signature are refused, never thrown at", () => {
  const scheme = fc.constantFrom("ecdsa_secp256r1_sha256", "rsa_pkcs1_sha256", "rsa_pss_rsae_sha512", "ecdsa_sha1");
  const good = nodeCrypto.generateKey({ name: "ecdsa", curve: "P-256" }, seededSource(5)).signer;
  const spki = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    fc.tuple(fc.nat(good.publicKey.length - 1), fc.nat(255)).map(([at, value]) => {
      const copy = good.publicKey.slice();
      copy[at] = value;
      return copy;
    }),
  );
  fc.assert(
    fc.property(scheme, spki, fc.uint8Array({ maxLength: 80 }), (name, key, signature) => {
      expect(nodeCrypto.verify(name, key, new Uint8Array(3), signature)).toBe(false);
      expect(nobleCrypto.verify(name, key, new Uint8Array(3), signature)).toBe(false);
    }),
    { numRuns: 200 },
  );
});

test("random sources fill the whole array, beyond the 65536 bytes Web Crypto gives at once", () => {
  for (const source of [nodeRandom, webRandom]) {
    const out = new Uint8Array(70_000);
    source.fill(out);
    expect(out.subarray(65_536).some((byte) => byte !== 0)).toBe(true);
    source.fill(new Uint8Array(0));
  }
});
