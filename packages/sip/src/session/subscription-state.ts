/** Subscription-State (RFC 6665 §4.1.3): its states, why subscriptions end, and what may be done then. */
import { type ParameterizedToken, sameIgnoringCase } from "@purertc/sip-parser";

/** Why a subscription ended (RFC 6665 §4.1.3); reasons of other specifications are kept as written. */
export type TerminationReason =
  | "deactivated"
  | "probation"
  | "rejected"
  | "timeout"
  | "giveup"
  | "noresource"
  | "invariant"
  | (string & Record<never, never>);

/** The states a NOTIFY can tell. Others, of extensions, count as active (§4.1.3). */
export type NotifiedState = "pending" | "active" | "terminated";

/** The state a NOTIFY tells. */
export function notifiedState(header: ParameterizedToken): NotifiedState {
  for (const state of ["pending", "terminated"] as const) if (sameIgnoringCase(header.value, state)) return state;
  return "active";
}

/** A non-negative integer parameter, in seconds; undefined when absent or not a number. */
export function secondsOf(header: ParameterizedToken, name: "expires" | "retry-after"): number | undefined {
  const text = header.parameters.get(name);
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** Milliseconds after which §4.1.3 lets a subscriber try again; undefined when it should not. */
export function retryAfterMs(reason: string | undefined, retryAfter: number | undefined): number | undefined {
  switch (reason?.toLowerCase()) {
    case "rejected":
    case "noresource":
    case "invariant":
      return undefined;
    case "deactivated":
    case "timeout":
      return 0;
    default:
      // probation, giveup and unknown reasons: "retry-after" if present, any time otherwise.
      return 1000 * (retryAfter ?? 0);
  }
}

/** §4.1.2.2, §4.2.2: responses to SUBSCRIBE or NOTIFY that end the subscription; 408 stands for none. */
export function endsSubscription(statusCode: number): boolean {
  return ENDING.has(statusCode);
}

const ENDING: ReadonlySet<number> = new Set([404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]);
