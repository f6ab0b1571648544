/** Memory for one packet at a time, with the views of it made once: a hot path hands out views without allocating any. */

/** See the file's header. */
class PacketSlab {
  /** All of it; begins at a multiple of eight bytes. */
  readonly bytes: Uint8Array;
  readonly #views: (Uint8Array | undefined)[];

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#views = new Array(length + 1).fill(undefined);
  }

  /** The first `length` bytes. The same view each time. */
  view(length: number): Uint8Array {
    let view = this.#views[length];
    if (view === undefined) {
      view = this.bytes.subarray(0, length);
      this.#views[length] = view;
    }
    return view;
  }
}

/** A packet of Ethernet with jumbo frames at most; today's peers send 1200 bytes. */
export const LARGEST_RTP_DATAGRAM = 9216;

/** What is received, one for all peers: a packet in it is borrowed until the next comes. */
export const receiveSlab: PacketSlab = new PacketSlab(LARGEST_RTP_DATAGRAM);
