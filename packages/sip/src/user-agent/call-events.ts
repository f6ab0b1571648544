/** What a call tells its listeners. */
import type { ParameterizedToken, SipRequest, SipResponse } from "@purertc/sip-parser";
import type { EndCause } from "../session/events.ts";
import type { DescriptionPlace } from "../session/offer-answer.ts";

/** A provisional response to our INVITE: `"progress"`. */
export class CallProgressEvent extends Event {
  readonly response: SipResponse;
  /** Whether it came reliably (RFC 3262) and got its PRACK. */
  readonly reliable: boolean;

  constructor(response: SipResponse, reliable: boolean) {
    super("progress");
    this.response = response;
    this.reliable = reliable;
  }

  get statusCode(): number {
    return this.response.statusCode;
  }

  get reasonPhrase(): string {
    return this.response.reasonPhrase;
  }
}

/** The peer's answer to an offer of ours: `"answer"`. */
export class CallAnswerEvent extends Event {
  readonly answer: string;
  readonly in: DescriptionPlace;
  /** In an unreliable provisional response: the same answer comes again, and then counts (RFC 3261 §13.2.1). */
  readonly preview: boolean;

  constructor(answer: string, place: DescriptionPlace, preview: boolean) {
    super("answer");
    this.answer = answer;
    this.in = place;
    this.preview = preview;
  }
}

/** What a listener of {@link CallOfferEvent} decides. */
export type OfferDecision = { readonly answer: string | Promise<string> } | { readonly statusCode: number };

/**
 * The peer's offer within a call, or its wish for one of ours: `"offer"`. A listener calls `respondWith` or `refuse` before it returns; otherwise the call
 * answers by itself with what was agreed on before, turning the directions of streams round as RFC 3264 §6.1 and §8.4 want.
 */
export class CallOfferEvent extends Event {
  /** Undefined when the peer wants an offer (a re-INVITE without one). */
  readonly offer: string | undefined;
  readonly in: DescriptionPlace;
  /** The message that brought it. */
  readonly message: SipRequest | SipResponse;
  #decision: OfferDecision | undefined;

  constructor(offer: string | undefined, place: DescriptionPlace, message: SipRequest | SipResponse) {
    super("offer");
    this.offer = offer;
    this.in = place;
    this.message = message;
  }

  /** The answer, now or later; a promise that rejects refuses with 488. */
  respondWith(answer: string | Promise<string>): void {
    this.#decision = { answer };
  }

  /** Refuses a re-INVITE's or UPDATE's offer; default 488. The call goes on as it was. Other offers cannot be refused (RFC 6337 §2.3): the call ends. */
  refuse(statusCode = 488): void {
    this.#decision = { statusCode };
  }

  /** For the call. */
  get decision(): OfferDecision | undefined {
    return this.#decision;
  }
}

/** INFO came, and was answered: `"info"` (RFC 6086). */
export class CallInfoEvent extends Event {
  readonly request: SipRequest;
  /** Undefined for INFO without Info-Package. */
  readonly package: string | undefined;

  constructor(request: SipRequest, infoPackage: string | undefined) {
    super("info");
    this.request = request;
    this.package = infoPackage;
  }
}

/** A telephone key in an INFO (`application/dtmf-relay` or `application/dtmf`): `"dtmf"`. */
export class CallDtmfEvent extends Event {
  /** One of `0123456789*#ABCD`, or `!` for a hook flash. */
  readonly tone: string;
  /** Milliseconds; undefined when not said. */
  readonly durationMs: number | undefined;

  constructor(tone: string, durationMs: number | undefined) {
    super("dtmf");
    this.tone = tone;
    this.durationMs = durationMs;
  }
}

/** MESSAGE, or another method, within the dialog: `"request"`. Unless a listener calls `respond`, MESSAGE gets 200 and others 405. */
export class CallRequestEvent extends Event {
  readonly request: SipRequest;
  readonly #respond: (statusCode: number) => void;
  #responded = false;

  constructor(request: SipRequest, respond: (statusCode: number) => void) {
    super("request");
    this.request = request;
    this.#respond = respond;
  }

  /** Answers it; once. */
  respond(statusCode: number): void {
    if (this.#responded) return;
    this.#responded = true;
    this.#respond(statusCode);
  }
}

/** The call is over: `"ended"`, last and once. */
export class CallEndedEvent extends Event implements CallEnd {
  readonly cause: EndCause;
  readonly statusCode: number | undefined;
  readonly reasons: readonly ParameterizedToken[];
  readonly message: SipRequest | SipResponse | undefined;

  constructor(end: CallEnd) {
    super("ended");
    this.cause = end.cause;
    this.statusCode = end.statusCode;
    this.reasons = end.reasons;
    this.message = end.message;
  }
}

/** How a call ended. */
export interface CallEnd {
  readonly cause: EndCause;
  /** Of the final response, if one ended it. */
  readonly statusCode: number | undefined;
  /** Reason headers (RFC 3326). */
  readonly reasons: readonly ParameterizedToken[];
  readonly message: SipRequest | SipResponse | undefined;
}
