/**
 * Encryption of single header extension elements (RFC 6904 §3): the data of chosen elements is XORed with a keystream of its own; ids, lengths and padding
 * stay. The keystream runs over the whole extension behind its four-byte header, so where an element stands decides which part of it is used.
 */
import { InvalidArgumentError, readU16, type SequencedCounterMode } from "@purertc/core";
import { EXTENSION_HEADER_LENGTH, extensionStart, hasExtension } from "./rtp-header.ts";

/** The set of element ids to encrypt. */
export class EncryptedExtensions {
  /** 1 at each id of the set. */
  readonly #chosen = new Uint8Array(256);
  #scratchKeystream = new Uint8Array(64);

  /** Ids from 1 to 255. */
  constructor(ids: readonly number[]) {
    for (const id of ids) {
      if (!Number.isInteger(id) || id < 1 || id > 255) {
        throw new InvalidArgumentError(`header extension id ${id} is not from 1 to 255`, { code: "SRTP_EXTENSION_ID" });
      }
      this.#chosen[id] = 1;
    }
  }

  /** The set of these ids; undefined: there are none. */
  static of(ids: readonly number[] = []): EncryptedExtensions | undefined {
    return ids.length === 0 ? undefined : new EncryptedExtensions(ids);
  }

  /** Encrypts or decrypts (the same) the chosen elements of an RTP packet whose header is known to be whole. */
  apply(keystream: SequencedCounterMode, index: number, packet: Uint8Array, headerLength: number): void {
    if (!hasExtension(packet[0]!)) return;
    const from = extensionStart(packet[0]!) + EXTENSION_HEADER_LENGTH;
    const profile = readU16(packet, from - EXTENSION_HEADER_LENGTH);
    const oneByte = profile === ONE_BYTE_PROFILE;
    if (!oneByte && (profile & 0xfff0) !== TWO_BYTE_PROFILE) return;
    const mask = this.#keystream(keystream, index, headerLength - from);
    let at = from;
    while (at < headerLength) {
      const first = packet[at]!;
      if (first === 0) {
        at++; // RFC 8285 §4.2, §4.3: padding
        continue;
      }
      const id = oneByte ? first >> 4 : first;
      if (oneByte && id === 15) return; // §4.2: the rest is to be ignored
      if (!oneByte && at + 1 >= headerLength) return;
      const data = at + (oneByte ? 1 : 2);
      const end = data + (oneByte ? (first & 0x0f) + 1 : packet[at + 1]!);
      if (end > headerLength) return; // an element longer than its extension: left alone, the reader of extensions will refuse it
      if (this.#chosen[id] === 1) for (let i = data; i < end; i++) packet[i]! ^= mask[i - from]!;
      at = end;
    }
  }

  #keystream(keystream: SequencedCounterMode, index: number, length: number): Uint8Array {
    if (length > this.#scratchKeystream.length) this.#scratchKeystream = new Uint8Array(2 * length);
    const mask = this.#scratchKeystream;
    mask.fill(0, 0, length);
    keystream.apply(index, mask, 0, length);
    return mask;
  }
}

/** "Defined by profile" of one-byte headers (RFC 8285 §4.2). */
export const ONE_BYTE_PROFILE = 0xbede;
/** The same of two-byte headers, whose low four bits are the application's (§4.3). */
export const TWO_BYTE_PROFILE = 0x1000;
