/** What a port counts instead of throwing: a datagram that could not be sent is a lost datagram, and protocols deal with loss. */

/** Kinds of error remembered by code; more than these are one kind, `"other"`. */
const MOST_CODES = 32;

/** Counts of one port; they only grow. */
export class UdpCounters {
  /** Datagrams handed to the kernel, and their bytes. */
  sent = 0;
  sentBytes = 0;
  /** Datagrams received, and their bytes. */
  received = 0;
  receivedBytes = 0;
  /** Datagrams not sent: closed port, unknown path, or a queue that was full. */
  dropped = 0;
  /** How often each error was seen, by the system's code, such as `ENETUNREACH`; sends are sampled, so this is a lower bound. */
  readonly errors: Map<string, number> = new Map();

  /** A send came back with an error. */
  sendFailed(error: unknown): void {
    this.#count(error);
  }

  /** The socket reported an error of its own, such as an ICMP unreachable on some systems. */
  socketFailed(error: unknown): void {
    this.#count(error);
  }

  #count(error: unknown): void {
    const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "other";
    const key = this.errors.has(code) || this.errors.size < MOST_CODES ? code : "other";
    this.errors.set(key, (this.errors.get(key) ?? 0) + 1);
  }
}
