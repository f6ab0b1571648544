/** Sessions set up by INVITE, and subscriptions: what dialogs are used for. */
export { type DescriptionInit, descriptionOf, type SessionDescription } from "./description.ts";
export type { EndCause, InviteSessionEvent } from "./events.ts";
export { InviteSession, type InviteSessionState } from "./invite-session.ts";
export type { Notifier, NotifierEvent, NotifierOptions } from "./notifier.ts";
export { type DescriptionPlace, type Meaning, OfferAnswer, type PendingOffer, type Side, type Verdict } from "./offer-answer.ts";
export {
  type AcceptInit,
  type EndInit,
  type InviteSessionOptions,
  type MessageInit,
  type OutgoingInvite,
  type ProgressInit,
  type RejectInit,
  SESSION_EXTENSIONS,
  SESSION_METHODS,
  type SessionTimerOptions,
  type SessionTimings,
} from "./options.ts";
export type { IncomingRefer, OutgoingRefer } from "./refer.ts";
export type {
  SubscribeInit,
  Subscription,
  SubscriptionEvent,
  SubscriptionOptions,
  TerminationReason,
} from "./subscription.ts";
export type { DialogUsage, RequestFailure, RequestId, UsageOutput } from "./usage.ts";
