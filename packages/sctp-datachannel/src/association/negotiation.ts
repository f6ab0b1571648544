import { ChunkType, unknownParameterAction } from "../codec/chunk-types.ts";
import type { InitChunk } from "../codec/chunks/init.ts";
import { type Parameter, writeParameters } from "../codec/parameters/parameter.ts";
import type { ResolvedAssociationOptions } from "../options.ts";
import type { NegotiatedExtensions } from "./state-cookie.ts";

/** RFC 9653 §4: error detection by the DTLS record that carries the packet. */
const EDMID_DTLS = 1;

/** The optional parameters of our INIT and INIT ACK. */
export function localParameters(options: ResolvedAssociationOptions): Parameter[] {
  const chunkTypes: number[] = [];
  const parameters: Parameter[] = [];
  if (options.partialReliability) {
    parameters.push({ type: "FORWARD-TSN-SUPPORTED" });
    chunkTypes.push(ChunkType.FORWARD_TSN);
  }
  if (options.streamReset) chunkTypes.push(ChunkType.RE_CONFIG);
  if (options.interleaving) chunkTypes.push(ChunkType.I_DATA);
  if (options.interleaving && options.partialReliability) chunkTypes.push(ChunkType.I_FORWARD_TSN);
  if (chunkTypes.length > 0) parameters.push({ type: "SUPPORTED-EXTENSIONS", chunkTypes });
  if (options.zeroChecksum) parameters.push({ type: "ZERO-CHECKSUM-ACCEPTABLE", value: EDMID_DTLS });
  return parameters;
}

/** What both sides can do, from the peer's INIT or INIT ACK. */
export function negotiate(options: ResolvedAssociationOptions, peer: InitChunk): NegotiatedExtensions {
  const chunkTypes = new Set<number>();
  let forwardTsn = false;
  let zeroChecksum = false;
  for (const parameter of peer.parameters) {
    if (parameter.type === "SUPPORTED-EXTENSIONS") for (const type of parameter.chunkTypes) chunkTypes.add(type);
    else if (parameter.type === "FORWARD-TSN-SUPPORTED") forwardTsn = true;
    else if (parameter.type === "ZERO-CHECKSUM-ACCEPTABLE") zeroChecksum = parameter.value === EDMID_DTLS;
  }
  const interleaving = options.interleaving && chunkTypes.has(ChunkType.I_DATA);
  // RFC 3758 §3.3.1 announces by parameter, RFC 5061 §4.2.7 by chunk type; peers use either or both. With I-DATA it is I-FORWARD-TSN that counts.
  const peerForwards = interleaving ? chunkTypes.has(ChunkType.I_FORWARD_TSN) : forwardTsn || chunkTypes.has(ChunkType.FORWARD_TSN);
  return {
    interleaving,
    partialReliability: options.partialReliability && peerForwards,
    streamReset: options.streamReset && chunkTypes.has(ChunkType.RE_CONFIG),
    zeroChecksum: options.zeroChecksum && zeroChecksum,
  };
}

/** RFC 9260 §3.2.1: unknown parameters that the peer wants to hear of, whole. A parameter whose high bit says "stop" hides those after it. */
export function unrecognizedParameters(parameters: readonly Parameter[]): Uint8Array[] {
  const reports: Uint8Array[] = [];
  for (const parameter of parameters) {
    if (parameter.type !== "RAW") continue;
    const action = unknownParameterAction(parameter.code);
    if (action.report) {
      const bytes = new Uint8Array((parameter.value.length + 7) & ~3);
      reports.push(bytes.subarray(0, writeParameters(bytes, 0, [parameter])));
    }
    if (!action.skip) break;
  }
  return reports;
}

/** The parameters that count: those before an unknown one whose high bit says "stop". */
export function recognizedPart(chunk: InitChunk): InitChunk {
  const stop = chunk.parameters.findIndex((parameter) => parameter.type === "RAW" && !unknownParameterAction(parameter.code).skip);
  return stop < 0 ? chunk : { ...chunk, parameters: chunk.parameters.slice(0, stop) };
}
