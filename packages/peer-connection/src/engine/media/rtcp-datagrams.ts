/** RTCP packets that wait to be sent, put into datagrams of the path's size (RFC 3550 §6.1, RFC 5506). */
import type { RtcpPacket } from "@purertc/rtp";
import { writeRtcpPacket } from "@purertc/rtp";

/** See the file's header. */
export class RtcpDatagrams {
  readonly #waiting: RtcpPacket[] = [];
  readonly #scratch: Uint8Array = new Uint8Array(LARGEST_PACKET);

  /** Whether something waits. */
  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Feedback goes behind what waits. Where far too much waits, because nothing can be sent, the oldest is forgotten: it is out of date. */
  push(packets: readonly RtcpPacket[]): void {
    for (const packet of packets) this.#waiting.push(packet);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.splice(0, this.#waiting.length - MAX_WAITING);
  }

  clear(): void {
    this.#waiting.length = 0;
  }

  /**
   * Writes the next datagram of at most `room` octets and returns its length, 0 when nothing waits. `head`: what it begins with, unless that is a report already or
   * the list is empty.
   */
  write(out: Uint8Array, room: number, head: readonly RtcpPacket[]): number {
    let length = 0;
    const first = this.#waiting[0];
    if (first === undefined) return 0;
    if (first.type !== "SR" && first.type !== "RR") for (const packet of head) length = this.#append(out, length, room, packet);
    while (this.#waiting.length > 0) {
      const end = this.#append(out, length, room, this.#waiting[0]!);
      if (end === length && length > 0) break; // the next datagram's
      this.#waiting.shift(); // and what fits none is given up
      length = end;
    }
    return length;
  }

  /** The end of `packet` behind `at`, or `at` when there is no room for it. */
  #append(out: Uint8Array, at: number, room: number, packet: RtcpPacket): number {
    const length = writeRtcpPacket(this.#scratch, 0, packet);
    if (at + length > room) return at;
    out.set(this.#scratch.subarray(0, length), at);
    return at + length;
  }
}

/** The most that lists bounded by a five-bit count or by a datagram come to. */
const LARGEST_PACKET = 8192;
const MAX_WAITING = 256;
