/** A call that comes in: ring, answer, refuse, redirect. */
import { type HeadersInit, type NameAddress, nameAddress, type SipRequest, type Uri } from "@purertc/sip-parser";
import { descriptionOf } from "../session/description.ts";
import type { InviteSessionEvent } from "../session/events.ts";
import type { RejectInit } from "../session/options.ts";
import { SipCall, type SipCallInit } from "./sip-call.ts";
import { textOf } from "./text.ts";

/** What goes into a provisional response. */
export interface RingInit {
  /** 101 to 199; default 180. */
  readonly statusCode?: number;
  readonly reasonPhrase?: string;
  /** Early media: the answer, or an offer if the INVITE had none; that goes only into a reliable response, and is left out of others. */
  readonly description?: string;
  /** RFC 3262; by default when the peer requires it, or there is a description and the peer supports it. */
  readonly reliable?: boolean;
  readonly headers?: HeadersInit;
}

/** What goes into the 2xx. */
export interface AcceptCallInit {
  /** The answer, or our offer if the INVITE had none. Without it, what a reliable provisional response agreed on stands. */
  readonly answer?: string;
  readonly headers?: HeadersInit;
}

/** Comes with the user agent's `invite` event. */
export class IncomingCall extends SipCall {
  /** RFC 3891: the call of ours that this one is to replace; it is ended when this one is accepted. */
  readonly replaces: SipCall | undefined;

  /** For the user agent: called when it rings no more, once. */
  whenAnswered: (() => void) | undefined;

  /** For the user agent. */
  constructor(init: SipCallInit & { readonly replaces: SipCall | undefined }) {
    super(init);
    this.replaces = init.replaces;
  }

  /** Whether nobody has answered it yet. */
  get ringing(): boolean {
    return this.state === "ringing" || this.state === "early";
  }

  override handle(event: InviteSessionEvent): void {
    super.handle(event);
    if (this.whenAnswered === undefined || this.ringing) return;
    const answered = this.whenAnswered;
    this.whenAnswered = undefined;
    answered();
  }

  /** The peer's offer; undefined when it wants ours. */
  get offer(): string | undefined {
    const description = descriptionOf(this.session.invite);
    return description === undefined ? undefined : textOf(description.body);
  }

  /** The INVITE. */
  get invite(): SipRequest {
    return this.session.invite;
  }

  /** Whom the peer called: To; the Request-URI is in {@link invite}. */
  get localAddress(): NameAddress | undefined {
    return this.session.invite.to;
  }

  override get remoteDescription(): string | undefined {
    return super.remoteDescription ?? this.offer;
  }

  /**
   * Sends a provisional response, 180 by default. Nothing happens when the call has ended, as with the methods below: the caller may always be faster; nor
   * when the caller requires reliable responses, has made no offer, and there is no `description`, which then would have to be one (RFC 3262 §5).
   */
  ring(init: RingInit = {}): void {
    if (this.state === "ended") return;
    const { statusCode = 180, ...rest } = init;
    this.act((now) => this.session.progress(now, statusCode, rest));
    this.describe(init.description);
  }

  /** Takes the call. Resolves with true when the caller has acknowledged it, with false when the call ended before. */
  accept(init: AcceptCallInit = {}): Promise<boolean> {
    if (this.state === "ended") return Promise.resolve(false);
    const { answer, headers } = init;
    const confirmed = new Promise<boolean>((resolve) => {
      this.addEventListener("confirmed", () => resolve(true), { once: true });
      void this.ended.then(() => resolve(false));
    });
    this.act((now) =>
      this.session.accept(now, {
        ...(answer === undefined ? {} : { description: answer }),
        ...(headers === undefined ? {} : { headers }),
      }),
    );
    this.describe(answer);
    const { replaces } = this;
    if (replaces !== undefined && replaces.state !== "ended") replaces.act((now) => replaces.session.replaced(now));
    return confirmed;
  }

  /** Refuses the call; 486 Busy Here by default. */
  reject(statusCode = 486, init: RejectInit = {}): void {
    if (this.state !== "ended") this.act((now) => this.session.reject(now, statusCode, init));
  }

  /** Sends the caller elsewhere: 302 Moved Temporarily by default. */
  redirect(targets: Uri | string | readonly (Uri | string)[], statusCode = 302): void {
    const contacts = (isList(targets) ? targets : [targets]).map((target) => nameAddress(target));
    if (this.state !== "ended") this.act((now) => this.session.redirect(now, contacts, statusCode));
  }
}

function isList(targets: Uri | string | readonly (Uri | string)[]): targets is readonly (Uri | string)[] {
  return Array.isArray(targets);
}

/**
 * A call comes in: the user agent's `"invite"`. Whoever takes `event.call` answers for it; if no listener does, the caller gets 480.
 */
export class InviteEvent extends Event {
  readonly #call: IncomingCall;
  #taken = false;

  constructor(call: IncomingCall) {
    super("invite");
    this.#call = call;
  }

  get call(): IncomingCall {
    this.#taken = true;
    return this.#call;
  }

  /** For the user agent: whether anybody looked. */
  get taken(): boolean {
    return this.#taken;
  }
}
