/** RTP and RTCP datagrams of one transport: keys, routing in, queues out. */
import { type CryptoProvider, type Instant, Malformed, type Observer, type Path, type Transmit } from "@purertc/core";
import { absSendTimeFromMs, Demultiplexer, isRtcp, parseRtcp, RtpReader } from "@purertc/rtp";
import type { Transport } from "../transport.ts";
import { DepartedStreams } from "./departed-streams.ts";
import { stampSendTime, stampTransportSequence } from "./header-writer.ts";
import type { InboundStream } from "./inbound-stream.ts";
import { MediaControl, type MediaControlOptions, type StreamDirectory } from "./media-control.ts";
import type { MediaTransportStats } from "./media-stats.ts";
import { OutboundQueue } from "./outbound-queue.ts";
import type { OutboundStream } from "./outbound-stream.ts";
import { LARGEST_RTP_DATAGRAM, receiveSlab } from "./packet-slab.ts";
import type { Receiver } from "./receiver.ts";
import type { Sender } from "./sender.ts";
import { type SrtpSession, srtpSessionOfDtls } from "./srtp-session.ts";
import type { TransportSection } from "./transport-section.ts";

/** What it is made with. */
export interface MediaTransportOptions extends MediaControlOptions {
  readonly crypto: CryptoProvider;
  /** Largest UDP payload. */
  readonly mtu: number;
  readonly observer?: Observer;
}

/** See the file's header. */
export class MediaTransport implements StreamDirectory {
  readonly transport: Transport;
  readonly #options: MediaTransportOptions;
  readonly #control: MediaControl;
  readonly #demultiplexer: Demultiplexer;
  readonly #reader = new RtpReader();
  readonly #refused: Record<string, number> = {};
  readonly #queue = new OutboundQueue();
  readonly #receivers = new Map<string, Receiver>();
  /** Streams of ours by their SSRC and by that of their retransmissions. */
  readonly #own = new Map<number, OutboundStream>();
  readonly #departed = new DepartedStreams();
  #collidedAt: Instant = Number.NEGATIVE_INFINITY;
  #transmit: { length: number; route: Path } | undefined;
  #sections: readonly TransportSection[] = [];
  #srtp: SrtpSession | undefined;
  #lastMid: string | undefined;
  #lastReceiver: Receiver | undefined;
  #lastSsrc = -1;

  constructor(transport: Transport, options: MediaTransportOptions) {
    this.transport = transport;
    this.#options = options;
    this.#control = new MediaControl(options, this);
    this.#demultiplexer = new Demultiplexer({
      maxSsrcs: options.tunables.maxReceivedSsrcs ?? DEFAULT_MAX_SSRCS,
      isInUse: (ssrc) => this.#receiverOf(ssrc)?.uses(ssrc) === true,
      onForgotten: (ssrc) => this.#forgetKeys(ssrc),
    });
  }

  /** The sections that it carries, as agreed now. */
  configure(sections: readonly TransportSection[]): void {
    this.#sections = sections;
    this.#receivers.clear();
    for (const { mid, receiver } of sections) this.#receivers.set(mid, receiver);
    this.#lastMid = undefined;
    this.#lastReceiver = undefined;
    this.#lastSsrc = -1;
    this.#demultiplexer.setSections(sections.map((section) => section.demultiplexed));
    const senders = sections.map(({ sender }) => sender);
    this.#queue.setSenders(senders);
    this.#own.clear();
    for (const stream of senders.flatMap(({ streams }) => streams)) this.#own.set(stream.ssrc, stream).set(stream.rtxSsrc, stream);
    this.#control.configure(sections);
    // A DTLS association goes on over renegotiations, and its keys with it; what of headers they protect may not be the same.
    this.#srtp?.sender.changeHeaders(this.#headers);
    this.#srtp?.receiver.changeHeaders(this.#headers);
  }

  /** RFC 9335 §4 and RFC 6904 §4, as all sections together have agreed on it. */
  get #headers(): { readonly cryptex: boolean; readonly encryptedExtensionIds: readonly number[] } {
    return {
      cryptex: this.#sections.length > 0 && this.#sections.every(({ agreed }) => agreed.cryptex),
      encryptedExtensionIds: [...new Set(this.#sections.flatMap((section) => section.encryptedExtensionIds))],
    };
  }

  // ---- keys

  /** Whether packets can be protected. */
  get keyed(): boolean {
    return this.#srtp !== undefined;
  }

  /** DTLS is connected: its keys protect from now on. */
  useKeys(now: Instant): void {
    const { open, agreement, role } = this.transport.dtls;
    if (open === undefined || role === undefined) return;
    this.#departed.clear();
    const { crypto, tunables } = this.#options;
    this.#srtp = srtpSessionOfDtls(open, agreement?.srtpProfile, role, {
      crypto,
      maxSsrcs: tunables.maxReceivedSsrcs ?? DEFAULT_MAX_SSRCS,
      ...this.#headers,
    });
    this.#control.note(now);
  }

  /** DTLS has ended, or begins anew. */
  dropKeys(): void {
    this.#srtp = undefined;
    this.#control.clear();
  }

  // ---- in

  /** Takes a datagram of the transport that is RTP or RTCP by its first byte (RFC 7983). Hot. */
  handleDatagram(now: Instant, datagram: Uint8Array, path: Path): void {
    const refusal = this.#take(now, datagram, path);
    if (refusal !== undefined) this.#count(refusal);
  }

  /** Why it was not taken, or undefined. */
  #take(now: Instant, datagram: Uint8Array, path: Path): string | undefined {
    const agent = this.transport.ice.agent;
    const srtp = this.#srtp;
    if (agent === undefined || !agent.accepts(path)) return "unknown-path";
    if (srtp === undefined) return "no-keys";
    if (datagram.length > LARGEST_RTP_DATAGRAM) return "too-long";
    if (isRtcp(datagram)) return this.#takeRtcp(now, datagram, path, srtp);
    const length = srtp.receiver.unprotect(datagram, receiveSlab.bytes);
    if (typeof length === "string") return length;
    this.#received(now, datagram.length, path);
    this.#options.observer?.packet?.(now, "in", "rtp", receiveSlab.view(length));
    return this.#takeRtp(now, length);
  }

  #takeRtp(now: Instant, length: number): string | undefined {
    const reader = this.#reader;
    if (reader.read(receiveSlab.bytes, length) !== undefined) return "not-rtp";
    const { ssrc } = reader;
    if (ssrc !== this.#lastSsrc) {
      if (this.#departed.isStraggler(now, ssrc)) return "after-bye";
      if (this.#own.has(ssrc)) this.#collided(now, ssrc);
      this.#lastSsrc = ssrc;
    }
    const route = this.#demultiplexer.route(reader);
    if (typeof route === "string") {
      // Nobody's packets take no place among those that SRTP remembers.
      if (this.#demultiplexer.routeOf(ssrc) === undefined && !this.#departed.has(ssrc)) this.#forgetKeys(ssrc);
      return route;
    }
    let receiver = this.#lastReceiver;
    if (receiver === undefined || route.mid !== this.#lastMid) {
      receiver = this.#receivers.get(route.mid);
      if (receiver === undefined) return "no-route";
      this.#lastReceiver = receiver;
      this.#lastMid = route.mid;
    }
    this.#control.arrived(now, reader, receiver);
    const refusal = receiver.receive(now, reader, route);
    if (refusal !== undefined) return refusal;
    this.#control.note(receiver.takeDue());
    return undefined;
  }

  #takeRtcp(now: Instant, datagram: Uint8Array, path: Path, srtp: SrtpSession): string | undefined {
    const length = srtp.rtcpReceiver.unprotect(datagram, receiveSlab.bytes);
    if (typeof length === "string") return `rtcp-${length}`;
    this.#received(now, datagram.length, path);
    const view = receiveSlab.view(length);
    this.#options.observer?.packet?.(now, "in", "rtcp", view);
    const packets = parseRtcp(view);
    if (packets instanceof Malformed) return "rtcp-malformed";
    this.#control.take(now, packets, length);
    return undefined;
  }

  /**
   * RFC 3550 §8.2: the peer uses an SSRC of ours. We say goodbye to it and go on under another; and when that comes back too, it is a loop, of a peer that echoes
   * packets, and no name would help. Both directions have keys of their own, so nothing is mistaken.
   */
  #collided(now: Instant, ssrc: number): void {
    const stream = this.#own.get(ssrc);
    if (stream === undefined || now - this.#collidedAt < LOOP_MS) return;
    this.#collidedAt = now;
    this.#control.sayGoodbye(now, [stream.ssrc]);
    this.#own.delete(stream.ssrc);
    this.#own.delete(stream.rtxSsrc);
    stream.rename({ ssrc: this.#options.newSsrc(), rtxSsrc: this.#options.newSsrc() });
    this.#own.set(stream.ssrc, stream).set(stream.rtxSsrc, stream);
    this.#count("ssrc-collision");
  }

  #received(now: Instant, octets: number, path: Path): void {
    this.transport.traffic.received(now, octets, path);
    this.transport.ice.agent?.dataReceived(now, path);
  }

  #count(refusal: string): void {
    this.#refused[refusal] = (this.#refused[refusal] ?? 0) + 1;
  }

  // ---- StreamDirectory

  outbound(ssrc: number): OutboundStream | undefined {
    return this.#own.get(ssrc);
  }

  inbound(ssrc: number): InboundStream | undefined {
    return this.#receiverOf(ssrc)?.stream(ssrc);
  }

  bye(now: Instant, ssrc: number): void {
    if (this.#receiverOf(ssrc)?.bye(ssrc) === true) this.#depart(ssrc, now);
  }

  mid(ssrc: number, mid: string): void {
    this.#demultiplexer.learnMid(ssrc, mid);
  }

  #receiverOf(ssrc: number): Receiver | undefined {
    const route = this.#demultiplexer.routeOf(ssrc);
    return route === undefined ? undefined : this.#receivers.get(route.mid);
  }

  /** Routing forgets a stream that is over, SRTP when others have followed it. */
  forget(ssrc: number): void {
    this.#demultiplexer.forget(ssrc);
    this.#depart(ssrc);
    this.#lastSsrc = -1;
  }

  #depart(ssrc: number, saidGoodbyeAt?: Instant): void {
    const oldest = this.#departed.add(ssrc, saidGoodbyeAt);
    if (oldest !== undefined && this.#demultiplexer.routeOf(oldest) === undefined) this.#forgetKeys(oldest);
  }

  #forgetKeys(ssrc: number): void {
    this.#srtp?.receiver.forgetSsrc(ssrc);
    this.#srtp?.rtcpReceiver.forgetSsrc(ssrc);
  }

  // ---- out

  /** Something may be due now. */
  wake(now: Instant): void {
    this.#control.note(now);
  }

  /** Writes the next datagram into `out`. The object returned is used again for the next. Hot. */
  pollTransmit(now: Instant, out: Uint8Array): Transmit<Path> | undefined {
    const srtp = this.#srtp;
    if (srtp === undefined) return undefined;
    this.handleTimeout(now);
    const route = this.transport.ice.agent?.selectedPath;
    if (route === undefined) return undefined;
    const length = this.#control.waiting ? this.#writeRtcp(now, out, srtp) : this.#writeRtp(now, out, srtp);
    if (length === 0) return undefined;
    this.transport.traffic.sent(now, length, route);
    this.#transmit ??= { length, route };
    this.#transmit.length = length;
    this.#transmit.route = route;
    return this.#transmit;
  }

  #writeRtcp(now: Instant, out: Uint8Array, srtp: SrtpSession): number {
    const length = this.#control.write(out, Math.min(out.length, this.#options.mtu) - srtp.rtcpSender.overhead);
    if (length === 0) return 0;
    const packet = out.subarray(0, length);
    this.#options.observer?.packet?.(now, "out", "rtcp", packet);
    return srtp.rtcpSender.protect(packet, out);
  }

  #writeRtp(now: Instant, out: Uint8Array, srtp: SrtpSession): number {
    const { overhead } = srtp.sender;
    const room = Math.min(out.length, this.#options.mtu) - overhead;
    const length = this.#queue.writeNext(now, out, room, out.length - overhead, this.#control.bitsPerSecond);
    if (length === 0) {
      this.#control.note(this.#queue.nextDue(now));
      return 0;
    }
    const stream = this.#queue.stream!;
    if (stream.wroteProtected) return length;
    const { transportWideCc, absSendTime } = stream.extensions!;
    if (transportWideCc !== 0) {
      const sequenceNumber = this.#control.departed(now, length + overhead);
      if (sequenceNumber >= 0) stampTransportSequence(out, transportWideCc, sequenceNumber);
    }
    if (absSendTime !== 0) stampSendTime(out, absSendTime, absSendTimeFromMs(now));
    this.#control.departedOfStream(now, out, length + overhead);
    this.#options.observer?.packet?.(now, "out", "rtp", out.subarray(0, length));
    const sealed = srtp.sender.protect(out, out, length);
    stream.keepProtected(now, out, sealed);
    if (!stream.lastWasRepair) this.#control.streamSent(now, stream);
    return sealed;
  }

  handleTimeout(now: Instant): void {
    const { dueAt } = this.#control;
    if (this.#srtp === undefined || dueAt === undefined || dueAt > now) return;
    this.#control.run(now);
    if (this.#queue.waiting) this.#control.note(this.#queue.nextDue(now));
  }

  pollTimeout(): Instant | undefined {
    return this.#srtp === undefined ? undefined : this.#control.dueAt;
  }

  /** RFC 3550 §6.6: says that the streams of a sender are over, if any of them sent. */
  sayGoodbye(now: Instant, sender: Sender): void {
    if (this.#srtp === undefined) return;
    const sent = sender.streams.filter(({ reported }) => reported.packets > 0);
    this.#control.sayGoodbye(
      now,
      sent.map(({ ssrc }) => ssrc),
    );
  }

  stats(): MediaTransportStats {
    return {
      transport: this.transport.id,
      srtpProfile: this.#srtp?.profile,
      availableOutgoingBitrate: this.#control.estimate,
      refused: { ...this.#refused },
    };
  }
}

const DEFAULT_MAX_SSRCS = 128;
/** RFC 3550 §8.2: ten times the least interval of reports, as browsers send them. */
const LOOP_MS = 10_000;
