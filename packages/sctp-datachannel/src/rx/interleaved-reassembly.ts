import { copyBytes, readU16, readU32 } from "@purertc/core";
import { DataFlag } from "../codec/chunks/data.ts";
import { I_DATA_HEADER_LENGTH } from "../codec/chunks/i-data.ts";
import { AssemblyBuffer } from "./assembly-buffer.ts";
import { InboundStreams, type MessageSink } from "./inbound-streams.ts";
import { type AcceptOutcome, FRAGMENT_OVERHEAD, type Reassembly } from "./reassembly.ts";

/** A message in the making. */
interface PartialMessage {
  readonly messageId: number;
  readonly buffer: AssemblyBuffer;
  payloadProtocolId: number;
  /** Fragment sequence number that the buffer waits for. */
  nextFragment: number;
  /** Number of the fragment with the E bit; -1 while it is not known. */
  lastFragment: number;
  highestLater: number;
  later: Map<number, Uint8Array> | undefined;
  laterBytes: number;
}

/** What a message in the making costs beside its bytes. */
const PARTIAL_OVERHEAD = 256;

/** I-DATA chunks to messages (RFC 8260 §2.2): fragments belong together by stream, U bit and message identifier, and are in order by fragment number. */
export class InterleavedReassembly implements Reassembly {
  readonly streams: InboundStreams;
  readonly #sink: MessageSink;
  readonly #maxMessageSize: number;
  /** By `streamId * 2 + U`, then by message identifier. */
  readonly #partials = new Map<number, Map<number, PartialMessage>>();
  #bytes = 0;
  #lastKey = -1;
  #last: PartialMessage | undefined;
  #sizeGuess = 0;

  constructor(sink: MessageSink, maxMessageSize: number) {
    this.#sink = sink;
    this.#maxMessageSize = maxMessageSize;
    this.streams = new InboundStreams(sink, 32);
  }

  get held(): number {
    return this.#bytes + this.streams.held;
  }

  acceptNext(_index: number, bytes: Uint8Array, at: number, end: number): AcceptOutcome {
    const flags = bytes[at + 1]!;
    const streamId = readU16(bytes, at + 8);
    const messageId = readU32(bytes, at + 12);
    const begins = (flags & DataFlag.BEGINNING) !== 0;
    const ends = (flags & DataFlag.ENDING) !== 0;
    const unordered = (flags & DataFlag.UNORDERED) !== 0;
    const field = readU32(bytes, at + 16);
    const fragment = begins ? 0 : field;
    if (!begins && fragment === 0) return "violation";
    if (!unordered && !this.streams.isExpected(streamId, messageId)) {
      this.streams.stale += 1;
      return "ok";
    }
    const key = streamId * 2 + (unordered ? 1 : 0);
    let partial = this.#find(key, messageId);
    const from = at + I_DATA_HEADER_LENGTH;
    if (partial === undefined) {
      if (begins && ends) {
        const data = end - from > this.#maxMessageSize ? undefined : copyBytes(bytes.subarray(from, end));
        this.#give(streamId, messageId, unordered, field, data, end - from);
        return "ok";
      }
      partial = this.#create(key, messageId);
    }
    if (contradicts(partial, fragment, ends)) return "violation";
    const before = partial.buffer.capacity + partial.laterBytes;
    if (ends) partial.lastFragment = fragment;
    if (begins) {
      partial.payloadProtocolId = field;
      partial.buffer.begin(Math.min(this.#maxMessageSize, Math.max(ends ? 0 : this.#sizeGuess, 2 * (end - from))));
    }
    if (fragment === partial.nextFragment) this.#append(partial, bytes, from, end);
    else keepForLater(partial, fragment, copyBytes(bytes.subarray(from, end)));
    this.#bytes += partial.buffer.capacity + partial.laterBytes - before;
    if (partial.lastFragment < 0 || partial.nextFragment <= partial.lastFragment) return "ok";
    this.#forget(key, partial);
    const length = partial.buffer.length;
    const data = partial.buffer.overflowed ? undefined : partial.buffer.finish();
    this.#sizeGuess = data?.length ?? 0;
    this.#give(streamId, messageId, unordered, partial.payloadProtocolId, data, length);
    return "ok";
  }

  acceptAhead(index: number, bytes: Uint8Array, at: number, end: number): AcceptOutcome {
    return this.acceptNext(index, bytes, at, end);
  }

  advanceTo(): AcceptOutcome {
    return "ok";
  }

  forwardTo(): void {
    // What was given up is named by `skipMessages`.
  }

  skipMessages(streamId: number, unordered: boolean, messageId: number): void {
    const key = streamId * 2 + (unordered ? 1 : 0);
    for (const partial of [...(this.#partials.get(key)?.values() ?? [])]) {
      if (((partial.messageId - messageId) | 0) <= 0) this.#forget(key, partial);
    }
    if (!unordered) this.streams.skip(streamId, messageId);
  }

  reset(streamId: number | undefined): void {
    const keys = streamId === undefined ? [...this.#partials.keys()] : [streamId * 2, streamId * 2 + 1];
    for (const key of keys) for (const partial of [...(this.#partials.get(key)?.values() ?? [])]) this.#forget(key, partial);
    this.streams.reset(streamId);
  }

  #find(key: number, messageId: number): PartialMessage | undefined {
    if (key === this.#lastKey && this.#last?.messageId === messageId) return this.#last;
    const partial = this.#partials.get(key)?.get(messageId);
    if (partial !== undefined) {
      this.#lastKey = key;
      this.#last = partial;
    }
    return partial;
  }

  #create(key: number, messageId: number): PartialMessage {
    const partial: PartialMessage = {
      messageId,
      buffer: new AssemblyBuffer(),
      payloadProtocolId: 0,
      nextFragment: 0,
      lastFragment: -1,
      highestLater: -1,
      later: undefined,
      laterBytes: 0,
    };
    let ofStream = this.#partials.get(key);
    if (ofStream === undefined) {
      ofStream = new Map();
      this.#partials.set(key, ofStream);
    }
    ofStream.set(messageId, partial);
    this.#bytes += PARTIAL_OVERHEAD;
    this.#lastKey = key;
    this.#last = partial;
    return partial;
  }

  #append(partial: PartialMessage, bytes: Uint8Array, from: number, end: number): void {
    partial.buffer.append(bytes, from, end, this.#maxMessageSize);
    partial.nextFragment += 1;
    while (partial.later !== undefined) {
      const stored = partial.later.get(partial.nextFragment);
      if (stored === undefined) return;
      partial.later.delete(partial.nextFragment);
      partial.laterBytes -= stored.length + FRAGMENT_OVERHEAD;
      if (partial.later.size === 0) partial.later = undefined;
      partial.buffer.append(stored, 0, stored.length, this.#maxMessageSize);
      partial.nextFragment += 1;
    }
  }

  #forget(key: number, partial: PartialMessage): void {
    this.#bytes -= PARTIAL_OVERHEAD + partial.buffer.capacity + partial.laterBytes;
    const ofStream = this.#partials.get(key);
    ofStream?.delete(partial.messageId);
    if (ofStream?.size === 0) this.#partials.delete(key);
    if (this.#last === partial) this.#last = undefined;
  }

  #give(
    streamId: number,
    messageId: number,
    unordered: boolean,
    payloadProtocolId: number,
    data: Uint8Array | undefined,
    length: number,
  ): void {
    if (!unordered) this.streams.accept(streamId, messageId, payloadProtocolId, data, length, false);
    else if (data === undefined) this.#sink.tooLarge(streamId, length);
    else this.#sink.deliver(streamId, payloadProtocolId, data);
  }
}

/** A fragment that came before under another TSN, or that is beyond the end. */
function contradicts(partial: PartialMessage, fragment: number, ends: boolean): boolean {
  if (fragment < partial.nextFragment || partial.later?.has(fragment) === true) return true;
  if (partial.lastFragment >= 0 && (ends || fragment > partial.lastFragment)) return true;
  return ends && fragment < partial.highestLater;
}

function keepForLater(partial: PartialMessage, fragment: number, userData: Uint8Array): void {
  partial.later ??= new Map();
  partial.later.set(fragment, userData);
  partial.highestLater = Math.max(partial.highestLater, fragment);
  partial.laterBytes += userData.length + FRAGMENT_OVERHEAD;
}
