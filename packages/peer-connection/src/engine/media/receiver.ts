/** The receiving half of a transceiver: the streams of its section, which of them is chosen, and who wants what they bring. */
import { type Instant, InvalidStateError, Malformed } from "@purertc/core";
import { type RtcpPacket, type RtpReader, restoreRtxPacket, type StreamRoute } from "@purertc/rtp";
import type {
  AgreedMedia,
  MediaKind,
  NegotiatedCodec,
  NegotiatedHeaderExtension,
  RemoteStreamDescription,
} from "../../jsep/media-types.ts";
import { type ExtensionIds, extensionIds } from "./extension-ids.ts";
import { type InboundSection, InboundStream } from "./inbound-stream.ts";
import type { RtpSource } from "./media-stats.ts";
import { receiveSlab } from "./packet-slab.ts";
import type { MediaTunables } from "./tunables.ts";
import type { EncodedFrame, MediaReceiver, MediaSink, RtpPacketInfo } from "./types.ts";

/** What a receiver tells and asks the rest of the engine. */
export interface ReceiverHost {
  /** Something may be due now: feedback, a frame. */
  wake(now: Instant): void;
  unmuted(): void;
  muted(): void;
  bye(ssrc: number): void;
  layer(rid: string): void;
  /** SRTP and routing no longer need to know the SSRC. */
  forget(ssrc: number): void;
  /** A sink threw. */
  failed(error: unknown): void;
}

/** Why a packet was of no use. */
export type ReceiverRefusal = "not-receiving" | "unknown-payload-type" | "too-many-streams" | "rtx-without-stream" | "bad-rtx";

/** See the file's header. */
export class Receiver implements MediaReceiver, InboundSection {
  readonly kind: MediaKind;
  readonly #host: ReceiverHost;
  readonly #tunables: MediaTunables;
  readonly #codecs: (NegotiatedCodec | undefined)[] = new Array(128).fill(undefined);
  readonly #streams = new Map<number, InboundStream>();
  readonly #contributing = new Map<number, RtpSource>();
  #frameSinks: readonly MediaSink[] = [];
  #packetSinks: readonly MediaSink[] = [];
  #sinks: readonly MediaSink[] = [];
  #last: InboundStream | undefined;
  /** The stream that frames come from; the one that shall be, from its next key frame on; and the layer that was asked for. */
  #selected: InboundStream | undefined;
  #pending: InboundStream | undefined;
  #wanted: string | undefined;
  #delayMs: number | undefined;
  #remote: RemoteStreamDescription | undefined;
  #receiving = false;
  #heard = false;
  #layers: readonly string[] = [];
  headerExtensions: readonly NegotiatedHeaderExtension[] = [];
  extensions: ExtensionIds = extensionIds([], "receives");

  constructor(kind: MediaKind, host: ReceiverHost, tunables: MediaTunables) {
    this.kind = kind;
    this.#host = host;
    this.#tunables = tunables;
  }

  get layers(): readonly string[] {
    return this.#layers;
  }

  /** Those that are known, retransmissions aside. */
  get streams(): Iterable<InboundStream> {
    return this.#streams.values();
  }

  codecOf(payloadType: number): NegotiatedCodec | undefined {
    return this.#codecs[payloadType];
  }

  /** An answer settled what is received; undefined: nothing any more. */
  configure(agreed: AgreedMedia | undefined, remote: RemoteStreamDescription | undefined): void {
    const receiving = agreed !== undefined && (agreed.direction === "sendrecv" || agreed.direction === "recvonly");
    this.#remote = remote;
    if (agreed !== undefined) {
      this.#codecs.fill(undefined);
      for (const codec of agreed.receiveCodecs) this.#codecs[codec.payloadType] = codec;
      this.headerExtensions = agreed.headerExtensions;
      this.extensions = extensionIds(agreed.headerExtensions, "receives");
      for (const stream of this.#streams.values()) stream.renegotiated();
    }
    if (!receiving) {
      this.#heard = false; // webrtc-pc: the next packet after the direction allows it again unmutes the track
      for (const ssrc of [...this.#streams.keys()]) this.#drop(ssrc);
    }
    this.#receiving = receiving;
  }

  addSink(sink: MediaSink): () => void {
    if (this.#sinks.length >= MAX_SINKS) throw new InvalidStateError(`${MAX_SINKS} sinks are there already`, { code: "PEER_SINKS" });
    this.#setSinks([...this.#sinks, sink]);
    if (sink.frame !== undefined) this.#selected?.wantKeyframe(); // frames begin to be put together in the middle of others
    return () => this.#setSinks(this.#sinks.filter((one) => one !== sink));
  }

  requestKeyframe(now: Instant): void {
    if (this.#selected === undefined) for (const stream of this.#streams.values()) stream.wantKeyframe();
    else this.#selected.wantKeyframe();
    this.#host.wake(now);
  }

  selectLayer(now: Instant, rid: string | undefined): void {
    this.#wanted = rid;
    this.#pending = undefined;
    for (const stream of this.#streams.values()) if (rid !== undefined && stream.route.rid === rid) this.#prepare(stream);
    this.#host.wake(now);
  }

  setDelay(now: Instant, delayMs: number | undefined): void {
    this.#delayMs = delayMs;
    this.#selected?.frames?.setMinDelay(delayMs);
    this.#host.wake(now);
  }

  /** Takes an authentic packet of this section, which lies in the {@link receiveSlab}. Hot. */
  receive(now: Instant, reader: RtpReader, route: StreamRoute): ReceiverRefusal | undefined {
    if (!this.#receiving) return "not-receiving";
    const codec = this.#codecs[reader.payloadType];
    if (codec === undefined) return "unknown-payload-type";
    if (codec.repairs !== undefined) return this.#receiveRepair(now, reader, route, codec.repairs);
    let stream = this.#last;
    if (stream === undefined || stream.ssrc !== route.ssrc) {
      stream = this.#streams.get(route.ssrc) ?? this.#admit(now, route, codec);
      if (stream === undefined) return "too-many-streams";
      this.#last = stream;
    }
    if (stream.route !== route) this.#learn(stream, route);
    this.#deliver(now, reader, stream, codec, false);
    return undefined;
  }

  /** RFC 4588 §8: a retransmission is brought back to its original form and taken as if it had come. */
  #receiveRepair(now: Instant, reader: RtpReader, route: StreamRoute, payloadType: number): ReceiverRefusal | undefined {
    const stream = this.#repairedBy(route);
    const codec = this.#codecs[payloadType];
    if (stream === undefined || codec === undefined) return "rtx-without-stream";
    stream.receiveRepair(now, reader, route.ssrc);
    const view = receiveSlab.view(reader.length);
    const length = restoreRtxPacket(receiveSlab.bytes, view, { ssrc: stream.ssrc, payloadType });
    if (length instanceof Malformed) return "bad-rtx";
    if (length === 0) return undefined; // it probed the path
    if (reader.read(receiveSlab.bytes, length) !== undefined) return "bad-rtx";
    this.#deliver(now, reader, stream, codec, true);
    return undefined;
  }

  #deliver(now: Instant, reader: RtpReader, stream: InboundStream, codec: NegotiatedCodec, restored: boolean): void {
    if (!this.#heard) {
      this.#heard = true;
      this.#host.unmuted();
    }
    if (!stream.receive(now, reader, codec, restored)) return;
    if (stream !== this.#selected) this.#considerSelecting(now, stream);
    const { info } = stream;
    info.selected = stream === this.#selected;
    if (reader.csrcCount > 0) this.#noteContributing(now, reader);
    const sinks = this.#packetSinks;
    if (sinks.length > 0) {
      const packet = receiveSlab.view(reader.length);
      for (let i = 0; i < sinks.length; i++) this.#handPacket(sinks[i]!, packet, info);
    }
    if (stream === this.#selected && stream.frames !== undefined) stream.takeFrames(now, reader);
  }

  /** Frames come from one stream. Another takes over when that has fallen silent, and as another layer with its next key frame. */
  #considerSelecting(now: Instant, stream: InboundStream): void {
    const selected = this.#selected;
    const { rid } = stream.route;
    const silentMs = selected === undefined ? 0 : now - selected.lastPacketAt;
    if (selected === undefined || this.#replaces(stream, selected, silentMs)) {
      this.#select(stream);
      return;
    }
    if (this.#pending === stream) {
      if (stream.info.startsKeyframe) this.#select(stream);
      return;
    }
    if (rid === undefined || this.#pending !== undefined) return;
    if (rid === this.#wanted || (this.#wanted === undefined && silentMs > LAYER_TIMEOUT_MS)) this.#prepare(stream);
  }

  /** Whether a stream takes the place of another: of the same layer, or of no layer at all where the layers have fallen silent. */
  #replaces(stream: InboundStream, selected: InboundStream, silentMs: number): boolean {
    const { rid } = stream.route;
    if (rid === selected.route.rid) return silentMs > REPLACED_MS || this.#isNamedOver(stream, selected);
    return rid === undefined && (silentMs > LAYER_TIMEOUT_MS || this.#isNamedOver(stream, selected));
  }

  /** Whether the description names one stream and not the other. */
  #isNamedOver(stream: InboundStream, other: InboundStream): boolean {
    const ssrcs = this.#remote?.ssrcs;
    return ssrcs?.includes(stream.ssrc) === true && !ssrcs.includes(other.ssrc);
  }

  #prepare(stream: InboundStream): void {
    if (stream === this.#selected) return;
    this.#pending = stream;
    stream.wantKeyframe();
  }

  #select(stream: InboundStream): void {
    this.#selected?.wantFrames(undefined);
    const replaces = this.#selected !== undefined;
    this.#selected = stream;
    if (this.#pending === stream) this.#pending = undefined;
    if (this.#frameSinks.length > 0) this.#beginFrames(stream);
    if (replaces) for (const sink of this.#sinks) this.#handDiscontinuity(sink);
  }

  #beginFrames(stream: InboundStream): void {
    stream.wantFrames((_now, frame) => this.#emit(frame), this.#delayMs);
    if (!stream.info.startsKeyframe) stream.wantKeyframe();
  }

  #emit(frame: EncodedFrame): void {
    for (const sink of this.#frameSinks) {
      try {
        sink.frame!(frame);
      } catch (error) {
        this.#host.failed(error);
      }
    }
  }

  /** What a sink throws is told, and hurts neither the others nor the stream. */
  #handPacket(sink: MediaSink, packet: Uint8Array, info: RtpPacketInfo): void {
    try {
      sink.packet!(packet, info);
    } catch (error) {
      this.#host.failed(error);
    }
  }

  #handDiscontinuity(sink: MediaSink): void {
    try {
      sink.discontinuity?.();
    } catch (error) {
      this.#host.failed(error);
    }
  }

  #setSinks(sinks: readonly MediaSink[]): void {
    this.#sinks = sinks;
    this.#frameSinks = sinks.filter(({ frame }) => frame !== undefined);
    this.#packetSinks = sinks.filter(({ packet }) => packet !== undefined);
    const selected = this.#selected;
    if (selected === undefined) return;
    if (this.#frameSinks.length === 0) selected.wantFrames(undefined);
    else if (selected.frames === undefined) this.#beginFrames(selected);
  }

  #admit(now: Instant, route: StreamRoute, codec: NegotiatedCodec): InboundStream | undefined {
    const { maxStreamsPerReceiver = 16 } = this.#tunables;
    // What the description named is not kept out by what it did not.
    const patienceMs = this.#remote?.ssrcs.includes(route.ssrc) === true ? 0 : SILENT_MS;
    if (this.#streams.size >= maxStreamsPerReceiver && !this.#dropSilent(now, patienceMs)) return undefined;
    const stream = new InboundStream(route, codec, () => this, this.#tunables);
    this.#streams.set(route.ssrc, stream);
    this.#learn(stream, route);
    return stream;
  }

  #learn(stream: InboundStream, route: StreamRoute): void {
    stream.route = route;
    const { rid } = route;
    if (rid === undefined || this.#layers.includes(rid) || this.#layers.length >= MAX_LAYERS) return;
    this.#layers = [...this.#layers, rid];
    this.#host.layer(rid);
  }

  /** By a=ssrc-group:FID, by RepairedRtpStreamId, or because there is only one it could be. */
  #repairedBy(route: StreamRoute): InboundStream | undefined {
    const group = this.#remote?.ssrcGroups.find(({ semantics, ssrcs }) => semantics === "FID" && ssrcs[1] === route.ssrc);
    const signalled = group?.ssrcs[0];
    if (signalled !== undefined) return this.#streams.get(signalled);
    for (const stream of this.#streams.values()) {
      if (stream.rtxSsrc === route.ssrc) return stream;
      if (route.repairedRid !== undefined && stream.route.rid === route.repairedRid) return stream;
    }
    return route.repairedRid === undefined && this.#streams.size === 1 ? this.#selected : undefined;
  }

  /** A stream is over: RTCP BYE (RFC 3550 §6.6). False: there was none. */
  bye(ssrc: number): boolean {
    if (!this.#streams.has(ssrc)) return false;
    this.#drop(ssrc);
    this.#host.bye(ssrc);
    if (this.#streams.size > 0 || !this.#heard) return true;
    this.#heard = false;
    this.#host.muted();
    return true;
  }

  /** Whether a stream, or the retransmissions of one, has this SSRC. */
  uses(ssrc: number): boolean {
    if (this.#streams.has(ssrc)) return true;
    for (const { rtxSsrc } of this.#streams.values()) if (rtxSsrc === ssrc) return true;
    return false;
  }

  #drop(ssrc: number): void {
    const stream = this.#streams.get(ssrc);
    if (stream === undefined) return;
    this.#streams.delete(ssrc);
    stream.wantFrames(undefined);
    if (this.#last === stream) this.#last = undefined;
    if (this.#pending === stream) this.#pending = undefined;
    if (this.#selected === stream) this.#selected = undefined;
    this.#host.forget(ssrc);
    if (stream.rtxSsrc !== undefined) this.#host.forget(stream.rtxSsrc);
  }

  #dropSilent(now: Instant, patienceMs: number): boolean {
    let oldest: InboundStream | undefined;
    for (const stream of this.#streams.values()) {
      if (oldest === undefined || stream.lastPacketAt < oldest.lastPacketAt) oldest = stream;
    }
    if (oldest === undefined || now - oldest.lastPacketAt < patienceMs) return false;
    this.#drop(oldest.ssrc);
    return true;
  }

  /** Of an SSRC, if it is received. */
  stream(ssrc: number): InboundStream | undefined {
    return this.#streams.get(ssrc);
  }

  /** Feedback that is due. */
  handleTimeout(now: Instant, senderSsrc: number, feedback: RtcpPacket[]): void {
    for (const stream of this.#streams.values()) stream.handleTimeout(now, senderSsrc, feedback);
  }

  /** When the stream that received last has something to say. Hot. */
  takeDue(): Instant | undefined {
    return this.#last?.nextDue();
  }

  get hasStreams(): boolean {
    return this.#streams.size > 0;
  }

  nextDue(): Instant | undefined {
    let due: Instant | undefined;
    for (const stream of this.#streams.values()) {
      const at = stream.nextDue();
      if (at !== undefined && (due === undefined || at < due)) due = at;
    }
    return due;
  }

  #noteContributing(now: Instant, reader: RtpReader): void {
    const { mixerLevels } = this.extensions;
    const at = mixerLevels === 0 ? -1 : reader.extension(mixerLevels);
    const levels = at < 0 ? 0 : reader.extensionLength(at);
    for (let i = 0; i < reader.csrcCount; i++) {
      const source = reader.csrc(i);
      this.#contributing.delete(source);
      const level = i < levels ? { audioLevel: reader.packet[at + i]! & 0x7f } : {};
      this.#contributing.set(source, { at: now, source, rtpTimestamp: reader.timestamp, ...level });
    }
    for (const source of this.#contributing.keys()) {
      if (this.#contributing.size <= MAX_CONTRIBUTING) break;
      this.#contributing.delete(source);
    }
  }

  /** webrtc-pc §5.3.3, the latest first. */
  synchronizationSources(now: Instant): readonly RtpSource[] {
    const sources = [...this.#streams.values()].map((stream) => ({
      at: stream.lastPacketAt,
      source: stream.ssrc,
      rtpTimestamp: stream.lastTimestamp,
      ...(stream.lastLevel === undefined ? {} : { audioLevel: stream.lastLevel }),
    }));
    return recent(now, sources);
  }

  /** webrtc-pc §5.3.3, the latest first. */
  contributingSources(now: Instant): readonly RtpSource[] {
    return recent(now, [...this.#contributing.values()]);
  }
}

function recent(now: Instant, sources: readonly RtpSource[]): readonly RtpSource[] {
  return sources.filter(({ at }) => now - at <= SOURCE_LIFETIME_MS).sort((a, b) => b.at - a.at);
}

const MAX_SINKS = 16;
const MAX_LAYERS = 16;
const MAX_CONTRIBUTING = 64;
/** webrtc-pc §5.3.3: ten seconds. */
const SOURCE_LIFETIME_MS = 10_000;
/** A layer that sent nothing for this long is off, as a sender does with the upper ones when the path narrows. */
const LAYER_TIMEOUT_MS = 1000;
/** A stream under another SSRC replaces one that has sent nothing for this long: the sender began anew. */
const REPLACED_MS = 300;
/** A stream silent for this long may make room for another. */
const SILENT_MS = 5000;
