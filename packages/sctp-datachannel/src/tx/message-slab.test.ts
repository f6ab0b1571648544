import { expect, test } from "vitest";
import { MessageSlab } from "./message-slab.ts";

const short = Uint8Array.of(1, 2, 3);

test("house 1.4: copies are nobody else's, shared memory or not", () => {
  const slab = new MessageSlab();
  const data = Uint8Array.of(1, 2, 3);
  const copies = [slab.copy(data, true), slab.copy(data, false), slab.copy(data, false)];
  data.fill(9);
  copies[1]!.fill(7);
  expect(copies[0]).toEqual(short);
  expect(copies[2]).toEqual(short);
});

test("hot: short messages in a row share memory; one on its own, and a long one, hold no more than themselves", () => {
  const slab = new MessageSlab();
  expect(slab.copy(short, true).buffer.byteLength).toBe(3);
  expect(slab.copy(new Uint8Array(5000), false).buffer.byteLength).toBe(5000);
  const [one, two] = [slab.copy(short, false), slab.copy(short, false)];
  expect(one.buffer).toBe(two.buffer);
  slab.release();
  expect(slab.copy(short, false).buffer).not.toBe(one.buffer);
});
