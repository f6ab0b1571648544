/** Peers that say exactly what a test tells them. */
import { createSocket, type RemoteInfo } from "node:dgram";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A UDP socket that collects what it receives. */
export class RawUdp {
  readonly received: string[] = [];
  readonly sources: RemoteInfo[] = [];
  readonly #socket = createSocket("udp4");
  #changed: (() => void)[] = [];

  static async bind(ip = "127.0.0.1"): Promise<RawUdp> {
    const peer = new RawUdp();
    await new Promise<void>((resolve) => peer.#socket.bind(0, ip, resolve));
    peer.#socket.on("message", (bytes, source) => {
      peer.received.push(bytes.toString("latin1"));
      peer.sources.push(source);
      for (const resolve of peer.#changed.splice(0)) resolve();
    });
    onTestFinished(() => peer.close());
    return peer;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      try {
        this.#socket.close(() => resolve());
      } catch {
        resolve(); // closed before
      }
    });
  }

  send(bytes: string | Uint8Array, port: number): void {
    this.#socket.send(bytes, port, "127.0.0.1");
  }

  async next(index = 0): Promise<string> {
    while (this.received[index] === undefined) await new Promise<void>((resolve) => this.#changed.push(resolve));
    return this.received[index]!;
  }
}

/** A TCP connection, or a TLS one, that collects what it receives. */
export class RawStream {
  text = "";
  closed = false;
  readonly socket: Socket;
  #changed: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => {
      this.text += bytes.toString("latin1");
      this.#note();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
      this.#note();
    });
    onTestFinished(() => void socket.destroy());
  }

  static async connect(port: number): Promise<RawStream> {
    const socket = connect({ host: "127.0.0.1", port });
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new RawStream(socket);
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  async until(condition: (text: string) => boolean): Promise<string> {
    while (!condition(this.text)) await this.#change();
    return this.text;
  }

  async untilClosed(): Promise<void> {
    while (!this.closed) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  #note(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
