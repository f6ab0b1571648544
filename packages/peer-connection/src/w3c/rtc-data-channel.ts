/** https://w3c.github.io/webrtc-pc/#rtcdatachannel */
import type { Listener, ListenerOptions, RemoveListenerOptions } from "./dom-types.ts";
import { defineEventHandlers, type EventHandler } from "./event-handler.ts";
import { exposeInterface, requireInternal } from "./interface.ts";
import type { RTCErrorEvent } from "./rtc-error-event.ts";
import { SendOrder } from "./send-order.ts";
import { isArrayBuffer, requireArguments, toIntegerInRange, toUSVString } from "./webidl.ts";

/** https://w3c.github.io/webrtc-pc/#dom-rtcdatachannelstate */
export type RTCDataChannelState = "connecting" | "open" | "closing" | "closed";

/** https://websockets.spec.whatwg.org/#binarytype */
export type BinaryType = "blob" | "arraybuffer";

/** https://w3c.github.io/webrtc-priority/#rtc-priority-type */
export type RTCPriorityType = "very-low" | "low" | "medium" | "high";

/** https://w3c.github.io/webrtc-pc/#dom-rtcdatachannelinit */
export interface RTCDataChannelInit {
  ordered?: boolean;
  maxPacketLifeTime?: number;
  maxRetransmits?: number;
  protocol?: string;
  negotiated?: boolean;
  id?: number;
  /** https://w3c.github.io/webrtc-priority/#dom-rtcdatachannelinit-priority; default "low". */
  priority?: RTCPriorityType;
}

/** The events of a channel, by name. */
export interface RTCDataChannelEventMap {
  open: Event;
  message: MessageEvent;
  bufferedamountlow: Event;
  error: RTCErrorEvent;
  closing: Event;
  close: Event;
}

/** The internal slots, written by the connection's tasks, and what the channel asks of its connection. */
export interface DataChannelSlots {
  readonly label: string;
  readonly ordered: boolean;
  readonly maxPacketLifeTime: number | null;
  readonly maxRetransmits: number | null;
  readonly protocol: string;
  readonly negotiated: boolean;
  readonly priority: RTCPriorityType;
  id: number | null;
  readonly readyState: RTCDataChannelState;
  bufferedAmount: number;
  /** The part of it that waits behind a Blob and is not with the association yet. */
  waitingBytes: number;
  /** The part of it that was sent while the association was already ending the channel, and so never leaves. */
  lostBytes: number;
  bufferedAmountLowThreshold: number;
  binaryType: BinaryType;
  /** [[MaxMessageSize]] and [[MaxBufferSize]] of the association. */
  maxMessageSize(): number;
  maxBufferSize(): number;
  /** Queues a message, or loses it when the channel is ending; `data` is copied before this returns. Throws a DOMException. */
  transmit(kind: "text" | "binary", data: Uint8Array): void;
  /** Sets [[ReadyState]], and counts. */
  enter(state: RTCDataChannelState): void;
  /** Starts the closing procedure. */
  startClosing(): void;
}

/** A bidirectional channel of messages. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface below only types inherited members
export class RTCDataChannel extends EventTarget {
  readonly #slots: DataChannelSlots;
  /** Only while a Blob is being read: what was sent since waits its turn. */
  #order: SendOrder | undefined;
  declare onopen: EventHandler<RTCDataChannel, Event>;
  declare onbufferedamountlow: EventHandler<RTCDataChannel, Event>;
  declare onerror: EventHandler<RTCDataChannel, RTCErrorEvent>;
  declare onclosing: EventHandler<RTCDataChannel, Event>;
  declare onclose: EventHandler<RTCDataChannel, Event>;
  declare onmessage: EventHandler<RTCDataChannel, MessageEvent>;

  /** @internal Only connections make channels. */
  constructor(...args: [token: symbol, slots: DataChannelSlots]) {
    requireInternal(args[0]);
    super();
    this.#slots = args[1];
  }

  static {
    defineEventHandlers(RTCDataChannel.prototype, (value) => typeof value === "object" && value !== null && #slots in value, [
      "open",
      "bufferedamountlow",
      "error",
      "closing",
      "close",
      "message",
    ]);
  }

  /** The name given to it; need not be unique. */
  get label(): string {
    return this.#slots.label;
  }

  /** Whether messages arrive in the order they were sent. */
  get ordered(): boolean {
    return this.#slots.ordered;
  }

  /** Milliseconds during which a message may be (re)transmitted; null for no limit. */
  get maxPacketLifeTime(): number | null {
    return this.#slots.maxPacketLifeTime;
  }

  /** Retransmissions of a message; null for no limit. */
  get maxRetransmits(): number | null {
    return this.#slots.maxRetransmits;
  }

  /** The subprotocol, or an empty string. */
  get protocol(): string {
    return this.#slots.protocol;
  }

  /** Whether the application agreed on it by other means. */
  get negotiated(): boolean {
    return this.#slots.negotiated;
  }

  /** https://w3c.github.io/webrtc-priority/#dom-rtcdatachannel-priority: what it was created with, here or by the peer. */
  get priority(): RTCPriorityType {
    return this.#slots.priority;
  }

  /** The SCTP stream, once known. */
  get id(): number | null {
    return this.#slots.id;
  }

  /** Connecting, open, closing or closed. */
  get readyState(): RTCDataChannelState {
    return this.#slots.readyState;
  }

  /** Bytes handed to `send` that have not been sent. Falls only between tasks. */
  get bufferedAmount(): number {
    return this.#slots.bufferedAmount;
  }

  /** `bufferedamountlow` fires when `bufferedAmount` falls from above this to it or below. */
  get bufferedAmountLowThreshold(): number {
    return this.#slots.bufferedAmountLowThreshold;
  }

  set bufferedAmountLowThreshold(value: number) {
    this.#slots.bufferedAmountLowThreshold = toIntegerInRange(value, 0xffff_ffff, "RTCDataChannel.bufferedAmountLowThreshold");
  }

  /** What `message` events carry binary data as. */
  get binaryType(): BinaryType {
    return this.#slots.binaryType;
  }

  set binaryType(value: BinaryType) {
    // An enumeration attribute ignores values it does not have.
    const text = `${value}`;
    if (text === "blob" || text === "arraybuffer") this.#slots.binaryType = text;
    else this.#slots; // the brand check
  }

  /** https://w3c.github.io/webrtc-pc/#dom-rtcdatachannel-close */
  close(): void {
    const slots = this.#slots;
    // Step 2.
    if (slots.readyState === "closing" || slots.readyState === "closed") return;
    // Step 3.
    slots.enter("closing");
    // Step 4. A Blob that is still being read goes out first.
    if (this.#order === undefined) slots.startClosing();
    else this.#order.finally(() => slots.startClosing());
  }

  /** https://w3c.github.io/webrtc-pc/#datachannel-send */
  send(...args: [data: string | Blob | ArrayBuffer | ArrayBufferView]): void {
    const slots = this.#slots;
    requireArguments(args, 1, "RTCDataChannel.send");
    const message = toMessage(args[0]);
    // Step 3.
    if (slots.readyState !== "open") throw new DOMException(`The channel is ${slots.readyState}.`, "InvalidStateError");
    // Step 4.
    const { kind, data } = message;
    const size = data instanceof Blob ? data.size : data.length;
    // Step 5.
    if (size > slots.maxMessageSize()) {
      throw new TypeError(`The message has ${size} bytes, more than the ${slots.maxMessageSize()} that the peer takes.`);
    }
    // Step 6.
    if (slots.bufferedAmount + size > slots.maxBufferSize()) {
      throw new DOMException(`The send buffer is full: ${slots.bufferedAmount} bytes wait already.`, "OperationError");
    }
    // Steps 7 and 8.
    if (data instanceof Blob || this.#order !== undefined) {
      this.#order ??= new SendOrder(() => {
        this.#order = undefined;
      });
      slots.waitingBytes += size;
      this.#order.push(data, (bytes) => {
        slots.waitingBytes -= size;
        if (slots.readyState !== "closed") slots.transmit(kind, bytes);
      });
    } else {
      slots.transmit(kind, data);
    }
    slots.bufferedAmount += size;
  }
}

/** Resolves the overloads of `send`. */
function toMessage(data: unknown): { readonly kind: "text" | "binary"; readonly data: Uint8Array | Blob } {
  if (typeof data === "string") return { kind: "text", data: encoder.encode(data) };
  if (ArrayBuffer.isView(data)) {
    if (!isArrayBuffer(data.buffer)) throw new TypeError("RTCDataChannel.send: shared memory cannot be sent");
    return { kind: "binary", data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  }
  if (isArrayBuffer(data)) return { kind: "binary", data: new Uint8Array(data) };
  if (data instanceof Blob) return { kind: "binary", data };
  // "Any data argument type this method has not been overloaded with will result in a TypeError. This includes null and undefined."
  if (data === null || data === undefined) throw new TypeError(`RTCDataChannel.send: ${data} cannot be sent`);
  return { kind: "text", data: encoder.encode(toUSVString(data)) };
}

const encoder = new TextEncoder();

exposeInterface(RTCDataChannel, "RTCDataChannel", { send: 1 });

// Merged for types only: listeners get the event their name says. Nothing is added to the class.
/** Listeners, typed by the event. */
export interface RTCDataChannel {
  addEventListener<K extends keyof RTCDataChannelEventMap>(
    type: K,
    listener: (this: RTCDataChannel, event: RTCDataChannelEventMap[K]) => unknown,
    options?: ListenerOptions,
  ): void;
  addEventListener(type: string, listener: Listener, options?: ListenerOptions): void;
  removeEventListener<K extends keyof RTCDataChannelEventMap>(
    type: K,
    listener: (this: RTCDataChannel, event: RTCDataChannelEventMap[K]) => unknown,
    options?: RemoveListenerOptions,
  ): void;
  removeEventListener(type: string, listener: Listener, options?: RemoveListenerOptions): void;
}
