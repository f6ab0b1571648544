/** A message to send, with its bytes. Retransmissions have bytes only: their message is parsed for those who ask. */
import { Malformed, parseSipMessage, type SipMessage } from "@purertc/sip-parser";
import type { Flow } from "../flow.ts";

/** What `TransactionLayer.pollTransmit` gives. */
export class MessageTransmit {
  /** Not to be changed: retransmissions are the same bytes. */
  readonly bytes: Uint8Array;
  readonly flow: Flow;
  #message: SipMessage | undefined;

  /** For the layer. */
  constructor(message: SipMessage | undefined, bytes: Uint8Array, flow: Flow) {
    this.#message = message;
    this.bytes = bytes;
    this.flow = flow;
  }

  get message(): SipMessage {
    if (this.#message === undefined) {
      const parsed = parseSipMessage(this.bytes);
      if (parsed instanceof Malformed) throw new TypeError("a message that was written cannot be read"); // written by us from a message that was read
      this.#message = parsed;
    }
    return this.#message;
  }
}
