/** The linear formats of WAV, MP4 and Matroska, and G.711, as 16-bit samples. */
import { decodeAlaw, decodeMulaw } from "@purertc/codecs";

type Read = (view: DataView, at: number) => number;

const clip = (value: number): number => Math.max(-32_768, Math.min(32_767, Math.round(value)));

/** Octets of a sample, and how to read one; names as mediabunny has them. */
const FORMATS: Readonly<Record<string, readonly [octets: number, read: Read]>> = {
  "pcm-s16": [2, (view, at) => view.getInt16(at, true)],
  "pcm-s16be": [2, (view, at) => view.getInt16(at)],
  "pcm-s24": [3, (view, at) => view.getInt16(at + 1, true)],
  "pcm-s24be": [3, (view, at) => view.getInt16(at)],
  "pcm-s32": [4, (view, at) => view.getInt16(at + 2, true)],
  "pcm-s32be": [4, (view, at) => view.getInt16(at)],
  "pcm-f32": [4, (view, at) => clip(view.getFloat32(at, true) * 32_768)],
  "pcm-f32be": [4, (view, at) => clip(view.getFloat32(at) * 32_768)],
  "pcm-f64": [8, (view, at) => clip(view.getFloat64(at, true) * 32_768)],
  "pcm-f64be": [8, (view, at) => clip(view.getFloat64(at) * 32_768)],
  "pcm-u8": [1, (view, at) => (view.getUint8(at) - 128) << 8],
  "pcm-s8": [1, (view, at) => view.getInt8(at) << 8],
};

/** Samples of a packet; undefined for formats that are not linear. Floats that are not numbers are silence. */
export function pcmSamples(format: string, packet: Uint8Array): Int16Array | undefined {
  if (format === "ulaw" || format === "alaw") {
    const samples = new Int16Array(packet.length);
    (format === "ulaw" ? decodeMulaw : decodeAlaw)(packet, samples);
    return samples;
  }
  const known = FORMATS[format];
  if (known === undefined) return undefined;
  const [octets, read] = known;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const samples = new Int16Array(Math.floor(packet.length / octets));
  for (let i = 0; i < samples.length; i++) samples[i] = read(view, i * octets);
  return samples;
}
