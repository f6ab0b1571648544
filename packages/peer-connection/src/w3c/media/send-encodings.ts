/** Encodings of a sender: the checks of addTransceiver and setParameters, and the defaults of both. */
import type { MediaKind, RtpCodec } from "../../jsep/media-types.ts";
import { codecsMatch } from "./codec-match.ts";
import type { RTCRtpEncodingParameters, RTCRtpSendParameters } from "./rtp-parameters.ts";

/** An entry of [[SendEncodings]]. */
export type SendEncoding = RTCRtpEncodingParameters & { active: boolean };

/** https://w3c.github.io/webrtc-pc/#dfn-addtransceiver-sendencodings-validation-steps. What [[SendEncodings]] becomes. */
export function checkSendEncodings(
  given: readonly SendEncoding[],
  kind: MediaKind,
  implemented: readonly RtpCodec[],
): readonly SendEncoding[] {
  // Steps 1 and 2.
  const rids = given.flatMap(({ rid }) => rid ?? []);
  if (rids.length !== 0 && rids.length !== given.length) throw new TypeError("sendEncodings: some have a rid and some have none.");
  if (given.length > 1 && rids.length === 0) throw new TypeError("sendEncodings: several encodings need a rid each.");
  for (const rid of rids) if (!RID.test(rid)) throw new TypeError(`sendEncodings: "${rid}" is not a rid (RFC 8851 §10).`);
  if (new Set(rids).size !== rids.length) throw new TypeError("sendEncodings: two have the same rid.");
  // Step 3.
  for (const { codec } of given) {
    if (codec !== undefined && !implemented.some((other) => codecsMatch(other, codec))) {
      throw new DOMException(`sendEncodings: ${codec.mimeType} cannot be sent as asked.`, "OperationError");
    }
  }
  // Steps 4 to 6.
  const encodings = given.map((encoding) => (kind === "audio" ? withoutVideoMembers(encoding) : { ...encoding }));
  checkRanges(encodings);
  // Steps 7 and 8. Of audio one encoding at a time can be sent.
  encodings.length = Math.min(encodings.length, kind === "audio" ? 1 : MAX_ENCODINGS);
  // Steps 9 to 11.
  if (kind === "video") {
    const scaled = encodings.some(({ scaleResolutionDownBy }) => scaleResolutionDownBy !== undefined);
    for (const [index, encoding] of encodings.entries()) {
      encoding.scaleResolutionDownBy ??= scaled ? 1 : 2 ** (encodings.length - index - 1);
    }
  }
  // Step 12.
  if (encodings.length === 1) delete encodings[0]!.rid;
  return encodings.length === 0 ? defaultEncodings(kind) : encodings;
}

/** https://w3c.github.io/webrtc-pc/#dfn-create-an-rtcrtpsender: [[SendEncodings]] when nothing was asked for. */
export function defaultEncodings(kind: MediaKind): readonly SendEncoding[] {
  return [{ active: true, priority: "low", ...(kind === "video" ? { scaleResolutionDownBy: 1 } : {}) }];
}

/** https://w3c.github.io/webrtc-pc/#set-description, steps for a remote offer to receive simulcast: an encoding for each layer, the first the smallest. */
export function proposedEncodings(requested: readonly { readonly rid: string; readonly active: boolean }[]): readonly SendEncoding[] {
  const distinct = requested.filter(({ rid }, index) => requested.findIndex((other) => other.rid === rid) === index);
  const wanted = distinct.slice(0, MAX_ENCODINGS);
  return wanted.map(({ rid, active }, index) => ({
    rid,
    active,
    priority: "low",
    scaleResolutionDownBy: 2 ** (wanted.length - index - 1),
  }));
}

/**
 * https://w3c.github.io/webrtc-pc/#dfn-setparameters-validation-steps. Returns what [[SendEncodings]] becomes. Throws InvalidModificationError or
 * RangeError.
 */
export function checkSetParameters(
  parameters: RTCRtpSendParameters,
  last: RTCRtpSendParameters,
  kind: MediaKind,
  isSendable: (codec: RtpCodec) => boolean,
): readonly SendEncoding[] {
  const refuse = (what: string): never => {
    throw new DOMException(`setParameters: ${what}`, "InvalidModificationError");
  };
  // Step 4.
  if (parameters.encodings.length !== last.encodings.length) refuse("the number of encodings cannot change.");
  for (const [index, { rid }] of parameters.encodings.entries()) {
    if (rid !== last.encodings[index]!.rid) refuse("rids and their order cannot change.");
  }
  if (parameters.transactionId !== last.transactionId) refuse("these are not the parameters that getParameters gave last.");
  for (const member of ["codecs", "headerExtensions", "rtcp"] as const) {
    if (!isSame(parameters[member], last[member])) refuse(`${member} cannot be changed here.`);
  }
  // Step 5.
  for (const { codec } of parameters.encodings) {
    if (codec !== undefined && !isSendable(codec)) refuse(`${codec.mimeType} was not negotiated as asked.`);
  }
  // Steps 6 and 7.
  const encodings = parameters.encodings.map(({ active, ...rest }): SendEncoding => {
    const encoding = { active: active ?? true, ...rest };
    return kind === "audio" ? withoutVideoMembers(encoding) : { ...encoding, scaleResolutionDownBy: encoding.scaleResolutionDownBy ?? 1 };
  });
  checkRanges(encodings);
  return encodings;
}

function checkRanges(encodings: readonly SendEncoding[]): void {
  for (const { scaleResolutionDownBy, maxFramerate } of encodings) {
    if (scaleResolutionDownBy !== undefined && scaleResolutionDownBy < 1) {
      throw new RangeError("scaleResolutionDownBy must be 1 or more.");
    }
    if (maxFramerate !== undefined && maxFramerate < 0) throw new RangeError("maxFramerate must not be negative.");
  }
}

function withoutVideoMembers({ scaleResolutionDownBy: _, maxFramerate: __, ...rest }: SendEncoding): SendEncoding {
  return rest;
}

/** Dictionaries and lists of plain values, whatever the order of their members. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return left.length === right.size && left.every(([name, value]) => right.has(name) && isSame(value, right.get(name)));
}

/** RFC 8851 §10 as corrected by RFC 8852 §3.1: letters, digits, "-" and "_", as many as a header extension holds. */
const RID = /^[A-Za-z0-9_-]{1,255}$/;
/** As many layers as browsers send, and room for more. */
const MAX_ENCODINGS = 8;
