/** The one error of readers: bytes that are not what they should be. */

/** What is wrong; stable and machine-readable. */
export type MediaFormatCode =
  | "unknown-format" // nothing here reads it
  | "malformed" // it begins as a known format and then is none
  | "truncated" // it ends in the middle of something
  | "too-large" // a frame beyond the bound of the reader
  | "no-such-track" // neither audio nor video of a codec that WebRTC has
  | "unsupported-codec"; // a codec that cannot be sent, or not be converted

/**
 * A file or stream that cannot be read. Every iterator of this package throws this and nothing else for what it reads; errors of the file system and of
 * the stream itself pass through as they are.
 */
export class MediaFormatError extends Error {
  override readonly name = "MediaFormatError";
  readonly code: MediaFormatCode;

  constructor(code: MediaFormatCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
