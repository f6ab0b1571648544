/** https://w3c.github.io/webrtc-pc/#rtcicetransport */
import type { IceCredentials, IceState } from "@purertc/stun-ice";
import type { GatheringState } from "../engine/aggregate-states.ts";
import { defineEventHandlers, type EventHandler } from "./event-handler.ts";
import { exposeInterface, requireInternal } from "./interface.ts";
import type { RTCIceCandidate, RTCIceComponent } from "./rtc-ice-candidate.ts";
import type { RTCIceCandidatePair } from "./rtc-ice-candidate-pair.ts";

/** https://w3c.github.io/webrtc-pc/#rtcicerole */
export type RTCIceRole = "unknown" | "controlling" | "controlled";
/** https://w3c.github.io/webrtc-pc/#rtcicetransportstate */
export type RTCIceTransportState = "closed" | "failed" | "disconnected" | "new" | "checking" | "completed" | "connected";
/** https://w3c.github.io/webrtc-pc/#rtcicegathererstate */
export type RTCIceGathererState = "new" | "gathering" | "complete";

/** https://w3c.github.io/webrtc-pc/#rtciceparameters */
export interface RTCIceParameters {
  usernameFragment?: string;
  password?: string;
}

/** The internal slots, written by the connection's tasks. */
export interface IceTransportSlots {
  iceTransportState: IceState;
  iceGathererState: GatheringState;
  selectedCandidatePair: RTCIceCandidatePair | null;
  iceRole: RTCIceRole;
  readonly localCandidates: RTCIceCandidate[];
  readonly remoteCandidates: RTCIceCandidate[];
  localParameters: IceCredentials | undefined;
  remoteParameters: IceCredentials | undefined;
}

/** The ICE half of a transport. */
export class RTCIceTransport extends EventTarget {
  readonly #slots: IceTransportSlots;
  declare onstatechange: EventHandler<RTCIceTransport, Event>;
  declare ongatheringstatechange: EventHandler<RTCIceTransport, Event>;
  declare onselectedcandidatepairchange: EventHandler<RTCIceTransport, Event>;

  /** @internal Only connections make transports. */
  constructor(...args: [token: symbol, slots: IceTransportSlots]) {
    requireInternal(args[0]);
    super();
    this.#slots = args[1];
  }

  static {
    defineEventHandlers(RTCIceTransport.prototype, (value) => typeof value === "object" && value !== null && #slots in value, [
      "statechange",
      "gatheringstatechange",
      "selectedcandidatepairchange",
    ]);
  }

  /** Who decides which pair is used. */
  get role(): RTCIceRole {
    return this.#slots.iceRole;
  }

  /** Always "rtp": RTCP shares the transport. */
  get component(): RTCIceComponent {
    this.#slots; // the brand check
    return "rtp";
  }

  /** Where connectivity checks stand. */
  get state(): RTCIceTransportState {
    return this.#slots.iceTransportState;
  }

  /** Where gathering stands. */
  get gatheringState(): RTCIceGathererState {
    return this.#slots.iceGathererState;
  }

  /** The local candidates that `icecandidate` has shown. */
  getLocalCandidates(): RTCIceCandidate[] {
    return [...this.#slots.localCandidates];
  }

  /** The remote candidates that the application has brought. */
  getRemoteCandidates(): RTCIceCandidate[] {
    return [...this.#slots.remoteCandidates];
  }

  /** The pair packets are sent on; null while there is none. */
  getSelectedCandidatePair(): RTCIceCandidatePair | null {
    const { iceTransportState, selectedCandidatePair } = this.#slots;
    return iceTransportState === "new" || iceTransportState === "closed" ? null : selectedCandidatePair;
  }

  /** Our user name fragment and password, once a local description has them. */
  getLocalParameters(): RTCIceParameters | null {
    return copyParameters(this.#slots.localParameters);
  }

  /** The peer's user name fragment and password, once a remote description has them. */
  getRemoteParameters(): RTCIceParameters | null {
    return copyParameters(this.#slots.remoteParameters);
  }
}

function copyParameters(parameters: IceCredentials | undefined): RTCIceParameters | null {
  return parameters === undefined ? null : { usernameFragment: parameters.usernameFragment, password: parameters.password };
}

exposeInterface(RTCIceTransport, "RTCIceTransport");
