/** What every flow here is, and what it tells its owner. */
import type { RandomSource, TransportAddress } from "@purertc/core";
import type { SipMessage } from "@purertc/sip-parser";
import { type Flow, isReliable, isSecure, type SipTransportName } from "../flow.ts";
import type { TransportClock } from "./clock.ts";
import type { ConnectionSlots } from "./connection-slots.ts";
import type { FairQueue } from "./fair-queue.ts";
import type { TransportLimits, TransportTimeouts } from "./options.ts";

/** Why a flow closed: stable words, such as `"peer-closed"`, `"idle-timeout"` or the system's `"ECONNRESET"`. */
export type FlowCloseReason = string;

/** The transports, as flows and listeners see them. */
export interface FlowOwner {
  readonly clock: TransportClock;
  readonly random: RandomSource;
  readonly limits: TransportLimits;
  readonly timeouts: TransportTimeouts;
  readonly queue: FairQueue;
  readonly slots: ConnectionSlots;
  /** RFC 3261 §18.2.2; see the options. */
  readonly followMaddr: boolean;
  /** Octets that all connections hold and have not read. */
  readonly buffered: { octets: number };
  /** A message came over a flow. */
  received(message: SipMessage, flow: TransportFlow): void;
  /** What came is no message, or only the part of one that `message` is; `reply` is where an answer may go. */
  malformed(reason: string, length: number, flow: TransportFlow, message?: SipMessage): void;
  /** A connection is open. */
  opened(flow: TransportFlow): void;
  /** A flow has closed; called once. */
  closed(flow: TransportFlow, reason: FlowCloseReason): void;
}

/** A flow that can be written to. */
export abstract class TransportFlow implements Flow {
  readonly id: number;
  readonly transport: SipTransportName;
  readonly local: TransportAddress;
  readonly remote: TransportAddress;
  readonly peerIdentities: readonly string[];

  constructor(transport: SipTransportName, local: TransportAddress, remote: TransportAddress, peerIdentities: readonly string[]) {
    this.id = nextId++;
    this.transport = transport;
    this.local = local;
    this.remote = remote;
    this.peerIdentities = peerIdentities;
  }

  get reliable(): boolean {
    return isReliable(this.transport);
  }

  get secure(): boolean {
    return isSecure(this.transport);
  }

  abstract get open(): boolean;

  /** Queues one message; drops it when the flow has closed. The bytes are kept until the kernel has them. */
  abstract write(bytes: Uint8Array): void;

  /** The flow for a response that goes to another address than the request came from; connections have one way only. */
  towards(_ip: string, _port: number): TransportFlow {
    return this;
  }

  /** RFC 5626 keep-alives every `intervalMs`; 0 stops them. */
  abstract keepAlive(intervalMs: number): void;

  /** Closes it; `closed` of the owner follows. */
  abstract close(reason: FlowCloseReason): void;
}

let nextId = 1;
