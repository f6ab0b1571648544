/** The server's cookie (RFC 6347 §4.2.1): a MAC over the parameters of the ClientHello, so that nothing about the client need be kept. */
import { type CryptoProvider, constantTimeEqual, type Mac, type RandomSource, randomBytes } from "@purertc/core";
import { type ClientHello, writeClientHello } from "../codec/client-hello.ts";

/**
 * Makes and checks cookies under a secret of its own. The client's address is not covered: the caller, who alone knows it, has one connection
 * object per client, so a cookie is worth nothing elsewhere.
 */
export class CookieSecret {
  readonly #mac: Mac;

  constructor(crypto: CryptoProvider, random: RandomSource) {
    this.#mac = crypto.hmac("sha-256", randomBytes(random, 32));
  }

  /** The cookie for this ClientHello, 32 bytes. */
  cookie(hello: ClientHello): Uint8Array {
    // §4.2.1: version, random, session_id, cipher_suites and compression_methods are the same in the second ClientHello.
    return this.#mac.compute(writeClientHello({ ...hello, cookie: new Uint8Array(0), extensions: undefined }));
  }

  /** Whether the ClientHello has the cookie that an earlier one like it was given. */
  verify(hello: ClientHello): boolean {
    return constantTimeEqual(hello.cookie, this.cookie(hello));
  }
}
