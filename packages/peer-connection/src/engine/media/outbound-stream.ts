/** One stream that is sent: an encoding of a sender, with its queue, its numbering, what it keeps for retransmission and what the peer says of it. */
import type { Instant } from "@purertc/core";
import { Queue, type RandomSource, randomU32 } from "@purertc/core";
import { KeyframeResponder, PacketHistory, type ReportBlock, RTX_OVERHEAD, RtpReader, RtxSender } from "@purertc/rtp";
import type { NegotiatedCodec } from "../../jsep/media-types.ts";
import type { ExtensionIds } from "./extension-ids.ts";
import { beginsFrame, createPacketizer, type FramePacketizer, frameSize, RedFrames } from "./frame-packetizer.ts";
import { HeaderWriter } from "./header-writer.ts";
import { KeyframeWait } from "./keyframe-wait.ts";
import { PacketRing, rtpHeaderLength } from "./packet-ring.ts";
import { RelaySource } from "./relay-source.ts";
import { RepairBudget } from "./repair-budget.ts";
import { identifyRepair } from "./repair-identity.ts";
import { SampleClock } from "./sample-clock.ts";
import { SeenPackets } from "./seen-packets.ts";
import type { SendingSection } from "./sending-section.ts";
import { SequenceMapper } from "./sequence-mapper.ts";
import type { MediaTunables } from "./tunables.ts";
import type { EncodedFrame, RtpPacketInfo, SendRefusal } from "./types.ts";

/** A frame that waits, and the codec it goes out in. */
interface QueuedFrame {
  readonly frame: EncodedFrame;
  readonly codec: NegotiatedCodec;
  readonly queuedAt: Instant;
}

/** What sender reports count of an SSRC: payload only (RFC 3550 §6.4.1). */
export interface SentCounts {
  packets: number;
  octets: number;
}

/** What the last packet of a source left behind, for the next to follow. */
const NO_SOURCE = -1;
const FRAMES = -2;
/** Packets of it were withheld. */
const INTERRUPTED = -3;

/** See the file's header. */
export class OutboundStream {
  readonly rid: string | undefined;
  readonly #random: RandomSource;
  readonly #tunables: MediaTunables;
  readonly #unixMs: (now: Instant) => number;
  readonly #reader = new RtpReader();
  readonly #frames = new Queue<QueuedFrame>();
  readonly #sequence: SequenceMapper;
  readonly #relay: RelaySource;
  /** Numbers of relayed packets: SRTP protects each once. */
  readonly #seen = new SeenPackets();
  readonly #clock = new SampleClock();
  readonly #wait = new KeyframeWait();
  readonly #budget: RepairBudget;
  readonly keyframes: KeyframeResponder = new KeyframeResponder();
  #ssrc: number;
  #rtxSsrc: number;
  #section: SendingSection | undefined;
  #header: HeaderWriter | undefined;
  #acknowledged = false;
  #ring: PacketRing | undefined;
  #history: PacketHistory | undefined;
  #rtx: RtxSender | undefined;
  /** Of the next retransmission, when there is no sender of them. */
  #rtxNumber: number;
  readonly #wanted: number[] = []; // sequence numbers to send again
  #packetizer: FramePacketizer | undefined;
  #packetizerCodec: NegotiatedCodec | undefined;
  #current: QueuedFrame | undefined;
  #frameOctets = 0;
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
  /** The same of the SSRC of its retransmissions. */
  readonly repaired: SentCounts = { packets: 0, octets: 0 };
  lastRepairAt: Instant | undefined;
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
    this.#rtxSsrc = ssrcs.rtxSsrc;
    this.rid = rid;
    this.#random = random;
    this.#tunables = tunables;
    this.#unixMs = unixMs;
    // RFC 3550 §5.1 wants a random first number; below 2^15, so that a receiver's rollover counter is right from the start (RFC 3711 §3.3.1).
    this.#sequence = new SequenceMapper(randomU32(random) & 0x7fff);
    this.#rtxNumber = randomU32(random) & 0x7fff;
    this.#timestampOffset = randomU32(random);
    this.#relay = new RelaySource();
    this.#budget = new RepairBudget(tunables.maxRetransmissionShare ?? 0.5);
  }

  get ssrc(): number {
    return this.#ssrc;
  }

  /** Of retransmissions, whether used or not. */
  get rtxSsrc(): number {
    return this.#rtxSsrc;
  }

  /** Identifiers in what it sends. */
  get extensions(): ExtensionIds | undefined {
    return this.#section?.ids;
  }

  /** Whether retransmissions have a stream of their own. */
  get hasRtx(): boolean {
    return this.#rtx !== undefined;
  }

  /** Takes over what was agreed; undefined: nothing may be sent. */
  configure(section: SendingSection | undefined): void {
    if (section === undefined) {
      this.clear();
      this.#section = undefined;
      return;
    }
    this.#section = section;
    this.#acknowledged = false;
    const identity = { mid: section.mid, rid: section.ridBytes(this.rid) };
    this.#header = new HeaderWriter(section.ids, identity, section.agreed.extmapAllowMixed);
    this.#relay.renegotiated();
    this.#renegotiateFrames(section);
    this.#renegotiateRepairs(section);
  }

  /** Frames that wait go out under the payload types of now; one that is half out is finished if its own is the same. */
  #renegotiateFrames(section: SendingSection): void {
    const current = this.#current;
    const codec = current === undefined ? undefined : section.codecFor(current.codec.mimeType, current.codec.sdpFmtpLine);
    if (current !== undefined && codec?.payloadType === current.codec.payloadType && section.carrierOf(codec) === codec) {
      this.#current = { ...current, codec };
      this.#packetizerCodec = codec;
    } else {
      if (current !== undefined) this.#frameOctets -= current.frame.data.length;
      this.#current = undefined;
      this.#packetizer = undefined;
      this.#packetizerCodec = undefined;
    }
    for (let left = this.#frames.length; left > 0; left--) {
      const waiting = this.#frames.shift()!;
      const renewed = section.codecFor(waiting.codec.mimeType, waiting.codec.sdpFmtpLine);
      if (renewed === undefined) this.#frameOctets -= waiting.frame.data.length;
      else this.#frames.push({ ...waiting, codec: renewed });
    }
  }

  #renegotiateRepairs(section: SendingSection): void {
    const payloadType = section.kind === "audio" || section.primary === undefined ? -1 : section.rtxTypeOf(section.primary.payloadType);
    // Without RTX the history holds what is protected, with RTX what is not: never the one for the other.
    if (!section.repairs || payloadType < 0 !== (this.#rtx === undefined)) {
      this.#history = undefined;
      this.#wanted.length = 0;
    }
    if (section.repairs) this.#history ??= new PacketHistory({ capacity: this.#tunables.packetHistory ?? 1024 });
    // Numbers go on: SRTP protects each once (RFC 3711 §9.1).
    this.#rtxNumber = this.#rtx?.nextSequenceNumber ?? this.#rtxNumber;
    this.#rtx = payloadType < 0 ? undefined : new RtxSender({ ssrc: this.#rtxSsrc, payloadType }, this.#rtxNumber);
  }

  /** SSRCs collided with the peer's (RFC 3550 §8.2): the stream goes on under others. */
  rename(ssrcs: { readonly ssrc: number; readonly rtxSsrc: number }): void {
    this.#ssrc = ssrcs.ssrc;
    this.#rtxSsrc = ssrcs.rtxSsrc;
    this.#acknowledged = false;
    this.announced = false;
    this.#history?.clear();
    this.#wanted.length = 0;
    for (const counts of [this.reported, this.repaired]) {
      counts.packets = 0;
      counts.octets = 0;
    }
    this.remote = undefined;
    this.#rtx = undefined;
    if (this.#section !== undefined) this.#renegotiateRepairs(this.#section);
  }

  /** Octets that wait. */
  get queuedOctets(): number {
    return this.#frameOctets + (this.#ring?.octets ?? 0);
  }

  /** Whether a packet waits that the pacer has no say about: retransmissions, and relayed packets, which their sender has paced. */
  get hasUrgent(): boolean {
    return this.#wanted.length > 0 || (this.#ring !== undefined && this.#ring.length > 0);
  }

  get hasFrames(): boolean {
    return this.#current !== undefined || this.#frames.length > 0;
  }

  /** Forgets all that waits. */
  clear(): void {
    this.#frames.clear();
    this.#current = undefined;
    this.#packetizer = undefined;
    this.#packetizerCodec = undefined;
    this.#frameOctets = 0;
    this.#ring?.clear();
    this.#wanted.length = 0;
  }

  /** Queues a frame, whose data nobody else keeps. */
  queueFrame(now: Instant, frame: EncodedFrame, codec: NegotiatedCodec): void {
    this.#frames.push({ frame, codec, queuedAt: now });
    this.#frameOctets += frame.data.length;
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

  /** A NACK came (RFC 4585 §6.2.1): packets are looked up when there is room to send them. */
  nack(sequenceNumbers: readonly number[]): void {
    this.nackCount += 1;
    if (this.#history === undefined) return;
    for (const sequenceNumber of sequenceNumbers) {
      if (this.#wanted.length >= MAX_WANTED) return;
      if (!this.#wanted.includes(sequenceNumber)) this.#wanted.push(sequenceNumber);
    }
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
    if (this.#wanted.length > 0) {
      const length = this.#writeRepair(now, out, limit);
      if (length > 0) return length;
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
    let current = this.#current;
    if (current === undefined) {
      current = this.#nextFrame(now, header, room);
      if (current === undefined) return 0;
    }
    const { frame, codec } = current;
    const packetizer = this.#packetizer!;
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
      this.#current = undefined;
      this.#frameOctets -= frame.data.length;
      this.framesSent += 1;
      if (frame.kind === "video" && frame.keyframe) this.keyFramesSent += 1;
    }
    this.#sent(now, out, length, now - current.queuedAt);
    return length;
  }

  #nextFrame(now: Instant, header: HeaderWriter, room: number): QueuedFrame | undefined {
    for (let next = this.#frames.shift(); next !== undefined; next = this.#frames.shift()) {
      const { frame, codec } = next;
      if (this.#packetizerCodec !== codec) {
        this.#packetizerCodec = codec;
        const carrier = this.#section!.carrierOf(codec);
        this.#packetizer = carrier === codec ? createPacketizer(codec, randomU32(this.#random)) : new RedFrames(codec.payloadType);
      }
      // Room for the retransmission's two octets too.
      const fits = this.#packetizer !== undefined && beginsFrame(this.#packetizer, frame, room - header.maxLength - RTX_OVERHEAD);
      if (!fits) {
        this.#frameOctets -= frame.data.length;
        continue;
      }
      const size = frame.width === undefined || frame.height === undefined ? frameSize(codec.mimeType, frame) : frame;
      this.width = size?.width ?? this.width;
      this.height = size?.height ?? this.height;
      if (this.#source !== FRAMES) this.#begin(now, FRAMES, frame.timestamp, codec);
      this.#current = next;
      return next;
    }
    return undefined;
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
    this.#budget.sent(now, length);
    if (this.#rtx !== undefined) this.#history?.store(now, out, length);
  }

  /** Without RTX a packet is sent again as it was, SRTP included: one index may protect one packet only (RFC 3711 §9.1). */
  keepProtected(now: Instant, out: Uint8Array, length: number): void {
    if (this.#rtx === undefined && !this.lastWasRepair) this.#history?.store(now, out, length);
  }

  /** Whether what {@link writeNext} wrote is protected already. */
  get wroteProtected(): boolean {
    return this.lastWasRepair && this.#rtx === undefined;
  }

  #writeRepair(now: Instant, out: Uint8Array, room: number): number {
    const history = this.#history;
    while (this.#wanted.length > 0) {
      const sequenceNumber = this.#wanted.shift()!;
      const found = history?.retransmit(now, sequenceNumber, this.roundTripMs ?? DEFAULT_ROUND_TRIP_MS);
      if (found === undefined || typeof found === "string" || found.length + RTX_OVERHEAD > room) continue;
      if (!this.#budget.takes(now, found.length + (this.#rtx === undefined ? 0 : RTX_OVERHEAD))) {
        this.#wanted.length = 0;
        return 0;
      }
      let length = found.length;
      if (this.#rtx === undefined) out.set(found);
      else {
        const payloadType = this.#section!.rtxTypeOf(found[1]! & 0x7f);
        if (payloadType < 0) continue;
        length = this.#rtx.write(out, found);
        out[1] = (out[1]! & 0x80) | payloadType; // of the codec of that packet, which need not be the primary
        identifyRepair(out, this.#section!.ids);
      }
      const headerLength = rtpHeaderLength(out);
      this.lastWasRepair = true;
      this.packetsSent += 1;
      this.bytesSent += length - headerLength;
      this.headerBytesSent += headerLength;
      if (this.#rtx !== undefined) {
        this.lastRepairAt = now;
        this.repaired.packets += 1;
        this.repaired.octets += length - headerLength;
      }
      this.retransmittedPacketsSent += 1;
      this.retransmittedBytesSent += length - headerLength;
      return length;
    }
    return 0;
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
/** As many as two NACKs of a badly hit frame name. */
const MAX_WANTED = 256;
const DEFAULT_ROUND_TRIP_MS = 50;
