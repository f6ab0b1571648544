/** RTP and RTCP (RFC 3550), header extensions (RFC 8285), payload formats and sessions, Sans-I/O. */
export * from "./codec/index.ts";
export * from "./payload/index.ts";
export * from "./session/index.ts";
