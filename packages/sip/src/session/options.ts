/** What an INVITE session can be told, the defaults, and the sections that name them. */
import type { RandomSource } from "@purertc/core";
import type { HeadersInit, NameAddress, SipRequest, SipResponse, Uri } from "@purertc/sip-parser";
import type { DescriptionInit, SessionDescription } from "./description.ts";

/** Option tags that a session understands by itself: for Supported, and for `validateSipMessage`'s `extensions`. */
export const SESSION_EXTENSIONS: readonly string[] = ["100rel", "timer", "replaces", "norefersub"];

/** Methods that a session understands within its dialogs: for Allow. */
export const SESSION_METHODS: readonly string[] = [
  "INVITE",
  "ACK",
  "CANCEL",
  "BYE",
  "OPTIONS",
  "PRACK",
  "UPDATE",
  "INFO",
  "REFER",
  "NOTIFY",
  "SUBSCRIBE",
  "MESSAGE",
];

/** Intervals of RFC 3261 §17.1.1.1 in milliseconds, as the transaction layer has them. */
export interface SessionTimings {
  /** Round-trip time estimate. Default 500. */
  readonly t1: number;
  /** Longest interval between retransmissions of a 2xx. Default 4000. */
  readonly t2: number;
}

/** RFC 4028. */
export interface SessionTimerOptions {
  /** Session-Expires we ask for or put in as UAS, in seconds. Default 1800 (§4); raised to the peer's Min-SE. */
  readonly expires?: number;
  /** Smallest interval that we take, in seconds: below it, 422. Default 90 (§5), never less. */
  readonly minExpires?: number;
  /** Who we would like to refresh; the rules of §7 and §9 may decide otherwise. By default the peer chooses when we call, and refreshes when it calls. */
  readonly refresher?: "local" | "remote";
  /** Refresh with re-INVITE even if the peer allows UPDATE. Default false. */
  readonly refreshByInvite?: boolean;
}

/** How a session behaves, whichever side places the call. */
export interface InviteSessionOptions {
  readonly random: RandomSource;
  /** Our Contact in this session. */
  readonly contact: NameAddress;
  /** Further header fields for every request and response, such as User-Agent. */
  readonly headers?: HeadersInit;
  /** Option tags for Supported besides {@link SESSION_EXTENSIONS}. */
  readonly supported?: readonly string[];
  /** Allow, and the methods answered within the dialog; others get 405. Default {@link SESSION_METHODS}. */
  readonly allow?: readonly string[];
  readonly timings?: Partial<SessionTimings>;
  /** RFC 3262: `"off"` hides 100rel, `"required"` demands it of the peer. Default `"supported"`. */
  readonly reliableProvisional?: "off" | "supported" | "required";
  /** UAC: who sends the PRACK of a reliable provisional response that brings no offer: the session at once, or `acknowledge()`, which may then add an offer. */
  readonly prack?: "automatic" | "manual";
  /** RFC 4028; false hides the extension. */
  readonly sessionTimer?: SessionTimerOptions | false;
  /** INFO packages we take, for Recv-Info (RFC 6086 §4.2); INFO with another gets 469. Default none. */
  readonly infoPackages?: readonly string[];
  /**
   * Answers 401 and 407: returns the request with credentials (CSeq and Via do not matter), or undefined to give up. Such as `DigestClient`.
   * Called at most five times for one request.
   */
  readonly authorize?: (request: SipRequest, response: SipResponse) => SipRequest | undefined;
  /** Whether the messages that create the dialog go over TLS (§12.1.1). Default true. */
  readonly overTls?: boolean;
}

/** A call to make. */
export interface OutgoingInvite {
  readonly target: Uri | string;
  readonly from: NameAddress;
  /** Default: the target. */
  readonly to?: NameAddress;
  /** The offer; without it the peer makes one (§13.2.1). */
  readonly offer?: DescriptionInit;
  /** Routes to set before the dialog exists: an outbound proxy, Service-Route (RFC 3608). */
  readonly routes?: readonly NameAddress[];
  /** Headers of the INVITE alone, such as Subject, Replaces, Referred-By. */
  readonly headers?: HeadersInit;
  /** Default: random. */
  readonly callId?: string;
  /** Default: random. */
  readonly localTag?: string;
  /** CSeq number of the INVITE. Default 1. */
  readonly sequence?: number;
  /** Milliseconds after which a call without final response is cancelled. Default: never, as RFC 3261 has it; Expires (§13.2.1) also counts. */
  readonly timeoutMs?: number;
  /** 3xx answers that are followed without asking (§8.1.3.4), best q first. Default 0: the session ends and tells. */
  readonly maxRedirects?: number;
}

/** What goes into one request or response of the caller's making. */
export interface MessageInit {
  readonly headers?: HeadersInit;
  readonly body?: Uint8Array | string | undefined;
}

/** A provisional response to send. */
export interface ProgressInit extends MessageInit {
  readonly reasonPhrase?: string;
  /** The answer, or, when the INVITE brought no offer, an offer (only reliably: RFC 3262 §5). */
  readonly description?: DescriptionInit;
  /** RFC 3262. Default: true when the peer requires it, or when there is a description and it supports it. Never for 100. */
  readonly reliable?: boolean;
}

/** A 2xx to send. */
export interface AcceptInit extends MessageInit {
  readonly statusCode?: number;
  readonly reasonPhrase?: string;
  /** The answer; the offer when the INVITE had none; nothing when the exchange is over already. */
  readonly description?: DescriptionInit;
}

/** A final response that refuses. */
export interface RejectInit extends MessageInit {
  readonly reasonPhrase?: string;
}

/** A response to a request of the peer's, with a description or without. */
export interface ResponseInit extends RejectInit {
  readonly description?: SessionDescription | undefined;
}

/** How a session is ended. */
export interface EndInit extends MessageInit {
  /** For the Reason header (RFC 3326), such as `SIP;cause=200;text="Call completed elsewhere"`. */
  readonly reason?: string;
}
