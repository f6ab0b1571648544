/** A picture to look at and to measure by: colour bars, a block that wanders, a number that counts, and the same number as a bar code. */
import type { Mosaic } from "./key-frame-encoder.ts";

type Colour = readonly [y: number, u: number, v: number];

const WHITE: Colour = [235, 128, 128];
const BLACK: Colour = [16, 128, 128];

/** The bars of SMPTE ECR 1 at 75 %: white, yellow, cyan, green, magenta, red, blue. */
const BARS: readonly Colour[] = [
  [180, 128, 128],
  [162, 44, 142],
  [131, 156, 44],
  [112, 72, 58],
  [84, 184, 198],
  [65, 100, 212],
  [35, 212, 114],
];

/** Digits of 3 by 5 macroblocks, a bit each, rows from the top. */
const DIGITS: readonly number[] = [0x7b6f, 0x2c97, 0x73e7, 0x73cf, 0x5bc9, 0x79cf, 0x79ef, 0x7292, 0x7bef, 0x7bcf];

/** Bits of the bar code in the top row, high bit first; white is 1. Pictures less than 256 pixels wide have none. */
export const BAR_CODE_BITS = 16;

/** Draws picture `number` over whatever was there. */
export function drawTestPattern(mosaic: Mosaic, number: number): void {
  const { columns, rows } = mosaic;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) paint(mosaic, column, row, BARS[Math.floor((column * BARS.length) / columns)]!);
  }
  drawNumber(mosaic, number);
  paint(mosaic, bounce(number, columns), bounce(Math.floor(number / 2) + 1, rows), WHITE);
  if (columns < BAR_CODE_BITS) return;
  for (let bit = 0; bit < BAR_CODE_BITS; bit++) paint(mosaic, bit, 0, ((number >> (BAR_CODE_BITS - 1 - bit)) & 1) === 1 ? WHITE : BLACK);
}

/** As many of the last digits as there is room for, in the middle. */
function drawNumber(mosaic: Mosaic, number: number): void {
  const { columns, rows } = mosaic;
  const count = Math.min(6, Math.floor((columns - 1) / 4));
  const top = Math.floor((rows - 5) / 2);
  if (count < 1 || top < 1) return;
  const left = Math.floor((columns - 4 * count + 1) / 2);
  const text = `${number % 10 ** count}`.padStart(count, "0");
  for (let i = 0; i < count; i++) {
    const digit = DIGITS[Number(text[i])]!;
    for (let bit = 0; bit < 15; bit++) {
      const [column, row] = [left + 4 * i + (bit % 3), top + Math.floor(bit / 3)];
      paint(mosaic, column, row, ((digit >> (14 - bit)) & 1) === 1 ? WHITE : BLACK);
    }
  }
}

/** There and back again within `length`. */
function bounce(step: number, length: number): number {
  if (length === 1) return 0;
  const at = step % (2 * (length - 1));
  return at < length ? at : 2 * (length - 1) - at;
}

function paint(mosaic: Mosaic, column: number, row: number, [y, u, v]: Colour): void {
  const at = row * mosaic.columns + column;
  mosaic.y[at] = y;
  mosaic.u[at] = u;
  mosaic.v[at] = v;
}
