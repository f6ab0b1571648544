/**
 * How long a connection may take for what (pure: time is an argument): its first message, the rest of a message it began, the kernel taking what was
 * written, its next sign of life, and the pong to a ping (RFC 5626 §4.4.1). Each is a way to hold a connection for nothing.
 */
import { type Instant, TimerTable } from "@purertc/core";
import type { TransportTimeouts } from "./options.ts";

/** Why a connection is to be closed. */
export type WatchVerdict = "no-first-message" | "message-timeout" | "send-timeout" | "idle-timeout" | "keep-alive-timeout";

type WatchTimer = "first-message" | "message" | "send" | "idle" | "pong" | "ping";

export class ConnectionWatch {
  readonly #timeouts: TransportTimeouts;
  readonly #timers = new TimerTable<WatchTimer>();
  readonly #fraction: () => number;
  #pingInterval = 0;

  /** `fraction` gives a number in [0, 1): pings of many clients are not to come together. */
  constructor(timeouts: TransportTimeouts, fraction: () => number) {
    this.#timeouts = timeouts;
    this.#fraction = fraction;
  }

  /** The connection is open. Who was called has to hear something soon. */
  opened(now: Instant, role: "client" | "server"): void {
    if (role === "server") this.#timers.set("first-message", now + this.#timeouts.firstMessage);
    this.#timers.set("idle", now + this.#timeouts.idle);
  }

  /** Bytes came, or were written. */
  active(now: Instant): void {
    this.#timers.set("idle", now + this.#timeouts.idle);
  }

  /** Part of a message waits for the rest. Calling it again does not give it more time. */
  partial(now: Instant): void {
    if (this.#timers.at("message") === undefined) this.#timers.set("message", now + this.#timeouts.message);
  }

  /** A message or keep-alive is whole; what comes next has its own time. */
  whole(): void {
    this.#timers.clear("first-message");
    this.#timers.clear("message");
  }

  /** The kernel's buffer is full, or is empty again. */
  blocked(now: Instant, blocked: boolean): void {
    if (!blocked) this.#timers.clear("send");
    else if (this.#timers.at("send") === undefined) this.#timers.set("send", now + this.#timeouts.drain);
  }

  /** Pings from now on, each after 80 % to 100 % of the interval (RFC 5626 §4.4.1); 0 stops. */
  keepAlive(now: Instant, intervalMs: number): void {
    this.#pingInterval = intervalMs;
    if (intervalMs > 0) this.#nextPing(now);
    else {
      this.#timers.clear("ping");
      this.#timers.clear("pong");
    }
  }

  /** The answer to a ping. */
  pong(): void {
    this.#timers.clear("pong");
  }

  /** Whether to send a ping now; asked when a deadline has passed. */
  takePing(now: Instant): boolean {
    if (!this.#timers.take("ping", now)) return false;
    this.#nextPing(now);
    if (this.#timers.at("pong") === undefined) this.#timers.set("pong", now + this.#timeouts.pong);
    return true;
  }

  /** Why the connection is to be closed, if it is. */
  verdict(now: Instant): WatchVerdict | undefined {
    if (this.#timers.expired("first-message", now)) return "no-first-message";
    if (this.#timers.expired("message", now)) return "message-timeout";
    if (this.#timers.expired("send", now)) return "send-timeout";
    if (this.#timers.expired("pong", now)) return "keep-alive-timeout";
    return this.#timers.expired("idle", now) ? "idle-timeout" : undefined;
  }

  /** The soonest deadline. */
  next(): Instant | undefined {
    return this.#timers.next();
  }

  #nextPing(now: Instant): void {
    this.#timers.set("ping", now + this.#pingInterval * (0.8 + 0.2 * this.#fraction()));
  }
}
