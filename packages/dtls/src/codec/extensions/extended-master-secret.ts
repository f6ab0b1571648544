/** extended_master_secret: no data (RFC 7627 §5.1). */
import { Malformed } from "@purertc/core";

/** True, or why the data is wrong. */
export function parseExtendedMasterSecret(data: Uint8Array): true | Malformed<"trailing-bytes"> {
  return data.length === 0 ? true : new Malformed("trailing-bytes", 0);
}

/** The empty data. */
export function writeExtendedMasterSecret(): Uint8Array {
  return new Uint8Array(0);
}
