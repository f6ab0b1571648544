import { isNonWhitespace } from "../grammar.ts";

/** o= (RFC 8866 §5.2): who made the session, and which version of it this is. */
export interface Origin {
  /** `-` when there is none. */
  readonly username: string;
  /** Decimal digits; may exceed what a number holds. */
  readonly sessionId: string;
  /** Decimal digits; may exceed what a number holds. */
  readonly sessionVersion: string;
  /** `IN`. */
  readonly netType: string;
  /** `IP4` or `IP6`. */
  readonly addressType: string;
  readonly address: string;
}

/** Parses the value of an o= line. */
export function parseOrigin(text: string): Origin | undefined {
  const [username, sessionId, sessionVersion, netType, addressType, address, ...rest] = text.split(" ", 7);
  if (address === undefined || rest.length > 0 || username === undefined || sessionId === undefined || sessionVersion === undefined)
    return undefined;
  if (netType === undefined || addressType === undefined) return undefined;
  if (!DIGITS.test(sessionId) || !DIGITS.test(sessionVersion)) return undefined;
  if (![username, netType, addressType, address].every(isNonWhitespace)) return undefined;
  return { username, sessionId, sessionVersion, netType, addressType, address };
}

/** Writes the value of an o= line. */
export function writeOrigin(origin: Origin): string {
  return `${origin.username} ${origin.sessionId} ${origin.sessionVersion} ${origin.netType} ${origin.addressType} ${origin.address}`;
}

const DIGITS = /^[0-9]+$/;
