/**
 * Elements of the RTP header extension (RFC 8285 §4.2, §4.3):
 *
 *    one-byte form                                      two-byte form
 *    |       0xBE    |    0xDE       |  length in words |         0x100         |appbits|  length in words |
 *    |  ID   |  L    | data, L + 1 octets ...           |      ID       |   L   | data, L octets ...       |
 *
 * A zero octet between elements is padding in both forms.
 */
import { InvalidArgumentError, Malformed, readU16, writeU16 } from "@purertc/core";
import type { RtpHeaderExtensionBlock } from "./packet.ts";

/** Profile of the one-byte form. */
export const ONE_BYTE_PROFILE = 0xbede;
/** Profile of the two-byte form with appbits 0; the low four bits are the appbits. */
export const TWO_BYTE_PROFILE = 0x1000;

/** One element. `data` is a view of what was parsed. */
export interface HeaderExtensionElement {
  /** Local identifier, as negotiated with `a=extmap`: 1 to 14 in the one-byte form, 1 to 255 in the two-byte form. */
  readonly id: number;
  /** 1 to 16 octets in the one-byte form, 0 to 255 in the two-byte form. */
  readonly data: Uint8Array;
}

/** Why a header extension is not one of RFC 8285. */
export type HeaderExtensionFault = "unknown-profile" | "element-overrun";

/**
 * Offset of the value of element `id` in the extension block that starts (with its profile) at `bytes[at]` and ends at `end`; -1 when there is none.
 * Hot: allocates nothing.
 */
export function findHeaderExtension(bytes: Uint8Array, at: number, end: number, id: number): number {
  const profile = readU16(bytes, at);
  let next = at + 4;
  if (profile === ONE_BYTE_PROFILE) {
    while (next < end) {
      const octet = bytes[next]!;
      if (octet === 0) {
        next += 1;
        continue;
      }
      const found = octet >>> 4;
      if (found === 0 || found === 15) return -1; // RFC 8285 §4.2: processing of the entire extension terminates here
      const following = next + 2 + (octet & 0x0f);
      if (following > end) return -1;
      if (found === id) return next + 1;
      next = following;
    }
    return -1;
  }
  if ((profile & 0xfff0) !== TWO_BYTE_PROFILE) return -1;
  while (next < end) {
    const found = bytes[next]!;
    if (found === 0) {
      next += 1;
      continue;
    }
    if (next + 2 > end) return -1;
    const following = next + 2 + bytes[next + 1]!;
    if (following > end) return -1;
    if (found === id) return next + 2;
    next = following;
  }
  return -1;
}

/** All elements of a block, in order. Repeated identifiers are kept. */
export function parseHeaderExtensions(block: RtpHeaderExtensionBlock): HeaderExtensionElement[] | Malformed<HeaderExtensionFault> {
  const { profile, data } = block;
  const oneByte = profile === ONE_BYTE_PROFILE;
  if (!oneByte && (profile & 0xfff0) !== TWO_BYTE_PROFILE) return new Malformed("unknown-profile", 0);
  const elements: HeaderExtensionElement[] = [];
  let at = 0;
  while (at < data.length) {
    const octet = data[at]!;
    if (octet === 0) {
      at += 1;
      continue;
    }
    const id = oneByte ? octet >>> 4 : octet;
    if (oneByte && (id === 0 || id === 15)) return elements; // RFC 8285 §4.2: only the elements before it count
    const valueAt = at + (oneByte ? 1 : 2);
    if (valueAt > data.length) return new Malformed("element-overrun", at);
    const end = valueAt + (oneByte ? (octet & 0x0f) + 1 : data[at + 1]!);
    if (end > data.length) return new Malformed("element-overrun", at);
    elements.push({ id, data: data.subarray(valueAt, end) });
    at = end;
  }
  return elements;
}

/** Whether all elements fit the one-byte form. The two-byte form is for when they do not, and only where `extmap-allow-mixed` or both sides' use allows it. */
export function fitsOneByteForm(elements: readonly HeaderExtensionElement[]): boolean {
  return elements.every(({ id, data }) => id >= 1 && id <= 14 && data.length >= 1 && data.length <= 16);
}

/**
 * The block that holds these elements. `form` absent: one-byte when they fit. Throws `InvalidArgumentError` for an element the form cannot express.
 */
export function headerExtensionBlock(elements: readonly HeaderExtensionElement[], form?: "one-byte" | "two-byte"): RtpHeaderExtensionBlock {
  const oneByte = form === undefined ? fitsOneByteForm(elements) : form === "one-byte";
  if (oneByte && !fitsOneByteForm(elements)) {
    throw new InvalidArgumentError("the one-byte form takes identifiers 1 to 14 and 1 to 16 octets", { code: "RTP_EXTENSION_ELEMENT" });
  }
  let length = 0;
  for (const { id, data } of elements) {
    if (!oneByte && (id < 1 || id > 255 || data.length > 255)) {
      throw new InvalidArgumentError("the two-byte form takes identifiers 1 to 255 and up to 255 octets", {
        code: "RTP_EXTENSION_ELEMENT",
      });
    }
    length += (oneByte ? 1 : 2) + data.length;
  }
  const block = new Uint8Array((length + 3) & ~3);
  let at = 0;
  for (const { id, data } of elements) {
    if (oneByte) {
      block[at++] = (id << 4) | (data.length - 1);
    } else {
      block[at++] = id;
      block[at++] = data.length;
    }
    block.set(data, at);
    at += data.length;
  }
  return { profile: oneByte ? ONE_BYTE_PROFILE : TWO_BYTE_PROFILE, data: block };
}

/**
 * Rewrites local identifiers in place in the extension block at `bytes[at, end)` (profile first), as a forwarder between two negotiations must:
 * `map[old]` is the new identifier, 0 wipes the element to padding. A new identifier above 14 in the one-byte form also wipes. Octets behind an
 * element that overruns the block are wiped too, so that nothing unchecked is passed on. Allocates nothing.
 */
export function remapHeaderExtensions(bytes: Uint8Array, at: number, end: number, map: Uint8Array): void {
  const profile = readU16(bytes, at);
  const oneByte = profile === ONE_BYTE_PROFILE;
  let next = at + 4;
  if (!oneByte && (profile & 0xfff0) !== TWO_BYTE_PROFILE) return;
  while (next < end) {
    const octet = bytes[next]!;
    if (octet === 0) {
      next += 1;
      continue;
    }
    const id = oneByte ? octet >>> 4 : octet;
    const following = oneByte ? next + 2 + (octet & 0x0f) : next + 2 + (next + 1 < end ? bytes[next + 1]! : 0);
    if (following > end || (oneByte && (id === 0 || id === 15))) {
      bytes.fill(0, next, end);
      return;
    }
    const mapped = map[id] ?? 0;
    if (mapped === 0 || (oneByte && mapped > 14)) bytes.fill(0, next, following);
    else bytes[next] = oneByte ? (mapped << 4) | (octet & 0x0f) : mapped;
    next = following;
  }
}

/** Writes a block (profile, length, data) at `out[at]` and returns its end. */
export function writeHeaderExtensionBlock(out: Uint8Array, at: number, block: RtpHeaderExtensionBlock): number {
  writeU16(out, at, block.profile);
  writeU16(out, at + 2, block.data.length / 4);
  out.set(block.data, at + 4);
  return at + 4 + block.data.length;
}
