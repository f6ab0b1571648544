/**
 * What a receiver knows of one source, and the report block it makes of it: validity of sequence numbers (RFC 3550 A.1), losses (A.3), interarrival
 * jitter (§6.4.1, A.8).
 */
import type { Instant } from "@purertc/core";
import type { ReportBlock, SenderReport } from "../codec/rtcp/index.ts";
import { compactFromMs, compactNtp } from "../codec/rtcp/index.ts";

/** What a packet's sequence number is (A.1). `probation`: the source has not sent two packets in a row yet. `stray`: too far from the others to be believed. */
export type SequenceVerdict = "in-order" | "late" | "probation" | "stray" | "restarted";

/** Of the source. */
export interface ReceptionStatisticsOptions {
  /** 32 bits. */
  readonly ssrc: number;
  /** Hz of the RTP timestamp, for the jitter. */
  readonly clockRate: number;
}

/** RFC 3550 A.1: a jump ahead of more than this is a restart, or stray. */
const MAX_DROPOUT = 3000;
/** RFC 3550 A.1: a packet this late is still of the same run. */
const MAX_MISORDER = 100;
/** RFC 3550 A.1: packets in a row before a source is valid. */
const MIN_SEQUENTIAL = 2;

/** Statistics of one source. `receive` is called for every packet and allocates nothing. */
export class ReceptionStatistics {
  readonly #ssrc: number;
  readonly #ticksPerMs: number;
  #maxSequenceNumber = 0;
  #cycles = 0;
  #baseSequenceNumber = 0;
  #badSequenceNumber = -1; // one behind the last stray
  #probation = MIN_SEQUENTIAL;
  #started = false;
  #received = 0;
  #octets = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  #transit = 0;
  #jitter = 0;
  #hasTransit = false;
  #lastSenderReport = 0;
  #lastSenderReportAt = 0;

  constructor(options: ReceptionStatisticsOptions) {
    this.#ssrc = options.ssrc;
    this.#ticksPerMs = options.clockRate / 1000;
  }

  /** Takes note of a packet with `octets` of payload. Only `in-order`, `late` and `restarted` ones are of a valid source. */
  receive(now: Instant, sequenceNumber: number, timestamp: number, octets: number): SequenceVerdict {
    const verdict = this.#judge(sequenceNumber);
    if (verdict === "probation" || verdict === "stray") return verdict;
    this.#received += 1;
    this.#octets += octets;
    // A.8, with the timestamp's difference taken modulo 2^32.
    const arrival = Math.round(now * this.#ticksPerMs);
    const transit = (arrival - timestamp) | 0;
    if (this.#hasTransit && verdict !== "restarted") this.#jitter += (Math.abs((transit - this.#transit) | 0) - this.#jitter) / 16;
    this.#transit = transit;
    this.#hasTransit = true;
    return verdict;
  }

  /** A.1: update_seq. */
  #judge(sequenceNumber: number): SequenceVerdict {
    if (!this.#started) {
      this.#started = true;
      this.#reset(sequenceNumber);
      this.#maxSequenceNumber = (sequenceNumber - 1) & 0xffff;
    }
    const ahead = (sequenceNumber - this.#maxSequenceNumber) & 0xffff;
    if (this.#probation > 0) {
      if (ahead === 1) {
        this.#probation -= 1;
        this.#maxSequenceNumber = sequenceNumber;
        if (this.#probation > 0) return "probation";
        this.#reset(sequenceNumber);
        return "in-order";
      }
      this.#probation = MIN_SEQUENTIAL - 1;
      this.#maxSequenceNumber = sequenceNumber;
      return "probation";
    }
    if (ahead === 0 || ahead > 0x1_0000 - MAX_MISORDER) return "late"; // a repeat, or reordered
    if (ahead < MAX_DROPOUT) {
      if (sequenceNumber < this.#maxSequenceNumber) this.#cycles += 0x1_0000;
      this.#maxSequenceNumber = sequenceNumber;
      return "in-order";
    }
    if (sequenceNumber !== this.#badSequenceNumber) {
      this.#badSequenceNumber = (sequenceNumber + 1) & 0xffff;
      return "stray";
    }
    this.#reset(sequenceNumber); // two strays in a row: the other side restarted without telling us
    return "restarted";
  }

  /** A.1: init_seq. */
  #reset(sequenceNumber: number): void {
    this.#baseSequenceNumber = sequenceNumber;
    this.#maxSequenceNumber = sequenceNumber;
    this.#badSequenceNumber = -1;
    this.#cycles = 0;
    this.#received = 0;
    this.#receivedPrior = 0;
    this.#expectedPrior = 0;
  }

  /** Takes note of a sender report of this source, so that the report block can say how long ago it came. */
  senderReport(now: Instant, report: SenderReport): void {
    this.#lastSenderReport = compactNtp(report.ntpTimestamp);
    this.#lastSenderReportAt = now;
  }

  /** Cycles and highest sequence number (§6.4.1), 32 bits. */
  get extendedHighestSequenceNumber(): number {
    return (this.#cycles + this.#maxSequenceNumber) >>> 0;
  }

  /** Packets of the valid source, repeats and late ones included. */
  get packetsReceived(): number {
    return this.#received;
  }

  /** Octets of payload in them. */
  get octetsReceived(): number {
    return this.#octets;
  }

  /** Packets that should have come. */
  get packetsExpected(): number {
    return this.#received === 0 ? 0 : this.#cycles + this.#maxSequenceNumber - this.#baseSequenceNumber + 1;
  }

  /** A.3: expected less received; negative when repeats outnumber losses. */
  get packetsLost(): number {
    return this.packetsExpected - this.#received;
  }

  /** §6.4.1: interarrival jitter in ticks of the timestamp. */
  get jitter(): number {
    return Math.floor(this.#jitter);
  }

  /** Whether the source is valid: MIN_SEQUENTIAL packets came in a row. */
  get valid(): boolean {
    return this.#started && this.#probation === 0;
  }

  /** The report block for now; `fractionLost` is since the call before (A.3). */
  reportBlock(now: Instant): ReportBlock {
    const expected = this.packetsExpected;
    const expectedInterval = expected - this.#expectedPrior;
    const lostInterval = expectedInterval - (this.#received - this.#receivedPrior);
    this.#expectedPrior = expected;
    this.#receivedPrior = this.#received;
    return {
      ssrc: this.#ssrc,
      fractionLost: expectedInterval === 0 || lostInterval <= 0 ? 0 : Math.min(255, Math.floor((lostInterval * 256) / expectedInterval)),
      cumulativeLost: Math.max(-0x80_0000, Math.min(0x7f_ffff, this.packetsLost)), // A.3: clamped
      extendedHighestSequenceNumber: this.extendedHighestSequenceNumber,
      jitter: this.jitter,
      lastSenderReport: this.#lastSenderReport,
      delaySinceLastSenderReport: this.#lastSenderReport === 0 ? 0 : compactFromMs(now - this.#lastSenderReportAt),
    };
  }
}
