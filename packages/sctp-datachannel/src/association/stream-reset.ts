import type { ReConfigChunk } from "../codec/chunks/re-config.ts";
import {
  type OutgoingSsnResetRequest,
  type ReConfigurationParameter,
  ReConfigurationResult,
} from "../codec/parameters/re-configuration.ts";
import type { AssociationContext } from "./context.ts";

/** Streams in one request, so that it fits into a packet of 512 bytes. */
const MAX_STREAMS_PER_REQUEST = 200;

/** Our request that waits for its response. */
interface PendingRequest {
  readonly parameter: OutgoingSsnResetRequest;
  readonly streamIds: readonly number[];
}

/** Re-configuration of streams (RFC 6525): resets in both directions. Requests for more streams or a new TSN are denied, which the RFC allows. */
export class StreamReset {
  readonly #context: AssociationContext;
  /** Streams to reset once their queue is empty. */
  readonly #wanted = new Set<number>();
  readonly #resetting = new Set<number>();
  #pending: PendingRequest | undefined;
  #nextRequest = 0;
  /** The peer's next request sequence number. */
  #expected = 0;
  /** §5.2.1: what the last request was answered with, in case it comes again. */
  #lastResult: number = ReConfigurationResult.NOTHING_TO_DO;
  /** The peer's request that waits for data. */
  #deferred: OutgoingSsnResetRequest | undefined;
  /** Sequence number of an incoming reset request that our next request answers. */
  #answering: number | undefined;

  constructor(context: AssociationContext) {
    this.#context = context;
  }

  /** §4: request numbers start at the initial TSNs. */
  begin(): void {
    const { localInitialTsn, peerInitialTsn } = this.#context.tcb!.parameters;
    this.#nextRequest = localInitialTsn;
    this.#expected = peerInitialTsn;
    this.#lastResult = ReConfigurationResult.NOTHING_TO_DO;
    this.#deferred = undefined;
    this.#pending = undefined;
    this.#answering = undefined;
    this.#wanted.clear();
    this.#resetting.clear();
    this.#context.timers.clear("re-config");
  }

  /** Whether sending on the stream has to wait (§5.1.2 A1). */
  isResetting(streamId: number): boolean {
    return this.#wanted.has(streamId) || this.#resetting.has(streamId);
  }

  /** Resets outgoing streams as soon as what is queued on them was sent. */
  request(streamIds: readonly number[]): void {
    for (const streamId of streamIds) if (!this.#resetting.has(streamId)) this.#wanted.add(streamId);
  }

  /** Sends a request for the streams that are ready, when none is pending (§5.1.1). Called before packets are built. */
  sendDue(): void {
    if (this.#wanted.size === 0 || this.#pending !== undefined) return;
    const context = this.#context;
    const streamIds: number[] = [];
    for (const streamId of this.#wanted) {
      if (streamIds.length === MAX_STREAMS_PER_REQUEST) break;
      if (context.queue.bufferedAmount(streamId) === 0) streamIds.push(streamId);
    }
    if (streamIds.length === 0) return;
    for (const streamId of streamIds) {
      this.#wanted.delete(streamId);
      this.#resetting.add(streamId);
    }
    const parameter: OutgoingSsnResetRequest = {
      type: "OUTGOING-SSN-RESET-REQUEST",
      requestSequenceNumber: this.#nextRequest,
      responseSequenceNumber: this.#answering ?? (this.#expected - 1) >>> 0,
      lastAssignedTsn: context.tcb!.tx.lastAssignedTsn,
      streams: streamIds,
    };
    this.#answering = undefined;
    this.#nextRequest = (this.#nextRequest + 1) >>> 0;
    this.#pending = { parameter, streamIds };
    this.#transmit();
  }

  /** §5.1.1: the re-configuration timer expired. */
  handleTimeout(): void {
    if (this.#pending === undefined) return;
    this.#context.rto.backOff();
    if (this.#context.countError()) this.#transmit();
  }

  handleChunk(chunk: ReConfigChunk): void {
    const responses: ReConfigurationParameter[] = [];
    for (const parameter of chunk.parameters.slice(0, 2)) {
      switch (parameter.type) {
        case "RE-CONFIGURATION-RESPONSE":
          this.#handleResponse(parameter.responseSequenceNumber, parameter.result);
          break;
        case "OUTGOING-SSN-RESET-REQUEST":
          // It may also answer our incoming reset request, of which we send none.
          responses.push(this.#response(parameter.requestSequenceNumber, () => this.#resetIncoming(parameter)));
          break;
        case "INCOMING-SSN-RESET-REQUEST": {
          const result = this.#resultOf(parameter.requestSequenceNumber, () =>
            this.#resetOutgoing(parameter.requestSequenceNumber, parameter.streams),
          );
          // §5.2.3: a request that is carried out is answered by our own outgoing reset request.
          if (result !== ReConfigurationResult.IN_PROGRESS) {
            responses.push({
              type: "RE-CONFIGURATION-RESPONSE",
              responseSequenceNumber: parameter.requestSequenceNumber,
              result,
            });
          }
          break;
        }
        case "SSN-TSN-RESET-REQUEST":
        case "ADD-OUTGOING-STREAMS-REQUEST":
        case "ADD-INCOMING-STREAMS-REQUEST":
          responses.push(this.#response(parameter.requestSequenceNumber, () => ReConfigurationResult.DENIED));
          break;
        default:
          this.#context.refused.unexpected += 1;
      }
    }
    if (responses.length > 0) this.#context.outbox.send({ type: "RE-CONFIG", parameters: responses });
  }

  /** The cumulative TSN moved: a deferred reset of the peer may be due. Its response goes out unasked, which saves the peer a timeout. */
  performDeferred(): void {
    const request = this.#deferred;
    if (request === undefined || !this.#context.tcb!.rx.isResetDue(request.lastAssignedTsn, request.streams)) return;
    this.#perform(request);
    this.#lastResult = ReConfigurationResult.PERFORMED;
    this.#context.outbox.send({
      type: "RE-CONFIG",
      parameters: [
        {
          type: "RE-CONFIGURATION-RESPONSE",
          responseSequenceNumber: request.requestSequenceNumber,
          result: ReConfigurationResult.PERFORMED,
        },
      ],
    });
  }

  #response(requestSequenceNumber: number, carryOut: () => number): ReConfigurationParameter {
    return {
      type: "RE-CONFIGURATION-RESPONSE",
      responseSequenceNumber: requestSequenceNumber,
      result: this.#resultOf(requestSequenceNumber, carryOut),
    };
  }

  /** §5.2.1: each request is carried out once; the last one is answered again. */
  #resultOf(requestSequenceNumber: number, carryOut: () => number): number {
    if (requestSequenceNumber === (this.#expected - 1) >>> 0) return this.#lastResult;
    if (requestSequenceNumber !== this.#expected) return ReConfigurationResult.BAD_SEQUENCE_NUMBER;
    if (this.#deferred !== undefined) return ReConfigurationResult.REQUEST_IN_PROGRESS;
    this.#lastResult = carryOut();
    this.#expected = (this.#expected + 1) >>> 0;
    return this.#lastResult;
  }

  /** §5.2.2. */
  #resetIncoming(request: OutgoingSsnResetRequest): number {
    const { rx, parameters } = this.#context.tcb!;
    if (request.streams.some((streamId) => streamId >= parameters.inboundStreams)) return ReConfigurationResult.WRONG_SSN;
    if (!rx.isResetDue(request.lastAssignedTsn, request.streams)) {
      this.#deferred = request; // E1
      return ReConfigurationResult.IN_PROGRESS;
    }
    this.#perform(request);
    return ReConfigurationResult.PERFORMED;
  }

  #perform(request: OutgoingSsnResetRequest): void {
    this.#deferred = undefined;
    this.#context.tcb!.rx.resetStreams(request.streams);
    this.#context.events.push({ type: "incoming-streams-reset", streamIds: request.streams });
  }

  /** §5.2.3: the peer wants us to reset. */
  #resetOutgoing(requestSequenceNumber: number, streams: readonly number[]): number {
    const { parameters } = this.#context.tcb!;
    if (streams.some((streamId) => streamId >= parameters.outboundStreams)) return ReConfigurationResult.WRONG_SSN;
    const streamIds = streams.length === 0 ? this.#context.queue.usedStreams() : streams;
    if (streamIds.length === 0) return ReConfigurationResult.NOTHING_TO_DO;
    if (this.#pending !== undefined) return ReConfigurationResult.REQUEST_IN_PROGRESS;
    this.request(streamIds);
    this.#answering = requestSequenceNumber;
    return ReConfigurationResult.IN_PROGRESS;
  }

  #handleResponse(responseSequenceNumber: number, result: number): void {
    const pending = this.#pending;
    if (pending === undefined || pending.parameter.requestSequenceNumber !== responseSequenceNumber) return;
    const context = this.#context;
    context.errors = 0;
    if (result === ReConfigurationResult.IN_PROGRESS) {
      context.timers.set("re-config", context.now + context.rto.currentMs); // §5.2.7: asked again, with the same number
      return;
    }
    context.timers.clear("re-config");
    this.#pending = undefined;
    for (const streamId of pending.streamIds) this.#resetting.delete(streamId);
    if (result === ReConfigurationResult.REQUEST_IN_PROGRESS) {
      this.request(pending.streamIds); // the peer is busy with another of ours; again, with a new number
      return;
    }
    const performed = result === ReConfigurationResult.PERFORMED || result === ReConfigurationResult.NOTHING_TO_DO;
    if (performed) for (const streamId of pending.streamIds) context.queue.resetSequences(streamId);
    context.events.push({ type: "outgoing-streams-reset", streamIds: pending.streamIds, performed });
  }

  #transmit(): void {
    const context = this.#context;
    context.outbox.send({ type: "RE-CONFIG", parameters: [this.#pending!.parameter] });
    context.timers.set("re-config", context.now + context.rto.currentMs);
  }
}
