/** The set of transceivers: how descriptions make, associate, stop and remove them (RFC 9429 §5.9-5.11, webrtc-pc §4.4.1.5). */
import type { LocalTransceiver, MediaKind, NegotiatedMedia, TransceiverId } from "../../jsep/media-types.ts";
import type { Negotiated } from "../../jsep/types.ts";
import type { StableTransceiver, Transceiver } from "./transceiver.ts";
import type { TransceiverInit } from "./types.ts";

/** Makes a transceiver that belongs to no section yet. */
export type MakeTransceiver = (id: TransceiverId, kind: MediaKind, init: TransceiverInit) => Transceiver;

/** See the file's header. */
export class Transceivers {
  readonly #make: MakeTransceiver;
  readonly #cname: () => string;
  #list: readonly Transceiver[] = [];
  #nextId: TransceiverId = 0;
  /** Taken when an offer is applied in the stable state. */
  #stable: ReadonlyMap<TransceiverId, StableTransceiver> | undefined;
  /** Those that the pending remote offer made. */
  readonly #made = new Set<Transceiver>();

  constructor(make: MakeTransceiver, cname: () => string) {
    this.#make = make;
    this.#cname = cname;
  }

  /** In the order they were made. */
  get list(): readonly Transceiver[] {
    return this.#list;
  }

  /** Adds one. */
  add(kind: MediaKind, init: TransceiverInit): Transceiver {
    const transceiver = this.#make(this.#nextId++, kind, init);
    this.#list = [...this.#list, transceiver];
    return transceiver;
  }

  /** Undefined when it is unknown or was removed. */
  find(id: TransceiverId): Transceiver | undefined {
    return this.#list.find((transceiver) => transceiver.id === id);
  }

  /** The one of a section. */
  ofMid(mid: string): Transceiver | undefined {
    return this.#list.find((transceiver) => transceiver.mid === mid);
  }

  /** What negotiation is to know of all of them. */
  snapshot(): readonly LocalTransceiver[] {
    return this.#list.map((transceiver) => transceiver.snapshot(this.#cname()));
  }

  /**
   * Follows a description that was found good. Returns its media sections with the transceiver of each, made here where none fitted, and those that were
   * stopped by it or removed.
   */
  apply(negotiated: Negotiated): { readonly media: readonly NegotiatedMedia[]; readonly stopped: readonly Transceiver[] } {
    const { type, side, media = [] } = negotiated;
    const stopped: Transceiver[] = [];
    if (type === "rollback") return { media, stopped: this.#rollBack() };
    if (type === "offer") this.#stable ??= new Map(this.#list.map((transceiver) => [transceiver.id, transceiver.stable]));
    const settled = media.map((section) => {
      const transceiver = this.#ofSection(section);
      transceiver.mid = section.mid;
      transceiver.index = section.index;
      if (side === "remote") transceiver.applyRemote(section);
      const final = side === "remote" || type !== "offer";
      if (section.rejected && final && !transceiver.stopped) {
        transceiver.stop();
        stopped.push(transceiver);
      }
      if (type !== "offer" && !transceiver.stopped) transceiver.currentDirection = section.agreed?.direction ?? section.direction;
      return { ...section, transceiver: transceiver.id };
    });
    if (type === "answer") this.#becomeStable(settled);
    return { media: settled, stopped };
  }

  #ofSection(section: NegotiatedMedia): Transceiver {
    const known = section.transceiver === undefined ? this.ofMid(section.mid) : this.find(section.transceiver);
    if (known !== undefined) return known;
    // RFC 9429 §5.10: a section of the peer that nothing of ours fits.
    const made = this.add(section.kind, { direction: "recvonly", streamIds: [], addedByTrack: false });
    this.#made.add(made);
    return made;
  }

  /** webrtc-pc: an answer removes the stopped ones whose sections are rejected, and what never had a section goes with its stopping. */
  #becomeStable(media: readonly NegotiatedMedia[]): void {
    const rejected = new Set(media.filter((section) => section.rejected).map(({ mid }) => mid));
    this.#list = this.#list.filter(({ stopped, stopping, mid }) => !(mid === undefined ? stopping : stopped && rejected.has(mid)));
    this.#stable = undefined;
    this.#made.clear();
  }

  #rollBack(): Transceiver[] {
    const removed: Transceiver[] = [];
    for (const transceiver of this.#list) {
      // One that the application uses meanwhile stays, without its section.
      if (this.#made.has(transceiver) && !transceiver.addedByTrack) {
        transceiver.stop();
        removed.push(transceiver);
      }
      const before = this.#stable?.get(transceiver.id);
      if (before !== undefined) transceiver.sender.withdrawProposal();
      transceiver.mid = before?.mid;
      transceiver.index = before?.index;
      transceiver.remoteStreamIds = before?.remoteStreamIds ?? [];
      transceiver.remoteTrackId = before?.remoteTrackId;
    }
    this.#list = this.#list.filter((transceiver) => !removed.includes(transceiver));
    this.#stable = undefined;
    this.#made.clear();
    return removed;
  }
}
