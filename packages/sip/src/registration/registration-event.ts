/** What a registration asks of its owner and tells it. */
import type { Instant } from "@purertc/core";
import type { NameAddress, SipRequest } from "@purertc/sip-parser";

/** The number of a flow: `reg-id` (RFC 5626 §4.2), 1 for the first. Registrations without outbound have the one flow 1. */
export type RegId = number;

/** What a registration asks for (`open-flow`, `request`), or tells. */
export type RegistrationEvent =
  /** Open a flow towards `route` (the outbound proxy's URI for this flow, or the registrar), then call `flowOpened` or `flowFailed`. */
  | { readonly type: "open-flow"; readonly regId: RegId; readonly route: string }
  /** Send this in a new transaction on the flow; every response goes to `handleResponse`, a timeout or transport error to `requestFailed`. */
  | { readonly type: "request"; readonly regId: RegId; readonly request: SipRequest }
  /** Bound, or bound again. Comes with every refresh. */
  | { readonly type: "registered"; readonly regId: RegId; readonly state: RegisteredState }
  /** This flow is not registered. `retryAt` is when it is tried again; undefined when it is not, without `start` or `flowOpened`. */
  | { readonly type: "failed"; readonly regId: RegId; readonly failure: RegistrationFailure; readonly retryAt: Instant | undefined }
  /** The binding was removed at our wish, or is taken for removed after `unregister` could not reach the registrar. */
  | { readonly type: "unregistered"; readonly regId: RegId };

/** What the registrar said. */
export interface RegisteredState {
  /** When the binding ends unless it is refreshed. */
  readonly expiresAt: Instant;
  /** All bindings of the address-of-record, others' too. */
  readonly contacts: readonly NameAddress[];
  /** The route set for requests outside dialogs (RFC 3608), first hop first. */
  readonly serviceRoute: readonly NameAddress[];
  /** GRUUs of this instance (RFC 5627 §4.1); the temporary one is new with every refresh, the earlier ones stay good. */
  readonly publicGruu: string | undefined;
  readonly temporaryGruu: string | undefined;
  /** Whether the registrar keeps flows (RFC 5626): then keep-alives matter, and a failed flow is to be opened again. */
  readonly outbound: boolean;
  /** Milliseconds between keep-alives on this flow (RFC 5626 §4.4), random as it asks for. */
  readonly keepAliveMs: number;
  /** P-Associated-URI (RFC 7315 §4.1): further identities of the user, the first one the default. Text of the header values. */
  readonly associatedUris: readonly string[];
}

/** Why a flow is not registered. */
export type RegistrationFailure =
  /** A final response: its code and phrase. `credentials` when it is a challenge that could not be answered, or answered twice. */
  | { readonly reason: "refused" | "credentials"; readonly statusCode: number; readonly reasonPhrase: string }
  /** No answer, or the flow broke. */
  | { readonly reason: "timeout" | "transport-error" | "flow-failed"; readonly detail: string }
  /** The answer makes no sense: its contacts do not have ours. */
  | { readonly reason: "not-bound"; readonly statusCode: number; readonly reasonPhrase: string };
