/** A user-space relay that two peers take for each other: it sees, keeps and forges datagrams under both addresses. */
import { createSocket, type Socket } from "node:dgram";
import type { Peer } from "../agent/peer.ts";

/** Which end a datagram goes to. */
export type Side = "offerer" | "answerer";

/** A connection through a relay. */
export interface RelayedConnection {
  readonly id: string;
  readonly offerer: Peer;
  readonly answerer: Peer;
  /** What each end was sent so far, at most {@link MAX_KEPT} datagrams. */
  readonly seen: Readonly<Record<Side, readonly Uint8Array[]>>;
  /** Sends under the address of the peer, or under one that nobody knows. */
  inject(to: Side, datagram: Uint8Array, from: "peer" | "stranger"): void;
  close(): Promise<void>;
}

/** Connects two agents that run purertc; `onSignal` may change descriptions. Does not wait until they are connected. */
export async function connectThroughRelay(
  id: string,
  offerer: Peer,
  answerer: Peer,
  onSignal: (sdp: string, type: "offer" | "answer") => string = (sdp) => sdp,
): Promise<RelayedConnection> {
  const [asOfferer, asAnswerer, stranger] = [await bound(), await bound(), await bound()];
  const ports = { offerer: 0, answerer: 0 };
  const seen: Record<Side, Uint8Array[]> = { offerer: [], answerer: [] };
  const forward = (from: Side, into: Socket, outOf: Socket, to: Side): void => {
    into.on("message", (datagram, source) => {
      if (source.port !== ports[from]) return;
      if (seen[to].length < MAX_KEPT) seen[to].push(Uint8Array.from(datagram));
      outOf.send(datagram, ports[to], LOOPBACK);
    });
  };
  forward("offerer", asAnswerer, asOfferer, "answerer");
  forward("answerer", asOfferer, asAnswerer, "offerer");

  const settings = { loopback: true, ipv6: false };
  await offerer.call("create", id, {}, settings);
  await answerer.call("create", id, {}, settings);
  await offerer.call("open", id, "main", {});
  const offer = await offerer.call("offer", id, false);
  ports.offerer = loopbackPort(offer.sdp);
  const answer = await answerer.call(
    "answer",
    id,
    { type: "offer", sdp: onSignal(pointedAt(offer.sdp, asOfferer.address().port), "offer") },
    false,
  );
  ports.answerer = loopbackPort(answer.sdp);
  await offerer.call("accept", id, { type: "answer", sdp: onSignal(pointedAt(answer.sdp, asAnswerer.address().port), "answer") });

  return {
    id,
    offerer,
    answerer,
    seen,
    inject: (to, datagram, from) => {
      const socket = from === "stranger" ? stranger : to === "offerer" ? asAnswerer : asOfferer;
      socket.send(datagram, ports[to], LOOPBACK);
    },
    close: async () => {
      await Promise.all([offerer.call("drop", id), answerer.call("drop", id)]);
      for (const socket of [asOfferer, asAnswerer, stranger]) socket.close();
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
