/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpreceiver-getcontributingsources: who was heard lately. */
import type { RtpSource } from "../../engine/media/media-stats.ts";
import type { ConnectionSlots } from "../connection-slots.ts";
import { linearLevel } from "./rtc-encoded-audio-frame.ts";
import type { RTCRtpContributingSource } from "./rtc-rtp-receiver.ts";

/** Dictionaries of what the engine heard, in its order. */
export function sourcesOf(slots: ConnectionSlots, sources: readonly RtpSource[]): RTCRtpContributingSource[] {
  const { timeOrigin } = slots.runtime;
  return sources.map(({ at, source, rtpTimestamp, audioLevel }) => ({
    timestamp: timeOrigin + at,
    source,
    rtpTimestamp,
    ...(audioLevel === undefined ? {} : { audioLevel: linearLevel(audioLevel) }),
  }));
}
