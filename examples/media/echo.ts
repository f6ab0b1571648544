// The camera comes back: packets go from the receiver to the sender as they are, and key frames are asked for upstream.
//   node echo.ts 8081        (Node 22.18 or newer)
import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import { serveVisits } from "./visits.ts";

/** Listens on 127.0.0.1; port 0 picks one. */
export async function startEcho(port: number): Promise<Server> {
  return await serveVisits(port, true, ({ pc }) => {
    pc.ontrack = ({ track, transceiver, streams }) => {
      transceiver.direction = "sendrecv"; // before the answer, so that it says so
      transceiver.sender.setStreams(...streams);
      void transceiver.sender.replaceTrack(track);
    };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await startEcho(Number(process.argv[2] ?? 8081));
