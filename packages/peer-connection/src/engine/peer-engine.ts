/**
 * A whole peer as a state machine: descriptions in and out over the layers that they call for. Sans-I/O like its parts, so two of them run in
 * the simulator in virtual time. `w3c/` puts RTCPeerConnection around it.
 */
import {
  type Instant,
  InvalidStateError,
  type NamedTimer,
  type Path,
  type Protocol,
  type Transmit,
  type TransportAddress,
} from "@purertc/core";
import type { ChannelHandle, ChannelInit } from "@purertc/sctp-datachannel";
import type { LocalAddressInfo } from "@purertc/stun-ice";
import type { LocalCertificate } from "../certificate.ts";
import { checkEngineSettings } from "../check-settings.ts";
import {
  addRemoteCandidate,
  type CandidateInit,
  checkDescription,
  JsepFailure,
  type Negotiated,
  type NegotiationState,
  refusedCandidate,
  type SdpType,
  type Side,
} from "../jsep/index.ts";
import type { Direction, MediaKind, RtpCodec, TransceiverId } from "../jsep/media-types.ts";
import {
  aggregateConnectionState,
  aggregateGatheringState,
  aggregateIceState,
  type ConnectionState,
  type GatheringState,
} from "./aggregate-states.ts";
import type { DataTransport } from "./data-transport.ts";
import { Descriptions } from "./descriptions.ts";
import type { Farewell } from "./farewell.ts";
import { Layers } from "./layers.ts";
import type { MediaStats, RtpSource } from "./media/media-stats.ts";
import type { EncodingParameters, MediaTransceiver, TransceiverInit } from "./media/types.ts";
import type { PeerEngineOptions } from "./peer-engine-options.ts";
import type { CandidateOrigin, PeerEvent, TransportId } from "./peer-event.ts";
import { channelsEvent, PeerEvents } from "./peer-events.ts";
import type { Transport } from "./transport.ts";

/** See the file's header. */
export class PeerEngine implements Protocol<PeerEvent, Path> {
  readonly #events = new PeerEvents();
  readonly #descriptions: Descriptions;
  readonly #layers: Layers;
  #iceTransportPolicy: "all" | "relay" = "all";
  #now: Instant = Number.NEGATIVE_INFINITY;
  /** What pollTimeout said last. */
  #deadline: Instant | undefined;
  #state: "open" | "closing" | "closed" = "open";
  #farewell: Farewell | undefined;
  #unknownDatagrams = 0;

  /** Throws `InvalidArgumentError` for an option that is out of range. */
  constructor(options: PeerEngineOptions) {
    checkEngineSettings(options, options);
    this.#layers = new Layers(options, {
      events: this.#events,
      certificate: () => this.certificate,
      iceTransportPolicy: () => this.#iceTransportPolicy,
      enter: (now) => {
        if (this.#state === "open" && now > this.#now) this.#now = now;
        return this.#state === "open";
      },
    });
    this.#descriptions = new Descriptions(options, () => this.#layers.media.snapshot());
  }

  // ---- descriptions -------------------------------------------------------------------------------------------------------------------

  /** Signaling state and the four descriptions. */
  get negotiation(): NegotiationState {
    return this.#descriptions.state;
  }

  /** Ours; made on the first call unless given. */
  get certificate(): LocalCertificate {
    return this.#descriptions.certificate(this.#now);
  }

  /** RFC 9429 §4.1.8. The text, or why there is none. */
  createOffer(now: Instant, options: { readonly iceRestart: boolean }): string | JsepFailure {
    this.#enter(now);
    return this.#descriptions.createOffer(this.#now, options);
  }

  /** RFC 9429 §4.1.9. */
  createAnswer(now: Instant): string | JsepFailure {
    this.#enter(now);
    return this.#descriptions.createAnswer(this.#now);
  }

  /**
   * RFC 9429 §4.1.10 and §4.1.11: applies a description, or says why not and changes nothing. `sdp` is unused for a rollback. Of what it returns, every media
   * section names its transceiver.
   */
  setDescription(now: Instant, side: Side, type: SdpType, sdp: string): Negotiated | JsepFailure {
    this.#enter(now);
    const negotiated = checkDescription(this.#descriptions.state, this.#descriptions.local(this.#now), side, type, sdp);
    if (negotiated instanceof JsepFailure) return negotiated;
    this.#descriptions.state = negotiated.next;
    return this.#layers.apply(this.#now, negotiated);
  }

  /** Why {@link addRemoteCandidate} will not take a candidate, as far as that does not depend on the candidate's text. */
  refusedCandidate(init: CandidateInit): JsepFailure | undefined {
    return refusedCandidate(this.#descriptions.state, init);
  }

  /** RFC 9429 §4.1.19: a candidate, or with an empty `candidate` the end of them. The transports it is for, or why it was not taken. */
  addRemoteCandidate(now: Instant, init: CandidateInit): readonly TransportId[] | JsepFailure {
    this.#enter(now);
    const added = addRemoteCandidate(this.#descriptions.state, init);
    if (added instanceof JsepFailure) return added;
    this.#descriptions.state = added.next;
    for (const transport of this.transports) {
      if (!added.transportIds.includes(transport.agreed.id)) continue;
      transport.ice.addRemoteCandidate(this.#now, init.candidate);
    }
    this.#layers.data.connectIfReady(this.#now); // the selected path may turn out to be a host's
    this.#layers.settle(this.#now);
    return this.transports.filter(({ agreed }) => added.mids.some((mid) => agreed.mids.includes(mid))).map(({ id }) => id);
  }

  /** webrtc-pc "surface a candidate": puts a `local-candidate` (or, without one, the end of candidates) into the descriptions of its generation. */
  surfaceLocalCandidate(origin: CandidateOrigin, candidate: string): void {
    this.#enter(this.#now);
    const { sdpMid: mid, usernameFragment } = origin;
    this.#descriptions.addLocalCandidate({ mid, usernameFragment, candidate });
  }

  /** The next offer restarts ICE. */
  restartIce(now: Instant): void {
    this.#enter(now);
    this.#descriptions.restartIce();
  }

  /** https://w3c.github.io/webrtc-pc/#dfn-check-if-negotiation-is-needed */
  negotiationNeeded(): boolean {
    return this.#state === "open" && this.#descriptions.negotiationNeeded(this.#now);
  }

  /**
   * For agents made from now on.
   *
   * DEVIATION from RFC 9429 §4.1.18: a restarted agent keeps the policy and the servers it was made with, because without relayed candidates a change of
   * policy leaves nothing to gather.
   */
  setIceTransportPolicy(policy: "all" | "relay"): void {
    this.#enter(this.#now);
    this.#iceTransportPolicy = policy;
  }

  // ---- transports ---------------------------------------------------------------------------------------------------------------------

  /** Those in use, in the order of their sections. */
  get transports(): readonly Transport[] {
    return this.#layers.transports.list;
  }

  /** The one that carries data channels, once a description says so. */
  get dataTransport(): Transport | undefined {
    return this.#layers.data.transport;
  }

  /** https://w3c.github.io/webrtc-pc/#rtcicegatheringstate-enum */
  get iceGatheringState(): GatheringState {
    return aggregateGatheringState(this.transports);
  }

  /** https://w3c.github.io/webrtc-pc/#rtciceconnectionstate-enum */
  get iceConnectionState(): ReturnType<typeof aggregateIceState> {
    return this.#state === "open" ? aggregateIceState(this.transports) : "closed";
  }

  /** https://w3c.github.io/webrtc-pc/#rtcpeerconnectionstate-enum */
  get connectionState(): ConnectionState {
    return this.#state === "open" ? aggregateConnectionState(this.transports) : "closed";
  }

  /** A socket was bound for a transport, after `addresses-needed`. */
  addLocalAddress(now: Instant, transport: TransportId, address: TransportAddress, info?: LocalAddressInfo): void {
    this.#enter(now);
    this.#layers.transports.byId(transport)?.addLocalAddress(this.#now, address, info);
    this.#layers.settle(this.#now);
  }

  /** A STUN server to ask for reflexive candidates. */
  addStunServer(now: Instant, transport: TransportId, address: TransportAddress, url?: string): void {
    this.#enter(now);
    this.#layers.transports.byId(transport)?.ice.agent?.addStunServer(this.#now, address, url);
    this.#layers.settle(this.#now);
  }

  /** No more sockets and servers: gathering completes when the servers have answered or not. */
  endOfLocalAddresses(now: Instant, transport: TransportId): void {
    this.#enter(now);
    this.#layers.transports.byId(transport)?.ice.agent?.endOfLocalAddresses(this.#now);
    this.#layers.settle(this.#now);
  }

  // ---- channels -----------------------------------------------------------------------------------------------------------------------

  /** What data channels go through; its association is there once the first channel is opened or negotiated. */
  get data(): DataTransport {
    return this.#layers.data;
  }

  /** Opens a channel; the first one makes a negotiation needed. Without an `id`, and not negotiated, it gets one when the DTLS role is known. */
  openChannel(now: Instant, init: ChannelInit): ChannelHandle {
    this.#enter(now);
    this.#descriptions.wantChannels();
    return this.#layers.data.open(this.#now, init);
  }

  /** Queues a message. Throws as `DataChannels.send` does. */
  send(now: Instant, channel: ChannelHandle, kind: "text" | "binary", data: Uint8Array): void {
    this.#enter(now);
    this.#layers.data.send(this.#now, channel, kind, data);
  }

  /** Closes a channel when what it has buffered is out. */
  closeChannel(now: Instant, channel: ChannelHandle): void {
    this.#enter(now);
    this.#layers.data.opened.closeChannel(this.#now, channel);
  }

  // ---- media --------------------------------------------------------------------------------------------------------------------------

  /** In the order they were made; stopped ones leave with the answer that rejects their sections. */
  get transceivers(): readonly MediaTransceiver[] {
    return this.#layers.media.transceivers;
  }

  /** What RTCP and descriptions call this side (RFC 3550 §6.5.1), the same for all its streams. */
  get cname(): string {
    return this.#layers.media.cname;
  }

  /** Adds a transceiver; it makes a negotiation needed. */
  addTransceiver(now: Instant, kind: MediaKind, init: TransceiverInit): MediaTransceiver {
    this.#enter(now);
    return this.#layers.media.addTransceiver(kind, init);
  }

  /** What the next offer or answer says; nothing on one that is stopping. These methods throw `InvalidArgumentError` for an unknown transceiver. */
  setTransceiverDirection(now: Instant, id: TransceiverId, direction: Direction): void {
    this.#enter(now);
    this.#layers.media.setDirection(id, direction);
  }

  /** webrtc-pc "stop sending and receiving": at once on this side, with BYE; for the peer with the next negotiation. */
  stopTransceiver(now: Instant, id: TransceiverId): void {
    this.#enter(now);
    this.#layers.media.stop(this.#now, id);
  }

  /** Order and choice of codecs in descriptions from now on; empty: the capabilities'. */
  setCodecPreferences(id: TransceiverId, codecs: readonly RtpCodec[]): void {
    this.#enter(this.#now);
    this.#layers.media.setCodecPreferences(id, codecs);
  }

  /** The streams that descriptions say the sender's track belongs to (a=msid). */
  setSenderStreams(id: TransceiverId, streamIds: readonly string[]): void {
    this.#enter(this.#now);
    this.#layers.media.setStreams(id, streamIds);
  }

  /** The name of the sender's track in descriptions; undefined: one made for it. */
  setSenderTrackId(id: TransceiverId, trackId: string | undefined): void {
    this.#enter(this.#now);
    this.#layers.media.setTrackId(id, trackId);
  }

  /** addTrack used the transceiver: a rollback of the offer that made it no longer takes it away (webrtc-pc §4.4.1.5). */
  noteTrackAdded(id: TransceiverId): void {
    this.#enter(this.#now);
    this.#layers.media.noteTrackAdded(id);
  }

  /** Parameters of the encodings in their order; their number and rids stay (webrtc-pc setParameters). */
  setEncodings(now: Instant, id: TransceiverId, encodings: readonly EncodingParameters[]): void {
    this.#enter(now);
    this.#layers.media.setEncodings(id, encodings);
  }

  /** False: what is given to the sender is refused as `"muted"`, as when its track is disabled or taken away. */
  setSenderEnabled(now: Instant, id: TransceiverId, enabled: boolean): void {
    this.#enter(now);
    this.#layers.media.setEnabled(id, enabled);
  }

  /** What webrtc-stats wants to know of streams. */
  mediaStats(now: Instant): MediaStats {
    this.#enter(now);
    return this.#layers.media.stats();
  }

  /** webrtc-pc §5.3.3: the SSRCs heard in the last ten seconds, the latest first. */
  synchronizationSources(id: TransceiverId): readonly RtpSource[] {
    return this.#layers.media.synchronizationSources(this.#now, id);
  }

  /** webrtc-pc §5.3.3: the CSRCs heard in the last ten seconds, the latest first. */
  contributingSources(id: TransceiverId): readonly RtpSource[] {
    return this.#layers.media.contributingSources(this.#now, id);
  }

  // ---- Protocol -----------------------------------------------------------------------------------------------------------------------

  /** Takes a datagram from any of the transports' sockets. Hot. */
  handleDatagram(now: Instant, datagram: Uint8Array, path: Path): void {
    if (this.#state !== "open") return;
    if (now > this.#now) this.#now = now;
    if (!this.#layers.handleDatagram(this.#now, datagram, path)) this.#unknownDatagrams += 1;
  }

  handleTimeout(now: Instant): void {
    if (this.#state !== "open") return;
    if (now > this.#now) this.#now = now;
    this.#deadline = undefined;
    this.#layers.handleTimeout(this.#now);
  }

  /** Bytes that `out` of {@link pollTransmit} should have at present: less costs nothing but the use of larger packets. */
  get largestDatagram(): number {
    return this.#layers.largestDatagram;
  }

  pollTransmit(out: Uint8Array): Transmit<Path> | undefined {
    if (this.#state === "closed") return undefined;
    if (this.#state === "closing") return this.#farewell?.pollTransmit(out);
    return this.#layers.pollTransmit(this.#now, out);
  }

  pollEvent(): PeerEvent | undefined {
    if (this.#state === "closed") return undefined;
    const event = this.#events.shift();
    if (event !== undefined) {
      if (event.type === "closed") this.#state = "closed";
      return event;
    }
    const told = this.#layers.data.pollEvent();
    return told === undefined ? undefined : channelsEvent(told);
  }

  pollTimeout(): Instant | undefined {
    if (this.#state !== "open") return undefined;
    const soonest = this.#layers.pollTimeout();
    // A call between the deadline and the host's timer may settle one layer's part of it. What is still overdue keeps its name until handleTimeout.
    const overdue = soonest !== undefined && soonest <= this.#now && this.#deadline !== undefined && this.#deadline <= this.#now;
    if (!overdue) this.#deadline = soonest;
    return this.#deadline;
  }

  /** The soonest timer and whose it is, for debugging. */
  nextTimer(): NamedTimer | undefined {
    const at = this.pollTimeout();
    return at === undefined ? undefined : { name: this.#layers.timerName(at), at };
  }

  /** Datagrams that are no protocol of ours or came to no socket of ours. */
  get unknownDatagrams(): number {
    return this.#unknownDatagrams;
  }

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.#state !== "open";
  }

  /** Ends everything at once: SCTP ABORT, DTLS close_notify, no more ICE. The datagrams that say so are still polled; then comes `closed`. */
  close(now: Instant): void {
    this.#enter(now);
    this.#farewell = this.#layers.close(this.#now);
    this.#descriptions.close();
    this.#events.clear();
    this.#events.push({ type: "closed" });
    this.#state = "closing";
  }

  // ---- inside -------------------------------------------------------------------------------------------------------------------------

  #enter(now: Instant): void {
    if (this.#state !== "open") throw new InvalidStateError("the peer is closed", { code: "PEER_CLOSED" });
    if (now > this.#now) this.#now = now;
  }
}
