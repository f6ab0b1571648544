import { nobleCrypto } from "@purertc/crypto/noble";
import { createNodeCrypto, nodeCrypto } from "@purertc/crypto/node";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allProfiles, codeOf, key, opened, rtcp, rtp, sealed, srtcpReceiver, srtcpSender, srtpReceiver, srtpSender } from "./packets.ts";

const CM = "SRTP_AES128_CM_HMAC_SHA1_80";
const GCM = "SRTP_AEAD_AES_128_GCM";

const packetFields = fc.record({
  csrcs: fc.array(fc.nat(0xffff_ffff), { maxLength: 15 }),
  extension: fc.option(
    fc.record({
      profile: fc.constantFrom(0xbede, 0x1000, 0x1234, 0xabac),
      data: fc.uint8Array({ maxLength: 120 }).map((data) => new Uint8Array((data.length + 3) & ~3).map((_, i) => data[i] ?? 0)),
    }),
    { nil: undefined },
  ),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.nat(1400).map((length) => new Uint8Array(length).fill(length)),
  ),
});

describe.each(allProfiles)("%s", (profile) => {
  test("RFC 3711 §3.3: any packets open to what they were, the same under all providers, in place and at any alignment", () => {
    const providers = [nodeCrypto, nobleCrypto, createNodeCrypto({ constantTime: true })];
    fc.assert(
      fc.property(
        fc.array(packetFields, { minLength: 1, maxLength: 12 }),
        fc.nat(0xffff_ffff),
        fc.nat(65_535),
        fc.nat(7),
        (fields, ssrc, first, shift) => {
          const senders = providers.map((crypto) => srtpSender(profile, { crypto }));
          const receivers = providers.map((crypto) => srtpReceiver(profile, { crypto }));
          for (const [n, { extension, ...rest }] of fields.entries()) {
            const sequenceNumber = (first + n) & 0xffff;
            const packet = rtp({ ssrc, sequenceNumber, ...rest, ...(extension === undefined ? {} : { extension }) });
            const wires = senders.map((sender) => sealed(sender, packet));
            for (const wire of wires) expect(Buffer.compare(wire, wires[0]!)).toBe(0);
            for (const receiver of receivers) {
              const memory = new Uint8Array(shift + wires[0]!.length);
              const view = memory.subarray(shift);
              view.set(wires[0]!);
              expect(receiver.unprotect(view, view)).toBe(packet.length);
              expect(Buffer.compare(view.subarray(0, packet.length), packet)).toBe(0);
              expect(opened(receiver, wires[0]!)).toBe("replayed");
            }
          }
        },
      ),
      { numRuns: 7 },
    );
  });

  test("RFC 3711 §3.3.2: check, then commit: forgeries of any byte change nothing, and the genuine packet opens after them", () => {
    const sender = srtpSender(profile);
    const receiver = srtpReceiver(profile);
    const strangers = srtpReceiver(profile);
    for (const sequenceNumber of [10, 11, 13, 12, 600]) {
      const packet = rtp({ sequenceNumber });
      const wire = sealed(sender, packet);
      for (let at = 0; at < wire.length; at++) {
        const forged = wire.slice();
        forged[at]! ^= 0x01;
        for (const target of [receiver, strangers]) {
          const inPlace = forged.slice();
          expect(target.unprotect(inPlace, inPlace)).toMatch(/bad-tag|not-rtp|too-short|too-old|replayed/);
        }
      }
      expect(opened(receiver, wire)).toEqual(packet);
    }
    expect(receiver.ssrcCount).toBe(1);
    expect(strangers.ssrcCount, "nothing is remembered of SSRCs that sent nothing authentic").toBe(0);
    expect(strangers.refusals["bad-tag"]).toBeGreaterThan(100);
  });

  test("RFC 3711 §3.3.1: three wraps of the sequence number, with reordering across each", () => {
    const sender = srtpSender(profile);
    const receiver = srtpReceiver(profile);
    for (let wrap = 0; wrap < 3; wrap++) {
      for (const sequenceNumber of [65_000, 65_534, 1, 65_535, 0, 2, 30_000, 60_000]) {
        const packet = rtp({ sequenceNumber });
        expect(opened(receiver, sealed(sender, packet)), `${sequenceNumber} of wrap ${wrap}`).toEqual(packet);
      }
    }
    expect(sender.rolloverCounter(0x1234_5678)).toBe(3);
    expect(receiver.rolloverCounter(0x1234_5678)).toBe(3);
  });

  test("RFC 3711 §3.3: a sender uses no index twice, in whatever order they come", () => {
    const sender = srtpSender(profile, { replayWindow: 64 });
    for (const sequenceNumber of [100, 103, 101, 102, 163]) sealed(sender, rtp({ sequenceNumber }));
    for (const sequenceNumber of [100, 101, 102, 103, 163, 99]) {
      expect(codeOf(() => sealed(sender, rtp({ sequenceNumber })))).toBe("SRTP_INDEX_USED");
    }
    sealed(sender, rtp({ sequenceNumber: 104 }));
  });

  test("RFC 3711 §3.1, RFC 7714 §8: an MKI names one of several master keys", () => {
    const [one, two, three] = [1, 2, 3].map((n) => ({ ...key(profile, n), mki: Uint8Array.of(0, n) }));
    const sender = srtpSender(profile, one!);
    const receiver = srtpReceiver(profile, { ...one!, furtherKeys: [two!] });
    const send = (sequenceNumber: number): Uint8Array => sealed(sender, rtp({ sequenceNumber }));
    const before = [send(1), send(2)];
    sender.rekey(two!);
    const after = [send(3), send(4)];
    sender.rekey(three!);
    const unknown = send(5);
    expect(opened(receiver, after[0]!)).toEqual(rtp({ sequenceNumber: 3 }));
    expect(opened(receiver, before[0]!)).toEqual(rtp({ sequenceNumber: 1 }));
    expect(opened(receiver, unknown)).toBe("unknown-mki");
    receiver.addKey(three!);
    expect(opened(receiver, unknown)).toEqual(rtp({ sequenceNumber: 5 }));
    receiver.removeFormerKeys(one!.mki);
    expect(opened(receiver, before[1]!)).toBe("unknown-mki");
    expect(opened(receiver, after[1]!)).toEqual(rtp({ sequenceNumber: 4 }));
    // A key with the MKI of a former one takes its place.
    receiver.addKey({ ...key(profile, 9), mki: two!.mki! });
    sender.rekey(two!);
    expect(opened(receiver, send(6))).toBe("bad-tag");
  });

  test("RFC 3711 §3.1: a sender's keys have MKIs of one length, or none", () => {
    for (const make of [srtpSender, srtcpSender]) {
      const named = make(profile, { mki: Uint8Array.of(1) });
      named.rekey({ ...key(profile, 2), mki: Uint8Array.of(2) });
      for (const mki of [undefined, Uint8Array.of(0, 2)]) {
        expect(codeOf(() => named.rekey({ ...key(profile, 2), ...(mki === undefined ? {} : { mki }) }))).toBe("SRTP_MKI_LENGTH");
      }
      expect(codeOf(() => make(profile).rekey({ ...key(profile, 2), mki: Uint8Array.of(2) }))).toBe("SRTP_MKI_LENGTH");
    }
  });

  test("RFC 3711 §8.1: re-keying without MKI keeps counters and replay lists; both keys are accepted until the former is removed", () => {
    const sender = srtpSender(profile);
    const receiver = srtpReceiver(profile);
    const old = [65_534, 65_535, 0, 1].map((sequenceNumber) => sealed(sender, rtp({ sequenceNumber })));
    for (const wire of old.slice(0, 3)) expect(typeof opened(receiver, wire)).toBe("object");
    receiver.addKey(key(profile, 2));
    expect(opened(receiver, old[0]!)).toBe("replayed");
    sender.rekey(key(profile, 2));
    const fresh = sealed(sender, rtp({ sequenceNumber: 2 }));
    const inPlace = old[3]!.slice();
    expect(receiver.unprotect(inPlace, inPlace), "an old packet in place, after the new key failed on it").toBe(32);
    expect(inPlace.subarray(0, 32)).toEqual(rtp({ sequenceNumber: 1 }));
    expect(opened(receiver, fresh)).toEqual(rtp({ sequenceNumber: 2 }));
    expect(receiver.rolloverCounter(0x1234_5678)).toBe(1);
    receiver.removeFormerKeys();
    const late = srtpSender(profile, { rolloverCounters: new Map([[0x1234_5678, 1]]) });
    expect(opened(receiver, sealed(late, rtp({ sequenceNumber: 5 })))).toBe("bad-tag");
    expect(opened(receiver, sealed(sender, rtp({ sequenceNumber: 6 })))).toEqual(rtp({ sequenceNumber: 6 }));
  });

  test("RFC 3711 §4.3.1: a key derivation rate changes the session keys, and packets are reordered across the change", () => {
    const sender = srtpSender(profile, { keyDerivationRate: 16 });
    const receiver = srtpReceiver(profile, { keyDerivationRate: 16 });
    const never = srtpReceiver(profile);
    const wires = Array.from({ length: 60 }, (_, sequenceNumber) => sealed(sender, rtp({ sequenceNumber })));
    for (let first = 0; first < 60; first += 4) {
      for (const sequenceNumber of [first + 3, first + 1, first, first + 2]) {
        expect(opened(receiver, wires[sequenceNumber]!)).toEqual(rtp({ sequenceNumber }));
      }
    }
    for (const [sequenceNumber, wire] of wires.entries()) {
      expect(typeof opened(never, wire), `${sequenceNumber}: the same keys until the 16th packet only`).toBe(
        sequenceNumber < 16 ? "object" : "string",
      );
    }
  });

  test("RFC 3711 §9.2: a key protects and opens as many packets as its lifetime says, and a new one goes on", () => {
    const sender = srtpSender(profile, { lifetime: 3 });
    const receiver = srtpReceiver(profile, { lifetime: 2 });
    const wires = [1, 2, 3].map((sequenceNumber) => sealed(sender, rtp({ sequenceNumber, ssrc: sequenceNumber })));
    expect(codeOf(() => sealed(sender, rtp({ sequenceNumber: 4 })))).toBe("SRTP_KEY_EXHAUSTED");
    expect(wires.map((wire) => typeof opened(receiver, wire))).toEqual(["object", "object", "string"]);
    expect(opened(receiver, wires[2]!)).toBe("key-exhausted");
    sender.rekey(key(profile, 2));
    receiver.addKey(key(profile, 2));
    expect(opened(receiver, sealed(sender, rtp({ sequenceNumber: 4 })))).toEqual(rtp({ sequenceNumber: 4 }));
  });

  test("RFC 3711 §3.3.1, §9.2: the 2^48th packet of an SSRC is the last", () => {
    const rolloverCounters = new Map([[0x1234_5678, 2 ** 32 - 1]]);
    const sender = srtpSender(profile, { rolloverCounters });
    const receiver = srtpReceiver(profile, { rolloverCounters });
    const last = rtp({ sequenceNumber: 65_535 });
    expect(opened(receiver, sealed(sender, last))).toEqual(last);
    expect(codeOf(() => sealed(sender, rtp({ sequenceNumber: 0 })))).toBe("SRTP_KEY_EXHAUSTED");
    expect(opened(receiver, sealed(srtpSender(profile), rtp({ sequenceNumber: 0 })))).toBe("key-exhausted");
  });

  test("RFC 3711 §3.3.1: a receiver that joins late is told the rollover counter", () => {
    const rolloverCounters = new Map([[0x1234_5678, 7]]);
    const sender = srtpSender(profile, { rolloverCounters });
    const packets = [65_535, 0, 1].map((sequenceNumber) => rtp({ sequenceNumber }));
    const wires = packets.map((packet) => sealed(sender, packet));
    expect(opened(srtpReceiver(profile), wires[1]!)).toBe("bad-tag");
    expect(opened(srtpReceiver(profile, { rolloverCounters: new Map([[0x1234_5678, 8]]) }), wires[1]!)).toEqual(packets[1]);
    const receiver = srtpReceiver(profile);
    receiver.setRolloverCounter(0x1234_5678, sender.rolloverCounter(0x1234_5678));
    expect(receiver.rolloverCounter(0x1234_5678)).toBe(8);
    expect(opened(receiver, wires[2]!)).toEqual(packets[2]);
    expect(opened(receiver, wires[0]!)).toEqual(packets[0]);
    // Set again on a stream that is under way: what was accepted stays replayed.
    receiver.setRolloverCounter(0x1234_5678, 8);
    expect(opened(receiver, wires[2]!)).toBe("replayed");
    for (const wrong of [-1, 2 ** 32, 0.5]) expect(codeOf(() => receiver.setRolloverCounter(1, wrong))).toBe("SRTP_ROLLOVER_COUNTER");
  });
});

test("RFC 3711 §3.2.3: SSRCs have indices of their own, and as many as maxSsrcs are remembered, authentic ones only", () => {
  const sender = srtpSender(CM);
  const receiver = srtpReceiver(CM, { maxSsrcs: 3, maxReadySsrcs: 2 });
  const wire = (ssrc: number, sequenceNumber: number): Uint8Array => sealed(sender, rtp({ ssrc, sequenceNumber }));
  for (const forged of [1, 2, 3, 4, 5]) opened(receiver, rtp({ ssrc: forged, sequenceNumber: 1, payload: new Uint8Array(40) }));
  expect(receiver.ssrcCount).toBe(0);
  for (const ssrc of [1, 2, 3]) expect(typeof opened(receiver, wire(ssrc, 1))).toBe("object");
  expect(opened(receiver, wire(4, 1))).toBe("too-many-ssrcs");
  // Only two have ciphers ready; the third's are made again, its replay list was kept.
  for (let sequenceNumber = 2; sequenceNumber < 30; sequenceNumber++) {
    for (const ssrc of [1, 2, 3]) {
      const packet = wire(ssrc, sequenceNumber);
      expect(typeof opened(receiver, packet)).toBe("object");
      expect(opened(receiver, packet)).toBe("replayed");
    }
  }
  receiver.forgetSsrc(2);
  expect(typeof opened(receiver, wire(4, 2))).toBe("object");
  expect(receiver.refusals).toMatchObject({ "too-many-ssrcs": 1, replayed: 84, "bad-tag": 5 });
});

test("RFC 3711 §3.2.3: a sender has bounds too", () => {
  const sender = srtpSender(GCM, { maxSsrcs: 2, maxReadySsrcs: 1 });
  const receiver = srtpReceiver(GCM);
  for (let sequenceNumber = 0; sequenceNumber < 5; sequenceNumber++) {
    for (const ssrc of [1, 2]) expect(typeof opened(receiver, sealed(sender, rtp({ ssrc, sequenceNumber })))).toBe("object");
  }
  expect(codeOf(() => sealed(sender, rtp({ ssrc: 3, sequenceNumber: 1 })))).toBe("SRTP_TOO_MANY_SSRCS");
  expect(
    codeOf(() => sealed(sender, rtp({ ssrc: 1, sequenceNumber: 4 }))),
    "still known after its ciphers were dropped",
  ).toBe("SRTP_INDEX_USED");
});

test("RFC 3711 §8.1: a provider that clears what does not authenticate does not spoil the packet for the next key", () => {
  const crypto = createNodeCrypto({ constantTime: true });
  const receiver = srtpReceiver(GCM, { crypto, ...key(GCM, 2), furtherKeys: [key(GCM, 1)] });
  const wire = sealed(srtpSender(GCM), rtp({ sequenceNumber: 1 }));
  expect(receiver.unprotect(wire, wire)).toBe(32);
  expect(wire.subarray(0, 32)).toEqual(rtp({ sequenceNumber: 1 }));
});

test("RFC 7714 §8: a packet overtaken by others is sealed under its own nonce", () => {
  const sender = srtpSender(GCM);
  const inOrder = srtpSender(GCM);
  const expected = [1, 2, 3, 4].map((sequenceNumber) => sealed(inOrder, rtp({ sequenceNumber })));
  for (const sequenceNumber of [4, 2, 3, 1]) expect(sealed(sender, rtp({ sequenceNumber }))).toEqual(expected[sequenceNumber - 1]);
});

test("RFC 3711 §3.3.2: behind the window packets are too old, within it they open in any order", () => {
  const sender = srtpSender(GCM);
  const wires = Array.from({ length: 200 }, (_, sequenceNumber) => sealed(sender, rtp({ sequenceNumber })));
  const receiver = srtpReceiver(GCM, { replayWindow: 64 });
  expect(typeof opened(receiver, wires[199]!)).toBe("object");
  expect(opened(receiver, wires[135]!)).toBe("too-old");
  for (let sequenceNumber = 136; sequenceNumber < 199; sequenceNumber++)
    expect(typeof opened(receiver, wires[sequenceNumber]!)).toBe("object");
  expect(receiver.refusals["too-old"]).toBe(1);
});

test("RFC 4568 §6.3.2, §6.3.3: unencrypted and unauthenticated SRTP, but not with an AEAD", () => {
  const packet = rtp({ sequenceNumber: 5 });
  const clear = sealed(srtpSender(CM, { unencrypted: true }), packet);
  expect(clear.subarray(0, packet.length)).toEqual(packet);
  expect(clear.length).toBe(packet.length + 10);
  expect(opened(srtpReceiver(CM, { unencrypted: true }), clear)).toEqual(packet);
  const untagged = sealed(srtpSender(CM, { unauthenticated: true }), packet);
  expect(untagged.length).toBe(packet.length);
  expect(untagged).not.toEqual(packet);
  expect(opened(srtpReceiver(CM, { unauthenticated: true }), untagged)).toEqual(packet);
  for (const options of [{ unencrypted: true }, { unauthenticated: true }]) {
    expect(codeOf(() => srtpSender(GCM, options))).toBe("SRTP_SESSION_PARAMETER");
    expect(codeOf(() => srtpReceiver(GCM, options))).toBe("SRTP_SESSION_PARAMETER");
  }
});

test("buffers: room that just fits is enough, one byte less is refused, and nothing behind the packet is written by protect", () => {
  for (const profile of [CM, GCM] as const) {
    const sender = srtpSender(profile, { mki: Uint8Array.of(9) });
    const packet = rtp({ sequenceNumber: 1 });
    expect(codeOf(() => sender.protect(packet, new Uint8Array(packet.length + sender.overhead - 1)))).toBe("SRTP_OUT_LENGTH");
    expect(codeOf(() => sender.protect(packet, new Uint8Array(200), packet.length + 1))).toBe("SRTP_NOT_RTP");
    const out = new Uint8Array(packet.length + sender.overhead + 5).fill(0xee);
    expect(sender.protect(packet, out)).toBe(packet.length + sender.overhead);
    expect(out.subarray(packet.length + sender.overhead)).toEqual(new Uint8Array(5).fill(0xee));
    const wire = out.slice(0, packet.length + sender.overhead);
    const receiver = srtpReceiver(profile, { mki: Uint8Array.of(9) });
    expect(codeOf(() => receiver.unprotect(wire, new Uint8Array(packet.length - 1)))).toBe("SRTP_OUT_LENGTH");
    const exact = new Uint8Array(packet.length);
    expect(receiver.unprotect(wire, exact)).toBe(packet.length);
    expect(exact).toEqual(packet);
  }
});

test.each(allProfiles)("buffers: %s: nothing behind the packet is written by unprotect, however many keys are tried", (profile) => {
  const sealers = [srtpSender(profile), srtcpSender(profile)];
  const further = { ...key(profile, 2), furtherKeys: [key(profile)] };
  const openers = [
    [srtpReceiver(profile), srtcpReceiver(profile)],
    [srtpReceiver(profile, further), srtcpReceiver(profile, further)],
    [srtpReceiver(profile, { ...further, cryptex: true }), srtcpReceiver(profile, further)],
  ];
  for (const [sequenceNumber, length] of [1000, 40].entries()) {
    const packets = [rtp({ sequenceNumber, csrcs: [1], payload: new Uint8Array(length) }), rtcp(1, length / 4)];
    for (const [i, packet] of packets.entries()) {
      const wire = sealed(sealers[i]!, packet);
      const forged = wire.with(packet.length - 1, wire[packet.length - 1]! ^ 1);
      for (const pair of openers) {
        for (const [bytes, result] of [
          [forged, "bad-tag"],
          [wire, packet.length],
        ] as const) {
          const out = new Uint8Array(5000).fill(0x55);
          expect(pair[i]!.unprotect(bytes, out)).toBe(result);
          expect(out.subarray(wire.length).every((byte) => byte === 0x55)).toBe(true);
        }
      }
    }
  }
});

test("options: what does not fit is refused when the object is made", () => {
  const good = key(CM);
  expect(codeOf(() => srtpSender(CM, { masterKey: new Uint8Array(15) }))).toBe("SRTP_KEY_LENGTH");
  expect(codeOf(() => srtpSender(CM, { masterSalt: new Uint8Array(12) }))).toBe("SRTP_SALT_LENGTH");
  expect(codeOf(() => srtpSender(CM, { keyDerivationRate: 3 }))).toBe("SRTP_KDR");
  expect(codeOf(() => srtpSender(CM, { mki: new Uint8Array(0) }))).toBe("SRTP_MKI_LENGTH");
  expect(codeOf(() => srtpSender(CM, { mki: new Uint8Array(129) }))).toBe("SRTP_MKI_LENGTH");
  expect(codeOf(() => srtpSender(CM, { lifetime: 0 }))).toBe("SRTP_LIFETIME");
  expect(codeOf(() => srtpSender(CM, { replayWindow: 100 }))).toBe("SRTP_REPLAY_WINDOW");
  expect(codeOf(() => srtpReceiver(CM, { replayWindow: 100 }))).toBe("SRTP_REPLAY_WINDOW");
  expect(codeOf(() => srtpReceiver(CM, { maxSsrcs: 0 }))).toBe("SRTP_LIMIT");
  expect(codeOf(() => srtpReceiver(CM, { maxReadySsrcs: 1.5 }))).toBe("SRTP_LIMIT");
  expect(codeOf(() => srtpReceiver(CM, { encryptedExtensionIds: [0] }))).toBe("SRTP_EXTENSION_ID");
  expect(codeOf(() => srtpReceiver(CM, { ...good, mki: Uint8Array.of(1), furtherKeys: [key(CM, 2)] }))).toBe("SRTP_MKI_LENGTH");
  expect(codeOf(() => srtpReceiver(CM, { furtherKeys: Array.from({ length: 16 }, (_, n) => key(CM, n)) }))).toBe("SRTP_TOO_MANY_KEYS");
  expect(codeOf(() => srtpSender("SRTP_F8" as typeof CM))).toBe("SRTP_PROFILE");
});
