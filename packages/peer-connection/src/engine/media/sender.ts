/** The sending half of a transceiver: its encodings, and what of them was agreed. */
import { type Instant, InvalidArgumentError } from "@purertc/core";
import type { LocalEncoding, NegotiatedCodec } from "../../jsep/media-types.ts";
import type { EncodedFrame, EncodingParameters, MediaSender, RtpPacketInfo, SendRefusal } from "./types.ts";

/** What a sender is made with. */
export interface SenderOptions {
  readonly streamIds: readonly string[];
  readonly trackId: string;
  readonly encodings: readonly EncodingParameters[];
  /** A random SSRC that no other stream of this peer has. */
  readonly newSsrc: () => number;
}

/** See the file's header. */
export class Sender implements MediaSender {
  readonly #newSsrc: () => number;
  #encodings: readonly EncodingParameters[];
  #localEncodings: readonly LocalEncoding[];
  codecs: readonly NegotiatedCodec[] = [];
  streamIds: readonly string[];
  trackId: string;
  enabled = true;

  constructor(options: SenderOptions) {
    this.#newSsrc = options.newSsrc;
    this.streamIds = options.streamIds;
    this.trackId = options.trackId;
    this.#encodings = options.encodings;
    this.#localEncodings = options.encodings.map((encoding) => this.#local(encoding));
  }

  get encodings(): readonly EncodingParameters[] {
    return this.#encodings;
  }

  /** The same as descriptions see them. */
  get localEncodings(): readonly LocalEncoding[] {
    return this.#localEncodings;
  }

  get queuedOctets(): number {
    return 0;
  }

  /** Changes parameters. Encodings keep their SSRCs; throws `InvalidArgumentError` when their number or rids change. */
  setEncodings(encodings: readonly EncodingParameters[]): void {
    const same = encodings.length === this.#encodings.length && encodings.every(({ rid }, i) => rid === this.#encodings[i]!.rid);
    if (!same) throw new InvalidArgumentError("the number and the rids of encodings cannot change", { code: "PEER_ENCODINGS" });
    this.#encodings = encodings;
    this.#localEncodings = this.#localEncodings.map((local, i) => ({ ...local, active: encodings[i]!.active }));
  }

  sendFrame(_now: Instant, _frame: EncodedFrame, _rid?: string): SendRefusal | undefined {
    return "not-negotiated";
  }

  sendPacket(_now: Instant, _packet: Uint8Array, _info: RtpPacketInfo): SendRefusal | undefined {
    return "not-negotiated";
  }

  #local({ rid, active }: EncodingParameters): LocalEncoding {
    return { ...(rid === undefined ? {} : { rid }), active, ssrc: this.#newSsrc(), rtxSsrc: this.#newSsrc() };
  }
}
