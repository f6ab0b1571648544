/** https://w3c.github.io/webrtc-pc/#rtcrtptransceiver-interface */
import type { Direction, MediaKind } from "../../jsep/media-types.ts";
import { exposeInterface, requireInternal } from "../interface.ts";
import { requireArguments, toDOMString, toSequence } from "../webidl.ts";
import type { RTCRtpReceiver } from "./rtc-rtp-receiver.ts";
import type { RTCRtpSender } from "./rtc-rtp-sender.ts";
import { type RTCRtpCodec, toCodec } from "./rtp-parameters.ts";

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtptransceiverdirection */
export type RTCRtpTransceiverDirection = Direction | "stopped";

/** The internal slots, written by the connection's algorithms, and what the transceiver asks of its connection. */
export interface TransceiverSlots {
  readonly kind: MediaKind;
  readonly sender: RTCRtpSender;
  readonly receiver: RTCRtpReceiver;
  mid: string | null;
  direction: Direction;
  currentDirection: Direction | null;
  firedDirection: Direction | null;
  receptive: boolean;
  stopping: boolean;
  stopped: boolean;
  /** Whether [[CurrentDirection]] ever was "sendrecv" or "sendonly". */
  hasSent: boolean;
  setDirection(direction: Direction): void;
  stop(): void;
  setCodecPreferences(codecs: readonly RTCRtpCodec[]): void;
}

/** A sender and a receiver that share a section of the descriptions. */
export class RTCRtpTransceiver {
  readonly #slots: TransceiverSlots;

  /** @internal Only connections make transceivers. */
  constructor(...args: [token: symbol, slots: TransceiverSlots]) {
    requireInternal(args[0]);
    this.#slots = args[1];
  }

  /** The section; null until a description names it. */
  get mid(): string | null {
    return this.#slots.mid;
  }

  /** What it sends. */
  get sender(): RTCRtpSender {
    return this.#slots.sender;
  }

  /** What it receives. */
  get receiver(): RTCRtpReceiver {
    return this.#slots.receiver;
  }

  /** https://w3c.github.io/webrtc-pc/#dom-rtcrtptransceiver-direction: what the next negotiation asks for. */
  get direction(): RTCRtpTransceiverDirection {
    const { stopping, direction } = this.#slots;
    return stopping ? "stopped" : direction;
  }

  set direction(value: RTCRtpTransceiverDirection) {
    const slots = this.#slots;
    const newDirection = DIRECTIONS.find((known) => known === toDOMString(value));
    if (newDirection === undefined) return; // an enumeration attribute ignores values it does not have
    // Step 3.
    if (slots.stopping) throw new DOMException("The transceiver is stopped.", "InvalidStateError");
    // Step 5.
    if (newDirection === slots.direction) return;
    // Step 6.
    if (newDirection === "stopped") throw new TypeError("RTCRtpTransceiver.direction: use stop()");
    // Steps 7 and 8.
    slots.setDirection(newDirection);
  }

  /** https://w3c.github.io/webrtc-pc/#dom-rtcrtptransceiver-currentdirection: what was negotiated; null before. */
  get currentDirection(): RTCRtpTransceiverDirection | null {
    const { stopped, currentDirection } = this.#slots;
    return stopped ? "stopped" : currentDirection;
  }

  /** https://w3c.github.io/webrtc-pc/#dom-rtcrtptransceiver-stop: ends both directions for good; the next negotiation tells the peer. */
  stop(): void {
    this.#slots.stop();
  }

  /** https://w3c.github.io/webrtc-pc/#dom-rtcrtptransceiver-setcodecpreferences: what descriptions offer, in this order. Empty: everything. */
  setCodecPreferences(...args: [codecs: readonly RTCRtpCodec[]]): void {
    const slots = this.#slots;
    requireArguments(args, 1, "RTCRtpTransceiver.setCodecPreferences");
    slots.setCodecPreferences(toSequence(args[0], (codec) => toCodec(codec, "RTCRtpCodec"), "setCodecPreferences"));
  }
}

const DIRECTIONS = ["sendrecv", "sendonly", "recvonly", "inactive", "stopped"] as const;

exposeInterface(RTCRtpTransceiver, "RTCRtpTransceiver", { setCodecPreferences: 1 });
