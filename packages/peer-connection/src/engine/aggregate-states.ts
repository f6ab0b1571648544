/** States of a whole connection, derived from those of its transports. */
import type { IceState } from "@purertc/stun-ice";

/** RTCDtlsTransportState. */
export type DtlsState = "new" | "connecting" | "connected" | "closed" | "failed";
/** RTCIceGatheringState. */
export type GatheringState = "new" | "gathering" | "complete";
/** RTCPeerConnectionState. */
export type ConnectionState = "new" | "connecting" | "connected" | "disconnected" | "failed" | "closed";

/** The states of one transport that matter here. */
export interface TransportStates {
  readonly iceState: IceState;
  readonly gatheringState: GatheringState;
  readonly dtlsState: DtlsState;
}

/** https://w3c.github.io/webrtc-pc/#rtcicegatheringstate-enum */
export function aggregateGatheringState(transports: readonly TransportStates[]): GatheringState {
  if (transports.some((transport) => transport.gatheringState === "gathering")) return "gathering";
  if (transports.length > 0 && transports.every((transport) => transport.gatheringState === "complete")) return "complete";
  return "new";
}

/** https://w3c.github.io/webrtc-pc/#rtciceconnectionstate-enum, its rows in order. */
export function aggregateIceState(transports: readonly TransportStates[]): IceState {
  const every = (...states: readonly IceState[]): boolean => transports.every(({ iceState }) => states.includes(iceState));
  const some = (...states: readonly IceState[]): boolean => transports.some(({ iceState }) => states.includes(iceState));
  if (some("failed")) return "failed";
  if (some("disconnected")) return "disconnected";
  if (every("new", "closed")) return "new";
  if (some("new", "checking")) return "checking";
  if (every("completed", "closed")) return "completed";
  return "connected";
}

/** https://w3c.github.io/webrtc-pc/#rtcpeerconnectionstate-enum, its rows in order. */
export function aggregateConnectionState(transports: readonly TransportStates[]): ConnectionState {
  const iceState = aggregateIceState(transports);
  const everyDtls = (...states: readonly DtlsState[]): boolean => transports.every(({ dtlsState }) => states.includes(dtlsState));
  if (iceState === "failed" || transports.some(({ dtlsState }) => dtlsState === "failed")) return "failed";
  if (iceState === "disconnected") return "disconnected";
  if (iceState === "new" && everyDtls("new", "closed")) return "new";
  // INTEROP: the table says "connected" only; every browser counts "completed" too, and an application could not wait for anything else.
  if ((iceState === "connected" || iceState === "completed") && everyDtls("connected", "closed")) return "connected";
  return "connecting";
}
