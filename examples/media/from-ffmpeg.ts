// RTP in from FFmpeg, out to every visitor's browser.
//   node from-ffmpeg.ts 8081        (Node 22.18 or newer), then
//   ffmpeg -re -f lavfi -i testsrc=size=640x360:rate=30 -pix_fmt yuv420p -c:v libvpx -deadline realtime -g 30 -f rtp 'rtp://127.0.0.1:5004?pkt_size=1200'
//   ffmpeg -re -f lavfi -i sine -c:a libopus -f rtp 'rtp://127.0.0.1:5006?pkt_size=1200'
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import { MediaStream, RtpTrackGenerator } from "purertc";
import { serveVisits } from "./visits.ts";

/** Listens on 127.0.0.1 for visitors, VP8 and Opus; port 0 picks one for visitors. */
export async function startFromFfmpeg(port: number, videoPort = 5004, audioPort = 5006): Promise<Server> {
  const tracks = [await receive("video", videoPort), await receive("audio", audioPort)];
  const server = await serveVisits(port, false, ({ pc }) => {
    const stream = new MediaStream(tracks.map(({ track }) => track));
    for (const track of stream.getTracks()) pc.addTrack(track, stream);
  });
  server.on("close", () => {
    for (const { close } of tracks) close();
  });
  return server;
}

/** A track of what arrives at a UDP port. FFmpeg cannot be asked for key frames: `-g 30` makes one a second. */
async function receive(kind: "audio" | "video", port: number) {
  const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  const generator = new RtpTrackGenerator({ kind }); // VP8 and Opus, unless told otherwise
  const writer = generator.writable.getWriter();
  socket.on("message", (packet) => {
    // Live media does not wait: what cannot be sent now is left out.
    if ((writer.desiredSize ?? 0) > 0) writer.write(packet).catch(() => socket.close());
  });
  return { track: generator.track, close: () => socket.close() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await startFromFfmpeg(Number(process.argv[2] ?? 8081));
