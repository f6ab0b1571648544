/** Everything the protocol packages share: the Sans-I/O contract, bytes, addresses, numbers that wrap, DER, errors, crypto interfaces. */
export * from "./address.ts";
export * from "./bytes.ts";
export * from "./constant-time.ts";
export * from "./crc.ts";
export * from "./crypto.ts";
export * from "./der.ts";
export * from "./errors.ts";
export * from "./malformed.ts";
export * from "./observer.ts";
export * from "./protocol.ts";
export * from "./queue.ts";
export * from "./random.ts";
export * from "./serial.ts";
export * from "./text.ts";
export * from "./timer-table.ts";
