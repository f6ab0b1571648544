/** The ICE agent: wiring of one component (RFC 8445, trickle RFC 8838, consent RFC 7675). */
import {
  type Instant,
  InvalidArgumentError,
  InvalidStateError,
  type NamedTimer,
  type Path,
  type Protocol,
  samePath,
  TimerTable,
  type Transmit,
  type TransportAddress,
} from "@purertc/core";
import type { IceCandidate } from "../codec/candidate-line.ts";
import type { StunMessage } from "../codec/message.ts";
import { AgentContext } from "./agent-context.ts";
import type { IceCandidatePair } from "./candidate-pair.ts";
import { Candidates, type LocalAddressInfo } from "./candidates.ts";
import { CheckResponder } from "./check-responder.ts";
import { ConnectivityChecks } from "./connectivity-check.ts";
import type { IceEvent, IceGatheringState, IceState } from "./events.ts";
import { stunUrl } from "./gatherer.ts";
import { Gathering } from "./gathering.ts";
import { Generation } from "./generation.ts";
import { checkIceCredentials, newIceCredentials } from "./ice-credentials.ts";
import { readBindingMessage } from "./incoming.ts";
import { pairToNominate } from "./nomination.ts";
import type { IceAgentOptions, IceCredentials, IceRole } from "./options.ts";
import { PeerChecks } from "./peer-checks.ts";
import { Selection } from "./selection.ts";
import { type IceStatistics, iceStatistics } from "./statistics.ts";
import { isAwaited, isTrying, transportState } from "./transport-state.ts";

type TimerName = "ta" | "check-transaction" | "gathering" | "nomination-settle" | "consent" | "consent-expiry" | "silence" | "patience";

/**
 * A full ICE agent for one component of one data stream, Sans-I/O. Its route is a `Path`.
 *
 * Every method that can change state takes `now` first and throws `InvalidStateError` (code `ICE_CLOSED`) after `close`; the `handle*` methods never throw.
 */
export class IceAgent implements Protocol<IceEvent, Path> {
  readonly #context: AgentContext;
  readonly #options: IceAgentOptions;
  readonly #timers = new TimerTable<TimerName>();
  readonly #candidates: Candidates;
  readonly #gathering: Gathering;
  readonly #responder: CheckResponder;
  readonly #checks: ConnectivityChecks;
  readonly #selection: Selection;
  readonly #peerChecks: PeerChecks;
  #generation: Generation;
  /** The generation before the last restart, while its selected pair may be in use. */
  #previous: Generation | undefined;
  #state: IceState = "new";
  #closed = false;

  constructor(options: IceAgentOptions) {
    this.#options = options;
    this.#context = new AgentContext(options);
    const context = this.#context;
    if (options.localCredentials !== undefined) checkIceCredentials(options.localCredentials);
    this.#generation = new Generation(
      context.crypto,
      options.localCredentials ?? newIceCredentials(this.#options.random),
      context.tunables.maxPairs,
      false,
    );
    this.#candidates = new Candidates(context, (path) => this.#intern(path));
    this.#gathering = new Gathering(context, this.#candidates, (path) => this.#intern(path));
    this.#responder = new CheckResponder(context, (path) => this.#intern(path));
    this.#checks = new ConnectivityChecks(context, (base, generation, address) => this.#candidates.mapped(base, generation, address));
    this.#selection = new Selection(context);
    this.#peerChecks = new PeerChecks(context, this.#candidates, this.#checks, this.#selection);
  }

  /** Of the current generation; signal them. */
  get localCredentials(): IceCredentials {
    return this.#generation.localCredentials;
  }

  /** Of the current generation, once known. */
  get remoteCredentials(): IceCredentials | undefined {
    return this.#generation.remoteCredentials;
  }

  get role(): IceRole {
    return this.#context.role;
  }

  get state(): IceState {
    return this.#state;
  }

  get gatheringState(): IceGatheringState {
    return this.#gathering.state;
  }

  /** The pair in use: the nominated one, before nomination the best valid one. During a restart the old one until a new one is valid. */
  get selectedPair(): IceCandidatePair | undefined {
    return this.#selection.pair?.snapshot(this.role);
  }

  /** Where to send. Undefined before the first valid pair and after consent was lost. */
  get selectedPath(): Path | undefined {
    return this.#selection.pair?.path;
  }

  /** A bound UDP socket: a host candidate, and a query to each STUN server. Known, forbidden (RFC 8445 §5.1.1.1) and TCP addresses are passed over. */
  addLocalAddress(now: Instant, address: TransportAddress, info: LocalAddressInfo = {}): void {
    this.#begin(now);
    if (this.#options.transportPolicy !== "relay") this.#gathering.addLocalAddress(this.#generation, address, info);
    this.#update();
  }

  /** A STUN server to ask for server-reflexive candidates, by address; `url` is what events call it. */
  addStunServer(now: Instant, address: TransportAddress, url: string = stunUrl(address)): void {
    this.#begin(now);
    if (this.#options.transportPolicy !== "relay") this.#gathering.addServer({ address, url });
    this.#update();
  }

  /** No more sockets and servers: gathering completes when every server answered or was given up. Adding one later gathers again. */
  endOfLocalAddresses(now: Instant): void {
    this.#begin(now);
    this.#gathering.endOfLocalAddresses();
    this.#update();
  }

  /**
   * The peer's credentials: checks start when pairs exist, and checks that came early are taken up. The same again changes nothing; others, without a
   * restart of our own, drop the peer's candidates (an answer of another fork, RFC 3264 §8).
   */
  setRemoteCredentials(now: Instant, credentials: IceCredentials): void {
    this.#begin(now);
    checkIceCredentials(credentials);
    const before = this.#generation.remoteCredentials;
    if (before?.usernameFragment !== credentials.usernameFragment || before.password !== credentials.password) {
      if (before !== undefined) this.#replaceGeneration(this.#generation.localCredentials, this.#generation.restarted);
      const generation = this.#generation;
      generation.setRemoteCredentials(credentials);
      generation.failed = false;
      this.#awaitPatiently();
      this.#candidates.remoteCredentialsKnown(generation);
      this.#peerChecks.takeUpEarly(generation);
    }
    this.#update();
  }

  /** One of the peer's candidates, at any time. Host names, TCP, other components, other generations and redundant ones are counted and ignored. */
  addRemoteCandidate(now: Instant, candidate: IceCandidate): void {
    this.#begin(now);
    const generation = this.#generation;
    const earlier = this.#previous?.remoteCredentials?.usernameFragment;
    if (this.#candidates.addRemote(generation, candidate, earlier) && !generation.remoteEnded) this.#awaitPatiently();
    this.#update();
  }

  /** The peer has no more candidates (RFC 8838 §14). Peer-reflexive ones may still turn up. */
  endOfRemoteCandidates(now: Instant): void {
    this.#begin(now);
    this.#generation.remoteEnded = true;
    this.#update();
  }

  /** Takes a role, as JSEP and RFC 8445 §6.1.1 decide it. No event tells of it. */
  setRole(now: Instant, role: IceRole): void {
    this.#begin(now);
    this.#switchRole(role);
    this.#update();
  }

  /**
   * RFC 8445 §9: new credentials (generated when not given), candidates gathered anew from the sockets and servers there are, the peer's credentials and
   * candidates forgotten. The selected pair stays in use, with its old credentials, until the new generation has a valid one. Returns what to signal.
   */
  restart(now: Instant, localCredentials: IceCredentials = newIceCredentials(this.#options.random)): IceCredentials {
    this.#begin(now);
    checkIceCredentials(localCredentials);
    this.#replaceGeneration(localCredentials, true);
    this.#selection.forgetSilence();
    this.#gathering.restart(this.#generation);
    this.#update();
    return localCredentials;
  }

  /** Only STUN (first byte 0 to 3) is looked at; the rest is counted and ignored. */
  handleDatagram(now: Instant, datagram: Uint8Array, path: Path): void {
    if (this.#closed) return;
    this.#advance(now);
    const message = readBindingMessage(this.#context, this.#candidates, datagram, path);
    if (message === undefined) return;
    const isRequest = message.type === "binding-request";
    const changed = isRequest ? this.#handleRequest(message, datagram, path) : this.#handleResponse(message, datagram, path);
    // What was refused costs no more than its refusal.
    if (changed) this.#update();
  }

  /** Does what is due at `now`. */
  handleTimeout(now: Instant): void {
    if (this.#closed) return;
    this.#advance(now);
    this.#update();
  }

  pollTransmit(out: Uint8Array): Transmit<Path> | undefined {
    const next = this.#context.outgoing.peek();
    if (next === undefined) return undefined;
    if (out.length < next.bytes.length) throw new InvalidArgumentError("the buffer is too small", { code: "ICE_BUFFER_TOO_SMALL" });
    this.#context.outgoing.shift();
    out.set(next.bytes);
    return { length: next.bytes.length, route: next.path };
  }

  pollEvent(): IceEvent | undefined {
    return this.#context.events.shift();
  }

  pollTimeout(): Instant | undefined {
    return this.#timers.next();
  }

  /** The soonest timer by its name, for debugging. */
  nextTimer(): NamedTimer | undefined {
    return this.#timers.nextNamed();
  }

  /**
   * Whether data may be accepted from here: an authenticated check of either direction succeeded on this path. Hot: a remembered path object costs one
   * look-up. It changes nothing: whose data it is, only the layer above can tell, and then says so with {@link dataReceived}.
   */
  accepts(path: Path): boolean {
    return !this.#closed && this.#context.paths.accepts(path);
  }

  /**
   * Data that the layer above has authenticated came over `path`. On the selected path it is a sign of life for `disconnected`, never for consent
   * (RFC 7675 §5.1). While the state is connected or completed nothing comes of it but a later deadline, so that nothing need be polled. Hot.
   */
  dataReceived(now: Instant, path: Path): void {
    const selected = this.#selection.pair?.path;
    if (this.#closed || selected === undefined || !samePath(selected, path)) return;
    this.#advance(now);
    this.#selection.heardOn(selected);
    const due = this.#timers.next();
    if (this.#state !== "connected" && this.#state !== "completed") this.#update();
    // What is overdue is left to handleTimeout, with its deadline.
    else if (due === undefined || due > this.#context.now) this.#armSilence();
  }

  stats(): IceStatistics {
    return iceStatistics(this.#context, this.#generation, this.#selection.pair, this.#selection.changes);
  }

  /** Ends the agent at once: nothing more is sent, `closed` is the last event. */
  close(now: Instant): void {
    this.#begin(now);
    this.#closed = true;
    this.#setState("closed");
    this.#context.events.push({ type: "closed" });
    this.#checks.end();
    this.#gathering.stop();
    this.#selection.clear();
    this.#context.outgoing.clear();
    this.#context.paths.clear();
    this.#timers.clearAll();
    this.#previous = undefined;
  }

  #begin(now: Instant): void {
    if (this.#closed) throw new InvalidStateError("the ICE agent is closed", { code: "ICE_CLOSED" });
    this.#advance(now);
  }

  #advance(now: Instant): void {
    if (now > this.#context.now) this.#context.now = now;
  }

  /** False when the request was refused. */
  #handleRequest(message: StunMessage, datagram: Uint8Array, path: Path): boolean {
    // After failure nothing is sent until a restart: an answer would tell the peer that the path works (RFC 7675 §5.1).
    if (this.#state === "failed") {
      this.#context.discard("agent-failed");
      return false;
    }
    const generations = this.#previous === undefined ? [this.#generation] : [this.#generation, this.#previous];
    const check = this.#responder.answer(message, datagram, path, generations);
    if (check === undefined) return false;
    if (check.switchRole) this.#changeRole(this.role === "controlling" ? "controlled" : "controlling"); // RFC 8445 §7.3.1.1
    this.#peerChecks.takeUp(check, this.#generation);
    return true;
  }

  /** False when the response was refused. */
  #handleResponse(message: StunMessage, datagram: Uint8Array, path: Path): boolean {
    const outcome = this.#checks.handleResponse(message, datagram, path);
    switch (outcome.type) {
      case "unknown":
        return this.#gathering.handleResponse(this.#generation, message, path);
      case "refused":
        return false;
      case "failed":
      case "ended":
        return true;
      case "role-conflict":
        if (outcome.role !== this.role) this.#changeRole(outcome.role);
        return true;
      case "succeeded":
        this.#context.paths.accept(outcome.pair.path);
        this.#selection.answered(outcome.pair);
        return true;
    }
  }

  /** A role conflict was settled. */
  #changeRole(role: IceRole): void {
    this.#switchRole(role);
    this.#context.events.push({ type: "role", role });
  }

  #switchRole(role: IceRole): void {
    if (role === this.role) return;
    this.#context.role = role;
    this.#generation.checklist.reprioritize(role);
    // A nomination under way was the other role's to make.
    this.#checks.endNominations();
    this.#generation.nominating = undefined;
  }

  #replaceGeneration(localCredentials: IceCredentials, restarted: boolean): void {
    const old = this.#generation;
    this.#checks.end(old);
    // Only one earlier generation can own the selected pair; its peer goes on checking it with the old credentials.
    if (this.#selection.generation === old) this.#previous = old;
    else if (this.#selection.generation === undefined) this.#previous = undefined;
    this.#generation = new Generation(this.#context.crypto, localCredentials, this.#context.tunables.maxPairs, restarted);
    this.#candidates.carryOver(this.#generation);
  }

  /** Everything that is due or follows from what has just changed. Doing it twice does nothing. */
  #update(): void {
    this.#checks.handleTimeout();
    const generation = this.#generation;
    this.#gathering.handleTimeout(generation);
    this.#checks.sendDue(generation);
    this.#nominate(generation);
    this.#select(generation);
    this.#renewConsent();
    if (isAwaited(generation) && this.#context.now >= generation.patienceEndsAt!) this.#fail(generation);
    this.#setState(transportState(generation, this.#selection, this.gatheringState === "complete"));
    this.#armTimers(generation);
  }

  #nominate(generation: Generation): void {
    this.#timers.clear("nomination-settle");
    if (this.role !== "controlling" || generation.concluded || generation.nominating !== undefined || generation.failed) return;
    if (generation.firstValidAt === undefined) return;
    const { now, tunables } = this.#context;
    const choice = pairToNominate(generation.checklist.pairs, now, generation.firstValidAt, tunables.nominationSettleMs);
    if (typeof choice === "number") this.#timers.set("nomination-settle", choice);
    if (choice === undefined || typeof choice === "number") return;
    generation.nominating = choice;
    this.#checks.send(choice, generation, "nomination");
  }

  #select(generation: Generation): void {
    const selection = this.#selection;
    const before = selection.generation;
    const changed = selection.choose(generation);
    if (changed !== undefined) this.#context.events.push({ type: "selected-pair", pair: changed.snapshot(this.role), path: changed.path });
    // The last valid pair is gone, by lost consent (RFC 7675 §5.1) or a failed nomination. What is still being tried, as in a restart, goes on.
    if (before !== undefined && selection.pair === undefined && !isTrying(generation)) this.#fail(generation);
    if (selection.generation !== generation || selection.pair?.nominated !== true) return;
    // RFC 8445 §8.1.2. A controlled agent goes on with what is better than the nominated pair, in case its peer nominates aggressively.
    if (generation.concluded && changed === undefined) return;
    generation.concluded = true;
    this.#checks.cancel(generation.checklist.conclude(this.role === "controlled" ? selection.pair.priority : undefined));
  }

  #renewConsent(): void {
    const { pair, generation, consent } = this.#selection;
    if (pair === undefined || generation === undefined || consent === undefined || this.#context.now < consent.nextCheckAt) return;
    this.#checks.send(pair, generation, "consent");
    consent.sent(this.#context.now);
  }

  /** RFC 8863 §4: time for a first valid pair, counted from when checks can run. */
  #awaitPatiently(): void {
    if (this.#generation.remoteCredentials === undefined) return;
    this.#generation.patienceEndsAt = this.#context.now + this.#context.tunables.patienceMs;
  }

  #fail(generation: Generation): void {
    generation.failed = true;
    generation.earlyChecks.length = 0;
    this.#checks.end(generation);
  }

  #armTimers(generation: Generation): void {
    const { consent } = this.#selection;
    this.#arm("ta", this.#checks.nextOrdinary(generation));
    this.#arm("check-transaction", this.#checks.nextTransaction());
    this.#arm("gathering", this.#gathering.next());
    this.#arm("consent", consent?.nextCheckAt);
    this.#arm("consent-expiry", consent?.expiresAt);
    this.#armSilence();
    this.#arm("patience", isAwaited(generation) ? generation.patienceEndsAt : undefined);
  }

  #armSilence(): void {
    const { consent, silent } = this.#selection;
    this.#arm("silence", silent ? undefined : consent?.silentAt);
  }

  #arm(name: TimerName, at: Instant | undefined): void {
    if (at === undefined) this.#timers.clear(name);
    else this.#timers.set(name, at);
  }

  #intern(path: Path): Path {
    return this.#context.paths.intern(path, (known) => {
      if (this.#selection.pair?.path === known || this.#generation.checklist.pairOn(known) !== undefined) return true;
      return this.#previous?.checklist.pairOn(known) !== undefined;
    });
  }

  #setState(state: IceState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#context.events.push({ type: "state", state });
  }
}
