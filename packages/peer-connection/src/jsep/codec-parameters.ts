/** a=fmtp of an answer: our own parameters, except where the payload format settles one value for both directions. */
import { formatParameters } from "@purertc/sdp";
import { answeredProfileLevelId, parseProfileLevelId } from "./h264-level.ts";
import type { RtpCodec } from "./media-types.ts";

/** What we say of `ours` when it answers `offered`, which is the same codec. Undefined: no a=fmtp. */
export function answeredParameters(ours: RtpCodec, offered: RtpCodec): string | undefined {
  const settle = SETTLING.get(ours.mimeType.toLowerCase());
  return settle === undefined ? ours.sdpFmtpLine : settle(ours.sdpFmtpLine, offered.sdpFmtpLine);
}

type Settle = (ours: string | undefined, offered: string | undefined) => string | undefined;

/** RFC 6184 §8.2.2: the level, and whether the two directions' may differ. */
function settleH264(ours: string | undefined, offered: string | undefined): string | undefined {
  const [mine, theirs] = [formatParameters(ours ?? ""), formatParameters(offered ?? "")];
  const asymmetry = mine.get("level-asymmetry-allowed") === "1" && theirs.get("level-asymmetry-allowed") === "1";
  const [our, their] = [parseProfileLevelId(mine.get("profile-level-id")), parseProfileLevelId(theirs.get("profile-level-id"))];
  if (our === undefined || their === undefined) return ours;
  const settled = withParameter(ours, "profile-level-id", answeredProfileLevelId(their, our, asymmetry));
  return asymmetry ? settled : withParameter(settled, "level-asymmetry-allowed", undefined);
}

/** RFC 7798 §7.2.2: an answer may lower the level. */
function settleH265(ours: string | undefined, offered: string | undefined): string | undefined {
  const levelOf = (line: string | undefined): number => Number(formatParameters(line ?? "").get("level-id") ?? DEFAULT_H265_LEVEL);
  const theirs = levelOf(offered);
  return theirs < levelOf(ours) ? withParameter(ours, "level-id", String(theirs)) : ours;
}

const SETTLING: ReadonlyMap<string, Settle> = new Map([
  ["video/h264", settleH264],
  ["video/h265", settleH265],
]);

/** RFC 7798 §7.1: level 3.1. */
const DEFAULT_H265_LEVEL = 93;

/** The line with a parameter set, in its place or at the end, or removed. */
function withParameter(line: string | undefined, name: string, value: string | undefined): string {
  const parts = (line ?? "").split(";").map((part) => part.trim());
  const at = parts.findIndex((part) => part.slice(0, part.indexOf("=")).trim().toLowerCase() === name);
  const replacement = value === undefined ? [] : [`${name}=${value}`];
  const changed = at < 0 ? [...parts, ...replacement] : parts.toSpliced(at, 1, ...replacement);
  return changed.filter((part) => part !== "").join(";");
}
