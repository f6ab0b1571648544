/** The published packets, and what browsers sent, through the public API, under both providers. */
import { readFileSync } from "node:fs";
import { type BlockCipher, bytesFromHex, type CryptoProvider, concatBytes, hexFromBytes, writeU16 } from "@purertc/core";
import { nobleCrypto } from "@purertc/crypto/noble";
import { nodeCrypto } from "@purertc/crypto/node";
import {
  SrtcpReceiver,
  SrtcpSender,
  type SrtcpSenderOptions,
  type SrtpOptions,
  type SrtpProfileName,
  SrtpReceiver,
  SrtpSender,
  splitDtlsSrtpKeys,
} from "@purertc/srtp";
import { describe, expect, test } from "vitest";

const providers: readonly CryptoProvider[] = [nodeCrypto, nobleCrypto];

interface Keys {
  readonly profile: SrtpProfileName;
  readonly masterKey: string;
  readonly masterSalt: string;
}

function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../test-vectors/srtp/${name}.json`, import.meta.url), "utf8")) as T;
}

function options({ profile, masterKey, masterSalt }: Keys, crypto: CryptoProvider): SrtpOptions & SrtcpSenderOptions {
  return { crypto, profile, masterKey: bytesFromHex(masterKey), masterSalt: bytesFromHex(masterSalt) };
}

/** Protects and opens one packet, into another buffer and in place, and expects the published bytes. */
function checkPair(
  makeSender: () => SrtpSender | SrtcpSender,
  makeReceiver: () => SrtpReceiver | SrtcpReceiver,
  packet: string,
  published: string,
): void {
  const plain = bytesFromHex(packet);
  const sender = makeSender();
  const out = new Uint8Array(plain.length + sender.overhead);
  expect(hexFromBytes(out.subarray(0, sender.protect(plain, out)))).toBe(published);
  const inPlace = new Uint8Array(plain.length + sender.overhead);
  inPlace.set(plain);
  const view = inPlace.subarray(0, plain.length);
  expect(hexFromBytes(inPlace.subarray(0, makeSender().protect(view, inPlace)))).toBe(published);

  const sealed = bytesFromHex(published);
  const opened = new Uint8Array(sealed.length);
  const length = makeReceiver().unprotect(sealed, opened);
  expect(hexFromBytes(opened.subarray(0, Number(length)))).toBe(packet);
  expect(hexFromBytes(sealed)).toBe(published);
  expect(makeReceiver().unprotect(sealed, sealed)).toBe(length);
  expect(hexFromBytes(sealed.subarray(0, Number(length)))).toBe(packet);
}

describe.each(providers)("with $name", (crypto) => {
  test("RFC 3711 §3.4, §4.2 and RFC 7714: the reference packets of libsrtp, SRTP and SRTCP", () => {
    const { rtp, rtcp, groups } = vectors<{ rtp: string; rtcp: string; groups: (Keys & { srtp: string; srtcp: string; mki?: string })[] }>(
      "libsrtp",
    );
    for (const group of groups) {
      const keys = { ...options(group, crypto), ...(group.mki === undefined ? {} : { mki: bytesFromHex(group.mki) }) };
      checkPair(
        () => new SrtpSender(keys),
        () => new SrtpReceiver(keys),
        rtp,
        group.srtp,
      );
      const sender = (): SrtcpSender => {
        const made = new SrtcpSender(keys);
        made.setNextIndex(0xcafebabe, 1);
        return made;
      };
      checkPair(sender, () => new SrtcpReceiver(keys), rtcp, group.srtcp);
    }
  });

  test("RFC 6188 §7: AES-256 in counter mode", () => {
    const vector = vectors<Keys & { packet: string; protected: string }>("aes-256-cm");
    const keys = options(vector, crypto);
    checkPair(
      () => new SrtpSender(keys),
      () => new SrtpReceiver(keys),
      vector.packet,
      vector.protected,
    );
  });

  test("RFC 7714 §16, §17: AES-GCM, SRTP and SRTCP, encrypted and authenticated only", () => {
    interface Group {
      readonly profile: SrtpProfileName;
      readonly sessionKey: string;
      readonly srtp: string;
      readonly srtcp: string;
      readonly srtcpUnencrypted: string;
    }
    const { sessionSalt, rtp, rtcp, srtcpIndex, groups } = vectors<{
      sessionSalt: string;
      rtp: string;
      rtcp: string;
      srtcpIndex: number;
      groups: Group[];
    }>("rfc7714");
    for (const { profile, sessionKey, srtp, srtcp, srtcpUnencrypted } of groups) {
      const keyLength = sessionKey.length / 2;
      const fixed = withSessionKeys(crypto, bytesFromHex(sessionKey), bytesFromHex(sessionSalt));
      const keys = { crypto: fixed, profile, masterKey: new Uint8Array(keyLength), masterSalt: new Uint8Array(12) };
      checkPair(
        () => new SrtpSender(keys),
        () => new SrtpReceiver(keys),
        rtp,
        srtp,
      );
      const sender = (unencrypted: boolean) => (): SrtcpSender => {
        const made = new SrtcpSender({ ...keys, unencrypted });
        made.setNextIndex(0x4d617273, srtcpIndex);
        return made;
      };
      checkPair(sender(false), () => new SrtcpReceiver(keys), rtcp, srtcp);
      checkPair(sender(true), () => new SrtcpReceiver(keys), rtcp, srtcpUnencrypted);
    }
  });

  test("RFC 6904 appendix A: encrypted header extension elements", () => {
    const { ids, packet, groups } = vectors<{ ids: number[]; packet: string; groups: (Keys & { protected: string })[] }>("rfc6904");
    for (const group of groups) {
      const keys = { ...options(group, crypto), encryptedExtensionIds: ids };
      checkPair(
        () => new SrtpSender(keys),
        () => new SrtpReceiver(keys),
        packet,
        group.protected,
      );
    }
  });

  test("RFC 9335 appendix A: cryptex", () => {
    const { groups } = vectors<{ groups: (Keys & { packets: { packet: string; protected: string }[] })[] }>("rfc9335");
    for (const group of groups) {
      for (const { packet, protected: published } of group.packets) {
        const keys = { ...options(group, crypto), cryptex: true };
        checkPair(
          () => new SrtpSender(keys),
          () => new SrtpReceiver(keys),
          packet,
          published,
        );
      }
    }
  });

  test("RFC 5764 §4.2: every packet that Chromium and Firefox sent each other opens, and protects to the same bytes again", async () => {
    interface Capture {
      readonly profile: SrtpProfileName;
      readonly keyingMaterial: string;
      readonly plaintextSha256: { readonly client: string; readonly server: string };
      readonly packets: readonly string[];
    }
    const { profile, keyingMaterial, plaintextSha256, packets } = vectors<Capture>("chromium-firefox");
    const keys = splitDtlsSrtpKeys(profile, bytesFromHex(keyingMaterial));
    let count = 0;
    for (const side of ["client", "server"] as const) {
      const receivers = [new SrtpReceiver({ crypto, profile, ...keys[side] }), new SrtcpReceiver({ crypto, profile, ...keys[side] })];
      const senders = [new SrtpSender({ crypto, profile, ...keys[side] }), new SrtcpSender({ crypto, profile, ...keys[side] })];
      const digest = crypto.hash("sha-256");
      for (const text of packets) {
        if (text[0] !== side[0]) continue;
        const packet = new Uint8Array(Buffer.from(text.slice(1), "base64"));
        const isRtcp = packet[1]! >= 192 && packet[1]! <= 223 ? 1 : 0;
        const out = new Uint8Array(packet.length + 2);
        const length = receivers[isRtcp]!.unprotect(packet, out.subarray(2));
        if (typeof length === "string") throw new Error(length);
        expect(receivers[isRtcp]!.unprotect(packet, new Uint8Array(packet.length))).toBe("replayed");
        expect(receivers[1 - isRtcp]!.unprotect(packet, new Uint8Array(packet.length))).toMatch(/bad-tag|not-rtcp|too-short/);
        writeU16(out, 0, length);
        digest.update(out.subarray(0, 2 + length));
        const plain = out.subarray(2, 2 + length);
        if (isRtcp === 1) {
          const index = (packet[packet.length - 12]! << 8) | packet[packet.length - 11]!;
          (senders[1] as SrtcpSender).setNextIndex(new DataView(packet.buffer).getUint32(4), index);
        }
        const again = new Uint8Array(packet.length);
        expect(senders[isRtcp]!.protect(plain, again)).toBe(packet.length);
        expect(Buffer.compare(again, packet)).toBe(0);
        count++;
      }
      expect(hexFromBytes(digest.digest())).toBe(plaintextSha256[side]);
    }
    expect(count).toBe(551);
  });
});

/**
 * The same provider, but for key derivation, which gives this session key and salt: RFC 7714's examples begin with session keys. Derivation is the only user
 * of raw blocks.
 */
function withSessionKeys(crypto: CryptoProvider, sessionKey: Uint8Array, sessionSalt: Uint8Array): CryptoProvider {
  const keyStream = (label: number): Uint8Array => {
    if (label === 0 || label === 3) return sessionKey;
    return concatBytes(sessionSalt, new Uint8Array(20));
  };
  const derivation: BlockCipher = {
    encrypt: (input, at, length, out, outAt) => {
      const stream = keyStream(input[at + 7]!);
      for (let block = 0; block < length; block += 16) {
        const from = 16 * input[at + block + 15]!;
        out.set(stream.subarray(from, from + 16), outAt + block);
      }
    },
  };
  return {
    name: crypto.name,
    aead: (name, key) => crypto.aead(name, key),
    sequencedAead: (name, key, nonceBase) => crypto.sequencedAead(name, key, nonceBase),
    sequencedCounterMode: (key, counterBase) => crypto.sequencedCounterMode(key, counterBase),
    blockCipher: () => derivation,
    hmac: (hash, key) => crypto.hmac(hash, key),
    hash: (name) => crypto.hash(name),
    keyAgreement: (group, random) => crypto.keyAgreement(group, random),
    signer: (pkcs8) => crypto.signer(pkcs8),
    generateKey: (parameters, random) => crypto.generateKey(parameters, random),
    verify: (scheme, spki, message, signature) => crypto.verify(scheme, spki, message, signature),
  };
}
