/** Sessions: what RTP endpoints remember and decide. Everything is told the time; nothing sends by itself. */
export * from "./delay-estimator.ts";
export * from "./demultiplexer.ts";
export * from "./jitter-buffer.ts";
export * from "./keyframe-requests.ts";
export * from "./nack-generator.ts";
export * from "./packet-history.ts";
export * from "./reception-statistics.ts";
export * from "./rtcp-scheduler.ts";
export * from "./rtx.ts";
export * from "./ssrc-collisions.ts";
export * from "./transport-cc-receiver.ts";
export * from "./transport-cc-sender.ts";
