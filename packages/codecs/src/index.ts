/** Audio codecs and signals in TypeScript alone. Opus, which needs a WebAssembly library, is the entry `@purertc/codecs/opus`. */
export * from "./comfort-noise.ts";
export * from "./dtmf.ts";
export * from "./dtmf-detector.ts";
export * from "./g711.ts";
export * from "./g722.ts";
export * from "./resample.ts";
export * from "./tone.ts";
