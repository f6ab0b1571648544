/** Opening connections: TCP, TLS with the identity RFC 5922 §7.3 asks for, WebSocket with its sub-protocol (RFC 7118 §4). */
import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { SIP_WEBSOCKET_PROTOCOL } from "@purertc/sip-parser";
import { WebSocket } from "ws";
import { isSecure, type SipTarget } from "../flow.ts";
import { addressOf, hostOf } from "./admission.ts";
import { certificateIdentities, provesDomain } from "./certificate-identities.ts";
import type { TransportClock } from "./clock.ts";
import type { TlsClientOptions } from "./tls-options.ts";
import { SipTransportError } from "./transport-error.ts";

export interface DialOptions {
  readonly clock: TransportClock;
  readonly timeoutMs: number;
  readonly tls: TlsClientOptions;
  /** Octets of one WebSocket message. */
  readonly maxPayload: number;
  readonly localAddress?: string;
  readonly signal: AbortSignal;
}

/** An open connection, not yet listened to. */
export interface Dialled {
  readonly socket: Socket;
  readonly webSocket?: WebSocket;
  readonly peerIdentities: readonly string[];
}

/** Opens a connection to any target but UDP's; rejects with `SipTransportError` only. */
export async function dial(target: SipTarget, options: DialOptions): Promise<Dialled> {
  const deadline = new AbortController();
  const timer = options.clock.schedule(options.timeoutMs, () => deadline.abort(timedOut(target)));
  const signal = AbortSignal.any([deadline.signal, options.signal]);
  try {
    const socket = await openSocket(target, options, signal);
    const peerIdentities = "authorized" in socket ? verifiedIdentities(socket as TLSSocket) : [];
    if (target.transport !== "WS" && target.transport !== "WSS") return { socket, peerIdentities };
    return { socket, peerIdentities, webSocket: await openWebSocket(target, socket, options, signal) };
  } catch (error) {
    if (error instanceof SipTransportError) throw error;
    throw new SipTransportError(`cannot connect to ${describe(target)}`, { code: failureCode(error, target), cause: error });
  } finally {
    timer.cancel();
  }
}

/** The identities of a peer whose certificate was verified; none of another. */
export function verifiedIdentities(socket: TLSSocket): readonly string[] {
  const certificate = socket.authorized ? socket.getPeerCertificate() : undefined;
  return certificate?.raw === undefined ? [] : certificateIdentities(certificate.raw);
}

function openSocket(target: SipTarget, options: DialOptions, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const address = {
      host: target.ip,
      port: target.port,
      ...(options.localAddress !== undefined && { localAddress: options.localAddress }),
    };
    const isTls = isSecure(target.transport);
    const socket = isTls ? connectTls({ ...address, ...tlsOptions(target, options.tls) }) : connectTcp(address);
    settle(socket, isTls ? "secureConnect" : "connect", signal, () => socket.destroy(), resolve, reject);
  });
}

function tlsOptions(target: SipTarget, tls: TlsClientOptions): ConnectionOptions {
  const domain = target.hostname ?? target.ip;
  return {
    minVersion: tls.minVersion ?? "TLSv1.2",
    ...(tls.ciphers !== undefined && { ciphers: tls.ciphers }),
    ...(tls.ca !== undefined && { ca: tls.ca as string | Buffer | (string | Buffer)[] }),
    ...(tls.cert !== undefined && { cert: tls.cert as string | Buffer, key: tls.key as string | Buffer }),
    ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
    // RFC 6066 §3: no addresses in SNI.
    ...(addressOf(domain) === undefined && { servername: domain }),
    rejectUnauthorized: tls.verify !== false,
    checkServerIdentity: (_name, certificate) =>
      provesDomain(certificateIdentities(certificate.raw), domain)
        ? undefined
        : new SipTransportError(`the certificate of ${describe(target)} does not prove ${domain}`, { code: "TLS_IDENTITY" }),
  };
}

function openWebSocket(target: SipTarget, socket: Socket, options: DialOptions, signal: AbortSignal): Promise<WebSocket> {
  const scheme = target.transport === "WSS" ? "wss" : "ws";
  const url = `${scheme}://${hostOf(target.hostname ?? target.ip)}:${target.port}${target.path ?? "/"}`;
  return new Promise((resolve, reject) => {
    let webSocket: WebSocket;
    try {
      webSocket = new WebSocket(url, [SIP_WEBSOCKET_PROTOCOL], {
        createConnection: () => socket,
        perMessageDeflate: false,
        followRedirects: false,
        maxPayload: options.maxPayload,
      });
    } catch (error) {
      socket.destroy();
      reject(error); // a path that makes no URL
      return;
    }
    // RFC 7118 §4.1: the server has to choose "sip"; the library refuses one that chooses nothing or something else.
    settle(webSocket, "open", signal, () => webSocket.terminate(), resolve, reject);
  });
}

/** Resolves with the emitter at its event; rejects at an error, an early close, or when the signal says so, and then calls `destroy`. */
function settle<E extends Socket | WebSocket>(
  emitter: E,
  event: string,
  signal: AbortSignal,
  destroy: () => void,
  resolve: (emitter: E) => void,
  reject: (error: unknown) => void,
): void {
  const done = (): void => {
    signal.removeEventListener("abort", aborted);
    emitter.off(event, succeeded).off("error", failed).off("close", closed);
  };
  const succeeded = (): void => {
    done();
    resolve(emitter);
  };
  const failed = (error: unknown): void => {
    done();
    emitter.on("error", () => {}); // what a dying connection still complains of
    destroy();
    reject(error);
  };
  const closed = (): void => failed(new Error("closed while it was opened"));
  const aborted = (): void => failed(signal.reason instanceof SipTransportError ? signal.reason : abortedByCaller(signal.reason));
  emitter.on(event, succeeded).on("error", failed).on("close", closed);
  signal.addEventListener("abort", aborted);
  if (signal.aborted) aborted();
}

function failureCode(error: unknown, target: SipTarget): SipTransportError["code"] {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (SYSTEM_ERROR.test(code)) return "CONNECT_FAILED";
  if (
    error instanceof Error &&
    (target.transport === "WS" || target.transport === "WSS") &&
    /server response|subprotocol|sec-websocket|url/i.test(error.message)
  ) {
    return "WEBSOCKET_FAILED";
  }
  return isSecure(target.transport) && (code !== "" || error instanceof Error) ? "TLS_FAILED" : "CONNECT_FAILED";
}

function abortedByCaller(cause: unknown): SipTransportError {
  return new SipTransportError("the caller gave up", { code: "ABORTED", cause });
}

function timedOut(target: SipTarget): SipTransportError {
  return new SipTransportError(`no connection to ${describe(target)} in time`, { code: "CONNECT_TIMEOUT" });
}

function describe(target: SipTarget): string {
  return `${target.transport} ${hostOf(target.ip)}:${target.port}`;
}

/** Errors of the network rather than of TLS. */
const SYSTEM_ERROR = /^E[A-Z]+$/;
