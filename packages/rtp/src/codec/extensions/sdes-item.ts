/**
 * SDES items as header extensions (RFC 7941 §4.1): the element's value is the item's text. MID (RFC 9143 §15.1), RtpStreamId and RepairedRtpStreamId
 * (RFC 8852 §3) are such items.
 */
import { InvalidArgumentError, Malformed, stringFromUtf8, utf8FromString } from "@purertc/core";

/** MID: an SDP token (RFC 8843 §15, RFC 8866 §9), not empty. */
export function parseMid(data: Uint8Array): string | Malformed<"bad-mid"> {
  if (data.length === 0) return new Malformed("bad-mid", 0);
  for (let i = 0; i < data.length; i++) if (!isTokenOctet(data[i]!)) return new Malformed("bad-mid", i);
  return stringFromUtf8(data);
}

/** The value of a MID element. Throws `InvalidArgumentError` for what is no token. */
export function midExtension(mid: string): Uint8Array {
  const data = utf8FromString(mid);
  if (data.length > 255 || parseMid(data) instanceof Malformed) {
    throw new InvalidArgumentError("a MID is an SDP token of 1 to 255 characters", { code: "RTP_MID" });
  }
  return data;
}

/** RtpStreamId or RepairedRtpStreamId: letters and digits only (RFC 8852 §3.3), not empty. INTEROP: RFC 8851 also admits "-" and "_", as browsers do. */
export function parseRid(data: Uint8Array): string | Malformed<"bad-rid"> {
  if (data.length === 0) return new Malformed("bad-rid", 0);
  for (let i = 0; i < data.length; i++) if (!isRidOctet(data[i]!)) return new Malformed("bad-rid", i);
  return stringFromUtf8(data);
}

/** The value of an RtpStreamId or RepairedRtpStreamId element. Throws `InvalidArgumentError` for other characters or none. */
export function ridExtension(rid: string): Uint8Array {
  const data = utf8FromString(rid);
  if (data.length > 255 || parseRid(data) instanceof Malformed) {
    throw new InvalidArgumentError("a RID is 1 to 255 letters, digits, - or _", { code: "RTP_RID" });
  }
  return data;
}

/** RFC 8866 §9: token-char. */
function isTokenOctet(octet: number): boolean {
  return (
    octet === 0x21 ||
    (octet >= 0x23 && octet <= 0x27) ||
    octet === 0x2a ||
    octet === 0x2b ||
    octet === 0x2d ||
    octet === 0x2e ||
    isWordOctet(octet)
  );
}

function isWordOctet(octet: number): boolean {
  return (octet >= 0x30 && octet <= 0x39) || (octet >= 0x41 && octet <= 0x5a) || (octet >= 0x5e && octet <= 0x7e);
}

function isRidOctet(octet: number): boolean {
  return (
    (octet >= 0x30 && octet <= 0x39) ||
    (octet >= 0x41 && octet <= 0x5a) ||
    (octet >= 0x61 && octet <= 0x7a) ||
    octet === 0x2d ||
    octet === 0x5f
  );
}
