/** https://w3c.github.io/webrtc-pc/#rtcerror-interface */
import { exposeInterface } from "./interface.ts";
import { requireArguments, toDictionary, toDOMString, toEnumeration, toLong, toUnsignedLong } from "./webidl.ts";

/** https://w3c.github.io/webrtc-pc/#rtcerrordetailtype-enum */
export type RTCErrorDetailType =
  | "data-channel-failure"
  | "dtls-failure"
  | "fingerprint-failure"
  | "sctp-failure"
  | "sdp-syntax-error"
  | "hardware-encoder-not-available"
  | "hardware-encoder-error";

/** https://w3c.github.io/webrtc-pc/#dom-rtcerrorinit */
export interface RTCErrorInit {
  errorDetail: RTCErrorDetailType;
  sdpLineNumber?: number;
  sctpCauseCode?: number;
  receivedAlert?: number;
  sentAlert?: number;
}

/** A DOMException named "OperationError" that also says what failed in WebRTC's terms. */
export class RTCError extends DOMException {
  readonly #errorDetail: RTCErrorDetailType;
  readonly #sdpLineNumber: number | null;
  readonly #sctpCauseCode: number | null;
  readonly #receivedAlert: number | null;
  readonly #sentAlert: number | null;

  constructor(...args: [init: RTCErrorInit, message?: string]) {
    requireArguments(args, 1, "RTCError");
    const init = toDictionary(args[0], "RTCErrorInit");
    if (init.errorDetail === undefined) throw new TypeError("RTCErrorInit: errorDetail is required");
    const optional = (name: string, convert: (value: unknown) => number): number | null => {
      const value = init[name];
      return value === undefined ? null : convert(value);
    };
    const errorDetail = toEnumeration(init.errorDetail, ERROR_DETAILS, "RTCErrorDetailType");
    const receivedAlert = optional("receivedAlert", toUnsignedLong);
    const sctpCauseCode = optional("sctpCauseCode", toLong);
    const sdpLineNumber = optional("sdpLineNumber", toLong);
    const sentAlert = optional("sentAlert", toUnsignedLong);
    // Steps 3 to 5.
    super(args[1] === undefined ? "" : toDOMString(args[1]), "OperationError");
    this.#errorDetail = errorDetail;
    this.#receivedAlert = receivedAlert;
    this.#sctpCauseCode = sctpCauseCode;
    this.#sdpLineNumber = sdpLineNumber;
    this.#sentAlert = sentAlert;
  }

  /** What kind of failure it was. */
  get errorDetail(): RTCErrorDetailType {
    return this.#errorDetail;
  }

  /** With "sdp-syntax-error": the line, counted from 1. */
  get sdpLineNumber(): number | null {
    return this.#sdpLineNumber;
  }

  /** With "sctp-failure": the SCTP error cause code. */
  get sctpCauseCode(): number | null {
    return this.#sctpCauseCode;
  }

  /** With "dtls-failure": the number of the fatal alert the peer sent. */
  get receivedAlert(): number | null {
    return this.#receivedAlert;
  }

  /** With "dtls-failure": the number of the fatal alert that was sent to the peer. */
  get sentAlert(): number | null {
    return this.#sentAlert;
  }
}

const ERROR_DETAILS = [
  "data-channel-failure",
  "dtls-failure",
  "fingerprint-failure",
  "sctp-failure",
  "sdp-syntax-error",
  "hardware-encoder-not-available",
  "hardware-encoder-error",
] as const;

exposeInterface(RTCError, "RTCError", { constructor: 1 });
