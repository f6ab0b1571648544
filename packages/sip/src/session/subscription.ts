/** The subscriber's side of RFC 6665. */
import type { Instant, RandomSource } from "@purertc/core";
import type { HeadersInit, MediaType, NameAddress, SipRequest, SipResponse, Uri } from "@purertc/sip-parser";
import type { Dialog } from "../dialog/dialog.ts";
import type { DialogUsage, RequestFailure, RequestId, UsageOutput } from "./usage.ts";

/** RFC 6665 §4.1.3, extension reasons included. */
export type TerminationReason =
  | "deactivated"
  | "probation"
  | "rejected"
  | "timeout"
  | "giveup"
  | "noresource"
  | "invariant"
  | (string & Record<never, never>);

export interface SubscriptionOptions {
  readonly random: RandomSource;
  readonly contact: NameAddress;
  readonly headers?: HeadersInit;
  /** Milliseconds; Timer N is 64 times this (§4.1.2.4). Default 500. */
  readonly t1?: number;
  readonly authorize?: (request: SipRequest, response: SipResponse) => SipRequest | undefined;
  /** Whether the package allows several dialogs from one SUBSCRIBE that was forked (§4.4.1). Default false. */
  readonly forks?: boolean;
  readonly overTls?: boolean;
}

export interface SubscribeInit {
  readonly target: Uri | string;
  readonly from: NameAddress;
  readonly to?: NameAddress;
  /** Event package, with parameters such as `id` as text: `dialog;id=7`. */
  readonly event: string;
  /** Seconds; 0 fetches once. Default 3600. */
  readonly expires?: number;
  readonly accept?: readonly string[];
  readonly routes?: readonly NameAddress[];
  readonly headers?: HeadersInit;
  readonly body?: Uint8Array | string;
  readonly callId?: string;
  readonly localTag?: string;
}

export type SubscriptionEvent =
  /** The SUBSCRIBE was accepted, or a refresh of it. */
  | { readonly type: "accepted"; readonly response: SipResponse; readonly expires: number }
  | {
      readonly type: "notify";
      readonly dialog: Dialog;
      readonly request: SipRequest;
      readonly state: "pending" | "active" | "terminated";
      readonly contentType: MediaType | undefined;
      readonly body: Uint8Array;
    }
  /** One dialog's subscription ended. `retryAfterMs`: when §4.1.3 lets it be tried again; undefined: it should not be. */
  | {
      readonly type: "terminated";
      readonly dialog: Dialog | undefined;
      readonly reason: TerminationReason;
      readonly retryAfterMs: number | undefined;
      readonly message?: SipRequest | SipResponse;
    };

export declare class Subscription implements DialogUsage<SubscriptionEvent> {
  static subscribe(now: Instant, init: SubscribeInit, options: SubscriptionOptions): Subscription;
  readonly callId: string;
  readonly localTag: string;
  readonly dialogs: readonly Dialog[];
  readonly state: "notify-wait" | "pending" | "active" | "terminated";
  readonly finished: boolean;
  /** Refreshes now; by itself it does so before it expires (§4.1.2.2). */
  refresh(now: Instant, expires?: number): void;
  unsubscribe(now: Instant): void;
  handleRequest(now: Instant, request: SipRequest): void;
  handleResponse(now: Instant, id: RequestId, response: SipResponse): void;
  handleRequestFailure(now: Instant, id: RequestId, failure: RequestFailure): void;
  handleTimeout(now: Instant): void;
  pollTimeout(): Instant | undefined;
  pollOutput(): UsageOutput | undefined;
  pollEvent(): SubscriptionEvent | undefined;
}
