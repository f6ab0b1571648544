/** Verification of MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256 and FINGERPRINT (RFC 8489 §14.5 to §14.7). `writeStunMessage` computes them. */
import { constantTimeEqual, copyBytes, type Mac, readU32, writeU16 } from "@purertc/core";
import { isMacLength } from "./attributes.ts";
import { attributeAt, fingerprintOf, STUN_HEADER_LENGTH } from "./message.ts";

/** Which of the two integrity attributes. */
export type IntegrityKind = "MESSAGE-INTEGRITY" | "MESSAGE-INTEGRITY-SHA256";

/**
 * Whether the integrity attribute of `datagram`, a message that parsed, is right under `mac` (HMAC-SHA1 for MESSAGE-INTEGRITY, HMAC-SHA256 for the
 * other, bound to the key). The comparison is constant-time. A truncated SHA-256 MAC is accepted from 16 bytes (RFC 8489 §14.6); a policy that
 * wants the whole one checks the attribute's length.
 */
export function verifyMessageIntegrity(datagram: Uint8Array, kind: IntegrityKind, mac: Mac): "right" | "wrong" | "absent" {
  const attribute = attributeAt(kind, datagram);
  if (attribute === undefined) return "absent";
  const { at, value } = attribute;
  if (kind === "MESSAGE-INTEGRITY" ? value.length !== 20 : !isMacLength(value.length)) return "wrong";
  // RFC 8489 §14.5: the MAC covers the header as if the message ended with this attribute.
  const header = copyBytes(datagram.subarray(0, STUN_HEADER_LENGTH));
  writeU16(header, 2, at + 4 + value.length - STUN_HEADER_LENGTH);
  const expected = mac.compute(header, datagram.subarray(STUN_HEADER_LENGTH, at));
  return constantTimeEqual(expected.subarray(0, value.length), value) ? "right" : "wrong";
}

/** Whether the FINGERPRINT of `datagram`, a message that parsed, is right. */
export function verifyFingerprint(datagram: Uint8Array): "right" | "wrong" | "absent" {
  const attribute = attributeAt("FINGERPRINT", datagram);
  if (attribute === undefined) return "absent";
  return attribute.value.length === 4 && readU32(attribute.value, 0) === fingerprintOf(datagram, attribute.at) ? "right" : "wrong";
}
