import { type Instant, readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import { ChunkType } from "../codec/chunk-types.ts";
import { DATA_HEADER_LENGTH, DataFlag } from "../codec/chunks/data.ts";
import { I_DATA_HEADER_LENGTH } from "../codec/chunks/i-data.ts";
import { SACK_HEADER_LENGTH } from "../codec/chunks/sack.ts";
import { COMMON_HEADER_LENGTH } from "../codec/packet.ts";
import { padded } from "../codec/type-length-value.ts";
import { CongestionControl } from "./congestion-control.ts";
import { writeForwardTsn } from "./forward-tsn-writer.ts";
import { GapBlocks } from "./gap-blocks.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import { ChunkState, type OutstandingChunk, OutstandingData } from "./outstanding-data.ts";
import type { RetransmissionTimeout } from "./rto.ts";
import type { SendQueue } from "./send-queue.ts";

/** What a SACK was: news or not, older than another, out of form, or a lie about TSNs that were never sent. */
export type SackOutcome = "ok" | "stale" | "malformed" | "violation";

/** What the sending half needs to know of the association. */
export interface SendParameters {
  readonly initialTsn: number;
  readonly peerWindow: number;
  /** Largest packet, a multiple of 4. */
  readonly packetSize: number;
  readonly initialWindowPackets: number;
  readonly maxBurst: number;
  readonly interleaving: boolean;
  /** The peer takes FORWARD-TSN (or I-FORWARD-TSN). */
  readonly partialReliability: boolean;
}

/** Miss indications that make a chunk lost (RFC 9260 §7.2.4). */
const MISSES_TO_LOSE = 3;

/** Decides which DATA goes into the next packet: lost chunks first, then new fragments, within cwnd and the peer's window (RFC 9260 §6.1, §6.2.1, §7). */
export class RetransmissionQueue {
  readonly congestion: CongestionControl;
  readonly #queue: SendQueue;
  readonly #rto: RetransmissionTimeout;
  readonly #data = new OutstandingData();
  readonly #blocks = new GapBlocks();
  readonly #tsnBase: number;
  readonly #interleaving: boolean;
  readonly #headerLength: number;
  readonly #partialReliability: boolean;
  /** Max.Burst for packets of the first size, and now. */
  readonly #baseBurst: number;
  readonly #basePacketSize: number;
  #maxBurst: number;
  #packetSize: number;
  #advertisedWindow: number;
  #burst: number;
  /** A fast retransmission may send one packet whatever cwnd says (§7.2.4 3). */
  #fastRetransmit = false;
  /** One chunk may be sent into a closed window (§6.1 A). */
  #probe = false;
  /** TSN index whose round trip is being measured (§6.3.1 C4), 0 when none is. */
  #measuring = 0;
  #measuredAt: Instant = 0;
  /** RFC 3758 §3.5 Advanced.Peer.Ack.Point. */
  #ackPoint = 0;
  #forwardDue = false;
  #forwardSentAt: Instant = Number.NEGATIVE_INFINITY;
  #forwardedTo = 0;
  #lastSentAt: Instant = 0;
  /** When T3-rtx fires; undefined when it does not run. */
  timerAt: Instant | undefined;
  /** §8.1: the last SACK acknowledged something new, or told that the window is closed and the peer alive (§6.1 A). */
  lastSackWasNews = false;
  /** Totals for statistics. */
  retransmitted = 0;
  abandonedMessages = 0;

  constructor(parameters: SendParameters, queue: SendQueue, rto: RetransmissionTimeout) {
    this.#queue = queue;
    this.#rto = rto;
    this.#tsnBase = parameters.initialTsn - 1;
    this.#advertisedWindow = parameters.peerWindow;
    this.#packetSize = parameters.packetSize;
    this.#basePacketSize = parameters.packetSize;
    this.#baseBurst = parameters.maxBurst;
    this.#maxBurst = parameters.maxBurst;
    this.#burst = parameters.maxBurst;
    this.#interleaving = parameters.interleaving;
    this.#headerLength = parameters.interleaving ? I_DATA_HEADER_LENGTH : DATA_HEADER_LENGTH;
    this.#partialReliability = parameters.partialReliability;
    this.congestion = new CongestionControl(parameters.packetSize - 12, parameters.initialWindowPackets);
  }

  /** Nothing sent waits for an acknowledgement. */
  get isEmpty(): boolean {
    return this.#data.isEmpty;
  }

  /** Bytes of user data in flight. */
  get flightData(): number {
    return this.#data.flightData;
  }

  /** The peer's last a_rwnd. */
  get peerWindow(): number {
    return this.#advertisedWindow;
  }

  /** RFC 6525 §5.1.2 A3: the last TSN given out. */
  get lastAssignedTsn(): number {
    return (this.#tsnBase + this.#data.next - 1) >>> 0;
  }

  /** A call, packet or timer came: Max.Burst more packets may go out. */
  refillBurst(): void {
    if (this.#burst < this.#maxBurst) this.#burst = this.#maxBurst;
  }

  /** The path MTU changed; `packetSize` is a multiple of 4. */
  setPacketSize(packetSize: number): void {
    this.#packetSize = packetSize;
    // The bytes of a burst stay the same, down to the RFC's own four packets (§16): what a burst overruns are buffers, and those count bytes.
    const burst = Math.floor((this.#baseBurst * this.#basePacketSize) / packetSize);
    this.#maxBurst = Math.min(this.#baseBurst, Math.max(RFC_MAX_BURST, burst));
    this.#burst = Math.min(this.#burst, this.#maxBurst);
    this.congestion.setPmdcs(packetSize - 12);
  }

  /** §6.2.1: the SACK chunk at `bytes[at, at + length)`. Changes nothing unless "ok". */
  handleSack(now: Instant, bytes: Uint8Array, at: number, length: number): SackOutcome {
    if (length < SACK_HEADER_LENGTH) return "malformed";
    const count = readU16(bytes, at + 12);
    if (SACK_HEADER_LENGTH + 4 * (count + readU16(bytes, at + 14)) !== length) return "malformed";
    const cumulative = this.#data.cumulative + ((readU32(bytes, at + 4) - this.#tsnBase - this.#data.cumulative) | 0);
    if (cumulative < this.#data.cumulative) return "stale"; // §6.2.1 D i
    if (cumulative >= this.#data.next) return "violation";
    const blocks = this.#blocks.read(bytes, at + SACK_HEADER_LENGTH, count, cumulative);
    if (!blocks) return "malformed";
    if (this.#blocks.highestRead >= this.#data.next) return "violation";
    this.#apply(now, cumulative, readU32(bytes, at + 8));
    return "ok";
  }

  /** §9.2: a SHUTDOWN acknowledges like a SACK without gap ack blocks. The window stays as it was. */
  handleCumulativeAck(now: Instant, tsn: number): SackOutcome {
    const cumulative = this.#data.cumulative + ((tsn - this.#tsnBase - this.#data.cumulative) | 0);
    if (cumulative < this.#data.cumulative) return "stale";
    if (cumulative >= this.#data.next) return "violation";
    this.#blocks.keepRead();
    this.#apply(now, cumulative, this.#advertisedWindow);
    return "ok";
  }

  /** T3-rtx expired (§6.3.3). True when something was outstanding, so that the error counter counts it. */
  handleTimeout(): boolean {
    this.timerAt = undefined;
    this.#rto.backOff();
    this.refillBurst();
    if (this.#data.isEmpty) {
      this.#probe = !this.#queue.isEmpty;
      return false;
    }
    if (this.#data.flightSize > 0 || this.#data.lost > 0) this.congestion.onTimeout();
    this.#measuring = 0;
    for (let index = this.#data.cumulative + 1; index < this.#data.next; index++) {
      const chunk = this.#data.at(index);
      if (chunk.state === ChunkState.IN_FLIGHT) this.#lose(index, chunk);
    }
    this.#advanceAckPoint();
    this.#forwardDue = this.#ackPoint > this.#data.cumulative;
    return true;
  }

  /**
   * Writes what may go out now between `out[at]` and `out[limit]`: a FORWARD-TSN that is due, lost chunks, new fragments. Returns the end, padded; `at` when there is
   * nothing. A lost chunk that is larger than the packets of today may go up to `out[room]`, alone in its packet.
   */
  write(now: Instant, out: Uint8Array, at: number, limit: number, room: number): number {
    let end = this.#writeForwardTsn(now, out, at, limit);
    const beforeLost = end;
    end = this.#writeLost(now, out, end, limit, room);
    const afterLost = end;
    end = this.#writeForwardTsn(now, out, end, limit); // lost chunks whose time is over were given up just now
    if (this.#data.lost === 0) end = this.#writeNew(now, out, end, limit, end > at);
    if (afterLost > beforeLost || end > afterLost) {
      this.#lastSentAt = now;
      this.#fastRetransmit = false;
    }
    if (end > at && this.timerAt === undefined) this.timerAt = now + this.#rto.currentMs; // §6.3.2 R1, RFC 3758 §3.5 C5
    return end;
  }

  #writeForwardTsn(now: Instant, out: Uint8Array, at: number, limit: number): number {
    if (!this.#forwardDue) return at;
    const end = writeForwardTsn(out, at, limit, this.#data, this.#tsnBase, this.#ackPoint, this.#interleaving);
    if (end === at) return at;
    this.#forwardDue = false;
    this.#forwardSentAt = now;
    this.#forwardedTo = this.#ackPoint;
    return end;
  }

  #writeLost(now: Instant, out: Uint8Array, at: number, limit: number, room: number): number {
    let end = at;
    while (this.#data.lost > 0) {
      if (!this.#fastRetransmit && this.#data.flightSize >= this.congestion.cwnd) break;
      const index = this.#data.firstLost();
      const chunk = this.#data.at(index);
      const message = chunk.message!;
      if (message.expiresAt <= now && this.#partialReliability) {
        this.#abandon(message);
        this.#advanceAckPoint();
        continue;
      }
      const chunkEnd = end + this.#sizeOf(chunk);
      // §6.9: what has a TSN is not fragmented again, also when the path takes less than it did; IP may.
      if (chunkEnd > limit && (end > COMMON_HEADER_LENGTH || chunkEnd > room)) break;
      this.#data.resend(now, chunk, this.#sizeOf(chunk));
      if (index === this.#measuring) this.#measuring = 0; // §6.3.1 C5
      if (index === this.#data.cumulative + 1) this.timerAt = now + this.#rto.currentMs; // §7.2.4 4
      this.retransmitted += 1;
      end = this.#writeChunk(out, end, index, chunk, message);
    }
    return end;
  }

  #writeNew(now: Instant, out: Uint8Array, at: number, limit: number, afterData: boolean): number {
    if (this.#burst === 0) return at;
    let end = at;
    let follows = afterData;
    while (this.#data.flightSize < this.congestion.cwnd) {
      const message = this.#queue.next(now);
      if (message === undefined) break;
      const rest = message.data.length - message.sent;
      const space = limit - end - this.#headerLength;
      const whole = this.#packetSize - 12 - this.#headerLength;
      let length = rest;
      if (rest > space) {
        // §6.9, §6.10: fill up with a part only of what needs several packets anyway, and not with a sliver of it.
        if (space < MIN_FRAGMENT || (follows && (rest <= whole || space < whole >> 2))) break;
        length = space & ~3;
      }
      if (this.#data.flightData + length > this.#advertisedWindow && !this.#mayProbe(now)) break;
      this.#probe = false;
      if (this.#data.isEmpty && now - this.#lastSentAt > this.#rto.currentMs) this.congestion.onIdle();
      const chunk = this.#data.add(now, message, message.sent, length, padded(this.#headerLength + length));
      const index = this.#data.next - 1;
      this.#queue.take(message, length);
      if (this.#measuring === 0) {
        this.#measuring = index;
        this.#measuredAt = now;
      }
      const start = end;
      end = this.#writeChunk(out, end, index, chunk, message);
      // RFC 7053 §4: nothing more can follow until this is acknowledged, so a delayed SACK would only stall.
      if (this.#data.flightSize >= this.congestion.cwnd && this.#data.flightSize <= 2 * this.#packetSize && !this.#queue.isEmpty) {
        out[start + 1] = out[start + 1]! | DataFlag.IMMEDIATE;
      }
      follows = true;
    }
    if (end > at) this.#burst -= 1;
    return end;
  }

  /** §6.1 A: with nothing in flight, one chunk may go into a closed window; the first an RTO after the window closed. */
  #mayProbe(now: Instant): boolean {
    if (!this.#data.isEmpty) return false;
    if (this.#probe) return true;
    if (this.timerAt === undefined) this.timerAt = now + this.#rto.currentMs;
    return false;
  }

  #writeChunk(out: Uint8Array, at: number, index: number, chunk: OutstandingChunk, message: OutgoingMessage): number {
    const first = chunk.offset === 0;
    const last = chunk.offset + chunk.length === message.data.length;
    const length = this.#headerLength + chunk.length;
    out[at] = this.#interleaving ? ChunkType.I_DATA : ChunkType.DATA;
    out[at + 1] = (last ? DataFlag.ENDING : 0) | (first ? DataFlag.BEGINNING : 0) | (message.unordered ? DataFlag.UNORDERED : 0);
    writeU16(out, at + 2, length);
    writeU32(out, at + 4, this.#tsnBase + index);
    writeU16(out, at + 8, message.streamId);
    if (this.#interleaving) {
      writeU16(out, at + 10, 0);
      writeU32(out, at + 12, message.sequence);
      writeU32(out, at + 16, first ? message.payloadProtocolId : chunk.fragment);
    } else {
      writeU16(out, at + 10, message.sequence);
      writeU32(out, at + 12, message.payloadProtocolId);
    }
    const from = at + this.#headerLength;
    if (first && last) out.set(message.data, from);
    else out.set(message.data.subarray(chunk.offset, chunk.offset + chunk.length), from);
    const end = at + padded(length);
    for (let i = at + length; i < end; i++) out[i] = 0;
    return end;
  }

  #apply(now: Instant, cumulative: number, advertisedWindow: number): void {
    const data = this.#data;
    const flightBefore = data.flightSize;
    const advanced = cumulative > data.cumulative;
    let acknowledged = 0;
    let highestNew = 0;
    for (let index = data.cumulative + 1; index <= cumulative; index++) {
      const chunk = data.at(index);
      const size = this.#sizeOf(chunk);
      if (data.acknowledge(chunk, size)) {
        acknowledged += size;
        highestNew = index;
      }
      data.advance();
    }
    if (this.#measuring !== 0 && cumulative >= this.#measuring) this.#measure(now);
    if (acknowledged > 0) this.#rto.settle();
    this.congestion.onCumulativeTsn(cumulative);
    if (!this.#blocks.bothEmpty) {
      for (let index = this.#blocks.nextReneged(cumulative); index > 0; index = this.#blocks.nextReneged(cumulative)) {
        data.renege(data.at(index), this.#sizeOf(data.at(index)));
      }
      for (let index = this.#blocks.nextNew(cumulative); index > 0; index = this.#blocks.nextNew(cumulative)) {
        const chunk = data.at(index);
        const size = this.#sizeOf(chunk);
        if (data.acknowledge(chunk, size)) {
          acknowledged += size;
          highestNew = Math.max(highestNew, index);
          // Measured when it arrived, not when the gap before it was filled.
          if (index === this.#measuring) this.#measure(now);
        }
      }
      this.#countMisses(cumulative, highestNew, advanced);
      this.#blocks.commit();
    }
    this.#advertisedWindow = advertisedWindow;
    this.lastSackWasNews = advanced || acknowledged > 0 || advertisedWindow === 0;
    this.congestion.onAcknowledged(acknowledged, advanced, flightBefore);
    if (data.isEmpty) {
      this.congestion.onAllAcknowledged();
      this.timerAt = undefined; // §6.3.2 R2
    } else if (advanced || this.timerAt === undefined) {
      this.timerAt = now + this.#rto.currentMs; // R3, R4
    }
    if (this.#ackPoint < cumulative) this.#ackPoint = cumulative;
    if (this.#partialReliability) this.#considerForwardTsn(now);
    this.refillBurst();
  }

  #measure(now: Instant): void {
    this.#rto.measure(now - this.#measuredAt);
    this.#measuring = 0;
  }

  /** §7.2.4 with the Highest TSN Newly Acknowledged rule. */
  #countMisses(cumulative: number, highestNew: number, advanced: boolean): void {
    const everything = this.congestion.inFastRecovery && advanced;
    const below = everything ? this.#blocks.highestRead : highestNew;
    const threshold = this.#missesToLose();
    let lostOne = false;
    for (let index = this.#blocks.nextMissing(cumulative); index > 0 && index < below; index = this.#blocks.nextMissing(cumulative)) {
      const chunk = this.#data.at(index);
      // DEVIATION from RFC 9260 §7.2.4: a chunk may be fast-retransmitted again, because only acknowledgements of TSNs first sent after its last
      // transmission count as misses; without this, every second loss of a chunk costs a T3-rtx.
      if (chunk.state !== ChunkState.IN_FLIGHT || below < chunk.missesFrom) continue;
      chunk.misses += 1;
      if (chunk.misses < threshold) continue;
      this.#lose(index, chunk);
      lostOne = true;
    }
    if (lostOne && this.congestion.onFastRetransmit(this.#data.next - 1)) this.#fastRetransmit = true;
  }

  /** RFC 5827 §2: with so little outstanding that three reports cannot come, fewer are enough. */
  #missesToLose(): number {
    const outstanding = this.#data.next - 1 - this.#data.cumulative;
    if (outstanding > MISSES_TO_LOSE || (!this.#queue.isEmpty && this.#data.flightSize < this.congestion.cwnd)) return MISSES_TO_LOSE;
    return Math.max(1, outstanding - 1);
  }

  /** Lost: to be sent again, or given up when its message allows no more (RFC 3758 §3.5). */
  #lose(index: number, chunk: OutstandingChunk): void {
    this.#data.lose(index, chunk, this.#sizeOf(chunk));
    const message = chunk.message!;
    if (this.#partialReliability && chunk.transmits > message.maxRetransmits) this.#abandon(message);
  }

  /** RFC 3758 §3.5 A: the whole message, also what has no TSN yet. */
  #abandon(message: OutgoingMessage): void {
    message.abandoned = true;
    this.abandonedMessages += 1;
    if (!message.fullySent) {
      this.#data.addPlaceholder(message);
      this.#queue.dropRest(message);
    }
    for (let index = Math.max(message.firstIndex, this.#data.cumulative + 1); index <= message.lastIndex; index++) {
      const chunk = this.#data.at(index);
      if (chunk.message === message) this.#data.abandon(chunk, this.#sizeOf(chunk));
    }
  }

  /** RFC 3758 §3.5 C2. */
  #advanceAckPoint(): void {
    const data = this.#data;
    let point = Math.max(this.#ackPoint, data.cumulative);
    while (point + 1 < data.next && data.at(point + 1).state === ChunkState.ABANDONED) point += 1;
    if (point > this.#ackPoint) this.#forwardDue = true;
    this.#ackPoint = point;
  }

  /** RFC 3758 §3.5 C3. One that is not answered yet is repeated no sooner than a round trip later. */
  #considerForwardTsn(now: Instant): void {
    this.#advanceAckPoint();
    if (this.#ackPoint <= this.#data.cumulative) {
      this.#forwardDue = false;
    } else if (this.#ackPoint > this.#forwardedTo || now - this.#forwardSentAt > (this.#rto.smoothedMs ?? this.#rto.currentMs)) {
      this.#forwardDue = true;
    }
  }

  #sizeOf(chunk: OutstandingChunk): number {
    return (this.#headerLength + chunk.length + 3) & ~3;
  }
}

/** A fragment smaller than this is not worth its header. */
const MIN_FRAGMENT = 64;
/** §16 Max.Burst. */
const RFC_MAX_BURST = 4;
