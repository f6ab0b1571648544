/** RTP and RTCP on one transport: keys, routing in, queues out, and the feedback that goes with them. */
import {
  type CryptoProvider,
  type Instant,
  Malformed,
  type Observer,
  type Path,
  type RandomSource,
  readU16,
  type Transmit,
} from "@purertc/core";
import {
  absSendTimeFromMs,
  compactNtp,
  Demultiplexer,
  isRtcp,
  ntpFromUnixMs,
  parseRtcp,
  type ReportBlock,
  type RtcpPacket,
  RtcpScheduler,
  RtpReader,
  roundTripMs,
  TransportCcReceiver,
  TransportCcSender,
  type TransportFeedback,
} from "@purertc/rtp";
import type { Transport } from "../transport.ts";
import { BandwidthEstimator } from "./bandwidth-estimator.ts";
import { stampSendTime, stampTransportSequence } from "./header-writer.ts";
import type { InboundStream } from "./inbound-stream.ts";
import type { MediaTransportStats } from "./media-stats.ts";
import { OutboundQueue } from "./outbound-queue.ts";
import type { OutboundStream } from "./outbound-stream.ts";
import { LARGEST_RTP_DATAGRAM, receiveSlab } from "./packet-slab.ts";
import type { Receiver } from "./receiver.ts";
import { RtcpDatagrams } from "./rtcp-datagrams.ts";
import { type IncomingRtcp, takeRtcp } from "./rtcp-incoming.ts";
import { compoundHead, goodbye, type ReferenceTime, regularReport } from "./rtcp-reports.ts";
import type { Sender } from "./sender.ts";
import { type SrtpSession, srtpSessionOfDtls } from "./srtp-session.ts";
import type { TransportSection } from "./transport-section.ts";
import type { MediaTunables } from "./tunables.ts";

/** What it is made with. */
export interface MediaTransportOptions {
  readonly crypto: CryptoProvider;
  readonly random: RandomSource;
  readonly tunables: MediaTunables;
  /** Largest UDP payload. */
  readonly mtu: number;
  readonly cname: () => string;
  readonly unixMs: (now: Instant) => number;
  /** A random SSRC that nobody here has. */
  readonly newSsrc: () => number;
  readonly observer?: Observer;
  /** PLI or FIR for a stream of ours, paced: its source is to make a key frame. */
  readonly onKeyframeRequest: (stream: OutboundStream) => void;
  /** The estimate changed. */
  readonly onEstimate: (bitsPerSecond: number) => void;
}

/** See the file's header. */
export class MediaTransport implements IncomingRtcp {
  readonly transport: Transport;
  readonly #options: MediaTransportOptions;
  readonly #demultiplexer: Demultiplexer;
  readonly #reader = new RtpReader();
  readonly #refused: Record<string, number> = {};
  readonly #rtcp = new RtcpDatagrams();
  readonly #queue = new OutboundQueue();
  readonly #estimator: BandwidthEstimator;
  readonly #receiverSsrc: number;
  readonly #receivers = new Map<string, Receiver>();
  readonly #own = new Map<number, OutboundStream>();
  #transmit: { length: number; route: Path } | undefined;
  #sections: readonly TransportSection[] = [];
  #srtp: SrtpSession | undefined;
  #reducedSize = false;
  #scheduler: RtcpScheduler | undefined;
  #arrivals: TransportCcReceiver | undefined;
  #departures: TransportCcSender | undefined;
  #lastMid: string | undefined;
  #lastReceiver: Receiver | undefined;
  #lastSsrc = -1;
  #mediaSsrc = 0;
  #referenceTimes: readonly ReferenceTime[] = [];
  #roundTripMs: number | undefined;
  #toldBitrate = 0;
  #toldAt: Instant = Number.NEGATIVE_INFINITY;
  #now: Instant = Number.NEGATIVE_INFINITY;
  /** The earliest that something may be due. */
  #dueAt: Instant | undefined;

  constructor(transport: Transport, options: MediaTransportOptions) {
    this.transport = transport;
    this.#options = options;
    const { initialBitrate = 2_500_000, minBitrate = 50_000, maxBitrate = 100_000_000, maxReceivedSsrcs = 128 } = options.tunables;
    this.#demultiplexer = new Demultiplexer({ maxSsrcs: maxReceivedSsrcs });
    this.#estimator = new BandwidthEstimator({ initial: initialBitrate, min: minBitrate, max: maxBitrate });
    this.#receiverSsrc = options.newSsrc();
  }

  /** Whether packets can be protected. */
  get keyed(): boolean {
    return this.#srtp !== undefined;
  }

  /** The sections that it carries, as agreed now. */
  configure(sections: readonly TransportSection[]): void {
    this.#sections = sections;
    this.#receivers.clear();
    for (const { mid, receiver } of sections) this.#receivers.set(mid, receiver);
    this.#lastMid = undefined;
    this.#lastSsrc = -1;
    this.#reducedSize = sections.length > 0 && sections.every(({ agreed }) => agreed.rtcpReducedSize);
    this.#demultiplexer.setSections(sections.map((section) => section.demultiplexed));
    const senders = sections.map(({ sender }) => sender);
    this.#queue.setSenders(senders);
    this.#own.clear();
    for (const sender of senders) {
      for (const stream of sender.streams) {
        this.#own.set(stream.ssrc, stream);
        this.#own.set(stream.rtxSsrc, stream);
      }
    }
    if (sections.some((section) => section.sendsTransportFeedback)) this.#arrivals ??= new TransportCcReceiver();
    else this.#arrivals = undefined;
    if (sections.some((section) => section.takesTransportFeedback)) this.#departures ??= new TransportCcSender();
    else this.#departures = undefined;
  }

  /** DTLS is connected: its keys protect from now on. */
  useKeys(now: Instant): void {
    const { open, agreement, role } = this.transport.dtls;
    if (open === undefined || role === undefined) return;
    const { crypto, tunables } = this.#options;
    this.#srtp = srtpSessionOfDtls(open, agreement?.srtpProfile, role, {
      crypto,
      maxSsrcs: tunables.maxReceivedSsrcs ?? 128,
      cryptex: this.#sections.length > 0 && this.#sections.every(({ agreed }) => agreed.cryptex),
      encryptedExtensionIds: [...new Set(this.#sections.flatMap((section) => section.encryptedExtensionIds))],
    });
    this.#note(now);
  }

  /** DTLS has ended, or begins anew. */
  dropKeys(): void {
    this.#srtp = undefined;
    this.#rtcp.clear();
  }

  /** Takes a datagram of the transport that is RTP or RTCP by its first byte (RFC 7983). Hot. */
  handleDatagram(now: Instant, datagram: Uint8Array, path: Path): void {
    const refusal = this.#take(now, datagram, path);
    if (refusal !== undefined) this.#refused[refusal] = (this.#refused[refusal] ?? 0) + 1;
  }

  /** Why it was not taken, or undefined. */
  #take(now: Instant, datagram: Uint8Array, path: Path): string | undefined {
    const agent = this.transport.ice.agent;
    const srtp = this.#srtp;
    if (agent === undefined || !agent.accepts(path)) return "unknown-path";
    if (srtp === undefined) return "no-keys";
    if (datagram.length > LARGEST_RTP_DATAGRAM) return "too-long";
    this.#now = now;
    if (isRtcp(datagram)) return this.#handleRtcp(now, datagram, path, srtp);
    const length = srtp.receiver.unprotect(datagram, receiveSlab.bytes);
    if (typeof length === "string") return length;
    this.#received(now, datagram.length, path);
    this.#options.observer?.packet?.(now, "in", "rtp", receiveSlab.view(length));
    return this.#handleRtp(now, length);
  }

  #handleRtp(now: Instant, length: number): string | undefined {
    const reader = this.#reader;
    if (reader.read(receiveSlab.bytes, length) !== undefined) return "not-rtp";
    const { ssrc } = reader;
    if (ssrc !== this.#lastSsrc) {
      if (this.#own.has(ssrc)) this.#collided(now, ssrc);
      this.#lastSsrc = ssrc;
    }
    const route = this.#demultiplexer.route(reader);
    if (typeof route === "string") return route;
    let receiver = this.#lastReceiver;
    if (receiver === undefined || route.mid !== this.#lastMid) {
      receiver = this.#receivers.get(route.mid);
      if (receiver === undefined) return "no-route";
      this.#lastReceiver = receiver;
      this.#lastMid = route.mid;
    }
    const arrivals = this.#arrivals;
    if (arrivals !== undefined) this.#noteArrival(now, arrivals, receiver.extensions.transportWideCc);
    const refusal = receiver.receive(now, reader, route);
    if (refusal !== undefined) return refusal;
    const due = receiver.takeDue();
    if (due !== undefined) this.#note(due);
    return undefined;
  }

  #noteArrival(now: Instant, arrivals: TransportCcReceiver, id: number): void {
    const at = id === 0 ? -1 : this.#reader.extension(id);
    if (at < 0 || this.#reader.extensionLength(at) < 2) return;
    arrivals.receive(now, readU16(receiveSlab.bytes, at));
    this.#mediaSsrc = this.#reader.ssrc;
    const due = arrivals.nextDue();
    if (due !== undefined) this.#note(due);
  }

  #handleRtcp(now: Instant, datagram: Uint8Array, path: Path, srtp: SrtpSession): string | undefined {
    const length = srtp.rtcpReceiver.unprotect(datagram, receiveSlab.bytes);
    if (typeof length === "string") return `rtcp-${length}`;
    this.#received(now, datagram.length, path);
    const view = receiveSlab.view(length);
    this.#options.observer?.packet?.(now, "in", "rtcp", view);
    const packets = parseRtcp(view);
    if (packets instanceof Malformed) return "rtcp-malformed";
    this.#scheduler?.received(length + UDP_IP_OCTETS);
    takeRtcp(now, packets, this);
    this.#note(now); // keyframe requests, retransmissions
    return undefined;
  }

  /** RFC 3550 §8.2: the peer uses an SSRC of ours. We say goodbye to it and go on under another. */
  #collided(now: Instant, ssrc: number): void {
    const stream = this.#own.get(ssrc);
    if (stream === undefined) return;
    this.#rtcp.push(goodbye([stream.ssrc], this.#options.cname()));
    this.#own.delete(stream.ssrc);
    this.#own.delete(stream.rtxSsrc);
    stream.rename({ ssrc: this.#options.newSsrc(), rtxSsrc: this.#options.newSsrc() });
    this.#own.set(stream.ssrc, stream);
    this.#own.set(stream.rtxSsrc, stream);
    this.#refused["ssrc-collision"] = (this.#refused["ssrc-collision"] ?? 0) + 1;
    this.#note(now);
  }

  #received(now: Instant, octets: number, path: Path): void {
    this.transport.traffic.received(now, octets, path);
    this.transport.ice.agent?.dataReceived(now, path);
  }

  // ---- IncomingRtcp

  outbound(ssrc: number): OutboundStream | undefined {
    return this.#own.get(ssrc);
  }

  inbound(ssrc: number): InboundStream | undefined {
    const route = this.#demultiplexer.routeOf(ssrc);
    return route === undefined ? undefined : this.#receivers.get(route.mid)?.stream(ssrc);
  }

  report(stream: OutboundStream, block: ReportBlock): void {
    const ms = roundTripMs(this.#compactNtp, block.lastSenderReport, block.delaySinceLastSenderReport);
    stream.report(this.#now, block, ms);
    if (ms !== undefined) this.#learnRoundTrip(ms);
    if (this.#departures === undefined) this.#estimator.reportedLoss(this.#now, block.fractionLost / 256);
    this.#tellEstimate();
  }

  keyframeRequested(_stream: OutboundStream): void {
    this.#note(this.#now);
  }

  bye(ssrc: number): void {
    const route = this.#demultiplexer.routeOf(ssrc);
    if (route !== undefined) this.#receivers.get(route.mid)?.bye(ssrc);
    this.#referenceTimes = this.#referenceTimes.filter((time) => time.ssrc !== ssrc);
  }

  mid(ssrc: number, mid: string): void {
    this.#demultiplexer.learnMid(ssrc, mid);
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

  referenceTime(ssrc: number, time: number): void {
    const others = this.#referenceTimes.filter((one) => one.ssrc !== ssrc);
    this.#referenceTimes = [...others.slice(-MAX_REFERENCE_TIMES + 1), { ssrc, compactNtp: time, at: this.#now }];
  }

  referenceAnswered(ssrc: number, lastReceiverReport: number, delay: number): void {
    const ms = ssrc === this.#receiverSsrc ? roundTripMs(this.#compactNtp, lastReceiverReport, delay) : undefined;
    if (ms === undefined) return;
    this.#learnRoundTrip(ms);
    for (const { receiver } of this.#sections) for (const stream of receiver.streams) stream.roundTrip(ms);
  }

  get #compactNtp(): number {
    return compactNtp(ntpFromUnixMs(this.#options.unixMs(this.#now)));
  }

  #learnRoundTrip(ms: number): void {
    this.#roundTripMs = ms;
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

  /** Something may be due: now, or from `at` on. */
  wake(now: Instant): void {
    if (now > this.#now) this.#now = now;
    this.#note(now);
  }

  /** Writes the next datagram into `out`. The object returned is used again for the next. Hot. */
  pollTransmit(now: Instant, out: Uint8Array): Transmit<Path> | undefined {
    const srtp = this.#srtp;
    if (srtp === undefined) return undefined;
    if (this.#dueAt !== undefined && this.#dueAt <= now) this.#run(now);
    const route = this.transport.ice.agent?.selectedPath;
    if (route === undefined) return undefined;
    const length = this.#rtcp.waiting ? this.#writeRtcp(now, out, srtp) : this.#writeRtp(now, out, srtp);
    if (length === 0) return undefined;
    this.transport.traffic.sent(now, length, route);
    this.#transmit ??= { length, route };
    this.#transmit.length = length;
    this.#transmit.route = route;
    return this.#transmit;
  }

  #writeRtcp(now: Instant, out: Uint8Array, srtp: SrtpSession): number {
    const room = Math.min(out.length, this.#options.mtu) - srtp.rtcpSender.overhead;
    const ssrc = this.#senderSsrc();
    const length = this.#rtcp.write(out, room, this.#reducedSize ? [] : compoundHead(ssrc, this.#options.cname()));
    if (length === 0) return 0;
    this.#options.observer?.packet?.(now, "out", "rtcp", out.subarray(0, length));
    return srtp.rtcpSender.protect(out.subarray(0, length), out);
  }

  #writeRtp(now: Instant, out: Uint8Array, srtp: SrtpSession): number {
    const { overhead } = srtp.sender;
    const room = Math.min(out.length, this.#options.mtu) - overhead;
    const length = this.#queue.writeNext(now, out, room, out.length - overhead, this.#estimator.bitsPerSecond);
    if (length === 0) {
      const due = this.#queue.nextDue(now);
      if (due !== undefined) this.#note(due);
      return 0;
    }
    const stream = this.#queue.stream!;
    if (stream.wroteProtected) return length;
    const { transportWideCc, absSendTime } = stream.extensions!;
    if (transportWideCc !== 0 && this.#departures !== undefined) {
      stampTransportSequence(out, transportWideCc, this.#departures.sent(now, length + overhead));
    }
    if (absSendTime !== 0) stampSendTime(out, absSendTime, absSendTimeFromMs(now));
    this.#options.observer?.packet?.(now, "out", "rtp", out.subarray(0, length));
    const sealed = srtp.sender.protect(out, out, length);
    stream.keepProtected(now, out, sealed);
    if (this.#scheduler === undefined) this.#startReports(now);
    if (stream.reportedPackets === 1) {
      this.#scheduler?.requestFeedback(now); // the first report tells at once how to play streams in sync
      this.#note(now);
    }
    return sealed;
  }

  handleTimeout(now: Instant): void {
    if (this.#dueAt !== undefined && this.#dueAt <= now) this.#run(now);
  }

  pollTimeout(): Instant | undefined {
    return this.#srtp === undefined ? undefined : this.#dueAt;
  }

  /** Does all that is due and finds out when the next is. */
  #run(now: Instant): void {
    this.#now = now;
    this.#dueAt = undefined;
    if (this.#srtp === undefined) return;
    if (this.#scheduler === undefined && this.#receiving()) this.#startReports(now);
    const feedback: RtcpPacket[] = [];
    const ssrc = this.#senderSsrc();
    for (const { receiver, sender } of this.#sections) {
      receiver.handleTimeout(now, ssrc, feedback);
      for (const stream of sender.streams) if (stream.keyframes.due(now)) this.#options.onKeyframeRequest(stream);
    }
    this.#reportArrivals(now, ssrc, feedback);
    for (let due = this.#scheduler?.due(now); due !== undefined; due = this.#scheduler?.due(now)) this.#writeReport(now);
    this.#rtcp.push(feedback);
    this.#noteNext();
  }

  #noteNext(): void {
    for (const { receiver, sender } of this.#sections) {
      this.#noteMaybe(receiver.nextDue());
      for (const stream of sender.streams) this.#noteMaybe(stream.keyframes.nextDue());
    }
    this.#noteMaybe(this.#arrivals?.nextDue());
    this.#noteMaybe(this.#scheduler?.nextDue());
    if (this.#queue.waiting) this.#noteMaybe(this.#queue.nextDue(this.#now));
  }

  #reportArrivals(now: Instant, ssrc: number, feedback: RtcpPacket[]): void {
    const arrivals = this.#arrivals;
    if (arrivals === undefined) return;
    for (let packet = arrivals.feedback(now, ssrc, this.#mediaSsrc); packet !== undefined; ) {
      feedback.push(packet);
      packet = arrivals.feedback(now, ssrc, this.#mediaSsrc);
    }
  }

  #startReports(now: Instant): void {
    this.#scheduler = new RtcpScheduler({ random: this.#options.random, rtcpBandwidth: RTCP_OCTETS_PER_SECOND });
    this.#scheduler.setMembers(now, 2, 2, true);
    this.#scheduler.start(now);
    this.#noteMaybe(this.#scheduler.nextDue());
  }

  #writeReport(now: Instant): void {
    const packets = regularReport({
      now,
      unixMs: this.#options.unixMs(now),
      cname: this.#options.cname(),
      streams: this.#activeStreams(),
      receivers: this.#sections.map(({ receiver }) => receiver),
      receiverSsrc: this.#receiverSsrc,
      referenceTimes: this.#referenceTimes,
    });
    this.#rtcp.push(packets);
    this.#scheduler?.sent(REPORT_OCTETS * packets.length + UDP_IP_OCTETS);
  }

  /** Streams of a sender that may send, and has. */
  #activeStreams(): readonly OutboundStream[] {
    return this.#sections.flatMap(({ sender }) =>
      sender.sending ? sender.streams.filter(({ reportedPackets }) => reportedPackets > 0) : [],
    );
  }

  #receiving(): boolean {
    return this.#sections.some(({ receiver }) => receiver.hasStreams);
  }

  /** Who feedback is from. */
  #senderSsrc(): number {
    for (const { sender } of this.#sections) {
      if (!sender.sending) continue;
      for (const { reportedPackets, ssrc } of sender.streams) if (reportedPackets > 0) return ssrc;
    }
    return this.#receiverSsrc;
  }

  /** RFC 3550 §6.6: says that the streams of a sender are over, if any of them sent. */
  sayGoodbye(now: Instant, sender: Sender): void {
    const ssrcs = sender.streams.filter(({ reportedPackets }) => reportedPackets > 0).map(({ ssrc }) => ssrc);
    if (ssrcs.length === 0 || this.#srtp === undefined) return;
    this.#rtcp.push(goodbye(ssrcs, this.#options.cname()));
    this.#note(now);
  }

  /** SRTP and routing forget a stream that is over. */
  forget(ssrc: number): void {
    this.#demultiplexer.forget(ssrc);
    this.#srtp?.receiver.forgetSsrc(ssrc);
    this.#lastSsrc = -1;
  }

  /** Bits per second; undefined before feedback. */
  get estimate(): number | undefined {
    return this.#estimator.informed ? this.#estimator.bitsPerSecond : undefined;
  }

  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  stats(): MediaTransportStats {
    return {
      transport: this.transport.id,
      srtpProfile: this.#srtp?.profile,
      availableOutgoingBitrate: this.estimate,
      refused: { ...this.#refused },
    };
  }

  #note(at: Instant): void {
    if (this.#dueAt === undefined || at < this.#dueAt) this.#dueAt = at;
  }

  #noteMaybe(at: Instant | undefined): void {
    if (at !== undefined) this.#note(at);
  }
}

/** Of RTCP: about a report a second, each way. RFC 3550 §6.2's five percent of 64 kbit/s. */
const RTCP_OCTETS_PER_SECOND = 400;
const UDP_IP_OCTETS = 28;
/** A report of a few streams, by its packets. */
const REPORT_OCTETS = 40;
const MAX_REFERENCE_TIMES = 16;
