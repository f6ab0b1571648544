/**
 * Extensions that carry a time.
 *
 *    abs-send-time       24 bits: seconds, 6.18 fixed point, of the sender's clock modulo 64 s
 *    abs-capture-time    64 bits: NTP time (RFC 3550 §4) of capture; then optionally 64 bits: offset to the capturer's clock, 32.32 signed
 *    toffset             24 bits signed: transmission time minus timestamp, in units of the timestamp (RFC 5450 §3)
 */
import { Malformed, readU24, readU64, writeU24, writeU64 } from "@purertc/core";

/** Octets of an abs-send-time value. */
export const ABS_SEND_TIME_LENGTH = 3;

/** The 24-bit abs-send-time of a moment, `ms` of any clock that runs evenly. */
export function absSendTimeFromMs(ms: number): number {
  const value = Math.round(((((ms % 64_000) + 64_000) % 64_000) * 2 ** 18) / 1000);
  return value & 0xff_ffff;
}

/** Milliseconds, 0 to 64 000, that a 24-bit abs-send-time means. */
export function msFromAbsSendTime(absSendTime: number): number {
  return (absSendTime * 1000) / 2 ** 18;
}

/** Milliseconds from one abs-send-time to another, read as the nearest: -32 000 to 32 000. */
export function absSendTimeDifferenceMs(later: number, earlier: number): number {
  return msFromAbsSendTime(((later - earlier) << 8) >> 8);
}

/** Reads the 24-bit value. */
export function parseAbsSendTime(data: Uint8Array): number | Malformed<"bad-length"> {
  return data.length === ABS_SEND_TIME_LENGTH ? readU24(data, 0) : new Malformed("bad-length", data.length);
}

/** The value of an abs-send-time element. */
export function absSendTimeExtension(absSendTime: number): Uint8Array {
  const data = new Uint8Array(ABS_SEND_TIME_LENGTH);
  writeU24(data, 0, absSendTime);
  return data;
}

/** When a frame was captured, and by whose clock. */
export interface AbsCaptureTime {
  /** NTP timestamp, 32.32 fixed point, in the clock of the sender of this packet. */
  readonly absoluteCaptureTimestamp: bigint;
  /** Offset of the capturing system's NTP clock to it, signed 32.32 fixed point seconds. */
  readonly estimatedCaptureClockOffset?: bigint;
}

/** Reads 8 or 16 octets. */
export function parseAbsCaptureTime(data: Uint8Array): AbsCaptureTime | Malformed<"bad-length"> {
  if (data.length !== 8 && data.length !== 16) return new Malformed("bad-length", data.length);
  const absoluteCaptureTimestamp = readU64(data, 0);
  if (data.length === 8) return { absoluteCaptureTimestamp };
  return { absoluteCaptureTimestamp, estimatedCaptureClockOffset: BigInt.asIntN(64, readU64(data, 8)) };
}

/** The value of an abs-capture-time element, 8 or 16 octets. */
export function absCaptureTimeExtension(time: AbsCaptureTime): Uint8Array {
  const data = new Uint8Array(time.estimatedCaptureClockOffset === undefined ? 8 : 16);
  writeU64(data, 0, time.absoluteCaptureTimestamp);
  if (time.estimatedCaptureClockOffset !== undefined) writeU64(data, 8, time.estimatedCaptureClockOffset);
  return data;
}

/** Reads the signed 24-bit offset. */
export function parseTransmissionOffset(data: Uint8Array): number | Malformed<"bad-length"> {
  return data.length === 3 ? (readU24(data, 0) << 8) >> 8 : new Malformed("bad-length", data.length);
}

/** The value of a toffset element, for -2^23 to 2^23 - 1. */
export function transmissionOffsetExtension(offset: number): Uint8Array {
  const data = new Uint8Array(3);
  writeU24(data, 0, offset);
  return data;
}
