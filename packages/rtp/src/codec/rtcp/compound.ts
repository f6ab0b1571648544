/**
 * RTCP datagrams: compound packets (RFC 3550 §6.1, checked as in A.2) and reduced-size ones (RFC 5506), where the rule about the first packet is dropped.
 */
import { InvalidArgumentError, Malformed, readU16, writeU16 } from "@purertc/core";
import { checkRtcpField, parseRtcpHeader, RTCP_PACKET_TYPE, type RtcpFault } from "./header.ts";
import { parseRtcpPacket, type RtcpPacket, writeRtcpPacket } from "./packet.ts";

/** How strict to be. */
export interface ParseRtcpOptions {
  /** RFC 5506 was negotiated (`a=rtcp-rsize`): the datagram need not begin with SR or RR. Default true: WebRTC always does (RFC 8834 §4.1.2 wants it read). */
  readonly reducedSize?: boolean;
}

/**
 * Reads a whole RTCP datagram. One packet that cannot be read makes all of it `Malformed`; packets of unknown types are kept.
 */
export function parseRtcp(datagram: Uint8Array, options: ParseRtcpOptions = {}): RtcpPacket[] | Malformed<RtcpFault> {
  const end = datagram.length;
  if (end < 8) return new Malformed("truncated", end); // a header and the SSRC that every type begins with
  const firstType = datagram[1]!;
  if (firstType < 192 || firstType > 223) return new Malformed("not-rtcp", 1); // RFC 5761 §4
  if (options.reducedSize === false && firstType !== RTCP_PACKET_TYPE.SR && firstType !== RTCP_PACKET_TYPE.RR) {
    return new Malformed("first-not-report", 1);
  }
  const packets: RtcpPacket[] = [];
  for (let at = 0; at < end; ) {
    const header = parseRtcpHeader(datagram, at, end);
    if (header instanceof Malformed) return header;
    const packet = parseRtcpPacket(datagram, at, header);
    if (packet instanceof Malformed) return packet;
    packets.push(packet);
    at = header.end;
  }
  return packets;
}

/** How to write. */
export interface WriteRtcpOptions {
  /** Octets of padding after the last packet: a multiple of 4, up to 248. Default 0. */
  readonly padding?: number;
}

/**
 * Writes packets one after another at the start of `out` and returns the length. The order is the caller's: SR or RR first, then SDES with CNAME, BYE last
 * (§6.1), unless the datagram is reduced-size. Throws as `writeRtcpPacket` does.
 */
export function writeRtcp(out: Uint8Array, packets: readonly RtcpPacket[], options: WriteRtcpOptions = {}): number {
  let at = 0;
  let last = 0;
  for (const packet of packets) {
    last = at;
    at = writeRtcpPacket(out, at, packet);
  }
  const padding = options.padding ?? 0;
  if (padding !== 0) {
    checkRtcpField(
      padding > 0 && padding <= 248 && padding % 4 === 0 && packets.length > 0,
      "padding is 4 to 248 octets behind a packet, a multiple of 4",
    );
    if (at + padding > out.length) throw new InvalidArgumentError("the padding does not fit its buffer", { code: "RTCP_BUFFER_TOO_SMALL" });
    const before = (out[last]! & 0x20) !== 0 ? out[at - 1]! : 0; // transport-wide feedback may be padded already
    writeU16(out, last + 2, readU16(out, last + 2) + padding / 4);
    out[last]! |= 0x20;
    out.fill(0, at - before, at + padding);
    at += padding;
    out[at - 1] = padding + before;
  }
  return at;
}

/** Why a compound breaks the rules of RFC 3550 §6.1; undefined when it keeps them. `writeRtcp` does not check: reduced-size datagrams are allowed to. */
export function compoundFault(packets: readonly RtcpPacket[]): "first-not-report" | "no-cname" | "bye-not-last" | undefined {
  const first = packets[0];
  if (first === undefined || (first.type !== "SR" && first.type !== "RR")) return "first-not-report";
  const hasCname = packets.some(
    (packet) => packet.type === "SDES" && packet.chunks.some(({ items }) => items.some(({ type }) => type === 1)),
  );
  if (!hasCname) return "no-cname";
  const bye = packets.findIndex(({ type }) => type === "BYE");
  return bye >= 0 && packets.slice(bye).some(({ type }) => type !== "BYE") ? "bye-not-last" : undefined;
}
