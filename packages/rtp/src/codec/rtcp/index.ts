/** RTCP (RFC 3550 §6) and its feedback messages: bytes to values and back. */
export type { ApplicationDefined } from "./application-defined.ts";
export { compoundFault, type ParseRtcpOptions, parseRtcp, type WriteRtcpOptions, writeRtcp } from "./compound.ts";
export type { CongestionControlFeedback, PacketMetric, StreamFeedback } from "./congestion-control-feedback.ts";
export type {
  DelaySinceLastReceiverReport,
  ExtendedReport,
  ExtendedReportBlock,
  OtherReportBlock,
  ReceiverReferenceTime,
} from "./extended-report.ts";
export type { Goodbye } from "./goodbye.ts";
export { RTCP_PACKET_TYPE, type RtcpFault, type StatedRtcpHeader } from "./header.ts";
export { compactFromMs, compactNtp, msFromCompact, ntpFromUnixMs, roundTripMs, unixMsFromNtp } from "./ntp-time.ts";
export { type RtcpPacket, type UnknownRtcpPacket, writeRtcpPacket } from "./packet.ts";
export type { FullIntraRequest, PictureLossIndication, ReceiverEstimatedMaxBitRate, SliceLossIndication } from "./payload-feedback.ts";
export type { ReceiverReport, ReportBlock, SenderReport } from "./reports.ts";
export {
  type PrivateExtension,
  privateExtensionItem,
  privateExtensionOf,
  SDES_ITEM_TYPE,
  type SourceDescription,
  type SourceDescriptionChunk,
  type SourceDescriptionItem,
  sdesItem,
  sdesText,
} from "./source-description.ts";
export { RECEIVE_DELTA_UNIT_MS, REFERENCE_TIME_UNIT_MS, type ReceivedPacket, type TransportFeedback } from "./transport-cc.ts";
export {
  type BitRateLimit,
  type BitRateNotification,
  type BitRateRequest,
  type FeedbackMessage,
  type GenericNack,
  type NackEntry,
  nackEntries,
  nackedSequenceNumbers,
} from "./transport-feedback.ts";
