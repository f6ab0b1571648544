import type { AssociationContext, RefusalCounters } from "./context.ts";

/** A snapshot of an association for statistics and debugging. */
export interface AssociationStats {
  /** Congestion window and slow-start threshold, bytes; undefined before the association is up. */
  readonly congestionWindow?: number;
  readonly slowStartThreshold?: number;
  /** The peer's last a_rwnd and ours now, bytes. */
  readonly peerReceiveWindow?: number;
  readonly receiveWindow?: number;
  /** User bytes sent and not acknowledged. */
  readonly unacknowledged: number;
  /** User bytes queued without a TSN. */
  readonly buffered: number;
  readonly rtoMs: number;
  readonly smoothedRoundTripMs?: number;
  readonly retransmittedChunks: number;
  readonly abandonedMessages: number;
  readonly duplicateTsns: number;
  /** DATA chunks dropped for want of room. */
  readonly droppedChunks: number;
  /** Packets refused, by reason. */
  readonly refused: Readonly<RefusalCounters>;
  readonly mtu: number;
}

/** Reads the numbers. */
export function associationStats(context: AssociationContext): AssociationStats {
  const tcb = context.tcb;
  const smoothed = context.rto.smoothedMs;
  return {
    ...(tcb === undefined
      ? {}
      : {
          congestionWindow: tcb.tx.congestion.cwnd,
          slowStartThreshold: tcb.tx.congestion.ssthresh,
          peerReceiveWindow: tcb.tx.peerWindow,
          receiveWindow: tcb.rx.window,
        }),
    unacknowledged: tcb?.tx.flightData ?? 0,
    buffered: context.queue.buffered,
    rtoMs: context.rto.currentMs,
    ...(smoothed === undefined ? {} : { smoothedRoundTripMs: smoothed }),
    retransmittedChunks: tcb?.tx.retransmitted ?? 0,
    abandonedMessages: tcb?.tx.abandonedMessages ?? 0,
    duplicateTsns: tcb?.rx.duplicates ?? 0,
    droppedChunks: tcb?.rx.dropped ?? 0,
    refused: { ...context.refused },
    mtu: context.packetSize,
  };
}
