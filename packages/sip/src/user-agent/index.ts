/** The user agent, and the stack it stands on. For Node. */
export {
  CallAnswerEvent,
  CallDtmfEvent,
  type CallEnd,
  CallEndedEvent,
  CallInfoEvent,
  CallOfferEvent,
  CallProgressEvent,
  CallRequestEvent,
} from "./call-events.ts";
export { CallTransfer, type TransferProgress } from "./call-transfer.ts";
export { hostRandom } from "./host-random.ts";
export { type AcceptCallInit, IncomingCall, InviteEvent, type RingInit } from "./incoming-call.ts";
export { InternalErrorEvent } from "./internal-error.ts";
export { isBehindNat, isOutOfReach } from "./nat.ts";
export type { InviteInit, RegisterOptions, RequestOptions, SipUserAgentOptions, SubscribeOptions } from "./options.ts";
export { type ReferContext, ReferEvent } from "./refer-event.ts";
export { type Respond, SipRequestEvent } from "./request-events.ts";
export { OutgoingRequest, type RequestHandlers, type RequestRoute, RequestSender, type ServerLocator } from "./request-sender.ts";
export { type DtmfOptions, SipCall, type SipCallEventMap } from "./sip-call.ts";
export { SipError, type SipErrorCode } from "./sip-error.ts";
export { RegisteredEvent, RegistrationFailedEvent, SipRegistration, type SipRegistrationEventMap } from "./sip-registration.ts";
export { type ClientHandlers, SipStack, type SipStackOptions } from "./sip-stack.ts";
export {
  IncomingSubscription,
  type IncomingSubscriptionEventMap,
  NotifyEvent,
  SipSubscription,
  type SipSubscriptionEventMap,
  SubscribeEvent,
  SubscriptionEndEvent,
} from "./sip-subscription.ts";
export { SipUserAgent, type SipUserAgentEventMap } from "./sip-user-agent.ts";
export type { StackTransports } from "./stack-transports.ts";
export { TypedEventTarget } from "./typed-event-target.ts";
export { UriLocator, type UriLocatorOptions } from "./uri-locator.ts";
