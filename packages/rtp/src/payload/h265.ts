/**
 * H.265 (RFC 7798), without DONL fields (`sprop-max-don-diff` 0, as WebRTC has it). The two octets |F|   Type   | LayerId | TID | that begin a payload are those of a NAL unit, or
 *
 *    48    aggregation packet (§4.4.2):  then each NAL unit behind its size in 16 bits
 *    49    fragmentation unit (§4.4.3):  |S|E|  FuType  | then a part of the NAL unit, its first two octets left out
 *    50    PACI (§4.4.4):  |A|   cType   | PHSsize |F0..2|Y| PHSsize octets of header extension | then what it carries, its first two octets left out
 *
 * Frames are access units in the byte stream format of annex B.
 */
import { InvalidArgumentError, readU16, writeU16 } from "@purertc/core";
import { locateNalUnits, START_CODE } from "./annex-b.ts";
import type { DepacketizedFrame, Depacketizer, DepacketizerOptions, DepacketizerRefusal, PacketInfo } from "./depacketizer.ts";
import { FrameAssembler, type PlaceInFrame } from "./frame-assembler.ts";
import { checkRoom, type Packetizer, partLength } from "./packetizer.ts";

/** Types of NAL units and packets (H.265 table 7-1, RFC 7798 §4.4). */
const NAL = { FIRST_IRAP: 16, LAST_IRAP: 23, VPS: 32, AUD: 35, AP: 48, FU: 49, PACI: 50 } as const;

function typeOf(firstOctet: number): number {
  return (firstOctet >>> 1) & 0x3f;
}

/** BLA, IDR or CRA. */
function isIrap(type: number): boolean {
  return type >= NAL.FIRST_IRAP && type <= NAL.LAST_IRAP;
}

/** Whether an access unit in annex B holds a slice of a random access picture. */
export function isH265Keyframe(accessUnit: Uint8Array): boolean {
  const offsets: number[] = [];
  locateNalUnits(accessUnit, offsets);
  for (let i = 0; i < offsets.length; i += 2) if (isIrap(typeOf(accessUnit[offsets[i]!]!))) return true;
  return false;
}

/** Access units to payloads. */
export class H265Packetizer implements Packetizer {
  readonly #nalUnits: number[] = []; // pairs of offsets
  #frame: Uint8Array = START_CODE;
  #next = 0; // index into #nalUnits
  #at = 0; // octets of the NAL unit that are sent, when it is fragmented
  #room = 0;

  get pending(): boolean {
    return this.#next < this.#nalUnits.length;
  }

  /**
   * Takes an access unit in annex B, borrowed until nothing is pending. `maxPayloadLength`: octets after the RTP header, at least 4. Throws
   * `InvalidArgumentError` when it holds no NAL unit, or one of less than two octets or of a type above 47.
   */
  begin(accessUnit: Uint8Array, maxPayloadLength: number): void {
    checkRoom(maxPayloadLength, 4);
    this.#next = 0;
    this.#at = 0;
    const units = this.#nalUnits;
    locateNalUnits(accessUnit, units);
    let good = units.length > 0;
    for (let i = 0; i < units.length; i += 2) good &&= units[i + 1]! - units[i]! >= 2 && typeOf(accessUnit[units[i]!]!) < NAL.AP;
    if (!good) {
      units.length = 0;
      throw new InvalidArgumentError("an access unit holds NAL units of types 0 to 47 behind start codes", {
        code: "RTP_H265_ACCESS_UNIT",
      });
    }
    this.#frame = accessUnit;
    this.#room = maxPayloadLength;
  }

  writeNext(out: Uint8Array, at: number): number {
    if (!this.pending) return 0;
    const from = this.#nalUnits[this.#next]!;
    const end = this.#nalUnits[this.#next + 1]!;
    if (this.#at > 0 || end - from > this.#room) return this.#writeFragment(out, at, from, end);
    const aggregated = this.#aggregable();
    if (aggregated > 1) return this.#writeAggregate(out, at, aggregated);
    out.set(this.#frame.subarray(from, end), at);
    this.#next += 2;
    return end - from;
  }

  /** How many NAL units from the next on fit one aggregation packet. */
  #aggregable(): number {
    let length = 2;
    let count = 0;
    for (let i = this.#next; i < this.#nalUnits.length; i += 2, count++) {
      length += 2 + this.#nalUnits[i + 1]! - this.#nalUnits[i]!;
      if (length > this.#room) break;
    }
    return count;
  }

  #writeAggregate(out: Uint8Array, at: number, count: number): number {
    let forbidden = 0;
    let layerId = 63;
    let temporalId = 7;
    let next = at + 2;
    for (let i = 0; i < count; i++, this.#next += 2) {
      const from = this.#nalUnits[this.#next]!;
      const end = this.#nalUnits[this.#next + 1]!;
      const header = readU16(this.#frame, from);
      forbidden |= header & 0x8000; // §4.4.2: F of any, the lowest layer and temporal id
      layerId = Math.min(layerId, (header >>> 3) & 0x3f);
      temporalId = Math.min(temporalId, header & 7);
      writeU16(out, next, end - from);
      out.set(this.#frame.subarray(from, end), next + 2);
      next += 2 + end - from;
    }
    writeU16(out, at, forbidden | (NAL.AP << 9) | (layerId << 3) | temporalId);
    return next - at;
  }

  #writeFragment(out: Uint8Array, at: number, from: number, end: number): number {
    const header = readU16(this.#frame, from);
    const start = this.#at === 0;
    if (start) this.#at = 2; // the NAL unit's header is told by the three octets that follow
    const length = partLength(end - from - this.#at, this.#room - 3);
    const begin = from + this.#at;
    const last = begin + length === end;
    writeU16(out, at, (header & 0x81ff) | (NAL.FU << 9));
    out[at + 2] = (start ? 0x80 : 0) | (last ? 0x40 : 0) | ((header >>> 9) & 0x3f);
    out.set(this.#frame.subarray(begin, begin + length), at + 3);
    if (last) {
      this.#next += 2;
      this.#at = 0;
    } else this.#at += length;
    return 3 + length;
  }
}

/** A whole access unit in annex B, with start codes of four octets. A keyframe holds a random access picture (IRAP). */
export type H265Frame = DepacketizedFrame;

/** Payloads to access units. */
export class H265Depacketizer implements Depacketizer<H265Frame> {
  readonly #assembler: FrameAssembler<{ keyframe: boolean }>;
  #fragmentType = 0; // of the fragmentation unit that is open
  #delimited = false; // the sender begins access units with delimiters

  constructor(options: DepacketizerOptions = {}) {
    this.#assembler = new FrameAssembler(options);
  }

  push(packet: PacketInfo, packetPayload: Uint8Array): DepacketizerRefusal | undefined {
    const assembler = this.#assembler;
    if (packetPayload.length === 0) return assembler.pass(packet);
    const payload = typeOf(packetPayload[0]!) === NAL.PACI ? carried(packetPayload) : packetPayload;
    const refusal = assembler.enter(packet, this.#placeInFrame(payload));
    if (refusal !== undefined) return refusal;
    if (assembler.details === undefined) assembler.start({ keyframe: false });
    const type = typeOf(payload[0]!);
    const fault = type === NAL.FU ? this.#takeFragment(payload) : assembler.open ? "malformed" : this.#takeWhole(payload, type);
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
   * H.265 §7.4.2.4.4: a delimiter starts an access unit, and so does a video parameter set where there are no delimiters to come before it. Of other NAL units it cannot be said:
   * a sequence parameter set mostly follows a video parameter set.
   */
  #placeInFrame(payload: Uint8Array): PlaceInFrame {
    const type = typeOf(payload[0]!);
    if (type === NAL.FU) return (payload[2]! & 0x80) !== 0 ? "maybe" : "inside";
    const first = type === NAL.AP && payload.length > 4 ? typeOf(payload[4]!) : type;
    if (first === NAL.AUD) this.#delimited = true;
    return first === NAL.AUD || (first === NAL.VPS && !this.#delimited) ? "start" : "maybe";
  }

  #takeWhole(payload: Uint8Array, type: number): DepacketizerRefusal | undefined {
    if (type === NAL.AP) return this.#takeAggregate(payload);
    return this.#takeNalUnit(payload, 0, payload.length);
  }

  #takeNalUnit(payload: Uint8Array, from: number, end: number): DepacketizerRefusal | undefined {
    const assembler = this.#assembler;
    const type = typeOf(payload[from]!);
    if (end - from < 2 || type >= NAL.AP) return "malformed"; // 51 to 63 are not assigned; 48 to 50 are not nested
    if (isIrap(type)) assembler.details!.keyframe = true;
    return assembler.append(START_CODE, 0, START_CODE.length) && assembler.append(payload, from, end) ? undefined : "too-long";
  }

  #takeAggregate(payload: Uint8Array): DepacketizerRefusal | undefined {
    if (payload.length <= 2) return "malformed";
    for (let at = 2; at < payload.length; ) {
      const from = at + 2;
      const end = from + readU16(payload, at);
      if (end > payload.length) return "malformed";
      const fault = this.#takeNalUnit(payload, from, end);
      if (fault !== undefined) return fault;
      at = end;
    }
    return undefined;
  }

  #takeFragment(payload: Uint8Array): DepacketizerRefusal | undefined {
    const assembler = this.#assembler;
    if (payload.length < 4) return "malformed"; // §4.4.3: the payload must not be empty
    const start = (payload[2]! & 0x80) !== 0;
    const end = (payload[2]! & 0x40) !== 0;
    const type = payload[2]! & 0x3f;
    if (start === assembler.open || (start && end) || type >= NAL.AP) return "malformed"; // S and E are not both set
    if (start) {
      this.#fragmentType = type;
      if (isIrap(type)) assembler.details!.keyframe = true;
      const header = (payload[0]! & 0x81) | (type << 1);
      if (!assembler.append(START_CODE, 0, START_CODE.length) || !assembler.appendOctet(header) || !assembler.appendOctet(payload[1]!))
        return "too-long";
    } else if (type !== this.#fragmentType) return "malformed";
    assembler.open = !end;
    return assembler.append(payload, 3, payload.length) ? undefined : "too-long";
  }

  poll(): H265Frame | undefined {
    return this.#assembler.poll();
  }
}

/**
 * What a PACI packet carries (§4.4.4): A and cType stand for the first bits of its two header octets, the others are those of the packet. The header extension is
 * information for those in between (§4.4.4.2) and passed over. What makes no sense stays as it is, and is refused as a NAL unit of type 50.
 */
function carried(paci: Uint8Array): Uint8Array {
  const from = 4 + ((paci[2]! & 1) << 4) + (paci[3]! >> 4);
  if (paci.length < 4 || from > paci.length || ((paci[2]! >> 1) & 0x3f) === NAL.PACI) return paci;
  const payload = paci.slice(from - 2);
  payload[0] = (paci[2]! & 0xfe) | (paci[0]! & 1);
  payload[1] = paci[1]!;
  return payload;
}
