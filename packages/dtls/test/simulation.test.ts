import { type LinkOptions, seededRandom, simulationSeeds, tap } from "@purertc/simulator";
import { expect, test } from "vitest";
import { selfSigned } from "./self-signed.ts";
import { bytes, connectedPair, startedPair, texts } from "./two-ends.ts";

const seeds = simulationSeeds(
  process.env.SIMULATION_SEED,
  Array.from({ length: 12 }, (_, i) => i + 1),
);

const WEATHERS: readonly (readonly [string, LinkOptions])[] = [
  ["10 % loss", { lossRate: 0.1, delayMs: 20 }],
  ["50 % loss", { lossRate: 0.5, delayMs: 20 }],
  ["500 ms each way", { delayMs: 500, jitterMs: 100 }],
  ["everything at once", { lossRate: 0.3, delayMs: 80, jitterMs: 50, duplicateRate: 0.3, reorderRate: 0.5, reorderMs: 200 }],
  ["bits flipped on the way", { corruptRate: 0.2, delayMs: 10 }],
];

/** As long as those of a CA chain, so that flights have many datagrams that can be lost and overtake each other. */
const LONG = selfSigned({ name: "ecdsa", curve: "P-256" }, seededRandom("long"), 2500);

for (const [name, link] of WEATHERS) {
  test.each(seeds)(`RFC 6347 §4.2.4: connects and stays connected with ${name}, seed %i`, (seed) => {
    const options = { certificate: LONG, mtu: 600 };
    const pair = startedPair({ seed, link, client: options, server: { ...options, cookieExchange: seed % 3 === 0 } });
    const both = () => pair.a.protocol.state === "connected" && pair.b.protocol.state === "connected";
    if (link.corruptRate === undefined) pair.run(both, { limitMs: 60_000 });
    else {
      // Nobody can tell a flipped bit in the clear from the peer's will: it may end the handshake, but only in an orderly way.
      pair.run(() => both() || pair.a.protocol.state === "failed" || pair.b.protocol.state === "failed", { limitMs: 60_000 });
      if (!both()) return;
    }
    for (let i = 0; i < 50; i++) {
      pair.at(pair.now + i, () => {
        pair.a.call((end, now) => end.send(now, bytes(`a${i}`)));
        pair.b.call((end, now) => end.send(now, bytes(`b${i}`)));
      });
    }
    pair.settle();
    expect([pair.a.protocol.state, pair.b.protocol.state]).toEqual(["connected", "connected"]);
    for (const node of [pair.a, pair.b]) {
      const received = texts(node.events);
      expect(new Set(received).size).toBe(received.length); // §4.1.2.6: nothing twice
      if (link.lossRate === undefined && link.corruptRate === undefined) expect(received).toHaveLength(50);
    }
  });
}

test.each(seeds)("RFC 6347 §4.2.4: a 20 s outage in the middle of the handshake only delays it, seed %i", (seed) => {
  const from = 5 * seed; // each seed interrupts another step
  const outages = [{ from, to: from + 20_000 }];
  const pair = startedPair({ seed, link: { delayMs: 15, outages }, client: { certificate: LONG }, server: { certificate: LONG } });
  pair.run(() => pair.a.protocol.state === "connected" && pair.b.protocol.state === "connected");
  expect(pair.now).toBeLessThan(from + 20_000 + 1600 + 200);
});

test("RFC 6347 §4.2.4: the server repeats its last flight when the client repeats its own", () => {
  const pair = startedPair();
  let dropped = 0;
  tap(pair, {
    toA: () => {
      if (pair.b.protocol.state !== "connected" || dropped >= 3) return undefined;
      dropped += 1;
      return "drop";
    },
  });
  pair.run(() => pair.a.protocol.state === "connected");
  expect(dropped).toBe(3);
});

test("RFC 6347 §4.1: data that overtakes Finished is delivered after the handshake", () => {
  const pair = startedPair({ link: { delayMs: 10 } });
  let finished: Uint8Array | undefined;
  tap(pair, {
    toA: (datagram) => {
      // The server's last flight is held back, and what it sends first overtakes it.
      if (pair.b.protocol.state !== "connected") return undefined;
      if (finished === undefined) {
        finished = Uint8Array.from(datagram);
        return "drop";
      }
      return [datagram, finished];
    },
  });
  pair.run(() => pair.b.protocol.state === "connected");
  pair.b.call((end, now) => end.send(now, bytes("early")));
  pair.run(() => pair.a.event("data") !== undefined, { limitMs: 30 });
  expect(pair.a.events.map((event) => event.type)).toEqual(["connected", "data"]);
});

test("the same seed gives the same bytes", () => {
  // Signatures are random in node:crypto, so the handshake is compared up to the first one: the ClientHello, and the times of everything.
  const runs = [1, 2].map(() => {
    const pair = connectedPair({ seed: 7, link: { lossRate: 0.3, delayMs: 20, reorderRate: 0.3 } });
    return [pair.now, pair.toA.counts, pair.toB.counts];
  });
  expect(runs[0]).toEqual(runs[1]);
});
