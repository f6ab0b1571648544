/**
 * AV1 (AV1 RTP specification §4.4, §4.5, §5). Each payload:
 *
 *    |Z|Y| W |N|-|-|-|   Z: begins inside an OBU, Y: ends inside one, W: number of OBU elements or 0, N: first of a coded video sequence
 *    then OBU elements, each behind its length in leb128, the last one without when W says how many there are
 *
 * Frames are temporal units in the low-overhead format, every OBU with a size field. Temporal delimiters and tile lists are not sent.
 */
import { InvalidArgumentError } from "@purertc/core";
import { leb128End, leb128Length, readLeb128, writeLeb128 } from "../codec/leb128.ts";
import type { DepacketizedFrame, Depacketizer, DepacketizerOptions, DepacketizerRefusal, PacketInfo } from "./depacketizer.ts";
import { DEFAULT_MAX_FRAME_LENGTH } from "./depacketizer.ts";
import { FrameAssembler } from "./frame-assembler.ts";
import { isAv1Keyframe, isLeftOut, locateObus, OBU, OBU_HAS_SIZE, obuHeaderLength, obuType } from "./obu.ts";
import { checkRoom, type Packetizer } from "./packetizer.ts";

/** Temporal units to payloads. */
export class Av1Packetizer implements Packetizer {
  readonly #obus: number[] = []; // triples of offsets: start, payload, end
  readonly #parts: number[] = []; // octets of each OBU element of the packet being planned
  #frame: Uint8Array = NOTHING;
  #next = 0; // index into #obus
  #sent = 0; // octets of that OBU, its size field not counted, that are sent
  #room = 0;
  #newSequence = false;

  get pending(): boolean {
    return this.#next < this.#obus.length;
  }

  /**
   * Takes a temporal unit, borrowed until nothing is pending. `maxPayloadLength`: octets after the RTP header, at least 2. Throws `InvalidArgumentError` when
   * it is no sequence of OBUs or holds none that is sent.
   */
  begin(temporalUnit: Uint8Array, maxPayloadLength: number): void {
    checkRoom(maxPayloadLength, 2);
    this.#next = 0;
    this.#sent = 0;
    if (!locateObus(temporalUnit, this.#obus) || this.#obus.length === 0) {
      this.#obus.length = 0;
      throw new InvalidArgumentError("a temporal unit is a sequence of OBUs", { code: "RTP_AV1_TEMPORAL_UNIT" });
    }
    this.#frame = temporalUnit;
    this.#room = maxPayloadLength - 1;
    this.#newSequence = obuType(temporalUnit[this.#obus[0]!]!) === OBU.SEQUENCE_HEADER;
  }

  writeNext(out: Uint8Array, at: number): number {
    if (!this.pending) return 0;
    const continues = this.#sent > 0;
    this.#plan();
    const parts = this.#parts;
    const count = parts.length;
    const counted = count <= 3; // W has two bits
    let next = at + 1;
    for (let i = 0; i < count; i++) {
      const length = parts[i]!;
      if (!counted || i < count - 1) next = writeLeb128(out, next, length);
      this.#copy(out, next, length);
      next += length;
    }
    out[at] = (continues ? 0x80 : 0) | (this.#sent > 0 ? 0x40 : 0) | (counted ? count << 4 : 0) | (this.#newSequence ? 0x08 : 0);
    this.#newSequence = false;
    return next - at;
  }

  /** Decides which OBU elements the next packet holds: as many whole ones as fit, then as much of another as is worth its length field. */
  #plan(): void {
    const parts = this.#parts;
    parts.length = 0;
    let used = 0; // with every element behind its length
    let sent = this.#sent;
    let layer = -1;
    for (let i = this.#next; i < this.#obus.length; i += 3, sent = 0) {
      const layerOfThis = this.#layerOf(i);
      if (layer >= 0 && layerOfThis >= 0 && layerOfThis !== layer) return; // §5: one layer in a packet
      if (layerOfThis >= 0) layer = layerOfThis;
      const rest = this.#lengthOf(i) - sent;
      const bare = parts.length < 3; // as the last of at most three it needs no length
      const left = this.#room - used;
      if ((bare ? rest : leb128Length(rest) + rest) <= left) {
        parts.push(rest);
        used += leb128Length(rest) + rest;
        continue;
      }
      const part = bare ? left : left - leb128Length(Math.max(left, 0));
      if (parts.length === 0 || part >= SMALLEST_FRAGMENT) parts.push(part);
      return;
    }
  }

  /** Temporal and spatial id of an OBU; -1 when it has none and so belongs to any. */
  #layerOf(index: number): number {
    const from = this.#obus[index]!;
    return (this.#frame[from]! & 0x04) === 0 ? -1 : this.#frame[from + 1]! & 0xf8;
  }

  /** Octets of the OBU as an element: without its size field. */
  #lengthOf(index: number): number {
    const from = this.#obus[index]!;
    return obuHeaderLength(this.#frame[from]!) + this.#obus[index + 2]! - this.#obus[index + 1]!;
  }

  /** Writes the next `length` octets of the current OBU, its size field left out, and moves on. */
  #copy(out: Uint8Array, at: number, length: number): void {
    const from = this.#obus[this.#next]!;
    const headerLength = obuHeaderLength(this.#frame[from]!);
    let next = at;
    let left = length;
    for (; left > 0 && this.#sent < headerLength; left--, this.#sent++) {
      out[next++] = this.#sent === 0 ? this.#frame[from]! & ~OBU_HAS_SIZE : this.#frame[from + this.#sent]!;
    }
    const begin = this.#obus[this.#next + 1]! + this.#sent - headerLength;
    out.set(this.#frame.subarray(begin, begin + left), next);
    this.#sent += left;
    if (this.#sent < this.#lengthOf(this.#next)) return;
    this.#next += 3;
    this.#sent = 0;
  }
}

/** A whole temporal unit without its delimiter. A keyframe starts a coded video sequence. */
export type Av1Frame = DepacketizedFrame;

/** Payloads to temporal units. */
export class Av1Depacketizer implements Depacketizer<Av1Frame> {
  readonly #assembler: FrameAssembler<{ keyframe: boolean }>;
  readonly #maxFrameLength: number;
  #fragment: Uint8Array = new Uint8Array(2048); // the OBU that a packet began and did not end
  #fragmentLength = 0;
  #judged = false; // whether the unit's first frame was seen
  readonly #size = new Uint8Array(5);

  constructor(options: DepacketizerOptions = {}) {
    this.#assembler = new FrameAssembler(options);
    this.#maxFrameLength = options.maxFrameLength ?? DEFAULT_MAX_FRAME_LENGTH;
  }

  push(packet: PacketInfo, payload: Uint8Array): DepacketizerRefusal | undefined {
    const assembler = this.#assembler;
    if (payload.length === 0) return assembler.pass(packet);
    const header = payload[0]!;
    const continues = (header & 0x80) !== 0;
    const newSequence = (header & 0x08) !== 0;
    const refusal = assembler.enter(packet, continues ? "inside" : newSequence ? "start" : "maybe");
    if (refusal !== undefined) return refusal;
    if (assembler.details === undefined) {
      assembler.start({ keyframe: false });
      this.#judged = false;
    }
    const fault = continues !== assembler.open || (continues && newSequence) ? "malformed" : this.#takeElements(payload, header);
    if (fault !== undefined || (packet.marker && assembler.open)) {
      assembler.abandon();
      return fault ?? "malformed";
    }
    if (packet.marker) assembler.finish();
    return undefined;
  }

  #takeElements(payload: Uint8Array, header: number): DepacketizerRefusal | undefined {
    const assembler = this.#assembler;
    const count = (header >>> 4) & 3;
    const endsInside = (header & 0x40) !== 0;
    let at = 1;
    if (at === payload.length) return "malformed";
    for (let i = 1; at < payload.length; i++) {
      let end = payload.length;
      if (i !== count) {
        const lengthEnd = leb128End(payload, at, payload.length);
        if (lengthEnd < 0) return "malformed";
        end = lengthEnd + readLeb128(payload, at);
        at = lengthEnd;
        if (end > payload.length) return "malformed";
      }
      if (i < count && end === payload.length) return "malformed"; // fewer elements than W says
      const fragment = endsInside && end === payload.length;
      const fault = assembler.open || fragment ? this.#takeFragment(payload, at, end, !fragment) : this.#takeObu(payload, at, end);
      if (fault !== undefined) return fault;
      assembler.open = fragment;
      at = end;
    }
    return undefined;
  }

  /** A part of an OBU that other packets hold the rest of. */
  #takeFragment(payload: Uint8Array, from: number, end: number, last: boolean): DepacketizerRefusal | undefined {
    if (!this.#assembler.open) this.#fragmentLength = 0;
    const length = this.#fragmentLength + end - from;
    if (length > this.#maxFrameLength) return "too-long";
    if (length > this.#fragment.length) {
      const larger = new Uint8Array(Math.min(this.#maxFrameLength, Math.max(length, 2 * this.#fragment.length)));
      larger.set(this.#fragment.subarray(0, this.#fragmentLength));
      this.#fragment = larger;
    }
    this.#fragment.set(payload.subarray(from, end), this.#fragmentLength);
    this.#fragmentLength = length;
    return last ? this.#takeObu(this.#fragment, 0, length) : undefined;
  }

  /** Appends a whole OBU with a size field. */
  #takeObu(bytes: Uint8Array, from: number, end: number): DepacketizerRefusal | undefined {
    const assembler = this.#assembler;
    const header = bytes[from]!;
    const headerLength = obuHeaderLength(header);
    let payloadAt = from + headerLength;
    if (end === from || (header & 0x80) !== 0 || payloadAt > end) return "malformed";
    if ((header & OBU_HAS_SIZE) !== 0) {
      const sizeEnd = leb128End(bytes, payloadAt, end);
      if (sizeEnd < 0 || sizeEnd + readLeb128(bytes, payloadAt) !== end) return "malformed";
      payloadAt = sizeEnd;
    }
    const type = obuType(header);
    if (isLeftOut(type)) return undefined;
    let fits = assembler.appendOctet(header | OBU_HAS_SIZE);
    if (headerLength === 2) fits &&= assembler.appendOctet(bytes[from + 1]!);
    const sizeLength = writeLeb128(this.#size, 0, end - payloadAt);
    fits &&= assembler.append(this.#size, 0, sizeLength) && assembler.append(bytes, payloadAt, end);
    if (!fits) return "too-long";
    // The first frame decides, and is looked at once: a unit of many small frames must not be searched again for each.
    if (!this.#judged && (type === OBU.FRAME || type === OBU.FRAME_HEADER)) {
      this.#judged = true;
      assembler.details!.keyframe = isAv1Keyframe(assembler.octets);
    }
    return undefined;
  }

  poll(): Av1Frame | undefined {
    return this.#assembler.poll();
  }
}

/** A fragment below this is not worth its length field and a packet boundary. */
const SMALLEST_FRAGMENT = 16;
const NOTHING = new Uint8Array(0);
