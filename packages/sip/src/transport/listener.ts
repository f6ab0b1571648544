/** What accepts connections: TCP, TLS, and HTTP that becomes WebSocket (RFC 7118 §4). Who is slow or one too many is closed before it costs anything. */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createSecureContext, createServer as createTlsServer, type TLSSocket, type TlsOptions } from "node:tls";
import { type TransportAddress, transportAddress } from "@purertc/core";
import { SIP_WEBSOCKET_PROTOCOL } from "@purertc/sip-parser";
import { type WebSocket, WebSocketServer } from "ws";
import { isSecure } from "../flow.ts";
import type { ScheduledTimer } from "./clock.ts";
import type { ConnectionSlot } from "./connection-slots.ts";
import { verifiedIdentities } from "./dial.ts";
import type { ListenOptions } from "./options.ts";
import { createSelfSignedCertificate } from "./self-signed.ts";
import type { TlsIdentity, TlsServerOptions } from "./tls-options.ts";
import { listenError } from "./transport-error.ts";
import type { FlowOwner } from "./transport-flow.ts";

/** A connection whose handshakes are done, not yet listened to. */
export interface Accepted {
  readonly socket: Socket;
  readonly webSocket?: WebSocket;
  readonly local: TransportAddress;
  readonly remote: TransportAddress;
  readonly peerIdentities: readonly string[];
  readonly slot: ConnectionSlot;
}

/** A bound listener of connections. */
export interface ConnectionListener {
  readonly bound: TransportAddress;
  /** Stops accepting; connections that are open stay. */
  close(): Promise<void>;
}

/** Binds and listens; rejects with `SipTransportError`. */
export async function listenForConnections(
  options: ListenOptions,
  owner: FlowOwner,
  accept: (accepted: Accepted) => void,
): Promise<ConnectionListener> {
  const host = options.host ?? "0.0.0.0";
  const handshakes = new Handshakes(owner);
  const server = createServer(options, host, handshakes, accept, owner);
  // First of all listeners: for TCP there is nothing between this and the end of the handshake.
  server.prependListener("connection", (socket: Socket) => handshakes.begin(socket));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(listenError(options.transport, host, options.port ?? 0, cause)));
    server.listen({ host, port: options.port ?? 0, ipv6Only: host.includes(":"), backlog: BACKLOG }, () => resolve());
  });
  server.on("error", () => {}); // accept(2) fails when file descriptors run out; the listener goes on
  const { address, port } = server.address() as { address: string; port: number };
  return {
    bound: transportAddress(address, port, "tcp")!,
    close: () => {
      handshakes.close();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function createServer(
  options: ListenOptions,
  host: string,
  handshakes: Handshakes,
  accept: (accepted: Accepted) => void,
  owner: FlowOwner,
): Server {
  const finish = (socket: Socket, webSocket?: WebSocket): void => {
    const accepted = handshakes.finish(socket);
    const peerIdentities = isSecure(options.transport) ? verifiedIdentities(socket as TLSSocket) : [];
    if (accepted !== undefined) accept({ socket, peerIdentities, ...accepted, ...(webSocket !== undefined && { webSocket }) });
  };
  if (options.transport === "TCP") return createTcpServer({ noDelay: true }, (socket) => finish(socket));
  if (options.transport === "TLS")
    return createTlsServer(serverTls(options.tls, host), (socket) => finish(socket)).on("tlsClientError", destroy);
  // Requests that are not upgrades have no business here (RFC 9110 §15.5.22).
  const refuse = (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(426, { Upgrade: "websocket", Connection: "close, Upgrade" }).end();
  };
  const http = { maxHeaderSize: MAX_HTTP_HEADER };
  const server =
    options.transport === "WSS" ? createHttpsServer({ ...serverTls(options.tls, host), ...http }, refuse) : createHttpServer(http, refuse);
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: owner.limits.maxHeadLength + owner.limits.maxBodyLength,
    handleProtocols: (protocols) => (protocols.has(SIP_WEBSOCKET_PROTOCOL) ? SIP_WEBSOCKET_PROTOCOL : false),
  });
  webSockets.on("wsClientError", (_error, socket) => socket.destroy());
  server.on("upgrade", (request, socket, head) => {
    const status = refusalOf(request, options);
    if (status !== undefined) refuseUpgrade(socket, status);
    else webSockets.handleUpgrade(request, socket, head, (webSocket) => finish(socket as Socket, webSocket));
  });
  server.on("tlsClientError", destroy);
  server.on("clientError", (_error, socket) => socket.destroy());
  return server;
}

function destroy(_error: Error, socket: TLSSocket): void {
  socket.destroy();
}

/** RFC 7118 §4.1 and RFC 6455 §4.2.2: who does not offer "sip", asks for another path or comes from a foreign page is refused. */
function refusalOf(request: IncomingMessage, options: ListenOptions): string | undefined {
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  if (!offered.includes(SIP_WEBSOCKET_PROTOCOL)) return "400 Bad Request";
  if (options.path !== undefined && request.url?.split("?", 1)[0] !== options.path) return "404 Not Found";
  if (options.acceptOrigin !== undefined && !options.acceptOrigin(request.headers.origin)) return "403 Forbidden";
  return undefined;
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on("error", () => {});
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function serverTls(tls: TlsServerOptions = {}, host: string): TlsOptions {
  const identity =
    tls.cert === undefined ? createSelfSignedCertificate({ hosts: [...new Set([host, "localhost", "127.0.0.1", "::1"])] }) : tls;
  const virtual = new Map(
    Object.entries(tls.virtualHosts ?? {}).map(([name, each]) => [name.toLowerCase(), createSecureContext(material(each))]),
  );
  return {
    ...material(identity),
    minVersion: tls.minVersion ?? "TLSv1.2",
    ...(tls.ciphers !== undefined && { ciphers: tls.ciphers }),
    ...(tls.ca !== undefined && { ca: tls.ca as string | Buffer | (string | Buffer)[] }),
    requestCert: tls.clientCertificate === "request" || tls.clientCertificate === "require",
    rejectUnauthorized: tls.clientCertificate === "require",
    ...(virtual.size > 0 && { SNICallback: (name, callback) => callback(null, virtual.get(name.toLowerCase())) }),
  };
}

function material(identity: Partial<TlsIdentity>): { cert: string | Buffer; key: string | Buffer; passphrase?: string } {
  return {
    cert: identity.cert as string | Buffer,
    key: identity.key as string | Buffer,
    ...(identity.passphrase !== undefined && { passphrase: identity.passphrase }),
  };
}

/** Connections between being accepted and being ready to talk SIP. Each has a slot from its first moment, and a deadline. */
class Handshakes {
  readonly #owner: FlowOwner;
  /** By the remote address: TLS and HTTP hand over another object than the one that was accepted. */
  readonly #pending = new Map<string, { readonly socket: Socket; readonly slot: ConnectionSlot; readonly timer: ScheduledTimer }>();

  constructor(owner: FlowOwner) {
    this.#owner = owner;
  }

  /** A connection was accepted: it gets a slot, or is closed. */
  begin(socket: Socket): void {
    const { remoteAddress: ip } = socket;
    const slot = ip === undefined ? undefined : this.#owner.slots.takeFor(ip, () => socket.destroy());
    if (slot === undefined || typeof slot === "string") {
      socket.destroy();
      return;
    }
    const key = keyOf(socket);
    const timer = this.#owner.clock.schedule(this.#owner.timeouts.handshake, () => socket.destroy());
    this.#pending.set(key, { socket, slot, timer });
    socket.on("error", () => {});
    socket.on("close", () => {
      timer.cancel();
      this.#pending.delete(key);
      slot.release();
    });
  }

  /** The handshakes are done. Undefined when the connection was refused or is gone. */
  finish(socket: Socket): Pick<Accepted, "local" | "remote" | "slot"> | undefined {
    const key = keyOf(socket);
    const pending = this.#pending.get(key);
    const local = transportAddress(withoutZone(socket.localAddress), socket.localPort ?? 0, "tcp");
    const remote = transportAddress(withoutZone(socket.remoteAddress), socket.remotePort ?? 0, "tcp");
    if (pending === undefined || local === undefined || remote === undefined) {
      socket.destroy();
      return undefined;
    }
    pending.timer.cancel();
    this.#pending.delete(key);
    return { local, remote, slot: pending.slot };
  }

  close(): void {
    for (const { socket } of this.#pending.values()) socket.destroy();
  }
}

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

function withoutZone(ip: string | undefined): string {
  return (ip ?? "").split("%", 1)[0]!;
}

const BACKLOG = 1024;
const MAX_HTTP_HEADER = 16_384;
