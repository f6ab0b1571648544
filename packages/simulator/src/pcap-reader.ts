import { copyBytes, formatIp, InvalidArgumentError, readU16, type TransportAddress, transportAddress } from "@purertc/core";
import type { CapturedDatagram } from "./captured-datagram.ts";

/**
 * The UDP datagrams of a capture file, oldest first. Reads the classic pcap format in either byte order with micro- or nanoseconds, Ethernet
 * with or without VLAN tags, IPv4 and IPv6. Whatever else is in the file (TCP, ARP, fragments, truncated frames) is left out. Equal ends are
 * the same address object. Throws `InvalidArgumentError` when the file is of another kind: it comes from a developer, not from the network.
 */
export function readPcap(file: Uint8Array): CapturedDatagram[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const format = file.length >= FILE_HEADER ? FORMATS.get(view.getUint32(0)) : undefined;
  if (format === undefined) throw new InvalidArgumentError("not a pcap file", { code: "SIMULATOR_NOT_PCAP" });
  const { littleEndian, ticksPerMs } = format;
  // The upper bits of the link type field hold flags.
  const linkType = view.getUint32(20, littleEndian) & 0xffff;
  if (linkType !== ETHERNET) throw new InvalidArgumentError(`link type ${linkType} is not Ethernet`, { code: "SIMULATOR_PCAP_LINK_TYPE" });

  const addresses = new Map<string, TransportAddress>();
  const datagrams: CapturedDatagram[] = [];
  let at = FILE_HEADER;
  while (at + RECORD_HEADER <= file.length) {
    const timestampMs = view.getUint32(at, littleEndian) * 1000 + view.getUint32(at + 4, littleEndian) / ticksPerMs;
    const length = view.getUint32(at + 8, littleEndian);
    at += RECORD_HEADER;
    if (at + length > file.length) break; // the capture was cut off while it was written
    const udp = udpOfFrame(file.subarray(at, at + length));
    at += length;
    if (udp === undefined) continue;
    const source = internAddress(addresses, udp.sourceIp, udp.sourcePort);
    const destination = internAddress(addresses, udp.destinationIp, udp.destinationPort);
    datagrams.push({ timestampMs, source, destination, payload: copyBytes(udp.payload) });
  }
  return datagrams;
}

interface Udp {
  readonly sourceIp: Uint8Array;
  readonly destinationIp: Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

function udpOfFrame(frame: Uint8Array): Udp | undefined {
  let typeAt = 12;
  // IEEE 802.1Q, 802.1ad: each tag is four bytes before the type.
  while (readU16(frame, typeAt) === 0x8100 || readU16(frame, typeAt) === 0x88a8) typeAt += 4;
  const packet = frame.subarray(typeAt + 2);
  const type = readU16(frame, typeAt);
  if (type === 0x0800) return udpOfIpv4(packet);
  return type === 0x86dd ? udpOfIpv6(packet) : undefined;
}

function udpOfIpv4(packet: Uint8Array): Udp | undefined {
  const headerLength = (packet[0]! & 0x0f) * 4;
  const totalLength = readU16(packet, 2);
  const isFragment = (readU16(packet, 6) & 0x3fff) !== 0; // RFC 791 §3.1: more fragments, or an offset
  if (packet.length < 20 || packet[0]! >> 4 !== 4 || headerLength < 20 || totalLength > packet.length || isFragment || packet[9] !== UDP)
    return undefined;
  return udp(packet.subarray(headerLength, totalLength), packet.subarray(12, 16), packet.subarray(16, 20));
}

function udpOfIpv6(packet: Uint8Array): Udp | undefined {
  if (packet.length < 40 || packet[0]! >> 4 !== 6) return undefined;
  let next = packet[6]!;
  let at = 40;
  // RFC 8200 §4: hop-by-hop, routing and destination options, each with its length in units of 8 bytes beyond the first 8.
  while (next === 0 || next === 43 || next === 60) {
    if (at + 8 > packet.length) return undefined;
    next = packet[at]!;
    at += 8 + packet[at + 1]! * 8;
  }
  const end = 40 + readU16(packet, 4);
  if (next !== UDP || end > packet.length) return undefined;
  return udp(packet.subarray(at, end), packet.subarray(8, 24), packet.subarray(24, 40));
}

function udp(segment: Uint8Array, sourceIp: Uint8Array, destinationIp: Uint8Array): Udp | undefined {
  const length = readU16(segment, 4);
  if (segment.length < 8 || length < 8 || length > segment.length) return undefined;
  return {
    sourceIp,
    destinationIp,
    sourcePort: readU16(segment, 0),
    destinationPort: readU16(segment, 2),
    payload: segment.subarray(8, length),
  };
}

function internAddress(known: Map<string, TransportAddress>, ip: Uint8Array, port: number): TransportAddress {
  const text = formatIp(ip);
  const key = `${text} ${port}`;
  let address = known.get(key);
  if (address === undefined) {
    address = transportAddress(text, port)!;
    known.set(key, address);
  }
  return address;
}

/** By magic number, read as big-endian. */
const FORMATS: ReadonlyMap<number, { readonly littleEndian: boolean; readonly ticksPerMs: number }> = new Map([
  [0xa1b2_c3d4, { littleEndian: false, ticksPerMs: 1000 }],
  [0xd4c3_b2a1, { littleEndian: true, ticksPerMs: 1000 }],
  [0xa1b2_3c4d, { littleEndian: false, ticksPerMs: 1_000_000 }],
  [0x4d3c_b2a1, { littleEndian: true, ticksPerMs: 1_000_000 }],
]);
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
/** LINKTYPE_ETHERNET */
const ETHERNET = 1;
/** IANA protocol number. */
const UDP = 17;
