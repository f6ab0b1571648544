/**
 * A whole peer as a state machine: descriptions in and out, ICE, DTLS and SCTP composed. Sans-I/O like its parts, so two of them run in the
 * simulator in virtual time. `w3c/` puts RTCPeerConnection around it.
 */
import {
  type CryptoProvider,
  type Instant,
  InvalidStateError,
  type NamedTimer,
  type Observer,
  type Path,
  type Protocol,
  type RandomSource,
  type Transmit,
  type TransportAddress,
} from "@purertc/core";
import type { ChannelHandle, ChannelInit } from "@purertc/sctp-datachannel";
import type { LocalAddressInfo } from "@purertc/stun-ice";
import { certificateDigest, createCertificate, DEFAULT_KEY, formatFingerprint, type LocalCertificate } from "../certificate.ts";
import { checkEngineSettings } from "../check-settings.ts";
import {
  addLocalCandidate,
  addRemoteCandidate,
  type BundlePolicy,
  type CandidateInit,
  checkDescription,
  closeNegotiation,
  createAnswer,
  createOffer,
  JsepFailure,
  type LocalSessionParameters,
  type Negotiated,
  type NegotiationState,
  negotiationNeeded,
  newNegotiation,
  refusedCandidate,
  restartIce,
  type SdpType,
  type Side,
} from "../jsep/index.ts";
import { DEFAULT_MAX_MESSAGE_SIZE, DEFAULT_MTU, type DtlsTunables, type IceTunables, type SctpTunables } from "../settings.ts";
import {
  aggregateConnectionState,
  aggregateGatheringState,
  aggregateIceState,
  type ConnectionState,
  type GatheringState,
} from "./aggregate-states.ts";
import { DataTransport } from "./data-transport.ts";
import { datagramKind } from "./demultiplex.ts";
import type { DtlsTransportEvent } from "./dtls-transport.ts";
import { Farewell } from "./farewell.ts";
import type { CandidateOrigin, PeerEvent, TransportId } from "./peer-event.ts";
import { PeerEvents } from "./peer-events.ts";
import { Transport, type TransportOptions } from "./transport.ts";

/** What a peer is made with. */
export interface PeerEngineOptions {
  readonly crypto: CryptoProvider;
  readonly random: RandomSource;
  /** Unix milliseconds when `now` is 0, for certificate validity. */
  readonly timeOrigin: number;
  /** Default "balanced". */
  readonly bundlePolicy?: BundlePolicy;
  /** Default: one is made when first needed. */
  readonly certificate?: LocalCertificate;
  /** More that the peer is told to expect (RFC 9429 §5.2.1); the handshake shows `certificate`. Default none. */
  readonly otherCertificates?: readonly LocalCertificate[];
  /** Largest UDP payload, in bytes. Default 1200. */
  readonly mtu?: number;
  /** Largest UDP payload to try on paths inside this machine. Default 16421. */
  readonly localMtu?: number;
  /** a=max-message-size. Default 262144. */
  readonly maxMessageSize?: number;
  /** Bytes a channel may buffer. Default 16 MiB. */
  readonly maxBufferedAmount?: number;
  /** Whether candidates with ports of Fetch's block list are used. Default false. */
  readonly allowBadPorts?: boolean;
  readonly ice?: IceTunables;
  readonly dtls?: DtlsTunables;
  readonly sctp?: SctpTunables;
  readonly observer?: Observer;
}

/** See the file's header. */
export class PeerEngine implements Protocol<PeerEvent, Path> {
  readonly #options: PeerEngineOptions;
  readonly #transportOptions: TransportOptions;
  readonly #mtu: number;
  readonly #events = new PeerEvents();
  readonly #data: DataTransport;
  #negotiation: NegotiationState;
  #transports: readonly Transport[] = [];
  #nextTransportId: TransportId = 0;
  #certificate: LocalCertificate | undefined;
  #localParameters: LocalSessionParameters | undefined;
  #iceTransportPolicy: "all" | "relay" = "all";
  #channelsWanted = false;
  #now: Instant = Number.NEGATIVE_INFINITY;
  /** What pollTimeout said last. */
  #deadline: Instant | undefined;
  #state: "open" | "closing" | "closed" = "open";
  readonly #farewell = new Farewell();
  #unknownDatagrams = 0;

  /** Throws `InvalidArgumentError` for an option that is out of range. */
  constructor(options: PeerEngineOptions) {
    checkEngineSettings(options, options);
    this.#options = options;
    this.#mtu = options.mtu ?? DEFAULT_MTU;
    this.#certificate = options.certificate;
    this.#negotiation = newNegotiation(options.random);
    const { crypto, random, observer } = options;
    const shared = { crypto, random, mtu: this.#mtu, ...(observer === undefined ? {} : { observer }) };
    this.#transportOptions = {
      ...shared,
      ...(options.localMtu === undefined ? {} : { localMtu: options.localMtu }),
      ice: options.ice ?? {},
      allowBadPorts: options.allowBadPorts ?? false,
      dtls: options.dtls ?? {},
      certificate: () => this.certificate,
      iceTransportPolicy: () => this.#iceTransportPolicy,
    };
    this.#data = new DataTransport({
      ...shared,
      maxMessageSize: options.maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE,
      sctp: options.sctp ?? {},
    });
  }

  // ---- descriptions -------------------------------------------------------------------------------------------------------------------

  /** Signaling state and the four descriptions. */
  get negotiation(): NegotiationState {
    return this.#negotiation;
  }

  /** Ours; made on the first call unless given. */
  get certificate(): LocalCertificate {
    if (this.#certificate === undefined) {
      const { crypto, random, timeOrigin } = this.#options;
      const { signer } = crypto.generateKey(DEFAULT_KEY, random);
      const now = timeOrigin + (Number.isFinite(this.#now) ? this.#now : 0);
      this.#certificate = createCertificate({ random, signer, now });
    }
    return this.#certificate;
  }

  /** RFC 9429 §4.1.8. The text, or why there is none. */
  createOffer(now: Instant, options: { readonly iceRestart: boolean }): string | JsepFailure {
    this.#enter(now);
    return this.#created(createOffer(this.#negotiation, this.#local(), options));
  }

  /** RFC 9429 §4.1.9. */
  createAnswer(now: Instant): string | JsepFailure {
    this.#enter(now);
    return this.#created(createAnswer(this.#negotiation, this.#local()));
  }

  /** RFC 9429 §4.1.10 and §4.1.11: applies a description, or says why not and changes nothing. `sdp` is unused for a rollback. */
  setDescription(now: Instant, side: Side, type: SdpType, sdp: string): Negotiated | JsepFailure {
    this.#enter(now);
    const negotiated = checkDescription(this.#negotiation, this.#local(), side, type, sdp);
    if (negotiated instanceof JsepFailure) return negotiated;
    this.#negotiation = negotiated.next;
    this.#applyTransports(this.#now, negotiated);
    this.#settle(this.#now);
    return negotiated;
  }

  /** Why {@link addRemoteCandidate} will not take a candidate, as far as that does not depend on the candidate's text. */
  refusedCandidate(init: CandidateInit): JsepFailure | undefined {
    return refusedCandidate(this.#negotiation, init);
  }

  /** RFC 9429 §4.1.19: a candidate, or with an empty `candidate` the end of them. The transports it is for, or why it was not taken. */
  addRemoteCandidate(now: Instant, init: CandidateInit): readonly TransportId[] | JsepFailure {
    this.#enter(now);
    const added = addRemoteCandidate(this.#negotiation, init);
    if (added instanceof JsepFailure) return added;
    this.#negotiation = added.next;
    for (const transport of this.#transports) {
      if (!added.transportIds.includes(transport.agreed.id)) continue;
      transport.ice.addRemoteCandidate(this.#now, init.candidate);
    }
    this.#data.connectIfReady(this.#now); // the selected path may turn out to be a host's
    this.#settle(this.#now);
    return this.#transports.filter(({ agreed }) => added.mids.some((mid) => agreed.mids.includes(mid))).map(({ id }) => id);
  }

  /** webrtc-pc "surface a candidate": puts a `local-candidate` (or, without one, the end of candidates) into the descriptions of its generation. */
  surfaceLocalCandidate(origin: CandidateOrigin, candidate: string): void {
    this.#enter(this.#now);
    const { sdpMid: mid, usernameFragment } = origin;
    this.#negotiation = addLocalCandidate(this.#negotiation, { mid, usernameFragment, candidate });
  }

  /** The next offer restarts ICE. */
  restartIce(now: Instant): void {
    this.#enter(now);
    this.#negotiation = restartIce(this.#negotiation);
  }

  /** https://w3c.github.io/webrtc-pc/#dfn-check-if-negotiation-is-needed */
  negotiationNeeded(): boolean {
    return this.#state === "open" && negotiationNeeded(this.#negotiation, this.#local());
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
    return this.#transports;
  }

  /** The one that carries data channels, once a description says so. */
  get dataTransport(): Transport | undefined {
    return this.#data.transport;
  }

  /** https://w3c.github.io/webrtc-pc/#rtcicegatheringstate-enum */
  get iceGatheringState(): GatheringState {
    return aggregateGatheringState(this.#transports);
  }

  /** https://w3c.github.io/webrtc-pc/#rtciceconnectionstate-enum */
  get iceConnectionState(): ReturnType<typeof aggregateIceState> {
    return this.#state === "open" ? aggregateIceState(this.#transports) : "closed";
  }

  /** https://w3c.github.io/webrtc-pc/#rtcpeerconnectionstate-enum */
  get connectionState(): ConnectionState {
    return this.#state === "open" ? aggregateConnectionState(this.#transports) : "closed";
  }

  /** A socket was bound for a transport, after `addresses-needed`. */
  addLocalAddress(now: Instant, transport: TransportId, address: TransportAddress, info?: LocalAddressInfo): void {
    this.#enter(now);
    this.#transport(transport)?.addLocalAddress(this.#now, address, info);
    this.#settle(this.#now);
  }

  /** A STUN server to ask for reflexive candidates. */
  addStunServer(now: Instant, transport: TransportId, address: TransportAddress, url?: string): void {
    this.#enter(now);
    this.#transport(transport)?.ice.agent?.addStunServer(this.#now, address, url);
    this.#settle(this.#now);
  }

  /** No more sockets and servers: gathering completes when the servers have answered or not. */
  endOfLocalAddresses(now: Instant, transport: TransportId): void {
    this.#enter(now);
    this.#transport(transport)?.ice.agent?.endOfLocalAddresses(this.#now);
    this.#settle(this.#now);
  }

  // ---- channels -----------------------------------------------------------------------------------------------------------------------

  /** The channels and their association; undefined until the first is opened or negotiated. */
  get data(): DataTransport {
    return this.#data;
  }

  /** Opens a channel; the first one makes a negotiation needed. Without an `id`, and not negotiated, it gets one when the DTLS role is known. */
  openChannel(now: Instant, init: ChannelInit): ChannelHandle {
    this.#enter(now);
    this.#wantChannels();
    return this.#data.open(this.#now, init);
  }

  /** Queues a message. Throws as `DataChannels.send` does. */
  send(now: Instant, channel: ChannelHandle, kind: "text" | "binary", data: Uint8Array): void {
    this.#enter(now);
    this.#data.send(this.#now, channel, kind, data);
  }

  /** Closes a channel when what it has buffered is out. */
  closeChannel(now: Instant, channel: ChannelHandle): void {
    this.#enter(now);
    this.#data.opened.closeChannel(this.#now, channel);
  }

  // ---- Protocol -----------------------------------------------------------------------------------------------------------------------

  /** Takes a datagram from any of the transports' sockets. Hot. */
  handleDatagram(now: Instant, datagram: Uint8Array, path: Path): void {
    if (this.#state !== "open") return;
    if (now > this.#now) this.#now = now;
    const kind = datagramKind(datagram);
    const transport = this.#transportOf(path);
    if (transport === undefined || kind === "unknown" || kind === "rtp") {
      this.#unknownDatagrams += 1;
      return;
    }
    if (kind === "stun") {
      transport.handleStun(this.#now, datagram, path);
      this.#settle(this.#now);
      return;
    }
    const length = datagram.length > LARGEST_DATAGRAM ? 0 : transport.handleDtls(this.#now, datagram, path, scratchPlaintext);
    if (length > 0) this.#deliver(transport, scratchPlaintext.subarray(0, length));
    // Data brings a path back to life; apart from that, a data packet means nothing to ICE and DTLS.
    if (length === 0 || transport.iceState === "disconnected") this.#settle(this.#now);
  }

  handleTimeout(now: Instant): void {
    if (this.#state !== "open") return;
    if (now > this.#now) this.#now = now;
    this.#deadline = undefined;
    for (const transport of this.#transports) transport.handleTimeout(this.#now);
    this.#data.channels?.handleTimeout(this.#now);
    this.#settle(this.#now);
  }

  /** Bytes that `out` of {@link pollTransmit} should have at present: less costs nothing but the use of larger packets. */
  get largestDatagram(): number {
    return this.#data.transport?.largestDatagram ?? this.#mtu;
  }

  pollTransmit(out: Uint8Array): Transmit<Path> | undefined {
    if (this.#state === "closed") return undefined;
    if (this.#state === "closing") return this.#farewell.pollTransmit(out);
    for (const transport of this.#transports) {
      const transmit = transport.pollTransmit(this.#now, out);
      if (transmit !== undefined) return transmit;
    }
    return this.#data.pollTransmit(this.#now, out);
  }

  pollEvent(): PeerEvent | undefined {
    if (this.#state === "closed") return undefined;
    const event = this.#events.shift();
    if (event !== undefined) {
      if (event.type === "closed") this.#state = "closed";
      return event;
    }
    const channelEvent = this.#data.pollEvent();
    if (channelEvent === undefined) return undefined;
    switch (channelEvent.type) {
      case "connected":
        return { type: "sctp-connected", maxChannels: channelEvent.maxChannels };
      case "closed":
        return { ...channelEvent, type: "sctp-closed" };
      default:
        return channelEvent;
    }
  }

  pollTimeout(): Instant | undefined {
    if (this.#state !== "open") return undefined;
    let soonest = this.#data.channels?.pollTimeout();
    for (const transport of this.#transports) {
      const at = transport.pollTimeout();
      if (at !== undefined && (soonest === undefined || at < soonest)) soonest = at;
    }
    // A call between the deadline and the host's timer may settle one layer's part of it. What is still overdue keeps its name until handleTimeout.
    const overdue = soonest !== undefined && soonest <= this.#now && this.#deadline !== undefined && this.#deadline <= this.#now;
    if (!overdue) this.#deadline = soonest;
    return this.#deadline;
  }

  /** The soonest timer and whose it is, for debugging. */
  nextTimer(): NamedTimer | undefined {
    const at = this.pollTimeout();
    if (at === undefined) return undefined;
    const owner = this.#transports.find((transport) => transport.pollTimeout() === at);
    return { name: owner === undefined ? "sctp" : owner.dtls.pollTimeout() === at ? "dtls" : "ice", at };
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
    this.#data.end(this.#now);
    for (const transport of this.#transports) {
      if (transport === this.#data.transport) this.#farewell.collect(this.#mtu, (out) => this.#data.pollTransmit(this.#now, out));
      transport.dtls.close(this.#now);
      this.#farewell.collect(this.#mtu, (out) => transport.pollFlight(this.#now, out));
      transport.ice.close(this.#now);
    }
    this.#negotiation = closeNegotiation(this.#negotiation);
    this.#events.clear();
    this.#events.push({ type: "closed" });
    this.#state = "closing";
  }

  // ---- inside -------------------------------------------------------------------------------------------------------------------------

  #enter(now: Instant): void {
    if (this.#state !== "open") throw new InvalidStateError("the peer is closed", { code: "PEER_CLOSED" });
    if (now > this.#now) this.#now = now;
  }

  #created(created: ReturnType<typeof createOffer>): string | JsepFailure {
    if (created instanceof JsepFailure) return created;
    this.#negotiation = created.next;
    return created.sdp;
  }

  #local(): LocalSessionParameters {
    if (this.#localParameters === undefined) {
      const { crypto, random, bundlePolicy, maxMessageSize, otherCertificates = [] } = this.#options;
      this.#localParameters = {
        random,
        bundlePolicy: bundlePolicy ?? "balanced",
        fingerprints: [this.certificate, ...otherCertificates].map(({ der }) => ({
          hash: "sha-256",
          value: formatFingerprint(certificateDigest(crypto, "sha-256", der)),
        })),
        dataChannels: this.#channelsWanted,
        maxMessageSize: maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE,
      };
    }
    return this.#localParameters;
  }

  #wantChannels(): void {
    if (this.#channelsWanted) return;
    this.#channelsWanted = true;
    if (this.#localParameters !== undefined) this.#localParameters = { ...this.#localParameters, dataChannels: true };
  }

  /** Makes, updates and closes transports until they are those that the descriptions call for. */
  #applyTransports(now: Instant, negotiated: Negotiated): void {
    const before = this.#transports;
    this.#transports = negotiated.transports.map((agreed) => {
      const transport =
        before.find((existing) => existing.agreed.id === agreed.id) ??
        new Transport(this.#nextTransportId++, this.#transportOptions, agreed);
      if (transport.update(now, agreed)) this.#events.push({ type: "addresses-needed", transport: transport.id });
      return transport;
    });
    for (const transport of before) {
      if (this.#transports.includes(transport)) continue;
      transport.close(now);
      this.#events.push({ type: "transport-closed", transport: transport.id });
    }
    const { data } = negotiated;
    this.#data.update(now, data, data === undefined ? undefined : this.#transports.find(({ agreed }) => agreed.id === data.transportId));
  }

  /** Acts on what ICE and DTLS report until they have nothing more to say. */
  #settle(now: Instant): void {
    for (const transport of this.#transports) {
      for (;;) {
        const ice = transport.pollIceEvent(now);
        if (ice !== undefined) {
          this.#events.addIce(transport, ice);
          if (ice.type === "selected-pair" && transport === this.#data.transport) this.#data.connectIfReady(now);
          continue;
        }
        const dtls = transport.pollDtlsEvent();
        if (dtls === undefined) break;
        this.#onDtls(now, transport, dtls);
      }
    }
  }

  #onDtls(now: Instant, transport: Transport, event: DtlsTransportEvent): void {
    if (event.type === "packet") {
      this.#deliver(transport, event.data);
      return;
    }
    const { state, failure } = event;
    this.#events.push({ type: "dtls-state", transport: transport.id, state, ...(failure === undefined ? {} : { failure }) });
    if (transport !== this.#data.transport) return;
    if (state === "connected") this.#data.connectIfReady(now);
    else if (state === "closed" || state === "failed") this.#data.end(now);
  }

  /** A plaintext SCTP packet. */
  #deliver(transport: Transport, packet: Uint8Array): void {
    if (transport === this.#data.transport) this.#data.handlePacket(this.#now, packet);
  }

  #transport(id: TransportId): Transport | undefined {
    return this.#transports.find((transport) => transport.id === id);
  }

  #transportOf(path: Path): Transport | undefined {
    const first = this.#transports[0];
    if (this.#transports.length === 1) return first;
    return this.#transports.find((transport) => transport.owns(path.local));
  }
}

/** 2^14 bytes of a DTLS record, and what RFC 8446 §5.2 lets protection add. A larger datagram is not ours. */
const LARGEST_DATAGRAM = 16_384 + 256;
/** One for all peers: nothing of it is kept when a call returns, and an idle peer should cost little. */
const scratchPlaintext: Uint8Array = new Uint8Array(LARGEST_DATAGRAM);
