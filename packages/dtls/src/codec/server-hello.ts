/**
 * ServerHello (RFC 5246 §7.4.1.3; RFC 8446 §4.1.3 keeps the form).
 *
 *   server_version(2) random(32) session_id<0..32> cipher_suite(2) compression_method(1) [extensions<0..2^16-1>]
 */
import type { Malformed } from "@purertc/core";
import { type Extension, type ExtensionFault, readExtensions, writeExtensions } from "./extensions/extension.ts";
import { VectorReader, VectorWriter } from "./vector.ts";

/** The fields of a ServerHello. */
export interface ServerHello {
  /** `legacy_version` in DTLS 1.3. */
  readonly version: number;
  /** 32 bytes. The last eight may be a downgrade sentinel (RFC 8446 §4.1.3). */
  readonly random: Uint8Array;
  /** At most 32 bytes. */
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  /** 0 is null. */
  readonly compressionMethod: number;
  /** Undefined when the block is absent. */
  readonly extensions: readonly Extension[] | undefined;
}

/** Reads the body of a ServerHello. Byte strings are views of `body`. */
export function parseServerHello(body: Uint8Array): ServerHello | Malformed<ExtensionFault> {
  const reader = new VectorReader(body);
  const fields = {
    version: reader.u16(),
    random: reader.bytes(32),
    sessionId: reader.vector8(0, 32),
    cipherSuite: reader.u16(),
    compressionMethod: reader.u8(),
  };
  return readExtensions(reader, (extensions) => ({ ...fields, extensions }));
}

/** The body of a ServerHello. */
export function writeServerHello(hello: ServerHello): Uint8Array {
  const writer = new VectorWriter().u16(hello.version).bytes(hello.random).vector8(hello.sessionId);
  writer.u16(hello.cipherSuite).u8(hello.compressionMethod);
  if (hello.extensions !== undefined) writer.bytes(writeExtensions(hello.extensions));
  return writer.finish();
}
