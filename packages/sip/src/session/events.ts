/** What an INVITE session tells its owner. */
import type { ParameterizedToken, SipRequest, SipResponse, Uri } from "@purertc/sip-parser";
import type { Dialog } from "../dialog/dialog.ts";
import type { SessionDescription } from "./description.ts";
import type { DescriptionPlace } from "./offer-answer.ts";
import type { IncomingRefer, OutgoingRefer } from "./refer.ts";
import type { RequestFailure, RequestId } from "./usage.ts";

/** Why a session ended. */
export type EndCause =
  /** BYE from the peer. */
  | "remote-bye"
  /** BYE of ours. */
  | "local-bye"
  /** The INVITE was cancelled, by whichever side made it. */
  | "cancelled"
  /** The INVITE got a final response above 299; as UAS: we gave it. */
  | "rejected"
  /** The INVITE got no final response in time. */
  | "timeout"
  /** No way to send the INVITE. */
  | "transport-error"
  /** UAS: no ACK for our 2xx (RFC 3261 §13.3.1.4) or no PRACK for our reliable response (RFC 3262 §3). */
  | "unacknowledged"
  /** A 2xx, or the ACK for ours, lacks the answer (or offer) that it must carry (RFC 3261 §13.2.1). */
  | "missing-description"
  /** RFC 4028 §10: no refresh came, or ours failed. */
  | "session-expired"
  /** A request of ours was answered with a status that ends the dialog or its session (RFC 3261 §12.2.1.2, RFC 5057 §5.1), or not at all. */
  | "dialog-lost"
  /** Our INVITE with Replaces, or the peer's, took this dialog over (RFC 3891). */
  | "replaced";

/** What happens to a session, in the order in which it happens; `ended` is the last. */
export type InviteSessionEvent =
  /** UAC: a provisional response; `dialog` when it belongs to an early dialog. Manual PRACK: give `response` to `acknowledge`. */
  | { readonly type: "progress"; readonly response: SipResponse; readonly dialog?: Dialog; readonly reliable: boolean }
  /** An offer of the peer: `answer` it (or, for re-INVITE and UPDATE, `refuse` it). The initial INVITE's is answered in `progress` or `accept`. */
  | {
      readonly type: "offer";
      readonly dialog: Dialog;
      readonly offer: SessionDescription;
      readonly in: DescriptionPlace;
      readonly message: SipRequest | SipResponse;
    }
  /** A re-INVITE without an offer came: `answer` with an offer of ours (RFC 3261 §14.2), or `refuse`. */
  | { readonly type: "offer-wanted"; readonly dialog: Dialog; readonly request: SipRequest }
  /** The peer's answer to our offer. `preview` in an unreliable provisional response: its reliable repetition is not told again (§13.2.1). */
  | {
      readonly type: "answer";
      readonly dialog: Dialog;
      readonly answer: SessionDescription;
      readonly in: DescriptionPlace;
      readonly preview: boolean;
      readonly message: SipRequest | SipResponse;
    }
  /** UAC: the first 2xx; UAS: ours went out. */
  | { readonly type: "accepted"; readonly dialog: Dialog; readonly response: SipResponse }
  /** UAC: the ACK went out; UAS: it came, or a re-INVITE that says as much (RFC 5407 §3.1.4). */
  | { readonly type: "confirmed"; readonly dialog: Dialog; readonly ack: SipRequest }
  /** A re-INVITE or UPDATE of either side succeeded. `refresh`: one of ours, for the session timer alone. */
  | {
      readonly type: "modified";
      readonly dialog: Dialog;
      readonly by: "local" | "remote";
      readonly response: SipResponse;
      readonly refresh?: boolean;
    }
  /** What stood in the way when `reinvite` or `update` threw is over, such as an offer of the peer's: they may be tried again. */
  | { readonly type: "settled"; readonly dialog: Dialog }
  /** A re-INVITE or UPDATE of ours failed; the session is as it was before (§14.1). */
  | {
      readonly type: "modification-failed";
      readonly dialog: Dialog;
      readonly statusCode: number;
      readonly response?: SipResponse;
      /** The peer's Retry-After. */
      readonly retryAfterMs?: number;
    }
  /** A re-INVITE or UPDATE of the peer, whose offer was waiting to be answered, has gone: cancelled, or the session ended. */
  | { readonly type: "offer-withdrawn"; readonly dialog: Dialog }
  /** UAC: an early dialog, or one of a late 2xx (which got ACK and BYE), that is not the session's has ended. */
  | { readonly type: "fork-ended"; readonly dialog: Dialog }
  /** UAS: the PRACK for this response of ours came. */
  | { readonly type: "acknowledged"; readonly response: SipResponse; readonly prack: SipRequest }
  | { readonly type: "refer"; readonly refer: IncomingRefer }
  /** What became of a REFER of ours: its response, then the NOTIFYs. */
  | {
      readonly type: "refer-progress";
      readonly refer: OutgoingRefer;
      /** Of the referred request, from the sipfrag; or of the REFER itself. */
      readonly statusCode: number;
      readonly reasonPhrase: string;
      readonly final: boolean;
      readonly message?: SipRequest | SipResponse;
    }
  /** INFO, answered already (RFC 6086). `package` is undefined for legacy INFO. */
  | { readonly type: "info"; readonly request: SipRequest; readonly package: ParameterizedToken | undefined }
  /** Another request, such as MESSAGE: `respond` to it. */
  | { readonly type: "request"; readonly request: SipRequest }
  /** A response to what `request` sent. */
  | { readonly type: "response"; readonly id: RequestId; readonly response: SipResponse }
  | { readonly type: "request-failed"; readonly id: RequestId; readonly failure: RequestFailure }
  /** UAC: a 3xx is followed. */
  | { readonly type: "redirected"; readonly target: Uri; readonly response: SipResponse }
  /** UAC: our INVITE is given up, by `end` or because its time is over. `ended` follows when the peer has confirmed it, or after 64*T1. */
  | { readonly type: "cancelling" }
  /** Last, and once. */
  | {
      readonly type: "ended";
      readonly cause: EndCause;
      readonly statusCode?: number;
      /** Reason headers of what ended it (RFC 3326). */
      readonly reasons: readonly ParameterizedToken[];
      readonly message?: SipRequest | SipResponse;
    };
