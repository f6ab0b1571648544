/** What Chromium 156 and Firefox 153 sent each other: audio, video in RED, RTX with probes, and RTCP. */
import { expect, test } from "vitest";
import {
  headerExtensionBlock,
  isRtcp,
  parseAbsSendTime,
  parseAudioLevel,
  parseHeaderExtensions,
  parseMid,
  parseRtcp,
  parseRtpPacket,
  parseTransmissionOffset,
  parseTransportWideSequence,
  type RtcpPacket,
  type RtpPacket,
  sdesText,
  unixMsFromNtp,
  writeRtcp,
  writeRtpPacket,
} from "../src/index.ts";
import { browserPackets } from "./browser-packets.ts";

const rtp = browserPackets.filter(({ kind }) => kind === "rtp");
const rtcp = browserPackets.filter(({ kind }) => kind === "rtcp");
const out = new Uint8Array(2000);

/** Identifiers that the session negotiated. */
const ID = { audioLevel: 1, absSendTime: 2, transportWideCc: 3, mid: 4, transmissionOffset: 14 };

test("RFC 5761 §4: RTP and RTCP of the browsers are told apart", () => {
  for (const { kind, bytes } of browserPackets) expect(isRtcp(bytes)).toBe(kind === "rtcp");
});

test("RFC 3550 §5.1, RFC 8285 §4.2: every RTP packet parses and writes back the same bytes", () => {
  expect(rtp.length).toBeGreaterThan(20);
  for (const { bytes } of rtp) {
    const packet = parseRtpPacket(bytes) as RtpPacket;
    const elements = parseHeaderExtensions(packet.extension!);
    if (!Array.isArray(elements)) throw new Error(elements.reason);
    expect(out.subarray(0, writeRtpPacket(out, { ...packet, extension: headerExtensionBlock(elements) }))).toEqual(bytes);
  }
});

test("RFC 8285: the extensions of the browsers have their values", () => {
  const seen = new Set<number>();
  for (const { bytes } of rtp) {
    const { extension, ssrc } = parseRtpPacket(bytes) as RtpPacket;
    for (const { id, data } of parseHeaderExtensions(extension!) as { id: number; data: Uint8Array }[]) {
      seen.add(id);
      if (id === ID.mid) expect(["0", "1"]).toContain(parseMid(data));
      if (id === ID.audioLevel) expect(parseAudioLevel(data)).toMatchObject({ level: expect.any(Number) });
      if (id === ID.absSendTime) expect(parseAbsSendTime(data)).toBeTypeOf("number");
      if (id === ID.transportWideCc) expect(parseTransportWideSequence(data)).toMatchObject({ sequenceNumber: expect.any(Number) });
      if (id === ID.transmissionOffset) expect(parseTransmissionOffset(data)).toBeTypeOf("number");
    }
    expect(ssrc).toBeGreaterThan(0);
  }
  expect([...seen].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 14]);
});

test("RFC 3550 §6.4, §6.5: reports, names and clocks of the browsers", () => {
  const compounds = rtcp.map(({ from, bytes }) => ({ from, packets: parseRtcp(bytes) as RtcpPacket[], bytes }));
  const reports = compounds.filter(({ packets }) => packets[0]!.type === "SR");
  expect(reports.length).toBeGreaterThan(4);
  for (const { packets, bytes } of reports) {
    const [report, description] = packets;
    if (report?.type !== "SR" || description?.type !== "SDES") throw new Error("not an SR and an SDES");
    expect(new Date(unixMsFromNtp(report.ntpTimestamp)).getUTCFullYear()).toBe(2026);
    expect(sdesText(description.chunks[0]!, "CNAME")).toMatch(/.{16,}/);
    expect(out.subarray(0, writeRtcp(out, packets))).toEqual(bytes);
  }
  for (const { packets, bytes } of compounds.filter((compound) => compound.packets[0]!.type === "RR")) {
    expect(packets[0]).toMatchObject({ reports: expect.arrayContaining([expect.objectContaining({ ssrc: expect.any(Number) })]) });
    expect(out.subarray(0, writeRtcp(out, packets))).toEqual(bytes);
  }
});

test("transport-wide-cc-01 §3.1: feedback of the browsers reads, and writes back the same value and length", () => {
  let reported = 0;
  const feedback = rtcp.filter(({ bytes }) => bytes[1] === 205);
  for (const { bytes } of feedback) {
    const packets = parseRtcp(bytes) as RtcpPacket[];
    const [packet] = packets;
    if (packet?.type !== "transport-cc") throw new Error("not transport-cc");
    reported += packet.received.length;
    for (const { delta } of packet.received) expect(Math.abs(delta)).toBeLessThan(4000); // under a second
    const again = out.slice(0, writeRtcp(out, packets));
    expect(again.length).toBe(bytes.length);
    expect(parseRtcp(again)).toEqual(packets);
  }
  expect(reported).toBeGreaterThan(50);
});

test("transport-wide-cc-01 §3.1: the feedback's sequence numbers are those of packets the other side sent", () => {
  const sent = { chromium: new Set<number>(), firefox: new Set<number>() };
  for (const { from, bytes } of rtp) {
    const { extension } = parseRtpPacket(bytes) as RtpPacket;
    for (const { id, data } of parseHeaderExtensions(extension!) as { id: number; data: Uint8Array }[]) {
      if (id === ID.transportWideCc) sent[from].add((data[0]! << 8) | data[1]!);
    }
  }
  const received = { chromium: new Set<number>(), firefox: new Set<number>() };
  for (const { from, bytes } of rtcp) {
    for (const packet of parseRtcp(bytes) as RtcpPacket[]) {
      if (packet.type === "transport-cc") for (const { sequenceNumber } of packet.received) received[from].add(sequenceNumber);
    }
  }
  const overlap = (a: Set<number>, b: Set<number>) => [...a].filter((one) => b.has(one)).length;
  expect(overlap(sent.chromium, received.firefox)).toBeGreaterThan(5);
  expect(overlap(sent.firefox, received.chromium)).toBeGreaterThan(5);
});
