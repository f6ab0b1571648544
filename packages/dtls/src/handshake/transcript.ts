/** All handshake messages so far, for Finished, session hash and CertificateVerify (RFC 5246 §7.4.9, RFC 7627 §3, RFC 6347 §4.2.6). */
import { type CryptoProvider, concatBytes, type Hash, type HashName } from "@purertc/core";

/**
 * Takes messages in the form that the version hashes: DTLS 1.2 with the header of one whole fragment. Messages wait until the hash function
 * is known, which the ServerHello decides.
 */
export class Transcript {
  #messages: Uint8Array[] = [];
  #hash: Hash | undefined;

  /** Adds a message. The array is kept and must not change. */
  add(message: Uint8Array): void {
    this.#messages.push(message);
    this.#hash?.update(message);
  }

  /** Chooses the hash function and hashes what is there. */
  useHash(crypto: CryptoProvider, name: HashName): void {
    this.#hash = crypto.hash(name);
    for (const message of this.#messages) this.#hash.update(message);
  }

  /** The hash of everything so far. */
  digest(): Uint8Array {
    if (this.#hash === undefined) throw new Error("the transcript has no hash function before the ServerHello");
    return this.#hash.digest();
  }

  /** Everything so far as bytes: TLS 1.2 signs the messages themselves (RFC 5246 §7.4.8). */
  bytes(): Uint8Array {
    return concatBytes(...this.#messages);
  }

  /** Forgets everything: the first ClientHello and the HelloVerifyRequest are not hashed (RFC 6347 §4.2.1), and at the end nothing is needed any more. */
  reset(): void {
    this.#messages = [];
    this.#hash = undefined;
  }
}
