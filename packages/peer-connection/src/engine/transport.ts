/**
 * One transport: ICE finds the path, DTLS secures it. The engine has one per bundle group.
 *
 * The rule it keeps: nothing but STUN is looked at unless it came over a path that a connectivity check has validated.
 */
import { type Instant, isLoopbackIp, type Observer, type Path, type Transmit, type TransportAddress } from "@purertc/core";
import type { IceEvent } from "@purertc/stun-ice";
import type { NegotiatedTransport } from "../jsep/index.ts";
import { DEFAULT_LOCAL_MTU } from "../settings.ts";
import type { TransportStates } from "./aggregate-states.ts";
import { DtlsTransport, type DtlsTransportEvent, type DtlsTransportOptions } from "./dtls-transport.ts";
import { IceTransport, type IceTransportOptions } from "./ice-transport.ts";
import type { TransportId } from "./peer-event.ts";
import { Traffic } from "./traffic.ts";

/** What a transport needs of the connection it belongs to. */
export interface TransportOptions extends IceTransportOptions, DtlsTransportOptions {
  /** Largest UDP payload to try on paths inside this machine. Default 16421. */
  readonly localMtu?: number;
}

/** See the file's header. */
export class Transport implements TransportStates {
  readonly id: TransportId;
  readonly ice: IceTransport;
  readonly dtls: DtlsTransport;
  readonly traffic: Traffic = new Traffic();
  readonly #mtu: number;
  readonly #localMtu: number;
  #largestDatagram: number;
  readonly #observer: Observer | undefined;
  readonly #addresses: TransportAddress[] = [];
  #agreed: NegotiatedTransport;
  #dropped = 0;

  constructor(id: TransportId, options: TransportOptions, agreed: NegotiatedTransport) {
    this.id = id;
    this.ice = new IceTransport(options, agreed.iceRole);
    this.dtls = new DtlsTransport(options);
    this.#observer = options.observer;
    this.#mtu = options.mtu;
    this.#localMtu = options.localMtu ?? DEFAULT_LOCAL_MTU;
    this.#largestDatagram = options.mtu;
    this.#agreed = agreed;
  }

  /** What the descriptions say of it: its section's mid and index, every section it carries. */
  get agreed(): NegotiatedTransport {
    return this.#agreed;
  }

  get iceState(): TransportStates["iceState"] {
    return this.ice.state;
  }

  /** Whether data that arrives may change ICE's state: a silence is shown as `disconnected`, after a restart as `checking` (webrtc-pc §5.6.4). Hot. */
  get awaitsLife(): boolean {
    const { state } = this.ice;
    return state === "disconnected" || state === "checking";
  }

  get gatheringState(): TransportStates["gatheringState"] {
    return this.ice.gatheringState;
  }

  get dtlsState(): TransportStates["dtlsState"] {
    return this.dtls.state;
  }

  /** Datagrams not looked at: from unvalidated paths, or too early and too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /** What {@link pollTransmit} and {@link seal} may write, probes of the path MTU included. */
  get largestDatagram(): number {
    return this.#largestDatagram;
  }

  /**
   * Looks at the path and the peer again: inside this machine, where there is no network to mind, datagrams may be as long as the peer's DTLS takes records.
   * INTEROP: libwebrtc reads records into 2048 bytes and fails the transport for a longer one, so a peer that is silent about it (RFC 8449) gets none.
   */
  updateLargestDatagram(): number {
    const { open, agreement } = this.dtls;
    const limit = agreement?.recordSizeLimit;
    const local = open !== undefined && limit !== undefined && this.#staysInside();
    this.#largestDatagram = local ? Math.max(this.#mtu, Math.min(this.#localMtu, limit + open.recordOverhead)) : this.#mtu;
    return this.#largestDatagram;
  }

  /** Brings the transport in line with a description. True when local addresses are now needed. */
  update(now: Instant, agreed: NegotiatedTransport): boolean {
    this.#agreed = agreed;
    const addressesNeeded = this.ice.applyLocal(now, agreed);
    if (agreed.remote !== undefined && this.ice.agent !== undefined) {
      this.ice.applyRemote(now, agreed.remote);
      this.dtls.update(now, agreed, this.ice.agent.selectedPath !== undefined);
    }
    return addressesNeeded;
  }

  /** Whether one of its sockets is bound to this address. Addresses are compared by identity first: hosts reuse them. */
  owns(local: TransportAddress): boolean {
    return this.#addresses.some((address) => address === local || (address.port === local.port && address.ip === local.ip));
  }

  /** A socket was bound. */
  addLocalAddress(now: Instant, address: TransportAddress, info: { interfaceName?: string; localPreference?: number } | undefined): void {
    this.#addresses.push(address);
    this.ice.agent?.addLocalAddress(now, address, info);
  }

  /** One STUN datagram. */
  handleStun(now: Instant, datagram: Uint8Array, path: Path): void {
    this.#observer?.packet?.(now, "in", "stun", datagram);
    this.ice.agent?.handleDatagram(now, datagram, path);
  }

  /** One DTLS datagram. For application data writes the plaintext to {@link scratchPlaintext} and returns its length, otherwise 0. Hot. */
  handleDtls(now: Instant, datagram: Uint8Array, path: Path): number {
    if (datagram.length > LARGEST_DATAGRAM || this.ice.agent === undefined || !this.ice.agent.accepts(path)) {
      this.#dropped += 1;
      return 0;
    }
    const open = this.dtls.open;
    if (open !== undefined) {
      const length = open.openRecord(now, datagram, scratchPlaintext);
      if (length > 0) {
        this.traffic.received(now, datagram.length, path);
        this.ice.agent.dataReceived(now, path);
      }
      if (length >= 0) return length;
    }
    this.traffic.received(now, datagram.length, path);
    if (!this.dtls.handleDatagram(now, datagram)) this.#dropped += 1;
    return 0;
  }

  handleTimeout(now: Instant): void {
    this.ice.agent?.handleTimeout(now);
    this.dtls.handleTimeout(now);
  }

  pollTimeout(): Instant | undefined {
    const ice = this.ice.agent?.pollTimeout();
    const dtls = this.dtls.pollTimeout();
    if (ice === undefined) return dtls;
    return dtls === undefined || ice < dtls ? ice : dtls;
  }

  /** The next check or handshake datagram. Application data is written by the engine, between {@link plaintextSpace} and {@link seal}. */
  pollTransmit(now: Instant, out: Uint8Array): Transmit<Path> | undefined {
    const check = this.ice.agent?.pollTransmit(out);
    if (check === undefined) return this.pollFlight(now, out);
    this.#observer?.packet?.(now, "out", "stun", out.subarray(0, check.length));
    return check;
  }

  /** The next DTLS handshake datagram or alert. While there is no path they wait in the connection. */
  pollFlight(now: Instant, out: Uint8Array): Transmit<Path> | undefined {
    const route = this.ice.agent?.selectedPath;
    const length = route === undefined ? undefined : this.dtls.pollTransmit(out);
    if (route === undefined || length === undefined) return undefined;
    this.traffic.sent(now, length, route);
    return { length, route };
  }

  /** Where in `out` to write a packet so that {@link seal} can protect it in place; undefined while nothing can be sent. Hot. */
  plaintextSpace(out: Uint8Array): Uint8Array | undefined {
    const open = this.dtls.open;
    if (open === undefined || this.ice.agent?.selectedPath === undefined) return undefined;
    const tail = open.recordOverhead - open.recordHeaderLength;
    return out.subarray(open.recordHeaderLength, Math.min(out.length, this.#largestDatagram) - tail);
  }

  /** Protects the packet of `length` bytes written to {@link plaintextSpace}. Hot. */
  seal(now: Instant, out: Uint8Array, length: number): Transmit<Path> {
    const route = this.ice.agent!.selectedPath!;
    const sealed = this.dtls.open!.sealRecord(out, length);
    this.traffic.sent(now, sealed, route);
    return { length: sealed, route };
  }

  /** The agent's next event. */
  pollIceEvent(now: Instant): IceEvent | undefined {
    const event = this.ice.pollEvent();
    if (event?.type === "selected-pair") this.dtls.pathSelected(now);
    return event;
  }

  /** The DTLS connection's next event. */
  pollDtlsEvent(): DtlsTransportEvent | undefined {
    return this.dtls.pollEvent();
  }

  /** Whether the selected path ends at this machine: at loopback, or at an address of our own. A candidate of another type may be a relay that leads elsewhere. */
  #staysInside(): boolean {
    const path = this.ice.agent?.selectedPath;
    if (path === undefined || this.ice.agent?.selectedPair?.remote.type !== "host") return false;
    const { ip } = path.remote;
    return isLoopbackIp(ip) || this.#addresses.some((own) => own.ip === ip);
  }

  /** Ends both. Anything still to be said must have been polled. */
  close(now: Instant): void {
    this.dtls.close(now);
    this.ice.close(now);
  }
}

/** 2^14 bytes of a DTLS record, and what RFC 8446 §5.2 lets protection add. A larger datagram is not ours. */
const LARGEST_DATAGRAM = 16_384 + 256;
/** One for all peers: nothing of it is kept when a call returns, and an idle peer should cost little. */
export const scratchPlaintext: Uint8Array = new Uint8Array(LARGEST_DATAGRAM);
