/** Any parameter of INIT, INIT ACK, HEARTBEAT or RE-CONFIG: RFC 9260 §3.2.1 and the extensions that data channels use. */
import { copyBytes, Malformed, readU32, writeU32 } from "@purertc/core";
import { finishTlv, padded, parseTlvList } from "../type-length-value.ts";
import {
  type Ipv4AddressParameter,
  type Ipv6AddressParameter,
  parseAddress,
  parseU16List,
  type SupportedAddressTypesParameter,
  writeU16List,
} from "./address.ts";
import { parseReConfigurationParameter, type ReConfigurationParameter, writeReConfigurationParameter } from "./re-configuration.ts";

/** Opaque bytes: Heartbeat Info, State Cookie, a parameter that was not recognized (whole, with its header), PAD, RFC 4895's three. */
export interface OpaqueParameter {
  readonly type:
    | "HEARTBEAT-INFO"
    | "STATE-COOKIE"
    | "UNRECOGNIZED-PARAMETER"
    | "HOST-NAME-ADDRESS"
    | "RANDOM"
    | "CHUNK-LIST"
    | "REQUESTED-HMAC-ALGORITHM"
    | "PADDING";
  readonly bytes: Uint8Array;
}

/** Cookie Preservative (RFC 9260 §3.3.2.1): suggested life-span increment in milliseconds. Adaptation Layer Indication (RFC 5061 §4.2.6). */
export interface NumberParameter {
  readonly type: "COOKIE-PRESERVATIVE" | "ADAPTATION-LAYER-INDICATION" | "ZERO-CHECKSUM-ACCEPTABLE";
  /** For ZERO-CHECKSUM-ACCEPTABLE the Error Detection Method Identifier (RFC 9653 §4): 1 is SCTP over DTLS. */
  readonly value: number;
}

/** Parameters that say all by being there: RFC 4960 ECN and RFC 3758 §3.1. */
export interface FlagParameter {
  readonly type: "ECN-CAPABLE" | "FORWARD-TSN-SUPPORTED";
}

/** Supported Extensions (RFC 5061 §4.2.7): chunk types. */
export interface SupportedExtensionsParameter {
  readonly type: "SUPPORTED-EXTENSIONS";
  readonly chunkTypes: readonly number[];
}

/** A parameter without a codec here, kept as it came. */
export interface RawParameter {
  readonly type: "RAW";
  readonly code: number;
  readonly value: Uint8Array;
}

/** One parameter. `length`, when stated, is written instead of the computed Parameter Length. */
export type Parameter = (
  | OpaqueParameter
  | NumberParameter
  | FlagParameter
  | SupportedExtensionsParameter
  | Ipv4AddressParameter
  | Ipv6AddressParameter
  | SupportedAddressTypesParameter
  | ReConfigurationParameter
  | RawParameter
) & { readonly length?: number };

/** Parameter types by name. */
export const ParameterType = {
  "HEARTBEAT-INFO": 1,
  "IPV4-ADDRESS": 5,
  "IPV6-ADDRESS": 6,
  "STATE-COOKIE": 7,
  "UNRECOGNIZED-PARAMETER": 8,
  "COOKIE-PRESERVATIVE": 9,
  "HOST-NAME-ADDRESS": 11,
  "SUPPORTED-ADDRESS-TYPES": 12,
  "OUTGOING-SSN-RESET-REQUEST": 13,
  "INCOMING-SSN-RESET-REQUEST": 14,
  "SSN-TSN-RESET-REQUEST": 15,
  "RE-CONFIGURATION-RESPONSE": 16,
  "ADD-OUTGOING-STREAMS-REQUEST": 17,
  "ADD-INCOMING-STREAMS-REQUEST": 18,
  "ECN-CAPABLE": 0x8000,
  "ZERO-CHECKSUM-ACCEPTABLE": 0x8001,
  RANDOM: 0x8002,
  "CHUNK-LIST": 0x8003,
  "REQUESTED-HMAC-ALGORITHM": 0x8004,
  PADDING: 0x8005,
  "SUPPORTED-EXTENSIONS": 0x8008,
  "FORWARD-TSN-SUPPORTED": 0xc000,
  "ADAPTATION-LAYER-INDICATION": 0xc006,
} as const;

/** Reads the parameters in `bytes[from, to)`. Nothing of `bytes` is kept. */
export function parseParameters(bytes: Uint8Array, from: number, to: number): Parameter[] | Malformed {
  return parseTlvList(bytes, from, to, parseParameterValue);
}

/** Writes parameters one after another, padded in between; returns the end of the last without its padding. */
export function writeParameters(out: Uint8Array, at: number, parameters: readonly Parameter[]): number {
  let end = at;
  for (const parameter of parameters) {
    const start = at + padded(end - at);
    const code = parameter.type === "RAW" ? parameter.code : ParameterType[parameter.type];
    end = finishTlv(out, start, code, writeParameterValue(out, start + 4, parameter), parameter.length);
  }
  return end;
}

const OPAQUE = new Map<number, OpaqueParameter["type"]>(
  (
    [
      "HEARTBEAT-INFO",
      "STATE-COOKIE",
      "UNRECOGNIZED-PARAMETER",
      "HOST-NAME-ADDRESS",
      "RANDOM",
      "CHUNK-LIST",
      "REQUESTED-HMAC-ALGORITHM",
      "PADDING",
    ] as const
  ).map((type) => [ParameterType[type], type]),
);

function parseParameterValue(bytes: Uint8Array, code: number, from: number, to: number): Parameter | Malformed {
  const opaque = OPAQUE.get(code);
  if (opaque !== undefined) return { type: opaque, bytes: copyBytes(bytes.subarray(from, to)) };
  switch (code) {
    case ParameterType["IPV4-ADDRESS"]: {
      const address = parseAddress(bytes, from, to, 4);
      return address instanceof Malformed ? address : { type: "IPV4-ADDRESS", address };
    }
    case ParameterType["IPV6-ADDRESS"]: {
      const address = parseAddress(bytes, from, to, 16);
      return address instanceof Malformed ? address : { type: "IPV6-ADDRESS", address };
    }
    case ParameterType["SUPPORTED-ADDRESS-TYPES"]: {
      const addressTypes = parseU16List(bytes, from, to);
      return addressTypes instanceof Malformed ? addressTypes : { type: "SUPPORTED-ADDRESS-TYPES", addressTypes };
    }
    case ParameterType["COOKIE-PRESERVATIVE"]:
      return parseNumber(bytes, from, to, "COOKIE-PRESERVATIVE");
    case ParameterType["ADAPTATION-LAYER-INDICATION"]:
      return parseNumber(bytes, from, to, "ADAPTATION-LAYER-INDICATION");
    case ParameterType["ZERO-CHECKSUM-ACCEPTABLE"]:
      return parseNumber(bytes, from, to, "ZERO-CHECKSUM-ACCEPTABLE");
    case ParameterType["ECN-CAPABLE"]:
      return from === to ? { type: "ECN-CAPABLE" } : new Malformed("bad-length", from - 2);
    case ParameterType["FORWARD-TSN-SUPPORTED"]:
      return from === to ? { type: "FORWARD-TSN-SUPPORTED" } : new Malformed("bad-length", from - 2);
    case ParameterType["SUPPORTED-EXTENSIONS"]:
      return { type: "SUPPORTED-EXTENSIONS", chunkTypes: Array.from(bytes.subarray(from, to)) };
    default:
      if (code >= 13 && code <= 18) return parseReConfigurationParameter(bytes, code, from, to);
      return { type: "RAW", code, value: copyBytes(bytes.subarray(from, to)) };
  }
}

function parseNumber(bytes: Uint8Array, from: number, to: number, type: NumberParameter["type"]): NumberParameter | Malformed {
  return to - from === 4 ? { type, value: readU32(bytes, from) } : new Malformed("bad-length", from - 2);
}

function writeParameterValue(out: Uint8Array, at: number, parameter: Parameter): number {
  switch (parameter.type) {
    case "IPV4-ADDRESS":
    case "IPV6-ADDRESS":
      out.set(parameter.address, at);
      return at + parameter.address.length;
    case "SUPPORTED-ADDRESS-TYPES":
      return writeU16List(out, at, parameter.addressTypes);
    case "COOKIE-PRESERVATIVE":
    case "ADAPTATION-LAYER-INDICATION":
    case "ZERO-CHECKSUM-ACCEPTABLE":
      writeU32(out, at, parameter.value);
      return at + 4;
    case "ECN-CAPABLE":
    case "FORWARD-TSN-SUPPORTED":
      return at;
    case "SUPPORTED-EXTENSIONS":
      out.set(parameter.chunkTypes, at);
      return at + parameter.chunkTypes.length;
    case "RAW":
      out.set(parameter.value, at);
      return at + parameter.value.length;
    case "OUTGOING-SSN-RESET-REQUEST":
    case "INCOMING-SSN-RESET-REQUEST":
    case "SSN-TSN-RESET-REQUEST":
    case "RE-CONFIGURATION-RESPONSE":
    case "ADD-OUTGOING-STREAMS-REQUEST":
    case "ADD-INCOMING-STREAMS-REQUEST":
      return writeReConfigurationParameter(out, at, parameter);
    default:
      out.set(parameter.bytes, at);
      return at + parameter.bytes.length;
  }
}
