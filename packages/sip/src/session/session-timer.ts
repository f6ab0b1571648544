/** Session timers (RFC 4028): how the two sides agree on an interval and a refresher, and when to refresh or give up. */
import type { Instant } from "@purertc/core";
import { Parameters, type SessionExpires, type SipMessage, type SipRequest, type SipResponse, sameIgnoringCase } from "@purertc/sip-parser";
import type { HeaderPair } from "./header-list.ts";
import type { SessionTimerOptions } from "./options.ts";

/** An agreed interval. */
interface Running {
  readonly seconds: number;
  readonly weRefresh: boolean;
  readonly refreshedAt: Instant;
  refreshTried: boolean;
}

export class SessionTimer {
  readonly #options: SessionTimerOptions | undefined;
  /** The largest Min-SE heard of, or our own (§7.1, §9). */
  #minExpires: number;
  /** Whether Min-SE must be sent: it is not the default, or a 422 told it (§7.4). */
  #tellMinExpires: boolean;
  #running: Running | undefined;

  /** `false` hides the extension: it is neither asked for nor granted. */
  constructor(options: SessionTimerOptions | false = {}) {
    this.#options = options === false ? undefined : options;
    this.#minExpires = Math.max(SMALLEST, this.#options?.minExpires ?? SMALLEST);
    this.#tellMinExpires = this.#minExpires > SMALLEST;
  }

  /** The agreed interval in seconds; undefined when the session does not expire. */
  get seconds(): number | undefined {
    return this.#running?.seconds;
  }

  /** Whether we are to refresh. */
  get weRefresh(): boolean {
    return this.#running?.weRefresh ?? false;
  }

  /** A timer for another early dialog, which has heard what this one has. */
  fork(): SessionTimer {
    const copy = new SessionTimer(this.#options ?? false);
    copy.#minExpires = this.#minExpires;
    copy.#tellMinExpires = this.#tellMinExpires;
    return copy;
  }

  /** Header fields of an INVITE or UPDATE of ours (§7.1, §7.4): once agreed, the roles stay. */
  requestHeaders(): HeaderPair[] {
    if (this.#options === undefined) return [];
    const running = this.#running;
    const seconds = Math.max(running?.seconds ?? this.#options.expires ?? DEFAULT_EXPIRES, this.#minExpires);
    let refresher: "uac" | "uas" | undefined;
    if (running !== undefined) refresher = running.weRefresh ? "uac" : "uas";
    else if (this.#options.refresher !== undefined) refresher = this.#options.refresher === "local" ? "uac" : "uas";
    const value: SessionExpires = { seconds, parameters: Parameters.of(refresher === undefined ? [] : { refresher }) };
    const headers: HeaderPair[] = [["Session-Expires", value]];
    if (this.#tellMinExpires) headers.push(["Min-SE", this.#minExpires]);
    return headers;
  }

  /** §7.3: takes the Min-SE of a 422 to our request; false when trying again is of no use. */
  takeMinimum(response: SipResponse): boolean {
    const minimum = response.headers.get("Min-SE")?.seconds;
    if (this.#options === undefined || minimum === undefined || minimum <= 0 || minimum > LONGEST) return false;
    this.#minExpires = Math.max(this.#minExpires, minimum);
    this.#tellMinExpires = true;
    return true;
  }

  /** §9: the interval that must be refused with 422 and this Min-SE, because it is too small and the UAC can be told. */
  refusal(request: SipRequest): number | undefined {
    const asked = request.headers.get("Session-Expires");
    if (this.#options === undefined || asked === undefined || !supportsTimer(request)) return undefined;
    const minimum = Math.max(SMALLEST, this.#options.minExpires ?? SMALLEST);
    return asked.seconds < minimum ? minimum : undefined;
  }

  /** §9: header fields of our 2xx to an INVITE or UPDATE. The interval runs from now. */
  respond(now: Instant, request: SipRequest): HeaderPair[] {
    const asked = request.headers.get("Session-Expires");
    const supported = supportsTimer(request);
    if (this.#options === undefined || (asked === undefined && !supported)) {
      this.#running = undefined;
      return [];
    }
    const floor = Math.max(SMALLEST, request.headers.get("Min-SE")?.seconds ?? 0);
    const wanted = this.#running?.seconds ?? this.#options.expires ?? DEFAULT_EXPIRES;
    // "MUST NOT be greater than the one in the request, nor smaller than Min-SE".
    const seconds = Math.max(1, Math.min(asked?.seconds ?? LONGEST, Math.max(wanted, floor)));
    const uacRefreshes = supported && this.#uacRefreshes(asked);
    this.#run(now, seconds, !uacRefreshes);
    const value: SessionExpires = { seconds, parameters: Parameters.of({ refresher: uacRefreshes ? "uac" : "uas" }) };
    // "timer" is required whenever the UAC understands it: so it knows that a session timer runs.
    return supported
      ? [
          ["Require", "timer"],
          ["Session-Expires", value],
        ]
      : [["Session-Expires", value]];
  }

  /** §7.2: what a 2xx to our INVITE or UPDATE agrees to. Without Session-Expires the session does not expire. */
  accept(now: Instant, response: SipResponse): void {
    const granted = response.headers.get("Session-Expires");
    if (this.#options === undefined || granted === undefined) {
      this.#running = undefined;
      return;
    }
    // The UAC refreshes unless it is told that the UAS does.
    this.#run(now, Math.max(granted.seconds, 1), !sameIgnoringCase(granted.parameters.get("refresher") ?? "uac", "uas"));
  }

  /** The session is over. */
  stop(): void {
    this.#running = undefined;
  }

  /** When to ask {@link due}. */
  get at(): Instant | undefined {
    const running = this.#running;
    if (running === undefined) return undefined;
    return running.weRefresh && !running.refreshTried ? refreshAt(running) : expiryAt(running);
  }

  /** §10: `"refresh"` at half the interval, once, if that is our part; `"expired"` shortly before its end, for either side. */
  due(now: Instant): "refresh" | "expired" | undefined {
    const running = this.#running;
    if (running === undefined) return undefined;
    if (now >= expiryAt(running)) {
      this.#running = undefined;
      return "expired";
    }
    if (!running.weRefresh || running.refreshTried || now < refreshAt(running)) return undefined;
    running.refreshTried = true;
    return "refresh";
  }

  /** §9, table 2: who refreshes when we answer a UAC that understands timers. Once agreed it stays, if the request says nothing else. */
  #uacRefreshes(asked: SessionExpires | undefined): boolean {
    const refresher = asked?.parameters.get("refresher")?.toLowerCase();
    if (refresher === "uac") return true;
    if (refresher === "uas") return false;
    if (this.#running !== undefined) return !this.#running.weRefresh;
    return (this.#options?.refresher ?? "remote") === "remote";
  }

  #run(now: Instant, seconds: number, weRefresh: boolean): void {
    this.#running = { seconds: Math.min(seconds, LONGEST), weRefresh, refreshedAt: now, refreshTried: false };
  }
}

function refreshAt(running: Running): Instant {
  return running.refreshedAt + 500 * running.seconds;
}

/** §10: before the end by the lesser of 32 s and a third of the interval. */
function expiryAt(running: Running): Instant {
  return running.refreshedAt + 1000 * (running.seconds - Math.min(32, running.seconds / 3));
}

function supportsTimer(message: SipMessage): boolean {
  return hasOption(message, "Supported", "timer") || hasOption(message, "Require", "timer");
}

/** Whether an option tag is listed. */
export function hasOption(message: SipMessage, header: "Supported" | "Require", tag: string): boolean {
  return message.headers.all(header).some((each) => sameIgnoringCase(each, tag));
}

/** §4: the recommended interval; §5: "MUST NOT be less than 90 seconds". */
const DEFAULT_EXPIRES = 1800;
const SMALLEST = 90;
/** A day: longer sessions expire as well, and a peer cannot make an interval overflow. */
const LONGEST = 86_400;
