/** What the peer is told, for its congestion control, of the packets that arrive on a transport: the one kind of feedback that was agreed on. */
import { type Instant, readU16, readU24 } from "@purertc/core";
import { type RtcpPacket, type RtpReader, TransportCcReceiver } from "@purertc/rtp";
import type { BandwidthEstimatorOptions } from "./bandwidth-estimator.ts";
import type { Receiver } from "./receiver.ts";
import { ReceiverEstimate } from "./receiver-estimate.ts";
import { StreamArrivals } from "./stream-arrivals.ts";
import type { TransportSection } from "./transport-section.ts";

/** See the file's header. */
export class ArrivalFeedback {
  readonly #estimatorOptions: BandwidthEstimatorOptions;
  #transportWide: TransportCcReceiver | undefined;
  #streams: StreamArrivals | undefined;
  #estimate: ReceiverEstimate | undefined;
  /** Those whose sections agreed on reports by stream, and on REMB. */
  #byStream: readonly Receiver[] = [];
  #estimated: readonly Receiver[] = [];
  #mediaSsrc = 0;

  constructor(estimatorOptions: BandwidthEstimatorOptions) {
    this.#estimatorOptions = estimatorOptions;
  }

  /** The sections as agreed now. */
  configure(sections: readonly TransportSection[]): void {
    const receiversOf = (wanted: (section: TransportSection) => boolean): readonly Receiver[] =>
      sections.filter(wanted).map(({ receiver }) => receiver);
    const transportWide = sections.some((section) => section.sendsTransportFeedback);
    this.#byStream = receiversOf((section) => section.sendsStreamFeedback);
    this.#estimated = transportWide || this.#byStream.length > 0 ? [] : receiversOf((section) => section.sendsReceiverEstimate);
    this.#transportWide = transportWide ? (this.#transportWide ?? new TransportCcReceiver()) : undefined;
    this.#streams = this.#byStream.length > 0 ? (this.#streams ?? new StreamArrivals()) : undefined;
    this.#estimate = this.#estimated.length > 0 ? (this.#estimate ?? new ReceiverEstimate(this.#estimatorOptions)) : undefined;
  }

  /** A packet arrived, as the reader shows it. Hot. */
  arrived(now: Instant, reader: RtpReader, receiver: Receiver): void {
    const { transportWideCc, absSendTime } = receiver.extensions;
    if (this.#transportWide !== undefined) {
      const at = transportWideCc === 0 ? -1 : reader.extension(transportWideCc);
      if (at >= 0 && reader.extensionLength(at) >= 2) {
        this.#transportWide.receive(now, readU16(reader.packet, at));
        this.#mediaSsrc = reader.ssrc;
      }
    }
    if (this.#streams !== undefined && this.#byStream.includes(receiver)) this.#streams.receive(now, reader.ssrc, reader.sequenceNumber);
    if (this.#estimate !== undefined && this.#estimated.includes(receiver)) {
      const at = absSendTime === 0 ? -1 : reader.extension(absSendTime);
      if (at >= 0 && reader.extensionLength(at) >= 3)
        this.#estimate.receive(now, readU24(reader.packet, at), reader.sequenceNumber, reader.length);
    }
  }

  /** The earliest that something is due. Hot. */
  nextDue(): Instant | undefined {
    return this.#transportWide?.nextDue() ?? this.#streams?.nextDue() ?? this.#estimate?.nextDue();
  }

  /** Adds what is due. `compactNtp`: the time now. */
  report(now: Instant, senderSsrc: number, compactNtp: number, feedback: RtcpPacket[]): void {
    const wide = this.#transportWide;
    for (
      let one = wide?.feedback(now, senderSsrc, this.#mediaSsrc);
      one !== undefined;
      one = wide?.feedback(now, senderSsrc, this.#mediaSsrc)
    ) {
      feedback.push(one);
    }
    feedback.push(...(this.#streams?.feedback(now, senderSsrc, compactNtp) ?? []));
    const bitRate = this.#estimate?.takeDue(now);
    if (bitRate === undefined) return;
    const ssrcs = this.#estimated.flatMap(({ streams }) => Array.from(streams, ({ ssrc }) => ssrc)).slice(0, MAX_ESTIMATED);
    feedback.push({ type: "REMB", senderSsrc, mediaSsrc: 0, bitRate, ssrcs });
  }
}

/** The count has eight bits. */
const MAX_ESTIMATED = 255;
