/** The server side of connectivity checks: judge a Binding request and answer it (RFC 8445 §7.3; RFC 8489 §6.3.1, §9.1.3). */
import type { Path } from "@purertc/core";
import { findAttribute, type StunMessage, unknownRequiredAttributes } from "../codec/message.ts";
import type { AgentContext } from "./agent-context.ts";
import { judgeCheckRequest, type RequestVerdict, writeCheckError, writeCheckSuccess } from "./check-message.ts";
import type { Generation } from "./generation.ts";
import { RateLimit } from "./rate-limit.ts";
import { RequestMemory } from "./request-memory.ts";
import { judgeRole } from "./role-conflict.ts";

/** An authentic check that was answered with success. */
export interface AnsweredCheck {
  /** Where it came from, the one object for these ends. */
  readonly path: Path;
  readonly generation: Generation;
  readonly peerFragment: string;
  /** PRIORITY. */
  readonly priority: number;
  readonly useCandidate: boolean;
  /** The agent must switch its role before it goes on (RFC 8445 §7.3.1.1). */
  readonly switchRole: boolean;
}

export class CheckResponder {
  readonly #context: AgentContext;
  readonly #intern: (path: Path) => Path;
  readonly #errors: RateLimit;
  readonly #replay = new RequestMemory();

  constructor(context: AgentContext, intern: (path: Path) => Path) {
    this.#context = context;
    this.#intern = intern;
    this.#errors = new RateLimit(context.tunables.errorResponsesPerSecond);
  }

  /**
   * Answers a Binding request that came over `route`. `generations` are those whose credentials still count, newest first. Undefined when the request was
   * refused: then nothing but counters changed.
   */
  answer(message: StunMessage, datagram: Uint8Array, route: Path, generations: readonly Generation[]): AnsweredCheck | undefined {
    const context = this.#context;
    const judged = judge(message, datagram, generations);
    if (typeof judged === "number") {
      context.discard("unauthenticated-request");
      // The answer is not larger than a request that could ask for it, and bounded in rate: no amplifier.
      const path = context.paths.find(route) ?? route; // no path is remembered for strangers
      if (this.#errors.take(context.now)) context.send({ bytes: writeCheckError(message.transactionId, judged), path });
      else context.discard("error-response-rate");
      return undefined;
    }
    const { generation, kind, peerFragment } = judged;
    if (this.#replay.isElsewhere(message.transactionId, route)) {
      context.discard("replayed-request");
      return undefined;
    }
    const path = this.#intern(route);
    const integrity = { kind, mac: generation.localMac(kind) };
    const unknown = unknownRequiredAttributes(message);
    if (unknown.length > 0) {
      context.discard("unusable-request");
      context.send({ bytes: writeCheckError(message.transactionId, 420, integrity, unknown), path });
      return undefined;
    }
    const priority = findAttribute(message, "PRIORITY")?.value;
    if (priority === undefined) {
      context.discard("unusable-request"); // RFC 8445 §7.1.1: every check carries it
      context.send({ bytes: writeCheckError(message.transactionId, 400, integrity), path });
      return undefined;
    }
    const role = judgeRole(context.role, context.tieBreaker, message);
    if (role === "reject") {
      context.send({ bytes: writeCheckError(message.transactionId, 487, integrity), path });
      return undefined;
    }
    context.send({ bytes: writeCheckSuccess(message.transactionId, path.remote, kind, integrity.mac), path });
    return {
      path,
      generation,
      peerFragment,
      priority,
      useCandidate: findAttribute(message, "USE-CANDIDATE") !== undefined,
      switchRole: role === "switch",
    };
  }
}

function judge(
  message: StunMessage,
  datagram: Uint8Array,
  generations: readonly Generation[],
): (Exclude<RequestVerdict, number> & { readonly generation: Generation }) | 400 | 401 {
  let refusal: 400 | 401 = 400;
  for (const generation of generations) {
    const { localCredentials, remoteCredentials, localMac } = generation;
    const verdict = judgeCheckRequest(message, datagram, localCredentials.usernameFragment, remoteCredentials?.usernameFragment, localMac);
    if (typeof verdict !== "number") return { ...verdict, generation };
    refusal = verdict;
  }
  return refusal;
}
