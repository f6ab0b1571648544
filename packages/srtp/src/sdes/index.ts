/** SDP security descriptions: `a=crypto` (RFC 4568). */
export * from "./crypto-attribute.ts";
export * from "./key-parameters.ts";
export * from "./session-parameters.ts";
export * from "./srtp-options.ts";
