/** What this peer can negotiate by default: frames come encoded, so any codec whose payload format is known can be sent and received. */
import { HEADER_EXTENSION_URI } from "@purertc/rtp";
import type { MediaCapabilities } from "../../jsep/media-types.ts";

/** Capabilities of both kinds, each in order of preference. */
export interface SupportedMedia {
  readonly audio: MediaCapabilities;
  readonly video: MediaCapabilities;
}

type Codec = MediaCapabilities["codecs"][number];

const AUDIO_FEEDBACK = ["transport-cc"];
/** RFC 4585 §4.2, RFC 5104 §7.1, draft-alvestrand-rmcat-remb-03 §2.3, draft-holmer-rmcat-transport-wide-cc-extensions-01 §3. */
const VIDEO_FEEDBACK = ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"];

/** RFC 8888 §6. */
const ACCEPTED_FEEDBACK = ["ack ccfb"];

const audio = (name: string, clockRate: number, channels: number, sdpFmtpLine?: string): Codec => ({
  mimeType: `audio/${name}`,
  clockRate,
  channels,
  ...(sdpFmtpLine === undefined ? {} : { sdpFmtpLine }),
  rtcpFeedback: name === "opus" ? AUDIO_FEEDBACK : [],
});

const video = (name: string, sdpFmtpLine?: string): Codec => ({
  mimeType: `video/${name}`,
  clockRate: 90_000,
  ...(sdpFmtpLine === undefined ? {} : { sdpFmtpLine }),
  rtcpFeedback: VIDEO_FEEDBACK,
});

/** RFC 6184 §8.1: profile_idc, constraint flags and level of H.264; `mode` as packetization-mode. */
const h264 = (profileLevelId: string, mode: 0 | 1): Codec =>
  video("H264", `level-asymmetry-allowed=1;packetization-mode=${mode};profile-level-id=${profileLevelId}`);

const offered = (uri: string): MediaCapabilities["headerExtensions"][number] => ({ uri, direction: "sendrecv" });
/** Taken when the peer offers it. */
const accepted = (uri: string): MediaCapabilities["headerExtensions"][number] => ({ uri, direction: "inactive" });

/**
 * See the file's header. RTX stands once for all codecs (RFC 4588 §8.1: each gets a payload type of its own that names it).
 * RED is for audio only: without ULPFEC, video in RED (RFC 5109) only costs.
 */
export const supportedMedia: SupportedMedia = {
  audio: {
    acceptedFeedback: ACCEPTED_FEEDBACK,
    codecs: [
      audio("opus", 48_000, 2, "minptime=10;useinbandfec=1"),
      audio("red", 48_000, 2),
      audio("G722", 8000, 1),
      audio("PCMU", 8000, 1),
      audio("PCMA", 8000, 1),
      audio("CN", 8000, 1),
      audio("telephone-event", 48_000, 1, "0-15"),
      audio("telephone-event", 8000, 1, "0-15"),
    ],
    headerExtensions: [
      offered(HEADER_EXTENSION_URI.clientToMixerAudioLevel),
      offered(HEADER_EXTENSION_URI.absSendTime),
      offered(HEADER_EXTENSION_URI.transportWideCc),
      offered(HEADER_EXTENSION_URI.mid),
      accepted(HEADER_EXTENSION_URI.mixerToClientAudioLevel),
      accepted(HEADER_EXTENSION_URI.absCaptureTime),
    ],
  },
  video: {
    acceptedFeedback: ACCEPTED_FEEDBACK,
    codecs: [
      video("VP8"),
      video("VP9", "profile-id=0"),
      video("VP9", "profile-id=2"),
      h264("42001f", 1),
      h264("42001f", 0),
      h264("42e01f", 1),
      h264("42e01f", 0),
      h264("4d001f", 1),
      h264("4d001f", 0),
      h264("640c1f", 1),
      h264("64001f", 1),
      h264("64001f", 0),
      video("AV1", "level-idx=5;profile=0;tier=0"),
      video("H265", "level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST"),
      { mimeType: "video/rtx", clockRate: 90_000, rtcpFeedback: [] },
    ],
    headerExtensions: [
      accepted(HEADER_EXTENSION_URI.transmissionOffset),
      offered(HEADER_EXTENSION_URI.absSendTime),
      offered(HEADER_EXTENSION_URI.videoOrientation),
      offered(HEADER_EXTENSION_URI.transportWideCc),
      offered(HEADER_EXTENSION_URI.playoutDelay),
      offered(HEADER_EXTENSION_URI.mid),
      // INTEROP: once a video section was negotiated without these, Chromium 156 cannot offer simulcast in a later one.
      offered(HEADER_EXTENSION_URI.rid),
      offered(HEADER_EXTENSION_URI.repairedRid),
      accepted(HEADER_EXTENSION_URI.absCaptureTime),
      accepted(HEADER_EXTENSION_URI.dependencyDescriptor),
      accepted(HEADER_EXTENSION_URI.videoLayersAllocation),
    ],
  },
};
