/** RTP packets that wait to be sent, copied into slots that are used again: once it has been as full as it gets, nothing is allocated. */

/** See the file's header. */
export class PacketRing {
  readonly #slots: Uint8Array[] = [];
  readonly #lengths: Uint16Array;
  readonly #queuedAt: Float64Array;
  readonly #capacity: number;
  readonly #slotLength: number;
  #head = 0;
  #count = 0;
  #octets = 0;

  /** `capacity` packets, a power of two, of at most `slotLength` octets each. */
  constructor(capacity: number, slotLength: number) {
    this.#capacity = capacity;
    this.#slotLength = slotLength;
    this.#lengths = new Uint16Array(capacity);
    this.#queuedAt = new Float64Array(capacity);
  }

  /** Packets that wait. */
  get length(): number {
    return this.#count;
  }

  /** Their octets. */
  get octets(): number {
    return this.#octets;
  }

  /** Octets of a slot: the most that a packet may have. */
  get slotLength(): number {
    return this.#slotLength;
  }

  get full(): boolean {
    return this.#count === this.#capacity;
  }

  /** The slot to write the next packet into; `push` then makes it wait. Not when full. */
  get free(): Uint8Array {
    const index = (this.#head + this.#count) & (this.#capacity - 1);
    let slot = this.#slots[index];
    if (slot === undefined) {
      slot = new Uint8Array(this.#slotLength);
      this.#slots[index] = slot;
    }
    return slot;
  }

  /** What was written into `free` has `length` octets. */
  push(now: number, length: number): void {
    const index = (this.#head + this.#count) & (this.#capacity - 1);
    this.#lengths[index] = length;
    this.#queuedAt[index] = now;
    this.#octets += length;
    this.#count += 1;
  }

  /** The first packet's slot. */
  get first(): Uint8Array {
    return this.#slots[this.#head]!;
  }

  get firstLength(): number {
    return this.#lengths[this.#head]!;
  }

  get firstQueuedAt(): number {
    return this.#queuedAt[this.#head]!;
  }

  /** Forgets the first packet; its slot holds it until the next is written. */
  shift(): void {
    this.#octets -= this.#lengths[this.#head]!;
    this.#count -= 1;
    this.#head = this.#count === 0 ? 0 : (this.#head + 1) & (this.#capacity - 1); // a ring that keeps emptying stays small
  }

  clear(): void {
    this.#count = 0;
    this.#octets = 0;
  }
}

/** Octets of the header of a packet that was made or checked here: CSRCs and extension included. */
export function rtpHeaderLength(packet: Uint8Array): number {
  const fixed = 12 + ((packet[0]! & 0x0f) << 2);
  return (packet[0]! & 0x10) === 0 ? fixed : fixed + 4 + 4 * ((packet[fixed + 2]! << 8) | packet[fixed + 3]!);
}
