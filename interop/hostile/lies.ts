/** Packets that only the authenticated other end can send, and that no honest one would. */
import { randomBytes, randomInt } from "node:crypto";
import { headerExtensionBlock, type RtcpPacket } from "@purertc/rtp";
import { rtcpBytes, rtpBytes } from "./hostile-sender.ts";

/** What a description says of numbers. */
export interface Numbers {
  /** By codec, of the first video section: `"VP8"`. */
  readonly payloadTypes: Readonly<Record<string, number>>;
  /** By the end of their URI: `"mid"`. */
  readonly extensions: Readonly<Record<string, number>>;
}

/** Reads them. */
export function numbersOf(sdp: string): Numbers {
  const payloadTypes: Record<string, number> = {};
  for (const [, id, name] of sdp.matchAll(/a=rtpmap:(\d+) ([\w-]+)\//g)) payloadTypes[name!] ??= Number(id);
  const extensions = [...sdp.matchAll(/a=extmap:(\d+) \S*[:/]([\w-]+)/g)].map(([, id, name]) => [name!, Number(id)] as const);
  return { payloadTypes, extensions: Object.fromEntries(extensions) };
}

/** A packet for the section `mid`. */
export function packetFor(
  { extensions }: Numbers,
  mid: string,
  fields: { ssrc: number; sequenceNumber: number; payloadType: number; payload: Uint8Array; timestamp?: number; marker?: boolean },
): Uint8Array {
  return rtpBytes({ ...fields, extension: headerExtensionBlock([{ id: extensions.mid!, data: Buffer.from(mid) }]) });
}

/** Header extension blocks that are not what they say: [name, what "defined by profile" is, data]. Data is a multiple of four bytes. */
export const EXTENSIONS: readonly (readonly [number, Uint8Array])[] = [
  [0xbede, Uint8Array.of(0x4f, 1, 2, 3)], // the element runs over the end
  [0xbede, Uint8Array.of(0xf0, 0, 0, 0)], // id 15 ends the reading
  [0xbede, Uint8Array.of(0, 0, 0, 0x4f)],
  [0xbede, Uint8Array.of(0x40, 0xff, 0x40, 0xfe)], // twice the same, no UTF-8
  [0xbede, new Uint8Array(0)],
  [0x1000, Uint8Array.of(4, 255, 1, 1)],
  [0x1000, Uint8Array.of(4, 0, 4, 0)],
  [0x1000, Uint8Array.of(1, 1, 1, 4)],
  [0x100f, randomBytes(252)],
  [0x1234, randomBytes(64)],
  [0xbede, randomBytes(1100)],
];

/** Payloads that break their formats, by codec. */
export const PAYLOADS: readonly (readonly [string, Uint8Array])[] = [
  ["VP8", Uint8Array.of(0x80)],
  ["VP8", Uint8Array.of(0x90, 0xf0, 0x80)],
  ["VP8", Uint8Array.of(0x10)],
  ["VP9", Uint8Array.of(0x8b, 0xff, 0xff)],
  ["VP9", Uint8Array.of(0x0a, 0xff, ...new Uint8Array(20).fill(255))],
  ["H264", Uint8Array.of(24, 0xff, 0xff, 1)], // STAP-A that overruns
  ["H264", Uint8Array.of(24, 0, 0, 0, 0)],
  ["H264", Uint8Array.of(28)],
  ["H264", Uint8Array.of(0x7c, 0xc5, 1)],
  ["H264", Uint8Array.of(31, 1, 2)],
  ["H265", Uint8Array.of(0x60, 1, 0xff, 0xff, 1)],
  ["H265", Uint8Array.of(0x62)],
  ["AV1", Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0xff)],
  ["AV1", Uint8Array.of(0x00, 0xff, 0x80)],
  ["rtx", Uint8Array.of(1)],
  ["rtx", randomBytes(40)],
  ["opus", Uint8Array.of(0xff)],
  ["red", Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
  ["red", new Uint8Array(300).fill(0x80)],
  ["telephone-event", Uint8Array.of(1)],
];

const header = (count: number, type: number, words: number): Uint8Array =>
  Uint8Array.of(0x80 | count, type, words >> 8, words & 255, 0, 0, 0, 9);

/** RTCP whose counts and lengths are absurd. Each is authentic. */
export const COMPOUNDS: readonly Uint8Array[] = [
  header(31, 201, 1), // receiver report of 31 blocks, without any
  header(31, 203, 1), // BYE of 31
  header(31, 202, 1),
  header(1, 201, 0xffff),
  header(0, 201, 0),
  Buffer.concat(Array.from({ length: 160 }, () => header(0, 201, 1))), // 160 reports
  Buffer.concat([header(0, 203, 300), new Uint8Array(1196).fill(255)]),
  Buffer.concat([header(31, 202, 300), new Uint8Array(1196).fill(1)]), // SDES whose items never end
  Buffer.concat([header(0, 207, 300), new Uint8Array(1196)]), // XR of 299 empty blocks
  Buffer.concat([header(0, 207, 2), Uint8Array.of(5, 0, 0xff, 0xff)]), // DLRR of 65535 words
  Buffer.concat([header(15, 205, 300), new Uint8Array(4), Uint8Array.of(0, 0, 0xff, 0xff, 0, 0, 0, 0), new Uint8Array(1184).fill(0xff)]),
  Buffer.concat([header(11, 205, 300), new Uint8Array(1196).fill(0xff)]),
  Buffer.concat([header(15, 206, 5), new Uint8Array(4), Buffer.from("REMB"), Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0)]),
  Buffer.concat([header(4, 206, 300), new Uint8Array(1196).fill(7)]), // FIR of 149
  Buffer.concat([header(1, 205, 300), new Uint8Array(1196).fill(255)]), // NACK of 298 times 17
  Uint8Array.of(0xa0, 201, 0, 1, 0, 0, 0, 255), // padding beyond the packet
];

/** RTCP of any type, at random. */
export function randomCompound(): Uint8Array {
  const words = randomInt(300);
  return Buffer.concat([
    Uint8Array.of(0x80 | randomInt(64), 192 + randomInt(32), words >> 8, words & 255),
    randomBytes(4 + 4 * randomInt(280)),
  ]);
}

/** transport-cc about packets that were never sent, with clocks that leap, and every fourth with counts that are not true. */
export function absurdFeedback(i: number): Uint8Array {
  const base = randomInt(0x1_0000);
  const count = 1 + randomInt(60);
  const packet: RtcpPacket = {
    type: "transport-cc",
    senderSsrc: 1,
    mediaSsrc: 0,
    baseSequenceNumber: base,
    packetStatusCount: i % 4 === 0 ? 0xffff : count,
    referenceTime: randomInt(0x100_0000) - 0x80_0000,
    feedbackPacketCount: i & 255,
    received: Array.from({ length: count }, (_, k) => ({ sequenceNumber: (base + k) & 0xffff, delta: randomInt(0x1_0000) - 0x8000 })),
  };
  return rtcpBytes([packet]);
}
