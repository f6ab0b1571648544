/** RFC 7983 §7: which protocol a datagram belongs to, by its first byte. */

/** The protocols that share a transport. TURN ChannelData never comes this far: its channel belongs to ICE. */
export type DatagramKind = "stun" | "dtls" | "rtp" | "unknown";

//                  +----------------+
//                  |        [0..3] -+--> forward to STUN
//      packet -->  |      [20..63] -+--> forward to DTLS
//                  |    [128..191] -+--> forward to RTP and RTCP
//                  +----------------+
/** The kind of a datagram; `"unknown"` when it is empty or its first byte is in no range. Hot: allocates nothing. */
export function datagramKind(datagram: Uint8Array): DatagramKind {
  const first = datagram[0];
  if (first === undefined) return "unknown";
  if (first >= 20 && first <= 63) return "dtls";
  if (first <= 3) return "stun";
  if (first >= 128 && first <= 191) return "rtp";
  return "unknown";
}
