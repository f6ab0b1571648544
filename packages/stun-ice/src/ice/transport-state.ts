/** The one word for how an agent is doing (W3C WebRTC §5.6.4: RTCIceTransportState). */
import type { IceState } from "./events.ts";
import type { Generation } from "./generation.ts";
import type { Selection } from "./selection.ts";

/** The state that follows from the rest. `gathered`: no more local candidates will come. */
export function transportState(generation: Generation, selection: Selection, gathered: boolean): IceState {
  const { pair } = selection;
  if (pair === undefined) {
    if (generation.failed) return "failed";
    const started = generation.remoteCredentials !== undefined && generation.checklist.pairs.length > 0;
    return started || generation.restarted ? "checking" : "new";
  }
  if (selection.silent) return selection.silenceForgotten ? "checking" : "disconnected";
  const done = gathered && generation.remoteEnded && pair.nominated && selection.generation === generation;
  return done ? "completed" : "connected";
}

/** Whether a first valid pair is still awaited: `patienceEndsAt` is then set. */
export function isAwaited(generation: Generation): boolean {
  return !generation.failed && generation.patienceEndsAt !== undefined && !generation.checklist.pairs.some(({ valid }) => valid);
}

/** Whether a pair may still become valid: one is being checked, or a restart has not had its candidates yet. */
export function isTrying(generation: Generation): boolean {
  if (generation.failed || generation.remoteCredentials === undefined) return false;
  const { pairs } = generation.checklist;
  return pairs.some(({ pending }) => pending) || (generation.firstValidAt === undefined && isAwaited(generation));
}
