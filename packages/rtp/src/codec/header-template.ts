/**
 * The hot path of writing RTP: everything that stays the same from packet to packet of a stream is laid out once, then copied in front of each payload.
 * Extension values have fixed places in the template and are filled in where they lie.
 */
import { InvalidArgumentError, writeU16, writeU32 } from "@purertc/core";
import { ONE_BYTE_PROFILE, TWO_BYTE_PROFILE } from "./header-extension.ts";
import { RTP_FIXED_HEADER_LENGTH } from "./packet.ts";

/** Room for one element in every packet of a stream. */
export interface ReservedExtension {
  /** Local identifier, 1 to 14 in the one-byte form, else to 255. */
  readonly id: number;
  /** Octets of its value: 1 to 16 in the one-byte form, else 0 to 255. */
  readonly length: number;
  /** What the value is until something else is written there; zeros when absent. */
  readonly initial?: Uint8Array;
}

/** What does not change within a stream. */
export interface RtpHeaderTemplateOptions {
  /** 32 bits. */
  readonly ssrc: number;
  /** 0 to 127. */
  readonly payloadType: number;
  /** At most 15. Default none. */
  readonly csrcs?: readonly number[];
  /** In the order they appear on the wire; the one-byte form is used when all fit it. */
  readonly extensions?: readonly ReservedExtension[];
}

/** An RTP header ready to be copied (RFC 3550 §5.1, RFC 8285). */
export class RtpHeaderTemplate {
  readonly #bytes: Uint8Array;
  readonly #offsets = new Map<number, number>();
  readonly #payloadType: number;

  /** Throws `InvalidArgumentError` for more than 15 CSRCs or an element that no form can express. */
  constructor(options: RtpHeaderTemplateOptions) {
    const { csrcs = [], extensions = [] } = options;
    if (csrcs.length > 15) throw new InvalidArgumentError("an RTP packet carries at most 15 CSRCs", { code: "RTP_CSRC_COUNT" });
    const oneByte = extensions.every(({ id, length }) => id <= 14 && length >= 1 && length <= 16);
    let extensionLength = 0;
    for (const { id, length, initial } of extensions) {
      if (id < 1 || id > 255 || length < 0 || length > 255 || (initial !== undefined && initial.length !== length)) {
        throw new InvalidArgumentError("no form of header extension holds this element", { code: "RTP_EXTENSION_ELEMENT" });
      }
      extensionLength += (oneByte ? 1 : 2) + length;
    }
    const words = (extensionLength + 3) >> 2;
    const fixed = RTP_FIXED_HEADER_LENGTH + 4 * csrcs.length;
    const bytes = new Uint8Array(fixed + (extensions.length === 0 ? 0 : 4 + 4 * words));
    bytes[0] = 0x80 | (extensions.length === 0 ? 0 : 0x10) | csrcs.length;
    writeU32(bytes, 8, options.ssrc);
    for (const [i, csrc] of csrcs.entries()) writeU32(bytes, RTP_FIXED_HEADER_LENGTH + 4 * i, csrc);
    if (extensions.length > 0) {
      writeU16(bytes, fixed, oneByte ? ONE_BYTE_PROFILE : TWO_BYTE_PROFILE);
      writeU16(bytes, fixed + 2, words);
      let at = fixed + 4;
      for (const { id, length, initial } of extensions) {
        if (oneByte) {
          bytes[at++] = (id << 4) | (length - 1);
        } else {
          bytes[at++] = id;
          bytes[at++] = length;
        }
        this.#offsets.set(id, at);
        if (initial !== undefined) bytes.set(initial, at);
        at += length;
      }
    }
    this.#bytes = bytes;
    this.#payloadType = options.payloadType & 0x7f;
  }

  /** Octets written by `write`: where the payload starts. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Offset, from the packet's start, of the value of the element reserved for `id`; -1 when none is. */
  extension(id: number): number {
    return this.#offsets.get(id) ?? -1;
  }

  /** Writes the header at the start of `out`, which must hold `length` octets. Hot: allocates nothing. */
  write(out: Uint8Array, marker: boolean, sequenceNumber: number, timestamp: number): void {
    const bytes = this.#bytes;
    // A header is short: this loop is quicker than a native copy.
    for (let i = 8; i < bytes.length; i++) out[i] = bytes[i]!;
    out[0] = bytes[0]!;
    out[1] = marker ? this.#payloadType | 0x80 : this.#payloadType;
    writeU16(out, 2, sequenceNumber);
    writeU32(out, 4, timestamp);
  }
}
