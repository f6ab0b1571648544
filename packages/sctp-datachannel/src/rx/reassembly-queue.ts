import { copyBytes, readU16, readU32 } from "@purertc/core";
import { DATA_HEADER_LENGTH, DataFlag } from "../codec/chunks/data.ts";
import { AssemblyBuffer } from "./assembly-buffer.ts";
import { InboundStreams, type MessageSink } from "./inbound-streams.ts";
import { type AcceptOutcome, FRAGMENT_OVERHEAD, type Reassembly } from "./reassembly.ts";

/** A fragment ahead of a gap. */
interface StoredFragment {
  readonly flags: number;
  readonly streamId: number;
  readonly sequence: number;
  readonly payloadProtocolId: number;
  readonly userData: Uint8Array;
  /** The first and last index of the run of fragments of the same message that this one is in; kept right at the run's two ends only. */
  runFirst: number;
  runLast: number;
}

/**
 * DATA chunks to messages (RFC 9260 §6.9). Fragments of a message have consecutive TSNs, so at the cumulative TSN at most one message is in the making: its
 * fragments are appended to one buffer. Fragments ahead of a gap are stored by TSN, and a message that is whole there does not wait for the gap.
 */
export class ReassemblyQueue implements Reassembly {
  readonly streams: InboundStreams;
  readonly #sink: MessageSink;
  readonly #maxMessageSize: number;
  readonly #lenient: boolean;
  readonly #buffer = new AssemblyBuffer();
  #ring: (StoredFragment | undefined)[] = new Array(64).fill(undefined);
  #stored = 0;
  #edge = 0;
  /** A message is in the making at the edge. */
  #open = false;
  /** The rest of a message that a FORWARD-TSN cut in two may still come. */
  #skipping = false;
  #streamId = 0;
  #sequence = 0;
  #unordered = false;
  #payloadProtocolId = 0;
  #sizeGuess = 0;

  /**
   * `partialReliability`: the peer may give up messages, and then a message may begin although the last one did not end (RFC 3758 does not reserve a TSN for the
   * end). Otherwise that is a violation.
   */
  constructor(sink: MessageSink, maxMessageSize: number, partialReliability: boolean) {
    this.#sink = sink;
    this.#maxMessageSize = maxMessageSize;
    this.#lenient = partialReliability;
    this.streams = new InboundStreams(sink, 16);
  }

  get held(): number {
    return this.#stored + this.#buffer.capacity + this.streams.held;
  }

  acceptNext(index: number, bytes: Uint8Array, at: number, end: number): AcceptOutcome {
    const outcome = this.#feed(
      bytes[at + 1]!,
      readU16(bytes, at + 8),
      readU16(bytes, at + 10),
      readU32(bytes, at + 12),
      bytes,
      at + DATA_HEADER_LENGTH,
      end,
    );
    if (outcome === "ok") this.#edge = index;
    return outcome;
  }

  acceptAhead(index: number, bytes: Uint8Array, at: number, end: number): AcceptOutcome {
    const fragment: StoredFragment = {
      flags: bytes[at + 1]!,
      streamId: readU16(bytes, at + 8),
      sequence: readU16(bytes, at + 10),
      payloadProtocolId: readU32(bytes, at + 12),
      userData: copyBytes(bytes.subarray(at + DATA_HEADER_LENGTH, end)),
      runFirst: index,
      runLast: index,
    };
    const left = this.#at(index - 1);
    const right = this.#at(index + 1);
    const joinsLeft = left === undefined ? "apart" : this.#relation(left, fragment);
    const joinsRight = right === undefined ? "apart" : this.#relation(fragment, right);
    if (joinsLeft === "violation" || joinsRight === "violation") return "violation";
    this.#store(index, fragment);
    const first = joinsLeft === "same" ? left!.runFirst : index;
    const last = joinsRight === "same" ? right!.runLast : index;
    const head = this.#at(first)!;
    const tail = this.#at(last)!;
    head.runLast = last;
    tail.runFirst = first;
    if ((head.flags & DataFlag.BEGINNING) !== 0 && (tail.flags & DataFlag.ENDING) !== 0) this.#complete(first, last);
    return "ok";
  }

  advanceTo(index: number): AcceptOutcome {
    while (this.#edge < index) {
      const fragment = this.#at(this.#edge + 1);
      this.#edge += 1;
      if (fragment === undefined) {
        this.#close(); // the message at this TSN was whole ahead of the gap and is delivered
        continue;
      }
      this.#remove(this.#edge, fragment);
      const { flags, streamId, sequence, payloadProtocolId, userData } = fragment;
      if (this.#feed(flags, streamId, sequence, payloadProtocolId, userData, 0, userData.length) === "violation") return "violation";
    }
    return "ok";
  }

  forwardTo(index: number): void {
    const storedTo = Math.min(index, this.#edge + this.#ring.length);
    for (let i = this.#edge + 1; i <= storedTo; i++) {
      const fragment = this.#at(i);
      if (fragment !== undefined) this.#remove(i, fragment);
    }
    this.#edge = index;
    this.#close();
    this.#skipping = true;
  }

  skipMessages(streamId: number, unordered: boolean, messageId: number): void {
    if (!unordered) this.streams.skip(streamId, messageId);
  }

  reset(streamId: number | undefined): void {
    this.streams.reset(streamId);
  }

  /** The next fragment in TSN order. */
  #feed(
    flags: number,
    streamId: number,
    sequence: number,
    payloadProtocolId: number,
    source: Uint8Array,
    from: number,
    to: number,
  ): AcceptOutcome {
    const ending = (flags & DataFlag.ENDING) !== 0;
    const unordered = (flags & DataFlag.UNORDERED) !== 0;
    if ((flags & DataFlag.BEGINNING) !== 0) {
      if (this.#open && !this.#lenient) return "violation";
      this.#close();
      this.#skipping = false;
      if (ending) {
        const data = to - from > this.#maxMessageSize ? undefined : copyBytes(source.subarray(from, to));
        this.#give(streamId, sequence, unordered, payloadProtocolId, data, to - from, true);
        return "ok";
      }
      this.#open = true;
      this.#streamId = streamId;
      this.#sequence = sequence;
      this.#unordered = unordered;
      this.#payloadProtocolId = payloadProtocolId;
      this.#buffer.begin(Math.min(this.#maxMessageSize, Math.max(this.#sizeGuess, 2 * (to - from))));
    } else if (!this.#open) {
      if (!this.#skipping) return "violation";
      this.#skipping = !ending;
      return "ok";
    } else if (streamId !== this.#streamId || sequence !== this.#sequence || unordered !== this.#unordered) {
      return "violation";
    }
    this.#buffer.append(source, from, to, this.#maxMessageSize);
    if (!ending) return "ok";
    this.#open = false;
    const length = this.#buffer.length;
    const data = this.#buffer.overflowed ? undefined : this.#buffer.finish();
    this.#sizeGuess = data?.length ?? 0;
    this.#give(streamId, sequence, unordered, this.#payloadProtocolId, data, length, true);
    return "ok";
  }

  /** How two fragments with consecutive TSNs belong together. */
  #relation(left: StoredFragment, right: StoredFragment): "same" | "apart" | "violation" {
    const ends = (left.flags & DataFlag.ENDING) !== 0;
    const begins = (right.flags & DataFlag.BEGINNING) !== 0;
    if (ends) return begins ? "apart" : "violation";
    if (begins) return this.#lenient ? "apart" : "violation";
    const sameMessage =
      left.streamId === right.streamId && left.sequence === right.sequence && ((left.flags ^ right.flags) & DataFlag.UNORDERED) === 0;
    return sameMessage ? "same" : "violation";
  }

  /** The fragments from `first` to `last` are a whole message. */
  #complete(first: number, last: number): void {
    const head = this.#at(first)!;
    let length = 0;
    for (let i = first; i <= last; i++) length += this.#at(i)!.userData.length;
    const data = length > this.#maxMessageSize ? undefined : new Uint8Array(length);
    let at = 0;
    for (let i = first; i <= last; i++) {
      const fragment = this.#at(i)!;
      data?.set(fragment.userData, at);
      at += fragment.userData.length;
      this.#remove(i, fragment);
    }
    this.#give(head.streamId, head.sequence, (head.flags & DataFlag.UNORDERED) !== 0, head.payloadProtocolId, data, length, false);
  }

  #give(
    streamId: number,
    sequence: number,
    unordered: boolean,
    payloadProtocolId: number,
    data: Uint8Array | undefined,
    length: number,
    complete: boolean,
  ): void {
    if (!unordered) this.streams.accept(streamId, sequence, payloadProtocolId, data, length, complete);
    else if (data === undefined) this.#sink.tooLarge(streamId, length);
    else this.#sink.deliver(streamId, payloadProtocolId, data);
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#buffer.finish();
  }

  #at(index: number): StoredFragment | undefined {
    return index <= this.#edge || index > this.#edge + this.#ring.length ? undefined : this.#ring[index & (this.#ring.length - 1)];
  }

  #store(index: number, fragment: StoredFragment): void {
    while (index > this.#edge + this.#ring.length) this.#grow();
    this.#ring[index & (this.#ring.length - 1)] = fragment;
    this.#stored += fragment.userData.length + FRAGMENT_OVERHEAD;
  }

  #remove(index: number, fragment: StoredFragment): void {
    this.#ring[index & (this.#ring.length - 1)] = undefined;
    this.#stored -= fragment.userData.length + FRAGMENT_OVERHEAD;
  }

  #grow(): void {
    const larger: (StoredFragment | undefined)[] = new Array(this.#ring.length * 2).fill(undefined);
    for (let i = this.#edge + 1; i <= this.#edge + this.#ring.length; i++) {
      larger[i & (larger.length - 1)] = this.#ring[i & (this.#ring.length - 1)];
    }
    this.#ring = larger;
  }
}
