/**
 * Alerts (RFC 5246 §7.2, RFC 8446 §6).
 *
 *   +-------+-------------+
 *   | level | description |
 *   +-------+-------------+
 */
import type { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "./vector.ts";

/** RFC 5246 §7.2. */
export const AlertLevel = { warning: 1, fatal: 2 } as const;

/** Names of the registry "TLS Alerts". */
export const AlertDescription = {
  close_notify: 0,
  unexpected_message: 10,
  bad_record_mac: 20,
  decryption_failed: 21,
  record_overflow: 22,
  decompression_failure: 30,
  handshake_failure: 40,
  no_certificate: 41,
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_revoked: 44,
  certificate_expired: 45,
  certificate_unknown: 46,
  illegal_parameter: 47,
  unknown_ca: 48,
  access_denied: 49,
  decode_error: 50,
  decrypt_error: 51,
  too_many_cids_requested: 52,
  export_restriction: 60,
  protocol_version: 70,
  insufficient_security: 71,
  internal_error: 80,
  inappropriate_fallback: 86,
  user_canceled: 90,
  no_renegotiation: 100,
  missing_extension: 109,
  unsupported_extension: 110,
  certificate_unobtainable: 111,
  unrecognized_name: 112,
  bad_certificate_status_response: 113,
  bad_certificate_hash_value: 114,
  unknown_psk_identity: 115,
  certificate_required: 116,
  no_application_protocol: 120,
} as const;

/** The RFC's name of an alert. */
export type AlertName = keyof typeof AlertDescription;

/** One alert, with numbers as they are on the wire: unknown ones occur. */
export interface Alert {
  /** See {@link AlertLevel}. */
  readonly level: number;
  /** See {@link AlertDescription}. */
  readonly description: number;
}

/** Reads an alert record's plaintext. DTLS puts exactly one alert into a record. */
export function parseAlert(bytes: Uint8Array): Alert | Malformed<VectorFault> {
  const reader = new VectorReader(bytes);
  return reader.finish({ level: reader.u8(), description: reader.u8() });
}

/** The two bytes of an alert. */
export function writeAlert(alert: Alert): Uint8Array {
  return new VectorWriter().u8(alert.level).u8(alert.description).finish();
}

/** The RFC's name of a description, or `"unknown_"` and its number. */
export function alertName(description: number): string {
  return NAMES.get(description) ?? `unknown_${description}`;
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(AlertDescription).map(([name, value]) => [value, name]));
