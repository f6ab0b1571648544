import { crc32, crc32c, hexFromBytes } from "@purertc/core";

/** Bytes in short: all of them when they are few, otherwise length, two checksums and the beginning. */
export function describeBytes(bytes: Uint8Array): string {
  if (bytes.length <= 24) return `<${hexFromBytes(bytes)}>`;
  return `<${bytes.length} bytes ${hexFromBytes(bytes.subarray(0, 12))}... ${crc32(bytes).toString(16)} ${crc32c(bytes).toString(16)}>`;
}

/** An event as text that is the same for the same content. */
export function describeValue(value: unknown, depth = 0): string {
  if (value instanceof Uint8Array) return describeBytes(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "function";
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  if (depth > MAX_DEPTH) return "...";
  if (value instanceof Error) return `${value.name}(${value.message})`;
  if (Array.isArray(value)) return `[${value.map((item) => describeValue(item, depth + 1)).join(", ")}]`;
  if (value instanceof Map || value instanceof Set) return describeValue([...value], depth + 1);
  return `{${Object.entries(value)
    .map(([key, field]) => `${key}: ${describeValue(field, depth + 1)}`)
    .join(", ")}}`;
}

/** Calls `visit` for every byte array in an event. */
export function forEachBytes(value: unknown, visit: (bytes: Uint8Array) => void, depth = 0): void {
  if (value instanceof Uint8Array) visit(value);
  else if (typeof value === "object" && value !== null && depth <= MAX_DEPTH) {
    const fields = value instanceof Map || value instanceof Set ? [...value] : Object.values(value);
    for (const field of fields) forEachBytes(field, visit, depth + 1);
  }
}

const MAX_DEPTH = 8;
