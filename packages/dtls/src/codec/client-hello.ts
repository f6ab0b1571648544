/**
 * ClientHello (RFC 5246 §7.4.1.2 with the cookie of RFC 6347 §4.2.1; RFC 9147 §5.3 keeps the form).
 *
 *   client_version(2) random(32) session_id<0..32> cookie<0..255> cipher_suites<2..2^16-2> compression_methods<1..255> [extensions<0..2^16-1>]
 */
import type { Malformed } from "@purertc/core";
import { type Extension, type ExtensionFault, readExtensions, writeExtensions } from "./extensions/extension.ts";
import { VectorReader, VectorWriter } from "./vector.ts";

/** The fields of a ClientHello. */
export interface ClientHello {
  /** `legacy_version` in DTLS 1.3. */
  readonly version: number;
  /** 32 bytes. */
  readonly random: Uint8Array;
  /** At most 32 bytes. */
  readonly sessionId: Uint8Array;
  /** At most 255 bytes; empty in a first ClientHello. */
  readonly cookie: Uint8Array;
  /** In the client's order of preference. */
  readonly cipherSuites: readonly number[];
  /** One byte a method; 0 is null. */
  readonly compressionMethods: Uint8Array;
  /** Undefined when the block is absent, which is not the same as empty on the wire. */
  readonly extensions: readonly Extension[] | undefined;
}

/** Reads the body of a ClientHello. Byte strings are views of `body`. */
export function parseClientHello(body: Uint8Array): ClientHello | Malformed<ExtensionFault> {
  const reader = new VectorReader(body);
  const fields = {
    version: reader.u16(),
    random: reader.bytes(32),
    sessionId: reader.vector8(0, 32),
    cookie: reader.vector8(),
    cipherSuites: reader.numbers16(),
    compressionMethods: reader.vector8(1),
  };
  return readExtensions(reader, (extensions) => ({ ...fields, extensions }));
}

/** The body of a ClientHello. */
export function writeClientHello(hello: ClientHello): Uint8Array {
  const writer = new VectorWriter().u16(hello.version).bytes(hello.random).vector8(hello.sessionId).vector8(hello.cookie);
  writer.numbers16(hello.cipherSuites).vector8(hello.compressionMethods);
  if (hello.extensions !== undefined) writer.bytes(writeExtensions(hello.extensions));
  return writer.finish();
}
