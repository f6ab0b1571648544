/** The notifier's side of RFC 6665. */
import type { Instant, RandomSource } from "@purertc/core";
import type { HeadersInit, NameAddress, ParameterizedToken, SipRequest, SipResponse } from "@purertc/sip-parser";
import type { Dialog } from "../dialog/dialog.ts";
import type { TerminationReason } from "./subscription.ts";
import type { DialogUsage, RequestFailure, RequestId, UsageOutput } from "./usage.ts";

export interface NotifierOptions {
  readonly random: RandomSource;
  readonly contact: NameAddress;
  readonly headers?: HeadersInit;
  /** Event packages served, for Allow-Events; another gets 489. */
  readonly events: readonly string[];
  /** Seconds: shorter non-zero subscriptions get 423 (§4.2.1.1). Default 0. */
  readonly minExpires?: number;
  /** Seconds: longer ones are shortened. Default 3600. */
  readonly maxExpires?: number;
  /** Seconds when the SUBSCRIBE names none (the package's). Default 3600. */
  readonly defaultExpires?: number;
  readonly authorize?: (request: SipRequest, response: SipResponse) => SipRequest | undefined;
  readonly overTls?: boolean;
}

export type NotifierEvent =
  /** A SUBSCRIBE refreshed it (answered already): a NOTIFY with the full state is due, `notify` it. `expires` 0: it ends with that NOTIFY. */
  | { readonly type: "refreshed"; readonly request: SipRequest; readonly expires: number }
  | { readonly type: "notified"; readonly response: SipResponse }
  | { readonly type: "terminated"; readonly reason: TerminationReason; readonly message?: SipRequest | SipResponse };

export declare class Notifier implements DialogUsage<NotifierEvent> {
  static receive(now: Instant, subscribe: SipRequest, options: NotifierOptions): Notifier | SipResponse;
  readonly dialog: Dialog;
  readonly event: ParameterizedToken;
  readonly state: "waiting" | "pending" | "active" | "terminated";
  readonly finished: boolean;
  /** Answers the SUBSCRIBE 200 and sends the first NOTIFY, with this body. */
  accept(
    now: Instant,
    init?: { readonly state?: "pending" | "active"; readonly contentType?: string; readonly body?: Uint8Array | string },
  ): void;
  reject(now: Instant, statusCode: number, init?: { readonly headers?: HeadersInit }): void;
  /** Sends state; from pending to active unless told otherwise. */
  notify(now: Instant, contentType: string, body: Uint8Array | string, state?: "pending" | "active"): void;
  terminate(
    now: Instant,
    reason: TerminationReason,
    init?: { readonly retryAfter?: number; readonly contentType?: string; readonly body?: Uint8Array | string },
  ): void;
  handleRequest(now: Instant, request: SipRequest): void;
  handleResponse(now: Instant, id: RequestId, response: SipResponse): void;
  handleRequestFailure(now: Instant, id: RequestId, failure: RequestFailure): void;
  handleTimeout(now: Instant): void;
  pollTimeout(): Instant | undefined;
  pollOutput(): UsageOutput | undefined;
  pollEvent(): NotifierEvent | undefined;
}
