import { equalBytes, Malformed, randomBytes } from "@purertc/core";
import { COMMON_HEADER_LENGTH } from "../codec/packet.ts";
import { parseParameters } from "../codec/parameters/parameter.ts";
import type { AssociationContext } from "./context.ts";

/** RFC 8899 §5.2, without ERROR: the owner vouches for the base size. */
type State =
  | { readonly name: "disabled" }
  /** The base size is in use, and something must be acknowledged before larger ones are tried. */
  | { readonly name: "base" }
  | { readonly name: "searching"; readonly size: number; readonly nonce: Uint8Array; readonly attempts: number }
  | { readonly name: "search-complete" };

/**
 * Packetization layer path MTU discovery (RFC 8899 §5 and §6.2, RFC 4820): finds out whether the path takes packets larger than the base size. A probe is a
 * packet of a HEARTBEAT and a PAD chunk; its HEARTBEAT ACK proves the size. Probes carry no user data, so losing one costs nothing: it is no sign of congestion
 * (RFC 8899 §3, 6) and not counted as an error of the path.
 *
 * The largest size is tried first, because the owner names one that it has a reason to expect; a size that is lost `MAX_PROBES` times bounds a binary search.
 */
export class PathMtuDiscovery {
  readonly #context: AssociationContext;
  /** MAX_PLPMTU; 0 when nothing above the base is wanted. */
  #wanted: number;
  #state: State = { name: "disabled" };
  /** The smallest size that was given up, or one step above the maximum. */
  #tooLarge: number;
  /** T3-rtx expirations since the last acknowledgement of anything new. */
  #timeouts = 0;

  constructor(context: AssociationContext) {
    this.#context = context;
    const { mtu, maxMtu } = context.options;
    this.#wanted = maxMtu > mtu ? maxMtu & ~3 : 0;
    this.#tooLarge = this.#wanted + 4;
  }

  /** §5.1.2 BASE_PLPMTU: what every path takes; a multiple of four. Another one than before begins anew. */
  setBase(size: number): void {
    const context = this.#context;
    if (size === context.basePacketSize) return;
    context.basePacketSize = size;
    this.begin();
  }

  /** §5.1.2 MAX_PLPMTU: what is tried; a multiple of four. The base or less ends the search and goes back to the base. */
  setMax(size: number): void {
    const wanted = size > this.#context.basePacketSize ? size : 0;
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.begin();
  }

  /** The association is established, or the path may be another one. */
  begin(): void {
    this.#context.timers.clear("path-mtu");
    this.#use(this.#context.basePacketSize);
    this.#tooLarge = this.#wanted + 4;
    this.#timeouts = 0;
    this.#state = { name: "disabled" };
    if (this.#wanted > this.#context.basePacketSize && this.#context.state === "established") this.#probe(this.#wanted);
  }

  /** PROBE_TIMER or PMTU_RAISE_TIMER (§5.1.1). */
  handleTimeout(): void {
    const state = this.#state;
    if (this.#context.state !== "established") return;
    if (state.name === "search-complete") {
      this.#tooLarge = this.#wanted + 4;
      this.#probe(this.#wanted);
    } else if (state.name === "searching") {
      if (state.attempts < MAX_PROBES) this.#send({ ...state, attempts: state.attempts + 1 });
      else {
        this.#tooLarge = state.size;
        this.#searchOn();
      }
    }
  }

  /** The HEARTBEAT ACK at `bytes[at, end)`. False when it answers no probe. */
  handleAck(bytes: Uint8Array, at: number, end: number): boolean {
    const state = this.#state;
    if (state.name !== "searching") return false;
    const parameters = parseParameters(bytes, at + 4, end);
    const info = parameters instanceof Malformed ? undefined : parameters[0];
    if (info?.type !== "HEARTBEAT-INFO" || !equalBytes(info.bytes, state.nonce)) return false;
    this.#timeouts = 0;
    this.#use(state.size);
    this.#searchOn();
    return true;
  }

  /** A SACK acknowledged something new: the path is alive with the size in use. */
  onAcknowledged(): void {
    this.#timeouts = 0;
    if (this.#state.name === "base") this.begin();
  }

  /**
   * T3-rtx expired. §4.3: twice in a row with packets above the base size may be a black hole, so the base is used until it is seen to work. A search waits as
   * well: during an outage every size is lost, which would teach something wrong.
   */
  onRetransmissionTimeout(): void {
    this.#timeouts += 1;
    const { name } = this.#state;
    if (this.#timeouts < BLACK_HOLE_TIMEOUTS || name === "disabled" || name === "base") return;
    if (name === "search-complete" && this.#context.packetSize === this.#context.basePacketSize) return;
    this.#context.timers.clear("path-mtu");
    this.#use(this.#context.basePacketSize);
    this.#state = { name: "base" };
  }

  /** §5.3: half way between what works and what does not, until they are close. */
  #searchOn(): void {
    const works = this.#context.packetSize;
    const step = ((this.#tooLarge - works) >> 1) & ~3;
    if (works < this.#wanted && step >= SMALLEST_STEP) {
      this.#probe(works + step);
      return;
    }
    this.#state = { name: "search-complete" };
    if (works < this.#wanted) this.#context.timers.set("path-mtu", this.#context.now + PMTU_RAISE_TIMER_MS);
    else this.#context.timers.clear("path-mtu");
  }

  #probe(size: number): void {
    this.#send({ name: "searching", size, nonce: randomBytes(this.#context.options.random, NONCE_LENGTH), attempts: 1 });
  }

  #send(state: Extract<State, { readonly name: "searching" }>): void {
    const context = this.#context;
    this.#state = state;
    context.timers.set("path-mtu", context.now + Math.max(PROBE_TIMER_MS, context.rto.currentMs));
    context.outbox.sendPacket(
      context.tcb!.peerTag,
      { type: "HEARTBEAT", parameters: [{ type: "HEARTBEAT-INFO", bytes: state.nonce }] },
      { type: "PAD", padding: new Uint8Array(state.size - PROBE_OVERHEAD) },
    );
  }

  #use(size: number): void {
    this.#context.packetSize = size;
    this.#context.tcb?.tx.setPacketSize(size);
  }
}

/** §5.1.2: probes of a size that are lost before it is given up. */
const MAX_PROBES = 3;
/** §5.1.1: at least a second. A probe that arrives is answered in a round trip; this is how soon a lost one is repeated. */
const PROBE_TIMER_MS = 1000;
/** §5.1.1: after this, sizes that did not pass are tried again. */
const PMTU_RAISE_TIMER_MS = 600_000;
/** Expirations of T3-rtx in a row. The first may be ordinary loss. */
const BLACK_HOLE_TIMEOUTS = 2;
/** A gain below this is not worth three probes. */
const SMALLEST_STEP = 64;
const NONCE_LENGTH = 8;
/** Common header, HEARTBEAT with its parameter, header of PAD. */
const PROBE_OVERHEAD = COMMON_HEADER_LENGTH + 8 + NONCE_LENGTH + 4;
