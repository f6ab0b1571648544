/** https://w3c.github.io/webrtc-pc/#rtcpeerconnectioniceevent */
import type { EventInit } from "./dom-types.ts";
import { exposeInterface } from "./interface.ts";
import { RTCIceCandidate } from "./rtc-ice-candidate.ts";
import { requireArguments, toDictionary, toDOMString, toUSVString } from "./webidl.ts";

/** https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnectioniceeventinit */
export interface RTCPeerConnectionIceEventInit extends EventInit {
  candidate?: RTCIceCandidate | null;
  url?: string | null;
}

/** `icecandidate`: a local candidate, the end of a generation (empty candidate), or the end of all gathering (null). */
export class RTCPeerConnectionIceEvent extends Event {
  readonly #candidate: RTCIceCandidate | null;
  readonly #url: string | null;

  constructor(...args: [type: string, eventInitDict?: RTCPeerConnectionIceEventInit]) {
    requireArguments(args, 1, "RTCPeerConnectionIceEvent");
    const type = toDOMString(args[0]);
    const init = toDictionary(args[1], "RTCPeerConnectionIceEventInit");
    const candidate = init.candidate ?? null;
    if (candidate !== null && !(candidate instanceof RTCIceCandidate)) {
      throw new TypeError("RTCPeerConnectionIceEventInit: candidate must be an RTCIceCandidate or null");
    }
    const url = init.url ?? null;
    super(type, init);
    this.#candidate = candidate;
    this.#url = url === null ? null : toUSVString(url);
  }

  /** The candidate to signal, or null when all gathering is done. */
  get candidate(): RTCIceCandidate | null {
    return this.#candidate;
  }

  /** URL of the server the candidate came from. Deprecated: see the candidate's own `url`. */
  get url(): string | null {
    return this.#url;
  }
}

exposeInterface(RTCPeerConnectionIceEvent, "RTCPeerConnectionIceEvent", { constructor: 1 });
