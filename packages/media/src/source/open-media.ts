/** Any file that can be read, by what it begins with. */
import { findStartCode } from "../bitstream/nal-units.ts";
import { type AnnexBOptions, openAnnexB } from "./annex-b-source.ts";
import { type AudioEncodingOptions, type MediaTracks, openContainer } from "./container-source.ts";
import { openIvf } from "./ivf-source.ts";
import { type MediaInput, peek } from "./media-input.ts";

/** For the formats that need to be told something. */
export interface OpenMediaOptions extends AudioEncodingOptions, AnnexBOptions {}

/**
 * Opens a WebM, Matroska, MP4, MOV, Ogg/Opus, WAV, IVF or annex B file and tells its tracks, of which there is at least one. Rejects with
 * `MediaFormatError` for anything else, and with the file system's error when there is no file.
 */
export async function openMedia(input: MediaInput, options: OpenMediaOptions = {}): Promise<MediaTracks> {
  const peeked = await peek(input, 16);
  if (String.fromCharCode(...peeked.head.subarray(0, 4)) === "DKIF") return { video: await openIvf(peeked.input) };
  const startCode = findStartCode(peeked.head, 0);
  if (startCode === 0 || (startCode === 1 && peeked.head[0] === 0)) return { video: openAnnexB(peeked.input, options) };
  return await openContainer(peeked.input, options);
}
