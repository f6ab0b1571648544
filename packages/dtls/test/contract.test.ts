import { copyBytes, hexFromBytes, type Signer } from "@purertc/core";
import type { DtlsEvent } from "@purertc/dtls";
import { ContentType, writeAlert } from "@purertc/dtls/codec";
import { simulationSeeds } from "@purertc/simulator";
import { type ContractScene, checkProtocolContract } from "@purertc/simulator/contract";
import { memoryInUse } from "@purertc/simulator/node";
import { expect, test } from "vitest";
import { record } from "./forged.ts";
import { CLIENT, client, SERVER, server } from "./two-ends.ts";

const SIGNATURES = new Map<string, Uint8Array>();

/** ECDSA signatures differ each time; for law 3 the same message has to get the same one. */
function repeatable({ publicKey, schemes, sign }: Signer, owner: Signer): Signer {
  return {
    publicKey,
    schemes,
    sign(scheme, message) {
      const key = `${scheme} ${hexFromBytes(publicKey)} ${hexFromBytes(message)}`;
      const known = SIGNATURES.get(key) ?? sign.call(owner, scheme, message);
      SIGNATURES.set(key, known);
      return copyBytes(known);
    },
  };
}

function scene(seed: number, role: "client" | "server", cookieExchange = false): ContractScene<DtlsEvent> {
  const a = client(seed, { certificate: { chain: CLIENT.chain, signer: repeatable(CLIENT.signer, CLIENT.signer) } });
  const b = server(seed, { cookieExchange, certificate: { chain: SERVER.chain, signer: repeatable(SERVER.signer, SERVER.signer) } });
  const [protocol, peer] = role === "client" ? [a, b] : [b, a];
  return {
    protocol,
    peer,
    start: (now) => {
      peer.start(now);
      protocol.start(now);
    },
    actions: [
      (now, lend, random) => protocol.send(now, lend(random.bytes(random.integer(1, 500)))),
      (now, lend, random) => peer.send(now, lend(random.bytes(random.integer(1, 500)))),
    ],
    close: (now) => protocol.close(now),
    afterClosed: [
      (now) => protocol.start(now),
      (now) => protocol.send(now, new Uint8Array(1)),
      (now) => protocol.close(now),
      (now) => protocol.provideSignature(now, new Uint8Array(1)),
      () => protocol.exportKeyingMaterial("x", undefined, 1),
      () => protocol.sealRecord(new Uint8Array(100), 1),
    ],
    forge: (random, real) => {
      if (protocol.state !== "connected" || real === undefined) return undefined;
      // What the peer sent, with a wrong bit in the tag at its end, and an alert in the clear.
      const bad = copyBytes(real);
      bad[bad.length - 1]! ^= 1;
      const alert = record({
        type: ContentType.alert,
        fragment: writeAlert({ level: 2, description: 40 }),
        sequenceNumber: random.integer(0, 1e6),
      });
      return random.pick([bad, alert]);
    },
  };
}

const seeds = simulationSeeds(process.env.SIMULATION_SEED, [1, 2]);

test("the eight laws, as client", () => {
  const report = checkProtocolContract((seed) => scene(seed, "client"), { seeds, steps: 120 });
  expect(report.laws).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(report.events).toBeGreaterThan(500);
});

test("the eight laws, as server", () => {
  const report = checkProtocolContract((seed) => scene(seed, "server"), { seeds, steps: 120 });
  expect(report.laws).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(report.events).toBeGreaterThan(500);
});

test("the eight laws, as server with cookies", () => {
  checkProtocolContract((seed) => scene(seed, "server", true), { seeds: seeds.slice(0, 1), steps: 80 });
});

test("law 8: memory does not grow with what strangers send", () => {
  for (const role of ["client", "server"] as const) {
    const report = checkProtocolContract((seed) => scene(seed, role), {
      seeds: [1],
      steps: 60,
      memoryInUse,
      floodDatagrams: 4000,
      floodGrowth: 512 * 1024,
    });
    expect(report.laws).toContain(8);
  }
});
