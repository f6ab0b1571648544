import { readU32, writeU32 } from "@purertc/core";
import { nobleCrypto } from "@purertc/crypto/noble";
import { createNodeCrypto, nodeCrypto } from "@purertc/crypto/node";
import { srtpProfile } from "@purertc/srtp";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allProfiles, codeOf, key, opened, rtcp, sealed, srtcpReceiver, srtcpSender } from "./packets.ts";

const CM = "SRTP_AES128_CM_HMAC_SHA1_80";

/** Where the word with E and index stands. */
function indexWordAt(profile: (typeof allProfiles)[number], wire: Uint8Array): number {
  return wire.length - 4 - srtpProfile(profile).srtcpAuthTagLength;
}

describe.each(allProfiles)("%s", (profile) => {
  const isNull = profile.includes("NULL");

  test("RFC 3711 §3.4: any packets open to what they were, the same under all providers, in place and at any alignment", () => {
    const providers = [nodeCrypto, nobleCrypto, createNodeCrypto({ constantTime: true })];
    fc.assert(
      fc.property(
        fc.array(fc.nat(300), { minLength: 1, maxLength: 12 }),
        fc.nat(0xffff_ffff),
        fc.nat(7),
        fc.boolean(),
        (lengths, ssrc, shift, unencrypted) => {
          const senders = providers.map((crypto) => srtcpSender(profile, { crypto, unencrypted }));
          const receivers = providers.map((crypto) => srtcpReceiver(profile, { crypto }));
          for (const words of lengths) {
            const packet = rtcp(ssrc, words);
            const wires = senders.map((sender) => sealed(sender, packet));
            for (const wire of wires) expect(Buffer.compare(wire, wires[0]!)).toBe(0);
            for (const receiver of receivers) {
              const view = new Uint8Array(shift + wires[0]!.length).subarray(shift);
              view.set(wires[0]!);
              expect(receiver.unprotect(view, view)).toBe(packet.length);
              expect(Buffer.compare(view.subarray(0, packet.length), packet)).toBe(0);
              expect(opened(receiver, wires[0]!)).toBe("replayed");
            }
          }
        },
      ),
      { numRuns: 6 },
    );
  });

  test("RFC 3711 §3.4: the index counts from 0 for each SSRC, and E says whether the packet is encrypted", () => {
    const sender = srtcpSender(profile);
    const clear = srtcpSender(profile, { unencrypted: true });
    for (const ssrc of [1, 2]) {
      for (let index = 0; index < 3; index++) {
        const packet = rtcp(ssrc);
        const wire = sealed(sender, packet);
        expect(wire.length).toBe(packet.length + sender.overhead);
        expect(readU32(wire, indexWordAt(profile, wire))).toBe((isNull ? 0 : 0x8000_0000) + index);
        expect(wire.subarray(0, 8)).toEqual(packet.subarray(0, 8));
        if (!isNull) expect(wire.subarray(8, packet.length)).not.toEqual(packet.subarray(8));
        const unencrypted = sealed(clear, packet);
        expect(readU32(unencrypted, indexWordAt(profile, unencrypted))).toBe(index);
        expect(unencrypted.subarray(0, packet.length)).toEqual(packet);
        expect(opened(srtcpReceiver(profile), unencrypted)).toEqual(packet);
        expect(opened(srtcpReceiver(profile, { encryptedOnly: true }), unencrypted)).toBe("not-encrypted");
      }
    }
    expect(sender.nextIndex(1)).toBe(3);
    expect(sender.nextIndex(9)).toBe(0);
  });

  test("RFC 3711 §3.4: forgeries of any byte, the E flag and the index included, change nothing", () => {
    const sender = srtcpSender(profile);
    const receiver = srtcpReceiver(profile);
    const strangers = srtcpReceiver(profile);
    for (let n = 0; n < 4; n++) {
      const packet = rtcp(7, 3);
      const wire = sealed(sender, packet);
      for (let at = 0; at < wire.length; at++) {
        for (const bit of [1, 0x80]) {
          const forged = wire.slice();
          forged[at]! ^= bit;
          for (const target of [receiver, strangers]) {
            const inPlace = forged.slice();
            expect(target.unprotect(inPlace, inPlace)).toMatch(/bad-tag|not-rtcp|replayed|too-old/);
          }
        }
      }
      expect(opened(receiver, wire)).toEqual(packet);
    }
    expect(strangers.ssrcCount).toBe(0);
    expect(strangers.refusals["bad-tag"]).toBeGreaterThan(100);
  });

  test("RFC 3711 §3.4: MKI, re-keying with indices that go on, key derivation rate, lifetime", () => {
    const [one, two] = [1, 2].map((n) => ({ ...key(profile, n), mki: Uint8Array.of(n), lifetime: 3 }));
    const sender = srtcpSender(profile, { ...one!, keyDerivationRate: 2 });
    const receiver = srtcpReceiver(profile, { ...one!, furtherKeys: [two!], keyDerivationRate: 2 });
    const wires = [1, 2, 3].map(() => sealed(sender, rtcp()));
    expect(codeOf(() => sealed(sender, rtcp()))).toBe("SRTP_KEY_EXHAUSTED");
    sender.rekey(two!);
    wires.push(sealed(sender, rtcp()));
    expect(sender.nextIndex(0x1234_5678)).toBe(4);
    for (const n of [3, 1, 0, 2]) expect(opened(receiver, wires[n]!)).toEqual(rtcp());
    sender.setNextIndex(0x1234_5678, 9);
    const late = sealed(sender, rtcp());
    receiver.removeFormerKeys(two!.mki);
    expect(opened(receiver, late)).toBe("unknown-mki");
    const third = { ...key(profile, 3), mki: Uint8Array.of(3) };
    receiver.addKey(third);
    sender.rekey(third);
    expect(opened(receiver, sealed(sender, rtcp()))).toEqual(rtcp());
  });
});

test("RFC 3711 §3.3.2: the replay list of RTCP", () => {
  const sender = srtcpSender(CM);
  const wires = Array.from({ length: 100 }, () => sealed(sender, rtcp()));
  const receiver = srtcpReceiver(CM, { replayWindow: 64 });
  expect(typeof opened(receiver, wires[99]!)).toBe("object");
  expect(opened(receiver, wires[35]!)).toBe("too-old");
  expect(typeof opened(receiver, wires[36]!)).toBe("object");
  expect(opened(receiver, wires[36]!)).toBe("replayed");
});

test("RFC 3711 §9.2: the 2^31st packet of an SSRC is the last, and indices never go back", () => {
  const sender = srtcpSender(CM);
  sender.setNextIndex(0x1234_5678, 2 ** 31 - 1);
  expect(opened(srtcpReceiver(CM), sealed(sender, rtcp()))).toEqual(rtcp());
  expect(codeOf(() => sealed(sender, rtcp()))).toBe("SRTP_INDEX_USED");
  sender.setNextIndex(5, 10);
  for (const wrong of [9, 2 ** 31, 10.5]) expect(codeOf(() => sender.setNextIndex(5, wrong))).toBe("SRTP_INDEX_USED");
});

test("RFC 3711 §3.2.3: SSRCs of RTCP are bounded on both sides", () => {
  const sender = srtcpSender(CM, { maxSsrcs: 3 });
  const receiver = srtcpReceiver(CM, { maxSsrcs: 2, maxReadySsrcs: 1 });
  const wires = [1, 2, 3].map((ssrc) => sealed(sender, rtcp(ssrc)));
  expect(wires.map((wire) => typeof opened(receiver, wire))).toEqual(["object", "object", "string"]);
  expect(opened(receiver, wires[2]!)).toBe("too-many-ssrcs");
  expect(opened(receiver, wires[0]!), "its ciphers were dropped, its replay list was not").toBe("replayed");
  receiver.forgetSsrc(1);
  expect(receiver.ssrcCount).toBe(1);
  expect(typeof opened(receiver, wires[2]!)).toBe("object");
  expect(codeOf(() => sealed(sender, rtcp(4)))).toBe("SRTP_TOO_MANY_SSRCS");
});

test("RFC 3711 §8.1: a provider that clears what does not authenticate does not spoil the packet for the next key", () => {
  const profile = "SRTP_AEAD_AES_256_GCM";
  const crypto = createNodeCrypto({ constantTime: true });
  const receiver = srtcpReceiver(profile, { crypto, ...key(profile, 2), furtherKeys: [key(profile, 1)] });
  const wire = sealed(srtcpSender(profile), rtcp());
  expect(receiver.unprotect(wire, wire)).toBe(rtcp().length);
  expect(wire.subarray(0, rtcp().length)).toEqual(rtcp());
});

test("RFC 5761 §4: only version 2 and packet types 192 to 223 are RTCP", () => {
  const sender = srtcpSender(CM);
  for (const type of [191, 224, 0]) expect(codeOf(() => sealed(sender, rtcp(1, 2, type)))).toBe("SRTP_NOT_RTCP");
  expect(codeOf(() => sealed(sender, rtcp().subarray(0, 7)))).toBe("SRTP_NOT_RTCP");
  const wire = sealed(sender, rtcp());
  const other = wire.slice();
  other[1] = 96;
  expect(opened(srtcpReceiver(CM), other)).toBe("not-rtcp");
  other.set(wire);
  other[0] = 0x40;
  expect(opened(srtcpReceiver(CM), other)).toBe("not-rtcp");
  writeU32(other, 4, 1);
});

test("buffers: room that just fits is enough, one byte less is refused", () => {
  for (const profile of [CM, "SRTP_AEAD_AES_256_GCM"] as const) {
    const sender = srtcpSender(profile);
    expect(codeOf(() => sender.protect(rtcp(), new Uint8Array(rtcp().length + sender.overhead - 1)))).toBe("SRTP_OUT_LENGTH");
    const wire = sealed(sender, rtcp());
    const receiver = srtcpReceiver(profile);
    expect(codeOf(() => receiver.unprotect(wire, new Uint8Array(rtcp().length - 1)))).toBe("SRTP_OUT_LENGTH");
    const exact = new Uint8Array(rtcp().length);
    expect(receiver.unprotect(wire, exact)).toBe(exact.length);
    expect(exact).toEqual(rtcp());
  }
});
