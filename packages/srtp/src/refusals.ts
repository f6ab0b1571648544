/** Why a packet was refused. A refused packet changes nothing but a counter. */

/** Refusals of `SrtpReceiver.unprotect` and `SrtcpReceiver.unprotect`. */
export type SrtpRefusal =
  /** Not version 2, or, for SRTCP, a packet type outside 192 to 223 (RFC 5761 §4). */
  | "not-rtp"
  | "not-rtcp"
  /** Shorter than its header says, or than header, MKI and tag together. */
  | "too-short"
  /** No accepted master key has this MKI. */
  | "unknown-mki"
  /** A packet with this index was accepted before. */
  | "replayed"
  /** Behind the replay window: it may have been accepted before. */
  | "too-old"
  /** The tag is wrong: forged, damaged, or under other keys or another rollover counter. */
  | "bad-tag"
  /** An SSRC that is not remembered, and no room to remember it (`maxSsrcs`). */
  | "too-many-ssrcs"
  /** The master key has protected as many packets as it may. */
  | "key-exhausted"
  /** Cryptex is required, and CSRCs or header extension came in the clear (RFC 9335 §5.2). */
  | "not-cryptex"
  /** Encryption is required, and the E flag says the SRTCP packet is not encrypted. */
  | "not-encrypted";

/** How many packets were refused for each reason. */
export type SrtpRefusalCounts = Readonly<Record<SrtpRefusal, number>>;

/** Counters at zero. */
export function noRefusals(): Record<SrtpRefusal, number> {
  return {
    "not-rtp": 0,
    "not-rtcp": 0,
    "too-short": 0,
    "unknown-mki": 0,
    replayed: 0,
    "too-old": 0,
    "bad-tag": 0,
    "too-many-ssrcs": 0,
    "key-exhausted": 0,
    "not-cryptex": 0,
    "not-encrypted": 0,
  };
}
