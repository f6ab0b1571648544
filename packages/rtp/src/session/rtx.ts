/**
 * Retransmission in a stream of its own (RFC 4588 §4): SSRC, payload type and sequence number of that stream; timestamp, marker, CSRCs and extension of the packet that
 * is sent again; before its payload, two octets: its sequence number (OSN).
 */
import { InvalidArgumentError, Malformed, readU16, writeU16, writeU32 } from "@purertc/core";
import type { RtpFault } from "../codec/packet.ts";
import { RtpReader } from "../codec/reader.ts";

/** The RTX stream of one stream. */
export interface RtxStream {
  /** 32 bits, other than that of the stream. */
  readonly ssrc: number;
  /** Of `a=rtpmap:... rtx/...`. */
  readonly payloadType: number;
}

/** The stream that is repaired, as signalled: `ssrc-group:FID` or repaired-rid, and `apt`. */
export interface RepairedStream {
  /** 32 bits. */
  readonly ssrc: number;
  /** What `apt` names: 0 to 127. */
  readonly payloadType: number;
}

/** Octets that a packet grows by. */
export const RTX_OVERHEAD = 2;

/** Writes RTX packets of one stream and numbers them. */
export class RtxSender {
  readonly #stream: RtxStream;
  readonly #reader = new RtpReader();
  #sequenceNumber: number;

  /** `firstSequenceNumber`: random (RFC 3550 §5.1). */
  constructor(stream: RtxStream, firstSequenceNumber: number) {
    this.#stream = stream;
    this.#sequenceNumber = firstSequenceNumber;
  }

  /** The number of the next packet, 16 bits: where another sender of the same stream has to go on. */
  get nextSequenceNumber(): number {
    return this.#sequenceNumber;
  }

  /** Writes the RTX packet for `original`, which has no SRTP yet, at the start of `out` and returns its length. Padding is left out. */
  write(out: Uint8Array, original: Uint8Array): number {
    const reader = this.#reader;
    if (reader.read(original) !== undefined) throw new InvalidArgumentError("not an RTP packet", { code: "RTP_NOT_A_PACKET" });
    const { headerLength, payloadEnd } = reader;
    const length = payloadEnd + RTX_OVERHEAD;
    if (length > out.length) throw new InvalidArgumentError("the RTX packet does not fit its buffer", { code: "RTP_BUFFER_TOO_SMALL" });
    out.set(original.subarray(headerLength, payloadEnd), headerLength + RTX_OVERHEAD);
    out.set(original.subarray(0, headerLength));
    out[0]! &= ~0x20;
    out[1] = (original[1]! & 0x80) | this.#stream.payloadType;
    writeU16(out, headerLength, readU16(original, 2));
    writeU16(out, 2, this.#sequenceNumber);
    writeU32(out, 8, this.#stream.ssrc);
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
    return length;
  }
}

/**
 * Restores the packet inside an RTX packet: writes it at the start of `out`, which may be the same buffer, and returns its length. 0: the packet has no payload, it
 * was sent to probe the path (Chromium and Firefox do). Throws `InvalidArgumentError` when it does not fit.
 */
export function restoreRtxPacket(out: Uint8Array, packet: Uint8Array, repaired: RepairedStream): number | Malformed<RtpFault | "no-osn"> {
  const reader = new RtpReader();
  const fault = reader.read(packet);
  if (fault !== undefined) return fault;
  const { headerLength, payloadEnd, payloadLength } = reader;
  if (payloadLength === 0) return 0;
  // INTEROP: Chromium's probes are padding behind zero payload octets, or whole old packets; one octet cannot hold a sequence number.
  if (payloadLength < RTX_OVERHEAD) return new Malformed("no-osn", headerLength);
  if (payloadEnd - RTX_OVERHEAD > out.length) {
    throw new InvalidArgumentError("the restored packet does not fit its buffer", { code: "RTP_BUFFER_TOO_SMALL" });
  }
  const sequenceNumber = readU16(packet, headerLength);
  const marker = packet[1]! & 0x80;
  out.set(packet.subarray(0, headerLength));
  out.set(packet.subarray(headerLength + RTX_OVERHEAD, payloadEnd), headerLength); // `set` moves overlapping octets rightly
  out[0]! &= ~0x20;
  out[1] = marker | repaired.payloadType;
  writeU16(out, 2, sequenceNumber);
  writeU32(out, 8, repaired.ssrc);
  return payloadEnd - RTX_OVERHEAD;
}
