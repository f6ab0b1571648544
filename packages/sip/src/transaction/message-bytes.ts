/**
 * Bytes of messages that are kept for half a minute, many to a piece of memory: an array buffer of its own costs each as much again as the message,
 * and its release more than the rest of a transaction.
 */
import { type SipMessage, sipMessageLength, writeSipMessage } from "@purertc/sip-parser";

export class MessageBytes {
  #piece: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** The message's bytes. */
  write(message: SipMessage): Uint8Array {
    const length = sipMessageLength(message);
    if (length > LARGEST) return writeSipMessage(message);
    if (this.#at + length > this.#piece.length) {
      this.#piece = new Uint8Array(PIECE_LENGTH);
      this.#at = 0;
    }
    const bytes = this.#piece.subarray(this.#at, this.#at + length);
    this.#at += length;
    writeSipMessage(message, bytes);
    return bytes;
  }
}

/** One message keeps a piece alive: it should not be much more than the message. */
const PIECE_LENGTH = 8192;
const LARGEST = 2048;
