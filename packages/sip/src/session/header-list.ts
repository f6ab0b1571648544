/** Header fields to put into messages, from several sources. */
import type { HeadersInit } from "@purertc/sip-parser";

/** A field: a name, and a value as `createRequest` takes it. */
export type HeaderPair = readonly [name: string, value: unknown];

/** All of them in order; undefined sources and values are left out. */
export function headerList(...sources: readonly (HeadersInit | undefined)[]): HeaderPair[] {
  return sources.flatMap((source): HeaderPair[] => {
    if (source === undefined) return [];
    const pairs = Array.isArray(source) ? (source as readonly HeaderPair[]) : Object.entries(source);
    return pairs.filter(([, value]) => value !== undefined);
  });
}
