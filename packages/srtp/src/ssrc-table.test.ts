import { nodeCrypto } from "@purertc/crypto/node";
import { expect, test } from "vitest";
import { MasterKey } from "./master-key.ts";
import { srtpProfile } from "./profiles.ts";
import { keysFor, SsrcContext, SsrcTable } from "./ssrc-table.ts";

function master(n: number): MasterKey {
  const profile = srtpProfile("SRTP_AEAD_AES_128_GCM");
  const options = { crypto: nodeCrypto, profile, protocol: "srtp", encrypt: true, authenticate: true } as const;
  return new MasterKey({ masterKey: new Uint8Array(16).fill(n), masterSalt: new Uint8Array(12) }, 0, options);
}

const key = master(1);
const options = {
  crypto: nodeCrypto,
  profile: "SRTP_AEAD_AES_128_GCM",
  masterKey: new Uint8Array(16),
  masterSalt: new Uint8Array(12),
} as const;

/** A table with `count` SSRCs, of which `maxReadySsrcs` may be ready. */
function filled(
  count: number,
  maxReadySsrcs: number,
): { readonly table: SsrcTable<SsrcContext>; readonly contexts: readonly SsrcContext[] } {
  const table = new SsrcTable<SsrcContext>({ ...options, maxReadySsrcs });
  const contexts = Array.from({ length: count }, (_, ssrc) => new SsrcContext(ssrc));
  for (const context of contexts) {
    table.add(context);
    table.keep(context, keysFor(context, context.ssrc, key, 0));
  }
  return { table, contexts };
}

const ready = (contexts: readonly SsrcContext[]): readonly number[] =>
  contexts.filter(({ keys }) => keys !== undefined).map(({ ssrc }) => ssrc);

test("memory: the least recently used SSRC loses its ciphers, and only those", () => {
  const { table, contexts } = filled(5, 3);
  expect(ready(contexts)).toEqual([2, 3, 4]);
  expect(table.size).toBe(5);
  table.keep(contexts[2]!, contexts[2]!.keys!); // used again
  table.keep(contexts[0]!, keysFor(contexts[0], 0, key, 0));
  expect(ready(contexts)).toEqual([0, 2, 4]);
});

test("memory: ciphers at hand are used again; others are remembered only once kept", () => {
  const { table, contexts } = filled(1, 1);
  const context = contexts[0]!;
  const first = context.keys;
  expect(keysFor(context, 0, key, 0)).toBe(first);
  const other = keysFor(context, 0, key, 1);
  expect(keysFor(context, 0, key, 1)).not.toBe(other);
  table.keep(context, other);
  expect(keysFor(context, 0, key, 1)).toBe(other);
  expect(keysFor(context, 0, key, 0), "the keys before stay, for reordered packets").toBe(first);
});

test("RFC 3711 §8.1: ciphers of a removed master key are dropped, and counted as dropped", () => {
  const { table, contexts } = filled(3, 3);
  const newer = master(2);
  table.keep(contexts[0]!, keysFor(contexts[0], 0, newer, 0));
  table.dropKeysOf([key]);
  expect(ready(contexts)).toEqual([0]);
  expect(contexts[0]!.formerKeys).toBeUndefined();
  for (const n of [1, 2]) table.keep(contexts[n]!, keysFor(contexts[n], n, newer, 0));
  expect(ready(contexts)).toEqual([0, 1, 2]);
  table.delete(1);
  expect(table.find(1)).toBeUndefined();
  expect(table.size).toBe(2);
});
