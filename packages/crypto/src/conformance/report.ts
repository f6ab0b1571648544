/** Collects what a provider did wrong. Nothing here stops at the first failure, and an exception of the provider is one more failure. */
import { equalBytes, hexFromBytes, InvalidArgumentError, type RandomSource } from "@purertc/core";

export class Report {
  readonly failures: string[] = [];
  #section = "";

  /** Runs one group of checks; `section` goes before each of its failures. */
  section(section: string, checks: () => void): void {
    this.#section = section;
    try {
      checks();
    } catch (error) {
      this.#fail(`threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
    }
  }

  /** `condition` must hold. */
  holds(what: string, condition: boolean): void {
    if (!condition) this.#fail(what);
  }

  /** Both must have the same bytes. */
  equals(what: string, actual: Uint8Array | undefined, expected: Uint8Array): void {
    if (actual !== undefined && equalBytes(actual, expected)) return;
    this.#fail(`${what}: got ${actual === undefined ? "nothing" : shown(actual)}, not ${shown(expected)}`);
  }

  /** `call` must throw `InvalidArgumentError`. */
  refuses(what: string, call: () => unknown): void {
    try {
      call();
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) this.#fail(`${what}: threw ${String(error)} instead of InvalidArgumentError`);
      return;
    }
    this.#fail(`${what}: was accepted`);
  }

  #fail(what: string): void {
    this.failures.push(`${this.#section}: ${what}`);
  }
}

/** Bytes 0, 1, 2, ... times `step` plus `start`, modulo 256: test data that is not all alike. */
export function pattern(length: number, start = 0, step = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => start + i * step);
}

/** The bytes of `text`, which is ASCII. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Gives `bytes`, over and over. */
export function replay(bytes: Uint8Array): RandomSource {
  let at = 0;
  return {
    fill(out: Uint8Array): void {
      for (let i = 0; i < out.length; i++) out[i] = bytes[at++ % bytes.length]!;
    },
  };
}

/** A small generator (xorshift32) for keys of tests. Not for anything else. */
export function seeded(seed: number): RandomSource {
  let state = (seed * 2654435761) | 1;
  return {
    fill(out: Uint8Array): void {
      for (let i = 0; i < out.length; i++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        out[i] = state >>> 11;
      }
    },
  };
}

function shown(bytes: Uint8Array): string {
  return bytes.length <= 64 ? hexFromBytes(bytes) : `${hexFromBytes(bytes.subarray(0, 64))}... (${bytes.length} bytes)`;
}
