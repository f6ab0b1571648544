import { copyBytes, crc32, crc32c, formatTransportAddress, hexFromBytes, type Instant, type TransportAddress } from "@purertc/core";
import type { CapturedDatagram } from "./captured-datagram.ts";

/**
 * What was on the wire. The hash covers every datagram that a node sent or received: when, between which addresses and with which bytes.
 * Two runs with the same seed have the same hash; a difference means that something is not deterministic.
 */
export class Trace {
  readonly #keep: boolean;
  readonly #sent: CapturedDatagram[] = [];
  readonly #state = new Uint8Array(40);
  readonly #view = new DataView(this.#state.buffer);
  #count = 0;

  /** `keep`: whether to keep a copy of each datagram sent, for {@link Trace.sent}. */
  constructor(keep: boolean) {
    this.#keep = keep;
  }

  /** 16 hexadecimal digits over everything so far. */
  get hash(): string {
    return hexFromBytes(this.#state.subarray(0, 8));
  }

  /** Number of datagrams sent and received so far. */
  get count(): number {
    return this.#count;
  }

  /** What the nodes sent, as they sent it, oldest first: input for `pcapWriter`. Empty unless the run was made with `record: true`. */
  get sent(): readonly CapturedDatagram[] {
    return this.#sent;
  }

  /** Adds one datagram. `source` and `destination` are as the node that sent or received it sees them. */
  add(kind: "sent" | "received", now: Instant, source: TransportAddress, destination: TransportAddress, datagram: Uint8Array): void {
    // The first 8 bytes are the hash before; the new hash covers them and all that follows.
    this.#view.setFloat64(8, now);
    this.#view.setUint32(16, kind === "sent" ? 0 : 1);
    this.#view.setUint32(20, addressHash(source));
    this.#view.setUint32(24, addressHash(destination));
    this.#view.setUint32(28, datagram.length);
    this.#view.setUint32(32, crc32(datagram));
    this.#view.setUint32(36, crc32c(datagram));
    const high = crc32(this.#state);
    const low = crc32c(this.#state);
    this.#view.setUint32(0, high);
    this.#view.setUint32(4, low);
    this.#count += 1;
    if (this.#keep && kind === "sent") this.#sent.push({ timestampMs: now, source, destination, payload: copyBytes(datagram) });
  }
}

/** Addresses are few and long-lived objects, so their hashes are remembered. */
const addressHashes = new WeakMap<TransportAddress, number>();

function addressHash(address: TransportAddress): number {
  let hash = addressHashes.get(address);
  if (hash === undefined) {
    const text = formatTransportAddress(address);
    hash = crc32c(Uint8Array.from(text, (character) => character.charCodeAt(0)));
    addressHashes.set(address, hash);
  }
  return hash;
}
