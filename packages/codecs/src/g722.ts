/**
 * ITU-T G.722: 7 kHz of audio, sampled at 16 kHz, in 64, 56 or 48 kbit/s. Each octet is two samples:
 *
 *    0 1 2 3 4 5 6 7
 *   |hi |   lower   |   higher band: 2 bits; lower band: 6, 5 or 4 bits, then none, one or two bits of auxiliary data
 *
 * In RTP (RFC 3551 §4.5.2) it is always 64 kbit/s, one octet per unit of the timestamp, whose clock is 8000 Hz by an error of RFC 1890
 * that had to stay: 20 ms are 320 samples, 160 octets and 160 units.
 */
import { InvalidArgumentError } from "@purertc/core";
import { G722HighBand, G722LowBand } from "./g722-bands.ts";
import { G722Analysis, G722Synthesis } from "./g722-qmf.ts";
import { checkRoom } from "./room.ts";

/** Audio bits per second: modes 1, 2 and 3. */
export type G722BitRate = 64_000 | 56_000 | 48_000;

/** Samples per second on the linear side. */
export const G722_SAMPLE_RATE = 16_000;
/** RFC 3551 §4.5.2: units of the RTP timestamp per second. */
export const G722_RTP_CLOCK_RATE = 8000;

/** Options of both directions. */
export interface G722Options {
  /** Default 64000, which is what RTP carries. Each lower rate gives up one bit of every octet, the lowest, for data. */
  readonly bitRate?: G722BitRate;
}

/** One direction of one call: keeps the state of the filters and predictors between calls of `encode`. */
export class G722Encoder {
  readonly #analysis = new G722Analysis();
  readonly #low = new G722LowBand();
  readonly #high = new G722HighBand();
  readonly #audioBits: number;
  /** The first sample of a pair whose second has not come. */
  #pending: number | undefined;

  constructor(options: G722Options = {}) {
    this.#audioBits = (0xff << (6 - lowBandBits(options.bitRate))) & 0xff;
  }

  /**
   * Encodes samples (16 kHz, 16 bits) to the start of `out`; returns the number of octets, half that of the samples. The last of an odd
   * number is kept for the next call. The bits of auxiliary data are zero: put yours in with `|=`.
   */
  encode(samples: Int16Array, out: Uint8Array): number {
    const carried = this.#pending === undefined ? 0 : 1;
    const octets = (samples.length + carried) >> 1;
    checkRoom(out.length, octets);
    let at = 0;
    for (let i = 0; i < octets; i++) {
      const first = this.#pending ?? samples[at++]!;
      this.#pending = undefined;
      this.#analysis.push(first, samples[at++]!);
      out[i] = ((this.#high.encode(this.#analysis.high) << 6) | this.#low.encode(this.#analysis.low)) & this.#audioBits;
    }
    if (at < samples.length) this.#pending = samples[at];
    return octets;
  }
}

/** The other direction. Any octets decode to something: there is no malformed G.722. */
export class G722Decoder {
  readonly #synthesis = new G722Synthesis();
  readonly #low = new G722LowBand();
  readonly #high = new G722HighBand();
  readonly #bits: 6 | 5 | 4;

  constructor(options: G722Options = {}) {
    this.#bits = lowBandBits(options.bitRate);
  }

  /** Decodes octets to the start of `out`, two samples each (16 kHz, 16 bits); returns the number of samples. */
  decode(octets: Uint8Array, out: Int16Array): number {
    checkRoom(out.length, 2 * octets.length);
    for (let i = 0; i < octets.length; i++) {
      const octet = octets[i]!;
      this.#synthesis.push(this.#low.decode(octet & 0x3f, this.#bits), this.#high.decode(octet >> 6));
      out[2 * i] = this.#synthesis.first;
      out[2 * i + 1] = this.#synthesis.second;
    }
    return 2 * octets.length;
  }
}

function lowBandBits(bitRate: G722BitRate = 64_000): 6 | 5 | 4 {
  if (bitRate === 64_000) return 6;
  if (bitRate === 56_000) return 5;
  if (bitRate === 48_000) return 4;
  throw new InvalidArgumentError(`G.722 has no rate of ${String(bitRate)} bit/s`, { code: "G722_BIT_RATE" });
}
