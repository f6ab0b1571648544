/** Candidates that come after their description: ours into what the application reads, theirs into what ICE is told (RFC 9429 §4.1.19, RFC 8838). */
import {
  ATTRIBUTE_GRAMMARS,
  attribute,
  type MediaDescription,
  parseSdp,
  SdpMalformed,
  type SessionDescription,
  writeSdp,
} from "@purertc/sdp";
import { AppliedDescription } from "./applied-description.ts";
import { type SectionView, transportSection } from "./section-view.ts";
import { viewsWithin } from "./state.ts";
import { transportsOf } from "./transports.ts";
import { type AddedRemoteCandidate, type CandidateInit, JsepFailure, type LocalCandidate, type NegotiationState } from "./types.ts";

/**
 * The text with one more candidate (or, for `""`, a=end-of-candidates) in the section `mid`, and with the port and c= line of the best default there
 * (RFC 8839 §4.2.1.2). The text as it was when it is no description, has no such section, or has the line already.
 */
export function addCandidateToDescription(sdp: string, candidate: string, mid: string): string {
  const parsed = parseSdp(sdp);
  if (parsed instanceof SdpMalformed) return sdp;
  const index = parsed.media.findIndex((media) => media.mid === mid);
  return index < 0 ? sdp : writeSdp(withCandidate(parsed, index, candidate, true));
}

/** A gathered candidate, or the end of them, goes into the local descriptions of its generation. */
export function addLocalCandidate(state: NegotiationState, added: LocalCandidate): NegotiationState {
  const update = (description: AppliedDescription | undefined): AppliedDescription | undefined => {
    const index = description?.parsed.media.findIndex(
      (media, at) => (media.mid ?? String(at)) === added.mid && media.iceUfrag === added.usernameFragment,
    );
    return description === undefined || index === undefined || index < 0 ? description : changed(description, index, added.candidate, true);
  };
  const currentLocalDescription = update(state.currentLocalDescription);
  const pendingLocalDescription = update(state.pendingLocalDescription);
  return {
    ...state,
    ...(currentLocalDescription && { currentLocalDescription }),
    ...(pendingLocalDescription && { pendingLocalDescription }),
  };
}

/** addIceCandidate of webrtc-pc §4.4.2: finds the section and the generation, and keeps the candidate in that remote description. */
export function addRemoteCandidate(state: NegotiationState, init: CandidateInit): AddedRemoteCandidate | JsepFailure {
  const targets = candidateTargets(state, init);
  if (targets instanceof JsepFailure) return targets;
  const candidate = init.candidate.startsWith("a=") ? init.candidate.slice(2) : init.candidate;
  if (candidate !== "" && !isCandidate(candidate)) return new JsepFailure("OperationError", "the candidate's text is malformed");

  let next = state;
  const transports = transportsOf(state); // candidates do not change which there are
  const transportIds: string[] = [];
  for (const { mid, slot } of targets) {
    if (slot === undefined) continue;
    // An earlier section may have changed the description already, but neither its sections nor its generation.
    next = { ...next, [slot.name]: changed(next[slot.name] ?? slot.description, slot.view.index, candidate, false) };
    const transport = transports.find((one) => one.mid === mid);
    if (transport?.remote !== undefined && transport.remote.iceCredentials.usernameFragment === slot.fragment)
      transportIds.push(transport.id);
  }
  return { next, mids: targets.map(({ mid }) => mid), transportIds };
}

/** What addIceCandidate refuses before it looks at the candidate itself (steps 4.1 to 4.5); undefined when it refuses nothing. */
export function refusedCandidate(state: NegotiationState, init: CandidateInit): JsepFailure | undefined {
  const targets = candidateTargets(state, init);
  return targets instanceof JsepFailure ? targets : undefined;
}

/** A section that a candidate is for, and where it goes; nowhere when the section is rejected. */
interface CandidateTarget {
  readonly mid: string;
  readonly slot: GenerationSlot | undefined;
}

function candidateTargets(state: NegotiationState, init: CandidateInit): readonly CandidateTarget[] | JsepFailure {
  const mid = init.sdpMid ?? undefined;
  const lineIndex = init.sdpMLineIndex ?? undefined;
  if (init.candidate !== "" && mid === undefined && lineIndex === undefined) {
    return new JsepFailure("TypeError", "a candidate needs sdpMid or sdpMLineIndex");
  }
  if (state.signalingState === "closed") return new JsepFailure("InvalidStateError", "the connection is closed");
  const latest = state.pendingRemoteDescription ?? state.currentRemoteDescription;
  if (latest === undefined) return new JsepFailure("InvalidStateError", "there is no remote description yet");
  const views = viewsWithin(state, "remote", latest);
  const named =
    mid !== undefined ? views.filter((view) => view.mid === mid) : lineIndex !== undefined ? views.slice(lineIndex, lineIndex + 1) : views;
  if (named.length === 0 && (mid !== undefined || lineIndex !== undefined)) {
    return new JsepFailure("OperationError", mid !== undefined ? `no section has the mid "${mid}"` : `there is no section ${lineIndex}`);
  }
  const fragment = init.usernameFragment ?? undefined;
  const targets: CandidateTarget[] = [];
  for (const target of named) {
    const slot = target.rejected ? undefined : generationSlot(state, target.mid, fragment);
    if (slot === undefined && !target.rejected) {
      return new JsepFailure("OperationError", `no remote description has the user name fragment "${fragment}" there`);
    }
    targets.push({ mid: target.mid, slot });
  }
  return targets;
}

interface GenerationSlot {
  readonly name: "pendingRemoteDescription" | "currentRemoteDescription";
  readonly description: AppliedDescription;
  readonly view: SectionView;
  readonly fragment: string | undefined;
}

/** The newest remote description that has the section, in the generation asked for. */
function generationSlot(state: NegotiationState, mid: string, fragment: string | undefined): GenerationSlot | undefined {
  for (const name of ["pendingRemoteDescription", "currentRemoteDescription"] as const) {
    const description = state[name];
    if (description === undefined) continue;
    const views = viewsWithin(state, "remote", description);
    const view = views.find((one) => one.mid === mid);
    if (view === undefined) continue;
    const own = transportSection(view, views, description.type).ice?.usernameFragment;
    if (fragment === undefined || fragment === own) return { name, description, view, fragment: own };
  }
  return undefined;
}

function isCandidate(text: string): boolean {
  return text.startsWith("candidate:") && ATTRIBUTE_GRAMMARS.candidate.parse(text.slice("candidate:".length)) !== undefined;
}

function changed(description: AppliedDescription, index: number, candidate: string, setDefault: boolean): AppliedDescription {
  const parsed = withCandidate(description.parsed, index, candidate, setDefault);
  return parsed === description.parsed ? description : new AppliedDescription(description.type, parsed);
}

function withCandidate(description: SessionDescription, index: number, candidate: string, setDefault: boolean): SessionDescription {
  const media = description.media[index]!;
  const line = candidate === "" ? attribute("end-of-candidates", true) : attribute("candidate", candidate.slice("candidate:".length));
  if (media.lines.some((one) => one.type === "a" && one.value === line.value)) return description;
  // Candidates stand together before all other attributes, as browsers write them; the end mark follows the last.
  const last = media.lines.findLastIndex((one) => one.type !== "a" || one.value.startsWith("candidate:"));
  let changedMedia = media.withLines(media.lines.toSpliced(last + 1, 0, line));
  if (setDefault && candidate !== "") changedMedia = withDefaultCandidate(changedMedia);
  return description.withMedia(description.media.with(index, changedMedia));
}

/** RFC 8839 §4.2.1.2: the candidate most likely to work with a peer that knows no ICE: relayed, then reflexive, then host; IPv4 first, UDP only. */
function withDefaultCandidate(media: MediaDescription): MediaDescription {
  let best: { readonly rank: number; readonly address: string; readonly port: number } | undefined;
  for (const text of media.attributes("candidate")) {
    const [, component, transport, , address, port, , type] = text.split(" ");
    const isIp = address!.includes(":") || /^[0-9.]+$/.test(address!); // a host name is no default (RFC 8839 §5.1)
    if (component !== "1" || transport!.toLowerCase() !== "udp" || !isIp) continue;
    const rank = TYPE_ORDER.indexOf(type!) * 2 + (address!.includes(":") ? 0 : 1);
    if (best === undefined || rank > best.rank) best = { rank, address: address!, port: Number(port) };
  }
  if (best === undefined) return media;
  return media
    .withMediaLine({ port: best.port })
    .withConnection({ netType: "IN", addressType: best.address.includes(":") ? "IP6" : "IP4", address: best.address });
}

const TYPE_ORDER = ["prflx", "host", "srflx", "relay"];
