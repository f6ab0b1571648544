/** WS and WSS (RFC 7118): one SIP message in each WebSocket message, pings of the WebSocket protocol as keep-alives (§6). */
import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import { Queue } from "@purertc/core";
import { parseWebSocketMessage, type SipParseOptions, type WebSocketItem } from "@purertc/sip-parser";
import type { WebSocket } from "ws";
import type { Connection, Wire } from "./connection.ts";
import type { TransportLimits } from "./options.ts";

/** An open WebSocket, and the socket below it. */
export class WebSocketWire implements Wire {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #parseOptions: SipParseOptions;
  readonly #received = new Queue<Buffer>();
  #pendingLength = 0;
  #ended = false;

  constructor(webSocket: WebSocket, socket: Socket, limits: TransportLimits) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#parseOptions = { maxHeaderFields: limits.maxHeaderFields, maxLength: limits.maxHeadLength + limits.maxBodyLength };
  }

  /** From now on the connection hears of what the WebSocket does. */
  attach(connection: Connection): void {
    const webSocket = this.#webSocket;
    let reason = "peer-closed";
    // Before the WebSocket's own listener, so that what completes a message comes after what begins one.
    const onData = (): void => connection.receiving();
    this.#socket.prependListener("data", onData);
    this.#socket.on("drain", () => connection.drained());
    webSocket.on("message", (data: Buffer) => {
      if (this.#ended) return;
      this.#received.push(data);
      this.#pendingLength += data.length;
      connection.arrived();
    });
    // The library answers, and gives up on who asks without reading the answers.
    webSocket.on("ping", () => connection.alive(false));
    webSocket.on("pong", () => connection.alive(true));
    webSocket.on("error", (error: NodeJS.ErrnoException) => {
      reason = error.code ?? "socket-error";
    });
    webSocket.on("close", () => {
      this.#socket.off("data", onData);
      connection.wireClosed(reason);
    });
  }

  get pendingLength(): number {
    return this.#pendingLength;
  }

  get unsentLength(): number {
    return this.#webSocket.bufferedAmount;
  }

  get blocked(): boolean {
    return this.#socket.writableNeedDrain;
  }

  next(): WebSocketItem | undefined {
    const data = this.#received.shift();
    if (data === undefined) return undefined;
    this.#pendingLength -= data.length;
    return parseWebSocketMessage(data, this.#parseOptions);
  }

  write(bytes: Uint8Array): void {
    // RFC 7118 §4.2: both kinds of frames are SIP; browsers' libraries read text, which has to be UTF-8 (RFC 6455 §5.6).
    this.#webSocket.send(bytes, { binary: !isUtf8(bytes) }, ignoreError);
  }

  ping(): void {
    this.#webSocket.ping(undefined, undefined, ignoreError);
  }

  pong(): void {
    this.#webSocket.send("\r\n", { binary: false }, ignoreError);
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  end(): void {
    this.#ended = true;
    this.#webSocket.close(NORMAL_CLOSURE);
    this.#webSocket.resume(); // or the peer's close frame would never be seen
  }

  destroy(): void {
    this.#webSocket.terminate();
  }
}

/** Whoever writes to a WebSocket that has closed hears of it by its close event. */
function ignoreError(): void {}

/** RFC 6455 §7.4.1. */
const NORMAL_CLOSURE = 1000;
