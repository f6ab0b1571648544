/** NTP timestamps (RFC 3550 §4): seconds since 1900 in 32.32 fixed point, here a bigint; and the middle 32 bits, 16.16 fixed point, here a number. */

/** The NTP timestamp of a Unix time in milliseconds, such as `timeOrigin + now`. Wraps in 2036, as NTP does. */
export function ntpFromUnixMs(unixMs: number): bigint {
  const seconds = Math.floor(unixMs / 1000);
  const fraction = Math.min(Math.round(((unixMs - seconds * 1000) * 2 ** 32) / 1000), 2 ** 32 - 1);
  return ((BigInt(seconds + SECONDS_1900_TO_1970) % 2n ** 32n) << 32n) | BigInt(fraction);
}

/** The Unix time in milliseconds that an NTP timestamp means, between 1968 and 2104: the top bit clear reads as after 2036 (RFC 4330 §3). */
export function unixMsFromNtp(ntp: bigint): number {
  const seconds = Number(ntp >> 32n);
  const era = seconds < 2 ** 31 ? 2 ** 32 : 0;
  return (seconds + era - SECONDS_1900_TO_1970) * 1000 + (Number(ntp & 0xffff_ffffn) * 1000) / 2 ** 32;
}

/** The middle 32 bits: what LSR and LRR carry (RFC 3550 §6.4.1). */
export function compactNtp(ntp: bigint): number {
  return Number((ntp >> 16n) & 0xffff_ffffn);
}

/** Milliseconds as a 16.16 duration, such as DLSR: 0 to 65 536 s, clamped. */
export function compactFromMs(ms: number): number {
  return Math.min(Math.max(Math.round((ms * 65_536) / 1000), 0), 0xffff_ffff);
}

/** Milliseconds that a 16.16 duration means. */
export function msFromCompact(duration: number): number {
  return (duration * 1000) / 65_536;
}

/**
 * Round-trip time in milliseconds (RFC 3550 §6.4.1): `now - LSR - DLSR`, all in 16.16. Undefined when no report was received yet (LSR 0) or when clocks make it
 * negative.
 */
export function roundTripMs(nowCompact: number, lastReport: number, delaySinceLastReport: number): number | undefined {
  if (lastReport === 0) return undefined;
  const difference = (nowCompact - lastReport - delaySinceLastReport) | 0;
  return difference < 0 ? undefined : msFromCompact(difference);
}

const SECONDS_1900_TO_1970 = 2_208_988_800;
