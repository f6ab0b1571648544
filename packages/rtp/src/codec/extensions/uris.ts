/** Names of header extensions in SDP (`a=extmap`, RFC 8285 §5), as the browsers write them. */
export const HEADER_EXTENSION_URI = {
  /** RFC 9143 §15.1. */
  mid: "urn:ietf:params:rtp-hdrext:sdes:mid",
  /** RFC 8852 §4.3. */
  rid: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  /** RFC 8852 §4.3. */
  repairedRid: "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
  /** draft-holmer-rmcat-transport-wide-cc-extensions-01. */
  transportWideCc: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  transportWideCcV2: "http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02",
  absSendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  absCaptureTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
  /** RFC 6464. */
  clientToMixerAudioLevel: "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  /** RFC 6465. */
  mixerToClientAudioLevel: "urn:ietf:params:rtp-hdrext:csrc-audio-level",
  /** 3GPP TS 26.114 §7.4.5. */
  videoOrientation: "urn:3gpp:video-orientation",
  playoutDelay: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
  /** RFC 5450. */
  transmissionOffset: "urn:ietf:params:rtp-hdrext:toffset",
  /** AV1 RTP specification, appendix A. */
  dependencyDescriptor: "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
  videoLayersAllocation: "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
} as const;

/** One of the names. */
export type HeaderExtensionUri = (typeof HEADER_EXTENSION_URI)[keyof typeof HEADER_EXTENSION_URI];
