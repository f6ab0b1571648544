/** What all packetizers offer: a frame goes in with `begin`, payloads come out one by one, written behind a header that the caller has written. */
import { InvalidArgumentError } from "@purertc/core";

/** The part of a packetizer that does not depend on the codec. */
export interface Packetizer {
  /** Whether more payloads of the frame are to come. A video packet's marker bit is `!pending` after it was written, where the codec says nothing else. */
  readonly pending: boolean;
  /** Writes the next payload at `out[at]`, at most `maxPayloadLength` octets, and returns its length; 0 when none is pending. */
  writeNext(out: Uint8Array, at: number): number;
}

/**
 * Length of the next of the fewest parts, as equal as can be, that `remaining` octets make when each may have `room`. Equal parts: the last packet is as likely
 * lost as any, and a tiny one wastes a header.
 */
export function partLength(remaining: number, room: number): number {
  return Math.ceil(remaining / Math.ceil(remaining / room));
}

/** Throws `InvalidArgumentError` when a packet has no room for the format's own header and one octet. */
export function checkRoom(maxPayloadLength: number, needed: number): void {
  if (!(maxPayloadLength >= needed)) {
    throw new InvalidArgumentError(`payloads of this format need at least ${needed} octets`, { code: "RTP_PAYLOAD_TOO_SMALL" });
  }
}

/** Throws `InvalidArgumentError` for a frame without octets: no packet can carry it. */
export function checkFrame(frame: Uint8Array): void {
  if (frame.length === 0) throw new InvalidArgumentError("a frame has at least one octet", { code: "RTP_EMPTY_FRAME" });
}
