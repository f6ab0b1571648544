/**
 * The list of extensions in hello messages (RFC 5246 §7.4.1.4). Data stays raw here, so unknown extensions survive; one file a type reads it.
 *
 *   length(2) { extension_type(2) extension_data<0..2^16-1> }*
 */
import { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "../vector.ts";

/** Code points of "TLS ExtensionType Values" that occur here. */
export const ExtensionType = {
  serverName: 0,
  maxFragmentLength: 1,
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  useSrtp: 14,
  alpn: 16,
  extendedMasterSecret: 23,
  recordSizeLimit: 28,
  sessionTicket: 35,
  supportedVersions: 43,
  cookie: 44,
  keyShare: 51,
  connectionId: 54,
  renegotiationInfo: 0xff01,
} as const;

/** One extension, its data as it is on the wire. */
export interface Extension {
  /** See {@link ExtensionType}; others occur. */
  readonly type: number;
  readonly data: Uint8Array;
  /** What the length field says when that should not be `data.length`; never set by the parser. */
  readonly length?: number;
}

/** Why a message with extensions is malformed. */
export type ExtensionFault = VectorFault | "duplicate-extension";

/** Reads the extension block at the end of a message, which may be absent, and gives what `build` makes of it. */
export function readExtensions<T>(
  reader: VectorReader,
  build: (extensions: readonly Extension[] | undefined) => T,
): T | Malformed<ExtensionFault> {
  if (!reader.more) return reader.finish(build(undefined));
  const start = reader.offset + 2;
  const list = new VectorReader(reader.vector16());
  const extensions: Extension[] = [];
  const seen = new Set<number>();
  while (list.more) {
    const at = list.offset;
    const type = list.u16();
    extensions.push({ type, data: list.vector16() });
    // RFC 5246 §7.4.1.4: there must not be two of one type.
    if (seen.has(type)) return new Malformed("duplicate-extension", start + at);
    seen.add(type);
  }
  const inner = list.finish(undefined);
  if (inner !== undefined) return new Malformed(inner.reason, start + inner.offset);
  return reader.finish(build(extensions));
}

/** The extension block with its length. */
export function writeExtensions(extensions: readonly Extension[]): Uint8Array {
  const list = new VectorWriter();
  for (const { type, data, length } of extensions) list.u16(type).vector16(data, length);
  return new VectorWriter().vector16(list.finish()).finish();
}

/** The data of the extension of this type, if it is there. */
export function extensionData(extensions: readonly Extension[] | undefined, type: number): Uint8Array | undefined {
  return extensions?.find((extension) => extension.type === type)?.data;
}
