/**
 * The last packets of a stream, for those who ask for them again (RFC 4585 §6.2.1, RFC 4588). A ring by sequence number: once it has gone round, nothing is
 * allocated per packet, and storing one overwrites the one `capacity` before it.
 */
import type { Instant } from "@purertc/core";
import { InvalidArgumentError, readU16 } from "@purertc/core";

/** Limits. */
export interface PacketHistoryOptions {
  /** Packets kept, a power of two. Default 512: a second of 5 Mbit/s. */
  readonly capacity?: number;
  /** Octets of the largest packet. Default 1500. Memory: the product of both, allocated as packets come. */
  readonly maxPacketLength?: number;
  /** A packet first sent longer ago than this is not sent again: its frame is past. Default 3000. */
  readonly maxAgeMs?: number;
  /** A packet is sent again at most this often, whoever asks: a NACK storm costs no more. Default 10. */
  readonly maxRetransmissions?: number;
}

/** Why a packet is not sent again. `too-soon`: the last one may still be on its way. */
export type HistoryRefusal = "unknown" | "too-old" | "too-soon" | "too-often";

/** Packets sent, by sequence number. */
export class PacketHistory {
  readonly #capacity: number;
  readonly #slotLength: number;
  readonly #maxAgeMs: number;
  readonly #maxRetransmissions: number;
  readonly #sequenceNumbers: Int32Array; // -1: empty
  readonly #lengths: Uint16Array;
  readonly #storedAt: Float64Array;
  readonly #sentAt: Float64Array; // the last time
  readonly #again: Uint8Array;
  readonly #slots: (Uint8Array | undefined)[];

  constructor(options: PacketHistoryOptions = {}) {
    const { capacity = 512, maxPacketLength = 1500, maxAgeMs = 3000, maxRetransmissions = 10 } = options;
    if (capacity < 1 || capacity > 0x8000 || (capacity & (capacity - 1)) !== 0) {
      throw new InvalidArgumentError("the capacity is a power of two up to 32768", { code: "RTP_HISTORY_CAPACITY" });
    }
    this.#capacity = capacity;
    this.#slotLength = maxPacketLength;
    this.#maxAgeMs = maxAgeMs;
    this.#maxRetransmissions = Math.min(255, maxRetransmissions);
    this.#sequenceNumbers = new Int32Array(capacity).fill(-1);
    this.#lengths = new Uint16Array(capacity);
    this.#storedAt = new Float64Array(capacity);
    this.#sentAt = new Float64Array(capacity);
    this.#again = new Uint8Array(capacity);
    this.#slots = new Array(capacity).fill(undefined);
  }

  /** Keeps a copy of `packet[0, length)`, as it was before SRTP. False: it is larger than `maxPacketLength`. */
  store(now: Instant, packet: Uint8Array, length: number = packet.length): boolean {
    if (length > this.#slotLength) return false;
    const sequenceNumber = readU16(packet, 2);
    const index = sequenceNumber & (this.#capacity - 1);
    let slot = this.#slots[index];
    if (slot === undefined) {
      slot = new Uint8Array(this.#slotLength);
      this.#slots[index] = slot;
    }
    // What lies behind the packet in its buffer is copied along where it fits: quicker than a view of the packet.
    slot.set(packet.length <= this.#slotLength ? packet : packet.subarray(0, length));
    this.#sequenceNumbers[index] = sequenceNumber;
    this.#lengths[index] = length;
    this.#storedAt[index] = now;
    this.#again[index] = 0;
    return true;
  }

  /**
   * The packet, to be sent again now: a view that holds until the next call. `roundTripMs`: two requests for a packet within it are one, because the second was
   * made before the first could be answered.
   */
  retransmit(now: Instant, sequenceNumber: number, roundTripMs: number): Uint8Array | HistoryRefusal {
    const index = sequenceNumber & (this.#capacity - 1);
    if (this.#sequenceNumbers[index] !== sequenceNumber) return "unknown";
    if (now - this.#storedAt[index]! > this.#maxAgeMs) return "too-old";
    const again = this.#again[index]!;
    if (again > 0 && now - this.#sentAt[index]! < roundTripMs) return "too-soon";
    if (again >= this.#maxRetransmissions) return "too-often";
    this.#again[index] = again + 1;
    this.#sentAt[index] = now;
    return this.#slots[index]!.subarray(0, this.#lengths[index]!);
  }

  /** Forgets all packets. */
  clear(): void {
    this.#sequenceNumbers.fill(-1);
  }
}
