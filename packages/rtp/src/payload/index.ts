/** Payload formats: frames to RTP payloads and back. */
export * from "./audio.ts";
export * from "./av1.ts";
export * from "./comfort-noise.ts";
export * from "./depacketizer.ts";
export * from "./frame-size.ts";
export * from "./h264.ts";
export * from "./h265.ts";
export { isAv1Keyframe } from "./obu.ts";
export * from "./opus.ts";
export type { Packetizer } from "./packetizer.ts";
export * from "./red.ts";
export * from "./telephone-event.ts";
export * from "./vp8.ts";
export * from "./vp9.ts";
export type { Vp9Descriptor, Vp9Layer, Vp9PacketDescriptor, Vp9ScalabilityStructure } from "./vp9-descriptor.ts";
export { parseVp9Descriptor } from "./vp9-descriptor.ts";
