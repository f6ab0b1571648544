import type { Instant, Protocol, Transmit } from "@purertc/core";
import { expect, test } from "vitest";
import { connectPair } from "./pair.ts";
import { tap } from "./tap.ts";

/** Sends a counter every second and reports what it gets. */
class Ticker implements Protocol<{ readonly type: "got"; readonly value: number }> {
  #next: Instant | undefined;
  #toSend: number | undefined;
  #events: { readonly type: "got"; readonly value: number }[] = [];
  #count = 0;
  #now: Instant = Number.NEGATIVE_INFINITY;

  start(now: Instant): void {
    this.#now = now;
    this.#next = now + 1000;
  }

  handleDatagram(_now: Instant, datagram: Uint8Array): void {
    this.#events.push({ type: "got", value: datagram[0]! });
  }

  handleTimeout(now: Instant): void {
    this.#now = Math.max(now, this.#now);
    if (this.#next === undefined || this.#now < this.#next) return;
    this.#count += 1;
    this.#toSend = this.#count;
    this.#next += 1000;
  }

  pollTransmit(out: Uint8Array): Transmit<void> | undefined {
    if (this.#toSend === undefined) return undefined;
    out[0] = this.#toSend;
    this.#toSend = undefined;
    return { length: 1, route: undefined };
  }

  pollEvent(): { readonly type: "got"; readonly value: number } | undefined {
    return this.#events.shift();
  }

  pollTimeout(): Instant | undefined {
    return this.#next;
  }
}

test("a pair runs in virtual time, over a link with a delay", () => {
  const pair = connectPair(new Ticker(), new Ticker(), { seed: 1, link: { delayMs: 40 } });
  pair.a.call((ticker, now) => ticker.start(now));
  pair.run(3500);
  expect(pair.b.timeline).toEqual([
    { at: 1040, event: { type: "got", value: 1 } },
    { at: 2040, event: { type: "got", value: 2 } },
    { at: 3040, event: { type: "got", value: 3 } },
  ]);
  expect(pair.now).toBe(3500);
});

test("a tap drops, changes, doubles and injects", () => {
  const pair = connectPair(new Ticker(), new Ticker());
  pair.a.call((ticker, now) => ticker.start(now));
  const wire = tap(pair, {
    toB: (datagram) => {
      if (datagram[0] === 1) return "drop";
      if (datagram[0] === 2) return Uint8Array.of(77);
      if (datagram[0] === 3) return [datagram, Uint8Array.of(33)];
      return undefined;
    },
  });
  pair.run(3500);
  wire.toB(Uint8Array.of(99));
  wire.remove();
  pair.run(5500);
  expect(pair.b.events.map(({ value }) => value)).toEqual([77, 3, 33, 99, 4, 5]);
});

test("the same seed gives the same trace, another seed another one", () => {
  const hash = (seed: number): string => {
    const pair = connectPair(new Ticker(), new Ticker(), { seed, link: { delayMs: 20, jitterMs: 10, lossRate: 0.2 } });
    pair.a.call((ticker, now) => ticker.start(now));
    pair.b.call((ticker, now) => ticker.start(now));
    pair.run(100_000);
    return pair.trace.hash;
  };
  expect(hash(1)).toBe(hash(1));
  expect(hash(1)).not.toBe(hash(2));
});

test("waiting for what never comes fails with seed, time and timers", () => {
  const pair = connectPair(new Ticker(), new Ticker(), { seed: 42 });
  expect(() => pair.run(() => false)).toThrow(/nothing is left to happen.*seed 42.*\n.*a: no timer armed[\s\S]*SIMULATION_SEED=42/);
  pair.a.call((ticker, now) => ticker.start(now));
  expect(() => pair.run(() => false, { limitMs: 5000 })).toThrow(/not come in time \(seed 42, at 5000 ms\)/);
});

test("law 2: a deadline that is not after now is refused", () => {
  class Busy extends Ticker {
    override pollTimeout(): Instant {
      return 0;
    }
  }
  const pair = connectPair(new Busy(), new Ticker());
  expect(() => pair.a.call(() => undefined)).toThrow(/law 2/);
});
