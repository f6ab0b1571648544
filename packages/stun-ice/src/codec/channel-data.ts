/**
 * TURN ChannelData framing (RFC 8656 §12.4).
 *
 *     0                   1                   2                   3
 *    |         Channel Number        |            Length             |
 *    |                       Application Data                        |
 */
import { copyBytes, InvalidArgumentError, Malformed, readU16, writeU16 } from "@purertc/core";

/** Application data bound for, or from, a channel. */
export interface ChannelData {
  /** 0x4000 to 0x4fff (RFC 8656 §12). */
  readonly channel: number;
  readonly data: Uint8Array;
}

/** Octets before the data. */
export const CHANNEL_DATA_HEADER_LENGTH = 4;

/**
 * Reads a ChannelData message at the start of `bytes`. Padding, which streams need and datagrams may have, is passed over.
 * `data` is a copy. Channel numbers outside 0x4000 to 0x4fff are refused (RFC 8656 §12: reserved).
 */
export function parseChannelData(bytes: Uint8Array): ChannelData | Malformed<"truncated" | "bad-channel-number"> {
  if (bytes.length < CHANNEL_DATA_HEADER_LENGTH) return new Malformed("truncated", bytes.length);
  const channel = readU16(bytes, 0);
  if (channel < 0x4000 || channel > 0x4fff) return new Malformed("bad-channel-number", 0);
  const end = CHANNEL_DATA_HEADER_LENGTH + readU16(bytes, 2);
  if (end > bytes.length) return new Malformed("truncated", 2);
  return { channel, data: copyBytes(bytes.subarray(CHANNEL_DATA_HEADER_LENGTH, end)) };
}

/** What a writer may be told besides the message itself. */
export interface ChannelDataOptions {
  /** Pads to a multiple of 4: streams must (RFC 8656 §12.5), datagrams need not. Default false. */
  readonly padded?: boolean;
  /** Written instead of the length of the data. */
  readonly length?: number;
}

/** Writes a ChannelData message at the start of `out`; returns its length, padding included. Throws `InvalidArgumentError` when `out` is too small. */
export function writeChannelData(out: Uint8Array, message: ChannelData, options: ChannelDataOptions = {}): number {
  const { channel, data } = message;
  const end = CHANNEL_DATA_HEADER_LENGTH + data.length;
  const padding = options.padded === true ? -end & 3 : 0;
  if (end + padding > out.length) throw new InvalidArgumentError("the buffer is too small", { code: "STUN_BUFFER_TOO_SMALL" });
  writeU16(out, 0, channel);
  writeU16(out, 2, options.length ?? data.length);
  out.set(data, CHANNEL_DATA_HEADER_LENGTH);
  out.fill(0, end, end + padding);
  return end + padding;
}
