/** What all statistics objects have. */

/** https://w3c.github.io/webrtc-stats/#dom-rtcstatstype, as far as there are such objects. */
export type RTCStatsType =
  | "codec"
  | "inbound-rtp"
  | "outbound-rtp"
  | "remote-inbound-rtp"
  | "remote-outbound-rtp"
  | "media-source"
  | "peer-connection"
  | "data-channel"
  | "transport"
  | "candidate-pair"
  | "local-candidate"
  | "remote-candidate"
  | "certificate";

/** https://w3c.github.io/webrtc-pc/#dom-rtcstats */
export interface RTCStats {
  /** Unix milliseconds. */
  timestamp: number;
  type: RTCStatsType;
  id: string;
}
