import { readU16, readU32 } from "@purertc/core";
import { DATA_HEADER_LENGTH, DataFlag } from "../codec/chunks/data.ts";
import type { ForwardTsnChunk, IForwardTsnChunk } from "../codec/chunks/forward-tsn.ts";
import { I_DATA_HEADER_LENGTH } from "../codec/chunks/i-data.ts";
import { DataTracker } from "./data-tracker.ts";
import type { MessageSink } from "./inbound-streams.ts";
import { InterleavedReassembly } from "./interleaved-reassembly.ts";
import type { Reassembly } from "./reassembly.ts";
import { ReassemblyQueue } from "./reassembly-queue.ts";

/** What became of a DATA chunk. "ok" also means: a duplicate, or dropped unacknowledged for want of room. The others end the association or answer with an ERROR. */
export type DataOutcome = "ok" | "no-user-data" | "invalid-stream" | "violation" | "out-of-resource";

/** What the receiving half needs to know of the association. */
export interface ReceiveParameters {
  readonly peerInitialTsn: number;
  readonly inboundStreams: number;
  readonly receiveWindow: number;
  readonly maxReceiveMessageSize: number;
  readonly interleaving: boolean;
  readonly partialReliability: boolean;
}

/** Takes in DATA and I-DATA: by TSN into the tracker, by fragment into reassembly, within the window (RFC 9260 §6.2). */
export class DataReceiver {
  readonly tracker: DataTracker;
  readonly #reassembly: Reassembly;
  readonly #parameters: ReceiveParameters;
  readonly #headerLength: number;
  /** RFC 6525 §5.2.2 E1: until this TSN, data of these streams beyond it is not taken in. Undefined streams: all. */
  #holdBack: { readonly index: number; readonly streams: ReadonlySet<number> | undefined } | undefined;
  /** Bytes that the owner has not taken over yet. */
  heldByOwner = 0;
  /** The last SACK told of a window too small for a packet. */
  windowWasClosed = false;
  /** Chunks dropped for want of room. */
  dropped = 0;
  duplicates = 0;

  constructor(parameters: ReceiveParameters, sink: MessageSink) {
    this.#parameters = parameters;
    this.tracker = new DataTracker(parameters.peerInitialTsn);
    this.#headerLength = parameters.interleaving ? I_DATA_HEADER_LENGTH : DATA_HEADER_LENGTH;
    this.#reassembly = parameters.interleaving
      ? new InterleavedReassembly(sink, parameters.maxReceiveMessageSize)
      : new ReassemblyQueue(sink, parameters.maxReceiveMessageSize, parameters.partialReliability);
  }

  /** a_rwnd: bytes that may still come. */
  get window(): number {
    return Math.max(0, this.#parameters.receiveWindow - this.#held);
  }

  /** Whole ordered messages that came with an old sequence number. */
  get stale(): number {
    return this.#reassembly.streams.stale;
  }

  /** The chunk at `bytes[at, end)`. */
  handleData(bytes: Uint8Array, at: number, end: number): DataOutcome {
    if (end - at <= this.#headerLength) return "no-user-data"; // §6.2
    const tracker = this.tracker;
    const index = tracker.indexOf(readU32(bytes, at + 4));
    const kind = tracker.kindOf(index);
    if (kind === "duplicate") {
      this.duplicates += 1;
      tracker.recordDuplicate(index);
      return "ok";
    }
    const streamId = readU16(bytes, at + 8);
    if (kind === "beyond" || this.#isHeldBack(index, streamId)) {
      this.dropped += 1;
      return "ok";
    }
    const room = this.#parameters.receiveWindow - this.#held;
    if (end - at > room) {
      // The next in order is needed to free the rest; everything else is dropped as §6.2 allows. A peer that goes on although the window is closed is at fault.
      if (kind === "ahead" || room < -this.#parameters.receiveWindow) {
        if (kind === "next") return "out-of-resource";
        this.dropped += 1;
        tracker.requestSack();
        return "ok";
      }
    }
    if (streamId >= this.#parameters.inboundStreams) {
      tracker.record(index); // §6.5: acknowledged, and reported
      if (kind === "next" && this.#reassembly.advanceTo(tracker.cumulative) === "violation") return "violation";
      return "invalid-stream";
    }
    const outcome =
      kind === "next" ? this.#reassembly.acceptNext(index, bytes, at, end) : this.#reassembly.acceptAhead(index, bytes, at, end);
    if (outcome === "violation") return "violation";
    tracker.record(index);
    if ((bytes[at + 1]! & DataFlag.IMMEDIATE) !== 0) tracker.requestSack();
    return tracker.cumulative === index || kind === "ahead" ? "ok" : this.#reassembly.advanceTo(tracker.cumulative);
  }

  /** RFC 3758 §3.6, RFC 8260 §2.3.1. "violation" when the TSN is further ahead than anything the window ever allowed. */
  handleForwardTsn(chunk: ForwardTsnChunk | IForwardTsnChunk): "ok" | "violation" {
    const tracker = this.tracker;
    const index = tracker.indexOf(chunk.newCumulativeTsn);
    if (index - tracker.cumulative > 2 * this.#parameters.receiveWindow) return "violation";
    tracker.requestSack(); // §3.6: also when it is old
    if (index <= tracker.cumulative) return "ok";
    tracker.skipTo(index);
    this.#reassembly.forwardTo(index);
    if (chunk.type === "FORWARD-TSN") {
      for (const skipped of chunk.streams) this.#reassembly.skipMessages(skipped.streamId, false, skipped.streamSequenceNumber);
    } else {
      for (const skipped of chunk.streams) this.#reassembly.skipMessages(skipped.streamId, skipped.unordered, skipped.messageId);
    }
    return this.#reassembly.advanceTo(tracker.cumulative);
  }

  /** RFC 6525 §5.2.2 E1: whether everything up to the peer's last assigned TSN arrived; otherwise newer data of the streams is kept out until it has. */
  isResetDue(lastAssignedTsn: number, streams: readonly number[]): boolean {
    const index = this.tracker.indexOf(lastAssignedTsn);
    if (index <= this.tracker.cumulative) return true;
    this.#holdBack = { index, streams: streams.length === 0 ? undefined : new Set(streams) };
    return false;
  }

  /** RFC 6525 §5.2.2 E2, E3. No streams: all. */
  resetStreams(streams: readonly number[]): void {
    this.#holdBack = undefined;
    if (streams.length === 0) this.#reassembly.reset(undefined);
    for (const streamId of streams) this.#reassembly.reset(streamId);
  }

  get #held(): number {
    return this.#reassembly.held + this.heldByOwner;
  }

  #isHeldBack(index: number, streamId: number): boolean {
    const hold = this.#holdBack;
    return hold !== undefined && index > hold.index && (hold.streams === undefined || hold.streams.has(streamId));
  }
}
