import { InvalidArgumentError } from "@purertc/core";

/** Throws `InvalidArgumentError` (`CODEC_OUTPUT_TOO_SMALL`) before anything is written or any state changes, when `out` cannot hold the result. */
export function checkRoom(room: number, needed: number): void {
  if (room < needed) {
    throw new InvalidArgumentError(`the result has ${needed} elements, the output array holds ${room}`, { code: "CODEC_OUTPUT_TOO_SMALL" });
  }
}
