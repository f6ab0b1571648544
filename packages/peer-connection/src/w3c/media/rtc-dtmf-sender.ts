/** https://w3c.github.io/webrtc-pc/#rtcdtmfsender */
import type { Listener, ListenerOptions, RemoveListenerOptions } from "../dom-types.ts";
import { defineEventHandlers, type EventHandler } from "../event-handler.ts";
import { exposeInterface, requireInternal } from "../interface.ts";
import { requireArguments, toDOMString, toUnsignedLong } from "../webidl.ts";
import { RTCDTMFToneChangeEvent } from "./rtc-dtmf-tone-change-event.ts";

/** The events of a DTMF sender, by name. */
export interface RTCDTMFSenderEventMap {
  tonechange: RTCDTMFToneChangeEvent;
}

/** What it asks of its connection. */
export interface DtmfSlots {
  /** https://w3c.github.io/webrtc-pc/#determine-if-dtmf-can-be-sent */
  canSend(): boolean;
  /** Starts a tone on the RTP stream (RFC 4733 telephone-event). */
  play(tone: string, durationMs: number): void;
  /** Runs a task after a delay; 0: as the next one. */
  schedule(delayMs: number, task: () => void): void;
}

/** Sends telephone tones beside the audio of a sender. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface below only types inherited members
export class RTCDTMFSender extends EventTarget {
  readonly #slots: DtmfSlots;
  #toneBuffer = "";
  #duration = DEFAULT_DURATION_MS;
  #interToneGap = DEFAULT_GAP_MS;
  #playoutScheduled = false;
  declare ontonechange: EventHandler<RTCDTMFSender, RTCDTMFToneChangeEvent>;

  /** @internal Only connections make DTMF senders. */
  constructor(...args: [token: symbol, slots: DtmfSlots]) {
    requireInternal(args[0]);
    super();
    this.#slots = args[1];
  }

  static {
    defineEventHandlers(RTCDTMFSender.prototype, (value) => typeof value === "object" && value !== null && #slots in value, ["tonechange"]);
  }

  /** https://w3c.github.io/webrtc-pc/#dom-rtcdtmfsender-insertdtmf. Replaces what is still to be played. Times in ms. */
  insertDTMF(...args: [tones: string, duration?: number, interToneGap?: number]): void {
    const slots = this.#slots;
    requireArguments(args, 1, "RTCDTMFSender.insertDTMF");
    const tones = toDOMString(args[0]);
    const duration = args[1] === undefined ? DEFAULT_DURATION_MS : toUnsignedLong(args[1]);
    const interToneGap = args[2] === undefined ? DEFAULT_GAP_MS : toUnsignedLong(args[2]);
    // Step 4.
    if (!slots.canSend()) throw new DOMException("No tones can be sent at present.", "InvalidStateError");
    // Step 6.
    if (!TONES.test(tones)) throw new DOMException(`"${tones}" has characters that are no tones.`, "InvalidCharacterError");
    // Step 7. "Characters a to d MUST be normalized to uppercase on entry."
    this.#toneBuffer = tones.toUpperCase();
    // Steps 8 to 11.
    this.#duration = Math.min(6000, Math.max(40, duration));
    this.#interToneGap = Math.min(6000, Math.max(30, interToneGap));
    // Steps 12 and 13.
    if (tones === "" || this.#playoutScheduled) return;
    this.#schedule(0);
  }

  /** https://w3c.github.io/webrtc-pc/#dom-rtcdtmfsender-caninsertdtmf */
  get canInsertDTMF(): boolean {
    return this.#slots.canSend();
  }

  /** Tones that are still to be played. */
  get toneBuffer(): string {
    return this.#toneBuffer;
  }

  #schedule(delayMs: number): void {
    this.#playoutScheduled = true;
    this.#slots.schedule(delayMs, () => this.#playout());
  }

  /** https://w3c.github.io/webrtc-pc/#dfn-dtmf-playout-task-steps */
  #playout(): void {
    this.#playoutScheduled = false;
    // Step 1.
    if (!this.#slots.canSend()) return;
    // Step 2.
    if (this.#toneBuffer === "") {
      this.dispatchEvent(new RTCDTMFToneChangeEvent("tonechange", { tone: "" }));
      return;
    }
    // Step 3.
    const tone = this.#toneBuffer.slice(0, 1);
    this.#toneBuffer = this.#toneBuffer.slice(1);
    // Steps 4 and 5.
    if (tone === ",") {
      this.#schedule(PAUSE_MS);
    } else {
      this.#slots.play(tone, this.#duration);
      this.#schedule(this.#duration + this.#interToneGap);
    }
    // Step 6.
    this.dispatchEvent(new RTCDTMFToneChangeEvent("tonechange", { tone }));
  }
}

const DEFAULT_DURATION_MS = 100;
const DEFAULT_GAP_MS = 70;
/** "," is a pause of two seconds. */
const PAUSE_MS = 2000;
const TONES = /^[0-9A-Da-d#*,]*$/;

exposeInterface(RTCDTMFSender, "RTCDTMFSender", { insertDTMF: 1 });

// Merged for types only: listeners get the event their name says. Nothing is added to the class.
/** Listeners, typed by the event. */
export interface RTCDTMFSender {
  addEventListener<K extends keyof RTCDTMFSenderEventMap>(
    type: K,
    listener: (this: RTCDTMFSender, event: RTCDTMFSenderEventMap[K]) => unknown,
    options?: ListenerOptions,
  ): void;
  addEventListener(type: string, listener: Listener, options?: ListenerOptions): void;
  removeEventListener<K extends keyof RTCDTMFSenderEventMap>(
    type: K,
    listener: (this: RTCDTMFSender, event: RTCDTMFSenderEventMap[K]) => unknown,
    options?: RemoveListenerOptions,
  ): void;
  removeEventListener(type: string, listener: Listener, options?: RemoveListenerOptions): void;
}
