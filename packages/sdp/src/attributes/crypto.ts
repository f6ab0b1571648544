import { type AttributeGrammar, cut, isBase64, isNonWhitespace, isToken, parseInteger } from "../grammar.ts";

/** One key of an a=crypto line (RFC 4568 §6.1). */
export interface CryptoKey {
  /** `inline`; other methods keep their text in `info`. */
  readonly method: string;
  /** Text after the method's colon, as written. */
  readonly info: string;
  /** Master key and salt together, in base64; only with `inline`. */
  readonly keyAndSalt?: string;
  /** Packets the master key may protect, as written: a number or `2^n`. */
  readonly lifetime?: string;
  /** Master key identifier and its length in bytes (1 to 128). */
  readonly mki?: { readonly value: string; readonly length: number };
}

/** a=crypto (RFC 4568 §4, §9.1): a key for SRTP, in the clear. */
export interface CryptoAttribute {
  readonly tag: number;
  /** Such as `AES_CM_128_HMAC_SHA1_80` (§6.2). */
  readonly suite: string;
  /** At least one. */
  readonly keys: readonly CryptoKey[];
  /** `KDR=n`, `UNENCRYPTED_SRTP`, ... (§6.3), in order. */
  readonly sessionParameters: readonly string[];
}

/** The grammar of a=crypto. Keys are written from `method` and `info`. */
export const crypto: AttributeGrammar<CryptoAttribute> = {
  parse: (text) => {
    const [digits, suite, keyText, ...sessionParameters] = (text ?? "").split(" ");
    const tag = /^[0-9]{1,9}$/.test(digits!) ? Number(digits) : undefined;
    if (tag === undefined || suite === undefined || keyText === undefined || !/^[A-Za-z0-9_]+$/.test(suite)) return undefined;
    const keys = keyText.split(";").map(parseKey);
    if (!keys.every((key) => key !== undefined) || !sessionParameters.every(isNonWhitespace)) return undefined;
    return { tag, suite, keys, sessionParameters };
  },
  write: (value) => {
    const keys = value.keys.map((key) => `${key.method}:${key.info}`).join(";");
    return [`${value.tag}`, value.suite, keys, ...value.sessionParameters].join(" ");
  },
};

/** §9.2: `inline:` key-and-salt, then optionally a lifetime, then optionally an MKI. */
function parseKey(text: string): CryptoKey | undefined {
  const [method, info] = cut(text, ":");
  if (!isToken(method) || info === undefined || !isNonWhitespace(info)) return undefined;
  if (method !== "inline") return { method, info };
  const [keyAndSalt, ...parts] = info.split("|");
  if (!isBase64(keyAndSalt!) || parts.length > 2) return undefined;
  let lifetime: string | undefined;
  let mki: { value: string; length: number } | undefined;
  for (const part of parts) {
    const [value, length] = cut(part, ":");
    if (length === undefined) {
      if (lifetime !== undefined || mki !== undefined || !/^(2\^)?[0-9]{1,15}$/.test(part)) return undefined;
      lifetime = part;
    } else {
      const bytes = parseInteger(length, 1, 128);
      if (mki !== undefined || bytes === undefined || !/^[0-9]+$/.test(value)) return undefined;
      mki = { value, length: bytes };
    }
  }
  return { method, info, keyAndSalt: keyAndSalt!, ...(lifetime !== undefined && { lifetime }), ...(mki && { mki }) };
}
