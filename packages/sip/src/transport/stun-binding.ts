/**
 * Just enough STUN (RFC 8489) for keep-alives on the SIP port (RFC 5626 §3.5.2, §8): Binding requests, and the answers to them.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |0 0|     STUN message type     |         message length        |
 * |                         magic cookie                          |
 * |                     transaction id (96 bits)                  |
 * |     type, length and value of each attribute, 32-bit aligned  |
 */
import { copyBytes, crc32, formatIp, parseIp, readU16, readU32, type TransportAddress, writeU16, writeU32 } from "@purertc/core";

/** Whether a datagram on a SIP port is STUN: SIP begins with a letter or a line break, STUN with two zero bits and the cookie (RFC 5626 §8). */
export function isStun(datagram: Uint8Array): boolean {
  return datagram.length >= HEADER_LENGTH && datagram[0]! < 0x40 && readU32(datagram, 4) === MAGIC_COOKIE;
}

/** A Binding request with FINGERPRINT (RFC 8489 §14.7). `transactionId` has 12 bytes. */
export function writeBindingRequest(transactionId: Uint8Array): Uint8Array {
  return withFingerprint(BINDING_REQUEST, transactionId, []);
}

/**
 * The answer to a Binding request from `source`: its address in XOR-MAPPED-ADDRESS, or 420 when it asks for something unknown (RFC 8489 §6.3.1).
 * Undefined for what is no well-formed Binding request.
 */
export function answerBindingRequest(datagram: Uint8Array, source: TransportAddress): Uint8Array | undefined {
  const message = parseBinding(datagram);
  if (message === undefined || message.type !== BINDING_REQUEST) return undefined;
  if (message.unknown.length > 0) {
    const attribute = new Uint8Array(4 + 2 * message.unknown.length + (message.unknown.length % 2) * 2);
    writeU16(attribute, 0, UNKNOWN_ATTRIBUTES);
    writeU16(attribute, 2, 2 * message.unknown.length);
    message.unknown.forEach((type, i) => {
      writeU16(attribute, 4 + 2 * i, type);
    });
    return withFingerprint(BINDING_ERROR, message.transactionId, [Uint8Array.of(0, ERROR_CODE, 0, 4, 0, 0, 4, 20), attribute]);
  }
  return withFingerprint(BINDING_SUCCESS, message.transactionId, [xorMappedAddress(source, message.transactionId)]);
}

/** A Binding response as a keep-alive sees it. */
export interface BindingResponse {
  /** 12 bytes. */
  readonly transactionId: Uint8Array;
  /** Where the request seemed to come from, as `ip port`; undefined in an error response, which shows life as well. */
  readonly mapped: string | undefined;
}

/** Reads a Binding response; undefined for anything else. */
export function parseBindingResponse(datagram: Uint8Array): BindingResponse | undefined {
  const message = parseBinding(datagram);
  if (message === undefined || (message.type !== BINDING_SUCCESS && message.type !== BINDING_ERROR)) return undefined;
  return { transactionId: message.transactionId, mapped: message.mapped };
}

interface Binding {
  readonly type: number;
  readonly transactionId: Uint8Array;
  readonly mapped: string | undefined;
  /** Comprehension-required attributes not known here. */
  readonly unknown: readonly number[];
}

function parseBinding(datagram: Uint8Array): Binding | undefined {
  const length = readU16(datagram, 2);
  if (length % 4 !== 0 || length + HEADER_LENGTH !== datagram.length) return undefined;
  const transactionId = copyBytes(datagram.subarray(8, HEADER_LENGTH));
  const unknown: number[] = [];
  let mapped: string | undefined;
  for (let at = HEADER_LENGTH; at < datagram.length; ) {
    const type = readU16(datagram, at);
    const valueLength = readU16(datagram, at + 2);
    const end = at + 4 + valueLength;
    if (end > datagram.length) return undefined;
    if (type === FINGERPRINT) {
      if (valueLength !== 4 || end !== datagram.length) return undefined;
      if (readU32(datagram, at + 4) !== (crc32(datagram, 0, at) ^ FINGERPRINT_XOR) >>> 0) return undefined;
    } else if (type === XOR_MAPPED_ADDRESS) {
      mapped ??= mappedAddress(datagram, at + 4, valueLength, transactionId);
    } else if (type < 0x8000 && !UNDERSTOOD.has(type) && unknown.length < MOST_UNKNOWN) unknown.push(type);
    at = end + (-valueLength & 3);
  }
  return { type: readU16(datagram, 0), transactionId, mapped, unknown };
}

/** RFC 8489 §14.2. */
function xorMappedAddress(address: TransportAddress, transactionId: Uint8Array): Uint8Array {
  const ip = parseIp(address.ip)!;
  const attribute = new Uint8Array(8 + ip.length);
  writeU16(attribute, 0, XOR_MAPPED_ADDRESS);
  writeU16(attribute, 2, 4 + ip.length);
  attribute[5] = ip.length === 4 ? 1 : 2;
  writeU16(attribute, 6, address.port ^ (MAGIC_COOKIE >>> 16));
  const mask = addressMask(transactionId);
  for (let i = 0; i < ip.length; i++) attribute[8 + i] = ip[i]! ^ mask[i]!;
  return attribute;
}

function mappedAddress(datagram: Uint8Array, at: number, length: number, transactionId: Uint8Array): string | undefined {
  const family = datagram[at + 1];
  if (!((family === 1 && length === 8) || (family === 2 && length === 20))) return undefined;
  const mask = addressMask(transactionId);
  const ip = copyBytes(datagram.subarray(at + 4, at + length)).map((byte, i) => byte ^ mask[i]!);
  return `${formatIp(ip)} ${readU16(datagram, at + 2) ^ (MAGIC_COOKIE >>> 16)}`;
}

function addressMask(transactionId: Uint8Array): Uint8Array {
  const mask = new Uint8Array(16);
  writeU32(mask, 0, MAGIC_COOKIE);
  mask.set(transactionId, 4);
  return mask;
}

function withFingerprint(type: number, transactionId: Uint8Array, attributes: readonly Uint8Array[]): Uint8Array {
  const length = attributes.reduce((sum, attribute) => sum + attribute.length, 0) + 8;
  const message = new Uint8Array(HEADER_LENGTH + length);
  writeU16(message, 0, type);
  writeU16(message, 2, length);
  writeU32(message, 4, MAGIC_COOKIE);
  message.set(transactionId, 8);
  let at = HEADER_LENGTH;
  for (const attribute of attributes) {
    message.set(attribute, at);
    at += attribute.length;
  }
  writeU16(message, at, FINGERPRINT);
  writeU16(message, at + 2, 4);
  writeU32(message, at + 4, (crc32(message, 0, at) ^ FINGERPRINT_XOR) >>> 0);
  return message;
}

const HEADER_LENGTH = 20;
const MAGIC_COOKIE = 0x2112_a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const BINDING_ERROR = 0x0111;
const ERROR_CODE = 0x09;
const UNKNOWN_ATTRIBUTES = 0x000a;
const XOR_MAPPED_ADDRESS = 0x0020;
const FINGERPRINT = 0x8028;
const FINGERPRINT_XOR = 0x5354_554e;
/** MAPPED-ADDRESS, USERNAME, MESSAGE-INTEGRITY, ERROR-CODE, UNKNOWN-ATTRIBUTES, REALM, NONCE, MESSAGE-INTEGRITY-SHA256: not used here, and no reason to refuse. */
const UNDERSTOOD: ReadonlySet<number> = new Set([0x0001, 0x0006, 0x0008, 0x0009, 0x000a, 0x0014, 0x0015, 0x001c]);
/** Listed in one answer, so that it stays about as small as the question. */
const MOST_UNKNOWN = 8;
