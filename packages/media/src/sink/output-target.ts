/** Where recordings go. */
import { type FileHandle, open } from "node:fs/promises";
import { pathOf } from "../source/media-input.ts";

/** A path or a file URL, or a stream. Streams get every octet once and in order, so the files they get know no durations and cannot be seeked. */
export type MediaOutput = string | URL | WritableStream<Uint8Array>;

/** Whether octets that were written can be changed later. */
export function isSeekable(output: MediaOutput): output is string | URL {
  return !(output instanceof WritableStream);
}

/** Octets one after the other, for formats of our own. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
  /** Writes over the start; does nothing where that is not possible. */
  rewriteStart(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Opens a file, or takes the stream's writer. */
export async function openByteSink(output: MediaOutput): Promise<ByteSink> {
  if (!isSeekable(output)) {
    const writer = output.getWriter();
    return { write: (bytes) => writer.write(bytes), rewriteStart: async () => undefined, close: () => writer.close() };
  }
  const file: FileHandle = await open(pathOf(output), "w");
  return {
    write: async (bytes) => void (await file.writeFile(bytes)),
    rewriteStart: async (bytes) => void (await file.write(bytes, 0, bytes.length, 0)),
    close: () => file.close(),
  };
}
