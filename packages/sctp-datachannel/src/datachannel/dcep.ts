/**
 * Data Channel Establishment Protocol (RFC 8832 §5):
 *
 *    +---------------+---------------+-------------------------------+
 *    | Type = 0x03   | Channel Type  |            Priority           |
 *    +---------------+---------------+-------------------------------+
 *    |                    Reliability Parameter                      |
 *    +-------------------------------+-------------------------------+
 *    |         Label Length          |       Protocol Length         |
 *    +-------------------------------+-------------------------------+
 *    |                 Label, then Protocol, both UTF-8              |
 */
import { Malformed, readU16, readU32, stringFromUtf8, utf8FromString, writeU16, writeU32 } from "@purertc/core";

/** How a channel treats order and loss (§5.1). With neither limit it is reliable. */
export interface ChannelReliability {
  readonly ordered: boolean;
  /** Retransmissions at most, 0 to 2^32 - 1. Excludes the other. */
  readonly maxRetransmits?: number;
  /** Lifetime of a message in milliseconds, 0 to 2^32 - 1. */
  readonly maxPacketLifeTime?: number;
}

/** DATA_CHANNEL_OPEN. */
export interface DataChannelOpen extends ChannelReliability {
  readonly type: "DATA_CHANNEL_OPEN";
  /** 0 to 65535; see RFC 8831 §6.4. */
  readonly priority: number;
  readonly label: string;
  readonly protocol: string;
}

/** DATA_CHANNEL_ACK. */
export interface DataChannelAck {
  readonly type: "DATA_CHANNEL_ACK";
}

/** A message with PPID 50. */
export type DcepMessage = DataChannelOpen | DataChannelAck;

/** Reads a message. */
export function parseDcepMessage(bytes: Uint8Array): DcepMessage | Malformed {
  if (bytes.length < 1) return new Malformed("truncated", 0);
  // INTEROP: some peers pad the ACK, so bytes after its type are let pass.
  if (bytes[0] === ACK) return { type: "DATA_CHANNEL_ACK" };
  if (bytes[0] !== OPEN) return new Malformed("unknown-type", 0);
  if (bytes.length < OPEN_HEADER_LENGTH) return new Malformed("truncated", bytes.length);
  const channelType = bytes[1]!;
  const limit = readU32(bytes, 4);
  const labelEnd = OPEN_HEADER_LENGTH + readU16(bytes, 8);
  const protocolEnd = labelEnd + readU16(bytes, 10);
  if (protocolEnd !== bytes.length) return new Malformed("bad-length", 8);
  const kind = channelType & ~UNORDERED;
  if (kind > TIMED) return new Malformed("unknown-channel-type", 1);
  return {
    type: "DATA_CHANNEL_OPEN",
    ordered: (channelType & UNORDERED) === 0,
    ...(kind === LIMITED ? { maxRetransmits: limit } : kind === TIMED ? { maxPacketLifeTime: limit } : {}),
    priority: readU16(bytes, 2),
    label: stringFromUtf8(bytes.subarray(OPEN_HEADER_LENGTH, labelEnd)),
    protocol: stringFromUtf8(bytes.subarray(labelEnd, protocolEnd)),
  };
}

/** The bytes of a message. Label and protocol have at most 65535 bytes of UTF-8 each. */
export function writeDcepMessage(message: DcepMessage): Uint8Array {
  if (message.type === "DATA_CHANNEL_ACK") return Uint8Array.of(ACK);
  const label = utf8FromString(message.label);
  const protocol = utf8FromString(message.protocol);
  const bytes = new Uint8Array(OPEN_HEADER_LENGTH + label.length + protocol.length);
  const kind = message.maxRetransmits !== undefined ? LIMITED : message.maxPacketLifeTime !== undefined ? TIMED : 0;
  bytes[0] = OPEN;
  bytes[1] = kind | (message.ordered ? 0 : UNORDERED);
  writeU16(bytes, 2, message.priority);
  writeU32(bytes, 4, message.maxRetransmits ?? message.maxPacketLifeTime ?? 0);
  writeU16(bytes, 8, label.length);
  writeU16(bytes, 10, protocol.length);
  bytes.set(label, OPEN_HEADER_LENGTH);
  bytes.set(protocol, OPEN_HEADER_LENGTH + label.length);
  return bytes;
}

const ACK = 0x02;
const OPEN = 0x03;
const OPEN_HEADER_LENGTH = 12;
/** Channel types (§8.2.2): 0 reliable, 1 limited retransmissions, 2 limited lifetime; the high bit is "unordered". */
const LIMITED = 1;
const TIMED = 2;
const UNORDERED = 0x80;
