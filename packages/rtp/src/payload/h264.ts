/**
 * H.264 (RFC 6184), packetization modes 0 and 1 (§6.2, §6.3). The first octet of a payload, |F|NRI| Type |, is that of a NAL unit or says how several, or
 * parts, are packed:
 *
 *    1-23  single NAL unit (§5.6)
 *    24    STAP-A (§5.7.1):  |F|NRI| 24 | then each NAL unit behind its size in 16 bits
 *    28    FU-A (§5.8):      |F|NRI| 28 |S|E|R| Type | then a part of the NAL unit, its first octet left out
 *    25, 26, 27, 29          STAP-B, MTAP16, MTAP24, FU-B: of mode 2 (interleaved), refused as `unsupported`
 *
 * Frames are access units in the byte stream format of annex B.
 */
import { InvalidArgumentError, readU16, writeU16 } from "@purertc/core";
import { locateNalUnits, START_CODE } from "./annex-b.ts";
import type { DepacketizedFrame, Depacketizer, DepacketizerOptions, DepacketizerRefusal, PacketInfo } from "./depacketizer.ts";
import { FrameAssembler, type PlaceInFrame } from "./frame-assembler.ts";
import { checkRoom, type Packetizer, partLength } from "./packetizer.ts";

/** Types of NAL units and packets (H.264 table 7-1, RFC 6184 table 1). */
const NAL = { IDR: 5, SEI: 6, SPS: 7, PPS: 8, AUD: 9, STAP_A: 24, STAP_B: 25, MTAP24: 27, FU_A: 28, FU_B: 29 } as const;

/** Whether an access unit in annex B holds a slice of an IDR picture. */
export function isH264Keyframe(accessUnit: Uint8Array): boolean {
  const offsets: number[] = [];
  locateNalUnits(accessUnit, offsets);
  for (let i = 0; i < offsets.length; i += 2) if ((accessUnit[offsets[i]!]! & 0x1f) === NAL.IDR) return true;
  return false;
}

/** Choices of the sender. */
export interface H264PacketizerOptions {
  /** `packetization-mode` that was negotiated. Default 1. Mode 0: every NAL unit must fit one packet. */
  readonly mode?: 0 | 1;
}

/** Access units to payloads. */
export class H264Packetizer implements Packetizer {
  readonly #mode: 0 | 1;
  readonly #nalUnits: number[] = []; // pairs of offsets
  #frame: Uint8Array = START_CODE;
  #next = 0; // index into #nalUnits
  #at = 0; // octets of the NAL unit that are sent, when it is fragmented
  #room = 0;

  constructor(options: H264PacketizerOptions = {}) {
    this.#mode = options.mode ?? 1;
  }

  get pending(): boolean {
    return this.#next < this.#nalUnits.length;
  }

  /**
   * Takes an access unit in annex B, borrowed until nothing is pending. `maxPayloadLength`: octets after the RTP header, at least 3. Throws
   * `InvalidArgumentError` when it holds no NAL unit, one of a type above 23, or, in mode 0, one that is larger than a packet.
   */
  begin(accessUnit: Uint8Array, maxPayloadLength: number): void {
    checkRoom(maxPayloadLength, 3);
    this.#next = 0;
    this.#at = 0;
    locateNalUnits(accessUnit, this.#nalUnits);
    const fault = this.#fault(accessUnit, maxPayloadLength);
    if (fault !== undefined) {
      this.#nalUnits.length = 0;
      throw new InvalidArgumentError(fault, { code: "RTP_H264_ACCESS_UNIT" });
    }
    this.#frame = accessUnit;
    this.#room = maxPayloadLength;
  }

  #fault(accessUnit: Uint8Array, maxPayloadLength: number): string | undefined {
    const units = this.#nalUnits;
    if (units.length === 0) return "an access unit holds at least one NAL unit behind a start code";
    for (let i = 0; i < units.length; i += 2) {
      const type = accessUnit[units[i]!]! & 0x1f;
      if (type === 0 || type > 23) return `NAL unit type ${type} cannot be sent over RTP`;
      if (this.#mode === 0 && units[i + 1]! - units[i]! > maxPayloadLength) return "in packetization mode 0 a NAL unit must fit one packet";
    }
    return undefined;
  }

  writeNext(out: Uint8Array, at: number): number {
    if (!this.pending) return 0;
    const from = this.#nalUnits[this.#next]!;
    const end = this.#nalUnits[this.#next + 1]!;
    if (this.#at > 0 || end - from > this.#room) return this.#writeFragment(out, at, from, end);
    const aggregated = this.#mode === 1 ? this.#aggregable() : 1;
    if (aggregated > 1) return this.#writeAggregate(out, at, aggregated);
    out.set(this.#frame.subarray(from, end), at);
    this.#next += 2;
    return end - from;
  }

  /** How many NAL units from the next on fit one STAP-A. */
  #aggregable(): number {
    let length = 1;
    let count = 0;
    for (let i = this.#next; i < this.#nalUnits.length; i += 2, count++) {
      length += 2 + this.#nalUnits[i + 1]! - this.#nalUnits[i]!;
      if (length > this.#room) break;
    }
    return count;
  }

  #writeAggregate(out: Uint8Array, at: number, count: number): number {
    let header = 0;
    let next = at + 1;
    for (let i = 0; i < count; i++, this.#next += 2) {
      const from = this.#nalUnits[this.#next]!;
      const end = this.#nalUnits[this.#next + 1]!;
      const octet = this.#frame[from]!;
      header = (header & 0x80) | (octet & 0x80) | Math.max(header & 0x60, octet & 0x60); // §5.7.1: F of any, the highest NRI
      writeU16(out, next, end - from);
      out.set(this.#frame.subarray(from, end), next + 2);
      next += 2 + end - from;
    }
    out[at] = header | NAL.STAP_A;
    return next - at;
  }

  #writeFragment(out: Uint8Array, at: number, from: number, end: number): number {
    const header = this.#frame[from]!;
    const start = this.#at === 0;
    if (start) this.#at = 1; // the NAL unit's first octet is told by the two that follow
    const length = partLength(end - from - this.#at, this.#room - 2);
    const begin = from + this.#at;
    const last = begin + length === end;
    out[at] = (header & 0xe0) | NAL.FU_A;
    out[at + 1] = (start ? 0x80 : 0) | (last ? 0x40 : 0) | (header & 0x1f);
    out.set(this.#frame.subarray(begin, begin + length), at + 2);
    if (last) {
      this.#next += 2;
      this.#at = 0;
    } else this.#at += length;
    return 2 + length;
  }
}

/** A whole access unit in annex B, with start codes of four octets. A keyframe holds an IDR picture. */
export type H264Frame = DepacketizedFrame;

/** Payloads to access units. */
export class H264Depacketizer implements Depacketizer<H264Frame> {
  readonly #assembler: FrameAssembler<{ keyframe: boolean }>;
  #fragmentType = 0; // of the FU-A that is open
  #delimited = false; // the sender begins access units with delimiters

  constructor(options: DepacketizerOptions = {}) {
    this.#assembler = new FrameAssembler(options);
  }

  push(packet: PacketInfo, payload: Uint8Array): DepacketizerRefusal | undefined {
    const assembler = this.#assembler;
    if (payload.length === 0) return assembler.pass(packet);
    const refusal = assembler.enter(packet, this.#placeInFrame(payload));
    if (refusal !== undefined) return refusal;
    if (assembler.details === undefined) assembler.start({ keyframe: false });
    const type = payload[0]! & 0x1f;
    const fault = type === NAL.FU_A ? this.#takeFragment(payload) : assembler.open ? "malformed" : this.#takeWhole(payload, type);
    if (fault !== undefined) {
      assembler.abandon();
      return fault;
    }
    if (!packet.marker) return undefined;
    if (assembler.open) {
      assembler.abandon();
      return "malformed";
    }
    assembler.finish();
    return undefined;
  }

  /**
   * H.264 §7.4.1.2.3: a delimiter starts an access unit, and so does a sequence parameter set where there are no delimiters to come before it. Of other NAL units it cannot be
   * said.
   */
  #placeInFrame(payload: Uint8Array): PlaceInFrame {
    const type = payload[0]! & 0x1f;
    if (type === NAL.FU_A) return (payload[1]! & 0x80) !== 0 ? "maybe" : "inside";
    const first = type === NAL.STAP_A && payload.length > 3 ? payload[3]! & 0x1f : type;
    if (first === NAL.AUD) this.#delimited = true;
    return first === NAL.AUD || (first === NAL.SPS && !this.#delimited) ? "start" : "maybe";
  }

  #takeWhole(payload: Uint8Array, type: number): DepacketizerRefusal | undefined {
    if (type === NAL.STAP_A) return this.#takeAggregate(payload);
    if (type >= NAL.STAP_B && type <= NAL.FU_B) return "unsupported";
    if (type === 0 || type > 23) return "malformed";
    return this.#takeNalUnit(payload, 0, payload.length);
  }

  #takeNalUnit(payload: Uint8Array, from: number, end: number): DepacketizerRefusal | undefined {
    const assembler = this.#assembler;
    if ((payload[from]! & 0x1f) === NAL.IDR) assembler.details!.keyframe = true;
    return assembler.append(START_CODE, 0, START_CODE.length) && assembler.append(payload, from, end) ? undefined : "too-long";
  }

  #takeAggregate(payload: Uint8Array): DepacketizerRefusal | undefined {
    if (payload.length === 1) return "malformed";
    for (let at = 1; at < payload.length; ) {
      const from = at + 2;
      const end = from + readU16(payload, at);
      if (from >= end || end > payload.length) return "malformed";
      const type = payload[from]! & 0x1f;
      if (type === 0 || type > 23) return "malformed"; // §5.7: aggregation packets are not nested
      const fault = this.#takeNalUnit(payload, from, end);
      if (fault !== undefined) return fault;
      at = end;
    }
    return undefined;
  }

  #takeFragment(payload: Uint8Array): DepacketizerRefusal | undefined {
    const assembler = this.#assembler;
    if (payload.length < 2) return "malformed";
    const start = (payload[1]! & 0x80) !== 0;
    const end = (payload[1]! & 0x40) !== 0;
    const type = payload[1]! & 0x1f;
    if (start === assembler.open || (start && end) || type === 0 || type > 23) return "malformed"; // §5.8: S and E are not both set
    if (start) {
      this.#fragmentType = type;
      if (type === NAL.IDR) assembler.details!.keyframe = true;
      if (!assembler.append(START_CODE, 0, START_CODE.length) || !assembler.appendOctet((payload[0]! & 0xe0) | type)) return "too-long";
    } else if (type !== this.#fragmentType) return "malformed";
    assembler.open = !end;
    return assembler.append(payload, 2, payload.length) ? undefined : "too-long";
  }

  poll(): H264Frame | undefined {
    return this.#assembler.poll();
  }
}
