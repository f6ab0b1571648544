/**
 * Cryptex (RFC 9335): CSRCs and the whole header extension are encrypted with the payload; only the extension's first four bytes stay, and say so.
 *
 * For the cipher, the extension's four bytes trade places with the CSRCs (§6.1's intermediate form), so that what is encrypted is in one piece:
 *
 *   on the wire     fixed header(12) | CSRCs | 0xC0DE or 0xC2DE, length(4) | extension | payload
 *   for the cipher  fixed header(12) | 0xC0DE or 0xC2DE, length(4) | CSRCs | extension | payload
 */
import { readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import { ONE_BYTE_PROFILE, TWO_BYTE_PROFILE } from "./header-extension-encryption.ts";
import { EXTENSION_HEADER_LENGTH, extensionStart, FIXED_HEADER_LENGTH, hasExtension } from "./rtp-header.ts";

/** Where encryption begins in the intermediate form; what is before it is additional data of an AEAD (§6.2). */
export const CRYPTEX_HEADER_LENGTH: number = FIXED_HEADER_LENGTH + EXTENSION_HEADER_LENGTH;

/** What §5.1 makes of a packet: nothing, new "defined by profile" bytes, or an empty extension that carries them. */
export type CryptexForm = "none" | "mark-extension" | "add-extension";

/** What protecting `packet`, whose header is whole, takes. Extensions that are not RFC 8285's have no encrypted counterpart and stay as they are. */
export function cryptexForm(packet: Uint8Array): CryptexForm {
  const first = packet[0]!;
  if (hasExtension(first)) {
    const profile = readU16(packet, extensionStart(first));
    return profile === ONE_BYTE_PROFILE || (profile & 0xfff0) === TWO_BYTE_PROFILE ? "mark-extension" : "none";
  }
  return (first & 0x0f) === 0 ? "none" : "add-extension";
}

/** Marks the extension as encrypted. The application bits of a two-byte extension are lost: §5.1 has one value for all. */
export function markEncrypted(packet: Uint8Array): void {
  const at = extensionStart(packet[0]!);
  writeU16(packet, at, readU16(packet, at) === ONE_BYTE_PROFILE ? ENCRYPTED_ONE_BYTE_PROFILE : ENCRYPTED_TWO_BYTE_PROFILE);
}

/** Adds an empty extension that says the CSRCs are encrypted (§5.1). `length` bytes become four more. */
export function addEmptyExtension(packet: Uint8Array, length: number): void {
  const at = extensionStart(packet[0]!);
  packet.copyWithin(at + EXTENSION_HEADER_LENGTH, at, length);
  packet[0]! |= 0x10;
  writeU16(packet, at, ENCRYPTED_ONE_BYTE_PROFILE);
  writeU16(packet, at + 2, 0);
}

/** Whether a packet, whose header is whole, is marked as encrypted (§5.2). */
export function isMarkedEncrypted(packet: Uint8Array): boolean {
  if (!hasExtension(packet[0]!)) return false;
  const profile = readU16(packet, extensionStart(packet[0]!));
  return profile === ENCRYPTED_ONE_BYTE_PROFILE || profile === ENCRYPTED_TWO_BYTE_PROFILE;
}

/** Gives a decrypted extension its RFC 8285 mark back. */
export function markDecrypted(packet: Uint8Array): void {
  const at = extensionStart(packet[0]!);
  writeU16(packet, at, readU16(packet, at) === ENCRYPTED_ONE_BYTE_PROFILE ? ONE_BYTE_PROFILE : TWO_BYTE_PROFILE);
}

/** From the wire's form to the cipher's. */
export function toCipherOrder(packet: Uint8Array): void {
  const at = extensionStart(packet[0]!);
  const extensionHeader = readU32(packet, at);
  packet.copyWithin(CRYPTEX_HEADER_LENGTH, FIXED_HEADER_LENGTH, at);
  writeU32(packet, FIXED_HEADER_LENGTH, extensionHeader);
}

/** And back. */
export function toWireOrder(packet: Uint8Array): void {
  const at = extensionStart(packet[0]!);
  const extensionHeader = readU32(packet, FIXED_HEADER_LENGTH);
  packet.copyWithin(FIXED_HEADER_LENGTH, CRYPTEX_HEADER_LENGTH, at + EXTENSION_HEADER_LENGTH);
  writeU32(packet, at, extensionHeader);
}

const ENCRYPTED_ONE_BYTE_PROFILE = 0xc0de;
const ENCRYPTED_TWO_BYTE_PROFILE = 0xc2de;
