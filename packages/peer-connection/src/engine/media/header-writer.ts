/** Headers of packets that go out (RFC 3550 §5.1, RFC 8285): the extensions of our own, and those of a relayed packet that mean something here too. Hot. */
import { readU32, writeU16, writeU24, writeU32 } from "@purertc/core";
import { findHeaderExtension, ONE_BYTE_PROFILE, type RtpReader, TWO_BYTE_PROFILE } from "@purertc/rtp";
import type { ExtensionIds } from "./extension-ids.ts";

/** What tells the peer which stream this is, while it may not know. */
export interface StreamIdentity {
  /** RFC 8843 §15. */
  readonly mid: Uint8Array;
  /** RFC 8852 §3, or nothing. */
  readonly rid: Uint8Array;
}

/** Values of a frame's own extensions; -1: none. */
export interface FrameExtensions {
  /** The octet of RFC 6464. */
  readonly audioLevel: number;
  /** The octet of 3GPP CVO. */
  readonly orientation: number;
}

/** See the file's header. */
export class HeaderWriter {
  readonly #ids: ExtensionIds;
  readonly #identity: StreamIdentity;
  #out: Uint8Array = NOTHING;
  #at = 0;
  #oneByte = true;

  readonly #mixed: boolean;

  /** `mixed`: a=extmap-allow-mixed was agreed, so that a packet may have the two-byte form where its elements need it. */
  constructor(ids: ExtensionIds, identity: StreamIdentity, mixed: boolean) {
    this.#ids = ids;
    this.#identity = identity;
    this.#mixed = mixed;
  }

  /** Octets of the largest header that {@link write} writes. */
  get maxLength(): number {
    return 12 + 4 + OWN_ELEMENTS + this.#identity.mid.length + this.#identity.rid.length + 3;
  }

  /** Writes the header of a packet made here at the start of `out`; returns its length. Sequence number and timestamp are for the caller to fill in. */
  write(out: Uint8Array, payloadType: number, marker: boolean, ssrc: number, identify: boolean, extensions: FrameExtensions): number {
    this.#begin(out, 0, payloadType, marker, ssrc);
    this.#oneByte = this.#ownFitOneByte;
    this.#writeOwn(identify);
    if (extensions.audioLevel >= 0) this.#octet(this.#ids.audioLevel, extensions.audioLevel);
    if (extensions.orientation >= 0) this.#octet(this.#ids.videoOrientation, extensions.orientation);
    return this.#end(0);
  }

  /**
   * Writes the header for the packet that `reader` shows, of another leg: CSRCs stay, and of its extension what `map` has a new identifier for.
   */
  relay(out: Uint8Array, reader: RtpReader, payloadType: number, ssrc: number, identify: boolean, map: Uint8Array | undefined): number {
    const { csrcCount } = reader;
    this.#begin(out, csrcCount, payloadType, reader.marker, ssrc);
    for (let i = 0; i < csrcCount; i++) writeU32(out, 12 + 4 * i, reader.csrc(i));
    const extended = map !== undefined && (reader.packet[0]! & 0x10) !== 0;
    this.#oneByte = this.#ownFitOneByte && (!this.#mixed || !extended || fitOneByte(reader, map));
    this.#writeOwn(identify);
    if (extended) this.#copyElements(reader, map);
    return this.#end(csrcCount);
  }

  #begin(out: Uint8Array, csrcCount: number, payloadType: number, marker: boolean, ssrc: number): void {
    this.#out = out;
    out[0] = 0x80 | csrcCount;
    out[1] = (marker ? 0x80 : 0) | payloadType;
    writeU32(out, 8, ssrc);
    this.#at = 16 + 4 * csrcCount;
  }

  get #ownFitOneByte(): boolean {
    const { mid, rid } = this.#identity;
    const { mid: midId, rid: ridId, transportWideCc, absSendTime, audioLevel, videoOrientation } = this.#ids;
    const highest = Math.max(midId, ridId, transportWideCc, absSendTime, audioLevel, videoOrientation);
    return highest <= 14 && mid.length <= 16 && rid.length <= 16;
  }

  /** Sequence number and send time are filled in when the packet leaves. */
  #writeOwn(identify: boolean): void {
    const { mid, rid, transportWideCc, absSendTime } = this.#ids;
    if (transportWideCc !== 0) this.#reserve(transportWideCc, 2);
    if (absSendTime !== 0) this.#reserve(absSendTime, 3);
    if (!identify) return;
    if (mid !== 0 && this.#identity.mid.length > 0) this.#bytes(mid, this.#identity.mid);
    if (rid !== 0 && this.#identity.rid.length > 0) this.#bytes(rid, this.#identity.rid);
  }

  #octet(id: number, value: number): void {
    if (id === 0) return;
    this.#element(id, 1);
    this.#out[this.#at++] = value;
  }

  #bytes(id: number, bytes: Uint8Array): void {
    this.#element(id, bytes.length);
    for (let i = 0; i < bytes.length; i++) this.#out[this.#at++] = bytes[i]!;
  }

  #reserve(id: number, length: number): void {
    this.#element(id, length);
    for (let i = 0; i < length; i++) this.#out[this.#at++] = 0;
  }

  /** Begins an element. */
  #element(id: number, length: number): void {
    if (this.#oneByte) {
      this.#out[this.#at++] = (id << 4) | (length - 1);
    } else {
      this.#out[this.#at++] = id;
      this.#out[this.#at++] = length;
    }
  }

  #copyElements(reader: RtpReader, map: Uint8Array): void {
    const { packet, headerLength } = reader;
    const extensionAt = 12 + 4 * reader.csrcCount;
    const oneByte = packet[extensionAt] === 0xbe;
    if (!oneByte && packet[extensionAt] !== 0x10) return;
    for (let at = extensionAt + 4; at < headerLength; ) {
      const octet = packet[at]!;
      if (octet === 0) {
        at += 1;
        continue;
      }
      const id = oneByte ? octet >>> 4 : octet;
      const valueAt = at + (oneByte ? 1 : 2);
      if (valueAt > headerLength || (oneByte && id === 15)) return;
      const end = valueAt + (oneByte ? (octet & 0x0f) + 1 : packet[at + 1]!);
      if (end > headerLength) return;
      const mapped = map[id]!;
      const fits = !this.#oneByte || (mapped <= 14 && end > valueAt && end - valueAt <= 16);
      if (mapped !== 0 && fits) {
        this.#element(mapped, end - valueAt);
        for (let i = valueAt; i < end; i++) this.#out[this.#at++] = packet[i]!;
      }
      at = end;
    }
  }

  /** Closes the extension, or takes it away when it is empty. */
  #end(csrcCount: number): number {
    const start = 12 + 4 * csrcCount;
    if (this.#at === start + 4) return start;
    const out = this.#out;
    while (((this.#at - start) & 3) !== 0) out[this.#at++] = 0;
    out[0]! |= 0x10;
    writeU16(out, start, this.#oneByte ? ONE_BYTE_PROFILE : TWO_BYTE_PROFILE);
    writeU16(out, start + 2, (this.#at - start - 4) >> 2);
    return this.#at;
  }
}

/** Whether all elements that `map` lets through fit the one-byte form under their new identifiers. */
function fitOneByte(reader: RtpReader, map: Uint8Array): boolean {
  const extensionAt = 12 + 4 * reader.csrcCount;
  const { packet, headerLength } = reader;
  const oneByte = packet[extensionAt] === 0xbe;
  for (let at = extensionAt + 4; at < headerLength; ) {
    const octet = packet[at]!;
    if (octet === 0) {
      at += 1;
      continue;
    }
    const length = oneByte ? (octet & 0x0f) + 1 : packet[at + 1]!;
    const mapped = map[oneByte ? octet >>> 4 : octet]!;
    if (mapped > 14 || (mapped !== 0 && (length < 1 || length > 16))) return false;
    at += (oneByte ? 1 : 2) + length;
  }
  return true;
}

/** Writes the transport-wide sequence number into a packet whose header has a place for it. Hot. */
export function stampTransportSequence(packet: Uint8Array, id: number, sequenceNumber: number): void {
  const at = extensionAt(packet, id);
  if (at >= 0) writeU16(packet, at, sequenceNumber);
}

/** The same for the 24 bits of abs-send-time. */
export function stampSendTime(packet: Uint8Array, id: number, absSendTime: number): void {
  const at = extensionAt(packet, id);
  if (at >= 0) writeU24(packet, at, absSendTime);
}

function extensionAt(packet: Uint8Array, id: number): number {
  if ((packet[0]! & 0x10) === 0) return -1;
  const at = 12 + ((packet[0]! & 0x0f) << 2);
  const words = readU32(packet, at) & 0xffff;
  return findHeaderExtension(packet, at, at + 4 + 4 * words, id);
}

/** Octets of elements of our own at most, in the two-byte form: sequence number, send time, level, orientation, and heads of mid and rid. */
const OWN_ELEMENTS = 4 + 5 + 3 + 3 + 2 + 2;
const NOTHING = new Uint8Array(0);
