import type { Path, Protocol, Transmit } from "@purertc/core";
import { seededRandom, simulationSeeds } from "@purertc/simulator";
import { type ContractScene, ContractViolation, checkProtocolContract } from "@purertc/simulator/contract";
import { memoryInUse } from "@purertc/simulator/node";
import { expect, test } from "vitest";
import { type Flaw, type ToyEvent, ToyProtocol } from "./toy-protocol.ts";

function scene(seed: number, flaw?: Flaw): ContractScene<ToyEvent> {
  const random = seededRandom(seed);
  const protocol = new ToyProtocol(random.fork("protocol"), flaw);
  const peer = new ToyProtocol(random.fork("peer"));
  return {
    protocol,
    peer,
    start: (now) => {
      peer.listen(now);
      protocol.connect(now);
    },
    actions: [
      (now, lend, dice) => protocol.send(now, lend(dice.bytes(dice.integer(0, 210)))),
      (now, lend, dice) => peer.send(now, lend(dice.bytes(dice.integer(0, 200)))),
    ],
    close: (now) => protocol.close(now),
    afterClosed: [(now) => protocol.send(now, new Uint8Array(1)), (now) => protocol.close(now), (now) => protocol.connect(now)],
    forge: (dice, real) => {
      const bytes = real === undefined ? dice.bytes(30) : Uint8Array.from(real);
      if (dice.chance(0.5)) bytes[4] = dice.integer(1, 5); // the type
      bytes[dice.integer(0, 3)]! ^= 0x10; // the checksum
      return bytes;
    },
  };
}

const seeds = simulationSeeds(process.env.SIMULATION_SEED, [1, 2, 3]);

test("a protocol that keeps all laws passes", () => {
  const report = checkProtocolContract(scene, { seeds, memoryInUse });
  expect(report.laws).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(report.runs).toBe(seeds.length * 3 * 7);
  expect(report.closed).toBe(report.runs);
  expect(report.datagrams).toBeGreaterThan(50 * report.runs);
  expect(report.events).toBeGreaterThan(10 * report.runs);
});

test.each<Flaw>([
  "1 throws on an empty datagram",
  "1 takes an older now at its word",
  "2 leaves its deadline in the past",
  "2 never stops sending",
  "3 draws from a source that is not its own",
  "4 resends at every handleTimeout",
  "4 counts every handleTimeout as an attempt",
  "5 keeps the datagram",
  "5 writes into the datagram",
  "5 keeps what was sent",
  "5 keeps what is in an event",
  "5 sends bytes that it did not write",
  "5 uses the whole ArrayBuffer of out",
  "6 believes a packet before its checksum",
  "6 counts a bad packet as a sign of life",
  "7 gives an event after closed",
  "7 has a deadline after closed",
  "7 does not refuse calls after closed",
  "7 never closes",
  "7 fails with a TypeError",
])("law %s: caught, with its number and the seed", (flaw) => {
  const check = (): unknown => checkProtocolContract((seed) => scene(seed, flaw), { seeds: [1, 2, 3] });
  expect(check).toThrow(ContractViolation);
  expect(check).toThrow(new RegExp(`^law ${flaw[0]} [\\s\\S]*SIMULATION_SEED=`));
});

test("law 8 remembers every bad packet: caught where memory can be measured", () => {
  const make = (seed: number): ContractScene<ToyEvent> => scene(seed, "8 remembers every bad packet");
  expect(() => checkProtocolContract(make, { seeds: [1], memoryInUse })).toThrow(/^law 8 /);
  expect(checkProtocolContract(make, { seeds: [1] }).laws).not.toContain(8);
});

test("a route that is a new object each time is caught", () => {
  class Echo implements Protocol<never, Path> {
    #route: Path | undefined;
    handleDatagram(_now: number, _datagram: Uint8Array, route: Path): void {
      this.#route = route;
    }
    handleTimeout(): void {}
    pollTransmit(): Transmit<Path> | undefined {
      const route = this.#route;
      this.#route = undefined;
      return route && { length: 0, route: { ...route } };
    }
    pollEvent(): undefined {}
    pollTimeout(): undefined {}
  }
  const end = { protocol: "udp", family: 4, ip: "192.0.2.1", port: 1 } as const;
  const path: Path = { local: end, remote: { ...end, port: 2 } };
  const make = (): ContractScene<never, Path> => ({ protocol: new Echo(), routes: [path], answersForgeries: true });
  expect(() => checkProtocolContract(make)).toThrow(/two objects for one route/);
});
