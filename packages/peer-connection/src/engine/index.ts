/** A whole peer as a Sans-I/O state machine, for hosts, simulations and testers that need no RTCPeerConnection. */
export { createCertificate, type LocalCertificate } from "../certificate.ts";
export * from "../jsep/index.ts";
export * from "./aggregate-states.ts";
export { type DatagramKind, datagramKind } from "./demultiplex.ts";
export * from "./peer-engine.ts";
export * from "./peer-event.ts";
export type { Traffic, TrafficCounters } from "./traffic.ts";
export type { Transport } from "./transport.ts";
