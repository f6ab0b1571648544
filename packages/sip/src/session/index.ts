/** Sessions set up by INVITE, and subscriptions: what dialogs are used for. */
export { type DescriptionInit, descriptionOf, type SessionDescription } from "./description.ts";
export { endsSession } from "./dialog-effect.ts";
export type { EndCause, InviteSessionEvent } from "./events.ts";
export { InviteSession } from "./invite-session.ts";
export { Notifier, type NotifierEvent, type NotifierOptions, type NotifierState, type NotifyInit } from "./notifier.ts";
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
export { reasonsOf, sipReason } from "./reason.ts";
export type { IncomingRefer, OutgoingRefer } from "./refer.ts";
export { ReferOutside } from "./refer-outside.ts";
export { judgeReplaces, type ReplacesVerdict, replacesHeader } from "./replaces.ts";
export type { InviteSessionState } from "./session-life.ts";
export { parseStatusFragment, type StatusFragment, writeStatusFragment } from "./sipfrag.ts";
export {
  type ReferInit,
  type SubscribeInit,
  Subscription,
  type SubscriptionEvent,
  type SubscriptionOptions,
  type SubscriptionState,
} from "./subscription.ts";
export type { NotifiedState, TerminationReason } from "./subscription-state.ts";
export type { DialogUsage, RequestFailure, RequestId, UsageOutput } from "./usage.ts";
