/** https://w3c.github.io/webrtc-pc/#codecmatch-algorithm: when two RTCRtpCodec dictionaries mean the same codec. */
import { codecIdentity } from "../../jsep/codec.ts";
import type { RtpCodec } from "../../jsep/media-types.ts";

/** The algorithm with ignoreAsymmetricalParameters false: every format parameter counts, in whatever order they come. */
export function codecsMatch(first: RtpCodec, second: RtpCodec): boolean {
  if (!isSameFormat(first, second)) return false;
  const [mine, theirs] = [mediaFormat(first), mediaFormat(second)];
  // Step 5.1.
  if (mine === undefined || theirs === undefined) return first.sdpFmtpLine === second.sdpFmtpLine;
  // Step 5.4.
  return mine.size === theirs.size && [...mine].every(([name, value]) => theirs.get(name) === value);
}

/** The algorithm with ignoreAsymmetricalParameters true: parameters that each side states for itself, such as levels, do not count. */
export function codecsMatchSymmetrically(first: RtpCodec, second: RtpCodec): boolean {
  if (!isSameFormat(first, second)) return false;
  if (mediaFormat(first) === undefined || mediaFormat(second) === undefined) return first.sdpFmtpLine === second.sdpFmtpLine;
  // Step 5.3.
  return codecIdentity(first) === codecIdentity(second);
}

/**
 * Whether a codec can be sent as negotiated: one of the negotiated ones, or one of the capabilities that was negotiated with other parameters, because peers
 * state parameters of their own.
 */
export function isNegotiated(codec: RtpCodec, negotiated: readonly RtpCodec[], capabilities: readonly RtpCodec[]): boolean {
  if (negotiated.some((other) => codecsMatchSymmetrically(other, codec))) return true;
  return (
    capabilities.some((other) => codecsMatch(other, codec)) && negotiated.some((other) => codecIdentity(other) === codecIdentity(codec))
  );
}

/** Steps 1 to 4. */
function isSameFormat(first: RtpCodec, second: RtpCodec): boolean {
  return (
    first.mimeType.toLowerCase() === second.mimeType.toLowerCase() &&
    first.clockRate === second.clockRate &&
    first.channels === second.channels &&
    (first.sdpFmtpLine === undefined) === (second.sdpFmtpLine === undefined)
  );
}

/** Step 5.2: the parameters, inferred ones included; undefined for a line that is not in key-value format. */
function mediaFormat({ mimeType, sdpFmtpLine = "" }: RtpCodec): ReadonlyMap<string, string> | undefined {
  const format = new Map(INFERRED.get(mimeType.toLowerCase()));
  for (const part of sdpFmtpLine.split(";")) {
    const text = part.trim();
    const at = text.indexOf("=");
    if (at > 0)
      format.set(
        text.slice(0, at).trim().toLowerCase(),
        text
          .slice(at + 1)
          .trim()
          .toLowerCase(),
      );
    else if (text !== "") return undefined;
  }
  return format;
}

/** What parameters are when they are left out. */
const INFERRED: ReadonlyMap<string, readonly (readonly [name: string, value: string])[]> = new Map([
  [
    // RFC 6184 §8.1.
    "video/h264",
    [
      ["packetization-mode", "0"],
      ["level-asymmetry-allowed", "0"],
      ["profile-level-id", "42000a"],
    ],
  ],
  ["video/vp9", [["profile-id", "0"]]], // RFC 9628 §6
  [
    // RTP Payload Format For AV1 §7.2.1.
    "video/av1",
    [
      ["profile", "0"],
      ["level-idx", "5"],
      ["tier", "0"],
    ],
  ],
  [
    // RFC 7798 §7.1.
    "video/h265",
    [
      ["profile-space", "0"],
      ["profile-id", "1"],
      ["tier-flag", "0"],
      ["level-id", "93"],
      ["tx-mode", "srst"],
    ],
  ],
]);
