import { checkFlood } from "./contract/flood.ts";
import { ContractRun, type RunPlan, type RunResult, type Weather } from "./contract/run.ts";
import type { ContractOptions, ContractReport, ContractScene } from "./contract/scene.ts";
import { KIND, type Treatment } from "./contract/subject.ts";
import { ContractViolation } from "./contract/violation.ts";
import { seededRandom } from "./seeded-random.ts";
import { withSeed } from "./seeds.ts";

export type { ContractAction, ContractOptions, ContractReport, ContractScene, Lend } from "./contract/scene.ts";
export { ContractViolation, LAWS, type Law } from "./contract/violation.ts";

/**
 * Checks the eight laws of `Protocol` (see the contract in `@purertc/core`) with generated inputs: honest traffic with a peer, the same with
 * losses, repeats and delays, and the same with falsified and made-up datagrams. Each life is lived several times under hosts that differ only in
 * ways a protocol must not notice, and must give the same bytes and events each time. Throws {@link ContractViolation} at the first difference.
 *
 * ```ts
 * const report = checkProtocolContract((seed) => {
 *   const [protocol, peer] = [createClient(seed), createServer(seed)];
 *   return {
 *     protocol,
 *     peer,
 *     start: (now) => { peer.start(now); protocol.start(now); },
 *     actions: [(now, lend, random) => protocol.send(now, lend(random.bytes(100)))],
 *     close: (now) => protocol.close(now),
 *     afterClosed: [(now) => protocol.send(now, new Uint8Array(1))],
 *   };
 * });
 * expect(report.laws).toEqual([1, 2, 3, 4, 5, 6, 7]);
 * ```
 */
export function checkProtocolContract<E, R = void>(
  make: (seed: number) => ContractScene<E, R>,
  options: ContractOptions = {},
): ContractReport {
  const { seeds = [1, 2, 3], steps = 200, mtu = 1500 } = options;
  const total = { runs: 0, datagrams: 0, events: 0, closed: 0 };
  const live = (plan: RunPlan, treatment: Treatment): RunResult => {
    const result = liveOnce(make(plan.seed), treatment, plan);
    total.runs += 1;
    total.datagrams += result.datagrams;
    total.events += result.events;
    total.closed += result.closed ? 1 : 0;
    return result;
  };
  let hasClose = true;
  let floods = 0;
  for (const seed of seeds) {
    try {
      hasClose &&= make(seed).close !== undefined;
      for (const weather of WEATHERS) {
        const plan = { seed, weather, steps, mtu };
        const expected = live(plan, KIND).transcript;
        for (const treatment of TREATMENTS) compare(expected, live(plan, treatment).transcript, plan, treatment);
      }
      const sleeper = new ContractRun(make(seed), KIND, { seed, weather: "lossy", steps: Math.min(steps, 50), mtu });
      sleeper.begin();
      sleeper.sleepOddly();
      if (flood(make(seed), { seed, weather: "clean", steps: Math.min(steps, 100), mtu }, options)) floods += 1;
    } catch (error) {
      throw withSeed(error, seed);
    }
  }
  const laws = [1, 2, 3, 4, 5, 6, ...(hasClose || total.closed > 0 ? [7] : []), ...(floods > 0 ? [8] : [])];
  return { laws, ...total };
}

/** Under the kind host all went well, so whatever goes wrong under another one breaks that treatment's law. */
function liveOnce<E, R>(scene: ContractScene<E, R>, treatment: Treatment, plan: RunPlan): RunResult {
  try {
    return new ContractRun(scene, treatment, plan).live();
  } catch (error) {
    if (treatment === KIND || !(error instanceof ContractViolation) || error.law === 1 || error.law === treatment.law) throw error;
    throw new ContractViolation(treatment.law, `in ${plan.weather} weather, ${treatment.name} led to a breach of ${error.message}`, {
      cause: error,
    });
  }
}

/** Floods a protocol in the middle of a short life. False when memory cannot be measured or the protocol has closed before. */
function flood<E, R>(scene: ContractScene<E, R>, plan: RunPlan, options: ContractOptions): boolean {
  const { memoryInUse, floodDatagrams = 20_000, floodGrowth = 2 * 1024 * 1024 } = options;
  if (memoryInUse === undefined) return false;
  const run = new ContractRun(scene, KIND, plan);
  run.begin();
  if (run.subject.closed) return false;
  const random = seededRandom(`contract flood ${plan.seed}`);
  checkFlood(scene, run, random, { datagrams: floodDatagrams, growth: floodGrowth, mtu: plan.mtu, memoryInUse });
  return true;
}

function compare(expected: readonly string[], actual: readonly string[], { weather }: RunPlan, treatment: Treatment): void {
  const length = Math.max(expected.length, actual.length);
  for (let i = 0; i < length; i++) {
    if (expected[i] === actual[i]) continue;
    const what = [
      `in ${weather} weather, ${treatment.name} changed what call ${i} gave`,
      `  was: ${expected[i] ?? "(no more calls)"}`,
      `  is:  ${actual[i] ?? "(no more calls)"}`,
      `  before that: ${expected[i - 1] ?? "(nothing)"}`,
    ];
    throw new ContractViolation(treatment.law, what.join("\n"));
  }
}

const WEATHERS: readonly Weather[] = ["clean", "lossy", "hostile"];

const TREATMENTS: readonly Treatment[] = [
  { ...KIND, name: "running it again", law: 3 },
  { ...KIND, name: "overwriting lent buffers", law: 5, overwrites: true },
  { ...KIND, name: "lending buffers with other contents at another offset", law: 5, fill: 0xa6, offset: 24 },
  { ...KIND, name: "a spurious handleTimeout", law: 4, spuriousTimeouts: true },
  { ...KIND, name: "passing an older now", law: 1, oldClock: true },
  { ...KIND, name: "a refused datagram", law: 6, forgeries: true },
];
