/** The receiving half of a transceiver: who wants what it gets. */
import { type Instant, InvalidStateError } from "@purertc/core";
import type { MediaReceiver, MediaSink } from "./types.ts";

/** See the file's header. */
export class Receiver implements MediaReceiver {
  #sinks: readonly MediaSink[] = [];

  get layers(): readonly string[] {
    return [];
  }

  addSink(sink: MediaSink): () => void {
    if (this.#sinks.length >= MAX_SINKS) throw new InvalidStateError(`${MAX_SINKS} sinks are there already`, { code: "PEER_SINKS" });
    this.#sinks = [...this.#sinks, sink];
    return () => {
      this.#sinks = this.#sinks.filter((one) => one !== sink);
    };
  }

  requestKeyframe(_now: Instant): void {}

  selectLayer(_now: Instant, _rid: string | undefined): void {}
}

const MAX_SINKS = 16;
