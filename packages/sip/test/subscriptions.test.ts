/** Subscriber and notifier against each other, in virtual time (RFC 6665). */
import { type Instant, Malformed } from "@purertc/core";
import { seededRandom } from "@purertc/simulator";
import {
  createResponse,
  createVia,
  nameAddress,
  parseSipMessage,
  type SipMessage,
  SipRequest,
  SipResponse,
  writeSipMessage,
} from "@purertc/sip-parser";
import { expect, test } from "vitest";
import {
  type DialogUsage,
  Notifier,
  type NotifierEvent,
  type NotifierOptions,
  type SubscribeInit,
  Subscription,
  type SubscriptionEvent,
  type SubscriptionOptions,
} from "../src/session/index.ts";

const DELAY = 10;

interface Wire {
  readonly at: Instant;
  readonly deliver: () => void;
}

/** A subscriber and the notifiers that its SUBSCRIBE reaches. */
class SubscriptionPair {
  now: Instant = 0;
  readonly subscription: Subscription;
  readonly notifiers: (Notifier | undefined)[];
  readonly ladder: string[] = [];
  readonly messages: SipMessage[] = [];
  readonly events: SubscriptionEvent[] = [];
  readonly notifierEvents: NotifierEvent[] = [];
  lose: (line: string) => boolean = () => false;
  readonly #wire: Wire[] = [];
  readonly #origins = new Map<SipRequest, (response: SipResponse) => void>();
  readonly #options: NotifierOptions;
  #branches = 0;

  constructor(
    init: Partial<SubscribeInit> = {},
    options: Partial<SubscriptionOptions> = {},
    notifier: Partial<NotifierOptions> = {},
    forks = 1,
  ) {
    this.#options = { random: seededRandom("notifier"), contact: nameAddress("sip:n@n.example.com"), events: ["presence"], ...notifier };
    this.notifiers = Array.from({ length: forks }, () => undefined);
    const subscribe = {
      target: "sip:bob@example.com",
      from: nameAddress("sip:alice@example.com"),
      event: "presence",
      expires: 600,
      ...init,
    };
    this.subscription = Subscription.subscribe(0, subscribe, {
      random: seededRandom("subscriber"),
      contact: nameAddress("sip:a@a.example.com"),
      ...options,
    });
  }

  /** Whoever answers SUBSCRIBEs: accepts at once. */
  onSubscribe: (notifier: Notifier) => void = (notifier) => notifier.accept(this.now, { contentType: "text/plain", body: "state" });

  run(forMs = 100): this {
    const until = this.now + forMs;
    for (;;) {
      this.#drain();
      const timers = [this.subscription.pollTimeout(), ...this.notifiers.map((each) => each?.pollTimeout())].filter(
        (at) => at !== undefined,
      );
      const next = Math.min(...timers, ...this.#wire.map((each) => each.at));
      if (next > until) break;
      this.now = Math.max(this.now, next);
      for (const usage of [this.subscription, ...this.notifiers]) usage?.handleTimeout(this.now);
      const due = this.#wire.findIndex((each) => each.at <= this.now);
      if (due >= 0) this.#wire.splice(due, 1)[0]!.deliver();
    }
    this.now = until;
    return this;
  }

  last<Type extends SubscriptionEvent["type"]>(type: Type): Extract<SubscriptionEvent, { readonly type: Type }> {
    return this.events.findLast((event) => event.type === type) as Extract<SubscriptionEvent, { readonly type: Type }>;
  }

  #drain(): void {
    this.#carry(this.subscription, ">", (request) => this.#toNotifiers(request));
    for (const notifier of this.notifiers)
      if (notifier !== undefined) this.#carry(notifier, "<", (request) => this.subscription.handleRequest(this.now, request));
    for (let event = this.subscription.pollEvent(); event !== undefined; event = this.subscription.pollEvent()) this.events.push(event);
    for (const notifier of this.notifiers) {
      for (let event = notifier?.pollEvent(); event !== undefined; event = notifier?.pollEvent()) this.notifierEvents.push(event);
    }
  }

  #carry(usage: DialogUsage<unknown>, arrow: string, toPeer: (request: SipRequest) => void): void {
    for (let output = usage.pollOutput(); output !== undefined; output = usage.pollOutput()) {
      if (output.type === "response") {
        const back = this.#origins.get(output.request);
        this.#send(arrow, output.response, (copy) => copy instanceof SipResponse && back?.(copy));
      } else if (output.type === "request") {
        const { id } = output;
        const request = output.request.copy();
        this.#branches += 1;
        request.headers.prepend("Via", createVia({ transport: "UDP", host: "host.example.com", branch: `z9hG4bK${this.#branches}` }));
        this.#send(arrow, request, (copy) => {
          if (!(copy instanceof SipRequest)) return;
          this.#origins.set(copy, (response) => usage.handleResponse(this.now, id, response));
          toPeer(copy);
        });
      }
    }
  }

  #toNotifiers(request: SipRequest): void {
    if (request.toTag !== undefined) {
      this.notifiers.find((each) => each?.dialog.localTag === request.toTag)?.handleRequest(this.now, request);
      return;
    }
    for (let i = 0; i < this.notifiers.length; i++) {
      const made = Notifier.receive(this.now, request, this.#options);
      if (made instanceof SipResponse) this.#send("<", made, (copy) => copy instanceof SipResponse && this.#origins.get(request)?.(copy));
      else {
        this.notifiers[i] = made;
        this.onSubscribe(made);
      }
    }
  }

  #send(arrow: string, message: SipMessage, deliver: (copy: SipMessage) => void): void {
    const copy = parseSipMessage(writeSipMessage(message).slice());
    if (copy instanceof Malformed) throw new Error(copy.reason);
    const state = message.headers.text("Subscription-State");
    const line = `${arrow} ${message instanceof SipResponse ? `${message.statusCode} ${message.cseq?.method}` : message.method}${state === undefined ? "" : ` ${state}`}`;
    this.ladder.push(line);
    this.messages.push(copy);
    if (!this.lose(line)) this.#wire.push({ at: this.now + DELAY, deliver: () => deliver(copy) });
  }
}

test("RFC 6665 §4.1.2, §4.2.1: SUBSCRIBE, 200, NOTIFY; later states; the end", () => {
  const pair = new SubscriptionPair();
  pair.run();
  expect(pair.ladder).toEqual(["> SUBSCRIBE", "< 200 SUBSCRIBE", "< NOTIFY active;expires=600", "> 200 NOTIFY"]);
  expect(pair.subscription.state).toBe("active");
  expect(new TextDecoder().decode(pair.last("notify").body)).toBe("state");
  pair.notifiers[0]!.notify(pair.now, { contentType: "text/plain", body: "other" });
  pair.run();
  expect(new TextDecoder().decode(pair.last("notify").body)).toBe("other");
  pair.notifiers[0]!.terminate(pair.now, "noresource");
  pair.run();
  expect(pair.ladder.slice(4)).toEqual([
    "< NOTIFY active;expires=600",
    "> 200 NOTIFY",
    "< NOTIFY terminated;reason=noresource",
    "> 200 NOTIFY",
  ]);
  expect(pair.last("terminated")).toMatchObject({ reason: "noresource", retryAfterMs: undefined });
  expect([pair.subscription.finished, pair.notifiers[0]!.finished]).toEqual([true, true]);
});

test("RFC 6665 §4.1.2.4: the NOTIFY may overtake the 200, and makes the dialog", () => {
  const pair = new SubscriptionPair();
  pair.lose = (line) => line === "< 200 SUBSCRIBE";
  pair.run();
  expect(pair.subscription.state).toBe("active");
  expect(pair.subscription.dialogs.length).toBe(1);
});

test("RFC 6665 §4.1.2.4: no NOTIFY within Timer N: no subscription", () => {
  const pair = new SubscriptionPair();
  pair.lose = (line) => line.startsWith("< NOTIFY");
  pair.run(31_999);
  expect(pair.subscription.state).toBe("notify-wait");
  pair.run(1);
  expect(pair.subscription.state).toBe("terminated");
  expect(pair.last("terminated")).toMatchObject({ reason: "timeout", retryAfterMs: 0 });
});

test("RFC 6665 §4.1.2.2: refreshed before it expires, and answered with the state", () => {
  const pair = new SubscriptionPair();
  pair.run();
  pair.run(600_000);
  expect(pair.ladder.slice(4)).toEqual(["> SUBSCRIBE", "< 200 SUBSCRIBE", "< NOTIFY active;expires=600", "> 200 NOTIFY"]);
  expect(pair.notifierEvents.map((event) => event.type)).toEqual(["notified", "refreshed", "notified"]);
  expect(pair.subscription.state).toBe("active");
});

test("RFC 6665 §4.1.2.2: a refresh that gets 481 ends it; one that gets 500 does not", () => {
  for (const statusCode of [481, 500]) {
    const pair = new SubscriptionPair();
    pair.run();
    pair.subscription.refresh(pair.now);
    const request = pair.subscription.pollOutput();
    if (request?.type !== "request") throw new Error("no SUBSCRIBE");
    pair.subscription.handleResponse(pair.now, request.id, answerTo(request.request, statusCode));
    expect(pair.subscription.state).toBe(statusCode === 481 ? "terminated" : "active");
    // Timer N is not left running for the refresh that failed.
    if (statusCode === 500) expect(pair.run(40_000).subscription.state).toBe("active");
  }
});

test("RFC 6665 §4.1.2.3: unsubscribing ends with the NOTIFY, or without it after Timer N", () => {
  const pair = new SubscriptionPair();
  pair.run();
  pair.subscription.unsubscribe(pair.now);
  pair.run();
  expect(pair.ladder.slice(4)).toEqual(["> SUBSCRIBE", "< 200 SUBSCRIBE", "< NOTIFY terminated;reason=timeout", "> 200 NOTIFY"]);
  expect(pair.subscription.state).toBe("terminated");
  const deaf = new SubscriptionPair();
  deaf.run();
  deaf.lose = (line) => line === "> SUBSCRIBE";
  deaf.subscription.unsubscribe(deaf.now);
  deaf.run(31_999);
  expect(deaf.subscription.state).toBe("active");
  expect(deaf.run(1).subscription.state).toBe("terminated");
});

test("RFC 6665 §4.4.3: a fetch: Expires 0, and one NOTIFY", () => {
  const pair = new SubscriptionPair({ expires: 0 });
  pair.run();
  expect(pair.ladder).toEqual(["> SUBSCRIBE", "< 200 SUBSCRIBE", "< NOTIFY terminated;reason=timeout", "> 200 NOTIFY"]);
  expect(new TextDecoder().decode(pair.last("notify").body)).toBe("state");
});

test("RFC 6665 §4.2.1.3: pending, then active", () => {
  const pair = new SubscriptionPair();
  pair.onSubscribe = (notifier) => notifier.accept(pair.now, { state: "pending" });
  pair.run();
  expect(pair.subscription.state).toBe("pending");
  pair.notifiers[0]!.notify(pair.now);
  pair.run();
  expect(pair.subscription.state).toBe("active");
});

test("RFC 6665 §4.1.3: the notifier's interval counts, and reasons say when to come again", () => {
  const pair = new SubscriptionPair({}, {}, { maxExpires: 60 });
  pair.run();
  expect(pair.ladder[2]).toBe("< NOTIFY active;expires=60");
  pair.run(31_000);
  expect(pair.ladder.filter((line) => line === "> SUBSCRIBE").length).toBe(2);
  for (const [reason, retryAfter, expected] of [
    ["deactivated", undefined, 0],
    ["probation", 30, 30_000],
    ["giveup", undefined, 0],
    ["rejected", 30, undefined],
    ["invariant", undefined, undefined],
    ["something-new", undefined, 0],
  ] as const) {
    const other = new SubscriptionPair();
    other.run();
    other.notifiers[0]!.terminate(other.now, reason, retryAfter === undefined ? {} : { retryAfter });
    other.run();
    expect(other.last("terminated")).toMatchObject({ reason, retryAfterMs: expected });
  }
});

test("RFC 6665 §4.2.1.1: 489 for another package, 423 for a short interval, which is then asked for longer", () => {
  const other = new SubscriptionPair({ event: "dialog" });
  other.run();
  expect(other.ladder).toEqual(["> SUBSCRIBE", "< 489 SUBSCRIBE"]);
  expect(other.messages[1]!.headers.text("Allow-Events")).toBe("presence");
  expect(other.last("terminated")).toMatchObject({ reason: "rejected", dialog: undefined });
  const brief = new SubscriptionPair({ expires: 30 }, {}, { minExpires: 60 });
  brief.run();
  expect(brief.ladder.slice(0, 4)).toEqual(["> SUBSCRIBE", "< 423 SUBSCRIBE", "> SUBSCRIBE", "< 200 SUBSCRIBE"]);
  expect(brief.messages[2]!.headers.text("Expires")).toBe("60");
});

test("RFC 6665 §4.4.1: of two forks only the first gets a subscription, the other 481; unless the package allows both", () => {
  const single = new SubscriptionPair({}, {}, {}, 2);
  single.run();
  expect(single.subscription.dialogs.length).toBe(1);
  expect(single.ladder.at(-1)).toBe("> 481 NOTIFY");
  expect(single.notifierEvents.map((event) => event.type)).toContain("terminated");
  const both = new SubscriptionPair({}, { forks: true }, {}, 2);
  both.run();
  expect(both.subscription.dialogs.length).toBe(2);
  both.notifiers[0]!.terminate(both.now, "noresource");
  both.run();
  expect(both.subscription.state).toBe("active");
});

test("RFC 6665 §4.1.3: NOTIFYs without Subscription-State get 400, of another event or call 481", () => {
  const pair = new SubscriptionPair();
  pair.run();
  const dialog = pair.notifiers[0]!.dialog;
  const state = ["Subscription-State", "active"] as const;
  const verdicts = ([[["Event", "presence"]], [["Event", "presence;id=7"], state], [["Event", "dialog"], state], [state]] as const).map(
    (headers) => {
      pair.subscription.handleRequest(pair.now, dialog.createRequest("NOTIFY", { headers }));
      const output = pair.subscription.pollOutput();
      return output?.type === "response" ? output.response.statusCode : undefined;
    },
  );
  expect(verdicts).toEqual([400, 481, 481, 400]);
});

test("RFC 6665 §4.2.2: one NOTIFY at a time, and a subscriber that does not know it any more has no subscription", () => {
  const pair = new SubscriptionPair();
  pair.run();
  for (const body of ["1", "2", "3"]) pair.notifiers[0]!.notify(pair.now, { contentType: "text/plain", body });
  pair.run(5);
  expect(pair.ladder.filter((line) => line.startsWith("< NOTIFY")).length).toBe(2);
  pair.run();
  const bodies = pair.events.flatMap((event) => (event.type === "notify" ? [new TextDecoder().decode(event.body)] : []));
  expect(bodies).toEqual(["state", "1", "2", "3"]);
  pair.notifiers[0]!.notify(pair.now);
  const output = pair.notifiers[0]!.pollOutput();
  if (output?.type !== "request") throw new Error("no NOTIFY");
  pair.notifiers[0]!.handleResponse(pair.now, output.id, answerTo(output.request, 481));
  expect(pair.notifiers[0]!.state).toBe("terminated");
});

test("RFC 6665 §4.2.2: NOTIFYs that wait are bounded", () => {
  const pair = new SubscriptionPair({}, {}, { maxQueued: 3 });
  pair.run();
  pair.lose = (line) => line.startsWith("> 200");
  for (let i = 0; i < 10; i++) pair.notifiers[0]!.notify(pair.now, { contentType: "text/plain", body: String(i) });
  pair.lose = () => false;
  pair.run(1000);
  const bodies = pair.events.flatMap((event) => (event.type === "notify" ? [new TextDecoder().decode(event.body)] : []));
  expect(bodies).toEqual(["state", "0", "7", "8", "9"]);
});

test("RFC 6665 §4.2.2: an expired subscription ends with a NOTIFY that says timeout", () => {
  const pair = new SubscriptionPair({ expires: 60 });
  pair.run();
  pair.lose = (line) => line === "> SUBSCRIBE";
  pair.run(60_000);
  expect(pair.ladder).toContain("< NOTIFY terminated;reason=timeout");
});

function answerTo(request: SipRequest, statusCode: number): SipResponse {
  return createResponse(request, statusCode);
}
