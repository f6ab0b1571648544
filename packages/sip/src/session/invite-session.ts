/** A session set up by INVITE (RFC 3261 §13, §14, §15), from either side. */
import type { Instant } from "@purertc/core";
import type { NameAddress, SipRequest, SipResponse, Uri } from "@purertc/sip-parser";
import type { Dialog } from "../dialog/dialog.ts";
import type { DescriptionInit } from "./description.ts";
import type { InviteSessionEvent } from "./events.ts";
import type { AcceptInit, EndInit, InviteSessionOptions, MessageInit, OutgoingInvite, ProgressInit, RejectInit } from "./options.ts";
import type { OutgoingRefer } from "./refer.ts";
import type { DialogUsage, RequestFailure, RequestId, UsageOutput } from "./usage.ts";

/**
 * `"calling"`: our INVITE has no response with a tag yet; `"ringing"`: the peer's waits for our final response; `"early"`: an early dialog exists;
 * `"accepted"`: a 2xx, no ACK yet; `"confirmed"`; `"ended"`.
 */
export type InviteSessionState = "calling" | "ringing" | "early" | "accepted" | "confirmed" | "ended";

export declare class InviteSession implements DialogUsage<InviteSessionEvent> {
  /** Places a call: the INVITE is the first output. */
  static invite(now: Instant, invite: OutgoingInvite, options: InviteSessionOptions): InviteSession;
  /** Takes a call: 100 is the transaction layer's. A response instead of a session refuses the INVITE (400, 421, 422 ...). */
  static receive(now: Instant, invite: SipRequest, options: InviteSessionOptions): InviteSession | SipResponse;
  readonly role: "uac" | "uas";
  readonly state: InviteSessionState;
  readonly invite: SipRequest;
  readonly callId: string;
  readonly localTag: string;
  /** The session's dialog: the confirmed one, or the latest early one. */
  readonly dialog: Dialog | undefined;
  /** All dialogs that are not terminated. */
  readonly dialogs: readonly Dialog[];
  readonly finished: boolean;
  /** UAS: a provisional response. */
  progress(now: Instant, statusCode: number, init?: ProgressInit): void;
  /** UAS: a 2xx. Held back while a reliable response with a description waits for its PRACK (RFC 3262 §3). */
  accept(now: Instant, init?: AcceptInit): void;
  /** UAS: a final response above 299. */
  reject(now: Instant, statusCode: number, init?: RejectInit): void;
  /** UAS: a 3xx with these contacts. */
  redirect(now: Instant, contacts: readonly NameAddress[], statusCode?: number): void;
  /** Ends it in whatever state: CANCEL, 480 (or 603), BYE. */
  end(now: Instant, init?: EndInit): void;
  /** The answer to the peer's offer in 2xx, reliable 1xx, PRACK, UPDATE or re-INVITE, or the offer that an offerless re-INVITE wants. */
  answer(now: Instant, description: DescriptionInit, dialog?: Dialog): void;
  /** Refuses the offer of a re-INVITE or UPDATE. Default 488. */
  refuse(now: Instant, statusCode?: number, init?: RejectInit, dialog?: Dialog): void;
  /** UAC, manual PRACK: acknowledges a reliable provisional response, perhaps with a new offer. */
  acknowledge(now: Instant, response: SipResponse, offer?: DescriptionInit): void;
  /** Sends a re-INVITE with an offer; without one, the peer makes it. */
  reinvite(now: Instant, init?: MessageInit & { readonly offer?: DescriptionInit }): RequestId;
  /** Sends an UPDATE (RFC 3311), in an early dialog as well. */
  update(now: Instant, init?: MessageInit & { readonly offer?: DescriptionInit; readonly dialog?: Dialog }): RequestId;
  /** UPDATE where the peer allows it, otherwise re-INVITE. */
  modify(now: Instant, offer: DescriptionInit): RequestId;
  /** INFO with a package (RFC 6086). */
  info(now: Instant, infoPackage: string, init: MessageInit): RequestId;
  refer(now: Instant, referTo: NameAddress | Uri | string, init?: MessageInit & { readonly subscribe?: boolean }): OutgoingRefer;
  /** Any other request in the dialog, such as MESSAGE or OPTIONS. */
  request(now: Instant, method: string, init?: MessageInit & { readonly dialog?: Dialog }): RequestId;
  /** Answers a request that came as an event. */
  respond(now: Instant, request: SipRequest, statusCode: number, init?: RejectInit): void;
  handleRequest(now: Instant, request: SipRequest): void;
  handleResponse(now: Instant, id: RequestId, response: SipResponse): void;
  handleRequestFailure(now: Instant, id: RequestId, failure: RequestFailure): void;
  handleTimeout(now: Instant): void;
  pollTimeout(): Instant | undefined;
  pollOutput(): UsageOutput | undefined;
  pollEvent(): InviteSessionEvent | undefined;
}
