/** A user-space relay that two peers take for each other: it sees, keeps and forges datagrams under both addresses. */
import { createSocket, type Socket } from "node:dgram";
import type { Peer } from "../agent/peer.ts";

/** Which end a datagram goes to. */
export type Side = "offerer" | "answerer";

export const other = (side: Side): Side => (side === "offerer" ? "answerer" : "offerer");

/** What is done with a datagram on its way: the default passes it on. It may be kept, changed, and passed on later or never. */
export type Carry = (datagram: Buffer, to: Side, pass: (datagram: Uint8Array) => void) => void;

/** Sockets between two peers. Descriptions have to be pointed at it, the offer first. */
export interface Relay {
  /** What each end was sent so far, at most {@link MAX_KEPT} datagrams. */
  readonly seen: Readonly<Record<Side, readonly Uint8Array[]>>;
  carry: Carry;
  /** The description of one end, for the other to send to the relay. */
  pointed(sdp: string, whose: Side): string;
  /** Sends under the address of the peer, or under one that nobody knows. */
  inject(to: Side, datagram: Uint8Array, from: "peer" | "stranger"): void;
  close(): void;
}

/** See {@link Relay}. */
export async function openRelay(): Promise<Relay> {
  const [asOfferer, asAnswerer, stranger] = [await bound(), await bound(), await bound()];
  const ports = { offerer: 0, answerer: 0 };
  const seen: Record<Side, Uint8Array[]> = { offerer: [], answerer: [] };
  const forward = (from: Side, into: Socket, outOf: Socket, to: Side): void => {
    const pass = (datagram: Uint8Array): void => outOf.send(datagram, ports[to], LOOPBACK);
    into.on("message", (datagram, source) => {
      if (source.port !== ports[from]) return;
      if (seen[to].length < MAX_KEPT) seen[to].push(Uint8Array.from(datagram));
      relay.carry(datagram, to, pass);
    });
  };
  const relay: Relay = {
    seen,
    carry: (datagram, _to, pass) => pass(datagram),
    pointed: (sdp, whose) => {
      ports[whose] = loopbackPort(sdp);
      return pointedAt(sdp, (whose === "offerer" ? asOfferer : asAnswerer).address().port);
    },
    inject: (to, datagram, from) => {
      const socket = from === "stranger" ? stranger : to === "offerer" ? asAnswerer : asOfferer;
      socket.send(datagram, ports[to], LOOPBACK);
    },
    close: () => {
      for (const socket of [asOfferer, asAnswerer, stranger]) socket.close();
    },
  };
  forward("offerer", asAnswerer, asOfferer, "answerer");
  forward("answerer", asOfferer, asAnswerer, "offerer");
  return relay;
}

/** A connection through a relay. */
export interface RelayedConnection {
  readonly id: string;
  readonly offerer: Peer;
  readonly answerer: Peer;
  readonly seen: Relay["seen"];
  readonly inject: Relay["inject"];
  close(): Promise<void>;
}

/** Connects two agents that run purertc; `onSignal` may change descriptions. Does not wait until they are connected. */
export async function connectThroughRelay(
  id: string,
  offerer: Peer,
  answerer: Peer,
  onSignal: (sdp: string, type: "offer" | "answer") => string = (sdp) => sdp,
): Promise<RelayedConnection> {
  const relay = await openRelay();
  const settings = { loopback: true, ipv6: false };
  await offerer.call("create", id, {}, settings);
  await answerer.call("create", id, {}, settings);
  await offerer.call("open", id, "main", {});
  const offer = await offerer.call("offer", id, false);
  const answer = await answerer.call("answer", id, { type: "offer", sdp: onSignal(relay.pointed(offer.sdp, "offerer"), "offer") }, false);
  await offerer.call("accept", id, { type: "answer", sdp: onSignal(relay.pointed(answer.sdp, "answerer"), "answer") });
  return {
    id,
    offerer,
    answerer,
    seen: relay.seen,
    inject: relay.inject,
    close: async () => {
      await Promise.all([offerer.call("drop", id), answerer.call("drop", id)]);
      relay.close();
    },
  };
}

async function bound(): Promise<Socket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4_194_304, sendBufferSize: 4_194_304 });
  socket.on("error", () => undefined); // an end that has closed its port
  await new Promise<void>((resolve) => socket.bind(0, LOOPBACK, resolve));
  return socket;
}

function loopbackPort(sdp: string): number {
  const port = / 127\.0\.0\.1 (\d+) typ host/.exec(sdp)?.[1];
  if (port === undefined) throw new Error(`no loopback candidate in ${sdp}`);
  return Number(port);
}

/** The description with the loopback candidate alone, and that at another port. */
function pointedAt(sdp: string, port: number): string {
  const lines = sdp.split("\r\n").filter((line) => !line.startsWith("a=candidate:") || line.includes(" 127.0.0.1 "));
  return lines.map((line) => line.replace(/( 127\.0\.0\.1 )\d+( typ host)/, `$1${port}$2`)).join("\r\n");
}

const LOOPBACK = "127.0.0.1";
const MAX_KEPT = 2000;
