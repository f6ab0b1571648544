/** Two connections that trust each other, ready to be connected. */
import { nodeCrypto } from "@purertc/crypto/node";
import { DtlsConnection, type DtlsOptions } from "@purertc/dtls";
import { connectPair, type Pair, type PairOptions, seededRandom } from "@purertc/simulator";
import { P256, RSA2048, type SelfSigned, selfSigned } from "./self-signed.ts";

/** The certificates that tests use unless they need one of their own. */
export const CLIENT: SelfSigned = selfSigned(P256, seededRandom("client certificate"));
export const SERVER: SelfSigned = selfSigned(P256, seededRandom("server certificate"));
export const STRANGER: SelfSigned = selfSigned(P256, seededRandom("stranger's certificate"));

let rsa: SelfSigned | undefined;

/** An RSA certificate; making one takes a while. */
export function rsaCertificate(): SelfSigned {
  rsa ??= selfSigned(RSA2048, seededRandom("rsa certificate"));
  return rsa;
}

/** Whether the chain begins with this certificate. */
export function is(certificate: SelfSigned): (chain: readonly Uint8Array[]) => boolean {
  return (chain) => Buffer.from(chain[0]!).equals(certificate.der);
}

export function client(seed: number | string, options: Partial<DtlsOptions> = {}): DtlsConnection {
  const random = seededRandom(seed).fork("client");
  return new DtlsConnection({ role: "client", crypto: nodeCrypto, random, certificate: CLIENT, verifyPeer: () => true, ...options });
}

export function server(seed: number | string, options: Partial<DtlsOptions> = {}): DtlsConnection {
  const random = seededRandom(seed).fork("server");
  return new DtlsConnection({ role: "server", crypto: nodeCrypto, random, certificate: SERVER, verifyPeer: () => true, ...options });
}

export type DtlsPair = Pair<DtlsConnection, DtlsConnection>;

/** A client (a) and a server (b), started. */
export function startedPair(
  options: PairOptions & { readonly client?: Partial<DtlsOptions>; readonly server?: Partial<DtlsOptions> } = {},
): DtlsPair {
  const { client: clientOptions, server: serverOptions, seed = 1, ...rest } = options;
  const pair = connectPair(client(seed, clientOptions), server(seed, serverOptions), { seed, ...rest });
  pair.b.call((end, now) => end.start(now));
  pair.a.call((end, now) => end.start(now));
  return pair;
}

/** A pair whose handshake is complete on both sides. */
export function connectedPair(options: Parameters<typeof startedPair>[0] = {}): DtlsPair {
  const pair = startedPair(options);
  pair.run(() => pair.a.protocol.state === "connected" && pair.b.protocol.state === "connected");
  return pair;
}

/** The texts of all `data` events of a node. */
export function texts(events: readonly { readonly type: string; readonly data?: Uint8Array }[]): readonly string[] {
  return events.filter((event) => event.type === "data").map((event) => Buffer.from(event.data!).toString());
}

export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}
