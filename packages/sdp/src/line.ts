/** One line of a description, as text: what everything typed is read from, so that nothing is lost (RFC 8866 §5). */
import { InvalidArgumentError } from "@purertc/core";

/** `type=value` and how the line ended. */
export interface SdpLine {
  /** One letter. */
  readonly type: string;
  /** All after the first `=`, untouched. */
  readonly value: string;
  /** The line's end when it was not CRLF: LF, or nothing at the end of the text. */
  readonly end?: "\n" | "";
}

/**
 * A line from its parts, for writing. Throws InvalidArgumentError (`SDP_LINE`) when `type` is not one letter or `value` holds CR, LF or NUL, because
 * such a value would become other lines.
 */
export function sdpLine(type: string, value: string): SdpLine {
  if (!/^[A-Za-z]$/.test(type)) throw new InvalidArgumentError("an SDP line's type is one letter", { code: "SDP_LINE" });
  if (hasForbiddenCharacter(value)) throw new InvalidArgumentError("an SDP line holds no CR, LF or NUL", { code: "SDP_LINE" });
  return { type, value };
}

/** RFC 8866 §9: byte-string is any byte but NUL, CR and LF. */
export function hasForbiddenCharacter(text: string): boolean {
  return text.includes("\r") || text.includes("\n") || text.includes("\0");
}

/** The name of an attribute line's attribute (RFC 8866 §5.13). */
export function attributeName(line: SdpLine): string {
  const colon = line.value.indexOf(":");
  return colon < 0 ? line.value : line.value.slice(0, colon);
}

/** The value of an attribute line's attribute; undefined for a property attribute such as `a=rtcp-mux`. */
export function attributeText(line: SdpLine): string | undefined {
  const colon = line.value.indexOf(":");
  return colon < 0 ? undefined : line.value.slice(colon + 1);
}
