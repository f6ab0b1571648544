/** What an ICE restart replaces: credentials, candidates, checklist (RFC 8445 §9). */
import { type CryptoProvider, type Instant, type Mac, type Path, sameTransportAddress, type TransportAddress } from "@purertc/core";
import { shortTermMac } from "../codec/credentials.ts";
import type { IntegrityKind } from "../codec/message-integrity.ts";
import type { LocalCandidate, RemoteCandidate } from "./candidate.ts";
import type { CandidatePair } from "./candidate-pair.ts";
import type { MacFor } from "./check-message.ts";
import { Checklist } from "./checklist.ts";
import type { IceCredentials } from "./options.ts";

/** An authentic check that came before the peer's credentials (RFC 8445 §7.3): answered, remembered for a triggered check. */
export interface EarlyCheck {
  readonly path: Path;
  readonly peerFragment: string;
  readonly priority: number;
  readonly useCandidate: boolean;
}

export class Generation {
  readonly localCredentials: IceCredentials;
  readonly localMac: MacFor;
  readonly checklist: Checklist;
  readonly localCandidates: LocalCandidate[] = [];
  readonly remoteCandidates: RemoteCandidate[] = [];
  readonly earlyChecks: EarlyCheck[] = [];
  /** Whether this generation came by a restart. */
  readonly restarted: boolean;
  /** The peer has no more candidates (RFC 8838 §14). */
  remoteEnded = false;
  /** No pair worked, or consent was lost. */
  failed = false;
  /** When the first pair became valid. */
  firstValidAt: Instant | undefined;
  /** RFC 8863: when waiting for a valid pair ends; undefined before checks can run. */
  patienceEndsAt: Instant | undefined;
  /** The pair a nominating check is under way for (controlling), or that this agent has nominated. */
  nominating: CandidatePair | undefined;
  /** A nominated pair was found (RFC 8445 §8.1.2). */
  concluded = false;
  readonly #crypto: CryptoProvider;
  #remoteCredentials: IceCredentials | undefined;
  #remoteMac: MacFor | undefined;

  constructor(crypto: CryptoProvider, localCredentials: IceCredentials, maxPairs: number, restarted: boolean) {
    this.#crypto = crypto;
    this.localCredentials = localCredentials;
    this.localMac = macsUnder(crypto, localCredentials.password);
    this.checklist = new Checklist(maxPairs);
    this.restarted = restarted;
  }

  get remoteCredentials(): IceCredentials | undefined {
    return this.#remoteCredentials;
  }

  /** Undefined until the peer's password is known. */
  get remoteMac(): MacFor | undefined {
    return this.#remoteMac;
  }

  setRemoteCredentials(credentials: IceCredentials): void {
    this.#remoteCredentials = credentials;
    this.#remoteMac = macsUnder(this.#crypto, credentials.password);
  }

  /** Remembers a check that came before the peer's credentials; a repeated one takes its own place. False when `limit` paths are remembered already. */
  rememberEarly(check: EarlyCheck, limit: number): boolean {
    const at = this.earlyChecks.findIndex(({ path }) => path === check.path);
    if (at < 0 && this.earlyChecks.length >= limit) return false;
    if (at < 0) this.earlyChecks.push(check);
    else this.earlyChecks[at] = { ...check, useCandidate: check.useCandidate || this.earlyChecks[at]!.useCandidate };
    return true;
  }

  remoteCandidateAt(address: TransportAddress): RemoteCandidate | undefined {
    return this.remoteCandidates.find((known) => sameTransportAddress(known.address, address));
  }

  localCandidateAt(address: TransportAddress): LocalCandidate | undefined {
    return this.localCandidates.find((known) => sameTransportAddress(known.address, address));
  }
}

/** Binds a password to each MAC once, when it is first needed. */
function macsUnder(crypto: CryptoProvider, password: string): MacFor {
  const macs = new Map<IntegrityKind, Mac>();
  return (kind) => {
    let mac = macs.get(kind);
    if (mac === undefined) {
      mac = shortTermMac(crypto, kind, password);
      macs.set(kind, mac);
    }
    return mac;
  };
}
