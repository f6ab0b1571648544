/** RTP and RTCP as bytes and values: no state, no time. */
export * from "./extensions/index.ts";
export * from "./header-extension.ts";
export * from "./header-template.ts";
export * from "./packet.ts";
export * from "./reader.ts";
export * from "./rtcp/index.ts";
