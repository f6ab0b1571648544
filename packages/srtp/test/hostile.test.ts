/** What strangers send: any bytes, never a throw, never a memory that grows. */
import { writeU16, writeU32 } from "@purertc/core";
import { dtlsSrtpKeyingMaterialLength, splitDtlsSrtpKeys } from "@purertc/srtp";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allProfiles, codeOf, opened, rtcp, rtp, sealed, srtcpReceiver, srtcpSender, srtpReceiver, srtpSender } from "./packets.ts";

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc
    .tuple(fc.constantFrom(0x80, 0x90, 0x8f, 0x9f, 0xb0), fc.constantFrom(96, 200, 205), fc.uint8Array({ maxLength: 120 }))
    .map(([first, second, rest]) => Uint8Array.of(first, second, ...rest)),
);

describe.each(allProfiles)("%s", (profile) => {
  test("no bytes make a receiver throw, or remember anything", () => {
    const options = { encryptedExtensionIds: [1, 2], cryptex: true, mki: Uint8Array.of(1, 2), keyDerivationRate: 1 };
    const receivers = [
      srtpReceiver(profile),
      srtpReceiver(profile, options),
      srtcpReceiver(profile),
      srtcpReceiver(profile, { mki: Uint8Array.of(1, 2) }),
    ];
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        for (const receiver of receivers) expect(typeof opened(receiver, bytes)).toBe("string");
      }),
      { numRuns: 150 },
    );
    for (const receiver of receivers) expect(receiver.ssrcCount).toBe(0);
  });

  test("every prefix of a genuine packet is refused, and every CSRC count and extension length that overruns it", () => {
    const packet = rtp({ sequenceNumber: 1, csrcs: [1, 2], extension: { profile: 0xbede, data: new Uint8Array(8) } });
    const wire = sealed(srtpSender(profile), packet);
    const report = sealed(srtcpSender(profile), rtcp());
    const receiver = srtpReceiver(profile);
    const reports = srtcpReceiver(profile);
    for (let length = 0; length < wire.length; length++) expect(opened(receiver, wire.subarray(0, length))).toMatch(/too-short|bad-tag/);
    for (let length = 0; length < report.length; length++) expect(opened(reports, report.subarray(0, length))).toMatch(/too-short|bad-tag/);
    for (const words of [20, 0x7fff, 0xffff]) {
      const overrun = wire.slice();
      writeU16(overrun, 22, words);
      expect(opened(receiver, overrun)).toBe("too-short");
    }
    const crowded = sealed(srtpSender(profile), rtp({ sequenceNumber: 2 }));
    crowded[0]! |= 0x0f;
    expect(opened(receiver, crowded)).toBe("too-short");
    for (const version of [0x00, 0x40, 0xc0]) {
      const other = wire.slice();
      other[0] = version | (other[0]! & 0x3f);
      expect(opened(receiver, other)).toBe("not-rtp");
    }
    expect(opened(receiver, wire)).toEqual(packet);
    expect(opened(reports, report)).toEqual(rtcp());
    for (const bad of [packet.subarray(0, 11), packet.subarray(0, 20)])
      expect(codeOf(() => sealed(srtpSender(profile), bad))).toBe("SRTP_NOT_RTP");
  });

  test("RTP and RTCP are not taken for each other, though both use one master key", () => {
    const media = sealed(srtpSender(profile), rtp({ sequenceNumber: 200, payload: new Uint8Array(60) }));
    const report = sealed(srtcpSender(profile), rtcp(1, 12));
    expect(opened(srtcpReceiver(profile), media)).toBe("not-rtcp");
    expect(opened(srtpReceiver(profile), report)).toMatch(/bad-tag|too-short/);
    media[1] = 200;
    expect(opened(srtcpReceiver(profile), media)).toBe("bad-tag");
  });

  test("forged packets between genuine ones, near and far ahead, cost them nothing", () => {
    const sender = srtpSender(profile);
    const receiver = srtpReceiver(profile);
    for (let sequenceNumber = 0; sequenceNumber < 50; sequenceNumber++) {
      const packet = rtp({ sequenceNumber, payload: new Uint8Array(100).fill(sequenceNumber) });
      const wire = sealed(sender, packet);
      for (const ahead of [0, 1, 5, 1000, 32_767, 40_000]) {
        const forged = wire.slice();
        writeU16(forged, 2, sequenceNumber + ahead);
        forged[forged.length - 1]! ^= 1;
        expect(opened(receiver, forged)).toBe("bad-tag");
        writeU32(forged, 8, ahead + 1);
        expect(opened(receiver, forged)).toBe("bad-tag");
      }
      expect(opened(receiver, wire)).toEqual(packet);
    }
    expect(receiver.rolloverCounter(0x1234_5678)).toBe(0);
    expect(receiver.ssrcCount).toBe(1);
    expect(receiver.refusals["bad-tag"]).toBe(600);
  });

  test("RFC 5764 §4.2: exported keying material is split into both directions", () => {
    const length = dtlsSrtpKeyingMaterialLength(profile);
    const material = Uint8Array.from({ length }, (_, i) => i);
    const { client, server } = splitDtlsSrtpKeys(profile, material);
    const keyLength = client.masterKey.length;
    const saltLength = client.masterSalt.length;
    expect(2 * (keyLength + saltLength)).toBe(length);
    expect(client.masterKey[0]).toBe(0);
    expect(server.masterKey[0]).toBe(keyLength);
    expect(client.masterSalt[0]).toBe(2 * keyLength);
    expect(server.masterSalt[0]).toBe(2 * keyLength + saltLength);
    expect(server.masterSalt.at(-1)).toBe(length - 1);
    expect(codeOf(() => splitDtlsSrtpKeys(profile, material.subarray(1)))).toBe("SRTP_KEY_LENGTH");
  });
});

test("a stranger who tries many SSRCs does not keep the peer from using new ones", () => {
  const receiver = srtpReceiver("SRTP_AEAD_AES_128_GCM", { maxSsrcs: 2 });
  for (let ssrc = 0; ssrc < 500; ssrc++) opened(receiver, rtp({ ssrc, sequenceNumber: 1, payload: new Uint8Array(40) }));
  const sender = srtpSender("SRTP_AEAD_AES_128_GCM");
  for (const ssrc of [70_001, 70_002]) expect(typeof opened(receiver, sealed(sender, rtp({ ssrc, sequenceNumber: 1 })))).toBe("object");
});
