import type { SeededRandom } from "../seeded-random.ts";
import { hostileDatagram } from "./hostile-datagram.ts";
import type { ContractRun } from "./run.ts";
import type { ContractScene } from "./scene.ts";
import { ContractViolation } from "./violation.ts";

/**
 * Law 8: a protocol in the middle of its life is given many hostile datagrams, each from anywhere, and must not have grown by more than `growth`
 * bytes. The first tenth is not counted: bounded tables may fill up, and the engine compiles. Of the rest, the part with the least growth counts
 * for all: what leaks grows in each, what the engine happens to allocate does not.
 */
export function checkFlood<E, R>(
  scene: ContractScene<E, R>,
  run: ContractRun<E, R>,
  random: SeededRandom,
  limits: { readonly datagrams: number; readonly growth: number; readonly mtu: number; readonly memoryInUse: () => number },
): void {
  const routes = scene.routes ?? [undefined as R];
  let now = run.now;
  const give = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const route = scene.strangeRoute !== undefined && random.chance(0.5) ? scene.strangeRoute(random) : random.pick<R>(routes);
      run.subject.handleDatagram(now, hostileDatagram(random, run.samples, limits.mtu), route);
      now += random.next() * 0.2; // so little time that no idle timer ends the flood early
      const deadline = run.subject.pollTimeout();
      if (deadline !== undefined && deadline <= now) run.subject.handleTimeout(now);
    }
  };
  give(limits.datagrams / 10);
  let least = Number.POSITIVE_INFINITY;
  for (let part = 0; part < PARTS; part++) {
    const before = limits.memoryInUse();
    give(limits.datagrams / PARTS);
    least = Math.min(least, limits.memoryInUse() - before);
  }
  run.subject.pollTimeout(); // so that the protocol is still alive in the last measurement
  const grown = least * PARTS;
  if (grown > limits.growth) {
    throw new ContractViolation(
      8,
      `memory grew by ${grown} bytes with ${limits.datagrams} hostile datagrams; at most ${limits.growth} are allowed`,
    );
  }
}

const PARTS = 4;
