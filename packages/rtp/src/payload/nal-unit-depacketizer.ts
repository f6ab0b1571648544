/** Payloads to access units, for H.264 and H.265. */
import { readU16 } from "@purertc/core";
import { START_CODE } from "./annex-b.ts";
import type { DepacketizedFrame, Depacketizer, DepacketizerOptions, DepacketizerRefusal, PacketInfo } from "./depacketizer.ts";
import { FrameAssembler, type PlaceInFrame } from "./frame-assembler.ts";
import { headerAt, isKey, isNalUnitType, type NalUnitFormat, typeOf, withType } from "./nal-units.ts";

/** The depacketizer of a format. Frames are access units in annex B, with start codes of four octets. */
export class NalUnitDepacketizer implements Depacketizer<DepacketizedFrame> {
  readonly #format: NalUnitFormat;
  readonly #assembler: FrameAssembler<{ keyframe: boolean }>;
  #fragmentType = 0; // of the NAL unit whose fragments are coming
  #delimited = false; // the sender begins access units with delimiters

  constructor(format: NalUnitFormat, options: DepacketizerOptions) {
    this.#format = format;
    this.#assembler = new FrameAssembler(options);
  }

  push(packet: PacketInfo, payload: Uint8Array): DepacketizerRefusal | undefined {
    const assembler = this.#assembler;
    if (payload.length === 0) return assembler.pass(packet);
    const type = this.#typeAt(payload, 0);
    const refusal = assembler.enter(packet, this.#placeInFrame(payload, type));
    if (refusal !== undefined) return refusal;
    if (assembler.details === undefined) assembler.start({ keyframe: false });
    const fault = this.#take(payload, type) ?? (packet.marker && assembler.open ? "malformed" : undefined);
    if (fault !== undefined) assembler.abandon();
    else if (packet.marker) assembler.finish();
    return fault;
  }

  #typeAt(payload: Uint8Array, at: number): number {
    return typeOf(this.#format, headerAt(this.#format, payload, at));
  }

  /**
   * H.264 §7.4.1.2.3, H.265 §7.4.2.4.4: a delimiter starts an access unit, and so does the first parameter set where there are no delimiters to come
   * before it. Of other NAL units it cannot be said: other parameter sets mostly follow the first.
   */
  #placeInFrame(payload: Uint8Array, type: number): PlaceInFrame {
    const format = this.#format;
    const { headerLength } = format;
    if (type === format.fragment) return (payload[headerLength]! & 0x80) !== 0 ? "maybe" : "inside";
    const first = type === format.aggregation && payload.length > headerLength + 2 ? this.#typeAt(payload, headerLength + 2) : type;
    if (first === format.delimiter) this.#delimited = true;
    return first === format.delimiter || (first === format.firstParameterSet && !this.#delimited) ? "start" : "maybe";
  }

  #take(payload: Uint8Array, type: number): DepacketizerRefusal | undefined {
    const format = this.#format;
    if (type === format.fragment) return this.#takeFragment(payload);
    if (this.#assembler.open) return "malformed";
    if (type === format.aggregation) return this.#takeAggregate(payload);
    if (isNalUnitType(format, type)) return this.#takeNalUnit(payload, 0, payload.length, type);
    return format.isForeign(type) ? "unsupported" : "malformed";
  }

  /** Of types that NAL units do not have, some are not assigned; packets do not nest (RFC 6184 §5.7, RFC 7798 §4.4.2). */
  #takeNalUnit(payload: Uint8Array, from: number, end: number, type: number): DepacketizerRefusal | undefined {
    const assembler = this.#assembler;
    const format = this.#format;
    if (end - from < format.headerLength || !isNalUnitType(format, type)) return "malformed";
    if (isKey(format, type)) assembler.details!.keyframe = true;
    return assembler.append(START_CODE, 0, START_CODE.length) && assembler.append(payload, from, end) ? undefined : "too-long";
  }

  #takeAggregate(payload: Uint8Array): DepacketizerRefusal | undefined {
    let at: number = this.#format.headerLength;
    if (payload.length <= at) return "malformed";
    while (at < payload.length) {
      const from = at + 2;
      const end = from + readU16(payload, at);
      if (end > payload.length) return "malformed";
      const fault = this.#takeNalUnit(payload, from, end, this.#typeAt(payload, from));
      if (fault !== undefined) return fault;
      at = end;
    }
    return undefined;
  }

  #takeFragment(payload: Uint8Array): DepacketizerRefusal | undefined {
    const assembler = this.#assembler;
    const format = this.#format;
    const { headerLength } = format;
    if (payload.length < headerLength + 1 + format.fragmentMinimum) return "malformed";
    const start = (payload[headerLength]! & 0x80) !== 0;
    const end = (payload[headerLength]! & 0x40) !== 0;
    const type = payload[headerLength]! & format.typeMask;
    // RFC 6184 §5.8, RFC 7798 §4.4.3: S and E are not both set.
    if (start === assembler.open || (start && end) || !isNalUnitType(format, type)) return "malformed";
    if (start) {
      this.#fragmentType = type;
      if (isKey(format, type)) assembler.details!.keyframe = true;
      if (!this.#beginNalUnit(withType(format, headerAt(format, payload, 0), type))) return "too-long";
    } else if (type !== this.#fragmentType) return "malformed";
    assembler.open = !end;
    return assembler.append(payload, headerLength + 1, payload.length) ? undefined : "too-long";
  }

  #beginNalUnit(header: number): boolean {
    const assembler = this.#assembler;
    if (!assembler.append(START_CODE, 0, START_CODE.length)) return false;
    return (this.#format.headerLength === 1 || assembler.appendOctet(header >>> 8)) && assembler.appendOctet(header & 0xff);
  }

  poll(): DepacketizedFrame | undefined {
    return this.#assembler.poll();
  }
}
