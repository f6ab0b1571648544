/** APP (RFC 3550 §6.7): an SSRC, a name of four ASCII characters, data of whole words; the header's count is the subtype. */
import { Malformed, readU32, writeU32 } from "@purertc/core";
import { checkRtcpField, type RtcpFault, type StatedRtcpHeader, writeRtcpPart } from "./header.ts";

/** APP. */
export interface ApplicationDefined extends StatedRtcpHeader {
  readonly type: "APP";
  /** 0 to 31. */
  readonly subtype: number;
  /** Of the sender, or of whom the packet is about: 32 bits. */
  readonly ssrc: number;
  /** Four characters, one octet each. */
  readonly name: string;
  /** A multiple of 4 octets. */
  readonly data: Uint8Array;
}

/** Reads what follows the header at `bytes[at, end)`. */
export function parseApplicationDefined(
  bytes: Uint8Array,
  at: number,
  end: number,
  subtype: number,
): ApplicationDefined | Malformed<RtcpFault> {
  if (at + 8 > end) return new Malformed("bad-length", at);
  const name = String.fromCharCode(bytes[at + 4]!, bytes[at + 5]!, bytes[at + 6]!, bytes[at + 7]!);
  return { type: "APP", subtype, ssrc: readU32(bytes, at), name, data: bytes.slice(at + 8, end) };
}

/** Writes what follows the header at `out[at]`; returns the end. Throws `InvalidArgumentError` for a name of other than four characters. */
export function writeApplicationDefined(out: Uint8Array, at: number, { ssrc, name, data }: ApplicationDefined): number {
  checkRtcpField(/^[\0-\xff]{4}$/.test(name), "the name of an APP packet is four characters of one octet");
  writeU32(out, at, ssrc);
  for (let i = 0; i < 4; i++) out[at + 4 + i] = name.charCodeAt(i);
  return writeRtcpPart(out, at + 8, data);
}
