// A recording of one tab's camera: a file in the temporary folder, which the page may fetch until the tab is gone.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Nobody watches longer, and disks are finite. */
const LONGEST_MS = 60_000;

/** Files that may be fetched, by the paths of their URLs. */
const shelf = new Map();

/** What a path is on disk; undefined when it is no recording. */
export function recordingAt(path) {
  return shelf.get(path);
}

export class Recording {
  #recorder;
  #folder;
  #path;
  #timer;

  /** Begins. `stream` is what the browser sends; `extension`: webm or mp4, as its codec needs. `ended(error, recording)` is called once, after `stop` or a minute. */
  async start(stream, extension, ended) {
    const { recordToFile } = await import("@purertc/media"); // only when somebody records
    this.#folder = await mkdtemp(join(tmpdir(), "purertc-recording-"));
    const file = join(this.#folder, `recording.${extension}`);
    this.#recorder = recordToFile(stream, file);
    this.#timer = setTimeout(() => this.stop(), LONGEST_MS);
    this.#recorder.finished
      .then(async ({ durationMs, tracks }) => {
        const { size } = await stat(file);
        this.#path = `/recordings/${randomUUID()}.${extension}`;
        shelf.set(this.#path, file);
        const codecs = tracks.filter(({ frames }) => frames > 0).map(({ mimeType, frames }) => ({ mimeType, frames }));
        ended(undefined, { url: this.#path, seconds: durationMs / 1000, bytes: size, codecs });
      })
      .catch((error) => ended(error));
  }

  /** Completes the file. */
  stop() {
    clearTimeout(this.#timer);
    this.#recorder?.stop().catch(() => undefined); // told to `ended`
  }

  /** Forgets and deletes it. */
  async discard() {
    this.stop();
    await this.#recorder?.finished.catch(() => undefined);
    shelf.delete(this.#path);
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}
