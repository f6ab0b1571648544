/**
 * The byte stream format of H.264 and H.265 (annex B of either): NAL units behind start codes 00 00 01, with any number of zeros before and after.
 */

/** Offset of the first octet of the NAL unit after the next start code at or behind `from`; `bytes.length` when there is none. */
export function nextNalUnit(bytes: Uint8Array, from: number): number {
  for (let i = from + 2; i < bytes.length; ) {
    const octet = bytes[i]!;
    if (octet > 1) i += 3;
    else if (octet === 1) {
      if (bytes[i - 1] === 0 && bytes[i - 2] === 0) return i + 1;
      i += 3;
    } else i += 1;
  }
  return bytes.length;
}

/** End of the NAL unit that starts at `at`, trailing zeros left out. `next`: what `nextNalUnit(bytes, at)` gave. */
export function nalUnitEnd(bytes: Uint8Array, at: number, next: number): number {
  let end = next === bytes.length && !endsWithStartCode(bytes, next) ? next : next - 3;
  while (end > at && bytes[end - 1] === 0) end -= 1;
  return end;
}

/** A start code at the very end begins no NAL unit. */
function endsWithStartCode(bytes: Uint8Array, end: number): boolean {
  return end >= 3 && bytes[end - 1] === 1 && bytes[end - 2] === 0 && bytes[end - 3] === 0;
}

/** Puts start and end offsets of all NAL units, in pairs, into `offsets`. Empty ones are left out. */
export function locateNalUnits(bytes: Uint8Array, offsets: number[]): void {
  offsets.length = 0;
  for (let at = nextNalUnit(bytes, 0); at < bytes.length; ) {
    const next = nextNalUnit(bytes, at);
    const end = nalUnitEnd(bytes, at, next);
    if (end > at) offsets.push(at, end);
    at = next;
  }
}

/** Octets of the start code that depacketizers write. */
export const START_CODE: Uint8Array = Uint8Array.of(0, 0, 0, 1);
