/** RTCP's attributes: a=rtcp (RFC 3605), a=rtcp-fb (RFC 4585 §4.2), a=rtcp-xr (RFC 3611 §5.1). */
import { type AttributeGrammar, cut, isNonWhitespace, isToken, parseInteger } from "../grammar.ts";

/** a=rtcp (RFC 3605 §2.1): where RTCP goes when not to the next port. */
export interface Rtcp {
  readonly port: number;
  readonly netType?: string;
  readonly addressType?: string;
  readonly address?: string;
}

/** The grammar of a=rtcp. */
export const rtcp: AttributeGrammar<Rtcp> = {
  parse: (text) => {
    const [digits, netType, addressType, address, ...rest] = (text ?? "").split(" ", 5);
    const port = parseInteger(digits, 0, 0xffff);
    if (port === undefined || rest.length > 0) return undefined;
    if (netType === undefined) return { port };
    if (addressType === undefined || address === undefined || ![netType, addressType, address].every(isNonWhitespace)) return undefined;
    return { port, netType, addressType, address };
  },
  write: (value) =>
    value.netType === undefined ? `${value.port}` : `${value.port} ${value.netType} ${value.addressType} ${value.address}`,
};

/** a=rtcp-fb (RFC 4585 §4.2). */
export interface RtcpFeedback {
  /** `"*"` stands for every payload type of the section. */
  readonly payloadType: number | "*";
  /** `nack`, `ack`, `ccm`, `trr-int`, `transport-cc`, `goog-remb`, ... */
  readonly type: string;
  /** `pli`, `fir`, ...: all that follows the type. */
  readonly parameter?: string;
}

/** The grammar of a=rtcp-fb. */
export const rtcpFeedback: AttributeGrammar<RtcpFeedback> = {
  parse: (text) => {
    const [format, rest] = cut(text ?? "", " ");
    const payloadType = format === "*" ? "*" : parseInteger(format, 0, 127);
    const [type, parameter] = cut(rest ?? "", " ");
    if (payloadType === undefined || !isToken(type) || parameter === "") return undefined;
    return parameter === undefined ? { payloadType, type } : { payloadType, type, parameter };
  },
  write: (value) => `${value.payloadType} ${value.type}${value.parameter === undefined ? "" : ` ${value.parameter}`}`,
};

/** a=rtcp-xr (RFC 3611 §5.1): the report formats, such as `rcvr-rtt=all`. */
export const rtcpXr: AttributeGrammar<readonly string[]> = {
  parse: (text) => {
    if (text === undefined || text === "") return [];
    const formats = text.split(" ");
    return formats.every(isNonWhitespace) ? formats : undefined;
  },
  write: (formats) => (formats.length === 0 ? undefined : formats.join(" ")),
};
