/** https://w3c.github.io/webrtc-pc/#rtcerrorevent-interface */
import type { EventInit } from "./dom-types.ts";
import { exposeInterface } from "./interface.ts";
import { RTCError } from "./rtc-error.ts";
import { requireArguments, toDictionary, toDOMString } from "./webidl.ts";

/** https://w3c.github.io/webrtc-pc/#dom-rtcerroreventinit */
export interface RTCErrorEventInit extends EventInit {
  error: RTCError;
}

/** An `error` event that carries an {@link RTCError}. */
export class RTCErrorEvent extends Event {
  readonly #error: RTCError;

  constructor(...args: [type: string, eventInitDict: RTCErrorEventInit]) {
    requireArguments(args, 2, "RTCErrorEvent");
    const type = toDOMString(args[0]);
    const init = toDictionary(args[1], "RTCErrorEventInit");
    const error = init.error;
    if (!(error instanceof RTCError)) throw new TypeError("RTCErrorEventInit: error is required and must be an RTCError");
    super(type, init);
    this.#error = error;
  }

  /** The error. */
  get error(): RTCError {
    return this.#error;
  }
}

exposeInterface(RTCErrorEvent, "RTCErrorEvent", { constructor: 2 });
