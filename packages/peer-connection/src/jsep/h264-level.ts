/**
 * H.264's profile-level-id (RFC 6184 §8.1): which profile it names, whose many spellings mean the same, and how an answer settles the level (§8.2.2).
 */

/** What six hexadecimal digits say. */
export interface H264ProfileLevel {
  /** Equal texts for what is the same profile, whatever its bits. */
  readonly profile: string;
  /** profile_idc and profile_iop as four lower case digits. */
  readonly profileDigits: string;
  /** Two lower case digits. */
  readonly levelDigits: string;
  /** Grows with the level: level_idc in tenths, and 10.5 for level 1b, which is between 1 and 1.1. */
  readonly level: number;
}

/** Reads a profile-level-id; undefined when it is not six hexadecimal digits. Absent, it means Baseline at level 1 (§8.1). */
export function parseProfileLevelId(text: string = "42000a"): H264ProfileLevel | undefined {
  if (!/^[0-9A-Fa-f]{6}$/.test(text)) return undefined;
  const digits = text.toLowerCase();
  const idc = Number.parseInt(digits.slice(0, 2), 16);
  const iop = Number.parseInt(digits.slice(2, 4), 16);
  const levelIdc = Number.parseInt(digits.slice(4), 16);
  const known = PROFILES.find((one) => one.idc === idc && (iop & one.mask) === one.value);
  // H.264 §A.3.1: level 1b is level_idc 11 with constraint_set3_flag in the profiles where the flag is free, and level_idc 9 in the others.
  const isFlagged1b = levelIdc === 11 && (iop & CONSTRAINT_SET3) !== 0 && FLAGGED_1B.includes(idc);
  return {
    profile: known?.name ?? digits.slice(0, 4),
    profileDigits: digits.slice(0, 4),
    levelDigits: digits.slice(4),
    level: isFlagged1b || levelIdc === 9 ? 10.5 : levelIdc,
  };
}

/**
 * The profile-level-id of an answer (§8.2.2): our own when both sides allow the levels to differ, for it says what we receive; otherwise the lower of
 * the two, which is then both directions'. The profiles are the same.
 */
export function answeredProfileLevelId(offered: H264ProfileLevel, ours: H264ProfileLevel, asymmetryAllowed: boolean): string {
  const settled = asymmetryAllowed || ours.level <= offered.level ? ours : offered;
  return settled.profileDigits + settled.levelDigits;
}

/** §8.1, table 5: each profile's values of profile_idc, and the bits of profile_iop that must be as given. */
const PROFILES: readonly { readonly name: string; readonly idc: number; readonly mask: number; readonly value: number }[] = [
  { name: "constrained-baseline", idc: 0x42, mask: 0x4f, value: 0x40 },
  { name: "constrained-baseline", idc: 0x4d, mask: 0x8f, value: 0x80 },
  { name: "constrained-baseline", idc: 0x58, mask: 0xcf, value: 0xc0 },
  { name: "baseline", idc: 0x42, mask: 0x4f, value: 0x00 },
  { name: "baseline", idc: 0x58, mask: 0xcf, value: 0x80 },
  { name: "main", idc: 0x4d, mask: 0xaf, value: 0x00 },
  { name: "extended", idc: 0x58, mask: 0xcf, value: 0x00 },
  { name: "constrained-high", idc: 0x64, mask: 0xff, value: 0x0c },
  { name: "high", idc: 0x64, mask: 0xff, value: 0x00 },
  { name: "high-10", idc: 0x6e, mask: 0xff, value: 0x00 },
  { name: "high-4:2:2", idc: 0x7a, mask: 0xff, value: 0x00 },
  { name: "high-4:4:4-predictive", idc: 0xf4, mask: 0xff, value: 0x00 },
  { name: "high-10-intra", idc: 0x6e, mask: 0xff, value: 0x10 },
  { name: "high-4:2:2-intra", idc: 0x7a, mask: 0xff, value: 0x10 },
  { name: "high-4:4:4-intra", idc: 0xf4, mask: 0xff, value: 0x10 },
  { name: "cavlc-4:4:4-intra", idc: 0x2c, mask: 0xff, value: 0x10 },
];

const CONSTRAINT_SET3 = 0x10;
const FLAGGED_1B: readonly number[] = [0x42, 0x4d, 0x58];
