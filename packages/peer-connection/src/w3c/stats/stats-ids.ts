/** Ids of statistics objects: stable within a connection, and not to be guessed (https://w3c.github.io/webrtc-pc/#dom-rtcstats-id). */
import { type RandomSource, randomString } from "@purertc/core";

/** A random id for each thing, remembered. */
export class StatsIds {
  readonly #random: RandomSource;
  readonly #ids = new Map<string, string>();

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** The id of what `key` names within the connection; always the same for the same key. */
  of(key: string): string {
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = randomString(this.#random, 12, ALPHABET);
      this.#ids.set(key, id);
    }
    return id;
  }
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
