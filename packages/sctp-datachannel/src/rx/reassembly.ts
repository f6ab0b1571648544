import type { InboundStreams } from "./inbound-streams.ts";

/** What taking in a fragment came to. A violation means that the peer contradicts itself; the association ends then. */
export type AcceptOutcome = "ok" | "violation";

/** Fragments to messages, for DATA or for I-DATA. Nothing of the bytes given is kept. */
export interface Reassembly {
  readonly streams: InboundStreams;
  /** Bytes of memory held for fragments and waiting messages, with an allowance for each. */
  readonly held: number;
  /** The chunk at `bytes[at, end)`, whose TSN is the next in order. `index` as counted by the data tracker. */
  acceptNext(index: number, bytes: Uint8Array, at: number, end: number): AcceptOutcome;
  /** The same for a TSN ahead of a gap. */
  acceptAhead(index: number, bytes: Uint8Array, at: number, end: number): AcceptOutcome;
  /** The cumulative TSN is now here: what was stored up to it is in order. */
  advanceTo(index: number): AcceptOutcome;
  /** Everything up to `index` was given up by the peer unless it arrived. */
  forwardTo(index: number): void;
  /** RFC 8260 §2.3.1: messages of a stream up to this identifier were given up. */
  skipMessages(streamId: number, unordered: boolean, messageId: number): void;
  /** RFC 6525 §5.2.2. Undefined: all streams. */
  reset(streamId: number | undefined): void;
}

/** What a stored fragment costs beside its bytes. */
export const FRAGMENT_OVERHEAD = 128;
