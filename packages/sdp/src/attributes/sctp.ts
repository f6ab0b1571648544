/** SCTP over DTLS (RFC 8841) and what came before it. */
import { type AttributeGrammar, isBase64, isToken, parseInteger } from "../grammar.ts";
import { integer } from "./text.ts";

/** a=sctp-port (RFC 8841 §5.1): 0 to 65535; 0 refuses the association. */
export const sctpPort: AttributeGrammar<number> = integer(0, 0xffff);

/** a=max-message-size (RFC 8841 §6.1) in bytes; 0 means any size. */
export const maxMessageSize: AttributeGrammar<number> = {
  // A sender may state more digits than a number holds; beyond that every limit is the same.
  parse: (text) =>
    text !== undefined && text.length <= 32 && /^[0-9]+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : undefined,
  write: String,
};

/** a=sctpmap (draft-ietf-mmusic-sctp-sdp-05 §5, before `UDP/DTLS/SCTP`): the port in the m= line's format list is described here. */
export interface SctpMap {
  readonly port: number;
  /** `webrtc-datachannel`. */
  readonly protocol: string;
  readonly streams?: number;
}

/** The grammar of a=sctpmap. */
export const sctpMap: AttributeGrammar<SctpMap> = {
  parse: (text) => {
    const [first, protocol, third, ...rest] = (text ?? "").split(" ", 4);
    const port = parseInteger(first, 0, 0xffff);
    if (port === undefined || protocol === undefined || !isToken(protocol) || rest.length > 0) return undefined;
    if (third === undefined) return { port, protocol };
    const streams = parseInteger(third, 0, 0xffff_ffff);
    return streams === undefined ? undefined : { port, protocol, streams };
  },
  write: (value) => `${value.port} ${value.protocol}${value.streams === undefined ? "" : ` ${value.streams}`}`,
};

/** a=sctp-init (draft-hancke-tsvwg-snap): the sender's INIT chunk in base64. */
export const sctpInit: AttributeGrammar<string> = {
  parse: (text) => (text !== undefined && isBase64(text) ? text : undefined),
  write: (value) => value,
};
