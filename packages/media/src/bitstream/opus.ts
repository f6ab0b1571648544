/**
 * The first octets of an Opus packet (RFC 6716 §3.1):
 *
 *    | config  |s| c |   mode, bandwidth and duration; stereo; frames in the packet: 1, 2, 2, or as the next octet says
 */

/** Hertz of Opus in files, whatever was encoded (RFC 7845 §4). */
export const OPUS_SAMPLE_RATE = 48_000;

/** How long a packet plays; undefined for what is no packet. */
export function opusPacketMs(packet: Uint8Array): number | undefined {
  const toc = packet[0];
  if (toc === undefined) return undefined;
  const code = toc & 3;
  const frames = code === 0 ? 1 : code === 3 ? (packet[1] ?? 0) & 0x3f : 2;
  const duration = frames * frameMs(toc >> 3);
  return duration > 0 && duration <= 120 ? duration : undefined;
}

/**
 * A packet as long as one frame of `like`, with nothing in it: decoders conceal it, which is what RFC 7845 §4.1 asks for where packets are
 * missing.
 */
export function missingOpusPacket(like: Uint8Array): { readonly data: Uint8Array; readonly durationMs: number } {
  const toc = (like[0] ?? 0xfc) & 0xfc;
  return { data: Uint8Array.of(toc), durationMs: frameMs(toc >> 3) };
}

/** The identification header of RFC 7845 §5.1, which MP4 and WebM have too. No pre-skip: a recording begins in the middle. */
export function opusHead(channels: 1 | 2): Uint8Array {
  const head = new Uint8Array(19);
  const view = new DataView(head.buffer);
  for (let i = 0; i < 8; i++) head[i] = "OpusHead".charCodeAt(i);
  head[8] = 1; // version
  head[9] = channels;
  view.setUint32(12, OPUS_SAMPLE_RATE, true);
  return head;
}

/** RFC 6716 table 2. */
function frameMs(config: number): number {
  if (config < 12) return [10, 20, 40, 60][config & 3]!;
  if (config < 16) return [10, 20][config & 1]!;
  return [2.5, 5, 10, 20][config & 3]!;
}
