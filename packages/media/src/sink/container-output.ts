/** What mediabunny writes to. In a file of its own, so that its types, which want those of the DOM, are no part of this package's. */
import * as mediabunny from "mediabunny";
import { pathOf } from "../source/media-input.ts";
import { isSeekable, type MediaOutput } from "./output-target.ts";

/** An output as mediabunny takes it. */
export function containerOutput(output: MediaOutput): mediabunny.Target {
  return isSeekable(output) ? new mediabunny.FilePathTarget(pathOf(output)) : new mediabunny.AppendOnlyStreamTarget(output);
}
