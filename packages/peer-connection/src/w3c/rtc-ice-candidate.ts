/** https://w3c.github.io/webrtc-pc/#rtcicecandidate-interface */
import { Malformed } from "@purertc/core";
import { type IceCandidate, parseCandidateLine } from "@purertc/stun-ice";
import { exposeInterface } from "./interface.ts";
import { toDictionary, toDOMString, toEnumeration, toUnsignedShort, toUSVString } from "./webidl.ts";

/** https://w3c.github.io/webrtc-pc/#rtcicecomponent */
export type RTCIceComponent = "rtp" | "rtcp";
/** https://w3c.github.io/webrtc-pc/#rtciceprotocol-enum */
export type RTCIceProtocol = "udp" | "tcp";
/** https://w3c.github.io/webrtc-pc/#rtcicecandidatetype-enum */
export type RTCIceCandidateType = "host" | "srflx" | "prflx" | "relay";
/** https://w3c.github.io/webrtc-pc/#rtcicetcpcandidatetype-enum */
export type RTCIceTcpCandidateType = "active" | "passive" | "so";
/** https://w3c.github.io/webrtc-pc/#rtciceservertransportprotocol-enum */
export type RTCIceServerTransportProtocol = "udp" | "tcp" | "tls";

/** https://w3c.github.io/webrtc-pc/#dom-rtcicecandidateinit */
export interface RTCIceCandidateInit {
  candidate?: string;
  sdpMid?: string | null;
  sdpMLineIndex?: number | null;
  usernameFragment?: string | null;
}

/** https://w3c.github.io/webrtc-pc/#local-icecandidate-init */
export interface RTCLocalIceCandidateInit extends RTCIceCandidateInit {
  relayProtocol?: RTCIceServerTransportProtocol | null;
  url?: string | null;
}

/**
 * An RTCIceCandidate that shows `parsed`, whatever its candidate line says: for peer-reflexive candidates, whose line is empty. The address is
 * null while `isAddressKnown` says so, since connectivity checks must not tell an application what it was not told by its peer.
 */
export let createIceCandidate: (init: RTCLocalIceCandidateInit, parsed: IceCandidate, isAddressKnown: () => boolean) => RTCIceCandidate;

/** An ICE candidate, with what its candidate line says where that line is well formed. */
export class RTCIceCandidate {
  readonly #init: Required<RTCLocalIceCandidateInit>;
  /** What the line says, once somebody has asked; null when it says nothing. */
  #fields: IceCandidate | null | undefined;
  #isAddressKnown: (() => boolean) | undefined;

  constructor(...args: [candidateInitDict?: RTCLocalIceCandidateInit]) {
    const init = toLocalIceCandidateInit(args[0]);
    // Step 1.
    if (init.sdpMid === null && init.sdpMLineIndex === null) throw new TypeError("RTCIceCandidate: sdpMid or sdpMLineIndex is required");
    // Step 2: create an RTCIceCandidate.
    this.#init = init;
  }

  static {
    createIceCandidate = (init, parsed, isAddressKnown) => {
      const candidate = new RTCIceCandidate(init);
      candidate.#fields = parsed;
      candidate.#isAddressKnown = isAddressKnown;
      return candidate;
    };
  }

  get #parsed(): IceCandidate | undefined {
    if (this.#fields === undefined) {
      const parsed = this.#init.candidate === "" ? undefined : parseCandidateLine(this.#init.candidate);
      this.#fields = parsed === undefined || parsed instanceof Malformed ? null : parsed;
    }
    return this.#fields ?? undefined;
  }

  /** The `candidate:...` line; empty at the end of candidates. */
  get candidate(): string {
    return this.#init.candidate;
  }

  /** Identification tag of its media section. */
  get sdpMid(): string | null {
    return this.#init.sdpMid;
  }

  /** Index of its media section. */
  get sdpMLineIndex(): number | null {
    return this.#init.sdpMLineIndex;
  }

  /** What candidates of the same base and server have in common. */
  get foundation(): string | null {
    return this.#parsed?.foundation ?? null;
  }

  /** "rtp" for component 1, "rtcp" for component 2. */
  get component(): RTCIceComponent | null {
    return this.#parsed === undefined ? null : this.#parsed.component === 1 ? "rtp" : "rtcp";
  }

  /** 1 to 2^31 - 1. */
  get priority(): number | null {
    return this.#parsed?.priority ?? null;
  }

  /** IP address or host name. */
  get address(): string | null {
    return this.#parsed === undefined || this.#isAddressKnown?.() === false ? null : this.#parsed.address;
  }

  /** "udp" or "tcp". */
  get protocol(): RTCIceProtocol | null {
    return this.#parsed?.transport ?? null;
  }

  /** 0 to 65535. */
  get port(): number | null {
    return this.#parsed?.port ?? null;
  }

  /** Host, server reflexive, peer reflexive or relayed. */
  get type(): RTCIceCandidateType | null {
    return this.#parsed?.type ?? null;
  }

  /** Only for TCP candidates. */
  get tcpType(): RTCIceTcpCandidateType | null {
    return this.#parsed?.tcpType ?? null;
  }

  /** Address of the candidate it derives from; null for host candidates. */
  get relatedAddress(): string | null {
    return this.#parsed?.relatedAddress ?? null;
  }

  /** Port of the candidate it derives from; null for host candidates. */
  get relatedPort(): number | null {
    return this.#parsed?.relatedPort ?? null;
  }

  /** The generation it belongs to. */
  get usernameFragment(): string | null {
    return this.#init.usernameFragment;
  }

  /** For local relayed candidates: how the TURN server is reached. */
  get relayProtocol(): RTCIceServerTransportProtocol | null {
    return this.#init.relayProtocol;
  }

  /** For local reflexive and relayed candidates: the URL of the server. */
  get url(): string | null {
    return this.#init.url;
  }

  /** What is signalled to the peer. */
  toJSON(): Required<RTCIceCandidateInit> {
    const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = this.#init;
    return { candidate, sdpMid, sdpMLineIndex, usernameFragment };
  }
}

/** Converts to RTCIceCandidateInit. */
export function toIceCandidateInit(value: unknown): Required<RTCIceCandidateInit> {
  const init = toDictionary(value, "RTCIceCandidateInit");
  return {
    candidate: init.candidate === undefined ? "" : toDOMString(init.candidate),
    sdpMLineIndex: nullable(init.sdpMLineIndex, toUnsignedShort),
    sdpMid: nullable(init.sdpMid, toDOMString),
    usernameFragment: nullable(init.usernameFragment, toDOMString),
  };
}

function toLocalIceCandidateInit(value: unknown): Required<RTCLocalIceCandidateInit> {
  const { candidate, sdpMLineIndex, sdpMid, usernameFragment } = toIceCandidateInit(value);
  const init = toDictionary(value, "RTCLocalIceCandidateInit");
  return {
    candidate,
    sdpMLineIndex,
    sdpMid,
    usernameFragment,
    relayProtocol: nullable(init.relayProtocol, (text) => toEnumeration(text, SERVER_PROTOCOLS, "RTCIceServerTransportProtocol")),
    url: nullable(init.url, toUSVString),
  };
}

function nullable<T>(value: unknown, convert: (value: unknown) => T): T | null {
  return value === undefined || value === null ? null : convert(value);
}

const SERVER_PROTOCOLS = ["udp", "tcp", "tls"] as const;

exposeInterface(RTCIceCandidate, "RTCIceCandidate");
