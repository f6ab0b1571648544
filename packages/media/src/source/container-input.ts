/** What mediabunny reads. In a file of its own, so that its types, which want those of the DOM, are no part of this package's. */
import * as mediabunny from "mediabunny";
import { type MediaInput, pathOf } from "./media-input.ts";

/** An input as mediabunny takes it. Streams are read forwards only and without keeping more than its cache. */
export function containerInput(input: MediaInput): mediabunny.Source {
  if (typeof input === "string" || input instanceof URL) return new mediabunny.FilePathSource(pathOf(input));
  if (input instanceof Uint8Array) return new mediabunny.BufferSource(input);
  if (input instanceof Blob) return new mediabunny.BlobSource(input);
  return new mediabunny.ReadableStreamSource(input instanceof ReadableStream ? input : streamOf(input));
}

function streamOf(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream({
    pull: async (controller) => {
      const next = await iterator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: async () => {
      await iterator.return?.();
    },
  });
}
