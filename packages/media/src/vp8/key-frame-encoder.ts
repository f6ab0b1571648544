/**
 * Key frames of VP8 (RFC 6386) for pictures made of macroblocks of one colour each. Such a macroblock is a prediction plus a constant, that is one
 * coefficient for luma and one for each block of chroma; with the quantizer below, both are exact: a decoder shows the very colours given.
 */
import { BoolEncoder } from "./bool-encoder.ts";
import { BLOCK, writeBlock, writeProbabilities } from "./coefficients.ts";

/** Pixels of a macroblock's side. */
const MACROBLOCK = 16;

/** A picture in macroblocks, row by row from the top left. Values of 0 to 255, as in BT.601. */
export interface Mosaic {
  readonly columns: number;
  readonly rows: number;
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
}

/** Encodes the pictures of one stream, all of one size. */
export class Vp8KeyFrameEncoder {
  readonly #width: number;
  readonly #height: number;
  readonly #header = new BoolEncoder();
  readonly #tokens = new BoolEncoder();

  /** Pixels, 1 to 16383: §9.1 gives each 14 bits. What is not a multiple of 16 cuts the last column and row. Throws `RangeError`. */
  constructor(width: number, height: number) {
    for (const side of [width, height]) {
      if (!Number.isInteger(side) || side < 1 || side > 16_383) throw new RangeError(`a side of ${side} pixels: VP8 has 1 to 16383`);
    }
    this.#width = width;
    this.#height = height;
  }

  /** An empty picture of the right size. */
  mosaic(): Mosaic {
    const columns = Math.ceil(this.#width / MACROBLOCK);
    const rows = Math.ceil(this.#height / MACROBLOCK);
    const plane = (): Uint8Array => new Uint8Array(columns * rows).fill(128);
    return { columns, rows, y: plane(), u: plane(), v: plane() };
  }

  /** A frame of its own memory. */
  encode(mosaic: Mosaic): Uint8Array {
    this.#header.reset();
    this.#tokens.reset();
    writeHeader(this.#header);
    for (let at = 0; at < mosaic.columns * mosaic.rows; at++) this.#encodeMacroblock(mosaic, at);
    const header = this.#header.finish();
    const tokens = this.#tokens.finish();
    const frame = new Uint8Array(10 + header.length + tokens.length);
    this.#writeTag(frame, header.length);
    frame.set(header, 10);
    frame.set(tokens, 10 + header.length);
    return frame;
  }

  /** §9.1: |Size0|H| VER |P| Size1 | Size2 | 9D 01 2A | width | height |, little-endian; P is 0: a key frame, H is 1: shown. */
  #writeTag(frame: Uint8Array, firstPartition: number): void {
    const tag = (firstPartition << 5) | 0x10;
    frame.set([tag, tag >> 8, tag >> 16, 0x9d, 0x01, 0x2a, this.#width, this.#width >> 8, this.#height, this.#height >> 8]);
  }

  #encodeMacroblock({ columns, y, u, v }: Mosaic, at: number): void {
    // What is predicted is one colour too: the neighbour's, or 128 in the corner, where nothing is.
    const mode = predictionMode(columns, y, at);
    const from = mode === "dc" ? -1 : mode === "vertical" ? at - columns : at - 1;
    const differences = [y, u, v].map((plane) => plane[at]! - (from < 0 ? 128 : plane[from]!));
    const skipped = differences.every((difference) => difference === 0);
    this.#header.writeBool(skipped, LIKELY_CODED);
    writeModes(this.#header, mode);
    if (skipped) return;
    const [luma, ...chroma] = differences;
    writeBlock(this.#tokens, BLOCK.Y2, luma! * LUMA_LEVELS);
    for (let block = 0; block < 16; block++) writeBlock(this.#tokens, BLOCK.Y_AFTER_Y2, 0);
    for (const difference of chroma)
      for (let block = 0; block < 4; block++) writeBlock(this.#tokens, BLOCK.CHROMA, difference * CHROMA_LEVELS);
  }
}

/**
 * Index 4 makes the first coefficient of a block 8 per step, that of Y2 twice as much (§14.1). The inverse transforms divide by 8 each (§14.3, 14.4):
 * a step of chroma is a difference of 1, and four steps of Y2 are a difference of 1 in luma.
 */
const QUANTIZER_INDEX = 4;
const CHROMA_LEVELS = 1;
const LUMA_LEVELS = 4;

/** Of 256 macroblocks, how many have coefficients. */
const LIKELY_CODED = 80;

/** The frame header (§9.2 to 9.11, §19.2). */
function writeHeader(header: BoolEncoder): void {
  header.writeLiteral(0, 1); // color_space: BT.601
  header.writeLiteral(0, 1); // clamping_type: decoders clamp
  header.writeLiteral(0, 1); // segmentation_enabled
  header.writeLiteral(0, 1); // filter_type
  header.writeLiteral(0, 6); // loop_filter_level: edges stay sharp
  header.writeLiteral(0, 3); // sharpness_level
  header.writeLiteral(0, 1); // loop_filter_adj_enable
  header.writeLiteral(0, 2); // one partition of tokens
  header.writeLiteral(QUANTIZER_INDEX, 7);
  header.writeLiteral(0, 5); // no quantizer differs from the index
  header.writeLiteral(1, 1); // refresh_entropy_probs
  writeProbabilities(header);
  header.writeLiteral(1, 1); // mb_no_coeff_skip
  header.writeLiteral(LIKELY_CODED, 8);
}

type PredictionMode = "dc" | "vertical" | "horizontal";

/** The neighbour whose luma is nearer; in the first row and column only one has a colour of the picture (§12.2), in the corner none. */
function predictionMode(columns: number, y: Uint8Array, at: number): PredictionMode {
  if (at === 0) return "dc";
  if (at < columns) return "horizontal";
  if (at % columns === 0) return "vertical";
  const [above, left] = [y[at - columns]!, y[at - 1]!];
  return Math.abs(y[at]! - above) < Math.abs(y[at]! - left) ? "vertical" : "horizontal";
}

/** Luma mode in the tree and at the probabilities of key frames (§11.2), then the same mode for chroma (§11.3). */
function writeModes(header: BoolEncoder, mode: PredictionMode): void {
  header.writeBool(true, 145); // not B_PRED
  header.writeBool(mode === "horizontal", 156); // H_PRED or TM_PRED
  if (mode === "horizontal") header.writeBool(false, 128);
  else header.writeBool(mode === "vertical", 163);

  header.writeBool(mode !== "dc", 142);
  if (mode === "dc") return;
  header.writeBool(mode === "horizontal", 114);
  if (mode === "horizontal") header.writeBool(false, 183);
}
