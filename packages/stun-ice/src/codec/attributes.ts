/**
 * STUN attributes: RFC 8489 §14, RFC 8445 §16.1 (ICE), RFC 8656 §18 (TURN), RFC 6062 §6.2 (TURN over TCP), RFC 5780 §7 (NAT discovery).
 *
 *     0                   1                   2                   3
 *    |         Type                  |            Length             |
 *    |                 Value (variable), padded to 32 bits        ....
 */
import { copyBytes, type Mac, Malformed, readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import {
  type AddressError,
  address,
  addressErrorCode,
  addressFamily,
  attributeTypes,
  errorCode,
  type IcmpError,
  icmp,
  MAX_TEXT_BYTES,
  MAX_USERNAME_BYTES,
  opaque,
  type PasswordAlgorithm,
  passwordAlgorithm,
  passwordAlgorithms,
  putBytes,
  type StunAddress,
  type StunError,
  text,
  topBit,
  u8AndReserved,
  u16AndReserved,
  u32,
  u64,
  type ValueCodec,
  xorAddress,
} from "./attribute-values.ts";

/** What each attribute's `value` is. */
export interface AttributeValues {
  readonly "MAPPED-ADDRESS": StunAddress;
  readonly USERNAME: string;
  readonly "ERROR-CODE": StunError;
  readonly "UNKNOWN-ATTRIBUTES": readonly number[];
  readonly "CHANNEL-NUMBER": number;
  /** Seconds. */
  readonly LIFETIME: number;
  readonly "XOR-PEER-ADDRESS": StunAddress;
  readonly DATA: Uint8Array;
  readonly REALM: string;
  readonly NONCE: string;
  readonly "XOR-RELAYED-ADDRESS": StunAddress;
  readonly "REQUESTED-ADDRESS-FAMILY": 4 | 6;
  /** True asks to reserve the next port too. */
  readonly "EVEN-PORT": boolean;
  /** IP protocol number: 17 is UDP, 6 is TCP. */
  readonly "REQUESTED-TRANSPORT": number;
  readonly "PASSWORD-ALGORITHM": PasswordAlgorithm;
  /** 32 bytes. */
  readonly USERHASH: Uint8Array;
  readonly "XOR-MAPPED-ADDRESS": StunAddress;
  /** 8 bytes. */
  readonly "RESERVATION-TOKEN": Uint8Array;
  readonly PRIORITY: number;
  readonly "CONNECTION-ID": number;
  readonly "ADDITIONAL-ADDRESS-FAMILY": 4 | 6;
  readonly "ADDRESS-ERROR-CODE": AddressError;
  readonly "PASSWORD-ALGORITHMS": readonly PasswordAlgorithm[];
  readonly "ALTERNATE-DOMAIN": string;
  readonly ICMP: IcmpError;
  readonly SOFTWARE: string;
  readonly "ALTERNATE-SERVER": StunAddress;
  /** The tie-breaker. */
  readonly "ICE-CONTROLLED": bigint;
  /** The tie-breaker. */
  readonly "ICE-CONTROLLING": bigint;
  readonly "RESPONSE-ORIGIN": StunAddress;
  readonly "OTHER-ADDRESS": StunAddress;
}

/** Names of the attributes that carry a `value`. */
export type ValuedAttributeName = keyof AttributeValues;
/** Names of the attributes whose presence is their meaning. */
export type FlagAttributeName = "USE-CANDIDATE" | "DONT-FRAGMENT";
/** Every attribute name known here. */
export type AttributeName = ValuedAttributeName | FlagAttributeName | "MESSAGE-INTEGRITY" | "MESSAGE-INTEGRITY-SHA256" | "FINGERPRINT";

/** Stated by a tester: written instead of the true length of the value. */
interface StatedLength {
  readonly length?: number;
}

/** An attribute with a typed value. */
export type ValuedAttribute<Name extends ValuedAttributeName = ValuedAttributeName> = AttributesByName[Name];

type AttributesByName = {
  readonly [Name in ValuedAttributeName]: { readonly type: Name; readonly value: AttributeValues[Name]; readonly length?: number };
};

/** An attribute without a value. */
export interface FlagAttribute extends StatedLength {
  readonly type: FlagAttributeName;
}

/**
 * RFC 8489 §14.5 and §14.6. Parsed ones have `value`. To write one, state the `value`, or give the `mac` (HMAC-SHA1 or HMAC-SHA256, bound to
 * its key) and it is computed over what stands before it; `macLength` truncates it (SHA-256 form: 16 to 32, a multiple of 4).
 */
export type IntegrityAttribute = StatedLength &
  (
    | { readonly type: "MESSAGE-INTEGRITY" | "MESSAGE-INTEGRITY-SHA256"; readonly value: Uint8Array }
    | { readonly type: "MESSAGE-INTEGRITY" | "MESSAGE-INTEGRITY-SHA256"; readonly mac: Mac; readonly macLength?: number }
  );

/** RFC 8489 §14.7. Parsed ones have `value`; written, it is computed unless stated. */
export interface FingerprintAttribute extends StatedLength {
  readonly type: "FINGERPRINT";
  /** The 32 bits as they are on the wire, after the XOR. */
  readonly value?: number;
}

/** An attribute not known here, kept as it came. Types below 0x8000 are comprehension-required (RFC 8489 §14). */
export interface UnknownAttribute extends StatedLength {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Any attribute: one whose value is known here, or raw bytes under a number. */
export type StunAttribute = ValuedAttribute | FlagAttribute | IntegrityAttribute | FingerprintAttribute | UnknownAttribute;

/** The 16-bit type of a known attribute. */
export function attributeTypeNumber(name: AttributeName): number {
  return TYPES[name];
}

/** The name of a 16-bit attribute type, when it is known here. */
export function attributeTypeName(type: number): AttributeName | undefined {
  return NAMES.get(type);
}

/**
 * Reads the value of the attribute of 16-bit type `type` that lies in `message[from, to)`.
 * A known attribute whose value is not one is `Malformed`; an unknown attribute keeps its bytes.
 */
export function parseAttribute(
  type: number,
  message: Uint8Array,
  from: number,
  to: number,
): StunAttribute | Malformed<"bad-attribute-value"> {
  const name = NAMES.get(type);
  switch (name) {
    case undefined:
      return { type, bytes: copyBytes(message.subarray(from, to)) };
    case "USE-CANDIDATE":
    case "DONT-FRAGMENT":
      return to === from ? { type: name } : new Malformed("bad-attribute-value", from);
    case "MESSAGE-INTEGRITY":
      return to - from === 20 ? { type: name, value: copyBytes(message.subarray(from, to)) } : new Malformed("bad-attribute-value", from);
    case "MESSAGE-INTEGRITY-SHA256":
      return isMacLength(to - from)
        ? { type: name, value: copyBytes(message.subarray(from, to)) }
        : new Malformed("bad-attribute-value", from);
    case "FINGERPRINT":
      return to - from === 4 ? { type: name, value: readU32(message, from) } : new Malformed("bad-attribute-value", from);
    default:
      return parseValued(name, message, from, to);
  }
}

/** Writes the value of an attribute at `message[at...]` and returns its length. Integrity and fingerprint without a stated value are not for this function. */
export function writeAttributeValue(attribute: StunAttribute, message: Uint8Array, at: number): number {
  if (isUnknown(attribute)) return putBytes(message, at, attribute.bytes);
  switch (attribute.type) {
    case "USE-CANDIDATE":
    case "DONT-FRAGMENT":
      return 0;
    case "MESSAGE-INTEGRITY":
    case "MESSAGE-INTEGRITY-SHA256":
      return "value" in attribute ? putBytes(message, at, attribute.value) : 0;
    case "FINGERPRINT":
      writeU32(message, at, attribute.value ?? 0);
      return 4;
    default:
      return writeValued(attribute, message, at);
  }
}

/** Writes type and length. */
export function writeAttributeHeader(attribute: StunAttribute, message: Uint8Array, at: number, length: number): void {
  writeU16(message, at, isUnknown(attribute) ? attribute.type : TYPES[attribute.type]);
  writeU16(message, at + 2, attribute.length ?? length);
}

/** Length and type of the attribute header at `at`, unchecked. */
export function readAttributeHeader(message: Uint8Array, at: number): { readonly type: number; readonly length: number } {
  return { type: readU16(message, at), length: readU16(message, at + 2) };
}

/** RFC 8489 §14.6: 16 to 32 bytes, a multiple of 4. */
export function isMacLength(length: number): boolean {
  return length >= 16 && length <= 32 && length % 4 === 0;
}

function isUnknown(attribute: StunAttribute): attribute is UnknownAttribute {
  return typeof attribute.type === "number";
}

function parseValued<Name extends ValuedAttributeName>(
  name: Name,
  message: Uint8Array,
  from: number,
  to: number,
): StunAttribute | Malformed<"bad-attribute-value"> {
  const value = CODECS[name].parse(message, from, to);
  if (value === undefined) return new Malformed("bad-attribute-value", from);
  return { type: name, value } as ValuedAttribute<Name>; // the pairing of name and value is CODECS' own type
}

function writeValued<Name extends ValuedAttributeName>(attribute: ValuedAttribute<Name>, message: Uint8Array, at: number): number {
  const codec: ValueCodec<AttributeValues[Name]> = CODECS[attribute.type];
  return codec.write(message, at, attribute.value);
}

const CODECS: { readonly [Name in ValuedAttributeName]: ValueCodec<AttributeValues[Name]> } = {
  "MAPPED-ADDRESS": address, // RFC 8489 §14.1
  USERNAME: text(MAX_USERNAME_BYTES), // §14.3
  "ERROR-CODE": errorCode, // §14.8
  "UNKNOWN-ATTRIBUTES": attributeTypes, // §14.13
  "CHANNEL-NUMBER": u16AndReserved, // RFC 8656 §18.1
  LIFETIME: u32, // §18.2
  "XOR-PEER-ADDRESS": xorAddress, // §18.3
  DATA: opaque(), // §18.4
  REALM: text(MAX_TEXT_BYTES), // RFC 8489 §14.9
  NONCE: text(MAX_TEXT_BYTES), // §14.10
  "XOR-RELAYED-ADDRESS": xorAddress, // RFC 8656 §18.5
  "REQUESTED-ADDRESS-FAMILY": addressFamily, // §18.6
  "EVEN-PORT": topBit, // §18.7
  "REQUESTED-TRANSPORT": u8AndReserved, // §18.8
  "PASSWORD-ALGORITHM": passwordAlgorithm, // RFC 8489 §14.12
  USERHASH: opaque(32), // §14.4
  "XOR-MAPPED-ADDRESS": xorAddress, // §14.2
  "RESERVATION-TOKEN": opaque(8), // RFC 8656 §18.10
  PRIORITY: u32, // RFC 8445 §16.1
  "CONNECTION-ID": u32, // RFC 6062 §6.2.1
  "ADDITIONAL-ADDRESS-FAMILY": addressFamily, // RFC 8656 §18.11
  "ADDRESS-ERROR-CODE": addressErrorCode, // §18.12
  "PASSWORD-ALGORITHMS": passwordAlgorithms, // RFC 8489 §14.11
  "ALTERNATE-DOMAIN": text(255), // §14.16
  ICMP: icmp, // RFC 8656 §18.13
  SOFTWARE: text(MAX_TEXT_BYTES), // RFC 8489 §14.14
  "ALTERNATE-SERVER": address, // §14.15
  "ICE-CONTROLLED": u64, // RFC 8445 §16.1
  "ICE-CONTROLLING": u64, // RFC 8445 §16.1
  "RESPONSE-ORIGIN": address, // RFC 5780 §7.3
  "OTHER-ADDRESS": address, // RFC 5780 §7.4
};

/** IANA's STUN Attributes registry. */
const TYPES: { readonly [Name in AttributeName]: number } = {
  "MAPPED-ADDRESS": 0x0001,
  USERNAME: 0x0006,
  "MESSAGE-INTEGRITY": 0x0008,
  "ERROR-CODE": 0x0009,
  "UNKNOWN-ATTRIBUTES": 0x000a,
  "CHANNEL-NUMBER": 0x000c,
  LIFETIME: 0x000d,
  "XOR-PEER-ADDRESS": 0x0012,
  DATA: 0x0013,
  REALM: 0x0014,
  NONCE: 0x0015,
  "XOR-RELAYED-ADDRESS": 0x0016,
  "REQUESTED-ADDRESS-FAMILY": 0x0017,
  "EVEN-PORT": 0x0018,
  "REQUESTED-TRANSPORT": 0x0019,
  "DONT-FRAGMENT": 0x001a,
  "MESSAGE-INTEGRITY-SHA256": 0x001c,
  "PASSWORD-ALGORITHM": 0x001d,
  USERHASH: 0x001e,
  "XOR-MAPPED-ADDRESS": 0x0020,
  "RESERVATION-TOKEN": 0x0022,
  PRIORITY: 0x0024,
  "USE-CANDIDATE": 0x0025,
  "CONNECTION-ID": 0x002a,
  "ADDITIONAL-ADDRESS-FAMILY": 0x8000,
  "ADDRESS-ERROR-CODE": 0x8001,
  "PASSWORD-ALGORITHMS": 0x8002,
  "ALTERNATE-DOMAIN": 0x8003,
  ICMP: 0x8004,
  SOFTWARE: 0x8022,
  "ALTERNATE-SERVER": 0x8023,
  FINGERPRINT: 0x8028,
  "ICE-CONTROLLED": 0x8029,
  "ICE-CONTROLLING": 0x802a,
  "RESPONSE-ORIGIN": 0x802b,
  "OTHER-ADDRESS": 0x802c,
};

const NAMES: ReadonlyMap<number, AttributeName> = new Map(
  (Object.keys(TYPES) as AttributeName[]).map((name): [number, AttributeName] => [TYPES[name], name]),
);
