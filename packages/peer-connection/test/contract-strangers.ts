/** What strangers do, for the checker of the Sans-I/O contract: datagrams by unknown routes, and forged ones. */
import { type Path, type TransportAddress, transportAddress } from "@purertc/core";
import type { SeededRandom } from "@purertc/simulator";

/** The route between two ends, and one from a stranger's address. */
export function routesTo(here: TransportAddress, there: TransportAddress): readonly Path[] {
  return [
    { local: here, remote: there },
    { local: here, remote: transportAddress("198.51.100.66", 6666)! },
  ];
}

/** A route from any address of TEST-NET-2 (RFC 5737 §3). */
export function strangeRouteTo(here: TransportAddress, random: SeededRandom): Path {
  return { local: here, remote: transportAddress(`198.51.100.${random.integer(1, 254)}`, random.integer(1, 65_535))! };
}

/** A copy of `real` with one byte changed, at `from` or behind it. */
export function changed(real: Uint8Array, from: number, random: SeededRandom): Uint8Array {
  const at = random.integer(from, real.length - 1);
  return Uint8Array.from(real, (byte, i) => (i === at ? byte ^ 0x55 : byte));
}
