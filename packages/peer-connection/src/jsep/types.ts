/**
 * The shapes of negotiation (RFC 9429; webrtc-pc §4.4.1.5). Everything in this folder is a pure function over {@link NegotiationState}:
 * the engine keeps the state, hands it in, and replaces it with the `next` it gets back. Nothing here starts, sends or waits.
 *
 * How the engine uses it:
 *
 * - `newNegotiation(random)` once; `createOffer(state, local, { iceRestart })` and `createAnswer(state, local)` give `{ sdp, next }` or a failure
 *   (InvalidStateError). Called again in an unchanged state they give the same text, so an implicit setLocalDescription may simply call
 *   `implicitOffer(state, local)` or `createAnswer(state, local)`.
 * - `checkDescription(state, local, side, type, sdp)` gives a {@link JsepFailure} and changes nothing, or a {@link Negotiated} whose `next` is the
 *   state with the description applied and whose `transports` and `data` say what must now exist.
 *   A remote offer in have-local-offer is an InvalidStateError here: the implicit rollback of webrtc-pc is the caller's, who fires its events.
 * - `addLocalCandidate(state, ...)` and `addRemoteCandidate(state, ...)` put trickled candidates into the descriptions.
 *   `refusedCandidate(state, ...)` says beforehand what of it can be said without reading the candidate.
 * - Transceivers are the owner's. It hands their snapshot in with every call (`local.transceivers`), gives each the mid, index and transceiver that
 *   `Negotiated.media` names, makes one ("recvonly") where that names none, and after a rollback takes back what the undone description gave.
 * - `restartIce(state)`, `negotiationNeeded(state, local)` and `closeNegotiation(state)` do what their W3C namesakes do.
 */
import type { RandomSource } from "@purertc/core";
import type { Fingerprint } from "@purertc/sdp";
import type { AppliedDescription } from "./applied-description.ts";
import type { KnownExtensionIds } from "./header-extensions.ts";
import type { LocalTransceiver, MediaCapabilities, NegotiatedMedia, TransceiverId } from "./media-types.ts";
import type { KnownPayloadTypes } from "./payload-types.ts";

/** RTCSignalingState. */
export type SignalingState =
  | "stable"
  | "have-local-offer"
  | "have-remote-offer"
  | "have-local-pranswer"
  | "have-remote-pranswer"
  | "closed";

/** RTCSdpType. */
export type SdpType = "offer" | "pranswer" | "answer" | "rollback";

/** Whose description: setLocalDescription or setRemoteDescription. */
export type Side = "local" | "remote";

/** RFC 6904: "accept" takes encrypted header extensions when they are offered, "offer" offers them too, "never" takes none. */
export type HeaderExtensionEncryption = "never" | "accept" | "offer";

/** RTCBundlePolicy. */
export type BundlePolicy = "balanced" | "max-compat" | "max-bundle";

/** RFC 8839 §5.4: one side's credentials for one ICE session. */
export interface IceParameters {
  readonly usernameFragment: string;
  readonly password: string;
}

/** The four descriptions of webrtc-pc §4.4.1, and what must be remembered between calls. Immutable. */
export interface NegotiationState {
  readonly signalingState: SignalingState;
  readonly currentLocalDescription?: AppliedDescription;
  readonly pendingLocalDescription?: AppliedDescription;
  readonly currentRemoteDescription?: AppliedDescription;
  readonly pendingRemoteDescription?: AppliedDescription;
  /** [[LastCreatedOffer]]; empty when there is none. */
  readonly lastCreatedOffer: string;
  /** [[LastCreatedAnswer]]; empty when there is none. */
  readonly lastCreatedAnswer: string;
  /** RFC 9429 §5.2.1: sess-id of our o= lines, below 2^63 as a decimal text, chosen once. */
  readonly sessionId: string;
  /** sess-version of the last text we generated; -1 before the first. */
  readonly sessionVersion: number;
  /** The last text we generated, offer or answer, without its o= line: decides whether the version must grow (RFC 9429 §5.2.2). */
  readonly lastGenerated: string;
  /** Credentials generated for a section, by its mid, that no applied local description carries yet. */
  readonly freshCredentials: ReadonlyMap<string, IceParameters>;
  /** [[LocalIceCredentialsToReplace]], by user name fragment. */
  readonly credentialsToReplace: readonly string[];
  /** What past answers decided about the transport of each live section, by the section's mid. */
  readonly established: ReadonlyMap<string, EstablishedTransport>;
  /** RFC 9429 §5.2.1: which transceiver each section of the last created offer stands for, by m= line index. */
  readonly offeredTransceivers: ReadonlyMap<number, TransceiverId>;
  /** Payload types of the codecs that applied descriptions of ours have named. */
  readonly payloadTypes: KnownPayloadTypes;
  /** Ids of the header extensions that applied descriptions of either side have named; at most 255. */
  readonly extensionIds: KnownExtensionIds;
}

/** What stays the same about a transport from one exchange to the next. */
export interface EstablishedTransport {
  /** {@link NegotiatedTransport.id}. */
  readonly id: string;
  /** {@link NegotiatedTransport.mid}: the mid of the bundle's tag, or of the only section. */
  readonly tag: string;
  /** Who sent the offer with which the current ICE session began (RFC 8445 §6.1.1). */
  readonly iceOfferer: Side;
  /** RFC 8842 §5. */
  readonly dtlsRole: "client" | "server";
  /** Counts the DTLS associations of the transport: grows when the peer's identity changes (RFC 9429 §5.11). */
  readonly dtlsAssociation: number;
  /** See {@link NegotiatedTransport.moving}. */
  readonly moving?: true;
}

/** What the engine knows about its own side when it creates or checks a description. */
export interface LocalSessionParameters {
  /** Session ids, credentials. Seeded in tests. */
  readonly random: RandomSource;
  readonly bundlePolicy: BundlePolicy;
  /** One per certificate in use, e.g. `{ hash: "sha-256", value: "AB:CD:..." }` (upper case, RFC 8122 §5). At least one. */
  readonly fingerprints: readonly Fingerprint[];
  /** True once createDataChannel was called (and for as long as the connection lives). */
  readonly dataChannels: boolean;
  /** a=sctp-port; 5000 when absent. */
  readonly sctpPort?: number;
  /** a=max-message-size in bytes; 0 means any size (RFC 8841 §6.1). 262144 when absent. */
  readonly maxMessageSize?: number;
  /** RTCRtcpMuxPolicy; `"require"` when absent. */
  readonly rtcpMuxPolicy?: "require" | "negotiate";
  /** Every transceiver that is not stopped, or whose section is not yet rejected, in the order they were made. Default none. */
  readonly transceivers?: readonly LocalTransceiver[];
  /** What can be sent and received; sections of a kind without codecs are rejected. Default nothing. */
  readonly capabilities?: { readonly audio: MediaCapabilities; readonly video: MediaCapabilities };
  /** RFC 9335: "accept" (when absent) agrees to a=cryptex when it is offered, "offer" offers it too, "never" does not. */
  readonly cryptex?: "never" | "accept" | "offer";
  /** "accept" when absent. */
  readonly headerExtensionEncryption?: HeaderExtensionEncryption;
}

/** `createOffer` or `createAnswer` worked: the text, and the state that remembers it. */
export interface CreatedDescription {
  readonly sdp: string;
  readonly next: NegotiationState;
}

/**
 * Why a call failed, in the words of webrtc-pc: the shell throws a DOMException called `name`, or an RTCError with `errorDetail` when `name`
 * is `"RTCError"`.
 */
export class JsepFailure {
  readonly name: "InvalidStateError" | "InvalidModificationError" | "InvalidAccessError" | "OperationError" | "TypeError" | "RTCError";
  /** For people: what is wrong and, where it helps, what to do. */
  readonly message: string;
  /** Only with `"RTCError"`. */
  readonly errorDetail?: "sdp-syntax-error";
  /** 1-based; only with `"sdp-syntax-error"`. */
  readonly sdpLineNumber?: number;

  constructor(name: JsepFailure["name"], message: string, sdpLineNumber?: number) {
    this.name = name;
    this.message = message;
    if (name === "RTCError") {
      this.errorDetail = "sdp-syntax-error";
      if (sdpLineNumber !== undefined) this.sdpLineNumber = sdpLineNumber;
    }
  }
}

/** A description was acceptable and `next` has it applied. */
export interface Negotiated {
  readonly type: SdpType;
  readonly side: Side;
  /** The state with the description applied (or rolled back). Replaces the engine's. */
  readonly next: NegotiationState;
  /** Every m= section of the applied description, in order; empty after a rollback. */
  readonly sections: readonly NegotiatedSection[];
  /**
   * The transports that `next` calls for, in m= order: one per bundle group, one per section outside any. Complete each time, so compare with what
   * exists: make what is missing, close what is no longer listed (a section rejected by a final answer, or undone by a rollback).
   */
  readonly transports: readonly NegotiatedTransport[];
  /** The SCTP association that `next` calls for; absent when there is no live data section. */
  readonly data?: NegotiatedData;
  /**
   * The audio and video sections of the applied description, in m= order; empty after a rollback. A rejected section that no transceiver has, or has any
   * more, is not among them.
   */
  readonly media?: readonly NegotiatedMedia[];
}

/** One m= section of a description. Kinds join the union as they become supported. */
export interface NegotiatedSection {
  /** 0-based m= line index. */
  readonly index: number;
  /** a=mid; when the remote sent none, the one we made up (`"0"`...), unique in the session. */
  readonly mid: string;
  /** The media field: `"application"`, `"audio"`, `"video"`, or anything else a peer sends. */
  readonly kind: string;
  /** Port zero and not bundle-only: this section is off. */
  readonly rejected: boolean;
  /** The transport that carries it, a `NegotiatedTransport.id`; absent when rejected, or when only a later answer will tell. */
  readonly transportId?: string;
}

/** One ICE and DTLS transport, as far as it is known after the description: `remote` and `dtlsRole` come with the other side's. */
export interface NegotiatedTransport {
  /**
   * Names the transport for as long as it lives: the mid it began with. Compare by this. It differs from `mid` when an answer rejected the section that
   * began it, while others of its bundle live on, and when an offer of ours made another section the tag. A peer's offer that does so begins a new transport.
   */
  readonly id: string;
  /** The mid whose section describes the transport: the bundle group's tag, or the only section's. Candidates are signaled with this `sdpMid`. */
  readonly mid: string;
  /** m= index of that section, for `sdpMLineIndex`. */
  readonly index: number;
  /** Every live section it carries. */
  readonly mids: readonly string[];
  /** Our side; absent while only a remote offer is applied. */
  readonly local?: LocalTransportParameters;
  /** Their side; absent while only a local offer is applied. */
  readonly remote?: RemoteTransportParameters;
  /** RFC 8445 §6.1.1: the offerer of the session controls, unless exactly one side is lite (the full one controls). After an ICE restart decide anew with this. */
  readonly iceRole: "controlling" | "controlled";
  /** RFC 8842 §5: `"client"` sends ClientHello. Present once an answer or pranswer of either side is applied, then kept. */
  readonly dtlsRole?: "client" | "server";
  /** 0 for the first DTLS association. When it grows, the old one is over and a new handshake is due (RFC 9429 §5.11). */
  readonly dtlsAssociation: number;
  /**
   * Our offer gives its bundle another tag, and the peer may take that for a new transport, in which case it ends the DTLS association, then or later, and
   * begins another with a ClientHello. `"offered"`: there is no answer yet; `"answered"`: the answer did not tell.
   */
  readonly moving?: "offered" | "answered";
}

/** What our description promises of a transport. */
export interface LocalTransportParameters {
  /** Other than the agent's: an ICE restart, or the undoing of one by a rollback (`agent.restart(now, credentials)`). */
  readonly iceCredentials: IceParameters;
  /** True when this description changed them. */
  readonly iceRestart: boolean;
}

/**
 * What the peer's description promises of a transport, as it is in effect: a remote re-offer changes nothing here until our answer is applied, because
 * only then do both ends have new credentials (RFC 9429 §5.10).
 */
export interface RemoteTransportParameters {
  readonly iceCredentials: IceParameters;
  /** True when this description changed them (RFC 8839 §4.4.1.1.1). */
  readonly iceRestart: boolean;
  readonly iceLite: boolean;
  /** a=ice-options, session and media level together. */
  readonly iceOptions: readonly string[];
  /** Any one of them must match the certificate (RFC 8122 §5), session or media level. At least one. */
  readonly fingerprints: readonly Fingerprint[];
  /** RFC 8842: a=tls-id, when sent. */
  readonly tlsId?: string;
  /** Text of each a=candidate line of this description's generation, as `"candidate:..."`, in order; those of addRemoteCandidate included. */
  readonly candidates: readonly string[];
  readonly endOfCandidates: boolean;
}

/** The SCTP association (RFC 8841). `remote*` fields come with the remote description. */
export interface NegotiatedData {
  /** The data section's own mid. */
  readonly mid: string;
  /** The transport that carries it: a `NegotiatedTransport.id`. */
  readonly transportId: string;
  /** a=sctp-port of our description; absent until there is one. */
  readonly localPort?: number;
  readonly remotePort?: number;
  /** Bytes; 0 means any size; 65536 when the peer did not say (RFC 8841 §6.1). */
  readonly remoteMaxMessageSize?: number;
  /** True once both sides agreed (an answer or a pranswer is applied): connect the association. */
  readonly ready: boolean;
}

/** RTCIceCandidateInit, already type-checked by the shell. `null` and absent are the same. */
export interface CandidateInit {
  /** `"candidate:..."`; empty means end-of-candidates. */
  readonly candidate: string;
  readonly sdpMid?: string | null;
  readonly sdpMLineIndex?: number | null;
  readonly usernameFragment?: string | null;
}

/** A remote candidate was acceptable. */
export interface AddedRemoteCandidate {
  readonly next: NegotiationState;
  /** The sections it belongs to: one, or with neither mid nor index (end-of-candidates only) every section. Map each through `transports`. */
  readonly mids: readonly string[];
  /**
   * `NegotiatedTransport.id` of each transport whose ICE agent should be told now. Empty when the candidate belongs to credentials that are not in effect
   * yet (it will be in `remote.candidates` when they are) or no longer, or to a section that carries no transport of its own.
   */
  readonly transportIds: readonly string[];
}

/** A candidate of ours was gathered. */
export interface LocalCandidate {
  /** {@link NegotiatedTransport.mid}. */
  readonly mid: string;
  /** Of the credentials it was gathered for; descriptions of other generations stay as they are. */
  readonly usernameFragment: string;
  /** `"candidate:..."`; empty means end-of-candidates. */
  readonly candidate: string;
}
