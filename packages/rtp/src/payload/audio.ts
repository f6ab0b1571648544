/**
 * Audio whose packets stand alone (RFC 3551 §4.1): every payload is a frame. G.711 (PCMU, PCMA), G.722 and others with one octet for each tick of the RTP clock are
 * streams of octets that may be cut anywhere (RFC 3551 §4.3).
 */
import type { DepacketizedFrame, Depacketizer, DepacketizerOptions, DepacketizerRefusal, PacketInfo } from "./depacketizer.ts";
import { checkFrame, checkRoom, type Packetizer } from "./packetizer.ts";
import { SequenceFollower } from "./sequence-follower.ts";

/** A format with one octet per tick of its clock (RFC 3551 §4.5.2, §4.5.14). */
export interface OctetStreamFormat {
  /** As in `a=rtpmap`. */
  readonly encodingName: "PCMU" | "PCMA" | "G722";
  /** RFC 3551 table 4: the payload type that needs no `a=rtpmap`. */
  readonly payloadType: number;
  /** Hz of the RTP clock. G.722 says 8000 although it samples at 16 000 (RFC 3551 §4.5.2). */
  readonly clockRate: 8000;
  /** Hz at which the codec samples. */
  readonly samplingRate: 8000 | 16_000;
  /** What fills a gap: octets that decode to silence. */
  readonly silence: number;
}

/** G.711 mu-law. */
export const PCMU: OctetStreamFormat = { encodingName: "PCMU", payloadType: 0, clockRate: 8000, samplingRate: 8000, silence: 0xff };
/** G.711 A-law. */
export const PCMA: OctetStreamFormat = { encodingName: "PCMA", payloadType: 8, clockRate: 8000, samplingRate: 8000, silence: 0xd5 };
/** G.722 at 64 kbit/s: each octet holds two samples. Its silence only fills a gap; a decoder's state decides what it becomes. */
export const G722: OctetStreamFormat = { encodingName: "G722", payloadType: 9, clockRate: 8000, samplingRate: 16_000, silence: 0xfa };

/** Octets of a G.711 or G.722 stream to payloads of the same duration, of which the last may be shorter. */
export class OctetStreamPacketizer implements Packetizer {
  #octets: Uint8Array = NOTHING;
  #at = 0;
  #room = 0;

  get pending(): boolean {
    return this.#at < this.#octets.length;
  }

  /** Ticks of the clock from the start of the octets to the next payload: what to add to their timestamp. */
  get timestampOffset(): number {
    return this.#at;
  }

  /** Takes octets, borrowed until nothing is pending. `maxPayloadLength`: octets, and so ticks, in a packet: 160 for 20 ms. */
  begin(octets: Uint8Array, maxPayloadLength: number): void {
    checkFrame(octets);
    checkRoom(maxPayloadLength, 1);
    this.#octets = octets;
    this.#at = 0;
    this.#room = Math.floor(maxPayloadLength);
  }

  writeNext(out: Uint8Array, at: number): number {
    if (!this.pending) return 0;
    const length = Math.min(this.#room, this.#octets.length - this.#at);
    out.set(this.#octets.subarray(this.#at, this.#at + length), at);
    this.#at += length;
    return length;
  }
}

/** Payloads that are frames to frames. The marker of a packet after silence (RFC 3551 §4.1) is shown. */
export interface AudioFrame extends DepacketizedFrame {
  /** First packet after silence: a good moment to adjust the playout delay. */
  readonly startOfTalkspurt: boolean;
}

/** Payloads to frames: G.711, G.722 and every other format of which a packet holds whole frames. */
export class AudioDepacketizer implements Depacketizer<AudioFrame> {
  readonly #maxFrameLength: number;
  readonly #sequence = new SequenceFollower();
  #afterLoss = false;
  #frame: AudioFrame | undefined;

  /** `maxFrameLength`: default 65 535, a datagram. */
  constructor(options: DepacketizerOptions = {}) {
    this.#maxFrameLength = options.maxFrameLength ?? 65_535;
  }

  push(packet: PacketInfo, payload: Uint8Array): DepacketizerRefusal | undefined {
    const missing = this.#sequence.follow(packet.sequenceNumber);
    if (missing < 0) return "late";
    // A frame nobody polled for counts as lost.
    if (missing > 0 || this.#frame !== undefined) this.#afterLoss = true;
    this.#frame = undefined;
    if (payload.length === 0) return undefined; // padding only
    if (payload.length > this.#maxFrameLength) {
      this.#afterLoss = true;
      return "too-long";
    }
    const { timestamp, marker: startOfTalkspurt } = packet;
    this.#frame = { data: payload.slice(), timestamp, keyframe: true, afterLoss: this.#afterLoss, startOfTalkspurt };
    this.#afterLoss = false;
    return undefined;
  }

  poll(): AudioFrame | undefined {
    const frame = this.#frame;
    this.#frame = undefined;
    return frame;
  }
}

const NOTHING = new Uint8Array(0);
