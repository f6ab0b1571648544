import { readFileSync } from "node:fs";
import { bytesFromHex, crc32, crc32c } from "@purertc/core";
import { expect, test } from "vitest";

interface Vector {
  readonly in: string;
  readonly crc: string;
}

const vectors: { readonly crc32: readonly Vector[]; readonly crc32c: readonly Vector[] } = JSON.parse(
  readFileSync(new URL("../../../test-vectors/crc.json", import.meta.url), "utf8"),
);

test.each(vectors.crc32c)("RFC 3720 §B.4: the CRC-32C of $in is $crc", (vector) => {
  expect(crc32c(bytesFromHex(vector.in))).toBe(Number.parseInt(vector.crc, 16));
});

test.each(vectors.crc32)("RFC 8489 §14.7: the CRC-32 of $in is $crc", (vector) => {
  expect(crc32(bytesFromHex(vector.in))).toBe(Number.parseInt(vector.crc, 16));
});
