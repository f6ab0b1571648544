import type { Instant, Protocol } from "@purertc/core";
import type { Network, NetworkPacket } from "./network.ts";
import type { Pair } from "./pair.ts";

/**
 * What becomes of a datagram that a tap saw: undefined passes it on (with what was written into it), bytes are sent in its place, several
 * arrays are sent one after another, and `"drop"` or an empty list sends nothing.
 */
export type TapVerdict = Uint8Array | readonly Uint8Array[] | "drop" | undefined;

/** The part of a pair that a tap needs. */
export type TappedPair = Pick<Pair<Protocol<unknown>, Protocol<unknown>>, "intercept" | "inject">;

/** What to do with the datagrams of a pair before they enter their link. A missing function passes everything on. */
export interface PairTap {
  toA?(datagram: Uint8Array, now: Instant): TapVerdict;
  toB?(datagram: Uint8Array, now: Instant): TapVerdict;
}

/** A tap on a pair. */
export interface PairTapHandle {
  /** Delivers bytes to the first protocol now, past the link and all taps. */
  toA(datagram: Uint8Array): void;
  /** Delivers bytes to the second protocol now, past the link and all taps. */
  toB(datagram: Uint8Array): void;
  /** Takes the tap away. */
  remove(): void;
}

/** Sees a packet as its sender sends it, before the first link: addresses are the sender's own. May return another payload for it. */
export type NetworkTap = (packet: NetworkPacket, now: Instant) => TapVerdict;

/** A tap on a network. */
export interface NetworkTapHandle {
  /** Sends a packet with any addresses from the public part of the network, now; no link of the pretended sender is passed. */
  inject(packet: NetworkPacket): void;
  /** Takes the tap away. */
  remove(): void;
}

/**
 * A hand on the wire of a running pair or network: sees, drops, changes and injects datagrams.
 *
 * ```ts
 * const wire = tap(pair, { toB: (datagram) => (isHandshake(datagram) ? "drop" : undefined) });
 * wire.toB(forged);
 * wire.remove();
 * ```
 */
export function tap(pair: TappedPair, handlers: PairTap): PairTapHandle;
export function tap(network: Network, handler: NetworkTap): NetworkTapHandle;
export function tap(target: TappedPair | Network, handler: PairTap | NetworkTap): PairTapHandle | NetworkTapHandle {
  return typeof handler === "function" ? tapNetwork(target as Network, handler) : tapPair(target as TappedPair, handler);
}

function tapPair(pair: TappedPair, handlers: PairTap): PairTapHandle {
  const remove = pair.intercept((direction, datagram, now) => applyVerdict(handlers[direction]?.(datagram, now), datagram));
  return { toA: (datagram) => pair.inject("toA", datagram), toB: (datagram) => pair.inject("toB", datagram), remove };
}

function tapNetwork(network: Network, handler: NetworkTap): NetworkTapHandle {
  const remove = network.intercept((packet, now) =>
    applyVerdict(handler(packet, now), packet.payload).map((payload) => ({ ...packet, payload })),
  );
  return { inject: (packet) => network.inject(packet), remove };
}

function applyVerdict(verdict: TapVerdict, datagram: Uint8Array): readonly Uint8Array[] {
  if (verdict === undefined) return [datagram];
  if (verdict === "drop") return [];
  return verdict instanceof Uint8Array ? [verdict] : verdict;
}
