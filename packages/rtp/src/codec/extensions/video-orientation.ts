/**
 * Coordination of video orientation (3GPP TS 26.114 §7.4.5):
 *
 *    |0 0 0 0|C|F|R1 R0|
 */
import { Malformed } from "@purertc/core";

/** How the receiver is to turn the picture. */
export interface VideoOrientation {
  /** C: the back-facing camera took it. */
  readonly backCamera: boolean;
  /** F: the picture is mirrored left to right. */
  readonly flipped: boolean;
  /** Degrees clockwise that the receiver turns the picture by. */
  readonly rotation: 0 | 90 | 180 | 270;
}

/** Reads one octet; the upper four bits are ignored. */
export function parseVideoOrientation(data: Uint8Array): VideoOrientation | Malformed<"bad-length"> {
  if (data.length !== 1) return new Malformed("bad-length", data.length);
  const octet = data[0]!;
  return { backCamera: (octet & 8) !== 0, flipped: (octet & 4) !== 0, rotation: ROTATIONS[octet & 3]! };
}

/** The value of the element: one octet. */
export function videoOrientationExtension({ backCamera, flipped, rotation }: VideoOrientation): Uint8Array {
  return Uint8Array.of((backCamera ? 8 : 0) | (flipped ? 4 : 0) | (rotation / 90));
}

const ROTATIONS = [0, 90, 180, 270] as const;
