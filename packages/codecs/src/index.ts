/** Audio codecs and signals in TypeScript alone. Opus, which needs a WebAssembly library, is the entry `@purertc/codecs/opus`. */
export * from "./g711.ts";
export * from "./g722.ts";
