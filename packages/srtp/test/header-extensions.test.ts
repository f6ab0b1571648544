/** RFC 6904 and RFC 9335 beyond their vectors. */
import { bytesFromHex, concatBytes } from "@purertc/core";
import { nobleCrypto } from "@purertc/crypto/noble";
import { nodeCrypto } from "@purertc/crypto/node";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { key, opened, rtp, sealed, srtpReceiver, srtpSender } from "./packets.ts";

const profiles = ["SRTP_AES128_CM_HMAC_SHA1_80", "SRTP_AEAD_AES_128_GCM", "SRTP_NULL_HMAC_SHA1_80"] as const;

/** Elements in one- or two-byte form, padded to whole words. */
function elements(twoByte: boolean, list: readonly (readonly [number, Uint8Array])[]): Uint8Array {
  const parts = list.map(([id, data]) =>
    concatBytes(twoByte ? Uint8Array.of(id, data.length) : Uint8Array.of((id << 4) | (data.length - 1)), data),
  );
  const all = concatBytes(...parts);
  return concatBytes(all, new Uint8Array((4 - (all.length % 4)) % 4));
}

describe.each(profiles)("%s", (profile) => {
  test("RFC 6904 §3: only the data of chosen elements changes, in both forms, and comes back", () => {
    const element = fc.tuple(fc.integer({ min: 1, max: 14 }), fc.uint8Array({ minLength: 1, maxLength: 16 }));
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(element, { maxLength: 8 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 14 }), { minLength: 1 }),
        (twoByte, list, ids) => {
          const data = elements(twoByte, list);
          const packet = rtp({ sequenceNumber: 77, csrcs: [1, 2], extension: { profile: twoByte ? 0x1003 : 0xbede, data } });
          const wire = sealed(srtpSender(profile, { encryptedExtensionIds: ids }), packet);
          const plainWire = sealed(srtpSender(profile), packet);
          expect(wire.length).toBe(plainWire.length);
          let at = 24;
          for (const [id, { length }] of list) {
            const header = twoByte ? 2 : 1;
            expect(wire.subarray(at, at + header)).toEqual(packet.subarray(at, at + header));
            at += header;
            if (!ids.includes(id)) expect(wire.subarray(at, at + length)).toEqual(packet.subarray(at, at + length));
            else if (length > 8) expect(wire.subarray(at, at + length)).not.toEqual(packet.subarray(at, at + length));
            at += length;
          }
          for (const crypto of [nodeCrypto, nobleCrypto]) {
            expect(opened(srtpReceiver(profile, { crypto, encryptedExtensionIds: ids }), wire)).toEqual(packet);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test("RFC 6904 §3, RFC 8285 §4: elements that overrun, id 15, padding and other profiles end in nothing worse than clear bytes", () => {
    const ids = { encryptedExtensionIds: [1, 2, 15] };
    for (const [form, hex] of [
      [0xbede, "1fffffff"],
      [0xbede, "f1aabb10"],
      [0xbede, "00000010"],
      [0x1000, "01050000"],
      [0x1000, "00000001"],
      [0x1000, "00010000"],
      [0x9999, "10ff10ff"],
      [0xbede, ""],
    ] as const) {
      const packet = rtp({ sequenceNumber: 3, extension: { profile: form, data: bytesFromHex(hex) } });
      const wire = sealed(srtpSender(profile, ids), packet);
      expect(wire.subarray(0, 16 + hex.length / 2)).toEqual(packet.subarray(0, 16 + hex.length / 2));
      expect(opened(srtpReceiver(profile, ids), wire)).toEqual(packet);
    }
  });

  test("RFC 9335 §5, §6: with cryptex CSRCs and extensions are encrypted, and come back", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(0xffff_ffff), { maxLength: 15 }),
        fc.option(fc.record({ twoByte: fc.boolean(), data: fc.array(fc.uint8Array({ minLength: 1, maxLength: 16 }), { maxLength: 6 }) }), {
          nil: undefined,
        }),
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(3),
        (csrcs, extension, payload, shift) => {
          const data =
            extension === undefined
              ? undefined
              : elements(
                  extension.twoByte,
                  extension.data.map((bytes) => [3, bytes] as const),
                );
          const form = extension?.twoByte === true ? 0x1000 : 0xbede;
          const packet = rtp({ sequenceNumber: 9, csrcs, payload, ...(data === undefined ? {} : { extension: { profile: form, data } }) });
          const sender = srtpSender(profile, { cryptex: true, encryptedExtensionIds: [3] });
          const wire = sealed(sender, packet);
          // What a receiver gets: CSRCs without an extension come with an empty one (§5.1), which stays.
          const added = csrcs.length > 0 && data === undefined;
          const expected = added
            ? rtp({ sequenceNumber: 9, csrcs, payload, extension: { profile: 0xbede, data: new Uint8Array(0) } })
            : packet;
          for (const crypto of [nodeCrypto, nobleCrypto]) {
            const receiver = srtpReceiver(profile, { crypto, cryptex: "required", encryptedExtensionIds: [3] });
            const view = new Uint8Array(shift + wire.length).subarray(shift);
            view.set(wire);
            expect(receiver.unprotect(view, view)).toBe(expected.length);
            expect(view.subarray(0, expected.length)).toEqual(expected);
          }
          if (csrcs.length > 2 && !profile.includes("NULL"))
            expect(wire.subarray(12, 12 + 4 * csrcs.length)).not.toEqual(packet.subarray(12, 12 + 4 * csrcs.length));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("RFC 9335 §5.2: a receiver tells cryptex packets from others, and can require it", () => {
    const extension = { profile: 0xbede, data: bytesFromHex("10aa0000") };
    const withExtension = rtp({ sequenceNumber: 1, extension });
    const bare = rtp({ sequenceNumber: 2 });
    const plain = srtpSender(profile);
    const [clearWire, bareWire] = [sealed(plain, withExtension), sealed(plain, bare)];
    const receiver = srtpReceiver(profile, { cryptex: true });
    expect(opened(receiver, clearWire)).toEqual(withExtension);
    expect(opened(receiver, bareWire)).toEqual(bare);
    const strict = srtpReceiver(profile, { cryptex: "required" });
    expect(opened(strict, clearWire)).toBe("not-cryptex");
    expect(opened(strict, bareWire)).toEqual(bare);
    // Not negotiated: the mark is an unknown profile like any other.
    const wire = sealed(srtpSender(profile, { cryptex: true }), withExtension);
    expect(opened(srtpReceiver(profile), wire)).not.toEqual(withExtension);
    expect(opened(srtpReceiver(profile, { cryptex: true }), wire)).toEqual(withExtension);
  });

  test("RFC 9335 §6.2: cryptex under one of two keys, in place", () => {
    const packet = rtp({ sequenceNumber: 1, csrcs: [7], extension: { profile: 0xbede, data: bytesFromHex("10aa0000") } });
    const receiver = srtpReceiver(profile, { cryptex: true, ...key(profile, 2), furtherKeys: [key(profile, 1)] });
    const wire = sealed(srtpSender(profile, { cryptex: true }), packet);
    expect(receiver.unprotect(wire, wire)).toBe(packet.length);
    expect(wire.subarray(0, packet.length)).toEqual(packet);
  });
});

test.each(profiles)("RFC 6904 §4, RFC 9335 §4: %s: what is encrypted of headers may change in the middle of a stream", (profile) => {
  const [sender, receiver] = [srtpSender(profile), srtpReceiver(profile)];
  const data = elements(false, [[3, new Uint8Array(16).fill(7)]]);
  const packet = (sequenceNumber: number): Uint8Array => rtp({ sequenceNumber, extension: { profile: 0xbede, data } });
  const wires: Uint8Array[] = [];
  for (const [i, headers] of [{}, { encryptedExtensionIds: [3] }, { cryptex: true }, {}].entries()) {
    sender.changeHeaders(headers);
    receiver.changeHeaders(headers);
    wires.push(sealed(sender, packet(i)));
    expect(opened(receiver, wires[i]!)).toEqual(packet(i));
  }
  const plain = wires.map((wire) => wire.subarray(17, 33).every((byte) => byte === 7));
  expect(plain).toEqual([true, false, profile === "SRTP_NULL_HMAC_SHA1_80", true]);
  expect(opened(receiver, wires[1]!), "the replay list is the same").toBe("replayed");
});
