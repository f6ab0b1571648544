/** One stream that is received: what is counted of it, what is asked for again, and its frames. */
import type { Instant } from "@purertc/core";
import {
  KeyframeRequester,
  NackGenerator,
  nackEntries,
  ReceptionStatistics,
  type ReportBlock,
  type RtcpPacket,
  type RtpReader,
  type SenderReport,
  type StreamRoute,
  unixMsFromNtp,
} from "@purertc/rtp";
import type { MediaKind, NegotiatedCodec, NegotiatedHeaderExtension } from "../../jsep/media-types.ts";
import { type AudioDuration, audioDurationOf } from "./audio-duration.ts";
import type { ExtensionIds } from "./extension-ids.ts";
import { FrameCounter } from "./frame-counter.ts";
import { type FrameCounts, InboundFrames, noFrames } from "./inbound-frames.ts";
import { type KeyframeTest, keyframeTestOf } from "./keyframe-packet.ts";
import { SeenPackets } from "./seen-packets.ts";
import type { MediaTunables } from "./tunables.ts";
import type { EncodedFrame, RtpPacketInfo } from "./types.ts";

/** What a stream needs of the section it belongs to, as agreed now. */
export interface InboundSection {
  readonly kind: MediaKind;
  /** By payload type. */
  readonly codecOf: (payloadType: number) => NegotiatedCodec | undefined;
  readonly headerExtensions: readonly NegotiatedHeaderExtension[];
  readonly extensions: ExtensionIds;
}

/** The same object for every packet of a stream: what is known of the one that came last. */
class PacketInfo implements RtpPacketInfo {
  readonly ssrc: number;
  rid: string | undefined;
  codec: NegotiatedCodec;
  receivedAt: Instant = 0;
  headerExtensions: readonly NegotiatedHeaderExtension[] = [];
  captureTimeMs: number | undefined;
  selected = false;
  startsKeyframe = false;

  constructor(ssrc: number, codec: NegotiatedCodec) {
    this.ssrc = ssrc;
    this.codec = codec;
  }
}

/** See the file's header. */
export class InboundStream {
  readonly ssrc: number;
  readonly info: PacketInfo;
  readonly #section: () => InboundSection;
  readonly #tunables: MediaTunables;
  readonly #statistics: ReceptionStatistics;
  readonly #seen = new SeenPackets();
  readonly #completeFrames = new FrameCounter(this.#seen);
  readonly #nack = new NackGenerator();
  readonly #keyframes = new KeyframeRequester();
  #route: StreamRoute;
  #codec: NegotiatedCodec;
  #nackAgreed = false;
  #testsKeyframe: KeyframeTest;
  #durationMs: AudioDuration;
  #frames: InboundFrames | undefined;
  /** Of the frames put together so far: sinks come and go, counts only grow. */
  readonly frameCounts: FrameCounts = noFrames();
  #keyframeTimestamp = -1;
  #repairs: { readonly statistics: ReceptionStatistics; readonly ssrc: number; lastPacketAt: Instant } | undefined;
  /** The last packet's. */
  lastTimestamp = 0;
  lastPacketAt: Instant = Number.NEGATIVE_INFINITY;
  packetsReceived = 0;
  bytesReceived = 0;
  headerBytesReceived = 0;
  retransmittedPacketsReceived = 0;
  retransmittedBytesReceived = 0;
  packetsDiscarded = 0;
  keyFramesReceived = 0;
  nackCount = 0;
  pliCount = 0;
  firCount = 0;
  /** RFC 6464, as told last. */
  lastLevel: number | undefined;
  totalAudioEnergy = 0;
  totalSamplesDurationMs = 0;
  /** Of the last sender report. */
  remote: { readonly report: SenderReport; readonly unixMs: number; readonly at: Instant; readonly count: number } | undefined;
  roundTripMs: number | undefined;
  totalRoundTripMs = 0;
  roundTrips = 0;

  constructor(route: StreamRoute, codec: NegotiatedCodec, section: () => InboundSection, tunables: MediaTunables) {
    this.ssrc = route.ssrc;
    this.#route = route;
    this.#section = section;
    this.#tunables = tunables;
    this.#codec = codec;
    const name = codec.mimeType.toLowerCase();
    this.#testsKeyframe = keyframeTestOf(name);
    this.#durationMs = audioDurationOf(name);
    this.#statistics = new ReceptionStatistics({ ssrc: route.ssrc, clockRate: codec.clockRate });
    this.info = new PacketInfo(route.ssrc, codec);
    this.#use(codec);
    this.route = route;
  }

  /** Where its packets belong; another object when something new was learned of it. */
  get route(): StreamRoute {
    return this.#route;
  }

  set route(route: StreamRoute) {
    this.#route = route;
    this.info.rid = route.rid;
  }

  /** Of the last packet. */
  get codec(): NegotiatedCodec {
    return this.#codec;
  }

  get frames(): InboundFrames | undefined {
    return this.#frames;
  }

  /** What was agreed changed: codecs are looked up anew. */
  renegotiated(): void {
    const codec = this.#section().codecOf(this.#codec.payloadType);
    if (codec !== undefined) this.#use(codec);
  }

  /** Begins or ends putting frames together. `delayMs`: how long at least to wait for missing packets; undefined: as is best. */
  wantFrames(emit: ((now: Instant, frame: EncodedFrame) => void) | undefined, delayMs?: number): void {
    if (emit === undefined) {
      this.#frames = undefined;
      return;
    }
    if (this.#frames !== undefined) return;
    const { kind } = this.#section();
    const { maxFrameLength = 8 << 20 } = this.#tunables;
    const minDelayMs = this.#tunables.minJitterDelayMs ?? (this.#nackAgreed ? REPAIR_WAIT_MS : REORDER_WAIT_MS);
    this.#frames = new InboundFrames({
      counts: this.frameCounts,
      kind,
      ssrc: this.ssrc,
      clockRate: this.#codec.clockRate,
      minDelayMs,
      maxDelayMs: this.#tunables.maxJitterDelayMs ?? (kind === "video" ? 1000 : 500),
      maxFrameLength,
      codecOf: (payloadType) => this.#section().codecOf(payloadType),
      extensions: () => this.#section().extensions,
      captureTimeMs: (timestamp) => this.captureTimeMs(timestamp),
      rid: () => this.#route.rid,
      emit: (now, frame) => {
        if (kind === "video" && frame.afterLoss === true && !frame.keyframe) this.wantKeyframe();
        emit(now, frame);
      },
    });
    if (delayMs !== undefined) this.#frames.setMinDelay(delayMs);
  }

  /** Takes a packet, whose `codec` is of its payload type. `restored`: from a retransmission. False: it was there before, or is too late. Hot. */
  receive(now: Instant, reader: RtpReader, codec: NegotiatedCodec, restored: boolean): boolean {
    const { sequenceNumber, timestamp, payloadLength, marker } = reader;
    if (!this.#seen.add(sequenceNumber, marker)) {
      // What starts anew far away is no repetition.
      if (restored || this.#statistics.receive(now, sequenceNumber, timestamp, payloadLength) !== "restarted") {
        this.packetsDiscarded += 1;
        return false;
      }
      this.#seen.clear();
      this.#completeFrames.restart();
      this.#seen.add(sequenceNumber, marker);
    } else if (!restored) this.#statistics.receive(now, sequenceNumber, timestamp, payloadLength);
    if (codec !== this.#codec) this.#use(codec);
    if (restored) {
      this.retransmittedPacketsReceived += 1;
      this.retransmittedBytesReceived += payloadLength;
    } else {
      this.lastPacketAt = now;
      this.lastTimestamp = timestamp;
    }
    this.#completeFrames.added(sequenceNumber);
    this.packetsReceived += 1;
    this.bytesReceived += payloadLength;
    this.headerBytesReceived += reader.headerLength + reader.paddingLength;
    if (this.#nackAgreed) {
      this.#nack.receive(now, sequenceNumber);
      if (this.#nack.takeGaveUp()) this.wantKeyframe();
    }
    const { info } = this;
    info.receivedAt = now;
    info.captureTimeMs = this.remote === undefined ? undefined : this.captureTimeMs(timestamp);
    info.startsKeyframe = this.#testsKeyframe(reader.packet, reader.headerLength, reader.payloadEnd);
    if (info.startsKeyframe) this.#noteKeyframe(timestamp);
    const { kind, extensions } = this.#section();
    if (kind === "audio") this.#noteSound(reader, extensions.audioLevel);
    return true;
  }

  /** Frames of which every packet came. */
  get framesReceived(): number {
    return this.#completeFrames.frames;
  }

  /** Several packets may look like the beginning of one key frame: H.264 has its parameter sets in packets of their own. */
  #noteKeyframe(timestamp: number): void {
    this.#keyframes.keyframeReceived();
    if (timestamp !== this.#keyframeTimestamp) this.keyFramesReceived += 1;
    this.#keyframeTimestamp = timestamp;
  }

  /** Of its retransmissions, once one came. */
  get rtxSsrc(): number | undefined {
    return this.#repairs?.ssrc;
  }

  /** Takes note of a packet of its retransmissions, as it came: RFC 4588 §4, a stream of their own. */
  receiveRepair(now: Instant, reader: RtpReader, ssrc: number): void {
    if (this.#repairs?.ssrc !== ssrc) {
      const statistics = new ReceptionStatistics({ ssrc, clockRate: this.#codec.clockRate });
      this.#repairs = { statistics, ssrc, lastPacketAt: now };
    }
    this.#repairs.lastPacketAt = now;
    this.#repairs.statistics.receive(now, reader.sequenceNumber, reader.timestamp, reader.payloadLength);
  }

  /** Puts the packet that was received last into the frames. */
  takeFrames(now: Instant, reader: RtpReader): void {
    this.#frames?.push(now, reader);
  }

  /** 0 to 1, as webrtc-stats has it: RFC 6464 §3 has -dBov, 127 for silence. */
  get audioLevel(): number | undefined {
    if (this.lastLevel === undefined) return undefined;
    return this.lastLevel === 127 ? 0 : 10 ** (-this.lastLevel / 20);
  }

  /** `levelId`: of RFC 6464; 0: it was not agreed. */
  #noteSound(reader: RtpReader, levelId: number): void {
    const durationMs = this.#durationMs(reader);
    this.totalSamplesDurationMs += durationMs;
    const at = levelId === 0 ? -1 : reader.extension(levelId);
    if (at < 0) return;
    this.lastLevel = reader.packet[at]! & 0x7f;
    this.totalAudioEnergy += (this.audioLevel! ** 2 * durationMs) / 1000;
  }

  /** A key frame is needed. Requests are paced and repeated until one comes. */
  wantKeyframe(): void {
    if (this.#section().kind === "video") this.#keyframes.want();
  }

  /** Unix ms of the sender's clock at which a timestamp was sampled (RFC 3550 §6.4.1). */
  captureTimeMs(timestamp: number): number | undefined {
    const { remote } = this;
    if (remote === undefined) return undefined;
    return remote.unixMs + (((timestamp - remote.report.rtpTimestamp) | 0) * 1000) / this.#codec.clockRate;
  }

  /** RFC 3550 §6.4.1. */
  senderReport(now: Instant, report: SenderReport): void {
    this.#statistics.senderReport(now, report);
    const count = (this.remote?.count ?? 0) + 1;
    this.remote = { report, unixMs: unixMsFromNtp(report.ntpTimestamp), at: now, count };
  }

  /** RFC 3611 §4.5: the peer answered our reference time. */
  roundTrip(ms: number): void {
    this.roundTripMs = ms;
    this.totalRoundTripMs += ms;
    this.roundTrips += 1;
  }

  /** What the transport knows of the round trip, for the times between requests. */
  setRoundTrip(ms: number): void {
    this.#nack.setRoundTrip(ms);
    this.#keyframes.setRoundTrip(ms);
  }

  get packetsLost(): number {
    return this.#statistics.packetsLost;
  }

  /** Interarrival jitter. */
  get jitterMs(): number {
    return (this.#statistics.jitter * 1000) / this.#codec.clockRate;
  }

  /** RFC 3550 §6.4: blocks on the stream and on its retransmissions, on each if something of it was received after `since`, the report before. */
  addReportBlocks(now: Instant, since: Instant, blocks: ReportBlock[]): void {
    if (this.#statistics.valid && this.lastPacketAt > since) blocks.push(this.#statistics.reportBlock(now));
    const repairs = this.#repairs;
    if (repairs?.statistics.valid === true && repairs.lastPacketAt > since) blocks.push(repairs.statistics.reportBlock(now));
  }

  /** Feedback that is due, written into `feedback`. */
  handleTimeout(now: Instant, senderSsrc: number, feedback: RtcpPacket[]): void {
    if (this.#nackAgreed) {
      const due = this.#nack.due(now);
      if (due.length > 0) {
        this.nackCount += 1;
        feedback.push({ type: "NACK", senderSsrc, mediaSsrc: this.ssrc, entries: nackEntries(due) });
      }
      if (this.#nack.takeGaveUp()) this.wantKeyframe();
    }
    if (this.#keyframes.due(now)) this.#askForKeyframe(senderSsrc, feedback);
    this.#frames?.handleTimeout(now);
  }

  nextDue(): Instant | undefined {
    let due = this.#nack.missing > 0 ? this.#nack.nextDue() : undefined;
    const keyframe = this.#keyframes.nextDue();
    if (keyframe !== undefined && (due === undefined || keyframe < due)) due = keyframe;
    const frame = this.#frames?.nextDue();
    return frame !== undefined && (due === undefined || frame < due) ? frame : due;
  }

  /** RFC 4585 §6.3.1, or RFC 5104 §4.3.1 where only that was agreed. */
  #askForKeyframe(senderSsrc: number, feedback: RtcpPacket[]): void {
    const { rtcpFeedback } = this.#codec;
    if (rtcpFeedback.includes("nack pli") || !rtcpFeedback.includes("ccm fir")) {
      this.pliCount += 1;
      feedback.push({ type: "PLI", senderSsrc, mediaSsrc: this.ssrc });
      return;
    }
    this.firCount += 1;
    const { firSequenceNumber: sequenceNumber } = this.#keyframes;
    feedback.push({ type: "FIR", senderSsrc, mediaSsrc: 0, entries: [{ ssrc: this.ssrc, sequenceNumber }] });
  }

  #use(codec: NegotiatedCodec): void {
    this.#codec = codec;
    this.info.codec = codec;
    this.info.headerExtensions = this.#section().headerExtensions;
    const name = codec.mimeType.toLowerCase();
    this.#testsKeyframe = keyframeTestOf(name);
    this.#durationMs = audioDurationOf(name);
    this.#nackAgreed = codec.rtcpFeedback.includes("nack");
  }
}

/** How long a frame waits for a packet that can be asked for: a few round trips of the world. */
const REPAIR_WAIT_MS = 800;
/** For one that can only be late. */
const REORDER_WAIT_MS = 60;
