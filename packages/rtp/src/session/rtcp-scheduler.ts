/**
 * When to send RTCP (RFC 3550 §6.3, A.7), and early feedback between regular reports (RFC 4585 §3.5). It decides times only; what goes into a packet is the owner's. Names
 * are those of the RFCs: tp, tn, T_rr_interval.
 */
import { type Instant, InvalidStateError, type NamedTimer, type RandomSource, randomU32 } from "@purertc/core";

/** Tunables and facts of the session. */
export interface RtcpSchedulerOptions {
  /** Varies the intervals (RFC 3550 §6.3.1). */
  readonly random: RandomSource;
  /** Octets per second for RTCP of all members: 5 % of the session bandwidth (§6.2). */
  readonly rtcpBandwidth: number;
  /** `AVPF` and `SAVPF`: reports may follow each other more quickly than 5 s, and feedback may be early. Default `AVPF`. */
  readonly profile?: "AVP" | "AVPF";
  /** RFC 4585 §3.4: least time between regular reports that carry nothing urgent (`trr-int`). Default 0. */
  readonly trrIntervalMs?: number;
  /** Octets of a typical RTCP datagram with UDP and IP, until some were seen. Default 128. */
  readonly initialPacketSize?: number;
  /** RFC 4585 §3.5.2: two members only, so that early feedback waits for no one else's. Default true: so it is between two WebRTC peers. */
  readonly pointToPoint?: boolean;
}

/** What is due: a regular compound, early feedback (a compound or a reduced-size packet), or BYE. */
export type RtcpDue = "regular" | "early" | "bye";

/** §6.2: least interval of AVP. */
const RTCP_MIN_TIME_MS = 5000;
const RTCP_SENDER_BW_FRACTION = 0.25;
/** §6.3.1: e - 3/2, makes up for reconsideration. */
const COMPENSATION = Math.E - 1.5;
/** §6.3.7. */
const BYE_BACKOFF_MEMBERS = 50;
/** RFC 4585 §3.5.2: T_dither_max is this share of T_rr where there are more than two members. */
const DITHER_FRACTION = 0.5;

/** The timer of RTCP. */
export class RtcpScheduler {
  readonly #random: RandomSource;
  readonly #bandwidth: number; // octets per millisecond
  readonly #profile: "AVP" | "AVPF";
  readonly #trrIntervalMs: number;
  readonly #pointToPoint: boolean;
  #tp: Instant = 0;
  #tn: Instant | undefined;
  #earlyAt: Instant | undefined;
  #allowEarly = true;
  #members = 1;
  #pmembers = 1;
  #senders = 0;
  #weSent = false;
  #avgRtcpSize: number;
  #initial = true;
  #trr = 0; // the interval computed last (RFC 4585 §3.4 e)
  #trrLast: Instant | undefined; // when the last regular compound was sent
  #urgent = false; // feedback waits for the next regular compound
  #state: "new" | "running" | "leaving" | "closed" = "new";

  constructor(options: RtcpSchedulerOptions) {
    this.#random = options.random;
    this.#bandwidth = options.rtcpBandwidth / 1000;
    this.#profile = options.profile ?? "AVPF";
    this.#trrIntervalMs = options.trrIntervalMs ?? 0;
    this.#pointToPoint = options.pointToPoint ?? true;
    this.#avgRtcpSize = options.initialPacketSize ?? 128;
  }

  /** §6.3.2: joins the session; the first report is due after half an interval or so. */
  start(now: Instant): void {
    if (this.#state !== "new") throw new InvalidStateError("the scheduler was started before", { code: "RTCP_STARTED" });
    this.#state = "running";
    this.#tp = now;
    this.#tn = now + this.#interval();
  }

  /** Members and senders now, this participant counted among the members and, when it sent since the report before last, among the senders (§6.3.8). */
  setMembers(now: Instant, members: number, senders: number, weSent: boolean): void {
    const before = this.#members;
    this.#members = Math.max(1, members);
    this.#senders = senders;
    this.#weSent = weSent;
    if (this.#state === "running" && this.#members < before) this.#reverseReconsider(now);
  }

  /** §6.3.4: members left, so that the next report may come sooner. */
  #reverseReconsider(now: Instant): void {
    if (this.#members < this.#pmembers && this.#tn !== undefined) {
      const share = this.#members / this.#pmembers;
      this.#tn = now + share * (this.#tn - now);
      this.#tp = now - share * (now - this.#tp);
    }
    this.#pmembers = this.#members;
  }

  /** §6.3.3: an RTCP datagram came, of so many octets with UDP and IP. While leaving, `bye` says that it holds a BYE: only those count then (§6.3.7). */
  received(octets: number, bye: boolean = false): void {
    if (this.#state === "leaving") {
      if (!bye) return;
      this.#members += 1;
    }
    this.#average(octets);
  }

  /** An RTCP datagram was sent because `due` said so, of so many octets with UDP and IP. */
  sent(octets: number): void {
    this.#average(octets);
  }

  #average(octets: number): void {
    this.#avgRtcpSize += (octets - this.#avgRtcpSize) / 16;
  }

  /**
   * RFC 4585 §3.5.2: there is feedback. It is sent early if that is allowed and sooner than the next regular report, else with that one. Returns when.
   */
  requestFeedback(now: Instant): Instant {
    if (this.#state !== "running" || this.#tn === undefined)
      throw new InvalidStateError("no RTCP is sent before start and after leave", { code: "RTCP_NOT_RUNNING" });
    if (this.#earlyAt !== undefined) return this.#earlyAt;
    const ditherMax = this.#pointToPoint ? 0 : DITHER_FRACTION * this.#trr;
    if (this.#profile === "AVP" || !this.#allowEarly || now + ditherMax > this.#tn) {
      this.#urgent = true;
      return this.#tn;
    }
    this.#earlyAt = now + ditherMax * this.#uniform();
    return this.#earlyAt;
  }

  /** What is to be sent now; call again until undefined. The owner then sends and calls `sent`. */
  due(now: Instant): RtcpDue | undefined {
    if (this.#earlyAt !== undefined && this.#earlyAt <= now) return this.#sendEarly();
    if (this.#tn === undefined || this.#tn > now) return undefined;
    if (this.#state === "leaving") {
      // §6.3.7: timer reconsideration holds for BYE as well.
      const tn = this.#tp + this.#interval();
      if (tn > now) {
        this.#tn = tn;
        return undefined;
      }
      this.#close();
      return "bye";
    }
    return this.#sendRegular(now);
  }

  /**
   * RFC 4585 §3.5.2: one early packet, then none until the regular report after the next, which moves by an interval.
   *
   * DEVIATION from RFC 4585 §3.5.2 (allow_early is false after an early packet): among two members any number may be early, because no one else could send the
   * same, a lost packet that is asked for half a second late is of no use, and the owner limits how often there is something to say. Browsers do the same.
   */
  #sendEarly(): RtcpDue {
    this.#earlyAt = undefined;
    if (this.#pointToPoint || this.#tn === undefined) return "early";
    this.#allowEarly = false;
    const interval = this.#tn - this.#tp;
    this.#tp = this.#tn;
    this.#tn += interval;
    return "early";
  }

  #sendRegular(now: Instant): RtcpDue | undefined {
    // §6.3.6: timer reconsideration.
    const interval = this.#interval();
    if (this.#tp + interval > now) {
      this.#tn = this.#tp + interval;
      this.#pmembers = this.#members;
      return undefined;
    }
    this.#tp = now;
    this.#initial = false;
    this.#pmembers = this.#members;
    this.#tn = now + this.#interval();
    this.#allowEarly = true;
    const urgent = this.#urgent;
    this.#urgent = false;
    // RFC 4585 §3.5.3: within T_rr_interval of a report, feedback goes out (2b) and else nothing (2c); neither moves t_rr_last.
    const trr = this.#trrIntervalMs * (0.5 + this.#uniform());
    if (this.#profile === "AVPF" && this.#trrLast !== undefined && this.#trrLast + trr > now) return urgent ? "regular" : undefined;
    this.#trrLast = now;
    return "regular";
  }

  /** §6.3.7: leaves. A participant that sent no RTP or RTCP leaves without this. The BYE is due at once, or, among 50 and more members, after a wait that keeps all from leaving at once. `byeOctets`: of its datagram, with UDP and IP. */
  leave(now: Instant, byeOctets: number = this.#avgRtcpSize): void {
    if (this.#state !== "running") throw new InvalidStateError("only a member can leave", { code: "RTCP_NOT_RUNNING" });
    this.#state = "leaving";
    this.#earlyAt = undefined;
    this.#tp = now;
    if (this.#members < BYE_BACKOFF_MEMBERS) {
      this.#tp = Number.NEGATIVE_INFINITY;
      this.#tn = now;
      return;
    }
    this.#members = 1;
    this.#pmembers = 1;
    this.#initial = true;
    this.#weSent = false;
    this.#senders = 0;
    this.#avgRtcpSize = byeOctets;
    this.#tn = now + this.#interval();
  }

  #close(): void {
    this.#state = "closed";
    this.#tn = undefined;
    this.#earlyAt = undefined;
  }

  /** When to call `due`; undefined: not before `start`, nor after the BYE. */
  nextDue(): Instant | undefined {
    return this.nextTimer()?.at;
  }

  /** The same with its name, for debugging. */
  nextTimer(): NamedTimer | undefined {
    if (this.#earlyAt !== undefined && (this.#tn === undefined || this.#earlyAt <= this.#tn)) return { name: "early", at: this.#earlyAt };
    return this.#tn === undefined ? undefined : { name: "tn", at: this.#tn };
  }

  /** §6.3.1: Td, before randomization, in ms. */
  #deterministicInterval(): number {
    let bandwidth = this.#bandwidth;
    let n = this.#members;
    if (this.#senders <= this.#members * RTCP_SENDER_BW_FRACTION) {
      bandwidth *= this.#weSent ? RTCP_SENDER_BW_FRACTION : 1 - RTCP_SENDER_BW_FRACTION;
      n = this.#weSent ? this.#senders : this.#members - this.#senders;
    }
    const minimum = this.#profile === "AVP" ? RTCP_MIN_TIME_MS * (this.#initial ? 0.5 : 1) : this.#feedbackMinimum;
    return Math.max(minimum, (this.#avgRtcpSize * Math.max(1, n)) / bandwidth);
  }

  /** RFC 4585 §3.5.1: among two, none; among more, a second before the first report, to learn how many they are. */
  get #feedbackMinimum(): number {
    return this.#initial && !this.#pointToPoint ? 1000 : 0;
  }

  #interval(): number {
    this.#trr = (this.#deterministicInterval() * (0.5 + this.#uniform())) / COMPENSATION;
    return this.#trr;
  }

  /** Uniform in [0, 1). */
  #uniform(): number {
    return randomU32(this.#random) / 2 ** 32;
  }
}
