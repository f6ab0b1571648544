/**
 * Tokens of DCT coefficients (RFC 6386 §13), as far as blocks need them that have no coefficient but the first: its value, then the end of the
 * block.
 */
import type { BoolEncoder } from "./bool-encoder.ts";

/** Kinds of blocks (§13.3): their first coefficients have probabilities of their own. */
export const BLOCK = { Y_AFTER_Y2: 0, Y2: 1, CHROMA: 2 } as const;

/** A decoder's table is 4 kinds of blocks by 8 bands by 3 contexts by 11 nodes of the token tree (§13.3). */
const KINDS = 4;
const BANDS = 8;
const CONTEXTS = 3;
const NODES = 11;

/** Of a node of the token tree, until the frame says otherwise it does not matter: every one that is used is set below. */
const EVEN = 128;

/**
 * What this encoder says of its nodes: whether a first coefficient exists, is not 0, is more than 1, and so on. Differences between areas of one
 * colour are large, so the tree's large side is the likely one. By kind and context; nodes that are not listed are even.
 */
const FIRST: Readonly<Record<number, readonly number[]>> = {
  [BLOCK.Y2]: [40, 30, 10, 20, EVEN, EVEN, 30, EVEN, 60],
  [BLOCK.CHROMA]: [50, 30, 10, 40, EVEN, EVEN, 60, EVEN, 90],
};

/** After the only coefficient the block ends: bit 0 of node 0 (§13.2). */
const LIKELY_END = 250;

/**
 * The part of the frame header that sets probabilities (§13.4): for every node of the table one bit that says whether it changes, at the
 * probability that the RFC gives it, and the new value. All nodes that `writeBlock` uses are set.
 */
export function writeProbabilities(encoder: BoolEncoder): void {
  for (let at = 0; at < KINDS * BANDS * CONTEXTS * NODES; at++) {
    const node = at % NODES;
    const row = (at - node) / NODES;
    const wanted = probability(Math.floor(row / (BANDS * CONTEXTS)), Math.floor(row / CONTEXTS) % BANDS, node);
    encoder.writeBool(wanted !== undefined, UPDATE_PROBABILITIES.get(row)?.[node] ?? 255);
    if (wanted !== undefined) encoder.writeLiteral(wanted, 8);
  }
}

/** The probability set for a node; undefined for those that are never used. */
function probability(kind: number, band: number, node: number): number | undefined {
  if (band === 0) return FIRST[kind] === undefined ? undefined : (FIRST[kind][node] ?? EVEN);
  return band === 1 && node === 0 && kind <= BLOCK.CHROMA ? LIKELY_END : undefined;
}

/**
 * Writes a block with at most its first coefficient, -2048 to 2048; for `Y_AFTER_Y2` that is none, as Y2 has it. The context counts the
 * neighbours above and to the left that have coefficients: this encoder sets all contexts of a node alike, so it need not know.
 */
export function writeBlock(encoder: BoolEncoder, kind: 0 | 1 | 2, value: number): void {
  const first = FIRST[kind];
  if (first === undefined || value === 0) {
    encoder.writeBool(false, first?.[0] ?? LIKELY_END); // end of block
    return;
  }
  encoder.writeBool(true, first[0]!);
  encoder.writeBool(true, first[1]!); // not zero
  writeMagnitude(encoder, first, Math.abs(value));
  encoder.writeBool(value < 0, 128);
  encoder.writeBool(false, LIKELY_END);
}

/** The rest of the token tree (§13.2): nodes 2 to 10 of the position, then the extra bits. */
function writeMagnitude(encoder: BoolEncoder, nodes: readonly number[], magnitude: number): void {
  const node = (index: number, bit: boolean): void => encoder.writeBool(bit, nodes[index] ?? EVEN);
  node(2, magnitude > 1);
  if (magnitude === 1) return;
  node(3, magnitude > 4);
  if (magnitude <= 4) {
    node(4, magnitude > 2);
    if (magnitude > 2) node(5, magnitude > 3);
    return;
  }
  const category = CATEGORIES.findIndex(({ least, bits }) => magnitude < least + 2 ** bits.length);
  node(6, category > 1);
  if (category <= 1) node(7, category === 1);
  else {
    node(8, category > 3);
    node(category > 3 ? 10 : 9, category % 2 === 1);
  }
  const { least, bits } = CATEGORIES[category]!;
  for (const [i, likely] of bits.entries()) encoder.writeBool((((magnitude - least) >> (bits.length - 1 - i)) & 1) === 1, likely);
}

/** DCT_CAT1 to DCT_CAT6: the smallest value, and the probabilities of the extra bits (§13.2). */
const CATEGORIES: readonly { readonly least: number; readonly bits: readonly number[] }[] = [
  { least: 5, bits: [159] },
  { least: 7, bits: [165, 145] },
  { least: 11, bits: [173, 148, 140] },
  { least: 19, bits: [176, 155, 140, 135] },
  { least: 35, bits: [180, 157, 141, 134, 130] },
  { least: 67, bits: [254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129] },
];

/** How likely it is that a node stays as it was (§13.4): by row (kind, band, context) and node; 255 where nothing is said. */
const UPDATE_PROBABILITIES: ReadonlyMap<number, readonly number[]> = new Map(
  (
    [
      [0, 1, 0, 176, 246],
      [0, 1, 1, 223, 241, 252],
      [0, 1, 2, 249, 253, 253],
      [0, 2, 0, 255, 244, 252],
      [0, 2, 1, 234, 254, 254],
      [0, 2, 2, 253],
      [0, 3, 0, 255, 246, 254],
      [0, 3, 1, 239, 253, 254],
      [0, 3, 2, 254, 255, 254],
      [0, 4, 0, 255, 248, 254],
      [0, 4, 1, 251, 255, 254],
      [0, 5, 0, 255, 253, 254],
      [0, 5, 1, 251, 254, 254],
      [0, 5, 2, 254, 255, 254],
      [0, 6, 0, 255, 254, 253, 255, 254],
      [0, 6, 1, 250, 255, 254, 255, 254],
      [0, 6, 2, 254],
      [1, 0, 0, 217],
      [1, 0, 1, 225, 252, 241, 253, 255, 255, 254],
      [1, 0, 2, 234, 250, 241, 250, 253, 255, 253, 254],
      [1, 1, 0, 255, 254],
      [1, 1, 1, 223, 254, 254],
      [1, 1, 2, 238, 253, 254, 254],
      [1, 2, 0, 255, 248, 254],
      [1, 2, 1, 249, 254],
      [1, 3, 0, 255, 253],
      [1, 3, 1, 247, 254],
      [1, 4, 0, 255, 253, 254],
      [1, 4, 1, 252],
      [1, 5, 0, 255, 254, 254],
      [1, 5, 1, 253],
      [1, 6, 0, 255, 254, 253],
      [1, 6, 1, 250],
      [1, 6, 2, 254],
      [2, 0, 0, 186, 251, 250],
      [2, 0, 1, 234, 251, 244, 254],
      [2, 0, 2, 251, 251, 243, 253, 254, 255, 254],
      [2, 1, 0, 255, 253, 254],
      [2, 1, 1, 236, 253, 254],
      [2, 1, 2, 251, 253, 253, 254, 254],
      [2, 2, 0, 255, 254, 254],
      [2, 2, 1, 254, 254, 254],
      [2, 3, 0, 255, 254],
      [2, 3, 1, 254, 254],
      [2, 3, 2, 254],
      [2, 4, 1, 254],
      [3, 0, 0, 248],
      [3, 0, 1, 250, 254, 252, 254],
      [3, 0, 2, 248, 254, 249, 253],
      [3, 1, 0, 255, 253, 253],
      [3, 1, 1, 246, 253, 253],
      [3, 1, 2, 252, 254, 251, 254, 254],
      [3, 2, 0, 255, 254, 252],
      [3, 2, 1, 248, 254, 253],
      [3, 2, 2, 253, 255, 254, 254],
      [3, 3, 0, 255, 251, 254],
      [3, 3, 1, 245, 251, 254],
      [3, 3, 2, 253, 253, 254],
      [3, 4, 0, 255, 251, 253],
      [3, 4, 1, 252, 253, 254],
      [3, 4, 2, 255, 254],
      [3, 5, 0, 255, 252],
      [3, 5, 1, 249, 255, 254],
      [3, 5, 2, 255, 255, 254],
      [3, 6, 0, 255, 255, 253],
      [3, 6, 1, 250],
      [3, 7, 1, 254],
    ] as const
  ).map(([kind, band, context, ...nodes]) => [(kind * BANDS + band) * CONTEXTS + context, nodes]),
);
