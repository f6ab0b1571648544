/** The timers of transactions, by the letters RFC 3261 gives them (table 4 in appendix A, with RFC 6026). */
import { InvalidArgumentError } from "@purertc/core";

/** All in milliseconds. Timers A, B, E, F, G, H, I, J, K, L and M follow from T1, T2 and T4. */
export interface SipTimers {
  /** T1: round-trip estimate; first retransmission (A, E, G). §17.1.1.1. Default 500. */
  readonly t1: number;
  /** T2: longest interval between retransmissions of non-INVITE requests and INVITE responses. §17.1.2.1. Default 4000. */
  readonly t2: number;
  /** T4: longest time a message stays in the network; timers I and K. §17.1.2.2. Default 5000. */
  readonly t4: number;
  /** Timer D: how long a client absorbs retransmissions of a failure to its INVITE over UDP. §17.1.1.2. At least 32000, the default. */
  readonly d: number;
  /** When an INVITE is answered with 100 on the user's behalf. §17.2.1. Default 200. */
  readonly trying: number;
}

/** The values of RFC 3261. */
export const DEFAULT_SIP_TIMERS: SipTimers = { t1: 500, t2: 4000, t4: 5000, d: 32_000, trying: 200 };

/** The values given, the defaults for the others. Throws `InvalidArgumentError` unless all are finite, T1 and T2 above 0 and the others not below it. */
export function completeTimers(given: Partial<SipTimers> = {}): SipTimers {
  const timers = { ...DEFAULT_SIP_TIMERS, ...given };
  const valid = timers.t1 > 0 && timers.t2 > 0 && timers.t4 >= 0 && timers.d >= 0 && timers.trying >= 0;
  if (!valid || !Object.values(timers).every(Number.isFinite)) {
    throw new InvalidArgumentError("timers are finite; T1 and T2 are above 0", { code: "SIP_TIMERS" });
  }
  return timers;
}

/** 64 T1: timers B, F, H, J, L and M. */
export function transactionLifetime(timers: SipTimers): number {
  return 64 * timers.t1;
}

/**
 * RFC 4320 §4.1: how long after a non-INVITE request its client's Timer E has grown to T2. A 100 before that would only be noise over UDP; one must
 * come then, if nothing else was sent.
 */
export function nonInviteTryingDelay(timers: SipTimers): number {
  let sum = 0;
  let interval = timers.t1;
  while (interval < timers.t2) {
    sum += interval;
    interval *= 2;
  }
  return sum;
}
