/** TCP and TLS: messages framed by Content-Length (RFC 3261 §18.3), keep-alives as CRLFs between them (RFC 5626 §3.5.1). */
import type { Socket } from "node:net";
import { SipStreamFramer, type StreamItem } from "@purertc/sip-parser";
import type { Connection, Wire } from "./connection.ts";
import type { TransportLimits } from "./options.ts";

/** A connected socket of `node:net` or `node:tls`. */
export class StreamWire implements Wire {
  readonly #socket: Socket;
  readonly #framer: SipStreamFramer;
  #corked = false;
  #ended = false;

  constructor(socket: Socket, role: "client" | "server", limits: TransportLimits) {
    this.#socket = socket;
    this.#framer = new SipStreamFramer({
      role,
      maxHeadLength: limits.maxHeadLength,
      maxBodyLength: limits.maxBodyLength,
      maxHeaderFields: limits.maxHeaderFields,
    });
  }

  /** From now on the connection hears of what the socket does. Before, nothing of it may be awaited: an event would be lost. */
  attach(connection: Connection): void {
    const socket = this.#socket;
    let reason = "peer-closed";
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      if (this.#ended) return;
      this.#framer.push(chunk);
      connection.arrived();
    });
    socket.on("drain", () => connection.drained());
    socket.on("error", (error: NodeJS.ErrnoException) => {
      reason = error.code ?? "socket-error";
    });
    socket.on("close", () => connection.wireClosed(reason));
    if (socket.destroyed) queueMicrotask(() => connection.wireClosed(reason));
  }

  get pendingLength(): number {
    return this.#framer.pendingLength;
  }

  get unsentLength(): number {
    return this.#socket.writableLength;
  }

  get blocked(): boolean {
    return this.#socket.writableNeedDrain;
  }

  next(): StreamItem | undefined {
    return this.#framer.next();
  }

  write(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    // What one turn of the queue writes leaves in one segment.
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    socket.write(bytes);
  }

  ping(): void {
    this.write(PING);
  }

  pong(): void {
    this.write(PONG);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#ended = true;
    this.#socket.end();
    this.#socket.resume(); // or the peer's end would never be seen
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

const PING: Uint8Array = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a);
const PONG: Uint8Array = Uint8Array.of(0x0d, 0x0a);
