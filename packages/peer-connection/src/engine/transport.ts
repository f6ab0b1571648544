/**
 * One transport: ICE finds the path, DTLS secures it. The engine has one per bundle group.
 *
 * The rule it keeps: nothing but STUN is looked at unless it came over a path that a connectivity check has validated.
 */
import type { Instant, Path, Transmit, TransportAddress } from "@purertc/core";
import type { IceEvent } from "@purertc/stun-ice";
import type { NegotiatedTransport } from "../jsep/index.ts";
import type { TransportStates } from "./aggregate-states.ts";
import { DtlsTransport, type DtlsTransportEvent, type DtlsTransportOptions } from "./dtls-transport.ts";
import { IceTransport, type IceTransportOptions } from "./ice-transport.ts";
import type { TransportId } from "./peer-event.ts";
import { Traffic } from "./traffic.ts";

/** What a transport needs of the connection it belongs to. */
export interface TransportOptions extends IceTransportOptions, DtlsTransportOptions {}

/** See the file's header. */
export class Transport implements TransportStates {
  readonly id: TransportId;
  readonly ice: IceTransport;
  readonly dtls: DtlsTransport;
  readonly traffic: Traffic = new Traffic();
  readonly #mtu: number;
  readonly #addresses: TransportAddress[] = [];
  #agreed: NegotiatedTransport;
  #dropped = 0;

  constructor(id: TransportId, options: TransportOptions, agreed: NegotiatedTransport) {
    this.id = id;
    this.ice = new IceTransport(options, agreed.iceRole);
    this.dtls = new DtlsTransport(options);
    this.#mtu = options.mtu;
    this.#agreed = agreed;
  }

  /** What the descriptions say of it: its section's mid and index, every section it carries. */
  get agreed(): NegotiatedTransport {
    return this.#agreed;
  }

  get iceState(): TransportStates["iceState"] {
    return this.ice.state;
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

  /** One DTLS datagram. For application data writes the plaintext to `plaintext` and returns its length, otherwise 0. Hot. */
  handleDtls(now: Instant, datagram: Uint8Array, path: Path, plaintext: Uint8Array): number {
    if (this.ice.agent === undefined || !this.ice.agent.accepts(path)) {
      this.#dropped += 1;
      return 0;
    }
    const open = this.dtls.open;
    if (open !== undefined) {
      const length = open.openRecord(now, datagram, plaintext);
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
    return check ?? this.pollFlight(now, out);
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
    return out.subarray(open.recordHeaderLength, Math.min(out.length, this.#mtu) - tail);
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

  /** Ends both. Anything still to be said must have been polled. */
  close(now: Instant): void {
    this.dtls.close(now);
    this.ice.close(now);
  }
}
