/** One stream that is sent: an encoding of a sender, with its numbering, what waits, and what the peer says of it. */
import { type Instant, type RandomSource, randomU32 } from "@purertc/core";
import { KeyframeResponder, type ReportBlock, RTX_OVERHEAD, RtpReader } from "@purertc/rtp";
import type { NegotiatedCodec } from "../../jsep/media-types.ts";
import type { ExtensionIds } from "./extension-ids.ts";
import { frameSize } from "./frame-packetizer.ts";
import { FrameQueue, type QueuedFrame } from "./frame-queue.ts";
import { HeaderWriter } from "./header-writer.ts";
import { KeyframeWait } from "./keyframe-wait.ts";
import { OutboundRepairs } from "./outbound-repairs.ts";
import { PacketRing, rtpHeaderLength } from "./packet-ring.ts";
import { RelaySource } from "./relay-source.ts";
import { SampleClock } from "./sample-clock.ts";
import { SeenPackets } from "./seen-packets.ts";
import type { SendingSection } from "./sending-section.ts";
import type { SentCounts } from "./sent-counts.ts";
import { SequenceMapper } from "./sequence-mapper.ts";
import type { MediaTunables } from "./tunables.ts";
import type { EncodedFrame, RtpPacketInfo, SendRefusal } from "./types.ts";

/** What the last packet of a source left behind, for the next to follow. */
const NO_SOURCE = -1;
const FRAMES = -2;
/** Packets of it were withheld. */
const INTERRUPTED = -3;

/** See the file's header. */
export class OutboundStream {
  readonly rid: string | undefined;
  readonly #tunables: MediaTunables;
  readonly #unixMs: (now: Instant) => number;
  readonly #reader = new RtpReader();
  readonly #frames: FrameQueue;
  readonly #sequence: SequenceMapper;
  readonly #relay: RelaySource;
  /** Numbers of relayed packets: SRTP protects each once. */
  readonly #seen = new SeenPackets();
  readonly #clock = new SampleClock();
  readonly #wait = new KeyframeWait();
  readonly #repairs: OutboundRepairs;
  readonly keyframes: KeyframeResponder = new KeyframeResponder();
  #ssrc: number;
  #section: SendingSection | undefined;
  #header: HeaderWriter | undefined;
  #acknowledged = false;
  #ring: PacketRing | undefined;
  #source = NO_SOURCE;
  #timestampOffset: number;
  /** Of the last packet. */
  codec: NegotiatedCodec | undefined;
  lastTimestamp = 0;
  lastSentAt: Instant | undefined;
  lastWasRepair = false;
  packetsSent = 0;
  bytesSent = 0;
  headerBytesSent = 0;
  retransmittedPacketsSent = 0;
  retransmittedBytesSent = 0;
  framesSent = 0;
  keyFramesSent = 0;
  width: number | undefined;
  height: number | undefined;
  nackCount = 0;
  pliCount = 0;
  firCount = 0;
  sendDelayMs = 0;
  /** RTP octets and packets as sender reports count them: this SSRC only. */
  readonly reported: SentCounts = { packets: 0, octets: 0 };
  /** Reports speak of it: it has sent since the last but one. */
  announced = false;
  remote: { readonly block: ReportBlock; readonly at: Instant; readonly clockRate: number } | undefined;
  roundTripMs: number | undefined;
  totalRoundTripMs = 0;
  roundTrips = 0;

  constructor(
    ssrcs: { readonly ssrc: number; readonly rtxSsrc: number },
    rid: string | undefined,
    random: RandomSource,
    tunables: MediaTunables,
    unixMs: (now: Instant) => number,
  ) {
    this.#ssrc = ssrcs.ssrc;
    this.rid = rid;
    this.#tunables = tunables;
    this.#unixMs = unixMs;
    // RFC 3550 §5.1 wants a random first number; below 2^15, so that a receiver's rollover counter is right from the start (RFC 3711 §3.3.1).
    this.#sequence = new SequenceMapper(randomU32(random) & 0x7fff);
    this.#repairs = new OutboundRepairs(ssrcs.rtxSsrc, randomU32(random) & 0x7fff, tunables);
    this.#timestampOffset = randomU32(random);
    this.#relay = new RelaySource();
    this.#frames = new FrameQueue(random);
  }

  get ssrc(): number {
    return this.#ssrc;
  }

  /** Of retransmissions, whether used or not. */
  get rtxSsrc(): number {
    return this.#repairs.ssrc;
  }

  /** Identifiers in what it sends. */
  get extensions(): ExtensionIds | undefined {
    return this.#section?.ids;
  }

  /** Whether retransmissions have a stream of their own. */
  get hasRtx(): boolean {
    return this.#repairs.hasRtx;
  }

  /** As sender reports count them, of the SSRC of its retransmissions. */
  get repaired(): SentCounts {
    return this.#repairs.reported;
  }

  /** When the last retransmission went out under that SSRC. */
  get lastRepairAt(): Instant | undefined {
    return this.#repairs.lastSentAt;
  }

  /** Takes over what was agreed; undefined: nothing may be sent. */
  configure(section: SendingSection | undefined): void {
    this.#section = section;
    this.#repairs.configure(section);
    if (section === undefined) {
      this.clear();
      return;
    }
    this.#acknowledged = false;
    const identity = { mid: section.mid, rid: section.ridBytes(this.rid) };
    this.#header = new HeaderWriter(section.ids, identity, section.agreed.extmapAllowMixed);
    this.#relay.renegotiated();
    this.#frames.renegotiated(section);
  }

  /** SSRCs collided with the peer's (RFC 3550 §8.2): the stream goes on under others. */
  rename(ssrcs: { readonly ssrc: number; readonly rtxSsrc: number }): void {
    this.#ssrc = ssrcs.ssrc;
    this.#acknowledged = false;
    this.announced = false;
    this.reported.packets = 0;
    this.reported.octets = 0;
    this.remote = undefined;
    this.#repairs.rename(ssrcs.rtxSsrc);
  }

  /** Octets that wait. */
  get queuedOctets(): number {
    return this.#frames.octets + (this.#ring?.octets ?? 0);
  }

  /** Whether a packet waits that the pacer has no say about: retransmissions, and relayed packets, which their sender has paced. */
  get hasUrgent(): boolean {
    return this.#repairs.pending || (this.#ring !== undefined && this.#ring.length > 0);
  }

  get hasFrames(): boolean {
    return !this.#frames.isEmpty;
  }

  /** Forgets all that waits. */
  clear(): void {
    this.#frames.clear();
    this.#ring?.clear();
    this.#repairs.clear();
  }

  /** Queues a frame, whose data nobody else keeps. */
  queueFrame(now: Instant, frame: EncodedFrame, codec: NegotiatedCodec): void {
    this.#frames.push({ frame, codec, queuedAt: now });
  }

  /** Packets of the source that is relayed are withheld: what comes next follows the last that was sent, as if nothing was missing. */
  interrupt(): void {
    if (this.#source >= 0) this.#source = INTERRUPTED;
  }

  /** Rewrites a packet into the queue. Hot. */
  queuePacket(now: Instant, packet: Uint8Array, info: RtpPacketInfo): SendRefusal | undefined {
    const section = this.#section;
    const header = this.#header;
    const reader = this.#reader;
    if (section === undefined || header === undefined) return "not-negotiated";
    if (reader.read(packet) !== undefined) return "malformed";
    const relay = this.#relay;
    if (!relay.describe(section, info)) return "wrong-codec";
    const codec = relay.codec!;
    if (this.#source !== info.ssrc) {
      if (reader.payloadLength === 0 || this.#awaitsKeyframe(now, info)) return undefined;
      this.#begin(now, info.ssrc, reader.timestamp, codec);
      this.#sequence.restart(reader.sequenceNumber);
      relay.restart();
    }
    if (reader.payloadLength === 0) {
      this.#sequence.skip(reader.sequenceNumber); // padding probes the path it came by
      return undefined;
    }
    this.#ring ??= new PacketRing(this.#tunables.maxQueuedPackets ?? 512, LARGEST_RELAYED_PACKET);
    const ring = this.#ring;
    if (ring.full) return "queue-full";
    const sequenceNumber = this.#sequence.map(reader.sequenceNumber);
    if (sequenceNumber < 0 || !this.#seen.add(sequenceNumber)) return undefined; // of before the last change of source, or a repetition
    const slot = ring.free;
    const timestamp = (reader.timestamp + this.#timestampOffset) >>> 0;
    const length = relay.write(slot, reader, header, codec.payloadType, this.#ssrc, this.#identifies);
    if (length < 0) return "malformed";
    slot[2] = sequenceNumber >>> 8;
    slot[3] = sequenceNumber;
    slot[4] = timestamp >>> 24;
    slot[5] = timestamp >>> 16;
    slot[6] = timestamp >>> 8;
    slot[7] = timestamp;
    ring.push(now, length);
    if (timestamp !== this.lastTimestamp) {
      this.#clock.note(timestamp, info.captureTimeMs ?? this.#unixMs(now), codec.clockRate);
      if (info.startsKeyframe === true) this.keyFramesSent += 1;
    }
    this.#noteSent(codec, timestamp);
    return undefined;
  }

  /** Whether a packet of another source than the last is left out, because it begins no key frame. */
  #awaitsKeyframe(now: Instant, info: RtpPacketInfo): boolean {
    const answer =
      this.#source !== NO_SOURCE && info.startsKeyframe === false && this.#relay.tellsKeyframes ? this.#wait.next(now, info.ssrc) : "go";
    if (answer === "ask") this.keyframes.pictureLoss();
    if (answer === "go") this.#wait.over();
    return answer !== "go";
  }

  /** A NACK came (RFC 4585 §6.2.1). */
  nack(sequenceNumbers: readonly number[]): void {
    this.nackCount += 1;
    this.#repairs.want(sequenceNumbers);
  }

  /** A report block of the peer about this stream. Returns the round trip, if it tells one. */
  report(now: Instant, block: ReportBlock, roundTripMs: number | undefined): void {
    this.#acknowledged = true;
    this.remote = { block, at: now, clockRate: this.codec?.clockRate ?? 90_000 };
    if (roundTripMs === undefined) return;
    this.roundTripMs = roundTripMs;
    this.totalRoundTripMs += roundTripMs;
    this.roundTrips += 1;
  }

  /** The RTP timestamp of a moment, for a sender report; undefined before anything was sent. */
  timestampAt(now: Instant): number | undefined {
    if (!this.#clock.started || this.codec === undefined || this.lastSentAt === undefined) return undefined;
    return this.#clock.timestamp(this.#unixMs(now), this.codec.clockRate);
  }

  /**
   * Writes the next packet at the start of `out` and returns its length; 0: nothing waits. Packets made here have at most `room` octets, and others, which came as
   * they are, at most `limit`. `paced` false leaves frames where they are. Hot.
   */
  writeNext(now: Instant, out: Uint8Array, room: number, limit: number, paced: boolean): number {
    if (this.#repairs.pending) {
      const length = this.#repairs.write(now, out, limit, this.roundTripMs);
      if (length > 0) {
        this.#sentAgain(out, length);
        return length;
      }
    }
    const ring = this.#ring;
    while (ring !== undefined && ring.length > 0) {
      const { first, firstLength } = ring;
      const delay = now - ring.firstQueuedAt;
      ring.shift();
      if (firstLength > limit) continue; // a caller's buffer that is too small
      out.set(first.length <= out.length ? first : first.subarray(0, firstLength));
      if (this.#section?.kind === "video" && first[1]! >= 0x80) this.framesSent += 1;
      this.#sent(now, out, firstLength, delay);
      return firstLength;
    }
    return paced ? this.#writeFrame(now, out, room) : 0;
  }

  #writeFrame(now: Instant, out: Uint8Array, room: number): number {
    const header = this.#header;
    const section = this.#section;
    if (header === undefined || section === undefined) return 0;
    const current = this.#frames.current ?? this.#nextFrame(now, section, header, room);
    if (current === undefined) return 0;
    const { frame, codec } = current;
    const packetizer = this.#frames.packetizer!;
    const first = packetizer.timestampOffset === 0;
    const timestamp = (frame.timestamp + packetizer.timestampOffset + this.#timestampOffset) >>> 0;
    const level = frame.audioLevel === undefined ? -1 : (frame.audioLevel.voice ? 0x80 : 0) | (frame.audioLevel.level & 0x7f);
    const orientation = frame.kind === "video" && (frame.rotation ?? 0) !== 0 ? frame.rotation! / 90 : -1;
    const { payloadType } = section.carrierOf(codec);
    const at = header.write(out, payloadType, false, this.#ssrc, this.#identifies, { audioLevel: level, orientation });
    const length = at + packetizer.writeNext(out, at);
    const sequenceNumber = this.#sequence.next();
    this.#seen.add(sequenceNumber);
    out[2] = sequenceNumber >>> 8;
    out[3] = sequenceNumber;
    out[4] = timestamp >>> 24;
    out[5] = timestamp >>> 16;
    out[6] = timestamp >>> 8;
    out[7] = timestamp;
    if (first) this.#clock.note(timestamp, frame.captureTimeMs ?? this.#unixMs(now), codec.clockRate);
    this.#noteSent(codec, timestamp);
    const done = !packetizer.pending;
    if (frame.kind === "video" && done) out[1]! |= 0x80;
    if (done) {
      this.#frames.finish();
      this.framesSent += 1;
      if (frame.kind === "video" && frame.keyframe) this.keyFramesSent += 1;
    }
    this.#sent(now, out, length, now - current.queuedAt);
    return length;
  }

  #nextFrame(now: Instant, section: SendingSection, header: HeaderWriter, room: number): QueuedFrame | undefined {
    // Room for the retransmission's two octets too.
    const next = this.#frames.begin(section, room - header.maxLength - RTX_OVERHEAD);
    if (next === undefined) return undefined;
    const { frame, codec } = next;
    const size = frame.width === undefined || frame.height === undefined ? frameSize(codec.mimeType, frame) : frame;
    this.width = size?.width ?? this.width;
    this.height = size?.height ?? this.height;
    if (this.#source !== FRAMES) this.#begin(now, FRAMES, frame.timestamp, codec);
    return next;
  }

  /** Another source of timestamps begins: its first one follows the last that was sent by the time that has passed. */
  #begin(now: Instant, source: number, timestamp: number, codec: NegotiatedCodec): void {
    if (this.#source !== NO_SOURCE) {
      const elapsedMs = this.lastSentAt === undefined ? 0 : Math.max(0, now - this.lastSentAt);
      const ticks = Math.max(1, Math.round((elapsedMs * codec.clockRate) / 1000));
      this.#timestampOffset = (this.lastTimestamp + ticks - timestamp) >>> 0;
    }
    this.#source = source;
  }

  #noteSent(codec: NegotiatedCodec, timestamp: number): void {
    this.codec = codec;
    this.lastTimestamp = timestamp;
  }

  /** Counts a packet that is on its way and keeps it for retransmission. */
  #sent(now: Instant, out: Uint8Array, length: number, delayMs: number): void {
    const headerLength = rtpHeaderLength(out);
    this.lastWasRepair = false;
    this.lastSentAt = now;
    this.packetsSent += 1;
    this.bytesSent += length - headerLength;
    this.headerBytesSent += headerLength;
    this.reported.packets += 1;
    this.reported.octets += length - headerLength;
    this.sendDelayMs += Math.max(0, delayMs);
    this.#repairs.sent(now, out, length);
  }

  /** Counts a packet that is on its way again. */
  #sentAgain(out: Uint8Array, length: number): void {
    const headerLength = rtpHeaderLength(out);
    this.lastWasRepair = true;
    this.packetsSent += 1;
    this.bytesSent += length - headerLength;
    this.headerBytesSent += headerLength;
    this.retransmittedPacketsSent += 1;
    this.retransmittedBytesSent += length - headerLength;
  }

  /** What {@link writeNext} wrote is protected now. */
  keepProtected(now: Instant, out: Uint8Array, length: number): void {
    if (!this.lastWasRepair) this.#repairs.protectedSent(now, out, length);
  }

  /** Whether what {@link writeNext} wrote is protected already. */
  get wroteProtected(): boolean {
    return this.lastWasRepair && !this.#repairs.hasRtx;
  }

  /** With a rid, always: its retransmissions are told by nothing else. */
  get #identifies(): boolean {
    return !this.#acknowledged || this.rid !== undefined;
  }
}

/** Octets before SRTP. Browsers make packets of 1200 octets and more, and a relay cannot cut them: what fits Ethernet passes. A multiple of eight. */
const LARGEST_RELAYED_PACKET = 1424;
/** Octets of a datagram that holds one. */
export const LARGEST_RELAYED_DATAGRAM: number = LARGEST_RELAYED_PACKET + 24;
