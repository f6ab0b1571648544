import type { Instant } from "./protocol.ts";

/** What a protocol shows to someone who debugs it. Every hook is optional, is called synchronously and must not throw. */
export interface Observer {
  /** Plaintext packets as they enter or leave a layer, for a pcap writer. `bytes` is borrowed until the call returns. */
  packet?(now: Instant, direction: "in" | "out", layer: "stun" | "dtls" | "sctp" | "rtp" | "rtcp", bytes: Uint8Array): void;
  /** One line of an NSS key log (the SSLKEYLOGFILE format), which lets Wireshark decrypt the connection. Secret: never log it by default. */
  keyLog?(line: string): void;
}
