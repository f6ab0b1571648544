/** Ends that wait for the next message of a handshake, and what is forged for them. */
import { concatBytes } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import {
  ContentType,
  HandshakeType,
  parseClientHello,
  parseServerHello,
  writeCertificate,
  writeEcdheParameters,
  writeServerHello,
  writeServerKeyExchange,
} from "@purertc/dtls/codec";
import { seededRandom } from "@purertc/simulator";
import { firstHello, fragments, helloDatagram, message, parsed, record, records, transmits } from "./forged.ts";
import { client, SERVER, server } from "./two-ends.ts";

/** A ServerHello's fields. */
export type Hello = Parameters<typeof writeServerHello>[0];

/** With one extension more. */
export function extend(hello: Hello, type: number, data: readonly number[]): Hello {
  return { ...hello, extensions: [...hello.extensions!, { type, data: Uint8Array.from(data) }] };
}

/** Without an extension. */
export function remove(hello: Hello, type: number): Hello {
  return { ...hello, extensions: hello.extensions!.filter((extension) => extension.type !== type) };
}

/** With another value of an extension. */
export function replace(hello: Hello, type: number, data: readonly number[]): Hello {
  return extend(remove(hello, type), type, data);
}

/** A server that has answered a ClientHello and waits for the client's Certificate. */
export function answered(): ReturnType<typeof server> {
  const end = server(1);
  end.start(0);
  end.handleDatagram(0, helloDatagram(firstHello()));
  transmits(end);
  return end;
}

/** A client that waits for a ServerHello, and a good one. */
export function awaiting(): { readonly end: ReturnType<typeof client>; readonly hello: Hello; readonly clientRandom: Uint8Array } {
  const end = client(1, { srtpProfiles: [1, 7] });
  end.start(0);
  const other = server(1, { srtpProfiles: [1] });
  other.start(0);
  const [offer] = transmits(end);
  other.handleDatagram(0, offer!);
  const clientRandom = parsed(parseClientHello(fragments(offer!)[0]!.subarray(12))).random;
  return { end, clientRandom, hello: parsed(parseServerHello(fragments(transmits(other)[0]!)[0]!.subarray(12))) };
}

/** A client that was given a server's flight with these parts in it, the signature made with the right key. */
export function forgedFlight(parts: {
  readonly chain?: readonly Uint8Array[];
  readonly group?: number;
  readonly publicKey?: Uint8Array;
  readonly messages?: number;
}): {
  readonly end: ReturnType<typeof client>;
} {
  const { end, hello, clientRandom } = awaiting();
  const own = nodeCrypto.keyAgreement("x25519", seededRandom("forged flight"));
  const parameters = { group: parts.group ?? 29, publicKey: parts.publicKey ?? own.publicKey };
  const signature = SERVER.signer.sign("ecdsa_secp256r1_sha256", concatBytes(clientRandom, hello.random, writeEcdheParameters(parameters)));
  const flight = [
    [HandshakeType.serverHello, writeServerHello(hello)],
    [HandshakeType.certificate, writeCertificate({ chain: parts.chain ?? SERVER.chain })],
    [HandshakeType.serverKeyExchange, writeServerKeyExchange({ ...parameters, scheme: 0x0403, signature })],
    [HandshakeType.serverHelloDone, new Uint8Array(0)],
  ] as const;
  for (const [seq, [type, body]] of flight.slice(0, parts.messages).entries()) end.handleDatagram(1, message(type, seq, body));
  return { end };
}

/** The datagram without the records that hold messages of this type. */
export function without(datagram: Uint8Array, messageType: number): Uint8Array {
  const kept = records(datagram).filter(
    ({ type, epoch, fragment }) => type !== ContentType.handshake || epoch > 0 || fragment[0] !== messageType,
  );
  return concatBytes(...kept.map(record));
}
