/** Fragments to messages, in message_seq order (RFC 6347 §4.2.2, §4.2.3; RFC 9147 §5.5). */
import { HANDSHAKE_HEADER_LENGTH, type HandshakeFragment, writeHandshakeHeader } from "../codec/handshake.ts";

/** A whole handshake message. */
export interface HandshakeMessage {
  readonly type: number;
  readonly messageSeq: number;
  /** Of the records it came in: 0 means that anyone may have written it. */
  readonly epoch: number;
  /** Of the record that completed it. */
  readonly recordSequenceNumber: number;
  /** Header of one whole fragment, and body: the form that DTLS 1.2 hashes (RFC 6347 §4.2.6). */
  readonly bytes: Uint8Array;
  /** A view of `bytes` after the header. */
  readonly body: Uint8Array;
}

/** What became of a fragment. `"old"`: its message was handled before, so the peer is repeating a flight. */
export type FragmentVerdict = "kept" | "old" | "too-far" | "too-long" | "inconsistent";

/** Bounds on what a peer can make us hold. */
export interface ReassemblerLimits {
  /** The longest message body taken. */
  readonly maxMessageLength: number;
  /** All bodies being put together, as their headers state them. */
  readonly maxTotalLength: number;
  /** How far ahead of the next message one may be. */
  readonly window: number;
}

/**
 * Puts messages together. Fragments may come in any order, any number of times, cut anywhere, differently each time: all that a position
 * holds must agree. A fragment that disagrees with an assembly begins another, because nobody can tell which of the two an attacker
 * wrote; the first to be whole wins, and there are at most two per message. Costs are proportional to the bytes received.
 */
export class Reassembler {
  readonly #limits: ReassemblerLimits;
  readonly #assemblies = new Map<number, Assembly[]>();
  #totalLength = 0;
  #nextSeq = 0;

  constructor(limits: ReassemblerLimits) {
    this.#limits = limits;
  }

  /** The message_seq of the message that `next` gives. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Bytes of message bodies being held, for tests of the bounds. */
  get heldLength(): number {
    return this.#totalLength;
  }

  /** Takes a fragment out of an `epoch` record. The bytes are copied. */
  add(fragment: HandshakeFragment, epoch: number, recordSequenceNumber: number): FragmentVerdict {
    const { messageSeq, length } = fragment;
    if (messageSeq < this.#nextSeq) return "old";
    if (messageSeq >= this.#nextSeq + this.#limits.window) return "too-far";
    if (length > this.#limits.maxMessageLength) return "too-long";
    // An empty piece of a message that is not empty says nothing.
    if (length > 0 && fragment.fragment.length === 0) return "inconsistent";
    const assemblies = this.#assemblies.get(messageSeq) ?? [];
    for (const assembly of assemblies) {
      if (assembly.add(fragment, epoch, recordSequenceNumber)) return "kept";
    }
    if (assemblies.some((assembly) => assembly.whole)) return "inconsistent";
    if (assemblies.length === MAX_ASSEMBLIES) this.#totalLength -= assemblies.shift()!.length;
    if (!this.#makeRoom(messageSeq, length)) return "too-far";
    const assembly = new Assembly(fragment, epoch);
    assembly.add(fragment, epoch, recordSequenceNumber);
    assemblies.push(assembly);
    this.#assemblies.set(messageSeq, assemblies);
    this.#totalLength += length;
    return "kept";
  }

  /** The next message when it is whole. It stays until `accept` or `discard`. */
  next(): HandshakeMessage | undefined {
    return this.#assemblies
      .get(this.#nextSeq)
      ?.find((assembly) => assembly.whole)
      ?.message();
  }

  /** The message that `next` gave was handled: on to the one after. */
  accept(): void {
    this.#drop(this.#nextSeq);
    this.#nextSeq += 1;
  }

  /** The message that `next` gave was no message: wait for a better one with the same number. */
  discard(): void {
    this.#drop(this.#nextSeq);
  }

  /** Forgets everything that is not handled. */
  clear(): void {
    this.#assemblies.clear();
    this.#totalLength = 0;
  }

  /** Frees room for the message by giving up messages further ahead, which the peer sends again anyway. */
  #makeRoom(messageSeq: number, length: number): boolean {
    for (let ahead = this.#nextSeq + this.#limits.window - 1; ahead > messageSeq; ahead--) {
      if (this.#totalLength + length <= this.#limits.maxTotalLength) return true;
      this.#drop(ahead);
    }
    return this.#totalLength + length <= this.#limits.maxTotalLength;
  }

  #drop(messageSeq: number): void {
    for (const assembly of this.#assemblies.get(messageSeq) ?? []) this.#totalLength -= assembly.length;
    this.#assemblies.delete(messageSeq);
  }
}

/** One message being put together. */
class Assembly {
  readonly length: number;
  readonly #type: number;
  readonly #messageSeq: number;
  readonly #epoch: number;
  readonly #bytes: Uint8Array;
  /** 1 for each byte of the body that is there. Released when the message is whole. */
  #present: Uint8Array;
  #missing: number;
  #recordSequenceNumber = 0;

  constructor(first: HandshakeFragment, epoch: number) {
    this.length = first.length;
    this.#type = first.type;
    this.#messageSeq = first.messageSeq;
    this.#epoch = epoch;
    this.#bytes = new Uint8Array(HANDSHAKE_HEADER_LENGTH + first.length);
    this.#present = new Uint8Array(first.length);
    this.#missing = first.length;
    writeHandshakeHeader(this.#bytes, 0, first.type, first.length, first.messageSeq, 0, first.length);
  }

  get whole(): boolean {
    return this.#missing === 0;
  }

  /** False, and nothing changed, when the fragment is not of the same message. */
  add(fragment: HandshakeFragment, epoch: number, recordSequenceNumber: number): boolean {
    if (fragment.type !== this.#type || fragment.length !== this.length || epoch !== this.#epoch) return false;
    const from = fragment.fragmentOffset;
    const bytes = fragment.fragment;
    const wasWhole = this.whole;
    for (let i = 0; i < bytes.length; i++) {
      const present = wasWhole || this.#present[from + i] === 1;
      if (present && this.#bytes[HANDSHAKE_HEADER_LENGTH + from + i] !== bytes[i]) return false;
    }
    if (wasWhole) return true;
    for (let i = 0; i < bytes.length; i++) {
      if (this.#present[from + i] === 0) this.#missing -= 1;
      this.#present[from + i] = 1;
    }
    this.#bytes.set(bytes, HANDSHAKE_HEADER_LENGTH + from);
    if (this.whole) {
      this.#present = NO_BYTES;
      this.#recordSequenceNumber = recordSequenceNumber;
    }
    return true;
  }

  message(): HandshakeMessage {
    return {
      type: this.#type,
      messageSeq: this.#messageSeq,
      epoch: this.#epoch,
      recordSequenceNumber: this.#recordSequenceNumber,
      bytes: this.#bytes,
      body: this.#bytes.subarray(HANDSHAKE_HEADER_LENGTH),
    };
  }
}

/** What peers send, and one forgery beside it. */
const MAX_ASSEMBLIES = 2;

const NO_BYTES: Uint8Array = new Uint8Array(0);
