/**
 * The handshake header, whole messages and fragments (RFC 6347 §4.2.2, §4.2.3).
 *
 *    0      1      2      3      4      5      6      7      8      9     10     11     12
 *   +------+------+------+------+------+------+------+------+------+------+------+------+--- ...
 *   | type |       length       | message_seq |   fragment_offset  |   fragment_length  | body
 *   +------+------+------+------+------+------+------+------+------+------+------+------+--- ...
 */
import { Malformed, readU16, readU24, writeU16, writeU24 } from "@purertc/core";

/** RFC 5246 §7.4, RFC 6347 §4.2.2, RFC 8446 §4. */
export const HandshakeType = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  newSessionTicket: 4,
  encryptedExtensions: 8,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
  keyUpdate: 24,
} as const;

/** Bytes before the body. */
export const HANDSHAKE_HEADER_LENGTH = 12;

/** One fragment; a whole message is the fragment from 0 of its full length. */
export interface HandshakeFragment {
  /** See {@link HandshakeType}. */
  readonly type: number;
  /** Bytes of the whole message's body. */
  readonly length: number;
  /** 0 to 2^16 - 1, counted by each side for its own messages. */
  readonly messageSeq: number;
  readonly fragmentOffset: number;
  /** The bytes `[fragmentOffset, fragmentOffset + fragment.length)` of the body. */
  readonly fragment: Uint8Array;
  /** What the header says when that should not be `fragment.length`; never set by the parser. */
  readonly fragmentLength?: number;
}

/** Why bytes are not a fragment. */
export type FragmentFault = "truncated" | "bad-length";

/** Reads the fragment at `at`. `fragment` is a view of `bytes`; the next one begins at `at + 12 + fragment.length`. */
export function parseHandshakeFragment(bytes: Uint8Array, at: number): HandshakeFragment | Malformed<FragmentFault> {
  if (bytes.length - at < HANDSHAKE_HEADER_LENGTH) return new Malformed("truncated", bytes.length);
  const length = readU24(bytes, at + 1);
  const fragmentOffset = readU24(bytes, at + 6);
  const fragmentLength = readU24(bytes, at + 9);
  if (fragmentOffset + fragmentLength > length) return new Malformed("bad-length", at + 6);
  const from = at + HANDSHAKE_HEADER_LENGTH;
  if (bytes.length - from < fragmentLength) return new Malformed("truncated", bytes.length);
  return {
    type: bytes[at]!,
    length,
    messageSeq: readU16(bytes, at + 4),
    fragmentOffset,
    fragment: bytes.subarray(from, from + fragmentLength),
  };
}

/** All fragments of a handshake record's plaintext; there must be at least one (RFC 5246 §6.2.1). */
export function parseHandshakeFragments(bytes: Uint8Array): HandshakeFragment[] | Malformed<FragmentFault> {
  const fragments: HandshakeFragment[] = [];
  let at = 0;
  do {
    const fragment = parseHandshakeFragment(bytes, at);
    if (fragment instanceof Malformed) return fragment;
    fragments.push(fragment);
    at += HANDSHAKE_HEADER_LENGTH + fragment.fragment.length;
  } while (at < bytes.length);
  return fragments;
}

/** Writes a header at `at`. */
export function writeHandshakeHeader(
  out: Uint8Array,
  at: number,
  type: number,
  length: number,
  messageSeq: number,
  fragmentOffset: number,
  fragmentLength: number,
): void {
  out[at] = type;
  writeU24(out, at + 1, length);
  writeU16(out, at + 4, messageSeq);
  writeU24(out, at + 6, fragmentOffset);
  writeU24(out, at + 9, fragmentLength);
}

/** Writes a fragment at `at` and returns the offset after it. `out` must have room for it. */
export function writeHandshakeFragment(out: Uint8Array, at: number, value: HandshakeFragment): number {
  const { type, length, messageSeq, fragmentOffset, fragment, fragmentLength = fragment.length } = value;
  writeHandshakeHeader(out, at, type, length, messageSeq, fragmentOffset, fragmentLength);
  out.set(fragment, at + HANDSHAKE_HEADER_LENGTH);
  return at + HANDSHAKE_HEADER_LENGTH + fragment.length;
}

/** A whole message, header and body, in one fragment. */
export function writeHandshakeMessage(type: number, messageSeq: number, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(HANDSHAKE_HEADER_LENGTH + body.length);
  writeHandshakeFragment(message, 0, { type, length: body.length, messageSeq, fragmentOffset: 0, fragment: body });
  return message;
}
