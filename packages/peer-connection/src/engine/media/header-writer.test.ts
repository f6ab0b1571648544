import { parseHeaderExtensions, parseRtpPacket, type RtpPacket, RtpReader, writeRtpPacket } from "@purertc/rtp";
import { expect, test } from "vitest";
import { type ExtensionIds, extensionIds, extensionMap } from "./extension-ids.ts";
import { HeaderWriter, stampSendTime, stampTransportSequence } from "./header-writer.ts";

const ids: ExtensionIds = { ...extensionIds([], "sends"), mid: 4, transportWideCc: 3, absSendTime: 2, audioLevel: 1 };
const identity = { mid: Uint8Array.of(48), rid: new Uint8Array(0) };

function parsed(bytes: Uint8Array): RtpPacket {
  const packet = parseRtpPacket(bytes);
  if (!("ssrc" in packet)) throw new Error(packet.reason);
  return packet;
}

function elements({ extension }: RtpPacket): Record<number, number[]> {
  if (extension === undefined) return {};
  const list = parseHeaderExtensions(extension);
  if (!Array.isArray(list)) throw new Error(list.reason);
  return Object.fromEntries(list.map(({ id, data }) => [id, [...data]]));
}

test("RFC 8285 §4.2: our own elements, each in its place, and stamped when the packet leaves", () => {
  const writer = new HeaderWriter(ids, identity, false);
  const out = new Uint8Array(100).fill(0xee);
  const length = writer.write(out, 96, true, 77, true, { audioLevel: 0x9e, orientation: -1 });
  stampTransportSequence(out, 3, 0x1234);
  stampSendTime(out, 2, 0xabcdef);
  const packet = parsed(out.slice(0, length));
  expect(packet).toMatchObject({ marker: true, payloadType: 96, ssrc: 77 });
  expect(elements(packet)).toEqual({ 3: [0x12, 0x34], 2: [0xab, 0xcd, 0xef], 4: [48], 1: [0x9e] });
  expect(length).toBeLessThanOrEqual(writer.maxLength);
});

test("RFC 8285 §4: no header extension where nothing was agreed, and nothing is stamped", () => {
  const writer = new HeaderWriter(extensionIds([], "sends"), identity, false);
  const out = new Uint8Array(100);
  expect(writer.write(out, 96, false, 77, true, { audioLevel: 5, orientation: 1 })).toBe(12);
  const before = out.slice();
  stampTransportSequence(out, 3, 0x1234);
  expect(out).toEqual(before);
});

const extension = (uri: string, id: number) => ({ uri, id, encrypted: false, sends: true, receives: true });
const LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
const DESCRIPTOR = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";
const MID = "urn:ietf:params:rtp-hdrext:sdes:mid";

function relayed(block: RtpPacket["extension"], mixed: boolean, to = [extension(LEVEL, 7), extension(DESCRIPTOR, 8)]) {
  const packet = new Uint8Array(200);
  const length = writeRtpPacket(packet, {
    marker: true,
    payloadType: 111,
    sequenceNumber: 1,
    timestamp: 2,
    ssrc: 3,
    csrcs: [9, 10],
    ...(block === undefined ? {} : { extension: block }),
    payload: Uint8Array.of(1, 2, 3),
  });
  const reader = new RtpReader();
  reader.read(packet, length);
  const map = extensionMap([extension(LEVEL, 1), extension(DESCRIPTOR, 12), extension(MID, 4)], to);
  const out = new Uint8Array(300);
  const writer = new HeaderWriter({ ...ids, audioLevel: 7 }, identity, mixed);
  return parsed(out.slice(0, writer.relay(out, reader, 96, 77, false, map)));
}

test("RFC 8285 §5, RFC 7667 §3.7: a relay gives elements the identifiers of its own leg, and keeps to itself what was of the other", () => {
  const block = { profile: 0xbede, data: Uint8Array.of(0x10, 0x85, 0x40, 99, 0, 0, 0, 0) }; // level, mid of the other leg, padding
  const packet = relayed(block, false);
  expect(packet).toMatchObject({ marker: true, payloadType: 96, ssrc: 77, csrcs: [9, 10] });
  expect(elements(packet)).toEqual({ 3: [0, 0], 2: [0, 0, 0], 7: [0x85] });
});

test("RFC 8285 §4.3: a long element makes the packet two-byte where both sides mix forms, and is left out where not", () => {
  const long = { profile: 0x1000, data: Uint8Array.of(12, 18, ...new Uint8Array(18).fill(6), 1, 1, 0x85, 0) };
  expect(elements(relayed(long, true))).toEqual({ 3: [0, 0], 2: [0, 0, 0], 7: [0x85], 8: new Array(18).fill(6) });
  const short = relayed(long, false);
  expect(short.extension?.profile).toBe(0xbede);
  expect(elements(short)).toEqual({ 3: [0, 0], 2: [0, 0, 0], 7: [0x85] });
});

test("RFC 8285 §4.2: elements that run over the end of the other leg's extension are not passed on", () => {
  expect(elements(relayed({ profile: 0xbede, data: Uint8Array.of(0x10, 0x85, 0xcf, 1) }, true))).toEqual({
    3: [0, 0],
    2: [0, 0, 0],
    7: [0x85],
  });
  expect(elements(relayed({ profile: 0x1234, data: Uint8Array.of(1, 2, 3, 4) }, true))).toEqual({ 3: [0, 0], 2: [0, 0, 0] });
});
