/** The transports of a connection: made, updated and closed until they are those that the descriptions call for. */
import type { Instant, Path, Transmit } from "@purertc/core";
import type { NegotiatedTransport } from "../jsep/index.ts";
import type { TransportId } from "./peer-event.ts";
import { Transport, type TransportOptions } from "./transport.ts";

/** What came of a description. */
export interface TransportChanges {
  /** Those that now need local addresses. */
  readonly addressesNeeded: readonly Transport[];
  /** Those that are no longer called for; closed here. */
  readonly closed: readonly Transport[];
}

/** See the file's header. */
export class Transports {
  readonly #options: TransportOptions;
  #list: readonly Transport[] = [];
  #nextId: TransportId = 0;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Those in use, in the order of their sections. */
  get list(): readonly Transport[] {
    return this.#list;
  }

  /** Brings the list in line with a description. */
  apply(now: Instant, wanted: readonly NegotiatedTransport[]): TransportChanges {
    const before = this.#list;
    const addressesNeeded: Transport[] = [];
    this.#list = wanted.map((agreed) => {
      const known = before.find((existing) => existing.agreed.id === agreed.id);
      const transport = known ?? new Transport(this.#nextId++, this.#options, agreed);
      if (transport.update(now, agreed)) addressesNeeded.push(transport);
      return transport;
    });
    const closed = before.filter((transport) => !this.#list.includes(transport));
    for (const transport of closed) transport.close(now);
    return { addressesNeeded, closed };
  }

  /** By the engine's name. */
  byId(id: TransportId): Transport | undefined {
    return this.#list.find((transport) => transport.id === id);
  }

  /** By the name that descriptions give it. */
  byAgreedId(id: string | undefined): Transport | undefined {
    return id === undefined ? undefined : this.#list.find(({ agreed }) => agreed.id === id);
  }

  /** Whose socket a path begins at. Hot. */
  ofPath(path: Path): Transport | undefined {
    if (this.#list.length === 1) return this.#list[0];
    return this.#list.find((transport) => transport.owns(path.local));
  }

  handleTimeout(now: Instant): void {
    for (const transport of this.#list) transport.handleTimeout(now);
  }

  /** The next check or handshake datagram of any of them. Hot. */
  pollTransmit(now: Instant, out: Uint8Array): Transmit<Path> | undefined {
    for (let i = 0; i < this.#list.length; i++) {
      const transmit = this.#list[i]!.pollTransmit(now, out);
      if (transmit !== undefined) return transmit;
    }
    return undefined;
  }

  pollTimeout(): Instant | undefined {
    let soonest: Instant | undefined;
    for (let i = 0; i < this.#list.length; i++) soonest = earlier(soonest, this.#list[i]!.pollTimeout());
    return soonest;
  }

  /** Whose timer is due then, for debugging. */
  timerName(at: Instant): "dtls" | "ice" | undefined {
    const owner = this.#list.find((transport) => transport.pollTimeout() === at);
    if (owner === undefined) return undefined;
    return owner.dtls.pollTimeout() === at ? "dtls" : "ice";
  }
}

/** The earlier of two deadlines. */
export function earlier(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined) return b;
  return b === undefined || a < b ? a : b;
}
