import type { SdpLine } from "./line.ts";
import type { SessionDescription } from "./session-description.ts";

/** The text of a description: its lines in their order. What was parsed comes out byte for byte; what was created ends its lines with CRLF. */
export function writeSdp(description: SessionDescription): string {
  const pieces: string[] = [];
  writeLines(pieces, description.lines);
  for (const media of description.media) writeLines(pieces, media.lines);
  // Only the last line may lack an end: one that was last when it was parsed may have others behind it now.
  const last = (description.media.at(-1) ?? description).lines.at(-1);
  return last?.end === "" ? pieces.join("").slice(0, -2) : pieces.join("");
}

function writeLines(pieces: string[], lines: readonly SdpLine[]): void {
  for (const line of lines) pieces.push(line.type, "=", line.value, line.end === "\n" ? "\n" : "\r\n");
}
