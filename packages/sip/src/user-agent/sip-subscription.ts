/** Subscriptions of a user agent, from either side (RFC 6665), with the comforts of the platform. */

import type { SipRequest } from "@purertc/sip-parser";
import type { Notifier, NotifierEvent, NotifyInit } from "../session/notifier.ts";
import type { Subscription, SubscriptionEvent } from "../session/subscription.ts";
import type { TerminationReason } from "../session/subscription-state.ts";
import { Deferred } from "./deferred.ts";
import { SipError } from "./sip-error.ts";
import type { SipStack } from "./sip-stack.ts";
import { textOf } from "./text.ts";
import { TypedEventTarget } from "./typed-event-target.ts";
import type { UsageDriver } from "./usage-driver.ts";

/** State from the notifier: `"notify"`. */
export class NotifyEvent extends Event {
  readonly request: SipRequest;
  readonly state: "pending" | "active" | "terminated";

  constructor(request: SipRequest, state: "pending" | "active" | "terminated") {
    super("notify");
    this.request = request;
    this.state = state;
  }

  /** The body as UTF-8 text. */
  get text(): string {
    return textOf(this.request.body);
  }
}

/** A subscription is over: `"terminated"`, last and once. */
export class SubscriptionEndEvent extends Event {
  readonly reason: TerminationReason;
  /** Milliseconds until it may be tried again; undefined: it should not be. */
  readonly retryAfterMs: number | undefined;

  constructor(reason: TerminationReason, retryAfterMs: number | undefined) {
    super("terminated");
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Of a subscription of ours. */
export interface SipSubscriptionEventMap {
  readonly notify: NotifyEvent;
  readonly terminated: SubscriptionEndEvent;
}

/** Made by `SipUserAgent.subscribe`. It refreshes itself. Iterate over it for its NOTIFYs, from the latest on until it ends. */
export class SipSubscription extends TypedEventTarget<SipSubscriptionEventMap> implements AsyncIterable<NotifyEvent> {
  /** The machine underneath. */
  readonly subscription: Subscription;
  /** Resolves when the SUBSCRIBE is accepted; rejects with {@link SipError} when it is not. */
  readonly accepted: Promise<void>;
  readonly #accepted = new Deferred<void>();
  readonly #ended = new Deferred<void>();
  readonly #stack: SipStack;
  #latest: NotifyEvent | undefined;
  #driver: UsageDriver<SubscriptionEvent> | undefined;

  /** For the user agent. */
  constructor(stack: SipStack, subscription: Subscription) {
    super();
    this.#stack = stack;
    this.subscription = subscription;
    this.accepted = this.#accepted.promise;
  }

  get state(): Subscription["state"] {
    return this.subscription.state;
  }

  /** The last NOTIFY: the state as far as it is known. The first one may come before the SUBSCRIBE's 2xx. */
  get latest(): NotifyEvent | undefined {
    return this.#latest;
  }

  /** Ends it (Expires: 0). Resolves when it has ended. */
  async unsubscribe(): Promise<void> {
    if (this.state !== "terminated") {
      this.subscription.unsubscribe(this.#stack.now());
      this.#driver?.pump();
    }
    await this.#ended.promise;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<NotifyEvent> {
    const waiting: NotifyEvent[] = this.#latest === undefined ? [] : [this.#latest];
    let changed = new Deferred<void>();
    let over = this.#ended.settled;
    const wake = (): void => {
      changed.resolve();
      changed = new Deferred();
    };
    const onNotify = (event: NotifyEvent): void => {
      waiting.push(event);
      wake();
    };
    const onEnd = (): void => {
      over = true;
      wake();
    };
    this.addEventListener("notify", onNotify);
    this.addEventListener("terminated", onEnd);
    try {
      for (;;) {
        for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) yield event;
        if (over) return;
        await changed.promise;
      }
    } finally {
      this.removeEventListener("notify", onNotify);
      this.removeEventListener("terminated", onEnd);
    }
  }

  /** As {@link unsubscribe}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.unsubscribe();
  }

  /** For the user agent. */
  attach(driver: UsageDriver<SubscriptionEvent>): void {
    this.#driver = driver;
  }

  /** For the user agent, which closes: the notifier is not heard of any more. */
  abandon(): void {
    this.#driver?.close();
    if (this.#ended.settled) return;
    this.#accepted.reject(new SipError({ code: "ENDED", statusCode: 487, message: "the user agent was closed" }));
    this.#over("giveup", undefined);
  }

  /** For the user agent: what the machine says. */
  handle(event: SubscriptionEvent): void {
    if (event.type === "accepted") this.#accepted.resolve();
    else if (event.type === "notify") {
      this.#accepted.resolve();
      this.#latest = new NotifyEvent(event.request, event.state);
      this.dispatchEvent(this.#latest);
    } else {
      const response = event.message?.kind === "response" ? event.message : undefined;
      this.#accepted.reject(
        new SipError({ code: response === undefined ? "ENDED" : "REJECTED", statusCode: response?.statusCode ?? 481, response }),
      );
      if (this.state !== "terminated") return; // one of several dialogs
      this.#over(event.reason, event.retryAfterMs);
    }
  }

  #over(reason: TerminationReason, retryAfterMs: number | undefined): void {
    if (this.#ended.settled) return;
    this.#ended.resolve();
    this.dispatchEvent(new SubscriptionEndEvent(reason, retryAfterMs));
  }
}

/** Of a subscription of the peer's. */
export interface IncomingSubscriptionEventMap {
  /** The peer has refreshed it, and wants the full state: `notify` it. */
  readonly refreshed: Event;
  readonly terminated: SubscriptionEndEvent;
}

/** Comes with the user agent's `subscribe` event: accept or reject it, then notify. */
export class IncomingSubscription extends TypedEventTarget<IncomingSubscriptionEventMap> {
  /** The machine underneath. */
  readonly notifier: Notifier;
  readonly request: SipRequest;
  readonly #stack: SipStack;
  #driver: UsageDriver<NotifierEvent> | undefined;

  /** For the user agent. */
  constructor(stack: SipStack, notifier: Notifier, request: SipRequest) {
    super();
    this.#stack = stack;
    this.notifier = notifier;
    this.request = request;
  }

  /** The event package, such as `presence`. */
  get event(): string {
    return this.notifier.event.value;
  }

  /** Accepts it and sends the first state. */
  accept(init: NotifyInit & { readonly state?: "pending" | "active" } = {}): void {
    this.#act((now) => this.notifier.accept(now, init));
  }

  reject(statusCode = 403): void {
    this.#act((now) => this.notifier.reject(now, statusCode));
  }

  /** Sends state. Nothing happens when the subscription has ended, as with `terminate`: the subscriber may always be faster. */
  notify(contentType: string, body: string | Uint8Array): void {
    if (this.notifier.state !== "terminated") this.#act((now) => this.notifier.notify(now, { contentType, body }));
  }

  /** Ends it, with a last state if one is given; `retryAfter` in seconds. */
  terminate(reason: TerminationReason, init: NotifyInit & { readonly retryAfter?: number } = {}): void {
    if (this.notifier.state !== "terminated") this.#act((now) => this.notifier.terminate(now, reason, init));
  }

  /** For the user agent, which closes: ends it in whatever state. */
  close(): void {
    if (this.notifier.state === "waiting") this.reject(480);
    else this.terminate("noresource");
  }

  /** For the user agent. */
  attach(driver: UsageDriver<NotifierEvent>): void {
    this.#driver = driver;
  }

  /** For the user agent, which closes: the subscriber is not heard of any more. */
  abandon(): void {
    this.#driver?.close();
  }

  /** For the user agent: what the machine says. */
  handle(event: NotifierEvent): void {
    if (event.type === "refreshed") this.dispatchEvent(new Event("refreshed"));
    else if (event.type === "terminated") this.dispatchEvent(new SubscriptionEndEvent(event.reason, undefined));
  }

  #act(step: (now: number) => void): void {
    try {
      step(this.#stack.now());
    } finally {
      this.#driver?.pump();
    }
  }
}

/** A SUBSCRIBE came: the user agent's `"subscribe"`. Whoever takes `event.subscription` answers for it; if no listener does, 489 goes back. */
export class SubscribeEvent extends Event {
  readonly #subscription: IncomingSubscription;
  #taken = false;

  constructor(subscription: IncomingSubscription) {
    super("subscribe");
    this.#subscription = subscription;
  }

  get subscription(): IncomingSubscription {
    this.#taken = true;
    return this.#subscription;
  }

  /** For the user agent: whether anybody looked. */
  get taken(): boolean {
    return this.#taken;
  }
}
