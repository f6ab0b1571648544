/** supported_versions: `ProtocolVersion versions<2..254>` from a client, one version from a server (RFC 8446 §4.2.1, RFC 9147 §5.3). */
import { Malformed, readU16 } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "../vector.ts";

/** Reads a client's list, in order of preference. */
export function parseSupportedVersions(data: Uint8Array): readonly number[] | Malformed<VectorFault> {
  const reader = new VectorReader(data);
  const list = reader.vector8(2, 254);
  if (list.length % 2 !== 0) reader.fail("bad-length", 0);
  const versions: number[] = [];
  for (let i = 0; i + 1 < list.length; i += 2) versions.push(readU16(list, i));
  return reader.finish(versions);
}

/** The data of a client's extension. */
export function writeSupportedVersions(versions: readonly number[]): Uint8Array {
  const list = new VectorWriter();
  for (const version of versions) list.u16(version);
  return new VectorWriter().vector8(list.finish()).finish();
}

/** Reads the version a server selected. */
export function parseSelectedVersion(data: Uint8Array): number | Malformed<"bad-length"> {
  return data.length === 2 ? readU16(data, 0) : new Malformed("bad-length", 0);
}

/** The data of a server's extension. */
export function writeSelectedVersion(version: number): Uint8Array {
  return new VectorWriter().u16(version).finish();
}
