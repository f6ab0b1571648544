/** DTLS datagrams that came before the answer: kept, boundedly, until there is something to check them against. */
import { copyBytes } from "@purertc/core";

/**
 * The answerer may send ClientHello as soon as its first check succeeds, ahead of its answer on the signalling path (RFC 8445 §12.1). Without this
 * the handshake would wait for a retransmission.
 */
export class EarlyDatagrams {
  #kept: Uint8Array[] = [];
  #bytes = 0;

  /** Keeps a copy; false, and nothing kept, when that would pass the limits. */
  keep(datagram: Uint8Array): boolean {
    if (this.#kept.length >= MAX_DATAGRAMS || this.#bytes + datagram.length > MAX_BYTES) return false;
    this.#kept.push(copyBytes(datagram));
    this.#bytes += datagram.length;
    return true;
  }

  /** Hands out what was kept, oldest first, and forgets it. */
  take(): readonly Uint8Array[] {
    const kept = this.#kept;
    this.#kept = [];
    this.#bytes = 0;
    return kept;
  }
}

/** Two ClientHellos of today's browsers, with retransmissions: about 1500 bytes in two datagrams each. */
const MAX_DATAGRAMS = 8;
const MAX_BYTES = 8 * 1500;
