import { type Instant, InvalidArgumentError, parseIp, writeU16, writeU32 } from "@purertc/core";
import type { CapturedDatagram } from "./captured-datagram.ts";

/**
 * A capture file that Wireshark and tcpdump open: the classic pcap format (draft-ietf-opsawg-pcap), big-endian, microseconds, link type
 * Ethernet, with IPv4 (RFC 791), IPv6 (RFC 8200) and UDP (RFC 768) headers whose checksums are right.
 *
 * ```ts
 * const pair = connectPair(a, b, { record: true });
 * writeFileSync("run.pcap", pcapWriter(pair.trace.sent));
 * ```
 *
 * `timeOrigin` is added to every timestamp (Unix milliseconds, for simulations that start at 0). Throws `InvalidArgumentError` for a payload
 * that does not fit a UDP datagram or ends of different families.
 */
export function pcapWriter(datagrams: Iterable<CapturedDatagram>, timeOrigin: Instant = 0): Uint8Array {
  const all = [...datagrams];
  let length = FILE_HEADER;
  for (const each of all) length += RECORD_HEADER + frameLength(each);
  const out = new Uint8Array(length);
  writeFileHeader(out);
  let at = FILE_HEADER;
  for (const each of all) {
    const size = frameLength(each);
    const micros = Math.max(0, Math.round((timeOrigin + each.timestampMs) * 1000));
    writeU32(out, at, Math.floor(micros / 1_000_000));
    writeU32(out, at + 4, micros % 1_000_000);
    writeU32(out, at + 8, size);
    writeU32(out, at + 12, size);
    at += RECORD_HEADER;
    writeFrame(out.subarray(at, at + size), each);
    at += size;
  }
  return out;
}

//  magic | version | time zone | accuracy | snapshot length | link type
function writeFileHeader(out: Uint8Array): void {
  writeU32(out, 0, 0xa1b2_c3d4);
  writeU16(out, 4, 2);
  writeU16(out, 6, 4);
  writeU32(out, 16, 0x4_0000);
  writeU32(out, 20, 1);
}

function frameLength({ source, destination, payload }: CapturedDatagram): number {
  if (source.family !== destination.family) {
    throw new InvalidArgumentError(`${source.ip} and ${destination.ip} are of different families`, { code: "SIMULATOR_PCAP_ADDRESS" });
  }
  const length = (source.family === 4 ? IPV4_HEADER : IPV6_HEADER) + UDP_HEADER + payload.length;
  // RFC 791 §3.1, RFC 768: both lengths have 16 bits; IPv4's counts its own header.
  if (length - (source.family === 4 ? 0 : IPV6_HEADER) > 0xffff) {
    throw new InvalidArgumentError(`${payload.length} bytes do not fit a UDP datagram`, { code: "SIMULATOR_PCAP_LENGTH" });
  }
  return ETHERNET_HEADER + length;
}

function writeFrame(out: Uint8Array, { source, destination, payload }: CapturedDatagram): void {
  const isIpv4 = source.family === 4;
  writeMacAddress(out, 0, parseIp(destination.ip)!);
  writeMacAddress(out, 6, parseIp(source.ip)!);
  writeU16(out, 12, isIpv4 ? 0x0800 : 0x86dd);
  const ip = out.subarray(ETHERNET_HEADER);
  const udpAt = isIpv4 ? IPV4_HEADER : IPV6_HEADER;
  const udpLength = UDP_HEADER + payload.length;
  if (isIpv4) writeIpv4Header(ip, source.ip, destination.ip, udpLength);
  else writeIpv6Header(ip, source.ip, destination.ip, udpLength);
  writeU16(ip, udpAt, source.port);
  writeU16(ip, udpAt + 2, destination.port);
  writeU16(ip, udpAt + 4, udpLength);
  ip.set(payload, udpAt + UDP_HEADER);
  // RFC 768: the pseudo header is addresses, protocol and length; IPv6's (RFC 8200 §8.1) adds up to the same sum.
  const addresses = isIpv4 ? ip.subarray(12, 20) : ip.subarray(8, 40);
  const checksum = internetChecksum(ip.subarray(udpAt, udpAt + udpLength), sumWords(addresses, UDP + udpLength));
  writeU16(ip, udpAt + 6, checksum === 0 ? 0xffff : checksum);
}

//  version, header length | TOS | total length | identification | DF | TTL | protocol | checksum | addresses
function writeIpv4Header(ip: Uint8Array, source: string, destination: string, payloadLength: number): void {
  ip[0] = 0x45;
  writeU16(ip, 2, IPV4_HEADER + payloadLength);
  writeU16(ip, 6, 0x4000);
  ip[8] = 64;
  ip[9] = UDP;
  ip.set(parseIp(source)!, 12);
  ip.set(parseIp(destination)!, 16);
  writeU16(ip, 10, internetChecksum(ip.subarray(0, IPV4_HEADER), 0));
}

//  version, traffic class, flow label | payload length | next header | hop limit | addresses
function writeIpv6Header(ip: Uint8Array, source: string, destination: string, payloadLength: number): void {
  ip[0] = 0x60;
  writeU16(ip, 4, payloadLength);
  ip[6] = UDP;
  ip[7] = 64;
  ip.set(parseIp(source)!, 8);
  ip.set(parseIp(destination)!, 24);
}

/** A locally administered address made of the last four bytes of the IP address, so that every host has its own. */
function writeMacAddress(out: Uint8Array, at: number, ip: Uint8Array): void {
  out[at] = 0x02;
  out.set(ip.subarray(-4), at + 2);
}

/** RFC 1071: the complement of the ones' complement sum, from a partial sum. */
function internetChecksum(bytes: Uint8Array, start: number): number {
  let sum = sumWords(bytes, start);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}

function sumWords(bytes: Uint8Array, start: number): number {
  let sum = start;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  return sum;
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET_HEADER = 14;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const UDP_HEADER = 8;
/** IANA protocol number. */
const UDP = 17;
