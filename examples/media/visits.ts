// What the examples beside this file share: a page, signalling over a WebSocket, and one peer connection per visitor.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type RTCIceCandidateInit, RTCPeerConnection, type RTCSessionDescriptionInit } from "purertc";
import { type WebSocket, WebSocketServer } from "ws";

interface Signal {
  readonly description?: RTCSessionDescriptionInit;
  readonly candidate?: RTCIceCandidateInit | null;
}

/** Who came: their connection, and a promise that resolves when they are gone. */
export interface Visit {
  readonly pc: RTCPeerConnection;
  readonly gone: Promise<unknown>;
}

/** Serves the page on 127.0.0.1 and calls `visit` for each tab; with `camera`, tabs send theirs. Port 0 picks one. */
export async function serveVisits(port: number, camera: boolean, visit: (visit: Visit) => void): Promise<Server> {
  const page = (await readFile(new URL("./visit.html", import.meta.url), "utf8")).replace("CAMERA", `${camera}`);
  const server = createServer((_, response) => response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page));
  const sockets = new WebSocketServer({ server, maxPayload: 262_144 });
  sockets.on("connection", (socket) => receive(socket, visit));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  server.on("close", () => sockets.close());
  process.stdout.write(`Open http://localhost:${(server.address() as AddressInfo).port} in a browser; Ctrl-C ends.\n`);
  return server;
}

/** Perfect negotiation (https://www.w3.org/TR/webrtc/#perfect-negotiation-example); the page is the polite one. */
function receive(socket: WebSocket, visit: (visit: Visit) => void): void {
  const pc = new RTCPeerConnection();
  const tell = (signal: Signal): void => socket.send(JSON.stringify(signal));
  let isOffering = false;
  let isIgnoring = false;
  pc.onicecandidate = ({ candidate }) => tell({ candidate });
  pc.onnegotiationneeded = async () => {
    isOffering = true;
    await pc.setLocalDescription().finally(() => {
      isOffering = false;
    });
    tell({ description: pc.localDescription! });
  };
  pc.onconnectionstatechange = () => {
    if (pc.connectionState === "failed") socket.close();
  };
  const handle = async ({ description, candidate }: Signal): Promise<void> => {
    if (candidate && !isIgnoring) await pc.addIceCandidate(candidate);
    if (description === undefined) return;
    isIgnoring = description.type === "offer" && (isOffering || pc.signalingState !== "stable");
    if (isIgnoring) return;
    await pc.setRemoteDescription(description);
    if (description.type !== "offer") return;
    await pc.setLocalDescription();
    tell({ description: pc.localDescription! });
  };
  // One after the other: a candidate must not overtake its description.
  let last = Promise.resolve();
  socket.on("message", (data) => {
    last = last.then(() => handle(JSON.parse(data.toString()))).catch(() => socket.close());
  });
  const gone = once(socket, "close").finally(() => pc.close());
  visit({ pc, gone });
}
