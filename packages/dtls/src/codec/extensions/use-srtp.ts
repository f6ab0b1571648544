/** use_srtp: `SRTPProtectionProfiles<2..2^16-1> srtp_mki<0..255>` (RFC 5764 §4.1.1). */
import type { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "../vector.ts";

/** What a client offers, or the one profile a server chose. */
export interface UseSrtp {
  /** Code points of "DTLS-SRTP Protection Profiles", in order of preference. */
  readonly profiles: readonly number[];
  /** At most 255 bytes; empty when no master key identifier is in use. */
  readonly mki: Uint8Array;
}

/** Reads the extension's data; `mki` is a view of it. */
export function parseUseSrtp(data: Uint8Array): UseSrtp | Malformed<VectorFault> {
  const reader = new VectorReader(data);
  return reader.finish({ profiles: reader.numbers16(), mki: reader.vector8() });
}

/** The extension's data. */
export function writeUseSrtp(value: UseSrtp): Uint8Array {
  return new VectorWriter().numbers16(value.profiles).vector8(value.mki).finish();
}
