/**
 * Key parameters of `a=crypto` for SRTP (RFC 4568 §6.1, §9.2):
 *
 *   inline:<key || salt in Base64>["|" lifetime]["|" MKI ":" MKI length]      more of them behind ";"
 */
import { Malformed } from "@purertc/core";
import { base64FromBytes, bytesFromBase64 } from "./base64.ts";

/** One master key of an `a=crypto` attribute. */
export interface SdesKey {
  /** Master key and master salt, one after the other. */
  readonly keyAndSalt: Uint8Array;
  /** Packets the key may protect, 1 to 2^48. Absent: as many as the suite lets it. */
  readonly lifetime?: number;
  /** Master key identifier, 1 to 128 bytes. */
  readonly mki?: Uint8Array;
}

/** Why key parameters are not any. */
export type SdesKeyProblem = "key-method" | "base64" | "lifetime" | "mki" | "mkis-differ";

/** Parses one or more key parameters. Offsets are from the start of `text`. */
export function parseSdesKeys(text: string): readonly SdesKey[] | Malformed<SdesKeyProblem> {
  const keys: SdesKey[] = [];
  let at = 0;
  for (const parameter of text.split(";")) {
    const key = parseSdesKey(parameter);
    if (key instanceof Malformed) return new Malformed(key.reason, at + key.offset);
    keys.push(key);
    at += parameter.length + 1;
  }
  // §6.1: with several keys each has an MKI, all of one length and none twice.
  const mkis = keys.map(({ mki }) => (mki === undefined ? "" : `${mki.length}:${mki.join(".")}`));
  const sameLength = keys.every(({ mki }) => mki?.length === keys[0]!.mki?.length);
  if (keys.length > 1 && (!sameLength || new Set(mkis).size < keys.length)) return new Malformed("mkis-differ", 0);
  return keys;
}

/** The text of key parameters. */
export function formatSdesKeys(keys: readonly SdesKey[]): string {
  return keys.map(formatSdesKey).join(";");
}

function formatSdesKey({ keyAndSalt, lifetime, mki }: SdesKey): string {
  let text = `inline:${base64FromBytes(keyAndSalt)}`;
  if (lifetime !== undefined) {
    const exponent = Math.log2(lifetime);
    text += Number.isInteger(exponent) && exponent > 0 ? `|2^${exponent}` : `|${lifetime}`;
  }
  if (mki !== undefined) {
    let value = 0n;
    for (const byte of mki) value = value * 256n + BigInt(byte);
    text += `|${value}:${mki.length}`;
  }
  return text;
}

function parseSdesKey(text: string): SdesKey | Malformed<SdesKeyProblem> {
  // §9.2: the method is compared without regard to case.
  if (!/^inline:/i.test(text)) return new Malformed("key-method", 0);
  const [base64, ...rest] = text.slice(METHOD_LENGTH).split("|");
  const keyAndSalt = bytesFromBase64(base64!);
  if (keyAndSalt === undefined || keyAndSalt.length === 0) return new Malformed("base64", METHOD_LENGTH);
  let at = METHOD_LENGTH + base64!.length + 1;
  let key: SdesKey = { keyAndSalt };
  // Both parts may be left out; an MKI is known by its colon.
  if (rest.length > 0 && !rest[0]!.includes(":")) {
    const part = rest.shift()!;
    const lifetime = parseLifetime(part);
    if (lifetime === undefined) return new Malformed("lifetime", at);
    key = { ...key, lifetime };
    at += part.length + 1;
  }
  if (rest.length > 0) {
    const mki = parseMki(rest.shift()!);
    if (mki === undefined || rest.length > 0) return new Malformed("mki", at);
    key = { ...key, mki };
  }
  return key;
}

/** A number of packets, or 2 to a power. */
function parseLifetime(text: string): number | undefined {
  const match = /^(?:(2\^)([0-9]{1,2})|([1-9][0-9]{0,14}))$/.exec(text);
  if (match === null) return undefined;
  const lifetime = match[1] === undefined ? Number(match[3]) : 2 ** Number(match[2]);
  return lifetime <= 2 ** 48 ? lifetime : undefined;
}

/** A decimal number, as an integer of the length behind the colon. */
function parseMki(text: string): Uint8Array | undefined {
  const match = /^([0-9]{1,309}):([1-9][0-9]{0,2})$/.exec(text);
  if (match === null) return undefined;
  const length = Number(match[2]);
  if (length > 128) return undefined;
  let value = BigInt(match[1]!);
  const mki = new Uint8Array(length);
  for (let at = length - 1; at >= 0; at--) {
    mki[at] = Number(value & 0xffn);
    value >>= 8n;
  }
  return value === 0n ? mki : undefined;
}

const METHOD_LENGTH = "inline:".length;
