// A server that browsers reach over WebRTC: signalling over a WebSocket, every message on every channel comes back.
//   node echo-server.ts 8081        (Node 22.18 or newer)
// In the browser:
//   const pc = new RTCPeerConnection(), socket = new WebSocket("ws://127.0.0.1:8081"), channel = pc.createDataChannel("echo");
//   pc.onicecandidate = ({ candidate }) => socket.send(JSON.stringify({ candidate }));
//   socket.onopen = async () => { await pc.setLocalDescription(); socket.send(JSON.stringify({ description: pc.localDescription })); };
//   socket.onmessage = async ({ data }) => {
//     const { description, candidate } = JSON.parse(data);
//     if (description) await pc.setRemoteDescription(description); else await pc.addIceCandidate(candidate);
//   };
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type RTCIceCandidateInit, RTCPeerConnection, type RTCSessionDescriptionInit } from "purertc";
import { type WebSocket, WebSocketServer } from "ws";

interface Signal {
  readonly description?: RTCSessionDescriptionInit;
  readonly candidate?: RTCIceCandidateInit | null;
}

/** Listens on 127.0.0.1; port 0 picks one. */
export async function startEchoServer(port: number): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: "127.0.0.1", port, maxPayload: 65_536 });
  server.on("connection", serve);
  await once(server, "listening");
  return server;
}

function serve(socket: WebSocket): void {
  const pc = new RTCPeerConnection();
  const tell = (signal: Signal): void => socket.send(JSON.stringify(signal));
  pc.onicecandidate = ({ candidate }) => tell({ candidate });
  pc.onconnectionstatechange = () => {
    if (pc.connectionState === "failed") socket.close();
  };
  pc.ondatachannel = ({ channel }) => {
    channel.binaryType = "arraybuffer";
    channel.onmessage = ({ data }) => {
      if (channel.readyState === "open") channel.send(data);
    };
  };
  // One after the other: a candidate must not overtake its description.
  let last = Promise.resolve();
  socket.on("message", (data) => {
    last = last.then(() => receive(JSON.parse(data.toString()))).catch(() => socket.close());
  });
  socket.on("close", () => pc.close());

  async function receive({ description, candidate }: Signal): Promise<void> {
    if (candidate) await pc.addIceCandidate(candidate);
    if (description === undefined) return;
    await pc.setRemoteDescription(description);
    await pc.setLocalDescription();
    tell({ description: pc.localDescription! });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await startEchoServer(Number(process.argv[2] ?? 8081));
