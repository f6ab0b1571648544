/** The MediaStreams that were made for a peer's stream ids. */
import type { MediaStream } from "./media-stream.ts";

/** Remembers a stream for as long as something else does: the same id gives the same object, as far as anybody can tell. */
export class RemoteStreams {
  readonly #streams = new Map<string, WeakRef<MediaStream>>();
  #limit = 16;

  /** The stream with this id, if it is still held by anybody. */
  get(id: string): MediaStream | undefined {
    return this.#streams.get(id)?.deref();
  }

  /** Remembers a stream. */
  set(id: string, stream: MediaStream): void {
    if (this.#streams.size >= this.#limit) this.#forgetDead();
    this.#streams.set(id, new WeakRef(stream));
  }

  #forgetDead(): void {
    for (const [id, reference] of this.#streams) if (reference.deref() === undefined) this.#streams.delete(id);
    this.#limit = Math.max(16, 2 * this.#streams.size);
  }
}
