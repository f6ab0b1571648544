// A file in the browser, from the start for every visitor, over and over: WebM, MP4, Ogg, WAV, IVF or annex B. Without one, a test pattern and a tone.
//   node play-file.ts film.webm 8081        (Node 22.18 or newer)
import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import { openMedia, playTracks, testPattern, tone } from "@purertc/media";
import { EncodedTrackGenerator, MediaStream } from "purertc";
import { serveVisits } from "./visits.ts";

/** Listens on 127.0.0.1; port 0 picks one. Rejects when the file cannot be read. */
export async function startPlaying(file: string | undefined, port: number): Promise<Server> {
  const tracks = file === undefined ? { audio: tone({ tone: BEEPS }), video: testPattern() } : await openMedia(file);
  return await serveVisits(port, false, ({ pc, gone }) => {
    const generators = {
      ...(tracks.audio === undefined ? {} : { audio: new EncodedTrackGenerator({ kind: "audio" }) }),
      ...(tracks.video === undefined ? {} : { video: new EncodedTrackGenerator({ kind: "video" }) }),
    };
    const stream = new MediaStream(Object.values(generators).map(({ track }) => track));
    for (const track of stream.getTracks()) pc.addTrack(track, stream);
    const left = new AbortController();
    gone.finally(() => left.abort());
    pc.onconnectionstatechange = () => {
      if (pc.connectionState !== "connected") return;
      pc.onconnectionstatechange = null;
      playTracks(tracks, generators, { loop: true, signal: left.signal }).catch((error: Error) =>
        process.stderr.write(`${error.message}\n`),
      );
    };
  });
}

/** Half a second of every second. */
const BEEPS = { components: [{ hertz: 880, levelDbov: -20 }], cadenceMs: [500, 500] };

if (process.argv[1] === fileURLToPath(import.meta.url)) await startPlaying(process.argv[2], Number(process.argv[3] ?? 8081));
