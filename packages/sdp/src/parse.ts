/** Text to {@link SessionDescription} (RFC 8866 §9). One pass over the lines; time and memory are linear in the text, and both are bounded by options. */
import { ATTRIBUTE_GRAMMARS, isAttributeName } from "./attributes/index.ts";
import { parseBandwidth } from "./fields/bandwidth.ts";
import { parseConnection } from "./fields/connection.ts";
import { parseMediaLine } from "./fields/media-line.ts";
import { parseOrigin } from "./fields/origin.ts";
import { isKey, isRepeat, isZoneAdjustments, parseTiming } from "./fields/timing.ts";
import { attributeName, attributeText, hasForbiddenCharacter, type SdpLine } from "./line.ts";
import { LineOrder } from "./line-order.ts";
import { SdpMalformed, type SdpReason } from "./malformed.ts";
import { MediaDescription } from "./media-description.ts";
import { SessionDescription } from "./session-description.ts";

/** How much is taken, and how strictly. */
export interface SdpParseOptions {
  /** UTF-16 units; 1 048 576 when left out. Longer texts are refused unread. */
  readonly maxLength?: number;
  /** 20 000 when left out. */
  readonly maxLines?: number;
  /**
   * For gateways to old equipment: malformed attributes, misplaced and missing lines are let in. They are written back as they came; typed views skip
   * what is malformed. v=, o= and m= lines are still checked. False when left out, as RFC 9429 §5.8 asks.
   */
  readonly lenient?: boolean;
}

/** Parses a description. Never throws, whatever the text. Lines end with CRLF or LF; the last may lack its end. */
export function parseSdp(text: string, options: SdpParseOptions = {}): SessionDescription | SdpMalformed {
  const { maxLength = 1_048_576, maxLines = 20_000, lenient = false } = options;
  if (text.length > maxLength) return new SdpMalformed("too-long", 1, 0, "");
  const sections: SdpLine[][] = [[]];
  let order = new LineOrder("session");
  let lineNumber = 0;
  let at = 0;
  while (at < text.length) {
    lineNumber += 1;
    const refuse = (reason: SdpReason, about: string): SdpMalformed => new SdpMalformed(reason, lineNumber, at, about);
    if (lineNumber > maxLines) return refuse("too-many-lines", "");
    const line = lineAt(text, at);
    if (line === undefined) return refuse("not-a-line", "");
    const about = line.type === "a" ? attributeName(line) : line.type;
    if (lineNumber === 1 && line.type !== "v") return refuse("missing-line", "v");
    if (!lenient || line.type === "m") {
      const missing = lenient ? undefined : order.missingBefore(line.type);
      if (missing !== undefined) return refuse("missing-line", missing);
    }
    if (line.type === "m") {
      sections.push([]);
      order = new LineOrder("media");
    } else if (!order.accepts(line.type) && !lenient) {
      return refuse("misplaced-line", about);
    }
    if (!isWellFormed(line) && (!lenient || MUST_BE_WELL_FORMED.includes(line.type))) return refuse("bad-line", about);
    sections.at(-1)!.push(line);
    at += line.type.length + 1 + line.value.length + (line.end ?? "\r\n").length;
  }
  const missing = lenient && lineNumber > 0 ? undefined : order.missingBefore(undefined);
  if (missing !== undefined) return new SdpMalformed("missing-line", lineNumber + 1, text.length, missing);
  const [session, ...media] = sections;
  return new SessionDescription(
    session!,
    media.map((lines) => new MediaDescription(lines)),
  );
}

/** The line that starts at `at`; undefined when it is not `letter=value`. */
function lineAt(text: string, at: number): SdpLine | undefined {
  if (!/^[A-Za-z]$/.test(text[at]!) || text[at + 1] !== "=") return undefined;
  const feed = text.indexOf("\n", at);
  const stop = feed < 0 ? text.length : feed;
  const crlf = feed >= 0 && text[feed - 1] === "\r";
  const value = text.slice(at + 2, crlf ? stop - 1 : stop);
  if (hasForbiddenCharacter(value)) return undefined;
  return crlf ? { type: text[at]!, value } : { type: text[at]!, value, end: feed < 0 ? "" : "\n" };
}

function isWellFormed(line: SdpLine): boolean {
  const { type, value } = line;
  switch (type) {
    case "v":
      return value === "0"; // §5.1
    case "o":
      return parseOrigin(value) !== undefined;
    case "c":
      return parseConnection(value) !== undefined;
    case "b":
      return parseBandwidth(value) !== undefined;
    case "t":
      return parseTiming(value) !== undefined;
    case "r":
      return isRepeat(value);
    case "z":
      return isZoneAdjustments(value);
    case "k":
      return isKey(value);
    case "m":
      return parseMediaLine(value) !== undefined;
    case "u":
    case "e":
    case "p":
      return value !== "";
    case "a": {
      const name = attributeName(line);
      if (isAttributeName(name)) return ATTRIBUTE_GRAMMARS[name].parse(attributeText(line)) !== undefined;
      return ATTRIBUTE_NAME.test(name);
    }
    default:
      return true; // s= and i= are any text (INTEROP: some SIP equipment leaves s= empty); other letters are not ours to judge
  }
}

const MUST_BE_WELL_FORMED = "vom";

/** RFC 8866 §9: attribute-name is a token. */
const ATTRIBUTE_NAME = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/;
