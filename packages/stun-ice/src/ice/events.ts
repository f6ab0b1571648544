/** What an agent tells its owner. */
import type { Path } from "@purertc/core";
import type { IceCandidate } from "../codec/candidate-line.ts";
import type { IceCandidatePair } from "./candidate-pair.ts";
import type { IceRole } from "./options.ts";

/** RTCIceTransportState of this transport (W3C WebRTC §5.6.4). */
export type IceState = "new" | "checking" | "connected" | "completed" | "disconnected" | "failed" | "closed";

/** RTCIceGathererState (W3C WebRTC §5.6.3). */
export type IceGatheringState = "new" | "gathering" | "complete";

/** In the order in which it happens; `closed` is the last. */
export type IceEvent =
  /** A candidate to signal to the peer. `url` names the server of a reflexive one. */
  | { readonly type: "local-candidate"; readonly candidate: IceCandidate; readonly url?: string }
  | { readonly type: "gathering-state"; readonly state: IceGatheringState }
  | { readonly type: "state"; readonly state: IceState }
  /** A role conflict changed the role. */
  | { readonly type: "role"; readonly role: IceRole }
  /** Send on `path` from now on. */
  | { readonly type: "selected-pair"; readonly pair: IceCandidatePair; readonly path: Path }
  /** A server could not be used from the local `address` and `port`. 701: no usable answer (W3C WebRTC §4.8.2); else the STUN error code. */
  | {
      readonly type: "candidate-error";
      readonly url: string;
      readonly address?: string;
      readonly port?: number;
      readonly errorCode: number;
      readonly errorText: string;
    }
  /** The last event. */
  | { readonly type: "closed" };
