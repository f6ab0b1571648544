/** The nearest 16-bit sample; overload clips. */
export function toSample(value: number): number {
  if (value >= 32767) return 32767;
  if (value <= -32768) return -32768;
  return Math.round(value);
}

/** The root mean square of a signal at a level in dBov: 0 dBov is a square wave of full scale (RFC 3389 §3.1, RFC 6464 §3). */
export function rmsOfDbov(levelDbov: number): number {
  return 32768 * 10 ** (levelDbov / 20);
}
