/** The layers of a peer, composed: transports (ICE and DTLS), channels (SCTP) and media. What one of them reports is carried to the others here. */
import type { Instant, Path, Transmit } from "@purertc/core";
import type { LocalCertificate } from "../certificate.ts";
import type { Negotiated } from "../jsep/index.ts";
import { DEFAULT_MAX_MESSAGE_SIZE, DEFAULT_MTU } from "../settings.ts";
import { DataTransport } from "./data-transport.ts";
import { datagramKind } from "./demultiplex.ts";
import type { DtlsTransportEvent } from "./dtls-transport.ts";
import { Farewell } from "./farewell.ts";
import { MediaSession } from "./media/media-session.ts";
import { LARGEST_RELAYED_DATAGRAM } from "./media/outbound-stream.ts";
import type { PeerEngineOptions } from "./peer-engine-options.ts";
import type { PeerEvents } from "./peer-events.ts";
import { scratchPlaintext, type Transport } from "./transport.ts";
import { earlier, Transports } from "./transports.ts";

/** What the layers ask of the engine around them. */
export interface LayersHost {
  readonly events: PeerEvents;
  certificate(): LocalCertificate;
  iceTransportPolicy(): "all" | "relay";
  /** Takes note of the time; false: the peer is closed. */
  enter(now: Instant): boolean;
}

/** See the file's header. */
export class Layers {
  readonly transports: Transports;
  readonly data: DataTransport;
  readonly media: MediaSession;
  readonly #mtu: number;
  readonly #events: PeerEvents;

  constructor(options: PeerEngineOptions, host: LayersHost) {
    this.#mtu = options.mtu ?? DEFAULT_MTU;
    this.#events = host.events;
    const { crypto, random, observer } = options;
    const shared = { crypto, random, mtu: this.#mtu, ...(observer === undefined ? {} : { observer }) };
    this.transports = new Transports({
      ...shared,
      ...(options.localMtu === undefined ? {} : { localMtu: options.localMtu }),
      ice: options.ice ?? {},
      allowBadPorts: options.allowBadPorts ?? false,
      dtls: options.dtls ?? {},
      certificate: () => host.certificate(),
      iceTransportPolicy: () => host.iceTransportPolicy(),
    });
    this.data = new DataTransport({
      ...shared,
      maxMessageSize: options.maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE,
      sctp: options.sctp ?? {},
    });
    this.media = new MediaSession({
      ...shared,
      timeOrigin: options.timeOrigin,
      tunables: options.rtp ?? {},
      transports: this.transports,
      emit: (event) => host.events.push(event),
      enter: (now) => host.enter(now),
    });
  }

  /** Makes, updates and closes transports, the association and streams until they are those that the descriptions call for. */
  apply(now: Instant, negotiated: Negotiated): Negotiated {
    const { transports, data } = negotiated;
    const { addressesNeeded, closed } = this.transports.apply(now, transports);
    for (const { id } of addressesNeeded) this.#events.push({ type: "addresses-needed", transport: id });
    for (const { id } of closed) this.#events.push({ type: "transport-closed", transport: id });
    this.data.update(now, data, this.transports.byAgreedId(data?.transportId));
    const applied = this.media.apply(now, negotiated);
    this.settle(now);
    return applied;
  }

  /** Acts on what ICE and DTLS report until they have nothing more to say. */
  settle(now: Instant): void {
    for (const transport of this.transports.list) {
      for (;;) {
        const ice = transport.pollIceEvent(now);
        if (ice !== undefined) {
          this.#events.addIce(transport, ice);
          if (ice.type === "selected-pair" && transport === this.data.transport) this.data.connectIfReady(now);
          continue;
        }
        const dtls = transport.pollDtlsEvent();
        if (dtls === undefined) break;
        this.#onDtls(now, transport, dtls);
      }
    }
  }

  /** Takes a datagram from any of the transports' sockets; false: it is no protocol of ours, or came to no socket of ours. Hot. */
  handleDatagram(now: Instant, datagram: Uint8Array, path: Path): boolean {
    const kind = datagramKind(datagram);
    const transport = this.transports.ofPath(path);
    if (transport === undefined || kind === "unknown") return false;
    if (kind === "rtp") {
      if (!this.media.handleDatagram(now, transport, datagram, path)) return false;
      if (transport.awaitsLife) this.settle(now);
      return true;
    }
    if (kind === "stun") {
      transport.handleStun(now, datagram, path);
      this.settle(now);
      return true;
    }
    const length = transport.handleDtls(now, datagram, path);
    if (length > 0) this.#deliver(now, transport, scratchPlaintext.subarray(0, length));
    // Data brings a path back to life; apart from that, a data packet means nothing to ICE and DTLS.
    if (length === 0 || transport.awaitsLife) this.settle(now);
    return true;
  }

  handleTimeout(now: Instant): void {
    this.transports.handleTimeout(now);
    this.data.channels?.handleTimeout(now);
    this.media.handleTimeout(now);
    this.settle(now);
  }

  /** Bytes of the largest datagram that {@link pollTransmit} has at present. */
  get largestDatagram(): number {
    const data = this.data.transport?.largestDatagram ?? this.#mtu;
    return this.media.active ? Math.max(data, LARGEST_RELAYED_DATAGRAM) : data;
  }

  /** The next datagram of any layer. Hot. */
  pollTransmit(now: Instant, out: Uint8Array): Transmit<Path> | undefined {
    return this.transports.pollTransmit(now, out) ?? this.media.pollTransmit(now, out) ?? this.data.pollTransmit(now, out);
  }

  pollTimeout(): Instant | undefined {
    return earlier(earlier(this.data.channels?.pollTimeout(), this.media.pollTimeout()), this.transports.pollTimeout());
  }

  /** Whose timer is due then, for debugging. */
  timerName(at: Instant): string {
    return this.media.pollTimeout() === at ? "media" : (this.transports.timerName(at) ?? "sctp");
  }

  /** Ends everything: BYE for its streams, ABORT of the association, close_notify of DTLS, no more ICE. Returns the datagrams that say so. */
  close(now: Instant): Farewell {
    const farewell = new Farewell();
    this.data.end(now);
    for (const transport of this.transports.list) {
      this.media.sayGoodbye(now, transport);
      farewell.collect(this.largestDatagram, (out) => this.media.pollTransmit(now, out));
      if (transport === this.data.transport) farewell.collect(this.#mtu, (out) => this.data.pollTransmit(now, out));
      transport.dtls.close(now);
      farewell.collect(this.#mtu, (out) => transport.pollFlight(now, out));
      transport.ice.close(now);
    }
    this.media.close();
    return farewell;
  }

  #onDtls(now: Instant, transport: Transport, event: DtlsTransportEvent): void {
    if (event.type === "packet") {
      this.#deliver(now, transport, event.data);
      return;
    }
    const { state, failure } = event;
    this.#events.push({ type: "dtls-state", transport: transport.id, state, ...(failure === undefined ? {} : { failure }) });
    this.media.dtlsChanged(now, transport);
    if (transport !== this.data.transport) return;
    if (state === "connected") this.data.connectIfReady(now);
    else if (state === "closed" || state === "failed") this.data.dtlsEnded(now);
  }

  /** A plaintext SCTP packet. */
  #deliver(now: Instant, transport: Transport, packet: Uint8Array): void {
    if (transport === this.data.transport) this.data.handlePacket(now, packet);
  }
}
