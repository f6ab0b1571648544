/** What a connection dropped, and why: the only trace that bad input leaves. */

/** Counts since construction. */
export interface DtlsCounters {
  /** Bytes that are no record, no handshake fragment, no alert or no message of its type. */
  malformed: number;
  /** Records of another major version, or of a minor one that was not negotiated. */
  wrongVersion: number;
  /** Protected records that were seen before or are too old to tell (RFC 6347 §4.1.2.6). */
  replayed: number;
  /** Protected records that do not authenticate (§4.1.2.7). */
  forged: number;
  /** Records of an epoch that is not, or not yet, ours. */
  unexpectedEpoch: number;
  /** Unprotected records after the handshake, whatever they hold. */
  plaintextAfterHandshake: number;
  /** Records of content types that mean nothing here. */
  unexpectedType: number;
  /** Handshake fragments refused by reassembly, or out of place. */
  fragmentsRefused: number;
  /** Handshake fragments of messages handled before. */
  fragmentsRepeated: number;
  /** Alerts that were not acted upon: warnings, and what anyone could have written. */
  alertsIgnored: number;
  /** Records that came too early and found no room to wait. */
  pendingRefused: number;
  /** Datagrams that came before `start` or after the end. */
  outsideLifetime: number;
}

/** All zero. */
export function zeroCounters(): DtlsCounters {
  return {
    malformed: 0,
    wrongVersion: 0,
    replayed: 0,
    forged: 0,
    unexpectedEpoch: 0,
    plaintextAfterHandshake: 0,
    unexpectedType: 0,
    fragmentsRefused: 0,
    fragmentsRepeated: 0,
    alertsIgnored: 0,
    pendingRefused: 0,
    outsideLifetime: 0,
  };
}
