/** The last datagrams of a peer: SCTP's ABORT and DTLS's close_notify, made when it is closed and sent by the drain that follows. */
import { copyBytes, type Path, type Transmit } from "@purertc/core";

/** See the file's header. */
export class Farewell {
  readonly #waiting: { readonly bytes: Uint8Array; readonly route: Path }[] = [];

  /** Takes what a layer still has to send, in buffers of `mtu` bytes. */
  collect(mtu: number, poll: (out: Uint8Array) => Transmit<Path> | undefined): void {
    const out = new Uint8Array(mtu);
    for (let i = 0; i < MAX_DATAGRAMS; i++) {
      const transmit = poll(out);
      if (transmit === undefined) return;
      this.#waiting.push({ bytes: copyBytes(out.subarray(0, transmit.length)), route: transmit.route });
    }
  }

  /** The next one. */
  pollTransmit(out: Uint8Array): Transmit<Path> | undefined {
    const next = this.#waiting.shift();
    if (next === undefined) return undefined;
    out.set(next.bytes);
    return { length: next.bytes.length, route: next.route };
  }
}

/** For each layer: an ABORT or an alert, and what was due before it. */
const MAX_DATAGRAMS = 4;
