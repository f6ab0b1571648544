/** Where bytes come from. */
import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";

/** A path or a file URL, bytes, a `Blob` or `File`, or a stream. A stream is read once; all else as often as needed. */
export type MediaInput = string | URL | Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A path as Node's file functions take it. */
export function pathOf(input: string | URL): string {
  return typeof input === "string" ? input : fileURLToPath(input);
}

/** The bytes in pieces, from the start. Leaving the iteration closes what was opened. */
export function chunksOf(input: MediaInput): AsyncIterable<Uint8Array> {
  if (typeof input === "string" || input instanceof URL) return createReadStream(pathOf(input));
  if (input instanceof Uint8Array) return once(input);
  if (input instanceof Blob) return input.stream();
  return input;
}

/** The first `count` bytes, or all when there are fewer, and an input that has them still. */
export async function peek(input: MediaInput, count: number): Promise<{ readonly head: Uint8Array; readonly input: MediaInput }> {
  const isStream = typeof input === "object" && !(input instanceof URL || input instanceof Uint8Array || input instanceof Blob);
  const iterator = chunksOf(input)[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  let length = 0;
  while (length < count) {
    const next = await iterator.next();
    if (next.done === true) break;
    read.push(next.value);
    length += next.value.length;
  }
  const head = new Uint8Array(Math.min(length, count));
  let at = 0;
  for (const chunk of read) {
    head.set(chunk.subarray(0, head.length - at), at);
    at = Math.min(head.length, at + chunk.length);
  }
  if (isStream) return { head, input: continued(read, iterator) };
  await iterator.return?.();
  return { head, input };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

async function* continued(read: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* read;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
