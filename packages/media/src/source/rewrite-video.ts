/** Video as files hold it, to what RTP payload formats carry. */
import { concatBytes } from "@purertc/core";
import { inspectAv1, withoutDelimiters } from "../bitstream/av1.ts";
import {
  annexB,
  type DecoderConfiguration,
  lengthPrefixedUnits,
  parseAvcConfiguration,
  parseHevcConfiguration,
} from "../bitstream/nal-units.ts";
import type { MediaMimeType } from "../frame.ts";
import { MediaFormatError } from "../media-format-error.ts";

/** A function from a sample of the file to a frame of its own memory; throws `MediaFormatError`. `description`: as in WebCodecs. */
export function bitstreamRewriter(
  mimeType: MediaMimeType,
  description: ArrayBufferLike | ArrayBufferView | undefined,
): (sample: Uint8Array, keyframe: boolean) => Uint8Array {
  const record = description === undefined ? undefined : bytesOf(description);
  if (mimeType === "video/AV1") {
    // ISO binding §2.3.3: av1C has the sequence header too, behind four octets; a stream may leave it out of its key frames.
    const sequenceHeader = record?.slice(4) ?? new Uint8Array(0);
    return (sample, keyframe) => {
      const unit = withoutDelimiters(sample).slice();
      return keyframe && !inspectAv1(unit).keyframe ? concatBytes(sequenceHeader, unit) : unit;
    };
  }
  if (mimeType !== "video/H264" && mimeType !== "video/H265") return (sample) => sample.slice();
  if (record === undefined) return (sample) => sample.slice(); // annex B already
  const configuration = mimeType === "video/H264" ? parseAvcConfiguration(record) : parseHevcConfiguration(record);
  if (configuration === undefined) throw new MediaFormatError("malformed", `${mimeType}: the decoder configuration is none`);
  return (sample, keyframe) => toAnnexB(sample, keyframe, mimeType, configuration);
}

function toAnnexB(
  sample: Uint8Array,
  keyframe: boolean,
  mimeType: "video/H264" | "video/H265",
  configuration: DecoderConfiguration,
): Uint8Array {
  const units = lengthPrefixedUnits(sample, configuration.lengthSize);
  if (units === undefined) throw new MediaFormatError("malformed", `${mimeType}: lengths of NAL units do not add up`);
  const carriesParameters = units.some((unit) => (mimeType === "video/H264" ? (unit[0]! & 0x1f) === 7 : ((unit[0]! >> 1) & 0x3f) === 33));
  return annexB(keyframe && !carriesParameters ? [...configuration.parameterSets, ...units] : units);
}

function bytesOf(source: ArrayBufferLike | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new Uint8Array(source);
}
