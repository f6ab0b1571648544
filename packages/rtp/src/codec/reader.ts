/**
 * The hot path of reading RTP: one reader per stream or per socket, used again for every packet. `read` checks the packet once and locates its parts;
 * fields are then read, and rewritten for forwarding, where they lie. Nothing is allocated unless the packet is refused.
 */
import { type Malformed, readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import { findHeaderExtension } from "./header-extension.ts";
import { RTP_FIXED_HEADER_LENGTH, type RtpFault, rtpFault } from "./packet.ts";

/** A view of one RTP packet at a time (RFC 3550 §5.1). Fields mean something only after `read` gave undefined, and until the buffer changes. */
export class RtpReader {
  #packet: Uint8Array = NOTHING;
  #length = 0;
  #headerLength = 0;
  #payloadEnd = 0;

  /**
   * Checks `packet[0, length)` and looks at it from now on; the buffer is borrowed. When it is refused, the reader still
   * shows the packet before.
   */
  read(packet: Uint8Array, length: number = packet.length): Malformed<RtpFault> | undefined {
    const fault = rtpFault(packet, length);
    if (fault !== undefined) return fault;
    const first = packet[0]!;
    let headerLength = RTP_FIXED_HEADER_LENGTH + ((first & 0x0f) << 2);
    if ((first & 0x10) !== 0) headerLength += 4 + (readU16(packet, headerLength + 2) << 2);
    this.#packet = packet;
    this.#length = length;
    this.#headerLength = headerLength;
    this.#payloadEnd = (first & 0x20) === 0 ? length : length - packet[length - 1]!;
    return undefined;
  }

  /** The buffer that `read` was given. */
  get packet(): Uint8Array {
    return this.#packet;
  }

  /** Octets of the packet. */
  get length(): number {
    return this.#length;
  }

  /** Where the payload starts: octets of header, CSRCs and extension. */
  get headerLength(): number {
    return this.#headerLength;
  }

  /** Where the payload ends and padding starts. */
  get payloadEnd(): number {
    return this.#payloadEnd;
  }

  /** Octets of payload. */
  get payloadLength(): number {
    return this.#payloadEnd - this.#headerLength;
  }

  /** Octets of padding, 0 to 255. */
  get paddingLength(): number {
    return this.#length - this.#payloadEnd;
  }

  /** A view of the payload. */
  get payload(): Uint8Array {
    return this.#packet.subarray(this.#headerLength, this.#payloadEnd);
  }

  /** Setters write into the buffer that `read` was given. */
  get marker(): boolean {
    return (this.#packet[1]! & 0x80) !== 0;
  }

  set marker(value: boolean) {
    this.#packet[1] = (this.#packet[1]! & 0x7f) | (value ? 0x80 : 0);
  }

  /** 0 to 127. */
  get payloadType(): number {
    return this.#packet[1]! & 0x7f;
  }

  set payloadType(value: number) {
    this.#packet[1] = (this.#packet[1]! & 0x80) | (value & 0x7f);
  }

  /** 16 bits. */
  get sequenceNumber(): number {
    return readU16(this.#packet, 2);
  }

  set sequenceNumber(value: number) {
    writeU16(this.#packet, 2, value);
  }

  /** 32 bits. */
  get timestamp(): number {
    return readU32(this.#packet, 4);
  }

  set timestamp(value: number) {
    writeU32(this.#packet, 4, value);
  }

  /** 32 bits. */
  get ssrc(): number {
    return readU32(this.#packet, 8);
  }

  set ssrc(value: number) {
    writeU32(this.#packet, 8, value);
  }

  /** Number of CSRCs, 0 to 15. */
  get csrcCount(): number {
    return this.#packet[0]! & 0x0f;
  }

  /** The CSRC at `index`, below `csrcCount`. */
  csrc(index: number): number {
    return readU32(this.#packet, RTP_FIXED_HEADER_LENGTH + 4 * index);
  }

  /**
   * Offset in the packet of the value of the RFC 8285 element with this local identifier; -1 when there is none. Its length: `extensionLength(offset)`.
   * An element that runs over the extension's end is not found.
   */
  extension(id: number): number {
    if ((this.#packet[0]! & 0x10) === 0) return -1;
    return findHeaderExtension(this.#packet, RTP_FIXED_HEADER_LENGTH + ((this.#packet[0]! & 0x0f) << 2), this.#headerLength, id);
  }

  /** Octets of the element whose value is at `offset`, as `extension` gave it. */
  extensionLength(offset: number): number {
    const oneByte = this.#packet[RTP_FIXED_HEADER_LENGTH + ((this.#packet[0]! & 0x0f) << 2)] === 0xbe;
    return oneByte ? (this.#packet[offset - 1]! & 0x0f) + 1 : this.#packet[offset - 1]!;
  }
}

const NOTHING = new Uint8Array(RTP_FIXED_HEADER_LENGTH);
