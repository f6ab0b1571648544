/** @purertc/srtp and C libsrtp protect and open each other's packets: every profile both have, SRTP and SRTCP, MKIs, rollovers, RFC 6904. */
import { hexFromBytes, writeU16, writeU32 } from "@purertc/core";
import { nobleCrypto } from "@purertc/crypto/noble";
import { nodeCrypto } from "@purertc/crypto/node";
import { seededRandom } from "@purertc/simulator";
import { SrtcpReceiver, SrtcpSender, type SrtpMasterKey, type SrtpProfileName, SrtpReceiver, SrtpSender, srtpProfile } from "@purertc/srtp";
import { afterAll, describe, expect, test } from "vitest";
import { LIBSRTP_ERROR, type LibsrtpResult, startLibsrtp } from "./libsrtp.ts";

const libsrtp = await startLibsrtp();
afterAll(() => libsrtp?.stop());
const random = seededRandom("libsrtp");

/** Not with AES-192: libsrtp 2.5 derives its session keys with AES-256, and not as the vectors of RFC 6188 §7 have it. */
const profiles: readonly SrtpProfileName[] = [
  "SRTP_AES128_CM_HMAC_SHA1_80",
  "SRTP_AES128_CM_HMAC_SHA1_32",
  "SRTP_AES256_CM_HMAC_SHA1_80",
  "SRTP_AES256_CM_HMAC_SHA1_32",
  "SRTP_AEAD_AES_128_GCM",
  "SRTP_AEAD_AES_256_GCM",
  "SRTP_NULL_HMAC_SHA1_80",
];

function bytes(length: number): Uint8Array {
  const made = new Uint8Array(length);
  random.fill(made);
  return made;
}

function key(profile: SrtpProfileName, mki?: Uint8Array): SrtpMasterKey {
  const { keyLength, saltLength } = srtpProfile(profile);
  return { masterKey: bytes(keyLength), masterSalt: bytes(saltLength), ...(mki === undefined ? {} : { mki }) };
}

/** Elements of RFC 8285 that fill whole words; the one-byte form has ids to 14, the two-byte form to 40. */
function elements(oneByte: boolean): Uint8Array {
  const octets: number[] = [];
  for (let n = random.integer(1, 4); n > 0; n--) {
    const length = oneByte ? random.integer(1, 16) : random.integer(0, 40);
    octets.push(...(oneByte ? [(random.integer(1, 14) << 4) | (length - 1)] : [random.integer(1, 40), length]), ...bytes(length));
  }
  while (octets.length % 4 !== 0) octets.push(0);
  return Uint8Array.from(octets);
}

/** With CSRCs, an extension of either form or of none, and padding, each now and then. */
function rtp(ssrc: number, sequenceNumber: number, forms: 2 | 3 = 3): Uint8Array {
  const csrcs = random.chance(0.3) ? random.integer(1, 15) : 0;
  const form = random.chance(0.5) ? random.integer(0, forms - 1) : undefined;
  const extension = form === undefined ? new Uint8Array(0) : form === 2 ? bytes(4 * random.integer(0, 6)) : elements(form === 0);
  const padding = random.chance(0.2) ? 4 * random.integer(1, 8) : 0;
  const payload = bytes(random.integer(0, 1200));
  const extensionAt = 12 + 4 * csrcs;
  const payloadAt = extensionAt + (form === undefined ? 0 : 4 + extension.length);
  const packet = new Uint8Array(payloadAt + payload.length + padding);
  packet[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (form === undefined ? 0 : 0x10) | csrcs;
  packet[1] = random.integer(0, 127) | (random.chance(0.5) ? 0x80 : 0);
  writeU16(packet, 2, sequenceNumber);
  packet.set(bytes(4), 4);
  writeU32(packet, 8, ssrc);
  packet.set(bytes(4 * csrcs), 12);
  if (form !== undefined) {
    writeU16(packet, extensionAt, [0xbede, 0x1000, 0x4242][form]!);
    writeU16(packet, extensionAt + 2, extension.length / 4);
    packet.set(extension, extensionAt + 4);
  }
  packet.set(payload, payloadAt);
  if (padding > 0) packet[packet.length - 1] = padding;
  return packet;
}

function rtcp(ssrc: number): Uint8Array {
  const packet = bytes(8 + 4 * random.integer(0, 200));
  packet[0] = 0x81;
  packet[1] = random.integer(200, 207);
  writeU16(packet, 2, packet.length / 4 - 1);
  writeU32(packet, 4, ssrc);
  return packet;
}

function text(result: LibsrtpResult | Uint8Array | string): string {
  return typeof result === "object" ? hexFromBytes(result) : `refused: ${result}`;
}

function ours(side: SrtpSender | SrtcpSender, packet: Uint8Array): Uint8Array {
  const out = new Uint8Array(packet.length + side.overhead);
  return out.subarray(0, side.protect(packet, out));
}

function opened(side: SrtpReceiver | SrtcpReceiver, packet: Uint8Array): Uint8Array | string {
  const out = new Uint8Array(packet.length);
  const length = side.unprotect(packet, out);
  return typeof length === "string" ? length : out.subarray(0, length);
}

/** Sequence numbers that go round twice in steps, some of them overtaken by the next. */
function sequence(): number[] {
  const numbers: number[] = [];
  for (let n = 30_000; n < 30_000 + 0x2_0000; n += random.integer(1, 900)) numbers.push(n & 0xffff);
  for (let i = 5; i + 1 < numbers.length; i += 7) [numbers[i], numbers[i + 1]] = [numbers[i + 1]!, numbers[i]!];
  return numbers;
}

describe.skipIf(libsrtp === undefined)("libsrtp", () => {
  for (const profile of profiles) {
    for (const mkiLength of [0, 1, 4, 128]) {
      const name = `${profile}${mkiLength === 0 ? "" : `, MKI of ${mkiLength}`}`;
      test(`RFC 3711 §3.3, RFC 7714 §8: ${name}: SRTP both ways, through two rollovers`, async () => {
        const crypto = mkiLength === 4 ? nobleCrypto : nodeCrypto;
        const keys = [0, 1].map(() => key(profile, mkiLength === 0 ? undefined : bytes(mkiLength))).slice(0, mkiLength === 0 ? 1 : 2);
        const [theirSender, theirReceiver] = [
          await libsrtp!.open({ profile, direction: "out", keys }),
          await libsrtp!.open({ profile, direction: "in", keys }),
        ];
        const senders = new SrtpSender({ crypto, profile, ...keys[0]! });
        const receiver = new SrtpReceiver({ crypto, profile, ...keys[0]!, furtherKeys: keys.slice(1) });
        const ssrcs = [0x1234_5678, 0xffff_fffe];
        const numbers = sequence();
        for (const [i, sequenceNumber] of numbers.entries()) {
          if (keys.length === 2 && i === numbers.length >> 1) senders.rekey(keys[1]!);
          for (const ssrc of i % 8 < 6 ? ssrcs.slice(0, 1) : ssrcs) {
            const packet = rtp(ssrc, sequenceNumber);
            const sent = ours(senders, packet);
            const theirs = await theirSender.protect(packet, keys.length === 2 && i >= numbers.length >> 1 ? 1 : 0);
            expect(text(theirs)).toBe(text(sent));
            expect(text(await theirReceiver.unprotect(sent))).toBe(text(packet));
            expect(text(opened(receiver, sent))).toBe(text(packet));
            if (i % 9 === 0) {
              expect(opened(receiver, sent)).toBe("replayed");
              expect(await theirReceiver.unprotect(sent)).toBe(LIBSRTP_ERROR.replayed);
            }
          }
        }
        expect(receiver.rolloverCounter(ssrcs[0]!)).toBe(2);
        for (const session of [theirSender, theirReceiver]) await session.close();
      });

      test(`RFC 3711 §3.4, RFC 7714 §9: ${name}: SRTCP both ways`, async () => {
        const crypto = mkiLength === 4 ? nobleCrypto : nodeCrypto;
        const one = key(profile, mkiLength === 0 ? undefined : bytes(mkiLength));
        const theirSender = await libsrtp!.open({ profile, direction: "out", keys: [one] });
        const theirReceiver = await libsrtp!.open({ profile, direction: "in", keys: [one] });
        const sender = new SrtcpSender({ crypto, profile, ...one });
        const receiver = new SrtcpReceiver({ crypto, profile, ...one });
        sender.setNextIndex(0x1234_5678, 1); // libsrtp counts from 1
        for (let i = 0; i < 40; i++) {
          const packet = rtcp(0x1234_5678);
          const sent = ours(sender, packet);
          const theirs = await theirSender.protectRtcp(packet);
          if (profile !== "SRTP_NULL_HMAC_SHA1_80") expect(text(theirs)).toBe(text(sent)); // there each sets the E flag as it likes
          // libsrtp 2.5 looks for an MKI in SRTCP in front of a tag as long as SRTP's.
          if (mkiLength === 0 || !profile.endsWith("_32")) expect(text(await theirReceiver.unprotectRtcp(sent))).toBe(text(packet));
          expect(text(opened(receiver, theirs as Uint8Array))).toBe(text(packet));
          expect(opened(receiver, sent)).toBe("replayed");
        }
        for (const session of [theirSender, theirReceiver]) await session.close();
      });
    }
  }

  test.each(profiles.filter((name) => !name.includes("NULL")))("RFC 6904 §3: %s: the same elements encrypted", async (profile) => {
    const one = key(profile);
    const encryptedExtensionIds = [1, 3, 5, 14, 17, 33];
    const theirSender = await libsrtp!.open({ profile, direction: "out", keys: [one], encryptedExtensionIds });
    const theirReceiver = await libsrtp!.open({ profile, direction: "in", keys: [one], encryptedExtensionIds });
    const sender = new SrtpSender({ crypto: nodeCrypto, profile, ...one, encryptedExtensionIds });
    const receiver = new SrtpReceiver({ crypto: nodeCrypto, profile, ...one, encryptedExtensionIds });
    for (let i = 0; i < 150; i++) {
      const packet = rtp(7, 65_000 + 5 * i, 2); // libsrtp refuses other extensions then
      const sent = ours(sender, packet);
      expect(text(await theirSender.protect(packet))).toBe(text(sent));
      expect(text(await theirReceiver.unprotect(sent))).toBe(text(packet));
      expect(text(opened(receiver, sent))).toBe(text(packet));
    }
    for (const session of [theirSender, theirReceiver]) await session.close();
  });

  test("RFC 3711 §3.3.1: whoever joins late and is told the rollover counter", async () => {
    const profile = "SRTP_AES128_CM_HMAC_SHA1_80";
    const one = key(profile);
    const sender = new SrtpSender({ crypto: nodeCrypto, profile, ...one, rolloverCounters: new Map([[7, 0x1_0002]]) });
    const told = await libsrtp!.open({ profile, direction: "in", keys: [one] });
    const first = rtp(7, 65_534);
    expect(await told.unprotect(ours(sender, first))).toBe(LIBSRTP_ERROR.authentication);
    // libsrtp takes a rollover counter only for a stream that it knows: another sender makes it so.
    const known = new SrtpSender({ crypto: nodeCrypto, profile, ...one });
    expect(await told.unprotect(ours(known, rtp(7, 1)))).toBeInstanceOf(Uint8Array);
    await told.setRolloverCounter(7, 0x1_0002);
    for (const sequenceNumber of [65_535, 0, 1]) {
      const packet = rtp(7, sequenceNumber);
      expect(text(await told.unprotect(ours(sender, packet)))).toBe(text(packet));
    }
    const theirs = await libsrtp!.open({ profile, direction: "out", keys: [one] });
    await theirs.protect(rtp(7, 65_533));
    await theirs.setRolloverCounter(7, 0xffff_fffe);
    const receiver = new SrtpReceiver({ crypto: nodeCrypto, profile, ...one, rolloverCounters: new Map([[7, 0xffff_fffe]]) });
    for (const sequenceNumber of [65_534, 65_535, 0, 1]) {
      const packet = rtp(7, sequenceNumber);
      expect(text(opened(receiver, (await theirs.protect(packet)) as Uint8Array))).toBe(text(packet));
    }
    expect(receiver.rolloverCounter(7)).toBe(0xffff_ffff);
  });

  test("RFC 3711 §3.3.2: both refuse the same: forged, replayed, behind the window", async () => {
    const profile = "SRTP_AEAD_AES_128_GCM";
    const one = key(profile);
    const theirs = await libsrtp!.open({ profile, direction: "in", keys: [one], window: 128 });
    const sender = new SrtpSender({ crypto: nodeCrypto, profile, ...one });
    const receiver = new SrtpReceiver({ crypto: nodeCrypto, profile, ...one, replayWindow: 128 });
    const sent = Array.from({ length: 400 }, (_, i) => ours(sender, rtp(9, 100 + i)));
    const names = new Map<string, number>([
      ["replayed", LIBSRTP_ERROR.replayed],
      ["too-old", LIBSRTP_ERROR.tooOld],
      ["bad-tag", LIBSRTP_ERROR.authentication],
    ]);
    for (let i = 0; i < 1500; i++) {
      const at = Math.min(399, Math.max(0, Math.floor(i / 5) + random.integer(-160, 40)));
      const packet = sent[at]!.slice();
      if (random.chance(0.1)) packet[random.integer(packet.length - 16, packet.length - 1)]! ^= 1 << random.integer(0, 7);
      const our = opened(receiver, packet);
      const their = await theirs.unprotect(packet);
      expect(typeof our === "string" ? (names.get(our) ?? our) : text(our), `packet ${at}`).toEqual(
        typeof their === "number" ? their : text(their),
      );
    }
  });
});
