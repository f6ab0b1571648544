import { Malformed } from "@purertc/core";

/** What can be wrong with a description as a whole; a malformed line of a known kind gives `"bad-line"`. */
export type SdpReason =
  /** Longer than {@link import("./parse.ts").SdpParseOptions.maxLength}. */
  | "too-long"
  /** More lines than {@link import("./parse.ts").SdpParseOptions.maxLines}. */
  | "too-many-lines"
  /** Not `letter=value`, or a NUL or bare CR inside it. */
  | "not-a-line"
  /** A v=, o=, c=, b=, t=, r=, z=, k= or m= line, or a known attribute, whose value its grammar does not allow. */
  | "bad-line"
  /** A line where RFC 8866 §9 allows none of its type. */
  | "misplaced-line"
  /** The description ends before a required line. */
  | "missing-line";

/** Why a text is not a session description (RFC 8866 §9), and on which line. */
export class SdpMalformed extends Malformed<SdpReason> {
  /** 1-based number of the line at fault; for `"missing-line"`, the line before which it should have stood. */
  readonly line: number;
  /** What the line is about, for messages: its type letter, or the attribute's name. */
  readonly about: string;

  /** `offset` counts UTF-16 units from the start of the text to the line. */
  constructor(reason: SdpReason, line: number, offset: number, about: string) {
    super(reason, offset);
    this.line = line;
    this.about = about;
  }
}
