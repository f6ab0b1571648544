/** The end of a user agent: what is under way is ended in order, as far as the time allows. */
import type { SipCall } from "./sip-call.ts";
import type { SipRegistration } from "./sip-registration.ts";
import type { SipStack } from "./sip-stack.ts";
import { type IncomingSubscription, SipSubscription } from "./sip-subscription.ts";

export interface GracefulClose {
  readonly calls: readonly SipCall[];
  readonly subscriptions: readonly (SipSubscription | IncomingSubscription)[];
  readonly registrations: readonly SipRegistration[];
  readonly stack: SipStack;
  /** Resolves when it has taken long enough. */
  readonly delay: Promise<void>;
}

/** BYE, CANCEL or a refusal for each call, Expires: 0 for each subscription and registration; then the transports are closed. */
export async function closeGracefully({ calls, subscriptions, registrations, stack, delay }: GracefulClose): Promise<void> {
  const ends: Promise<unknown>[] = [
    ...calls.map((call) => call.hangUp()),
    ...subscriptions.map((each) => (each instanceof SipSubscription ? each.unsubscribe() : Promise.resolve(each.close()))),
    ...registrations.map((registration) => registration.unregister()),
  ];
  await Promise.race([Promise.allSettled(ends), delay]);
  for (const registration of registrations) registration.close();
  await stack.close();
}
