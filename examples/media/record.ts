// Every visitor's camera and microphone into a file of its own, until the tab is closed.
//   node record.ts recordings 8081        (Node 22.18 or newer)
import { mkdir } from "node:fs/promises";
import type { Server } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordToFile } from "@purertc/media";
import { serveVisits } from "./visits.ts";

/** Listens on 127.0.0.1; port 0 picks one. */
export async function startRecording(folder: string, port: number): Promise<Server> {
  await mkdir(folder, { recursive: true });
  let number = 0;
  return await serveVisits(port, true, ({ pc, gone }) => {
    pc.addEventListener(
      "track",
      async ({ streams: [stream] }) => {
        const file = join(folder, `visit-${++number}.webm`);
        const recorder = recordToFile(stream!, file); // both tracks: they are in the stream before the first event
        await gone;
        const { durationMs, tracks } = await recorder.stop();
        const what = tracks.map(({ mimeType, frames }) => `${frames} of ${mimeType}`).join(", ");
        process.stdout.write(`${file}: ${(durationMs / 1000).toFixed(1)} s, ${what}\n`);
      },
      { once: true },
    );
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await startRecording(process.argv[2] ?? "recordings", Number(process.argv[3] ?? 8081));
