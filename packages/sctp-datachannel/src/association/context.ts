import { type Instant, Queue, TimerTable } from "@purertc/core";
import { type ErrorCause, errorCauseCode } from "../codec/error-causes.ts";
import type { ResolvedAssociationOptions } from "../options.ts";
import { DataReceiver } from "../rx/data-receiver.ts";
import type { MessageSink } from "../rx/inbound-streams.ts";
import { RetransmissionQueue } from "../tx/retransmission-queue.ts";
import { RetransmissionTimeout } from "../tx/rto.ts";
import { SendQueue } from "../tx/send-queue.ts";
import type { CloseCause, SctpEvent } from "./events.ts";
import { Outbox } from "./outbox.ts";
import type { AssociationParameters } from "./state-cookie.ts";

/** RFC 9260 §4, with "new" before `connect` or `listen` and "listening" for the RFC's CLOSED that answers INITs. */
export type AssociationState =
  | "new"
  | "listening"
  | "cookie-wait"
  | "cookie-echoed"
  | "established"
  | "shutdown-pending"
  | "shutdown-sent"
  | "shutdown-received"
  | "shutdown-ack-sent"
  | "closed";

/** The RFC's timers. T3-rtx lives in the retransmission queue, because it moves with almost every packet. */
export type TimerName =
  | "t1-init"
  | "t1-cookie"
  | "t2-shutdown"
  | "t5-shutdown-guard"
  | "heartbeat"
  | "delayed-sack"
  | "re-config"
  | "path-mtu";

/** Packets refused, by reason. */
export interface RefusalCounters {
  malformed: number;
  badChecksum: number;
  wrongPort: number;
  wrongTag: number;
  badBundle: number;
  badCookie: number;
  staleCookie: number;
  unexpected: number;
}

/** Transmission control block (§1.3): what exists once both sides' INITs are known. */
export interface Tcb {
  readonly parameters: AssociationParameters;
  /** May change alone (§5.2.4 B). */
  peerTag: number;
  readonly tx: RetransmissionQueue;
  readonly rx: DataReceiver;
}

/** What the parts of an association share: state, clock, timers, what is to be sent and told. */
export class AssociationContext implements MessageSink {
  readonly options: ResolvedAssociationOptions;
  readonly timers: TimerTable<TimerName> = new TimerTable();
  readonly events: Queue<SctpEvent> = new Queue();
  readonly outbox: Outbox = new Outbox();
  readonly refused: RefusalCounters = {
    malformed: 0,
    badChecksum: 0,
    wrongPort: 0,
    wrongTag: 0,
    badBundle: 0,
    badCookie: 0,
    staleCookie: 0,
    unexpected: 0,
  };
  readonly rto: RetransmissionTimeout;
  queue: SendQueue = new SendQueue();
  /** Nothing was heard yet of the peer on the path that both sides moved to (see `SctpAssociation.pathReplaced`). */
  moved = false;
  now: Instant = Number.NEGATIVE_INFINITY;
  state: AssociationState = "new";
  localPort = 0;
  remotePort = 0;
  /** Our verification tag and initial TSN from `connect` on, or from the COOKIE ECHO. */
  localTag = 0;
  localInitialTsn = 0;
  tcb: Tcb | undefined;
  /** §8.1 Overall Error Count. */
  errors = 0;
  /** Largest packet that the path is known to take, a multiple of four. */
  packetSize: number;
  /** What every path takes; {@link packetSize} is more once the path has shown that it takes more. */
  basePacketSize: number;

  constructor(options: ResolvedAssociationOptions) {
    this.options = options;
    this.rto = new RetransmissionTimeout(options);
    this.basePacketSize = options.mtu & ~3;
    this.packetSize = this.basePacketSize;
  }

  /** Whether both sides agreed on it (§5.1), and it has not ended. */
  get isUp(): boolean {
    return this.state === "established" || this.state.startsWith("shutdown-");
  }

  /** Makes a TCB, replacing an older one. */
  createTcb(parameters: AssociationParameters): Tcb {
    const options = this.options;
    this.packetSize = this.basePacketSize;
    this.localTag = parameters.localTag;
    this.localInitialTsn = parameters.localInitialTsn;
    this.queue.setInterleaving(parameters.interleaving);
    this.tcb = {
      parameters,
      peerTag: parameters.peerTag,
      tx: new RetransmissionQueue(
        {
          initialTsn: parameters.localInitialTsn,
          peerWindow: parameters.peerWindow,
          packetSize: this.packetSize,
          initialWindowPackets: options.initialWindowPackets,
          maxBurst: options.maxBurst,
          interleaving: parameters.interleaving,
          partialReliability: parameters.partialReliability,
        },
        this.queue,
        this.rto,
      ),
      rx: new DataReceiver(
        {
          peerInitialTsn: parameters.peerInitialTsn,
          inboundStreams: parameters.inboundStreams,
          receiveWindow: options.receiveWindow,
          maxReceiveMessageSize: options.maxReceiveMessageSize,
          interleaving: parameters.interleaving,
          partialReliability: parameters.partialReliability,
        },
        this,
      ),
    };
    return this.tcb;
  }

  deliver(streamId: number, payloadProtocolId: number, data: Uint8Array): void {
    this.tcb!.rx.heldByOwner += data.length;
    this.events.push({ type: "message", streamId, payloadProtocolId, data });
  }

  tooLarge(streamId: number, length: number): void {
    this.events.push({ type: "message-too-large", streamId, length });
  }

  /** §8.1: one more retransmission without an answer. False when that was one too many and the association ended. */
  countError(): boolean {
    this.errors += 1;
    if (this.errors <= this.options.associationMaxRetransmits) return true;
    this.finish("too-many-retransmissions");
    return false;
  }

  /** Sends ABORT, when the peer's tag is known, and ends the association. */
  abort(closeCause: CloseCause, ...causes: readonly ErrorCause[]): void {
    const peerTag = this.tcb?.peerTag;
    const first = causes[0];
    this.finish(closeCause, first === undefined ? undefined : errorCauseCode(first));
    if (peerTag !== undefined) this.outbox.sendPacket(peerTag, { type: "ABORT", causes });
  }

  /** The peer broke the protocol (§3.3.10.13). */
  violation(what: string): void {
    this.abort("protocol-violation", { type: "PROTOCOL-VIOLATION", bytes: asciiBytes(what) });
  }

  /** Ends the association. What the outbox gets afterwards is still sent. */
  finish(cause: CloseCause, sctpCauseCode?: number): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.timers.clearAll();
    this.outbox.clear();
    this.tcb = undefined;
    this.queue = new SendQueue();
    this.events.push({ type: "closed", cause, ...(sctpCauseCode === undefined ? {} : { sctpCauseCode }) });
  }
}

/** Bytes of a text that is ASCII. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
