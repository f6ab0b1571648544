/** https://w3c.github.io/webrtc-pc/#rtcsctptransport-interface */
import { defineEventHandlers, type EventHandler } from "./event-handler.ts";
import { exposeInterface, requireInternal } from "./interface.ts";
import type { RTCDtlsTransport } from "./rtc-dtls-transport.ts";

/** https://w3c.github.io/webrtc-pc/#rtcsctptransportstate */
export type RTCSctpTransportState = "connecting" | "connected" | "closed";

/** The internal slots, written by the connection's tasks. */
export interface SctpTransportSlots {
  transport: RTCDtlsTransport;
  sctpTransportState: RTCSctpTransportState;
  maxMessageSize: number | null;
  maxBufferSize: number | null;
  maxChannels: number | null;
}

/** The SCTP association that carries all data channels. */
export class RTCSctpTransport extends EventTarget {
  readonly #slots: SctpTransportSlots;
  declare onstatechange: EventHandler<RTCSctpTransport, Event>;

  /** @internal Only connections make transports. */
  constructor(...args: [token: symbol, slots: SctpTransportSlots]) {
    requireInternal(args[0]);
    super();
    this.#slots = args[1];
  }

  static {
    defineEventHandlers(RTCSctpTransport.prototype, (value) => typeof value === "object" && value !== null && #slots in value, [
      "statechange",
    ]);
  }

  /** What it runs over. */
  get transport(): RTCDtlsTransport {
    return this.#slots.transport;
  }

  /** Where the association stands. */
  get state(): RTCSctpTransportState {
    return this.#slots.sctpTransportState;
  }

  /** Largest message `send` takes, in bytes, Infinity for any; null until an answer is applied. */
  get maxMessageSize(): number | null {
    return this.#slots.maxMessageSize;
  }

  /** Channels that can be open at once; null until "connected". */
  get maxChannels(): number | null {
    return this.#slots.maxChannels;
  }
}

/** https://w3c.github.io/webrtc-pc/#sctp-transport-update-mms. 0 means "any size" in both; `remote` is 65536 when the peer did not say. */
export function updateMaxMessageSize(slots: SctpTransportSlots, remote: number, canSend: number): void {
  // Steps 4 to 6.
  if (remote === 0 && canSend === 0) {
    slots.maxMessageSize = Number.POSITIVE_INFINITY;
    slots.maxBufferSize = Number.POSITIVE_INFINITY;
  } else if (remote === 0 || canSend === 0) {
    slots.maxMessageSize = Math.max(remote, canSend);
    slots.maxBufferSize = Math.max(remote, canSend);
  } else {
    slots.maxMessageSize = Math.min(remote, canSend);
    slots.maxBufferSize = Math.max(remote, canSend);
  }
}

exposeInterface(RTCSctpTransport, "RTCSctpTransport");
