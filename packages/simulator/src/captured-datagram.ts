import type { TransportAddress } from "@purertc/core";

/** One UDP datagram with its time and its two ends: what captures hold and what a simulation records. */
export interface CapturedDatagram {
  /** Milliseconds; since the Unix epoch in a capture of a real network, since the start in a simulation. */
  readonly timestampMs: number;
  readonly source: TransportAddress;
  readonly destination: TransportAddress;
  readonly payload: Uint8Array;
}
