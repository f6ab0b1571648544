/**
 * SDES (RFC 3550 §6.5): `count` chunks, each an SSRC and items, ended by at least one zero octet up to a word boundary.
 *
 *    |                              SSRC/CSRC                        |
 *    |     type      |    length     | text, UTF-8 ...
 */
import { concatBytes, Malformed, readU32, stringFromUtf8, utf8FromString, writeU32 } from "@purertc/core";
import { checkRtcpField, type RtcpFault, type StatedRtcpHeader, writeRtcpPart } from "./header.ts";

/** Item types (IANA). RtpStreamId, RepairedRtpStreamId: RFC 8852; MID: RFC 8843. */
export const SDES_ITEM_TYPE = {
  CNAME: 1,
  NAME: 2,
  EMAIL: 3,
  PHONE: 4,
  LOC: 5,
  TOOL: 6,
  NOTE: 7,
  PRIV: 8,
  RtpStreamId: 12,
  RepairedRtpStreamId: 13,
  MID: 15,
} as const;

/** An item. */
export interface SourceDescriptionItem {
  /** 1 to 255; those with a name are in `SDES_ITEM_TYPE`. */
  readonly type: number;
  /** Up to 255 octets, UTF-8 for all named types but PRIV (§6.5.8: a length-prefixed prefix, then a value). */
  readonly value: Uint8Array;
}

/** What one source says of itself. */
export interface SourceDescriptionChunk {
  /** SSRC or CSRC, 32 bits. */
  readonly ssrc: number;
  /** In their order. */
  readonly items: readonly SourceDescriptionItem[];
}

/** SDES. At most 31 chunks. */
export interface SourceDescription extends StatedRtcpHeader {
  readonly type: "SDES";
  /** One for each source. */
  readonly chunks: readonly SourceDescriptionChunk[];
}

/** An item from text. Writing one of more than 255 octets throws. */
export function sdesItem(name: keyof typeof SDES_ITEM_TYPE, text: string): SourceDescriptionItem {
  return { type: SDES_ITEM_TYPE[name], value: utf8FromString(text) };
}

/** The text of the first item of this name, if there is one. */
export function sdesText(chunk: SourceDescriptionChunk, name: keyof typeof SDES_ITEM_TYPE): string | undefined {
  const item = chunk.items.find(({ type }) => type === SDES_ITEM_TYPE[name]);
  return item === undefined ? undefined : stringFromUtf8(item.value);
}

/** A private extension (§6.5.8): a prefix that says whose it is, and a value; together at most 254 octets of UTF-8. */
export interface PrivateExtension {
  /** Whose extension it is. */
  readonly prefix: string;
  /** What it says. */
  readonly value: string;
}

/** The PRIV item of a private extension: |  prefix length  | prefix | value |. */
export function privateExtensionItem({ prefix, value }: PrivateExtension): SourceDescriptionItem {
  const name = utf8FromString(prefix);
  return { type: SDES_ITEM_TYPE.PRIV, value: concatBytes(Uint8Array.of(name.length), name, utf8FromString(value)) };
}

/** The private extension in a PRIV item; undefined for other items, and when the prefix is longer than the item. */
export function privateExtensionOf({ type, value }: SourceDescriptionItem): PrivateExtension | undefined {
  const prefixEnd = 1 + (value[0] ?? 255);
  if (type !== SDES_ITEM_TYPE.PRIV || prefixEnd > value.length) return undefined;
  return { prefix: stringFromUtf8(value.subarray(1, prefixEnd)), value: stringFromUtf8(value.subarray(prefixEnd)) };
}

/** Reads what follows the header at `bytes[at, end)`. */
export function parseSourceDescription(
  bytes: Uint8Array,
  at: number,
  end: number,
  count: number,
): SourceDescription | Malformed<RtcpFault> {
  const chunks: SourceDescriptionChunk[] = [];
  let next = at;
  for (let i = 0; i < count; i++) {
    if (next + 8 > end) return new Malformed("bad-length", next); // the SSRC and at least one word with the end mark
    const ssrc = readU32(bytes, next);
    next += 4;
    const items: SourceDescriptionItem[] = [];
    for (;;) {
      if (next >= end) return new Malformed("bad-item", next);
      const type = bytes[next]!;
      if (type === 0) break;
      if (next + 2 > end || next + 2 + bytes[next + 1]! > end) return new Malformed("bad-item", next);
      const valueAt = next + 2;
      next = valueAt + bytes[next + 1]!;
      items.push({ type, value: bytes.slice(valueAt, next) });
    }
    next = at + ((next - at + 4) & ~3); // the end mark and padding up to the next word
    chunks.push({ ssrc, items });
  }
  return next === end ? { type: "SDES", chunks } : new Malformed("bad-length", next);
}

/** Writes what follows the header at `out[at]`; returns the end. Throws `InvalidArgumentError` for an item of type 0, which ends a chunk, or of more than 255 octets. */
export function writeSourceDescription(out: Uint8Array, at: number, packet: SourceDescription): number {
  let next = at;
  for (const { ssrc, items } of packet.chunks) {
    writeU32(out, next, ssrc);
    next += 4;
    for (const { type, value } of items) {
      checkRtcpField(type >= 1 && type <= 255 && value.length <= 255, "an SDES item has a type from 1 to 255 and at most 255 octets");
      out[next] = type;
      out[next + 1] = value.length;
      next = writeRtcpPart(out, next + 2, value);
    }
    const end = at + ((next - at + 4) & ~3);
    out.fill(0, next, end);
    next = end;
  }
  return next;
}
