/** IVF and annex B: video of one track, frame after frame. */
import { concatBytes } from "@purertc/core";
import { TEMPORAL_DELIMITER } from "../bitstream/av1.ts";
import { writeIvfFrame, writeIvfHeader } from "../ivf.ts";
import { type MediaOutput, openByteSink } from "./output-target.ts";
import type { RecordedTrack, RecordingFile } from "./recording-file.ts";

const FOURCC: Readonly<Record<string, string>> = { "video/VP8": "VP80", "video/VP9": "VP90", "video/AV1": "AV01" };

/** Units of time per second: RTP's, so that nothing is rounded. */
const RATE = 90_000;

/** Opens an IVF file. The header's length is right in files, and 0 in streams. */
export async function openIvfFile(output: MediaOutput, [track]: readonly RecordedTrack[]): Promise<RecordingFile> {
  const { mimeType, width = 0, height = 0 } = track!;
  const sink = await openByteSink(output);
  const header = { fourcc: FOURCC[mimeType]!, width, height, rate: RATE, scale: 1 };
  await sink.write(writeIvfHeader({ ...header, length: 0 }));
  let last = -1;
  let step = 0;
  return {
    write: async (_, frame) => {
      const time = Math.max(last + 1, Math.round((frame.timeMs * RATE) / 1000));
      step = last < 0 ? 0 : time - last;
      last = time;
      const data = mimeType === "video/AV1" ? concatBytes(TEMPORAL_DELIMITER, frame.data) : frame.data;
      await sink.write(writeIvfFrame({ time: last, data }));
    },
    fillUntil: async () => undefined,
    endTrack: async () => undefined,
    finish: async () => {
      await sink.rewriteStart(writeIvfHeader({ ...header, length: Math.min(last + step, 0xffff_ffff) }));
      await sink.close();
    },
    cancel: () => sink.close(),
  };
}

/** Opens a file of annex B, which frames are already. It has no times. */
export async function openAnnexBFile(output: MediaOutput): Promise<RecordingFile> {
  const sink = await openByteSink(output);
  return {
    write: (_, { data }) => sink.write(data),
    fillUntil: async () => undefined,
    endTrack: async () => undefined,
    finish: () => sink.close(),
    cancel: () => sink.close(),
  };
}
