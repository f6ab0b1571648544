/** There is no renegotiation: a server answers a ClientHello with a warning (RFC 5246 §7.2.2, RFC 5746 §4.4). */
import type { HandshakeHost } from "../handshake/host.ts";

/** Says no_renegotiation a few times and then nothing more, so that nobody can make us send without end. */
export class RenegotiationRefusal {
  readonly #host: HandshakeHost;
  #refusals = 0;

  constructor(host: HandshakeHost) {
    this.#host = host;
  }

  /** The peer asked, in a record that is its own. */
  refuse(): void {
    if (this.#refusals >= MAX_REFUSALS) return;
    this.#refusals += 1;
    this.#host.warn("no_renegotiation");
  }
}

const MAX_REFUSALS = 3;
