/** SRTP and SRTCP (RFC 3711, 7714) with the keys of DTLS (RFC 5764) and of SDES (RFC 4568), over caller-owned buffers. */
export * from "./dtls-srtp.ts";
export * from "./options.ts";
export * from "./profiles.ts";
export { SrtpReceiver } from "./receiver.ts";
export type { SrtpRefusal, SrtpRefusalCounts } from "./refusals.ts";
export * from "./sdes/index.ts";
export { SrtpSender } from "./sender.ts";
export { SrtcpReceiver } from "./srtcp-receiver.ts";
export { SrtcpSender } from "./srtcp-sender.ts";
