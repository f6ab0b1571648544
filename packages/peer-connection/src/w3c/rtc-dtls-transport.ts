/** https://w3c.github.io/webrtc-pc/#rtcdtlstransport-interface */
import { defineEventHandlers, type EventHandler } from "./event-handler.ts";
import { exposeInterface, requireInternal } from "./interface.ts";
import type { RTCErrorEvent } from "./rtc-error-event.ts";
import type { RTCIceTransport } from "./rtc-ice-transport.ts";

/** https://w3c.github.io/webrtc-pc/#rtcdtlstransportstate-enum */
export type RTCDtlsTransportState = "new" | "connecting" | "connected" | "closed" | "failed";

/** The internal slots, written by the connection's tasks. */
export interface DtlsTransportSlots {
  readonly iceTransport: RTCIceTransport;
  dtlsTransportState: RTCDtlsTransportState;
  remoteCertificates: readonly Uint8Array[];
}

/** The DTLS half of a transport. */
export class RTCDtlsTransport extends EventTarget {
  readonly #slots: DtlsTransportSlots;
  declare onstatechange: EventHandler<RTCDtlsTransport, Event>;
  declare onerror: EventHandler<RTCDtlsTransport, RTCErrorEvent>;

  /** @internal Only connections make transports. */
  constructor(...args: [token: symbol, slots: DtlsTransportSlots]) {
    requireInternal(args[0]);
    super();
    this.#slots = args[1];
  }

  static {
    defineEventHandlers(RTCDtlsTransport.prototype, (value) => typeof value === "object" && value !== null && #slots in value, [
      "statechange",
      "error",
    ]);
  }

  /** The transport below; the same object each time. */
  get iceTransport(): RTCIceTransport {
    return this.#slots.iceTransport;
  }

  /** Where the handshake stands. */
  get state(): RTCDtlsTransportState {
    return this.#slots.dtlsTransportState;
  }

  /** The peer's certificate chain in DER, empty before "connected". */
  getRemoteCertificates(): ArrayBuffer[] {
    return this.#slots.remoteCertificates.map((der) => Uint8Array.from(der).buffer);
  }
}

exposeInterface(RTCDtlsTransport, "RTCDtlsTransport");
