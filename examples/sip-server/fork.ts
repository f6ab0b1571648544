// One request to many phones (RFC 3261 §16.6, §16.7): groups one after another, the phones of a group at once, and the best answer.
import type { ClientTransaction, Flow, SipStack } from "@purertc/sip";
import { type HeadersInit, reasonPhraseOf, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import type { Target, TargetGroups } from "./location.ts";
import { LoopError } from "./next-hop.ts";

/** What came of it when nobody took the request: the best response, or what a missing one amounts to. */
export interface ForkFailure {
  readonly statusCode: number;
  readonly reasonPhrase: string;
  readonly response: SipResponse | undefined;
}

export interface ForkHandlers {
  /** The request for a target, and the flow it goes over. Rejects when the target cannot be reached. */
  send(target: Target): Promise<{ readonly request: SipRequest; readonly flow: Flow }>;
  provisional(response: SipResponse, transaction: ClientTransaction): void;
  /** A 2xx; for INVITE also those that come again, and those of phones that were too late. */
  success(response: SipResponse, transaction: ClientTransaction): void;
  /** More targets for a redirection (3xx); empty to pass it on. */
  redirected(response: SipResponse): Promise<readonly Target[]>;
  failed(failure: ForkFailure): void;
}

/** One phone: the ways to it that are left, and the request on its way. */
interface Branch {
  readonly targets: Target[];
  transaction: ClientTransaction | undefined;
  answered: boolean;
  /** It has rung for as long as it may. */
  rungOut: boolean;
  timer: NodeJS.Timeout | undefined;
}

export class Fork {
  readonly #stack: SipStack;
  readonly #handlers: ForkHandlers;
  readonly #ringMs: number;
  #groups: (readonly (readonly Target[])[])[] = [];
  #branches: Branch[] = [];
  #failures: ForkFailure[] = [];
  #redirections = 0;
  /** Whether somebody has taken it, or it was cancelled: nothing more is to be begun. */
  #over = false;

  constructor(stack: SipStack, ringSeconds: number, handlers: ForkHandlers) {
    this.#stack = stack;
    this.#ringMs = ringSeconds * 1000;
    this.#handlers = handlers;
  }

  start(groups: TargetGroups): void {
    this.#groups = groups.filter((group) => group.length > 0);
    this.#nextGroup();
  }

  /** Stops ringing; `headers` (such as Reason) go into the CANCELs. Responses that come all the same are still told, as successes. */
  cancel(headers?: HeadersInit): void {
    this.#over = true;
    this.#groups = [];
    for (const branch of this.#branches) this.#stop(branch, headers);
  }

  #nextGroup(): void {
    const group = this.#groups.shift();
    if (group === undefined) {
      this.#over = true;
      this.#handlers.failed(best(this.#failures));
      return;
    }
    this.#branches = group.map((targets) => ({
      targets: [...targets],
      transaction: undefined,
      answered: false,
      rungOut: false,
      timer: undefined,
    }));
    for (const branch of this.#branches) void this.#try(branch);
  }

  /** The next way to a phone. */
  async #try(branch: Branch): Promise<void> {
    const target = branch.targets.shift();
    if (target === undefined) {
      this.#failed(branch, { statusCode: 480, reasonPhrase: reasonPhraseOf(480), response: undefined });
      return;
    }
    try {
      const { request, flow } = await this.#handlers.send(target);
      if (this.#over) return;
      branch.transaction = this.#stack.request(request, flow, {
        response: (response, transaction) => this.#responded(branch, response, transaction),
        failed: (cause) => this.#unanswered(branch, cause === "timeout" ? 408 : 480),
      });
      if (request.method === "INVITE") branch.timer = setTimeout(() => this.#ringOut(branch), this.#ringMs);
    } catch (error) {
      this.#unanswered(branch, error instanceof LoopError ? 482 : 480); // no way to send it there
    }
  }

  #responded(branch: Branch, response: SipResponse, transaction: ClientTransaction): void {
    const { statusCode } = response;
    if (statusCode < 200) {
      if (!this.#over && statusCode > 100) this.#handlers.provisional(response, transaction);
    } else if (statusCode < 300) {
      this.#done(branch);
      if (!this.#over) this.cancel({ Reason: 'SIP;cause=200;text="Call completed elsewhere"' });
      this.#handlers.success(response, transaction);
    } else if (statusCode === 430 || statusCode === 503) {
      this.#unanswered(branch, 480); // RFC 5626 §5.3, RFC 3263 §4.3: this way is closed
    } else if (statusCode === 487 && branch.rungOut) this.#unanswered(branch, 408);
    else if (statusCode < 400) void this.#redirect(branch, response);
    else this.#failed(branch, { statusCode, reasonPhrase: response.reasonPhrase, response });
  }

  async #redirect(branch: Branch, response: SipResponse): Promise<void> {
    this.#redirections += 1;
    const targets = this.#over || this.#redirections > MAX_REDIRECTIONS ? [] : await this.#handlers.redirected(response);
    const { statusCode, reasonPhrase } = response;
    if (targets.length === 0) this.#failed(branch, { statusCode, reasonPhrase, response });
    else {
      this.#clear(branch);
      branch.targets.splice(0, branch.targets.length, ...targets);
      void this.#try(branch);
    }
  }

  /** The phone was not reached this way; perhaps it is another way. */
  #unanswered(branch: Branch, statusCode: number): void {
    this.#clear(branch);
    if (branch.targets.length > 0 && !this.#over) void this.#try(branch);
    else this.#failed(branch, { statusCode, reasonPhrase: reasonPhraseOf(statusCode), response: undefined });
  }

  #failed(branch: Branch, failure: ForkFailure): void {
    if (branch.answered) return;
    this.#done(branch);
    if (this.#over) return;
    this.#failures.push(failure);
    if (failure.statusCode >= 600) {
      // §16.7 item 5: the user wants it nowhere.
      this.cancel();
      this.#handlers.failed(failure);
    } else if (this.#branches.every((each) => each.answered)) this.#nextGroup();
  }

  /** §16.8: Timer C, in effect. */
  #ringOut(branch: Branch): void {
    branch.rungOut = true;
    this.#stop(branch, { Reason: 'SIP;cause=408;text="Request Timeout"' });
  }

  /** It has rung long enough, or somebody else has answered. */
  #stop(branch: Branch, headers?: HeadersInit): void {
    clearTimeout(branch.timer);
    if (branch.transaction === undefined || branch.answered || branch.transaction.request.method !== "INVITE") return;
    this.#stack.cancel(branch.transaction, headers);
  }

  #done(branch: Branch): void {
    branch.answered = true;
    clearTimeout(branch.timer);
  }

  #clear(branch: Branch): void {
    clearTimeout(branch.timer);
    branch.transaction = undefined;
  }
}

/** §16.7 item 6: the lowest class; within 4xx what tells the caller most. A 503 of a phone would read as ours, so it is a 500 (480 here). */
function best(failures: readonly ForkFailure[]): ForkFailure {
  const rank = ({ statusCode }: ForkFailure): number => {
    const preferred = PREFERRED.indexOf(statusCode);
    return Math.floor(statusCode / 100) * 1000 + (preferred < 0 ? PREFERRED.length : preferred);
  };
  const [first] = failures.toSorted((a, b) => rank(a) - rank(b));
  return first ?? { statusCode: 480, reasonPhrase: reasonPhraseOf(480), response: undefined };
}

const PREFERRED: readonly number[] = [401, 407, 415, 420, 484, 486, 488];
const MAX_REDIRECTIONS = 5;
