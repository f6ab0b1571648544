/** A server until the version is known: ClientHello, cookies, choice (RFC 6347 §4.2.1, RFC 9147 §5.1, §5.3). */
import { Malformed } from "@purertc/core";
import { type ClientHello, parseClientHello } from "../codec/client-hello.ts";
import { HandshakeType } from "../codec/handshake.ts";
import { writeHelloVerifyRequest } from "../codec/hello-verify-request.ts";
import { DTLS_1_0, DTLS_1_2 } from "../codec/protocol-version.ts";
import { Dtls12Server } from "../dtls12/server.ts";
import { CookieSecret } from "./cookie.ts";
import type { Handshake, HandshakeHost } from "./host.ts";
import type { HandshakeMessage } from "./reassembler.ts";
import { chooseVersion, SUPPORTED_VERSIONS } from "./version-choice.ts";

/** Waits for a ClientHello and hands it to the machine of its version. */
export class ServerStart implements Handshake {
  readonly #host: HandshakeHost;
  readonly #cookies: CookieSecret | undefined;

  constructor(host: HandshakeHost) {
    this.#host = host;
    const { cookieExchange, crypto, random } = host.settings;
    this.#cookies = cookieExchange ? new CookieSecret(crypto, random) : undefined;
  }

  accepts(type: number, epoch: number): boolean {
    return epoch === 0 && type === HandshakeType.clientHello;
  }

  handleMessage(message: HandshakeMessage): "handled" | "malformed" {
    const hello = parseClientHello(message.body);
    if (hello instanceof Malformed) return "malformed";
    if (this.#cookies !== undefined) {
      // RFC 6347 §4.2.1: the answer takes over the record's number, so that a stateless server repeats none.
      this.#host.plaintext.sequenceNumber = message.recordSequenceNumber;
      if (!this.#cookies.verify(hello)) {
        this.#askForCookie(hello, this.#cookies);
        return "handled";
      }
    }
    const version = chooseVersion(hello, SUPPORTED_VERSIONS);
    if (version instanceof Malformed) return "malformed";
    if (version === undefined) {
      this.#host.fail("protocol_version");
      return "handled";
    }
    this.#host.plaintext.version = DTLS_1_2;
    const next = new Dtls12Server(this.#host);
    this.#host.continueWith(next);
    return next.handleMessage(message);
  }

  handleSignature(): void {}

  handleLateFragment(): void {}

  #askForCookie(hello: ClientHello, cookies: CookieSecret): void {
    const { plaintext } = this.#host;
    plaintext.version = DTLS_1_0;
    this.#host.beginFlight();
    // §4.2.1: version 1.0 whatever will be negotiated, so that old clients read on.
    const body = writeHelloVerifyRequest({ version: DTLS_1_0, cookie: cookies.cookie(hello) });
    this.#host.addMessage(HandshakeType.helloVerifyRequest, body, plaintext);
    // Without a timer: the client repeats its ClientHello, and a server without state cannot.
    this.#host.sendFlight(false);
  }
}
