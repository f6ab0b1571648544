/** Header fields to put into messages, from several sources. */
import type { HeadersInit } from "@purertc/sip-parser";

/** A field: a name, and a value as `createRequest` takes it. */
export type HeaderPair = readonly [name: string, value: unknown];

/** All of them in order; undefined sources and values are left out. */
export function headerList(...sources: readonly (HeadersInit | undefined)[]): HeaderPair[] {
  const list: HeaderPair[] = [];
  for (const source of sources) {
    if (source === undefined) continue;
    const pairs = Array.isArray(source) ? (source as readonly HeaderPair[]) : Object.entries(source);
    for (const pair of pairs) if (pair[1] !== undefined) list.push(pair);
  }
  return list;
}
