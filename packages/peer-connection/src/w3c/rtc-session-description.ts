/** https://w3c.github.io/webrtc-pc/#rtcsessiondescription-class */
import type { AppliedDescription } from "../jsep/index.ts";
import { exposeInterface } from "./interface.ts";
import { requireArguments, toDictionary, toDOMString, toEnumeration } from "./webidl.ts";

/** https://w3c.github.io/webrtc-pc/#rtcsdptype */
export type RTCSdpType = "offer" | "pranswer" | "answer" | "rollback";

/** https://w3c.github.io/webrtc-pc/#dom-rtcsessiondescriptioninit */
export interface RTCSessionDescriptionInit {
  type: RTCSdpType;
  sdp?: string;
}

/** https://w3c.github.io/webrtc-pc/#dom-rtclocalsessiondescriptioninit */
export interface RTCLocalSessionDescriptionInit {
  type?: RTCSdpType;
  sdp?: string;
}

/** A description that shows what is applied. */
export let showing: (applied: AppliedDescription) => RTCSessionDescription;
/** Whether it was made by {@link showing} for this very one. */
export let shows: (description: RTCSessionDescription, applied: AppliedDescription) => boolean;

/** A description as the application sees it. */
export class RTCSessionDescription {
  readonly #type: RTCSdpType;
  readonly #sdp: string;
  /** What it shows, when the engine made it: the text is written when it is asked for. */
  #shown: AppliedDescription | undefined;

  constructor(...args: [descriptionInitDict: RTCSessionDescriptionInit]) {
    requireArguments(args, 1, "RTCSessionDescription");
    const init = toSessionDescriptionInit(args[0]);
    this.#type = init.type;
    this.#sdp = init.sdp;
  }

  static {
    showing = (applied) => {
      const description = new RTCSessionDescription({ type: applied.type, sdp: "" });
      description.#shown = applied;
      return description;
    };
    shows = (description, applied) => description.#shown === applied;
  }

  /** Offer, answer, provisional answer or rollback. */
  get type(): RTCSdpType {
    return this.#type;
  }

  /** The SDP text. */
  get sdp(): string {
    return this.#shown?.sdp ?? this.#sdp;
  }

  /** A plain object with `type` and `sdp`. */
  toJSON(): { type: RTCSdpType; sdp: string } {
    return { type: this.#type, sdp: this.sdp };
  }
}

/** Converts to RTCSessionDescriptionInit: `type` is required. */
export function toSessionDescriptionInit(value: unknown): { readonly type: RTCSdpType; readonly sdp: string } {
  const { sdp, type } = toLocalSessionDescriptionInit(value);
  if (type === undefined) throw new TypeError("RTCSessionDescriptionInit: type is required");
  return { type, sdp };
}

/** Converts to RTCLocalSessionDescriptionInit. */
export function toLocalSessionDescriptionInit(value: unknown): { readonly type: RTCSdpType | undefined; readonly sdp: string } {
  const init = toDictionary(value, "RTCSessionDescriptionInit");
  const sdp = init.sdp === undefined ? "" : toDOMString(init.sdp);
  const type = init.type;
  return { sdp, type: type === undefined ? undefined : toEnumeration(type, SDP_TYPES, "RTCSdpType") };
}

const SDP_TYPES = ["offer", "pranswer", "answer", "rollback"] as const;

exposeInterface(RTCSessionDescription, "RTCSessionDescription", { constructor: 1 });
