/**
 * Playout delay (webrtc.org/experiments/rtp-hdrext/playout-delay), in units of 10 ms:
 *
 *    |       MIN delay       |       MAX delay       |   12 bits each
 */
import { InvalidArgumentError, Malformed, readU24, writeU24 } from "@purertc/core";

/** The delay from capture to render that the sender wishes for. */
export interface PlayoutDelay {
  /** Milliseconds, 0 to 40 950 in steps of 10; not above `maximumMs`. */
  readonly minimumMs: number;
  /** Milliseconds, 0 to 40 950 in steps of 10. */
  readonly maximumMs: number;
}

/** Reads 3 octets; a minimum above the maximum is refused. */
export function parsePlayoutDelay(data: Uint8Array): PlayoutDelay | Malformed<"bad-length" | "bad-range"> {
  if (data.length !== 3) return new Malformed("bad-length", data.length);
  const both = readU24(data, 0);
  const minimumMs = (both >>> 12) * 10;
  const maximumMs = (both & 0xfff) * 10;
  return minimumMs > maximumMs ? new Malformed("bad-range", 0) : { minimumMs, maximumMs };
}

/** The value of the element. Throws `InvalidArgumentError` outside 0 to 40 950 ms. */
export function playoutDelayExtension({ minimumMs, maximumMs }: PlayoutDelay): Uint8Array {
  const [minimum, maximum] = [Math.round(minimumMs / 10), Math.round(maximumMs / 10)];
  if (!(minimum >= 0 && minimum <= maximum && maximum <= 0xfff)) {
    throw new InvalidArgumentError("playout delays are 0 to 40950 ms, the minimum not above the maximum", { code: "RTP_PLAYOUT_DELAY" });
  }
  const data = new Uint8Array(3);
  writeU24(data, 0, (minimum << 12) | maximum);
  return data;
}
