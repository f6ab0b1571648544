/**
 * Sequence numbers of relayed packets: the numbers that go out follow each other although packets are left out on the way in and the source changes. A packet that
 * comes late, or again, gets the number that it would have got in time.
 */

/** See the file's header. Numbers outside are 16 bits. */
export class SequenceMapper {
  /** From which incoming number on (unwrapped) which offset holds; ascending, the last `MAX_CHANGES` of them. */
  readonly #from = new Float64Array(MAX_CHANGES);
  readonly #offset = new Float64Array(MAX_CHANGES);
  #changes = 0;
  #highestIn = -1;
  #nextOut: number;

  /** `first`: the first number to go out. */
  constructor(first: number) {
    this.#nextOut = CYCLE + first; // one cycle ahead of zero, so that earlier ones stay positive
  }

  /** The number of the next packet that is not relayed: made here. Relaying begins anew after it. */
  next(): number {
    this.#changes = 0;
    return this.#nextOut++ & 0xffff;
  }

  /** Another source: its next packet follows the last that went out, as if none was missing. */
  restart(sequenceNumber: number): void {
    this.#highestIn = CYCLE + ((sequenceNumber - 1) & 0xffff);
    this.#changes = 0;
    this.#change(this.#highestIn + 1);
  }

  /** Whether a source is being followed. */
  get following(): boolean {
    return this.#changes > 0;
  }

  /** The number for a packet; -1: it came before all that is remembered. */
  map(sequenceNumber: number): number {
    const unwrapped = this.#unwrap(sequenceNumber);
    if (unwrapped > this.#highestIn) this.#highestIn = unwrapped;
    for (let i = this.#changes - 1; i >= 0; i--) {
      if (unwrapped < this.#from[i]!) continue;
      const out = unwrapped + this.#offset[i]!;
      // A number left out has no place: what is in front of the next change belongs to the packet after it.
      if (i < this.#changes - 1 && out >= this.#from[i + 1]! + this.#offset[i + 1]!) return -1;
      if (out >= this.#nextOut) this.#nextOut = out + 1;
      return out & 0xffff;
    }
    return -1;
  }

  /** Leaves a packet out: those after it move up. One that is older than the newest is left as a gap. */
  skip(sequenceNumber: number): void {
    const unwrapped = this.#unwrap(sequenceNumber);
    if (this.#changes === 0 || unwrapped <= this.#highestIn) return;
    const missing = unwrapped - this.#highestIn - 1; // those may still come: their numbers are kept free
    this.#highestIn = unwrapped;
    const offset = this.#offset[this.#changes - 1]!;
    this.#nextOut = Math.max(this.#nextOut, unwrapped - missing + offset);
    this.#push(unwrapped + 1, offset - 1);
  }

  #unwrap(sequenceNumber: number): number {
    return this.#highestIn + (((sequenceNumber - this.#highestIn) << 16) >> 16);
  }

  #change(from: number): void {
    this.#push(from, this.#nextOut - from);
  }

  #push(from: number, offset: number): void {
    if (this.#changes > 0 && this.#from[this.#changes - 1] === from) {
      this.#offset[this.#changes - 1] = offset;
      return;
    }
    if (this.#changes === MAX_CHANGES) {
      this.#from.copyWithin(0, 1);
      this.#offset.copyWithin(0, 1);
      this.#changes -= 1;
    }
    this.#from[this.#changes] = from;
    this.#offset[this.#changes] = offset;
    this.#changes += 1;
  }
}

const CYCLE = 0x1_0000;
/** Each is a run of packets without any left out; retransmissions of older ones are past their time. */
const MAX_CHANGES = 64;
