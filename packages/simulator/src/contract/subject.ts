import { copyBytes, equalBytes, type Instant, type Transmit } from "@purertc/core";
import type { SeededRandom } from "../seeded-random.ts";
import { describeBytes, describeValue, forEachBytes } from "./describe-value.ts";
import type { ContractAction, ContractScene } from "./scene.ts";
import { ContractViolation, type Law } from "./violation.ts";

/** How a host treats the protocol. All treatments are allowed, so they must all give the same outputs. */
export interface Treatment {
  readonly name: string;
  /** The law that is broken when this treatment changes the outputs. */
  readonly law: Law;
  /** Overwrites every lent buffer when the call has returned, and every byte of an event when it was read. */
  readonly overwrites: boolean;
  /** What `out` buffers hold when they are handed over. */
  readonly fill: number;
  /** Where lent bytes start in their `ArrayBuffer`. */
  readonly offset: number;
  /** Calls `handleTimeout` when nothing is due. */
  readonly spuriousTimeouts: boolean;
  /** Passes an older `now` when time has not moved since the last call. */
  readonly oldClock: boolean;
  /** Gives datagrams that must be refused. */
  readonly forgeries: boolean;
}

/** The kindest host. */
export const KIND: Treatment = {
  name: "kind",
  law: 3,
  overwrites: false,
  fill: 0,
  offset: 0,
  spuriousTimeouts: false,
  oldClock: false,
  forgeries: false,
};

/** What came out of one drain. */
export interface Outputs<R> {
  readonly datagrams: readonly { readonly bytes: Uint8Array; readonly route: R }[];
  /** One line for each transmit and event, and one for the deadline. */
  readonly lines: readonly string[];
  readonly events: number;
}

/** The protocol under test, called as `treatment` says, with the laws that one call can break checked on the spot. */
export class Subject<E, R> {
  readonly #scene: ContractScene<E, R>;
  readonly #treatment: Treatment;
  readonly #random: SeededRandom;
  readonly #mtu: number;
  readonly #routes = new Map<string, R>();
  #now: Instant = Number.NEGATIVE_INFINITY;
  /** The last time given to a `handle*`. An action may be a call of the peer, so it tells the protocol no time and is never given an older one. */
  #told: Instant = Number.NEGATIVE_INFINITY;
  #deadline: Instant | undefined;
  #closed = false;
  #datagrams = 0;

  constructor(scene: ContractScene<E, R>, treatment: Treatment, random: SeededRandom, mtu: number) {
    this.#scene = scene;
    this.#treatment = treatment;
    this.#random = random;
    this.#mtu = mtu;
  }

  /** Whether the closed event was seen. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Datagrams given so far. */
  get datagrams(): number {
    return this.#datagrams;
  }

  handleDatagram(now: Instant, datagram: Uint8Array, route: R): Outputs<R> {
    this.#datagrams += 1;
    const { offset, overwrites } = this.#treatment;
    const whole = new Uint8Array(offset + datagram.length + GUARD).fill(GUARD_BYTE);
    whole.set(datagram, offset);
    const before = copyBytes(whole);
    const lent = whole.subarray(offset, offset + datagram.length);
    this.#handle(
      () => this.#scene.protocol.handleDatagram(this.#clock(now), lent, route),
      () => `handleDatagram of ${describeBytes(datagram)}`,
    );
    if (!equalBytes(before, whole))
      throw new ContractViolation(5, `handleDatagram wrote into the datagram it was lent, ${describeBytes(datagram)}`);
    if (overwrites) whole.fill(POISON);
    this.#told = this.#now;
    return this.#drain();
  }

  handleTimeout(now: Instant): Outputs<R> {
    this.#handle(
      () => this.#scene.protocol.handleTimeout(this.#clock(now)),
      () => `handleTimeout at ${now}`,
    );
    this.#told = this.#now;
    return this.#drain(true);
  }

  /** An API call. Errors of the two documented kinds are part of the outputs. */
  act(now: Instant, action: ContractAction, random: SeededRandom): Outputs<R> {
    const lent: Uint8Array[] = [];
    const lend = (bytes: Uint8Array): Uint8Array => {
      lent.push(copyBytes(bytes));
      return lent.at(-1)!;
    };
    const lines: string[] = [];
    try {
      this.#now = Math.max(now, this.#now);
      action(now, lend, random);
    } catch (error) {
      const name = error instanceof Error ? error.name : "";
      if (name !== "InvalidStateError" && name !== "InvalidArgumentError") {
        throw new ContractViolation(7, `an API call threw ${describeValue(error)} instead of InvalidStateError or InvalidArgumentError`, {
          cause: error,
        });
      }
      lines.push(`threw ${name}`);
    }
    if (this.#treatment.overwrites) for (const bytes of lent) bytes.fill(POISON);
    const outputs = this.#drain();
    return { ...outputs, lines: [...lines, ...outputs.lines] };
  }

  pollTimeout(): Instant | undefined {
    return this.#handle(
      () => this.#scene.protocol.pollTimeout(),
      () => "pollTimeout",
    );
  }

  #drain(afterTimeout = false): Outputs<R> {
    const lines: string[] = [];
    const datagrams: { bytes: Uint8Array; route: R }[] = [];
    let events = 0;
    for (;;) {
      for (let sent = this.#transmit(); sent !== undefined; sent = this.#transmit()) {
        if (this.#closed) throw new ContractViolation(7, `pollTransmit gave ${describeBytes(sent.bytes)} after the closed event`);
        datagrams.push(sent);
        lines.push(`sends ${describeBytes(sent.bytes)} to ${describeValue(sent.route)}`);
        this.#limit(lines.length);
      }
      const event = this.#handle(
        () => this.#scene.protocol.pollEvent(),
        () => "pollEvent",
      );
      if (event === undefined) break;
      if (this.#closed) throw new ContractViolation(7, `pollEvent gave ${describeValue(event)} after the closed event`);
      events += 1;
      lines.push(`event ${describeValue(event)}`);
      this.#limit(lines.length);
      if (this.#isClosed(event)) this.#closed = true;
      if (this.#treatment.overwrites) forEachBytes(event, (bytes) => bytes.fill(POISON));
    }
    const deadline = this.pollTimeout();
    if (deadline !== undefined && this.#closed) throw new ContractViolation(7, `pollTimeout gave ${deadline} after the closed event`);
    // A deadline that passed while the host was away stays until handleTimeout has had its turn; a new one in the past is a busy loop.
    const isOverdue = deadline === this.#deadline && !afterTimeout;
    if (deadline !== undefined && !(deadline > this.#now) && !isOverdue) {
      throw new ContractViolation(2, `pollTimeout() is ${deadline} after a drain at ${this.#now}`);
    }
    this.#deadline = deadline;
    lines.push(`deadline ${deadline}`);
    return { datagrams, lines, events };
  }

  /** The `now` to pass to a `handle*` at `now`, which is never before that of the last call. */
  #clock(now: Instant): Instant {
    this.#now = Math.max(now, this.#now);
    const passesOld = this.#treatment.oldClock && now === this.#told && this.#random.chance(0.5);
    return passesOld ? now - this.#random.pick([1, 17.25, 1000, 1e7, now, now + 1]) : now;
  }

  #transmit(): { bytes: Uint8Array; route: R } | undefined {
    const { fill, offset, overwrites } = this.#treatment;
    const whole = new Uint8Array(offset + this.#mtu + GUARD).fill(fill);
    const out = whole.subarray(offset, offset + this.#mtu);
    const transmit: Transmit<R> | undefined = this.#handle(
      () => this.#scene.protocol.pollTransmit(out),
      () => "pollTransmit",
    );
    if (transmit === undefined) return undefined;
    const { length, route } = transmit;
    if (!(Number.isInteger(length) && length >= 0 && length <= this.#mtu))
      throw new ContractViolation(5, `pollTransmit gave a length of ${length} for ${this.#mtu} bytes`);
    if (whole.subarray(0, offset).some((byte) => byte !== fill) || whole.subarray(offset + this.#mtu).some((byte) => byte !== fill)) {
      throw new ContractViolation(5, "pollTransmit wrote outside the array it was lent");
    }
    this.#checkRoute(route);
    const bytes = copyBytes(out.subarray(0, length));
    if (overwrites) whole.fill(POISON);
    return { bytes, route };
  }

  /** Equal paths are the same object, as `Transmit.route` says. */
  #checkRoute(route: R): void {
    if (typeof route !== "object" || route === null) return;
    const text = describeValue(route);
    const known = this.#routes.get(text);
    if (known === undefined && this.#routes.size < MAX_ROUTES) this.#routes.set(text, route);
    else if (known !== undefined && known !== route) throw new ContractViolation(3, `pollTransmit gave two objects for one route, ${text}`);
  }

  #isClosed(event: E): boolean {
    if (this.#scene.isClosed !== undefined) return this.#scene.isClosed(event);
    return typeof event === "object" && event !== null && "type" in event && event.type === "closed";
  }

  #handle<T>(call: () => T, name: () => string): T {
    try {
      return call();
    } catch (error) {
      throw new ContractViolation(1, `${name()} threw ${describeValue(error)}`, { cause: error });
    }
  }

  #limit(outputs: number): void {
    if (outputs > MAX_OUTPUTS) throw new ContractViolation(2, `one drain gave more than ${MAX_OUTPUTS} outputs`);
  }
}

const GUARD = 8;
const GUARD_BYTE = 0x47;
const POISON = 0xdb;
const MAX_OUTPUTS = 50_000;
const MAX_ROUTES = 1000;
