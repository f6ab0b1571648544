/** A section with what its transport must know of it. */
import type { DemultiplexedSection } from "@purertc/rtp";
import type { AgreedMedia, RemoteStreamDescription } from "../../jsep/media-types.ts";
import { STREAM_FEEDBACK } from "../../jsep/stream-feedback.ts";
import { extensionIds } from "./extension-ids.ts";
import type { Receiver } from "./receiver.ts";
import type { Sender } from "./sender.ts";
import type { Transceiver } from "./transceiver.ts";

/** See the file's header. */
export class TransportSection {
  readonly mid: string;
  readonly transceiver: Transceiver;
  readonly agreed: AgreedMedia;
  readonly demultiplexed: DemultiplexedSection;

  constructor(mid: string, transceiver: Transceiver, agreed: AgreedMedia, remote: RemoteStreamDescription | undefined) {
    this.mid = mid;
    this.transceiver = transceiver;
    this.agreed = agreed;
    const ids = extensionIds(agreed.headerExtensions, "receives");
    const receives = agreed.direction === "sendrecv" || agreed.direction === "recvonly";
    this.demultiplexed = {
      mid,
      payloadTypes: receives ? agreed.receiveCodecs.map(({ payloadType }) => payloadType) : [],
      ssrcs: receives ? (remote?.ssrcs ?? []).slice(0, MAX_SIGNALLED_SSRCS) : [],
      ...(ids.mid === 0 ? {} : { midExtensionId: ids.mid }),
      ...(ids.rid === 0 ? {} : { ridExtensionId: ids.rid }),
      ...(ids.repairedRid === 0 ? {} : { repairedRidExtensionId: ids.repairedRid }),
    };
  }

  get sender(): Sender {
    return this.transceiver.sender;
  }

  get receiver(): Receiver {
    return this.transceiver.receiver;
  }

  /** Whether the peer wants transport-wide feedback on what it sends. */
  get sendsTransportFeedback(): boolean {
    const ids = extensionIds(this.agreed.headerExtensions, "receives");
    return ids.transportWideCc !== 0 && this.#receives("transport-cc") && !this.sendsStreamFeedback;
  }

  /** Whether it gives it on what we send. */
  get takesTransportFeedback(): boolean {
    const ids = extensionIds(this.agreed.headerExtensions, "sends");
    return ids.transportWideCc !== 0 && this.#sends("transport-cc") && !this.takesStreamFeedback;
  }

  /** RFC 8888: whether the peer wants feedback by stream on what it sends. */
  get sendsStreamFeedback(): boolean {
    return this.#receives(STREAM_FEEDBACK);
  }

  /** Whether it gives it on what we send. */
  get takesStreamFeedback(): boolean {
    return this.#sends(STREAM_FEEDBACK);
  }

  /** Whether the peer takes REMB, and says when it sends packets. */
  get sendsReceiverEstimate(): boolean {
    return extensionIds(this.agreed.headerExtensions, "receives").absSendTime !== 0 && this.#receives("goog-remb");
  }

  #receives(feedback: string): boolean {
    return this.agreed.receiveCodecs.some(({ rtcpFeedback }) => rtcpFeedback.includes(feedback));
  }

  #sends(feedback: string): boolean {
    return this.agreed.sendCodecs.some(({ rtcpFeedback }) => rtcpFeedback.includes(feedback));
  }

  /** RFC 6904. */
  get encryptedExtensionIds(): readonly number[] {
    return this.agreed.headerExtensions.filter(({ encrypted }) => encrypted).map(({ id }) => id);
  }
}

/** What a description may make us remember of a section before anything was sent. */
const MAX_SIGNALLED_SSRCS = 64;
