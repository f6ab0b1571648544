/** Every tunable of the agent, its default and the section that names it. */
import { type CryptoProvider, InvalidArgumentError, type RandomSource } from "@purertc/core";

/** RFC 8445 §5.3, RFC 8839 §5.4. */
export interface IceCredentials {
  /** 4 to 256 ice-chars. */
  readonly usernameFragment: string;
  /** 22 to 256 ice-chars. */
  readonly password: string;
}

/** RFC 8445 §6.1.1. */
export type IceRole = "controlling" | "controlled";

/** Numbers a deployment may change. Times are in milliseconds. */
export interface IceTunables {
  /** Ta, RFC 8445 §14.2: between two new ordinary checks, and between two new STUN queries. At least 5. */
  readonly taMs: number;
  /** RTO of connectivity checks, RFC 8445 §14.3: the least first retransmission interval; it grows to Ta times the pairs that are being checked. */
  readonly rtoMs: number;
  /** Rc of connectivity checks, RFC 8489 §6.2.1. */
  readonly maxRequests: number;
  /** Rm of connectivity checks, RFC 8489 §6.2.1. */
  readonly lastWaitFactor: number;
  /** RTO of STUN server queries. */
  readonly gatheringRtoMs: number;
  /** Rc of STUN server queries. With Rm below a dead server is given up after 9.5 s, as browsers do, not after RFC 8489's 39.5 s. */
  readonly gatheringMaxRequests: number;
  /** Rm of STUN server queries. */
  readonly gatheringLastWaitFactor: number;
  /** RFC 8445 §5.1.1.4: how often NAT bindings of server-reflexive candidates are refreshed until a pair is nominated. */
  readonly reflexiveKeepaliveMs: number;
  /** RFC 8445 §6.1.2.5: pairs in the checklist. */
  readonly maxPairs: number;
  /** Remote candidates kept per generation, peer-reflexive ones apart; more are ignored. */
  readonly maxRemoteCandidates: number;
  /** Peer-reflexive remote candidates kept per generation (RFC 8445 §7.3.1.3). */
  readonly maxPeerReflexive: number;
  /** Checks remembered before the remote credentials are known (RFC 8445 §7.3). */
  readonly maxEarlyChecks: number;
  /**
   * RFC 8445 §8.1.1 leaves to the controlling agent when to stop looking for a better pair. This one nominates at once when no pair of higher priority is
   * still being tried, and otherwise this long after the first success. Data flows on the best valid pair meanwhile.
   */
  readonly nominationSettleMs: number;
  /** RFC 7675 §5.1: mean time between consent checks; each is 0.8 to 1.2 of it. */
  readonly consentIntervalMs: number;
  /** RFC 7675 §5.1: without a response for this long, nothing may be sent any more. */
  readonly consentTimeoutMs: number;
  /** The state is `disconnected` when nothing was heard on the selected path for this long ... */
  readonly disconnectedAfterMs: number;
  /** ... and a consent check has gone unanswered for this long. */
  readonly unansweredAfterMs: number;
  /** RFC 8863 §4: how long to await a first valid pair before `failed`. Each new remote candidate starts it anew until the peer has said that there are no more. */
  readonly patienceMs: number;
  /** Unauthenticated 400 and 401 answers per second; the rest is dropped in silence. */
  readonly errorResponsesPerSecond: number;
}

/** What holds for a tunable that is not given. */
export const ICE_DEFAULTS: IceTunables = {
  taMs: 50,
  rtoMs: 500,
  maxRequests: 7,
  lastWaitFactor: 16,
  gatheringRtoMs: 500,
  gatheringMaxRequests: 5,
  gatheringLastWaitFactor: 4,
  reflexiveKeepaliveMs: 15_000,
  maxPairs: 100,
  maxRemoteCandidates: 100,
  maxPeerReflexive: 32,
  maxEarlyChecks: 16,
  nominationSettleMs: 250,
  consentIntervalMs: 5_000,
  consentTimeoutMs: 30_000,
  disconnectedAfterMs: 5_000,
  unansweredAfterMs: 2_000,
  patienceMs: 30_000,
  errorResponsesPerSecond: 10,
};

/** What an agent is made of. */
export interface IceAgentOptions extends Partial<IceTunables> {
  readonly random: RandomSource;
  /** Only `hmac` of SHA-1 and SHA-256 is used. */
  readonly crypto: CryptoProvider;
  /** RFC 8445 §6.1.1; a role conflict may change it. */
  readonly role: IceRole;
  /** Generated when omitted: 8 and 24 ice-chars. */
  readonly localCredentials?: IceCredentials;
  /** `"relay"`: only relayed candidates are gathered, paired and answered (RFC 8828's mode 4). Default `"all"`. */
  readonly transportPolicy?: "all" | "relay";
  /** RFC 8445 §4: the component this agent is for; remote candidates of the other are ignored. Default 1. */
  readonly component?: 1 | 2;
}

/** The least value of each tunable. Those in milliseconds may have a fraction, the others are whole numbers. */
const LEAST: IceTunables = {
  taMs: 5,
  rtoMs: 1,
  maxRequests: 1,
  lastWaitFactor: 1,
  gatheringRtoMs: 1,
  gatheringMaxRequests: 1,
  gatheringLastWaitFactor: 1,
  reflexiveKeepaliveMs: 1,
  maxPairs: 1,
  maxRemoteCandidates: 1,
  maxPeerReflexive: 0,
  maxEarlyChecks: 0,
  nominationSettleMs: 0,
  consentIntervalMs: 1,
  consentTimeoutMs: 1,
  disconnectedAfterMs: 1,
  unansweredAfterMs: 1,
  patienceMs: 1,
  errorResponsesPerSecond: 0,
};

/** The tunables of `options`, the defaults where it has none. Throws `InvalidArgumentError` (`ICE_OPTION_RANGE`) for one that is out of range. */
export function iceTunables(options: Partial<IceTunables>): IceTunables {
  const tunables: Record<keyof IceTunables, number> = { ...ICE_DEFAULTS };
  for (const name of TUNABLE_NAMES) {
    const value = options[name];
    if (value === undefined) continue;
    const right = typeof value === "number" && value >= LEAST[name] && (name.endsWith("Ms") || Number.isInteger(value));
    if (!right) {
      const kind = name.endsWith("Ms") ? "a number" : "an integer";
      throw new InvalidArgumentError(`${name} must be ${kind} from ${LEAST[name]}`, { code: "ICE_OPTION_RANGE" });
    }
    tunables[name] = value;
  }
  return tunables;
}

const TUNABLE_NAMES = Object.keys(ICE_DEFAULTS) as readonly (keyof IceTunables)[];
