/** What attacks on a call have in common: floods at the pace of their victim, what it refused meanwhile, and whether what it heard is what was played. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Call } from "./media-process.ts";
import { type Carry, other, type Side } from "./relay.ts";

/** Counts by reason. */
export type Refused = Readonly<Record<string, number>>;

/** How what was heard compares with what was played, frame by frame and byte by byte. */
export interface Verdict {
  /** Frames that nobody played. */
  readonly wrong: number;
  /** Frames heard again. */
  readonly twice: number;
  /** Frames heard after later ones. */
  readonly disordered: number;
  /** Frames between the first and the last heard that were not. */
  readonly missing: number;
  readonly heard: number;
}

/** Judges what one end heard of the other since the `from`th frame that it heard. */
export async function verdict(call: Call, at: Side, kind: "audio" | "video", from = 0): Promise<Verdict> {
  const heard = await call.ends[at].call("heard");
  const played = await call.ends[other(at)].call("played"); // after that, so that nothing was heard that is not in it
  const serials = new Map(played[kind].map((hash, serial) => [hash, serial]));
  const frames = heard[kind].slice(from).map((hash) => serials.get(hash) ?? -1);
  const known = frames.filter((serial) => serial >= 0);
  const distinct = new Set(known);
  return {
    wrong: frames.length - known.length,
    twice: known.length - distinct.size,
    disordered: known.filter((serial, i) => i > 0 && serial < known[i - 1]!).length,
    missing: known.length === 0 ? 0 : Math.max(...known) - Math.min(...known) + 1 - distinct.size,
    heard: frames.length,
  };
}

/** What an end refused while `attack` went on. */
export async function refusedDuring(call: Call, at: Side, attack: () => Promise<void>): Promise<Refused> {
  const before = (await call.ends[at].call("stats")).refused;
  await attack();
  const after = (await call.ends[at].call("stats")).refused;
  const grown = Object.entries(after).map(([reason, count]) => [reason, count - (before[reason] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([reason, count]) => count > 0 && reason !== MARK));
}

export const sum = (counts: Refused): number => Object.values(counts).reduce((total, count) => total + count, 0);

/** Carries datagrams in another way for so long, and lets what is under way arrive. */
export async function carrying(call: Call, ms: number, carry: Carry): Promise<void> {
  const before = call.relay.carry;
  call.relay.carry = carry;
  await sleep(ms);
  call.relay.carry = before;
  await sleep(SETTLE_MS);
}

/** Sends datagrams as fast as the victim takes them, so that no socket buffer overflows and all are judged by purertc. */
export async function flood(call: Call, to: Side, datagrams: Iterable<Uint8Array>): Promise<void> {
  let batch = 0;
  for (const datagram of datagrams) {
    call.relay.inject(to, datagram, "peer");
    batch += 1;
    if (batch % BATCH === 0) await caughtUp(call, to);
    else if (batch % BREATH === 0) await new Promise(setImmediate); // what both ends play goes through the same process
  }
  await caughtUp(call, to);
}

/** Waits until all that was sent to an end has been read there. */
export async function caughtUp(call: Call, to: Side): Promise<void> {
  const marks = async () => (await call.ends[to].call("refused"))[MARK] ?? 0;
  const before = await marks();
  call.relay.inject(to, new Uint8Array(LONGER_THAN_ANY_PACKET).fill(0x80), "peer");
  for (const until = performance.now() + PATIENCE_MS; (await marks()) === before; ) {
    if (performance.now() > until) throw new Error(`the ${to} does not keep up`);
  }
}

/** As many datagrams. */
export function* many(count: number, make: (i: number) => Uint8Array): Iterable<Uint8Array> {
  for (let i = 0; i < count; i++) yield make(i);
}

/** Datagrams between two looks at the victim. */
const BATCH = 1000;
const BREATH = 25;
const SETTLE_MS = 250;
const PATIENCE_MS = 5000;
/** What marks the place in a flood that the victim has come to: nothing else is as long. */
const LONGER_THAN_ANY_PACKET = 9300;
const MARK = "too-long";
