/**
 * BYE (RFC 3550 §6.6): `count` SSRCs, then optionally a length octet and a reason, padded to a word.
 */
import { Malformed, readU32, stringFromUtf8, utf8FromString, writeU32 } from "@purertc/core";
import { checkRtcpField, type RtcpFault, type StatedRtcpHeader, writeRtcpPart } from "./header.ts";

/** BYE. At most 31 sources. */
export interface Goodbye extends StatedRtcpHeader {
  readonly type: "BYE";
  /** Of the sources that leave; may be none. */
  readonly ssrcs: readonly number[];
  /** Up to 255 octets of UTF-8. */
  readonly reason?: string;
}

/** Reads what follows the header at `bytes[at, end)`. */
export function parseGoodbye(bytes: Uint8Array, at: number, end: number, count: number): Goodbye | Malformed<RtcpFault> {
  const reasonAt = at + 4 * count;
  if (reasonAt > end) return new Malformed("bad-length", at);
  const ssrcs: number[] = [];
  for (let next = at; next < reasonAt; next += 4) ssrcs.push(readU32(bytes, next));
  if (reasonAt === end) return { type: "BYE", ssrcs };
  const reasonEnd = reasonAt + 1 + bytes[reasonAt]!;
  if (reasonEnd > end) return new Malformed("bad-item", reasonAt);
  return { type: "BYE", ssrcs, reason: stringFromUtf8(bytes.subarray(reasonAt + 1, reasonEnd)) };
}

/** Writes what follows the header at `out[at]`; returns the end. Throws `InvalidArgumentError` for too long a reason. */
export function writeGoodbye(out: Uint8Array, at: number, { ssrcs, reason }: Goodbye): number {
  let next = at;
  for (const ssrc of ssrcs) {
    writeU32(out, next, ssrc);
    next += 4;
  }
  if (reason === undefined) return next;
  const text = utf8FromString(reason);
  const end = next + ((text.length + 4) & ~3);
  checkRtcpField(text.length <= 255, "the reason of a BYE is at most 255 octets");
  out[next] = text.length;
  writeRtcpPart(out, next + 1, text);
  out.fill(0, next + 1 + text.length, end);
  return end;
}
