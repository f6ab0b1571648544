/** The file of a format. */
import { openContainerFile } from "./container-file.ts";
import type { MediaOutput } from "./output-target.ts";
import type { RecordedTrack, RecordingFile, RecordingFormat } from "./recording-file.ts";
import { openAnnexBFile, openIvfFile } from "./stream-file.ts";
import { openWavFile } from "./wav-file.ts";

/** Opens a file for tracks that the format accepts. */
export async function openRecordingFile(
  format: RecordingFormat,
  output: MediaOutput,
  tracks: readonly RecordedTrack[],
): Promise<RecordingFile> {
  if (format === "ivf") return await openIvfFile(output, tracks);
  if (format === "wav") return await openWavFile(output, tracks);
  if (format === "h264" || format === "h265") return await openAnnexBFile(output);
  return await openContainerFile(format, output, tracks);
}
