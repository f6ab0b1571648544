/**
 * STUN messages (RFC 8489 §5): header and attribute walk.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |0 0|     Message Type          |         Message Length        |
 *    |                         Magic Cookie                          |
 *    |                     Transaction ID (96 bits)                  |
 */
import { copyBytes, crc32, InvalidArgumentError, type Mac, Malformed, readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import { putBytes } from "./attribute-values.ts";
import {
  type AttributeName,
  attributeTypeNumber,
  type IntegrityAttribute,
  parseAttribute,
  readAttributeHeader,
  type StunAttribute,
  writeAttributeHeader,
  writeAttributeValue,
} from "./attributes.ts";
import { type StunMessageType, stunMessageTypeFromNumber, stunMessageTypeNumber } from "./message-type.ts";

/** A STUN message. The parser gives one; the writer takes one. */
export interface StunMessage {
  readonly type: StunMessageType;
  /** 12 bytes. */
  readonly transactionId: Uint8Array;
  /** In the order of the wire. */
  readonly attributes: readonly StunAttribute[];
}

/** What the writer computes or fixes, unless a tester states it. */
export interface StunMessageToWrite extends StunMessage {
  /** Written instead of the true length of the attributes. */
  readonly length?: number;
  /** Written instead of 0x2112A442. */
  readonly magicCookie?: number;
  /** The value of every padding byte; 0 when omitted, as RFC 8489 §14 wants. */
  readonly paddingByte?: number;
}

/** Why bytes are no STUN message. */
export type StunMalformedReason =
  | "truncated"
  | "not-stun"
  | "bad-length"
  | "bad-magic-cookie"
  | "truncated-attribute"
  | "bad-attribute-value"
  | "attribute-after-fingerprint";

/** Octets of the header. */
export const STUN_HEADER_LENGTH = 20;
/** RFC 8489 §5. */
export const STUN_MAGIC_COOKIE = 0x2112_a442;

/** Whether a datagram's first bytes look like a STUN header (RFC 8489 §6.3): two zero bits, the cookie, a length that is a multiple of 4. Cheap. */
export function isStunMessage(datagram: Uint8Array): boolean {
  return (
    datagram.length >= STUN_HEADER_LENGTH &&
    (datagram[0]! & 0xc0) === 0 &&
    (datagram[3]! & 3) === 0 &&
    readU32(datagram, 4) === STUN_MAGIC_COOKIE
  );
}

/**
 * Reads one datagram as one STUN message. Strict: the length must be that of the datagram, known attributes must be well formed, and nothing
 * may follow FINGERPRINT. Integrity and fingerprint are not verified here: see `verifyMessageIntegrity` and `verifyFingerprint`.
 * The result holds no view of `datagram`.
 */
export function parseStunMessage(datagram: Uint8Array): StunMessage | Malformed<StunMalformedReason> {
  if (datagram.length > 0 && (datagram[0]! & 0xc0) !== 0) return new Malformed("not-stun", 0);
  if (datagram.length < STUN_HEADER_LENGTH) return new Malformed("truncated", datagram.length);
  const length = readU16(datagram, 2);
  if (length % 4 !== 0 || STUN_HEADER_LENGTH + length !== datagram.length) return new Malformed("bad-length", 2);
  if (readU32(datagram, 4) !== STUN_MAGIC_COOKIE) return new Malformed("bad-magic-cookie", 4);
  const attributes: StunAttribute[] = [];
  let at = STUN_HEADER_LENGTH;
  while (at < datagram.length) {
    const header = readAttributeHeader(datagram, at); // at least 4 bytes are left: both lengths are multiples of 4
    const end = at + 4 + header.length;
    if (end > datagram.length) return new Malformed("truncated-attribute", at + 2);
    const attribute = parseAttribute(header.type, datagram, at + 4, end);
    if (attribute instanceof Malformed) return attribute;
    attributes.push(attribute);
    at = end + (-end & 3);
    if (attribute.type === "FINGERPRINT" && at < datagram.length) return new Malformed("attribute-after-fingerprint", at); // RFC 8489 §14.7
  }
  return { type: stunMessageTypeFromNumber(readU16(datagram, 0)), transactionId: copyBytes(datagram.subarray(8, 20)), attributes };
}

/**
 * Writes a message at the start of `out` and returns its length. It computes what is omitted (length, cookie, padding, MACs, fingerprint) and obeys
 * what is stated. Throws `InvalidArgumentError` when `out` is too small or the transaction id has not 12 bytes.
 */
export function writeStunMessage(out: Uint8Array, message: StunMessageToWrite): number {
  if (message.transactionId.length !== 12) {
    throw new InvalidArgumentError("a transaction id has 12 bytes", { code: "STUN_TRANSACTION_ID" });
  }
  if (out.length < STUN_HEADER_LENGTH) throw tooSmall();
  writeU16(out, 0, stunMessageTypeNumber(message.type));
  writeU32(out, 4, message.magicCookie ?? STUN_MAGIC_COOKIE);
  out.set(message.transactionId, 8);
  let at = STUN_HEADER_LENGTH;
  for (const attribute of message.attributes) {
    const length = writeValue(out, at, attribute, message.length);
    writeAttributeHeader(attribute, out, at, length);
    at += 4 + length;
    while ((at & 3) !== 0) out[at++] = message.paddingByte ?? 0;
    if (at > out.length) throw tooSmall();
  }
  writeU16(out, 2, message.length ?? at - STUN_HEADER_LENGTH);
  return at;
}

/** The message in a new array of its exact length. */
export function stunMessageBytes(message: StunMessageToWrite): Uint8Array {
  return scratch.slice(0, writeStunMessage(scratch, message));
}

/**
 * The first attribute of a known type that a receiver may heed: those after MESSAGE-INTEGRITY are not protected and are passed over, but for
 * MESSAGE-INTEGRITY-SHA256 and FINGERPRINT (RFC 8489 §14.5, §14.6).
 */
export function findAttribute<Name extends AttributeName>(
  message: StunMessage,
  name: Name,
): Extract<StunAttribute, { readonly type: Name }> | undefined {
  for (const attribute of heededAttributes(message)) if (isNamed(attribute, name)) return attribute;
  return undefined;
}

/** Types of the comprehension-required attributes (below 0x8000, RFC 8489 §14) that are not known here, each once. */
export function unknownRequiredAttributes(message: StunMessage): readonly number[] {
  const types = new Set<number>();
  for (const { type } of heededAttributes(message)) if (typeof type === "number" && type < 0x8000) types.add(type);
  return [...types];
}

/** Offset of the first attribute with this 16-bit type in a message that parsed; undefined when there is none. */
function attributeOffset(datagram: Uint8Array, type: number): number | undefined {
  let at = STUN_HEADER_LENGTH;
  while (at + 4 <= datagram.length) {
    const header = readAttributeHeader(datagram, at);
    if (header.type === type) return at;
    at += 4 + header.length + (-header.length & 3);
  }
  return undefined;
}

function heededAttributes(message: StunMessage): readonly StunAttribute[] {
  const heeded: StunAttribute[] = [];
  let integrity = 0;
  for (const attribute of message.attributes) {
    const rank =
      attribute.type === "MESSAGE-INTEGRITY"
        ? 1
        : attribute.type === "MESSAGE-INTEGRITY-SHA256"
          ? 2
          : attribute.type === "FINGERPRINT"
            ? 3
            : 0;
    if (rank > integrity || integrity === 0) heeded.push(attribute);
    integrity = Math.max(integrity, rank);
  }
  return heeded;
}

function isNamed<Name extends AttributeName>(
  attribute: StunAttribute,
  name: Name,
): attribute is Extract<StunAttribute, { readonly type: Name }> {
  return attribute.type === name;
}

function writeValue(out: Uint8Array, at: number, attribute: StunAttribute, statedLength: number | undefined): number {
  if (at + 4 > out.length) throw tooSmall();
  switch (attribute.type) {
    case "MESSAGE-INTEGRITY":
    case "MESSAGE-INTEGRITY-SHA256":
      return "mac" in attribute ? writeIntegrity(out, at, attribute) : writeAttributeValue(attribute, out, at + 4);
    case "FINGERPRINT":
      // RFC 8489 §14.7: the length field already counts the FINGERPRINT attribute.
      writeU16(out, 2, statedLength ?? at + 8 - STUN_HEADER_LENGTH);
      return writeAttributeValue({ type: "FINGERPRINT", value: attribute.value ?? fingerprintOf(out, at) }, out, at + 4);
    default:
      return writeAttributeValue(attribute, out, at + 4);
  }
}

function writeIntegrity(out: Uint8Array, at: number, attribute: Extract<IntegrityAttribute, { readonly mac: Mac }>): number {
  const length = attribute.macLength ?? attribute.mac.length;
  // RFC 8489 §14.5: the length field counts everything up to and including this attribute.
  writeU16(out, 2, at + 4 + length - STUN_HEADER_LENGTH);
  return putBytes(out, at + 4, attribute.mac.compute(out.subarray(0, at)).subarray(0, length));
}

/** CRC-32 of everything before the attribute at `at`, XOR 0x5354554E (RFC 8489 §14.7). */
export function fingerprintOf(message: Uint8Array, at: number): number {
  return (crc32(message, 0, at) ^ 0x5354_554e) >>> 0;
}

/** Type number and value range of the attribute at `at`. */
export function attributeAt(name: AttributeName, datagram: Uint8Array): { readonly at: number; readonly value: Uint8Array } | undefined {
  const at = attributeOffset(datagram, attributeTypeNumber(name));
  if (at === undefined) return undefined;
  return { at, value: datagram.subarray(at + 4, at + 4 + readU16(datagram, at + 2)) };
}

function tooSmall(): InvalidArgumentError {
  return new InvalidArgumentError("the buffer is too small", { code: "STUN_BUFFER_TOO_SMALL" });
}

/** Room for any message: the 16-bit length field reaches 65532. Only for the duration of one `stunMessageBytes`. */
const scratch = new Uint8Array(STUN_HEADER_LENGTH + 0xfffc);
