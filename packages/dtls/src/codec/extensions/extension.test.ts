import { equalBytes, Malformed } from "@purertc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAlpn, writeAlpn } from "./alpn.ts";
import { parseConnectionId, writeConnectionId } from "./connection-id.ts";
import { parseEcPointFormats, writeEcPointFormats } from "./ec-point-formats.ts";
import { parseExtendedMasterSecret, writeExtendedMasterSecret } from "./extended-master-secret.ts";
import {
  parseClientKeyShares,
  parseSelectedGroup,
  parseServerKeyShare,
  writeClientKeyShares,
  writeSelectedGroup,
  writeServerKeyShare,
} from "./key-share.ts";
import { parseMaxFragmentLength, writeMaxFragmentLength } from "./max-fragment-length.ts";
import { parseRecordSizeLimit, writeRecordSizeLimit } from "./record-size-limit.ts";
import { parseRenegotiationInfo, writeRenegotiationInfo } from "./renegotiation-info.ts";
import { parseSignatureAlgorithms, writeSignatureAlgorithms } from "./signature-algorithms.ts";
import { parseSupportedGroups, writeSupportedGroups } from "./supported-groups.ts";
import { parseSelectedVersion, parseSupportedVersions, writeSelectedVersion, writeSupportedVersions } from "./supported-versions.ts";
import { parseUseSrtp, writeUseSrtp } from "./use-srtp.ts";

const u16 = fc.nat(0xffff);
const numbers = fc.array(u16, { minLength: 1, maxLength: 20 });
const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
const entry = fc.record({ group: u16, keyExchange: bytes(1, 40) });

function codec<T>(value: fc.Arbitrary<T>, parse: (data: Uint8Array) => T | Malformed, write: (value: T) => Uint8Array): () => void {
  return () => {
    fc.assert(fc.property(value, (each) => void expect(parse(write(each))).toEqual(each)));
    fc.assert(
      fc.property(bytes(0, 40), (noise) => {
        const read = parse(noise);
        if (!(read instanceof Malformed)) expect(equalBytes(write(read), noise)).toBe(true);
      }),
    );
  };
}

describe("parse and write are inverse, and any bytes are a value or malformed", () => {
  test("RFC 8422 §5.1.1: supported_groups", codec(numbers, parseSupportedGroups, writeSupportedGroups));
  test("RFC 8446 §4.2.3: signature_algorithms", codec(numbers, parseSignatureAlgorithms, writeSignatureAlgorithms));
  test("RFC 8422 §5.1.2: ec_point_formats", codec(bytes(1, 3), parseEcPointFormats, writeEcPointFormats));
  test("RFC 5764 §4.1.1: use_srtp", codec(fc.record({ profiles: numbers, mki: bytes(0, 255) }), parseUseSrtp, writeUseSrtp));
  test("RFC 5746 §3.2: renegotiation_info", codec(bytes(0, 36), parseRenegotiationInfo, writeRenegotiationInfo));
  test("RFC 8446 §4.2.1: supported_versions of a client", codec(numbers, parseSupportedVersions, writeSupportedVersions));
  test("RFC 8446 §4.2.1: supported_versions of a server", codec(u16, parseSelectedVersion, writeSelectedVersion));
  test("RFC 7301 §3.1: ALPN", codec(fc.array(bytes(1, 20), { minLength: 1, maxLength: 4 }), parseAlpn, writeAlpn));
  test("RFC 8446 §4.2.8: key_share of a client", codec(fc.array(entry, { maxLength: 3 }), parseClientKeyShares, writeClientKeyShares));
  test("RFC 8446 §4.2.8: key_share of a server", codec(entry, parseServerKeyShare, writeServerKeyShare));
  test("RFC 8446 §4.2.8: key_share of a HelloRetryRequest", codec(u16, parseSelectedGroup, writeSelectedGroup));
  test("RFC 9146 §3: connection_id", codec(bytes(0, 255), parseConnectionId, writeConnectionId));
  test("RFC 8449 §4: record_size_limit", codec(fc.integer({ min: 64, max: 0xffff }), parseRecordSizeLimit, writeRecordSizeLimit));
  test("RFC 6066 §4: max_fragment_length", codec(fc.constantFrom(512, 1024, 2048, 4096), parseMaxFragmentLength, writeMaxFragmentLength));
  test("RFC 7627 §5.1: extended_master_secret", codec(fc.constant(true as const), parseExtendedMasterSecret, writeExtendedMasterSecret));
});

test("RFC 8446 §4.2.1: a list of versions has an even number of bytes, and at least one version", () => {
  expect(parseSupportedVersions(new Uint8Array([3, 0xfe, 0xfd, 0xfe]))).toMatchObject({ reason: "bad-length" });
  expect(parseSupportedVersions(new Uint8Array([0]))).toMatchObject({ reason: "bad-length" });
});

test("RFC 8449 §4: a limit below 64 is malformed", () => {
  expect(parseRecordSizeLimit(new Uint8Array([0, 63]))).toEqual(new Malformed("bad-value", 0));
});
