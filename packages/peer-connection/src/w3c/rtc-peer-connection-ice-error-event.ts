/** https://w3c.github.io/webrtc-pc/#rtcpeerconnectioniceerrorevent */
import type { EventInit } from "./dom-types.ts";
import { exposeInterface } from "./interface.ts";
import { requireArguments, toDictionary, toDOMString, toUnsignedShort, toUSVString } from "./webidl.ts";

/** https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnectioniceerroreventinit */
export interface RTCPeerConnectionIceErrorEventInit extends EventInit {
  address?: string | null;
  port?: number | null;
  url?: string;
  errorCode: number;
  errorText?: string;
}

/** `icecandidateerror`: a STUN or TURN server could not be used. */
export class RTCPeerConnectionIceErrorEvent extends Event {
  readonly #address: string | null;
  readonly #port: number | null;
  readonly #url: string;
  readonly #errorCode: number;
  readonly #errorText: string;

  constructor(...args: [type: string, eventInitDict: RTCPeerConnectionIceErrorEventInit]) {
    requireArguments(args, 2, "RTCPeerConnectionIceErrorEvent");
    const type = toDOMString(args[0]);
    const init = toDictionary(args[1], "RTCPeerConnectionIceErrorEventInit");
    const { address = null, errorCode, errorText = "", port = null, url = "" } = init;
    if (errorCode === undefined) throw new TypeError("RTCPeerConnectionIceErrorEventInit: errorCode is required");
    super(type, init);
    this.#address = address === null ? null : toDOMString(address);
    this.#errorCode = toUnsignedShort(errorCode);
    this.#errorText = toUSVString(errorText);
    this.#port = port === null ? null : toUnsignedShort(port);
    this.#url = toUSVString(url);
  }

  /** Local IP address used towards the server, when it is known to the application already. */
  get address(): string | null {
    return this.#address;
  }

  /** Local port, null when `address` is. */
  get port(): number | null {
    return this.#port;
  }

  /** URL of the server. */
  get url(): string {
    return this.#url;
  }

  /** STUN error code from the server, or 701 when it could not be reached. */
  get errorCode(): number {
    return this.#errorCode;
  }

  /** Reason phrase from the server, or our own words. */
  get errorText(): string {
    return this.#errorText;
  }
}

exposeInterface(RTCPeerConnectionIceErrorEvent, "RTCPeerConnectionIceErrorEvent", { constructor: 2 });
