/** What sender reports count of an SSRC: packets, and octets of payload only (RFC 3550 §6.4.1). */
export interface SentCounts {
  packets: number;
  octets: number;
}
