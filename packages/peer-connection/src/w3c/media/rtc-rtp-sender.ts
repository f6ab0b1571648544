/** https://w3c.github.io/webrtc-pc/#rtcrtpsender-interface */
import { supportedMedia } from "../../engine/media/capabilities.ts";
import type { SendRefusal } from "../../engine/media/types.ts";
import type { MediaKind, NegotiatedCodec, NegotiatedHeaderExtension } from "../../jsep/media-types.ts";
import { exposeInterface, requireInternal } from "../interface.ts";
import type { RTCDtlsTransport } from "../rtc-dtls-transport.ts";
import type { RTCStatsReport } from "../rtc-stats-report.ts";
import { promised, requireArguments, toDictionary, toDOMString } from "../webidl.ts";
import { type MediaStream, toStream } from "./media-stream.ts";
import { type MediaStreamTrack, toTrack } from "./media-stream-track.ts";
import type { RTCDTMFSender } from "./rtc-dtmf-sender.ts";
import { capabilitiesOf, type RTCRtpCapabilities, type RTCRtpSendParameters, toSendParameters } from "./rtp-parameters.ts";
import type { SendEncoding } from "./send-encodings.ts";

/** The internal slots, written by the connection's algorithms, and what the sender asks of its connection. */
export interface SenderSlots {
  readonly kind: MediaKind;
  track: MediaStreamTrack | null;
  transport: RTCDtlsTransport | null;
  lastStableTransport: RTCDtlsTransport | null;
  /** [[AssociatedMediaStreamIds]] */
  streamIds: readonly string[];
  /** [[SendEncodings]] */
  encodings: readonly SendEncoding[];
  /** [[LastStableRidlessSendEncodings]] */
  lastStableRidlessEncodings: readonly SendEncoding[] | null;
  lastReturnedParameters: RTCRtpSendParameters | null;
  sendCodecs: readonly NegotiatedCodec[];
  headerExtensions: readonly NegotiatedHeaderExtension[];
  reducedSize: boolean;
  readonly dtmf: RTCDTMFSender | null;
  getParameters(): RTCRtpSendParameters;
  setParameters(parameters: RTCRtpSendParameters): Promise<void>;
  replaceTrack(track: MediaStreamTrack | null): Promise<void>;
  setStreams(streamIds: readonly string[]): void;
  getStats(): Promise<RTCStatsReport>;
  selectLayer(rid: string | null): void;
  sendRefusal(): SendRefusal | null;
}

/** Sends a track to the peer. */
export class RTCRtpSender {
  readonly #slots: SenderSlots;

  /** @internal Only connections make senders. */
  constructor(...args: [token: symbol, slots: SenderSlots]) {
    requireInternal(args[0]);
    this.#slots = args[1];
  }

  /** What is sent; null for nothing. */
  get track(): MediaStreamTrack | null {
    return this.#slots.track;
  }

  /** What it is sent over; null until a description says so. */
  get transport(): RTCDtlsTransport | null {
    return this.#slots.transport;
  }

  /** Codecs and header extensions that can be sent; null for a kind there is not. */
  static getCapabilities(...args: [kind: string]): RTCRtpCapabilities | null {
    requireArguments(args, 1, "RTCRtpSender.getCapabilities");
    return capabilitiesOf(supportedMedia, toDOMString(args[0]));
  }

  /** Changes parameters that getParameters gave in this task. */
  setParameters(...args: [parameters: RTCRtpSendParameters, setParameterOptions?: object]): Promise<void> {
    return promised(() => {
      const slots = this.#slots;
      requireArguments(args, 1, "RTCRtpSender.setParameters");
      const parameters = toSendParameters(args[0]);
      toDictionary(args[1], "RTCSetParameterOptions"); // has no members
      return slots.setParameters(parameters);
    });
  }

  /** How the track is encoded and sent. */
  getParameters(): RTCRtpSendParameters {
    return this.#slots.getParameters();
  }

  /** Sends another track, or none, without negotiation. */
  replaceTrack(...args: [withTrack: MediaStreamTrack | null]): Promise<void> {
    return promised(() => {
      const slots = this.#slots;
      requireArguments(args, 1, "RTCRtpSender.replaceTrack");
      return slots.replaceTrack(args[0] === null || args[0] === undefined ? null : toTrack(args[0], "RTCRtpSender.replaceTrack"));
    });
  }

  /** The streams that the peer is told the track belongs to. */
  setStreams(...streams: MediaStream[]): void {
    const slots = this.#slots;
    slots.setStreams(streams.map((stream) => toStream(stream, "RTCRtpSender.setStreams").id));
  }

  /** Statistics of what it sends. */
  getStats(): Promise<RTCStatsReport> {
    return promised(() => this.#slots.getStats());
  }

  /** Sends telephone tones; null for video. */
  get dtmf(): RTCDTMFSender | null {
    return this.#slots.dtmf;
  }

  /**
   * Not W3C: why the last frame or packet of the track was not sent; null when it was, or when there was none. `"wrong-codec"`: the peer has not agreed to
   * the frame's mime type. `"not-negotiated"`: no answer yet. `"muted"`: the direction, or an encoding that is not active.
   */
  get sendRefusal(): SendRefusal | null {
    return this.#slots.sendRefusal();
  }

  /**
   * Not W3C: with a track that comes from a peer in several simulcast layers, the one to relay, from its next key frame on. Null: the receiver's
   * choice.
   */
  selectLayer(...args: [rid: string | null]): void {
    const slots = this.#slots;
    requireArguments(args, 1, "RTCRtpSender.selectLayer");
    slots.selectLayer(args[0] === null || args[0] === undefined ? null : toDOMString(args[0]));
  }
}

exposeInterface(RTCRtpSender, "RTCRtpSender", {
  getCapabilities: 1,
  setParameters: 1,
  replaceTrack: 1,
  setStreams: 0,
  selectLayer: 1,
});
