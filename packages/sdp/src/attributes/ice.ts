/** ICE attributes (RFC 8839 §5, RFC 8840 §8). */
import { type AttributeGrammar, isNonWhitespace, isToken } from "../grammar.ts";

/** a=ice-ufrag (RFC 8839 §5.4): 4 to 256 ice-chars. */
export const iceUfrag: AttributeGrammar<string> = iceString(4);

/** a=ice-pwd (RFC 8839 §5.4): 22 to 256 ice-chars. */
export const icePwd: AttributeGrammar<string> = iceString(22);

/** a=ice-options (RFC 8839 §5.6): one or more tags such as `trickle` (RFC 8840) and `ice2`. */
export const iceOptions: AttributeGrammar<readonly string[]> = {
  parse: (text) => {
    const tags = text?.split(" ");
    return tags?.every(isToken) ? tags : undefined;
  },
  write: (tags) => tags.join(" "),
};

/**
 * a=candidate (RFC 8839 §5.1): the text after `candidate:`, its fixed part checked and not interpreted, because candidates belong to the ICE package.
 * The address may be an IP address, a host name or an mDNS name.
 */
export const candidate: AttributeGrammar<string> = {
  parse: (text) => {
    const fields = text?.split(" ");
    if (text === undefined || fields === undefined || fields.length < 8 || !fields.every(isNonWhitespace)) return undefined;
    const [foundation, component, transport, priority, , port, typ, type] = fields;
    if (foundation!.length > 32 || !ICE_CHARS.test(foundation!) || !/^[0-9]{1,3}$/.test(component!)) return undefined;
    if (!isToken(transport!) || !/^[0-9]{1,10}$/.test(priority!) || !/^[0-9]{1,5}$/.test(port!) || Number(port) > 0xffff) return undefined;
    return typ === "typ" && isToken(type!) ? text : undefined;
  },
  write: (text) => text,
};

/** a=remote-candidates (RFC 8839 §5.2): component, address and port, once or more. */
export interface RemoteCandidate {
  readonly component: number;
  readonly address: string;
  readonly port: number;
}

/** The grammar of a=remote-candidates. */
export const remoteCandidates: AttributeGrammar<readonly RemoteCandidate[]> = {
  parse: (text) => {
    const fields = text?.split(" ");
    if (fields === undefined || fields.length % 3 !== 0 || !fields.every(isNonWhitespace)) return undefined;
    const candidates: RemoteCandidate[] = [];
    for (let i = 0; i < fields.length; i += 3) {
      if (!/^[0-9]{1,3}$/.test(fields[i]!) || !/^[0-9]{1,5}$/.test(fields[i + 2]!)) return undefined;
      candidates.push({ component: Number(fields[i]), address: fields[i + 1]!, port: Number(fields[i + 2]) });
    }
    return candidates;
  },
  write: (candidates) => candidates.map((one) => `${one.component} ${one.address} ${one.port}`).join(" "),
};

function iceString(shortest: number): AttributeGrammar<string> {
  return {
    parse: (text) => (text !== undefined && text.length >= shortest && text.length <= 256 && ICE_CHARS.test(text) ? text : undefined),
    write: (value) => value,
  };
}

/** INTEROP: ice-char is ALPHA / DIGIT / "+" / "/" (RFC 8839 §5.1); older gateways also use - = # _ and libwebrtc takes them, so they are taken here. */
const ICE_CHARS = /^[A-Za-z0-9+/\-=#_]+$/;
