/**
 * What negotiation says of media: what is offered of each transceiver, and what an audio or video section settles. The vocabulary is RFC 9429's; the
 * engine owns the transceivers and hands a snapshot of them to the pure functions of this folder with every call.
 *
 * Worth knowing of what comes back: `headerExtensions` say which side may send each; `requestedEncodings` of a remote offer are to be taken over before the
 * answer is created; in one bundle a peer may give a payload type or an extension id two meanings (Firefox does), so they are to be read per section.
 */

/** Names a transceiver for the life of its engine; never reused. */
export type TransceiverId = number;

/** "audio" or "video". */
export type MediaKind = "audio" | "video";

/** RTCRtpTransceiverDirection without "stopped", always from our point of view. */
export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** A codec as capabilities, preferences and descriptions name it (webrtc-pc RTCRtpCodec). */
export interface RtpCodec {
  /** Kind and encoding name, `"audio/opus"`; compared without regard to case. */
  readonly mimeType: string;
  /** Hz: the RTP clock (8000 for G.722, RFC 3551 §4.5.2). */
  readonly clockRate: number;
  /** Audio only. */
  readonly channels?: number;
  /** The value of a=fmtp, as written. */
  readonly sdpFmtpLine?: string;
}

/** A codec with its payload type in one direction of one section. */
export interface NegotiatedCodec extends RtpCodec {
  /** 0 to 127. */
  readonly payloadType: number;
  /** What both sides do of a=rtcp-fb: `"nack"`, `"nack pli"`, `"ccm fir"`, `"transport-cc"`, `"goog-remb"`, `"ack ccfb"`. */
  readonly rtcpFeedback: readonly string[];
  /** `video/rtx` and `video/rtx`-like only: the payload type it repairs (a=fmtp apt). */
  readonly repairs?: number;
}

/** A header extension by its negotiated id (RFC 8285 §5). */
export interface NegotiatedHeaderExtension {
  readonly uri: string;
  /** 1 to 14, or to 255 where a=extmap-allow-mixed was agreed. */
  readonly id: number;
  /** RFC 6904: agreed to be encrypted. */
  readonly encrypted: boolean;
  /** RFC 8285 §6: whether we may send it, and whether the peer may. At least one of them. */
  readonly sends: boolean;
  readonly receives: boolean;
}

/** What can be done at all: codecs and header extensions in order of preference (webrtc-pc RTCRtpCapabilities, with the feedback each codec takes). */
export interface MediaCapabilities {
  /** `video/rtx`, listed once, stands for the retransmissions of each codec; `audio/red` needs no parameters either. They get them when they are offered. */
  readonly codecs: readonly (RtpCodec & { readonly rtcpFeedback: readonly string[] })[];
  /** "inactive": accepted both ways when the peer offers it, and not offered by us but where it was agreed on before or simulcast needs it (rid and the like). */
  readonly headerExtensions: readonly { readonly uri: string; readonly direction: Direction }[];
  /** Feedback that is taken with any codec when the peer offers it, and not offered by us but where it was agreed on before: `"ack ccfb"`. Default none. */
  readonly acceptedFeedback?: readonly string[];
}

/** One encoding of a sender, as descriptions see it. */
export interface LocalEncoding {
  /** RFC 8851; absent for the only encoding of a sender that does no simulcast. */
  readonly rid?: string;
  readonly active: boolean;
  readonly ssrc: number;
  /** Of its retransmissions (RFC 4588), used when rtx is negotiated. */
  readonly rtxSsrc: number;
}

/** A transceiver as the engine has it when a description is created or checked. */
export interface LocalTransceiver {
  readonly id: TransceiverId;
  readonly kind: MediaKind;
  /** [[Mid]]; undefined until a description names it. */
  readonly mid: string | undefined;
  /** m= line index of the section it is associated with. */
  readonly index: number | undefined;
  /** [[Direction]]. */
  readonly direction: Direction;
  readonly stopping: boolean;
  readonly stopped: boolean;
  /** Made by addTrack, so that a remote section may take it (RFC 9429 §5.10). */
  readonly addedByTrack: boolean;
  /** setCodecPreferences; empty: the capabilities in their order. */
  readonly codecPreferences: readonly RtpCodec[];
  /** msid: what the sender's track is called (webrtc-pc [[AssociatedMediaStreamIds]]). */
  readonly streamIds: readonly string[];
  /** The sender's track's id, or a name made for the sender when it has none. Second half of a=msid where it is written. */
  readonly trackId: string;
  /** RFC 3550 §6.5.1, the same for the whole connection. */
  readonly cname: string;
  readonly encodings: readonly LocalEncoding[];
}

/** What one side's descriptions say about one stream that it sends. */
export interface RemoteStreamDescription {
  /** a=ssrc of the section, in order; empty when the peer relies on mid and rid. */
  readonly ssrcs: readonly number[];
  /** a=ssrc-group: `FID` pairs a stream with its retransmissions, `SIM` lists the layers. */
  readonly ssrcGroups: readonly { readonly semantics: string; readonly ssrcs: readonly number[] }[];
  /** a=msid stream ids, "-" left out; from a=ssrc msid where there is no a=msid. */
  readonly streamIds: readonly string[];
  readonly trackId?: string;
  readonly cname?: string;
}

/** One audio or video section, settled as far as the descriptions in effect allow. */
export interface NegotiatedMedia {
  /** m= line index. */
  readonly index: number;
  readonly mid: string;
  readonly kind: MediaKind;
  /** Port zero or stopped: nothing flows, and after a final answer the transceiver is stopped. */
  readonly rejected: boolean;
  /** `NegotiatedTransport.id`; absent when rejected. */
  readonly transportId?: string;
  /** The transceiver of the section. Undefined only for a remote offer's section that none fits: the owner makes one ("recvonly") and tells which with the next snapshot's `mid`. */
  readonly transceiver: TransceiverId | undefined;
  /** The direction of the description just applied, from our point of view: for a remote one reversed. What an answer settles is the transceiver's [[CurrentDirection]]. */
  readonly direction: Direction;
  /** With a final or provisional answer of either side: what may flow. Absent before. */
  readonly agreed?: AgreedMedia;
  /** Offers only: the codecs that the section lists, with its payload types. */
  readonly offeredCodecs?: readonly NegotiatedCodec[];
  /** What the remote description in effect says of what the peer sends. */
  readonly remote?: RemoteStreamDescription;
  /**
   * Remote offers only: the simulcast streams that the peer asks us to send (RFC 8853), in order; absent when it asks for none. A sender that has a single
   * encoding and was never negotiated takes them over as its encodings (webrtc-pc §4.4.1.5, "proposedSendEncodings") before the answer is created.
   */
  readonly requestedEncodings?: readonly { readonly rid: string; readonly active: boolean }[];
}

/** What an answer settles for a section. */
export interface AgreedMedia {
  /** From our point of view; "inactive" when rejected. */
  readonly direction: Direction;
  /** Codecs we may send, in the peer's order of preference, with the peer's payload types; rtx, red, telephone-event and CN among them. */
  readonly sendCodecs: readonly NegotiatedCodec[];
  /** Codecs the peer may send, with our payload types. */
  readonly receiveCodecs: readonly NegotiatedCodec[];
  readonly headerExtensions: readonly NegotiatedHeaderExtension[];
  /** a=rtcp-mux on both sides. Without it RTCP would have a transport of its own, and the section is refused (rtcpMuxPolicy "require"). */
  readonly rtcpMux: boolean;
  /** RFC 5506, a=rtcp-rsize on both sides. */
  readonly rtcpReducedSize: boolean;
  /** RFC 8285 §6, a=extmap-allow-mixed on both sides: one- and two-byte header extensions may alternate in a stream. */
  readonly extmapAllowMixed: boolean;
  /** RFC 9335, a=cryptex on both sides. */
  readonly cryptex: boolean;
  /** Rids we send (RFC 8853), in order; empty: no simulcast. Those the peer pauses (`~`) are in `pausedRids` too. */
  readonly sendRids: readonly string[];
  readonly pausedRids: readonly string[];
  /** Rids the peer sends; empty: no simulcast. */
  readonly receiveRids: readonly string[];
  /** a=ptime and a=maxptime of the remote description, in ms. */
  readonly ptime?: number;
  readonly maxptime?: number;
}
