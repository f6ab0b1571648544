/** The control side of a transport's media: RTCP in and out, transport-wide feedback, the estimate of the path, and when what is due. */
import { type Instant, type RandomSource, readU16, readU32 } from "@purertc/core";
import {
  type CongestionControlFeedback,
  compactNtp,
  ntpFromUnixMs,
  type ReportBlock,
  type RtcpPacket,
  RtcpScheduler,
  type RtpReader,
  roundTripMs,
  TransportCcSender,
  type TransportFeedback,
} from "@purertc/rtp";
import { ArrivalFeedback } from "./arrival-feedback.ts";
import { BandwidthEstimator, type BandwidthEstimatorOptions } from "./bandwidth-estimator.ts";
import type { InboundStream } from "./inbound-stream.ts";
import type { OutboundStream } from "./outbound-stream.ts";
import type { Receiver } from "./receiver.ts";
import { RtcpDatagrams } from "./rtcp-datagrams.ts";
import { type IncomingRtcp, takeRtcp } from "./rtcp-incoming.ts";
import { compoundHead, goodbye, type ReferenceTime, regularReport } from "./rtcp-reports.ts";
import type { Sender } from "./sender.ts";
import { StreamDepartures } from "./stream-departures.ts";
import type { TransportSection } from "./transport-section.ts";
import { DEFAULT_INITIAL_BITRATE, DEFAULT_MAX_BITRATE, DEFAULT_MIN_BITRATE, type MediaTunables } from "./tunables.ts";

/** What it is made with. */
export interface MediaControlOptions {
  readonly random: RandomSource;
  readonly tunables: MediaTunables;
  readonly cname: () => string;
  readonly unixMs: (now: Instant) => number;
  /** A random SSRC that nobody here has. */
  readonly newSsrc: () => number;
  /** PLI or FIR for a stream of ours, paced: its source is to make a key frame. */
  readonly onKeyframeRequest: (stream: OutboundStream) => void;
  /** The estimate changed. */
  readonly onEstimate: (bitsPerSecond: number) => void;
}

/** The transport's streams by SSRC. */
export interface StreamDirectory {
  outbound(ssrc: number): OutboundStream | undefined;
  inbound(ssrc: number): InboundStream | undefined;
  bye(now: Instant, ssrc: number): void;
  /** RFC 8843 §9.2: SDES told the section of an SSRC. */
  mid(ssrc: number, mid: string): void;
}

/** See the file's header. */
export class MediaControl implements IncomingRtcp {
  readonly #options: MediaControlOptions;
  readonly #directory: StreamDirectory;
  readonly #rtcp = new RtcpDatagrams();
  readonly #estimator: BandwidthEstimator;
  /** Who we are when we send no media. */
  readonly #receiverSsrc: number;
  #sections: readonly TransportSection[] = [];
  #reducedSize = false;
  #scheduler: RtcpScheduler | undefined;
  readonly #arrivals: ArrivalFeedback;
  #departures: TransportCcSender | undefined;
  #streamDepartures: StreamDepartures | undefined;
  #referenceTimes: readonly ReferenceTime[] = [];
  /** When the last two regular reports were made. */
  #reportedAt: readonly [Instant, Instant] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  #toldBitrate = 0;
  #toldAt: Instant = Number.NEGATIVE_INFINITY;
  #now: Instant = Number.NEGATIVE_INFINITY;
  #dueAt: Instant | undefined;

  constructor(options: MediaControlOptions, directory: StreamDirectory) {
    this.#options = options;
    this.#directory = directory;
    this.#estimator = new BandwidthEstimator(estimatorOptions(options.tunables));
    this.#arrivals = new ArrivalFeedback(estimatorOptions(options.tunables));
    this.#receiverSsrc = options.newSsrc();
  }

  /** The sections as agreed now. */
  configure(sections: readonly TransportSection[]): void {
    this.#sections = sections;
    this.#reducedSize = sections.length > 0 && sections.every(({ agreed }) => agreed.rtcpReducedSize);
    this.#arrivals.configure(sections);
    if (sections.some((section) => section.takesTransportFeedback)) this.#departures ??= new TransportCcSender();
    else this.#departures = undefined;
    if (sections.some((section) => section.takesStreamFeedback)) this.#streamDepartures ??= new StreamDepartures();
    else this.#streamDepartures = undefined;
  }

  /** Bits per second that the path carries; the initial ones before feedback. */
  get bitsPerSecond(): number {
    return this.#estimator.bitsPerSecond;
  }

  /** The same; undefined before feedback. */
  get estimate(): number | undefined {
    return this.#estimator.informed ? this.#estimator.bitsPerSecond : undefined;
  }

  /** The earliest that something may be due. */
  get dueAt(): Instant | undefined {
    return this.#dueAt;
  }

  /** Something may be due from `at` on. Hot. */
  note(at: Instant | undefined): void {
    if (at !== undefined && (this.#dueAt === undefined || at < this.#dueAt)) this.#dueAt = at;
  }

  /** Takes the packets of a datagram of `octets`. */
  take(now: Instant, packets: readonly RtcpPacket[], octets: number): void {
    this.#now = now;
    this.#scheduler?.received(octets + UDP_IP_OCTETS);
    takeRtcp(now, packets, this);
    this.note(now); // keyframe requests, retransmissions
  }

  /** A packet of a section arrived. Hot. */
  arrived(now: Instant, reader: RtpReader, receiver: Receiver): void {
    this.#arrivals.arrived(now, reader, receiver);
    this.note(this.#arrivals.nextDue());
  }

  /** A packet of so many octets departs: its transport-wide sequence number, or -1 where the peer does not report on them. Hot. */
  departed(now: Instant, octets: number): number {
    return this.#departures === undefined ? -1 : this.#departures.sent(now, octets);
  }

  /** The same where the peer reports by stream: `packet` is what departs, before its protection. Hot. */
  departedOfStream(now: Instant, packet: Uint8Array, octets: number): void {
    this.#streamDepartures?.sent(now, readU32(packet, 8), readU16(packet, 2), octets);
  }

  /** A stream of ours sent a packet. After its first, or the first for long, a report tells at once how streams are played in sync. Hot. */
  streamSent(now: Instant, stream: OutboundStream): void {
    if (stream.announced) return;
    stream.announced = true;
    this.#startReports(now);
    this.#scheduler?.requestFeedback(now);
    this.note(now);
  }

  // ---- IncomingRtcp

  outbound(ssrc: number): OutboundStream | undefined {
    return this.#directory.outbound(ssrc);
  }

  inbound(ssrc: number): InboundStream | undefined {
    return this.#directory.inbound(ssrc);
  }

  report(stream: OutboundStream, block: ReportBlock): void {
    const ms = this.#roundTripMs(block.lastSenderReport, block.delaySinceLastSenderReport);
    stream.report(this.#now, block, ms);
    if (ms !== undefined) this.#learnRoundTrip(ms);
    if (this.#departures === undefined && this.#streamDepartures === undefined)
      this.#estimator.reportedLoss(this.#now, block.fractionLost / 256);
    this.#tellEstimate();
  }

  keyframeRequested(_stream: OutboundStream): void {
    this.note(this.#now);
  }

  bye(ssrc: number): void {
    this.#directory.bye(this.#now, ssrc);
    this.#referenceTimes = this.#referenceTimes.filter((time) => time.ssrc !== ssrc);
  }

  mid(ssrc: number, mid: string): void {
    this.#directory.mid(ssrc, mid);
  }

  receiverEstimate(bitsPerSecond: number): void {
    this.#estimator.receiverEstimate(this.#now, bitsPerSecond);
    this.#tellEstimate();
  }

  transportFeedback(packet: TransportFeedback): void {
    if (this.#departures === undefined) return;
    this.#estimator.feedback(this.#now, this.#departures.feedback(packet));
    this.#tellEstimate();
  }

  streamFeedback(packet: CongestionControlFeedback): void {
    if (this.#streamDepartures === undefined) return;
    this.#estimator.feedback(this.#now, this.#streamDepartures.feedback(packet));
    this.#tellEstimate();
  }

  referenceTime(ssrc: number, time: number): void {
    const others = this.#referenceTimes.filter((one) => one.ssrc !== ssrc);
    this.#referenceTimes = [...others.slice(-MAX_REFERENCE_TIMES + 1), { ssrc, compactNtp: time, at: this.#now }];
  }

  referenceAnswered(ssrc: number, lastReceiverReport: number, delay: number): void {
    const isOurs = ssrc === this.#receiverSsrc || this.#directory.outbound(ssrc) !== undefined;
    const ms = isOurs ? this.#roundTripMs(lastReceiverReport, delay) : undefined;
    if (ms === undefined) return;
    this.#learnRoundTrip(ms);
    for (const { receiver } of this.#sections) for (const stream of receiver.streams) stream.roundTrip(ms);
  }

  /** A peer that claims a round trip of hours must not keep repairs waiting for as long. */
  #roundTripMs(time: number, delay: number): number | undefined {
    const ms = roundTripMs(this.#compactNtp, time, delay);
    return ms === undefined ? undefined : Math.min(ms, LONGEST_ROUND_TRIP_MS);
  }

  get #compactNtp(): number {
    return compactNtp(ntpFromUnixMs(this.#options.unixMs(this.#now)));
  }

  #learnRoundTrip(ms: number): void {
    this.#estimator.setRoundTrip(ms);
    for (const { receiver } of this.#sections) for (const stream of receiver.streams) stream.setRoundTrip(ms);
  }

  /** Small changes are told once a second, large ones at once. */
  #tellEstimate(): void {
    if (!this.#estimator.informed) return;
    const { bitsPerSecond } = this.#estimator;
    const change = Math.abs(bitsPerSecond - this.#toldBitrate) / Math.max(1, this.#toldBitrate);
    if (change < 0.01 || (change < 0.1 && this.#now - this.#toldAt < 1000)) return;
    this.#toldBitrate = bitsPerSecond;
    this.#toldAt = this.#now;
    this.#options.onEstimate(bitsPerSecond);
  }

  // ---- out

  /** Whether RTCP waits to be sent. */
  get waiting(): boolean {
    return this.#rtcp.waiting;
  }

  /** Writes the next RTCP datagram of at most `room` octets; 0: none waits. */
  write(out: Uint8Array, room: number): number {
    const length = this.#rtcp.write(out, room, this.#reducedSize ? [] : compoundHead(this.#senderSsrc(), this.#options.cname()));
    if (length > 0) this.#scheduler?.sent(length + UDP_IP_OCTETS); // RFC 4585 §3.5.4: feedback counts as well
    return length;
  }

  /** Does all that is due, and finds out when the next is. */
  run(now: Instant): void {
    this.#now = now;
    this.#dueAt = undefined;
    if (this.#sections.some(({ receiver }) => receiver.hasStreams)) this.#startReports(now);
    const feedback: RtcpPacket[] = [];
    const ssrc = this.#senderSsrc();
    for (const { receiver, sender } of this.#sections) {
      receiver.handleTimeout(now, ssrc, feedback);
      for (const stream of sender.streams) if (stream.keyframes.due(now)) this.#options.onKeyframeRequest(stream);
    }
    this.#arrivals.report(now, ssrc, this.#compactNtp, feedback);
    for (let due = this.#scheduler?.due(now); due !== undefined; due = this.#scheduler?.due(now)) this.#writeReport(now);
    this.#rtcp.push(feedback);
    for (const { receiver, sender } of this.#sections) {
      this.note(receiver.nextDue());
      for (const stream of sender.streams) this.note(stream.keyframes.nextDue());
    }
    this.note(this.#arrivals.nextDue());
    this.note(this.#scheduler?.nextDue());
  }

  /** Forgets what waits: there are no keys to send it under. */
  clear(): void {
    this.#rtcp.clear();
    this.#dueAt = undefined;
  }

  /** RFC 3550 §6.6: streams are over. */
  sayGoodbye(now: Instant, ssrcs: readonly number[]): void {
    if (ssrcs.length === 0) return;
    this.#rtcp.push(goodbye(ssrcs, this.#options.cname()));
    this.note(now);
  }

  #startReports(now: Instant): void {
    if (this.#scheduler !== undefined) return;
    this.#scheduler = new RtcpScheduler({ random: this.#options.random, rtcpBandwidth: RTCP_OCTETS_PER_SECOND });
    this.#scheduler.setMembers(now, 2, 2, true);
    this.#scheduler.start(now);
    this.note(this.#scheduler.nextDue());
  }

  #writeReport(now: Instant): void {
    const packets = regularReport({
      now,
      unixMs: this.#options.unixMs(now),
      reportedAt: this.#reportedAt,
      cname: this.#options.cname(),
      streams: this.#sections.flatMap(({ sender }) => activeStreams(sender)),
      receivers: this.#sections.map(({ receiver }) => receiver),
      receiverSsrc: this.#receiverSsrc,
      referenceTimes: this.#referenceTimes,
    });
    this.#rtcp.push(packets);
    this.#reportedAt = [now, this.#reportedAt[0]];
    const [, before] = this.#reportedAt;
    for (const { sender } of this.#sections) for (const stream of sender.streams) stream.announced &&= (stream.lastSentAt ?? 0) >= before;
  }

  /** Who feedback is from. */
  #senderSsrc(): number {
    for (const { sender } of this.#sections) {
      const [first] = activeStreams(sender);
      if (first !== undefined) return first.ssrc;
    }
    return this.#receiverSsrc;
  }
}

function estimatorOptions(tunables: MediaTunables): BandwidthEstimatorOptions {
  const { initialBitrate = DEFAULT_INITIAL_BITRATE, minBitrate = DEFAULT_MIN_BITRATE, maxBitrate = DEFAULT_MAX_BITRATE } = tunables;
  return { initial: initialBitrate, min: minBitrate, max: maxBitrate };
}

/** Streams that have sent and still may. */
function activeStreams({ sending, streams }: Sender): readonly OutboundStream[] {
  return sending ? streams.filter(({ reported }) => reported.packets > 0) : [];
}

/** Of RTCP: about a report a second, each way. RFC 3550 §6.2's five percent of 64 kbit/s. */
const RTCP_OCTETS_PER_SECOND = 400;
const UDP_IP_OCTETS = 28;
const MAX_REFERENCE_TIMES = 16;
const LONGEST_ROUND_TRIP_MS = 5000;
