import type { Instant } from "@purertc/core";
import { type SeededRandom, seededRandom } from "../seeded-random.ts";
import { describeBytes, describeValue } from "./describe-value.ts";
import { hostileDatagram, mutate, stubDatagram } from "./hostile-datagram.ts";
import type { ContractScene } from "./scene.ts";
import { type Outputs, Subject, type Treatment } from "./subject.ts";
import { ContractViolation } from "./violation.ts";

/** What the network between the two ends is like. */
export type Weather = "clean" | "lossy" | "hostile";

/** What a run is made of. Two runs of one plan differ in their treatment only. */
export interface RunPlan {
  readonly seed: number;
  readonly weather: Weather;
  readonly steps: number;
  readonly mtu: number;
}

/** What a run left behind. */
export interface RunResult {
  /** One entry for each call of the protocol: what was called, and what came out. */
  readonly transcript: readonly string[];
  readonly datagrams: number;
  readonly events: number;
  readonly closed: boolean;
}

interface InFlight<R> {
  readonly at: Instant;
  readonly to: "protocol" | "peer";
  readonly bytes: Uint8Array;
  readonly route: R;
}

/**
 * One life of a protocol and its peer: started, made to talk, disturbed, closed. What happens is decided by `plan.seed` and by what the protocol
 * does; the treatment has a random stream of its own, so as long as outputs are the same, so is the script.
 */
export class ContractRun<E, R> {
  readonly #scene: ContractScene<E, R>;
  readonly #treatment: Treatment;
  readonly #plan: RunPlan;
  readonly #subject: Subject<E, R>;
  readonly #script: SeededRandom;
  readonly #whim: SeededRandom;
  readonly #peerBuffer: Uint8Array;
  readonly #flipped = new Map<R, R>();
  /** Datagrams from the peer: raw material for falsification. */
  readonly #samples: Uint8Array[] = [];
  readonly #transcript: string[] = [];
  #inFlight: InFlight<R>[] = [];
  #now: Instant = 10_000;
  #events = 0;

  constructor(scene: ContractScene<E, R>, treatment: Treatment, plan: RunPlan) {
    const random = seededRandom(`contract ${plan.seed}`);
    this.#scene = scene;
    this.#treatment = treatment;
    this.#plan = plan;
    this.#script = random.fork(`script ${plan.weather}`);
    this.#whim = random.fork(`whim ${treatment.name}`);
    this.#subject = new Subject(scene, treatment, this.#whim.fork("subject"), plan.mtu);
    this.#peerBuffer = new Uint8Array(plan.mtu);
  }

  /** Datagrams that the peer sent so far, oldest first; the last few hundred. */
  get samples(): readonly Uint8Array[] {
    return this.#samples;
  }

  get now(): Instant {
    return this.#now;
  }

  /** The protocol as the run treats it. */
  get subject(): Subject<E, R> {
    return this.#subject;
  }

  /** The whole life. */
  live(): RunResult {
    this.begin();
    this.end();
    return this.result();
  }

  /** Starts both ends and lets them talk for the planned number of steps. */
  begin(): void {
    this.#record(
      "start",
      this.#subject.act(this.#now, (now) => this.#scene.start?.(now), this.#script),
    );
    this.#drainPeer();
    if (this.#plan.weather === "hostile") {
      this.#record("empty datagram", this.#subject.handleDatagram(this.#now, new Uint8Array(0), this.#anyRoute()));
    }
    for (let step = 0; step < this.#plan.steps; step++) this.#step();
  }

  /** Closes the protocol, waits for the closed event, and checks that nothing comes after it. */
  end(): void {
    const { close } = this.#scene;
    if (close === undefined && !this.#subject.closed) return;
    if (!this.#subject.closed) {
      this.#record(
        "close",
        this.#subject.act(this.#now, (now) => close?.(now), this.#script),
      );
      this.#drainPeer();
    }
    for (let step = 0; step < MAX_CLOSING_STEPS && !this.#subject.closed; step++) {
      if (!this.#advance()) break;
    }
    if (!this.#subject.closed) throw new ContractViolation(7, `no closed event after close(), up to ${this.#now} ms`);
    for (let step = 0; step < 20; step++) {
      this.#record("late hostile datagram", this.#subject.handleDatagram(this.#now, this.#hostile(), this.#anyRoute()));
      this.#now += 1000;
      this.#record("late timeout", this.#subject.handleTimeout(this.#now));
    }
    for (const call of this.#scene.afterClosed ?? []) this.#mustThrow(call);
  }

  /** Laws 1 and 2 at times that no sane host would tell: long sleeps, fractions, times before the start, the end of time. */
  sleepOddly(): void {
    for (const now of [this.#now + 0.125, this.#now + 1e6, 0, -1, this.#now + 1e12, 0.5, Number.MAX_SAFE_INTEGER]) {
      this.#subject.handleDatagram(now, this.#hostile(), this.#anyRoute());
      this.#subject.handleTimeout(now);
    }
  }

  result(): RunResult {
    return { transcript: this.#transcript, datagrams: this.#subject.datagrams, events: this.#events, closed: this.#subject.closed };
  }

  /** What a stranger might send now. */
  #hostile(): Uint8Array {
    return hostileDatagram(this.#script, this.#samples, this.#plan.mtu);
  }

  #anyRoute(): R {
    // The default fits protocols without routes; those with routes name them in the scene.
    return this.#script.pick<R>(this.#scene.routes ?? [undefined as R]);
  }

  #step(): void {
    if (this.#treatment.spuriousTimeouts && this.#whim.chance(0.5)) this.#callForNothing();
    if (this.#treatment.forgeries && this.#whim.chance(0.5)) this.#forge();
    const { actions = [] } = this.#scene;
    const choice = this.#script.next();
    if (choice < 0.25 && actions.length > 0) {
      const action = this.#script.pick(actions);
      this.#record("API call", this.#subject.act(this.#now, action, this.#script));
      this.#drainPeer();
    } else if (choice < 0.45 && this.#plan.weather === "hostile") {
      this.#record("hostile datagram", this.#subject.handleDatagram(this.#now, this.#hostile(), this.#anyRoute()));
    } else if (choice < 0.48 && this.#plan.weather !== "clean") {
      this.#now += this.#script.integer(1, 3000); // the host was asleep: deadlines have passed, datagrams wait
    } else {
      // Long waits are seldom sat out, or most lives would be spent between two keep-alives.
      const wait = this.#nextDue() - this.#now;
      if (wait > PATIENCE_MS && this.#script.chance(0.98)) this.#now += this.#script.integer(1, PATIENCE_MS);
      else if (wait < NEVER) this.#advance();
    }
  }

  /** When something will happen without anyone's doing. */
  #nextDue(): Instant {
    let due = Math.min(this.#subject.pollTimeout() ?? NEVER, this.#scene.peer?.pollTimeout() ?? NEVER);
    for (const { at } of this.#inFlight) due = Math.min(due, at);
    return due;
  }

  /** Does the next thing that is due; false when nothing is. */
  #advance(): boolean {
    const next = this.#takeNextInFlight();
    const own = this.#subject.pollTimeout();
    const peers = this.#scene.peer?.pollTimeout();
    const soonest = Math.min(next?.at ?? NEVER, own ?? NEVER, peers ?? NEVER);
    if (soonest === NEVER) return false;
    this.#now = Math.max(this.#now, soonest);
    if (next !== undefined && next.at === soonest) {
      this.#deliver(next);
      return true;
    }
    if (next !== undefined) this.#inFlight.push(next);
    if (own === soonest) {
      this.#record("timeout", this.#subject.handleTimeout(this.#now));
    } else {
      this.#scene.peer?.handleTimeout(this.#now);
      this.#drainPeer();
    }
    return true;
  }

  #takeNextInFlight(): InFlight<R> | undefined {
    let best = 0;
    for (let i = 1; i < this.#inFlight.length; i++) if (this.#inFlight[i]!.at < this.#inFlight[best]!.at) best = i;
    return this.#inFlight.splice(best, 1)[0];
  }

  #deliver(datagram: InFlight<R>): void {
    if (datagram.to === "peer") {
      this.#scene.peer?.handleDatagram(this.#now, datagram.bytes, datagram.route);
      this.#drainPeer();
    } else {
      this.#record("datagram", this.#subject.handleDatagram(this.#now, datagram.bytes, datagram.route));
    }
  }

  /** Puts a datagram on the way, as the weather is. */
  #send(to: "protocol" | "peer", bytes: Uint8Array, route: R): void {
    const arrival = this.#arrivalRoute(route);
    if (arrival === undefined || this.#scene.peer === undefined) return;
    if (to === "protocol") {
      this.#samples.push(bytes);
      if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
    }
    const random = this.#script;
    const isClean = this.#plan.weather === "clean";
    const isLost = random.chance(isClean ? 0 : 0.1);
    const copies = random.chance(isClean ? 0 : 0.1) ? 2 : 1;
    for (let copy = 0; copy < copies && !isLost; copy++) {
      const isFalsified = to === "protocol" && this.#plan.weather === "hostile" && random.chance(0.15);
      const delay = isClean ? 5 : random.integer(1, 40);
      const content = isFalsified ? mutate(random, bytes, this.#samples) : bytes;
      this.#inFlight.push({ at: this.#now + delay, to, bytes: content, route: arrival.route });
    }
  }

  /** The same datagram as its receiver sees it; undefined when the scene drops it. */
  #arrivalRoute(route: R): { readonly route: R } | undefined {
    if (this.#scene.arrivalRoute === undefined) return { route: this.#flip(route) };
    const arrival = this.#scene.arrivalRoute(route);
    return arrival === undefined ? undefined : { route: arrival };
  }

  /** A path from the other end; one object for each. Routes that are no paths stay as they are. */
  #flip(route: R): R {
    if (typeof route !== "object" || route === null || !("local" in route && "remote" in route)) return route;
    let flipped = this.#flipped.get(route);
    if (flipped === undefined) {
      const ends = { ...route, local: route.remote, remote: route.local };
      for (const known of this.#flipped.values()) if (describeValue(known) === describeValue(ends)) flipped = known;
      flipped ??= ends;
      this.#flipped.set(route, flipped);
    }
    return flipped;
  }

  #drainPeer(): void {
    const { peer } = this.#scene;
    if (peer === undefined) return;
    do {
      for (let sent = peer.pollTransmit(this.#peerBuffer); sent !== undefined; sent = peer.pollTransmit(this.#peerBuffer)) {
        this.#send("protocol", this.#peerBuffer.slice(0, sent.length), sent.route);
      }
    } while (peer.pollEvent() !== undefined);
  }

  #record(call: string, outputs: Outputs<R>): void {
    this.#events += outputs.events;
    this.#transcript.push(`at ${this.#now}, ${call}: ${outputs.lines.join("; ")}`);
    for (const { bytes, route } of outputs.datagrams) this.#send("peer", bytes, route);
  }

  /** Law 4, on the spot: what changes later shows in the transcript. */
  #callForNothing(): void {
    const deadline = this.#subject.pollTimeout();
    if (deadline !== undefined && deadline <= this.#now) return; // not spurious: the host is late
    const { lines } = this.#subject.handleTimeout(this.#now);
    if (lines.length !== 1 || lines[0] !== `deadline ${deadline}`) {
      throw new ContractViolation(4, `a handleTimeout at ${this.#now}, before the deadline ${deadline}, gave: ${lines.join("; ")}`);
    }
  }

  /** Law 6, on the spot: what changes later shows in the transcript. */
  #forge(): void {
    const deadline = this.#subject.pollTimeout();
    if (deadline !== undefined && deadline <= this.#now) return; // the call would do what is due
    const real = this.#samples.length === 0 ? undefined : this.#whim.pick(this.#samples);
    const forged = this.#whim.chance(0.8) ? this.#scene.forge?.(this.#whim, real) : undefined;
    const bytes = forged ?? stubDatagram(this.#whim);
    const route = this.#whim.pick<R>(this.#scene.routes ?? [undefined as R]);
    const { lines, datagrams } = this.#subject.handleDatagram(this.#now, bytes, route);
    const allowed = 1 + (this.#scene.answersForgeries === true ? datagrams.length : 0);
    if (lines.length > allowed || lines.at(-1) !== `deadline ${deadline}`) {
      throw new ContractViolation(6, `${describeBytes(bytes)}, which had to be refused at ${this.#now}, gave: ${lines.join("; ")}`);
    }
  }

  #mustThrow(call: (now: Instant) => void): void {
    try {
      call(this.#now);
    } catch (error) {
      if (error instanceof Error && error.name === "InvalidStateError") return;
      throw new ContractViolation(7, `an API call after the closed event threw ${describeValue(error)}: ${call}`, { cause: error });
    }
    throw new ContractViolation(7, `an API call after the closed event did not throw: ${call}`);
  }
}

const PATIENCE_MS = 300;
const NEVER = Number.POSITIVE_INFINITY;
const MAX_SAMPLES = 256;
const MAX_CLOSING_STEPS = 10_000;
