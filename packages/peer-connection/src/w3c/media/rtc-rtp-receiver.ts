/** https://w3c.github.io/webrtc-pc/#rtcrtpreceiver-interface */
import { supportedMedia } from "../../engine/media/capabilities.ts";
import type { NegotiatedCodec, NegotiatedHeaderExtension } from "../../jsep/media-types.ts";
import { exposeInterface, requireInternal } from "../interface.ts";
import type { RTCDtlsTransport } from "../rtc-dtls-transport.ts";
import type { RTCStatsReport } from "../rtc-stats-report.ts";
import { promised, requireArguments, toDOMString } from "../webidl.ts";
import type { MediaStream } from "./media-stream.ts";
import type { MediaStreamTrack } from "./media-stream-track.ts";
import {
  capabilitiesOf,
  codecParametersOf,
  headerExtensionParametersOf,
  type RTCRtpCapabilities,
  type RTCRtpReceiveParameters,
  toJitterBufferTarget,
} from "./rtp-parameters.ts";

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpcontributingsource */
export interface RTCRtpContributingSource {
  /** Unix time in milliseconds: `performance.timeOrigin + performance.now()` when it was last heard. */
  timestamp: number;
  source: number;
  /** Linear, from 0 (silence) to 1 (0 dBov). */
  audioLevel?: number;
  rtpTimestamp: number;
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpsynchronizationsource */
export type RTCRtpSynchronizationSource = RTCRtpContributingSource;

/** The internal slots, written by the connection's algorithms, and what the receiver asks of its connection. */
export interface ReceiverSlots {
  readonly track: MediaStreamTrack;
  transport: RTCDtlsTransport | null;
  lastStableTransport: RTCDtlsTransport | null;
  /** [[AssociatedRemoteMediaStreams]] */
  streams: readonly MediaStream[];
  lastStableStreams: readonly MediaStream[];
  receiveCodecs: readonly NegotiatedCodec[];
  lastStableReceiveCodecs: readonly NegotiatedCodec[];
  headerExtensions: readonly NegotiatedHeaderExtension[];
  reducedSize: boolean;
  jitterBufferTarget: number | null;
  setJitterBufferTarget(target: number | null): void;
  contributingSources(): RTCRtpContributingSource[];
  synchronizationSources(): RTCRtpSynchronizationSource[];
  getStats(): Promise<RTCStatsReport>;
  requestKeyframe(): void;
  selectLayer(rid: string | null): void;
  layers(): readonly string[];
}

/** Receives a track from the peer. */
export class RTCRtpReceiver {
  readonly #slots: ReceiverSlots;

  /** @internal Only connections make receivers. */
  constructor(...args: [token: symbol, slots: ReceiverSlots]) {
    requireInternal(args[0]);
    this.#slots = args[1];
  }

  /** What is received; the same object always, muted until the first packet. */
  get track(): MediaStreamTrack {
    return this.#slots.track;
  }

  /** What it comes over; null until a description says so. */
  get transport(): RTCDtlsTransport | null {
    return this.#slots.transport;
  }

  /**
   * https://w3c.github.io/webrtc-pc/#dom-rtcrtpreceiver-jitterbuffertarget, 0 to 4000 ms; null for what is best. There is no playout here: it is how long
   * frames wait for missing packets before them.
   */
  get jitterBufferTarget(): number | null {
    return this.#slots.jitterBufferTarget;
  }

  set jitterBufferTarget(value: number | null) {
    const slots = this.#slots;
    const target = toJitterBufferTarget(value);
    if (target !== null && (target < 0 || target > 4000)) throw new RangeError("jitterBufferTarget must be from 0 to 4000.");
    slots.setJitterBufferTarget(target);
  }

  /** Codecs and header extensions that can be received; null for a kind there is not. */
  static getCapabilities(...args: [kind: string]): RTCRtpCapabilities | null {
    requireArguments(args, 1, "RTCRtpReceiver.getCapabilities");
    return capabilitiesOf(supportedMedia, toDOMString(args[0]));
  }

  /** What the peer may send. */
  getParameters(): RTCRtpReceiveParameters {
    const { headerExtensions, reducedSize, receiveCodecs } = this.#slots;
    return {
      headerExtensions: headerExtensions.map(headerExtensionParametersOf),
      rtcp: { reducedSize },
      codecs: receiveCodecs.map(codecParametersOf),
    };
  }

  /** CSRCs of the last ten seconds, the latest first. */
  getContributingSources(): RTCRtpContributingSource[] {
    return this.#slots.contributingSources();
  }

  /** SSRCs of the last ten seconds, the latest first. */
  getSynchronizationSources(): RTCRtpSynchronizationSource[] {
    return this.#slots.synchronizationSources();
  }

  /** Statistics of what it receives. */
  getStats(): Promise<RTCStatsReport> {
    return promised(() => this.#slots.getStats());
  }

  /** Not W3C: asks the peer for a key frame. */
  requestKeyframe(): void {
    this.#slots.requestKeyframe();
  }

  /** Not W3C: which simulcast layer frames come from; null for the first that arrives. */
  selectLayer(...args: [rid: string | null]): void {
    const slots = this.#slots;
    requireArguments(args, 1, "RTCRtpReceiver.selectLayer");
    slots.selectLayer(args[0] === null || args[0] === undefined ? null : toDOMString(args[0]));
  }

  /** Not W3C: the simulcast layers that the peer has sent so far. */
  getLayers(): string[] {
    return [...this.#slots.layers()];
  }
}

exposeInterface(RTCRtpReceiver, "RTCRtpReceiver", { getCapabilities: 1, selectLayer: 1 });
