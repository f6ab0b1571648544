/** Access units to payloads, for H.264 and H.265: small NAL units together, large ones in parts. */
import { InvalidArgumentError, writeU16 } from "@purertc/core";
import { locateNalUnits, START_CODE } from "./annex-b.ts";
import { headerAt, isNalUnitType, type NalUnitFormat, typeOf, withType } from "./nal-units.ts";
import { checkRoom, type Packetizer, partLength } from "./packetizer.ts";

/** The packetizer of a format. */
export class NalUnitPacketizer implements Packetizer {
  readonly #format: NalUnitFormat;
  readonly #single: boolean;
  readonly #nalUnits: number[] = []; // pairs of offsets
  #frame: Uint8Array = START_CODE;
  #next = 0; // index into #nalUnits
  #at = 0; // octets of the NAL unit that are sent, when it is fragmented
  #room = 0;

  /** `single`: every packet is one NAL unit. */
  constructor(format: NalUnitFormat, single: boolean) {
    this.#format = format;
    this.#single = single;
  }

  get pending(): boolean {
    return this.#next < this.#nalUnits.length;
  }

  /**
   * Takes an access unit in annex B, borrowed until nothing is pending. `maxPayloadLength`: octets after the RTP header, at least 3 for H.264 and 4 for
   * H.265. Throws `InvalidArgumentError` when it holds no NAL unit, one that is shorter than its header or of a type that only packets have, or, in
   * packetization mode 0 of H.264, one that is larger than a packet.
   */
  begin(accessUnit: Uint8Array, maxPayloadLength: number): void {
    checkRoom(maxPayloadLength, this.#format.headerLength + 2);
    this.#next = 0;
    this.#at = 0;
    locateNalUnits(accessUnit, this.#nalUnits);
    const fault = this.#fault(accessUnit, maxPayloadLength);
    if (fault !== undefined) {
      this.#nalUnits.length = 0;
      throw new InvalidArgumentError(fault, { code: this.#format.faultCode });
    }
    this.#frame = accessUnit;
    this.#room = maxPayloadLength;
  }

  #fault(accessUnit: Uint8Array, maxPayloadLength: number): string | undefined {
    const format = this.#format;
    const units = this.#nalUnits;
    if (units.length === 0) return "an access unit holds at least one NAL unit behind a start code";
    for (let i = 0; i < units.length; i += 2) {
      const length = units[i + 1]! - units[i]!;
      if (length < format.headerLength) return "a NAL unit is not shorter than its header";
      const type = typeOf(format, headerAt(format, accessUnit, units[i]!));
      if (!isNalUnitType(format, type)) return `NAL unit type ${type} cannot be sent over RTP`;
      if (this.#single && length > maxPayloadLength) return "in packetization mode 0 a NAL unit must fit one packet";
    }
    return undefined;
  }

  writeNext(out: Uint8Array, at: number): number {
    if (!this.pending) return 0;
    const from = this.#nalUnits[this.#next]!;
    const end = this.#nalUnits[this.#next + 1]!;
    if (this.#at > 0 || end - from > this.#room) return this.#writeFragment(out, at, from, end);
    const aggregated = this.#single ? 1 : this.#aggregable();
    if (aggregated > 1) return this.#writeAggregate(out, at, aggregated);
    out.set(this.#frame.subarray(from, end), at);
    this.#next += 2;
    return end - from;
  }

  /** How many NAL units from the next on fit one packet together. */
  #aggregable(): number {
    let length: number = this.#format.headerLength;
    let count = 0;
    for (let i = this.#next; i < this.#nalUnits.length; i += 2, count++) {
      length += 2 + this.#nalUnits[i + 1]! - this.#nalUnits[i]!;
      if (length > this.#room) break;
    }
    return count;
  }

  #writeAggregate(out: Uint8Array, at: number, count: number): number {
    const format = this.#format;
    let header = headerAt(format, this.#frame, this.#nalUnits[this.#next]!);
    let next = at + format.headerLength;
    for (let i = 0; i < count; i++, this.#next += 2) {
      const from = this.#nalUnits[this.#next]!;
      const end = this.#nalUnits[this.#next + 1]!;
      header = format.merge(header, headerAt(format, this.#frame, from));
      writeU16(out, next, end - from);
      out.set(this.#frame.subarray(from, end), next + 2);
      next += 2 + end - from;
    }
    this.#writeHeader(out, at, withType(format, header, format.aggregation));
    return next - at;
  }

  #writeFragment(out: Uint8Array, at: number, from: number, end: number): number {
    const format = this.#format;
    const header = headerAt(format, this.#frame, from);
    const start = this.#at === 0;
    if (start) this.#at = format.headerLength; // the NAL unit's header is told by the packet's and the octet after it
    const overhead = format.headerLength + 1;
    const length = partLength(end - from - this.#at, this.#room - overhead);
    const begin = from + this.#at;
    const last = begin + length === end;
    this.#writeHeader(out, at, withType(format, header, format.fragment));
    out[at + format.headerLength] = (start ? 0x80 : 0) | (last ? 0x40 : 0) | typeOf(format, header);
    out.set(this.#frame.subarray(begin, begin + length), at + overhead);
    if (last) {
      this.#next += 2;
      this.#at = 0;
    } else this.#at += length;
    return overhead + length;
  }

  #writeHeader(out: Uint8Array, at: number, header: number): void {
    if (this.#format.headerLength === 1) out[at] = header;
    else writeU16(out, at, header);
  }
}
