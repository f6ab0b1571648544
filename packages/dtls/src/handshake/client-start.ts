/** A client until the version is known: ClientHello, cookies, and the ServerHello that decides (RFC 6347 §4.2.1, RFC 9147 §5.3). */
import { Malformed } from "@purertc/core";
import { type ClientHello, writeClientHello } from "../codec/client-hello.ts";
import { HandshakeType } from "../codec/handshake.ts";
import { parseHelloVerifyRequest } from "../codec/hello-verify-request.ts";
import { DTLS_1_0, DTLS_1_2 } from "../codec/protocol-version.ts";
import { parseServerHello } from "../codec/server-hello.ts";
import { Dtls12Client } from "../dtls12/client.ts";
import { clientOffer } from "./client-offer.ts";
import type { Handshake, HandshakeHost } from "./host.ts";
import type { HandshakeMessage } from "./reassembler.ts";
import { Transcript } from "./transcript.ts";
import { downgradeDetected, SUPPORTED_VERSIONS, selectedVersion } from "./version-choice.ts";

/** Sends the ClientHello and hands the ServerHello to the machine of its version. */
export class ClientStart implements Handshake {
  readonly #host: HandshakeHost;
  readonly #transcript: Transcript = new Transcript();
  #hello: ClientHello;
  #cookies = 0;

  constructor(host: HandshakeHost) {
    this.#host = host;
    this.#hello = clientOffer(host.settings);
  }

  /** Sends the first flight. */
  start(): void {
    this.#sendHello();
  }

  accepts(_type: number, epoch: number): boolean {
    return epoch === 0;
  }

  handleMessage(message: HandshakeMessage): "handled" | "malformed" {
    switch (message.type) {
      case HandshakeType.helloVerifyRequest:
        return this.#handleHelloVerifyRequest(message);
      case HandshakeType.serverHello:
        return this.#handleServerHello(message);
      default:
        this.#host.fail("unexpected_message");
        return "handled";
    }
  }

  handleSignature(): void {}

  handleLateFragment(): void {}

  #handleHelloVerifyRequest(message: HandshakeMessage): "handled" | "malformed" {
    const request = parseHelloVerifyRequest(message.body);
    if (request instanceof Malformed) return "malformed";
    this.#cookies += 1;
    if (this.#cookies > MAX_COOKIES) this.#host.fail("unexpected_message");
    else {
      // RFC 6347 §4.2.1: the same parameters again, with the cookie; neither message counts for the transcript.
      this.#hello = { ...this.#hello, cookie: request.cookie };
      this.#transcript.reset();
      this.#sendHello();
    }
    return "handled";
  }

  #handleServerHello(message: HandshakeMessage): "handled" | "malformed" {
    const hello = parseServerHello(message.body);
    if (hello instanceof Malformed) return "malformed";
    const version = selectedVersion(hello);
    if (version instanceof Malformed) return "malformed";
    if (!SUPPORTED_VERSIONS.includes(version)) this.#host.fail("protocol_version");
    else if (downgradeDetected(hello.random, SUPPORTED_VERSIONS, version)) this.#host.fail("illegal_parameter");
    else {
      this.#host.plaintext.version = DTLS_1_2;
      const next = new Dtls12Client(this.#host, this.#hello, this.#transcript);
      this.#host.continueWith(next);
      return next.handleMessage(message);
    }
    return "handled";
  }

  #sendHello(): void {
    const { plaintext } = this.#host;
    this.#host.beginFlight();
    this.#transcript.add(this.#host.addMessage(HandshakeType.clientHello, writeClientHello(this.#hello), plaintext));
    // RFC 6347 §4.2.1, RFC 9147 §5.3: until the server has spoken, records say version 1.0, for servers that know no better.
    plaintext.version = DTLS_1_0;
    this.#host.sendFlight(true);
  }
}

/** A server changes its secret now and then; one that asks more often than this never means to go on. */
const MAX_COOKIES = 4;
