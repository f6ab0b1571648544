/** Address parameters of INIT and INIT ACK (RFC 9260 §3.3.2.1). Data channels ignore them: ICE owns the addresses (RFC 8831 §5). */
import { copyBytes, Malformed, readU16, writeU16 } from "@purertc/core";

/** IPv4 Address: 4 bytes. */
export interface Ipv4AddressParameter {
  readonly type: "IPV4-ADDRESS";
  readonly address: Uint8Array;
}

/** IPv6 Address: 16 bytes. */
export interface Ipv6AddressParameter {
  readonly type: "IPV6-ADDRESS";
  readonly address: Uint8Array;
}

/** Supported Address Types: parameter types such as 5 and 6. */
export interface SupportedAddressTypesParameter {
  readonly type: "SUPPORTED-ADDRESS-TYPES";
  readonly addressTypes: readonly number[];
}

/** Reads `bytes[from, to)` as an address of `length` bytes. */
export function parseAddress(bytes: Uint8Array, from: number, to: number, length: number): Uint8Array | Malformed {
  return to - from === length ? copyBytes(bytes.subarray(from, to)) : new Malformed("bad-length", from - 2);
}

/** Reads a list of 16-bit numbers. */
export function parseU16List(bytes: Uint8Array, from: number, to: number): number[] | Malformed {
  if ((to - from) % 2 !== 0) return new Malformed("bad-length", from - 2);
  const list: number[] = [];
  for (let at = from; at < to; at += 2) list.push(readU16(bytes, at));
  return list;
}

/** Writes a list of 16-bit numbers; returns the end. */
export function writeU16List(out: Uint8Array, at: number, list: readonly number[]): number {
  let end = at;
  for (const value of list) {
    writeU16(out, end, value);
    end += 2;
  }
  return end;
}
