/**
 * A dialog (RFC 3261 §12): what two user agents remember about each other so that requests find their way. It makes requests and judges those that
 * come in; what the requests mean is its usages' business (RFC 5057), such as an {@link InviteSession} or a {@link Subscription}.
 */
import { InvalidStateError } from "@purertc/core";
import {
  createRequest,
  type HeadersInit,
  type NameAddress,
  nameAddress,
  type SipRequest,
  type SipResponse,
  type Uri,
} from "@purertc/sip-parser";
import { type DialogId, dialogKey } from "./dialog-id.ts";
import { asRequestUri, contactUri, isLoose, requestTarget, routeSetOf, tagged, withoutTag } from "./route-set.ts";

/** `"early"` until a 2xx, then `"confirmed"`; `"terminated"` for ever after. */
export type DialogState = "early" | "confirmed" | "terminated";

/** What a dialog is made with besides the messages that create it. */
export interface DialogOptions {
  /** Our Contact: where the peer's requests in this dialog shall come. */
  readonly contact: NameAddress;
  /** Whether the request that creates the dialog went over TLS (§12.1.1: the secure flag also needs a sips Request-URI). Default true. */
  readonly overTls?: boolean;
  /** UAS only: CSeq number of the first request of ours, 0 to 2^31 - 1 (§8.1.1.5). Default 1. */
  readonly firstSequence?: number;
}

/** A request within a dialog: what is not stated is computed. */
export interface DialogRequestInit {
  readonly headers?: HeadersInit;
  readonly body?: Uint8Array | string | undefined;
}

/** Whether a request may be processed, or which final response refuses it. */
export type RequestVerdict = "ok" | { readonly statusCode: 481 | 500 };

/** One dialog; {@link Dialog.fromRequest} and {@link Dialog.fromResponse} make it of the messages that create it. */
export class Dialog {
  readonly callId: string;
  readonly localTag: string;
  /** `""` when the peer gave none (RFC 2543; §12.1.1, §12.1.2). */
  readonly remoteTag: string;
  /** Who sent the request that created it. */
  readonly role: "uac" | "uas";
  /** §12.1.1: a sips Request-URI over TLS created it. */
  readonly secure: boolean;
  /** Our address as From has it, without the tag. */
  readonly localAddress: NameAddress;
  /** The peer's address as From or To had it, without the tag. */
  readonly remoteAddress: NameAddress;
  /** Our Contact in requests and responses that refresh the target; may be changed between them (mobility). */
  contact: NameAddress;
  #key: string | undefined;
  #state: DialogState;
  #routeSet: readonly NameAddress[];
  #remoteTarget: Uri;
  #localSequence: number;
  #remoteSequence: number | undefined;

  private constructor(init: DialogInit) {
    this.callId = init.callId;
    this.localTag = init.localTag;
    this.remoteTag = init.remoteTag;
    this.role = init.role;
    this.secure = init.secure;
    this.localAddress = init.localAddress;
    this.remoteAddress = init.remoteAddress;
    this.contact = init.contact;
    this.#state = init.state;
    this.#routeSet = init.routeSet;
    this.#remoteTarget = init.remoteTarget;
    this.#localSequence = init.localSequence;
    this.#remoteSequence = init.remoteSequence;
  }

  /**
   * §12.1.2: the dialog that a response to our request creates: early for 101 to 199, confirmed for 2xx. A response without Contact, which only a
   * broken peer sends, leaves our Request-URI as the remote target. Undefined when the response creates none: 100, above 299, or mandatory headers missing.
   */
  static fromResponse(request: SipRequest, response: SipResponse, options: DialogOptions): Dialog | undefined {
    const { statusCode, to } = response;
    const { from, callId, cseq } = request;
    if (statusCode <= 100 || statusCode >= 300) return undefined;
    if (to === undefined || from === undefined || callId === undefined || cseq === undefined) return undefined;
    // §12.1.1: a provisional response without a tag creates no dialog; a 2xx without one comes from RFC 2543.
    if (statusCode < 200 && response.toTag === undefined) return undefined;
    return new Dialog({
      callId,
      localTag: request.fromTag ?? "",
      remoteTag: response.toTag ?? "",
      role: "uac",
      secure: isSecure(request, options),
      localAddress: withoutTag(from),
      remoteAddress: withoutTag(to),
      contact: options.contact,
      state: statusCode < 200 ? "early" : "confirmed",
      routeSet: routeSetOf(response, "uac"),
      remoteTarget: contactUri(response) ?? requestTarget(request),
      localSequence: cseq.number,
      remoteSequence: undefined,
    });
  }

  /**
   * §12.1.1: the dialog that our response to a request creates; early until {@link confirm}. Undefined when the request cannot create one, for
   * want of a Contact or another mandatory header: the answer is then 400.
   */
  static fromRequest(request: SipRequest, localTag: string, options: DialogOptions): Dialog | undefined {
    const { from, to, callId, cseq } = request;
    const remoteTarget = contactUri(request);
    if (remoteTarget === undefined || from === undefined || to === undefined || callId === undefined || cseq === undefined)
      return undefined;
    return new Dialog({
      callId,
      localTag,
      remoteTag: request.fromTag ?? "",
      role: "uas",
      secure: isSecure(request, options),
      localAddress: withoutTag(to),
      remoteAddress: withoutTag(from),
      contact: options.contact,
      state: "early",
      routeSet: routeSetOf(request, "uas"),
      remoteTarget,
      localSequence: (options.firstSequence ?? 1) - 1,
      remoteSequence: cseq.number,
    });
  }

  /**
   * RFC 6665 §4.4.1: the subscriber's dialog, created by the NOTIFY that answers our SUBSCRIBE (or REFER), which may come before, or without, its 2xx.
   * Undefined when a mandatory header is missing: the answer is then 400.
   */
  static fromNotify(subscribe: SipRequest, notify: SipRequest, options: DialogOptions): Dialog | undefined {
    const remoteTarget = contactUri(notify);
    const { from, callId } = notify;
    const local = subscribe.from;
    if (remoteTarget === undefined || from === undefined || local === undefined || callId === undefined) return undefined;
    return new Dialog({
      callId,
      localTag: subscribe.fromTag ?? "",
      remoteTag: notify.fromTag ?? "",
      role: "uac",
      secure: isSecure(subscribe, options),
      localAddress: withoutTag(local),
      remoteAddress: withoutTag(from),
      contact: options.contact,
      state: "confirmed",
      // The NOTIFY is a request: its Record-Route is in the order a UAS takes it (RFC 6665 §4.4.1, RFC 3261 §12.1.1).
      routeSet: routeSetOf(notify, "uas"),
      remoteTarget,
      localSequence: subscribe.cseq?.number ?? 0,
      remoteSequence: undefined, // the NOTIFY is judged by receiveRequest, as all that follow
    });
  }

  get id(): DialogId {
    return { callId: this.callId, localTag: this.localTag, remoteTag: this.remoteTag };
  }

  /** {@link id} as one text, for maps; the same as {@link dialogKey} of the peer's requests and of responses to ours. */
  get key(): string {
    this.#key ??= dialogKey(this.callId, this.localTag, this.remoteTag);
    return this.#key;
  }

  get state(): DialogState {
    return this.#state;
  }

  /** Routes of our requests, nearest first. */
  get routeSet(): readonly NameAddress[] {
    return this.#routeSet;
  }

  /** The peer's Contact: the Request-URI of our requests. */
  get remoteTarget(): Uri {
    return this.#remoteTarget;
  }

  /** Where our requests go next (§8.1.2, §12.2.1.1): the first route, strict or loose, or the remote target. What RFC 3263 is applied to. */
  get nextHop(): Uri {
    return this.#routeSet[0]?.uri ?? this.#remoteTarget;
  }

  /** CSeq number of our latest request. */
  get localSequence(): number {
    return this.#localSequence;
  }

  /** CSeq number of the peer's latest request; undefined before its first. */
  get remoteSequence(): number | undefined {
    return this.#remoteSequence;
  }

  /**
   * A request in this dialog (§12.2.1.1), numbered next; no Via yet. Requests that refresh the target carry our Contact. CSeq and the routing headers
   * cannot be stated here: edit the request for that. Throws `InvalidStateError` when terminated.
   */
  createRequest(method: string, init: DialogRequestInit = {}): SipRequest {
    if (this.#state === "terminated") {
      throw new InvalidStateError(`${method} in a dialog that has ended`, { code: "SIP_DIALOG_TERMINATED" });
    }
    const request = this.#build(method, this.nextSequence(), init);
    if (TARGET_REFRESH.has(method) && !request.headers.has("Contact")) request.headers.set("Contact", this.contact);
    return request;
  }

  /**
   * The ACK for a 2xx (§13.2.2.4): numbered as its INVITE, with the INVITE's credentials (§22.1), no Via yet. Also works in a terminated dialog, since
   * a retransmitted 2xx wants its ACK whatever has happened since.
   */
  createAck(invite: SipRequest, init: DialogRequestInit = {}): SipRequest {
    const ack = this.#build("ACK", invite.cseq?.number ?? this.#localSequence, init);
    for (const name of ["Authorization", "Proxy-Authorization"]) ack.headers.copyFrom(invite.headers, name);
    return ack;
  }

  /**
   * Judges a request by §12.2.2, and remembers its CSeq number when it may be processed: 481 when it belongs to another dialog or this one has ended,
   * 500 when it is out of order. ACK and CANCEL share their INVITE's number and are not judged.
   */
  receiveRequest(request: SipRequest): RequestVerdict {
    if (request.callId !== this.callId || (request.toTag ?? "") !== this.localTag || (request.fromTag ?? "") !== this.remoteTag) {
      return { statusCode: 481 };
    }
    if (request.method === "ACK" || request.method === "CANCEL") return "ok";
    if (this.#state === "terminated") return { statusCode: 481 };
    const number = request.cseq?.number;
    if (number === undefined || (this.#remoteSequence !== undefined && number <= this.#remoteSequence)) return { statusCode: 500 };
    this.#remoteSequence = number;
    return "ok";
  }

  /**
   * Takes the peer's new Contact from a target refresh request, or from the 2xx to ours (§12.2.1.2, §12.2.2): call it once the refresh has
   * succeeded, so that a refused re-INVITE leaves everything as it was (§14.1).
   */
  refreshTarget(message: SipRequest | SipResponse): void {
    if (!TARGET_REFRESH.has(message.cseq?.method ?? "")) return;
    this.#remoteTarget = contactUri(message) ?? this.#remoteTarget;
  }

  /**
   * Early becomes confirmed. UAC: pass the 2xx, whose Record-Route and Contact replace those of the provisional responses (§13.2.2.4).
   * No effect when confirmed already; throws `InvalidStateError` when terminated.
   */
  confirm(response?: SipResponse): void {
    if (this.#state === "terminated") throw new InvalidStateError("the dialog has ended", { code: "SIP_DIALOG_TERMINATED" });
    if (this.#state === "confirmed") return;
    this.#state = "confirmed";
    if (this.role === "uas" || response === undefined) return;
    this.#routeSet = routeSetOf(response, "uac");
    this.#remoteTarget = contactUri(response) ?? this.#remoteTarget;
  }

  /** Ends it: for good. */
  terminate(): void {
    this.#state = "terminated";
  }

  /** The number of the next request, for one that is not made here: a request sent again with credentials. */
  nextSequence(): number {
    this.#localSequence += 1;
    return this.#localSequence;
  }

  /** §12.2.1.1: Request-URI and Route by the first route: a loose router leaves the target in the Request-URI, a strict one takes its place. */
  #build(method: string, sequence: number, init: DialogRequestInit): SipRequest {
    const target = asRequestUri(this.#remoteTarget);
    const [first, ...rest] = this.#routeSet;
    const strict = first !== undefined && !isLoose(first);
    const routes = strict ? [...rest, nameAddress(target)] : this.#routeSet;
    const request = createRequest({
      method,
      uri: strict ? asRequestUri(first.uri) : target,
      ...(init.headers === undefined ? {} : { headers: init.headers }),
      body: init.body,
    });
    const { headers } = request;
    if (routes.length > 0) headers.set("Route", routes);
    headers.set("From", nameAddress(this.localAddress.uri, tagged(this.localTag), this.localAddress.displayName));
    headers.set("To", nameAddress(this.remoteAddress.uri, tagged(this.remoteTag), this.remoteAddress.displayName));
    headers.set("Call-ID", this.callId);
    headers.set("CSeq", { number: sequence, method });
    return request;
  }
}

/** §12.1.1: whether the request that creates a dialog makes it secure. */
function isSecure({ uriText }: SipRequest, { overTls = true }: DialogOptions): boolean {
  return overTls && uriText.toLowerCase().startsWith("sips:");
}

interface DialogInit {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly role: "uac" | "uas";
  readonly secure: boolean;
  readonly localAddress: NameAddress;
  readonly remoteAddress: NameAddress;
  readonly contact: NameAddress;
  readonly state: DialogState;
  readonly routeSet: readonly NameAddress[];
  readonly remoteTarget: Uri;
  readonly localSequence: number;
  readonly remoteSequence: number | undefined;
}

/** RFC 5057 §5.4 (what refreshes a target), of RFC 3261, 3311, 6665 and 3515. */
export const TARGET_REFRESH: ReadonlySet<string> = new Set(["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"]);
