/**
 * Messages parsed, read as a proxy reads them, and written, on one core: an INVITE with SDP, against the parsers on npm in the same run. Short rounds
 * alternate between the implementations, so that a busy machine slows all; the best round of each counts, and memory is the growth of the heap per message.
 */
import { bar, median, table } from "../report.mjs";
import { implementations } from "./implementations.mjs";
import { invite } from "./invite.mjs";

const bytes = Buffer.from(invite, "latin1");

export async function sipParserBench(args) {
  const quick = args.includes("--quick");
  const rounds = quick ? 15 : 50;
  const sliceMs = 25;
  const measured = implementations.map((implementation) => ({
    name: implementation.name,
    steps: steps(implementation),
    rates: {},
    allocated: 0,
  }));
  check(measured);
  for (let round = 0; round <= rounds; round++) {
    for (const each of measured) {
      for (const [step, work] of Object.entries(each.steps)) {
        const rate = perSecond(work, round === 0 ? 300 : sliceMs);
        if (round > 0) each.rates[step] = Math.max(each.rates[step] ?? 0, rate);
      }
    }
  }
  for (const each of measured) each.allocated = bytesPerMessage(each.steps["and write"] ?? each.steps["and read"]);
  const [ours] = measured;
  const thousand = (rate) => (rate === undefined ? "" : rate.toFixed(0));
  table(
    `SIP: an INVITE of ${bytes.length} octets, messages/s on one core (best of ${rounds} rounds)`,
    ["parser", "parse", "and read", "and write", "heap bytes each", "times slower than ours"],
    measured.map(({ name, rates, allocated }) => {
      const step = rates["and write"] === undefined ? "and read" : "and write";
      return [
        name,
        thousand(rates.parse),
        thousand(rates["and read"]),
        thousand(rates["and write"]),
        allocated.toFixed(0),
        (ours.rates[step] / rates[step]).toFixed(1),
      ];
    }),
  );
  const best = Math.max(...measured.slice(1).map(({ rates }) => rates["and write"] ?? 0));
  return [
    bar("SIP INVITE parsed, read and written, messages/s", ours.rates["and write"], ">=", 300_000),
    bar("the same, times the fastest other parser", ours.rates["and write"] / best, ">=", 2.5),
    bar("heap bytes per INVITE parsed, read and written", ours.allocated, "<=", 4500),
  ];
}

function steps({ parse, read, write }) {
  const all = { parse: () => (parse(bytes) === undefined ? 0 : 1), "and read": () => read(parse(bytes)) };
  if (write !== undefined) {
    all["and write"] = () => {
      const message = parse(bytes);
      return read(message) + write(message);
    };
  }
  return all;
}

/** All must read the same values. */
function check(measured) {
  const sums = measured.map(({ steps }) => steps["and read"]());
  if (sums.some((sum) => sum !== sums[0]))
    throw new Error(`the parsers read different things: ${measured.map(({ name }, i) => `${name} ${sums[i]}`).join(", ")}`);
}

/** Keeps results in use, so that nothing measured is optimized away. */
const sink = new Float64Array(1);

function perSecond(work, forMs) {
  const began = performance.now();
  let count = 0;
  let elapsed = 0;
  do {
    for (let i = 0; i < 200; i++) sink[0] += work();
    count += 200;
    elapsed = performance.now() - began;
  } while (elapsed < forMs);
  return (count * 1000) / elapsed;
}

/** Growth of the heap over small batches; those in which a collection fell are left out. */
function bytesPerMessage(work) {
  const growths = [];
  for (let batch = 0; batch < 60; batch++) {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 200; i++) sink[0] += work();
    const grown = (process.memoryUsage().heapUsed - before) / 200;
    if (grown > 0) growths.push(grown);
  }
  return median(growths);
}
