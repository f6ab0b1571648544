import fc from "fast-check";
import { expect, test } from "vitest";
import { CURVES } from "./curves.ts";
import { parseSpki, rsaSizeAllowed, writeSpki } from "./spki.ts";

test("RFC 5480 §2: EC keys read back as they were written", () => {
  for (const curve of CURVES) {
    const point = new Uint8Array(1 + 2 * curve.fieldLength).fill(7);
    point[0] = 4;
    expect(parseSpki(writeSpki({ kind: "ec", curve, point }))).toEqual({ kind: "ec", curve, point });
    for (const wrong of [point.subarray(1), new Uint8Array([...point, 0]), Uint8Array.of(2, ...point.subarray(1, 1 + curve.fieldLength))]) {
      expect(parseSpki(writeSpki({ kind: "ec", curve, point: wrong }))).toBeUndefined();
    }
  }
});

test("RFC 3279 §2.3.1: RSA keys read back as they were written, when their size is bearable", () => {
  const modulus = (bits: number): bigint => (1n << BigInt(bits)) - 1n;
  for (const bits of [1024, 1025, 2048, 8191, 8192]) {
    const key = { kind: "rsa", modulus: modulus(bits), publicExponent: 65537n } as const;
    expect(parseSpki(writeSpki(key))).toEqual(key);
  }
  for (const bits of [1, 512, 1023, 8193, 20_000]) expect(rsaSizeAllowed(modulus(bits), 65537n), `${bits} bits`).toBe(false);
  for (const exponent of [0n, 1n, 2n, 4n, 65536n, (1n << 64n) + 1n]) {
    expect(parseSpki(writeSpki({ kind: "rsa", modulus: modulus(2048), publicExponent: exponent })), `${exponent}`).toBeUndefined();
  }
  expect(rsaSizeAllowed(modulus(2048), (1n << 64n) - 1n)).toBe(true);
  expect(rsaSizeAllowed(modulus(2048) - 1n, 3n)).toBe(false);
});

test("spki: any bytes are a key or undefined", () => {
  const good = writeSpki({ kind: "ec", curve: CURVES[0]!, point: new Uint8Array(65).fill(4) });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(good.length - 1), fc.nat(255), (bytes, at, value) => {
      parseSpki(bytes);
      const changed = good.slice();
      changed[at] = value;
      parseSpki(changed);
      expect(parseSpki(good.subarray(0, at))).toBeUndefined();
      expect(parseSpki(new Uint8Array([...good, value]))).toBeUndefined();
    }),
  );
});
