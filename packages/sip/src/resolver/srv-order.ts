/** The order in which SRV records are tried (RFC 2782): by priority, and among equals by chance in proportion to their weights. */
import { type RandomSource, randomBelow } from "@purertc/core";
import type { SrvRecord } from "./dns.ts";

/** A new list, most wanted first. */
export function orderSrvRecords(records: readonly SrvRecord[], random: RandomSource): readonly SrvRecord[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    drawByWeight(
      records.filter((record) => record.priority === priority),
      random,
    ),
  );
}

/**
 * "Weight" of RFC 2782: those of weight 0 in front, running sums, a uniform number from 0 to the total, the first record whose sum reaches it; and again
 * with those that are left.
 */
function drawByWeight(records: readonly SrvRecord[], random: RandomSource): readonly SrvRecord[] {
  const left = [...records.filter(({ weight }) => weight === 0), ...records.filter(({ weight }) => weight !== 0)];
  const drawn: SrvRecord[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    const pick = randomBelow(random, total + 1);
    let sum = 0;
    const index = left.findIndex(({ weight }) => {
      sum += weight;
      return sum >= pick;
    });
    drawn.push(...left.splice(index, 1));
  }
  return drawn;
}
