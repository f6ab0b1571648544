/**
 * A UDP relay on loopback between two peers that loses datagrams: each description is rewritten so that the other side sends to the relay. What is lost is
 * decided by a seeded generator, among media only: STUN and DTLS have loss tests of their own, without a browser's patience.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { seededRandom } from "@purertc/simulator";
import type { RTCSessionDescriptionInit } from "purertc";

/** What a relay did. */
export interface RelayCounts {
  readonly passed: number;
  readonly lost: number;
}

/** Which way. */
export type Side = "browser" | "node";

/** See the file's header. */
export class LossyRelay {
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #lossRate: number;
  /** `sockets.browser` is where the browser sends to, standing for Node; and the other way round. */
  readonly #sockets: Readonly<Record<Side, Socket>>;
  /** Where each side's datagrams came from last. */
  readonly #seen: Partial<Record<Side, RemoteInfo>> = {};
  /** Where each side says it is. */
  readonly #told: Partial<Record<Side, { readonly address: string; readonly port: number }>> = {};
  readonly #counts: Record<Side, { passed: number; lost: number }> = { browser: { passed: 0, lost: 0 }, node: { passed: 0, lost: 0 } };

  private constructor(sockets: Readonly<Record<Side, Socket>>, lossRate: number, seed: number) {
    this.#sockets = sockets;
    this.#lossRate = lossRate;
    this.#random = seededRandom(seed);
    for (const side of ["browser", "node"] as const) {
      sockets[side].on("message", (datagram, from) => this.#relay(side, datagram, from));
      sockets[side].on("error", () => undefined); // a peer that is gone
    }
  }

  /** Listens on two ports of the loopback interface. `lossRate`: 0 to 1, both ways. */
  static async open(lossRate: number, seed = 1): Promise<LossyRelay> {
    const bound = async (): Promise<Socket> => {
      const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 });
      await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
      return socket;
    };
    return new LossyRelay({ browser: await bound(), node: await bound() }, lossRate, seed);
  }

  /** Media of a side: what went through and what did not. */
  counts(from: Side): RelayCounts {
    return this.#counts[from];
  }

  /** The description of `from`, with the relay as its only candidate. */
  rewrite({ type, sdp }: RTCSessionDescriptionInit, from: Side): RTCSessionDescriptionInit {
    const other: Side = from === "browser" ? "node" : "browser";
    const { port } = this.#sockets[other].address() as AddressInfo;
    const lines: string[] = [];
    for (const line of (sdp ?? "").split("\r\n")) {
      const candidate = /^a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host/i.exec(line);
      if (candidate !== null && this.#told[from] === undefined) this.#told[from] = { address: candidate[1]!, port: Number(candidate[2]) };
      if (!line.startsWith("a=candidate:")) lines.push(line);
      if (line.startsWith("a=ice-pwd:")) lines.push(`a=candidate:1 1 udp 2130706431 127.0.0.1 ${port} typ host`);
    }
    if (this.#told[from] === undefined) throw new Error(`${from} has no IPv4 host candidate`);
    return { type, sdp: lines.join("\r\n") };
  }

  close(): void {
    this.#sockets.browser.close();
    this.#sockets.node.close();
  }

  #relay(from: Side, datagram: Uint8Array, info: RemoteInfo): void {
    this.#seen[from] = info;
    const isMedia = datagram[0]! >= 128 && datagram[0]! <= 191; // RFC 7983
    if (isMedia) {
      const lost = this.#random.chance(this.#lossRate);
      this.#counts[from][lost ? "lost" : "passed"] += 1;
      if (lost) return;
    }
    const to: Side = from === "browser" ? "node" : "browser";
    const end = this.#seen[to] ?? this.#told[to];
    if (end !== undefined) this.#sockets[to].send(datagram, end.port, end.address);
  }
}
