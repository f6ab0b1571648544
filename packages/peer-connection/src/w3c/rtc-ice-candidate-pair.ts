/** https://w3c.github.io/webrtc-pc/#rtcicecandidatepair */
import { exposeInterface, requireInternal } from "./interface.ts";
import type { RTCIceCandidate } from "./rtc-ice-candidate.ts";

/** A local and a remote candidate that belong together. */
export class RTCIceCandidatePair {
  readonly #local: RTCIceCandidate;
  readonly #remote: RTCIceCandidate;

  /** @internal Only connections make pairs. */
  constructor(...args: [token: symbol, local: RTCIceCandidate, remote: RTCIceCandidate]) {
    requireInternal(args[0]);
    this.#local = args[1];
    this.#remote = args[2];
  }

  /** The local candidate; the same object each time. */
  get local(): RTCIceCandidate {
    return this.#local;
  }

  /** The remote candidate; the same object each time. */
  get remote(): RTCIceCandidate {
    return this.#remote;
  }
}

exposeInterface(RTCIceCandidatePair, "RTCIceCandidatePair");
