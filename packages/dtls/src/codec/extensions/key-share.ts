/** key_share: `{ group(2) key_exchange<1..2^16-1> }`, a list from a client, one entry or a group alone from a server (RFC 8446 §4.2.8). */
import { Malformed, readU16 } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "../vector.ts";

/** One ephemeral public key. */
export interface KeyShareEntry {
  /** Code point of "TLS Supported Groups". */
  readonly group: number;
  /** In the group's own form, not checked here. */
  readonly keyExchange: Uint8Array;
}

/** Reads a client's shares, in order of preference. */
export function parseClientKeyShares(data: Uint8Array): readonly KeyShareEntry[] | Malformed<VectorFault> {
  const reader = new VectorReader(data);
  const list = new VectorReader(reader.vector16());
  const entries: KeyShareEntry[] = [];
  while (list.more) entries.push({ group: list.u16(), keyExchange: list.vector16(1) });
  return reader.finish(undefined) ?? list.finish(entries);
}

/** The data of a client's extension. */
export function writeClientKeyShares(entries: readonly KeyShareEntry[]): Uint8Array {
  const list = new VectorWriter();
  for (const { group, keyExchange } of entries) list.u16(group).vector16(keyExchange);
  return new VectorWriter().vector16(list.finish()).finish();
}

/** Reads the share of a ServerHello. */
export function parseServerKeyShare(data: Uint8Array): KeyShareEntry | Malformed<VectorFault> {
  const reader = new VectorReader(data);
  return reader.finish({ group: reader.u16(), keyExchange: reader.vector16(1) });
}

/** The data of a ServerHello's extension. */
export function writeServerKeyShare(entry: KeyShareEntry): Uint8Array {
  return new VectorWriter().u16(entry.group).vector16(entry.keyExchange).finish();
}

/** Reads the group a HelloRetryRequest asks for. */
export function parseSelectedGroup(data: Uint8Array): number | Malformed<"bad-length"> {
  return data.length === 2 ? readU16(data, 0) : new Malformed("bad-length", 0);
}

/** The data of a HelloRetryRequest's extension. */
export function writeSelectedGroup(group: number): Uint8Array {
  return new VectorWriter().u16(group).finish();
}
