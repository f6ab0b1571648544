/** The sending half of a transceiver: its encodings with a stream each, and what of them was agreed. */
import { copyBytes, type Instant, InvalidArgumentError, type RandomSource } from "@purertc/core";
import type { AgreedMedia, LocalEncoding, MediaKind, NegotiatedCodec } from "../../jsep/media-types.ts";
import { createPacketizer } from "./frame-packetizer.ts";
import { isKeyframe } from "./keyframe.ts";
import { OutboundStream } from "./outbound-stream.ts";
import { SendingSection } from "./sending-section.ts";
import type { MediaTunables } from "./tunables.ts";
import type { EncodedFrame, EncodingParameters, MediaSender, RtpPacketInfo, SendRefusal } from "./types.ts";

/** What a sender is made with. */
export interface SenderOptions {
  readonly kind: MediaKind;
  readonly streamIds: readonly string[];
  readonly trackId: string;
  readonly encodings: readonly EncodingParameters[];
  readonly random: RandomSource;
  readonly tunables: MediaTunables;
  /** A random SSRC that no other stream of this peer has. */
  readonly newSsrc: () => number;
  readonly unixMs: (now: Instant) => number;
  /** Takes note of the time; false: the peer is closed. */
  readonly enter: (now: Instant) => boolean;
  /** Something may be due now: a wish for a key frame. */
  readonly wake: (now: Instant) => void;
}

/** See the file's header. */
export class Sender implements MediaSender {
  readonly #options: SenderOptions;
  #encodings: readonly EncodingParameters[];
  #streams: readonly OutboundStream[];
  #section: SendingSection | undefined;
  #sending = false;
  #stopped = false;
  /** What there was before a pending remote offer asked for layers. */
  #ridless: { readonly encodings: readonly EncodingParameters[]; readonly streams: readonly OutboundStream[] } | undefined;
  #pausedRids: readonly string[] = [];
  streamIds: readonly string[];
  trackId: string;
  enabled = true;
  /** Bits per second that the source should make; set by whoever shares out the path's estimate. */
  targetBitrate: number | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.streamIds = options.streamIds;
    this.trackId = options.trackId;
    this.#encodings = options.encodings;
    this.#streams = options.encodings.map(({ rid }) => this.#newStream(rid));
  }

  get codecs(): readonly NegotiatedCodec[] {
    return this.#section?.codecs ?? [];
  }

  get encodings(): readonly EncodingParameters[] {
    return this.#encodings;
  }

  /** One for each encoding, in their order. */
  get streams(): readonly OutboundStream[] {
    return this.#streams;
  }

  /** Whether the direction allows sending. */
  get sending(): boolean {
    return this.#sending;
  }

  get kind(): MediaKind {
    return this.#options.kind;
  }

  /** The encodings as descriptions see them. */
  get localEncodings(): readonly LocalEncoding[] {
    return this.#encodings.map(({ rid, active }, i) => {
      const { ssrc, rtxSsrc } = this.#streams[i]!;
      return { ...(rid === undefined ? {} : { rid }), active, ssrc, rtxSsrc };
    });
  }

  get queuedOctets(): number {
    let octets = 0;
    for (const stream of this.#streams) octets += stream.queuedOctets;
    return octets;
  }

  /** Changes parameters. Throws `InvalidArgumentError` when the number or the rids of encodings change. */
  setEncodings(encodings: readonly EncodingParameters[]): void {
    const same = encodings.length === this.#encodings.length && encodings.every(({ rid }, i) => rid === this.#encodings[i]!.rid);
    if (!same) throw new InvalidArgumentError("the number and the rids of encodings cannot change", { code: "PEER_ENCODINGS" });
    this.#encodings = encodings;
  }

  /** webrtc-pc "proposedSendEncodings": a remote offer asks for these layers of a sender whose only encoding has no rid. */
  proposeEncodings(proposed: readonly { readonly rid: string; readonly active: boolean }[]): void {
    const [first] = this.#encodings;
    if (proposed.length === 0 || this.#encodings.length !== 1 || first === undefined || first.rid !== undefined) return;
    this.#ridless = { encodings: this.#encodings, streams: this.#streams };
    this.#encodings = proposed.map(({ rid, active }) => ({ ...first, active: active && first.active, rid }));
    this.#streams = proposed.map(({ rid }, i) => (i === 0 ? this.#renamed(rid) : this.#newStream(rid)));
  }

  /** webrtc-pc [[LastStableRidlessSendEncodings]]: the offer that asked for layers was rolled back. */
  withdrawProposal(): void {
    if (this.#ridless === undefined) return;
    this.#encodings = this.#ridless.encodings;
    this.#streams = this.#ridless.streams;
    this.#ridless = undefined;
  }

  /** An answer settled what is sent; undefined: nothing. `largestPacket`: octets of an RTP packet before SRTP. */
  configure(mid: string, agreed: AgreedMedia | undefined, largestPacket: number): void {
    this.#sending = agreed !== undefined && (agreed.direction === "sendrecv" || agreed.direction === "sendonly");
    if (agreed === undefined) {
      this.#section = undefined;
      for (const stream of this.#streams) stream.configure(undefined);
      return;
    }
    this.#ridless = undefined;
    this.#pausedRids = agreed.pausedRids;
    this.#keepRids(agreed.sendRids);
    this.#section = new SendingSection(this.kind, mid, agreed, largestPacket);
    for (const stream of this.#streams) {
      stream.configure(this.#section);
      if (!this.#sending) stream.clear();
    }
  }

  /** For good. */
  stop(): void {
    this.#stopped = true;
    this.#sending = false;
    for (const stream of this.#streams) stream.clear();
  }

  sendFrame(now: Instant, frame: EncodedFrame, rid: string | undefined = frame.rid): SendRefusal | undefined {
    const index = this.#indexOf(rid);
    const refusal = this.#refusal(now, index);
    if (refusal !== undefined) return refusal;
    const section = this.#section!;
    const encoding = this.#encodings[index]!;
    const codec = section.codecFor(frame.mimeType ?? encoding.codec?.mimeType, encoding.codec?.sdpFmtpLine);
    if (codec === undefined) return "wrong-codec";
    const checked = this.#checked(frame, codec, section.largestPacket);
    if (typeof checked === "string") return checked;
    const { maxQueuedOctets = DEFAULT_MAX_QUEUED_OCTETS } = this.#options.tunables;
    if (this.queuedOctets + frame.data.length > maxQueuedOctets && this.queuedOctets > 0) return "queue-full";
    this.#streams[index]!.queueFrame(now, { ...frame, keyframe: checked.keyframe, data: copyBytes(frame.data) }, codec);
    return undefined;
  }

  sendPacket(now: Instant, packet: Uint8Array, info: RtpPacketInfo): SendRefusal | undefined {
    const index = this.#encodings.length === 1 ? 0 : this.#indexOf(info.rid);
    const refusal = this.#refusal(now, index);
    if (refusal !== undefined) {
      this.#streams[index]?.interrupt();
      return refusal;
    }
    const stream = this.#streams[index]!;
    const queued = stream.queuePacket(now, packet, info);
    if (stream.keyframes.nextDue() !== undefined) this.#options.wake(now);
    return queued;
  }

  interrupt(): void {
    for (const stream of this.#streams) stream.interrupt();
  }

  #refusal(now: Instant, index: number): SendRefusal | undefined {
    if (!this.#options.enter(now) || this.#stopped) return "stopped";
    if (this.#section === undefined) return "not-negotiated";
    if (index < 0) return "no-such-encoding";
    const { active, rid } = this.#encodings[index]!;
    if (!this.#sending || !this.enabled || !active) return "muted";
    return rid !== undefined && this.#pausedRids.includes(rid) ? "muted" : undefined;
  }

  /** Tries the frame on a packetizer that is not used: what it cannot carry is refused here, where someone listens. */
  #checked(frame: EncodedFrame, codec: NegotiatedCodec, largestPacket: number): SendRefusal | { readonly keyframe: boolean } {
    const packetizer = createPacketizer(codec, 0);
    if (packetizer === undefined) return "wrong-codec";
    try {
      packetizer.begin(frame, largestPacket - HEADER_ALLOWANCE);
      return { keyframe: isKeyframe(codec.mimeType, frame.data) ?? true };
    } catch (error) {
      if (error instanceof InvalidArgumentError) return "malformed";
      throw error;
    }
  }

  /** -1: there is none. Without a rid, the only or first one. */
  #indexOf(rid: string | undefined): number {
    return rid === undefined ? 0 : this.#encodings.findIndex((encoding) => encoding.rid === rid);
  }

  /** webrtc-pc: encodings whose rid the answer left out are gone; when it wants no layers at all, the first one stays. */
  #keepRids(rids: readonly string[]): void {
    if (this.#encodings.length < 2) return;
    const kept = this.#encodings.flatMap(({ rid }, i) => (rid !== undefined && rids.includes(rid) ? [i] : []));
    const indices = kept.length === 0 ? [0] : kept;
    this.#encodings = indices.map((i) => this.#encodings[i]!);
    this.#streams = indices.map((i) => this.#streams[i]!);
  }

  #newStream(rid: string | undefined): OutboundStream {
    const { newSsrc, random, tunables, unixMs } = this.#options;
    return new OutboundStream({ ssrc: newSsrc(), rtxSsrc: newSsrc() }, rid, random, tunables, unixMs);
  }

  #renamed(rid: string): OutboundStream {
    const { random, tunables, unixMs } = this.#options;
    const { ssrc, rtxSsrc } = this.#streams[0]!;
    return new OutboundStream({ ssrc, rtxSsrc }, rid, random, tunables, unixMs);
  }
}

const DEFAULT_MAX_QUEUED_OCTETS = 4 << 20;
/** Header with all its extensions, and the two octets of RTX. */
const HEADER_ALLOWANCE = 100;
