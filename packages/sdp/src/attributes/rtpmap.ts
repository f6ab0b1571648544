import { type AttributeGrammar, cut, isToken, parseInteger } from "../grammar.ts";

/** a=rtpmap (RFC 8866 §6.6). */
export interface RtpMap {
  /** 0 to 127. */
  readonly payloadType: number;
  /** As written; compare without case (RFC 4855 §3). */
  readonly encodingName: string;
  /** Hz. */
  readonly clockRate: number;
  /** For audio, the number of channels. */
  readonly encodingParameters?: string;
}

/** The grammar of a=rtpmap. */
export const rtpMap: AttributeGrammar<RtpMap> = {
  parse: (text) => {
    const [digits, rest] = cut(text ?? "", " ");
    const [encodingName, rate, encodingParameters, ...more] = (rest ?? "").split("/", 4);
    const payloadType = parseInteger(digits, 0, 127);
    const clockRate = parseInteger(rate, 0, 0xffff_ffff);
    if (payloadType === undefined || clockRate === undefined || !isToken(encodingName!) || more.length > 0) return undefined;
    if (encodingParameters === undefined) return { payloadType, encodingName: encodingName!, clockRate };
    return isToken(encodingParameters) ? { payloadType, encodingName: encodingName!, clockRate, encodingParameters } : undefined;
  },
  write: (value) => {
    const parameters = value.encodingParameters === undefined ? "" : `/${value.encodingParameters}`;
    return `${value.payloadType} ${value.encodingName}/${value.clockRate}${parameters}`;
  },
};
