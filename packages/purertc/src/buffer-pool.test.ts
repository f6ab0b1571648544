import { expect, test } from "vitest";
import { BUFFER_LENGTH, BufferPool, LARGE_BUFFER_LENGTH } from "./buffer-pool.ts";

test.each([
  [undefined, BUFFER_LENGTH],
  [1200, BUFFER_LENGTH],
  [BUFFER_LENGTH + 1, LARGE_BUFFER_LENGTH],
])("house 1.4: a released buffer is used again, and no two owners share bytes; asked for %s", (length, expected) => {
  const pool = new BufferPool();
  const taken = Array.from({ length: 100 }, () => pool.acquire(length));
  for (const [i, buffer] of taken.entries()) buffer.fill(i);
  expect(taken.every((buffer, i) => buffer.length === expected && buffer.every((byte) => byte === i))).toBe(true);
  expect(taken.every(({ byteOffset }) => byteOffset % 8 === 0)).toBe(true);
  const { total } = pool;
  for (const buffer of taken) pool.release(buffer);
  for (let i = 0; i < 10_000; i++) pool.release(pool.acquire(length));
  expect(pool.total).toBe(total);
  expect(pool.free).toBe(total);
});
