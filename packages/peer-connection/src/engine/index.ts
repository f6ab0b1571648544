/** A whole peer as a Sans-I/O state machine, for hosts, simulations and testers that need no RTCPeerConnection. */
export { createCertificate, type LocalCertificate } from "../certificate.ts";
export * from "../jsep/index.ts";
export * from "./aggregate-states.ts";
export { type DatagramKind, datagramKind } from "./demultiplex.ts";
export { type SupportedMedia, supportedMedia } from "./media/capabilities.ts";
export * from "./media/media-stats.ts";
export type { MediaTunables } from "./media/tunables.ts";
export * from "./media/types.ts";
export * from "./peer-engine.ts";
export type { PeerEngineOptions } from "./peer-engine-options.ts";
export * from "./peer-event.ts";
export type { Traffic, TrafficCounters } from "./traffic.ts";
export type { Transport } from "./transport.ts";
