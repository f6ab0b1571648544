/** message/sipfrag bodies (RFC 3420) as NOTIFYs of REFER carry them (RFC 3515 §2.4.5): at least a status line. */
import { stringFromUtf8 } from "@purertc/core";
import { reasonPhraseOf } from "@purertc/sip-parser";

/** What a fragment says of the referred request. */
export interface StatusFragment {
  readonly statusCode: number;
  readonly reasonPhrase: string;
}

/** The status line that a fragment begins with; undefined when it begins with something else. */
export function parseStatusFragment(body: Uint8Array): StatusFragment | undefined {
  const line = stringFromUtf8(body.subarray(0, LONGEST_LINE)).split(/[\r\n]/, 1)[0] ?? "";
  const match = /^SIP\/2\.0 +([1-6][0-9][0-9])(?: (.*))?$/i.exec(line);
  return match === null ? undefined : { statusCode: Number(match[1]), reasonPhrase: match[2] ?? "" };
}

/** A fragment of just a status line. */
export function writeStatusFragment(statusCode: number, reasonPhrase: string = reasonPhraseOf(statusCode)): string {
  return `SIP/2.0 ${statusCode} ${reasonPhrase}\r\n`;
}

const LONGEST_LINE = 512;
