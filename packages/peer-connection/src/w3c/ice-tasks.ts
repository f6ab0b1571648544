/** The tasks of https://w3c.github.io/webrtc-pc/#rtcicetransport: what ICE reports, made visible. */
import { formatCandidateLine, type IceCandidate, type IceCandidatePair } from "@purertc/stun-ice";
import type { CandidateOrigin, PeerEvent, TransportId } from "../engine/peer-event.ts";
import { JsepFailure } from "../jsep/index.ts";
import {
  type ConnectionSlots,
  fire,
  type TransportRecord,
  updateConnectionState,
  updateIceConnectionState,
  updateIceGatheringState,
} from "./connection-slots.ts";
import { exceptionOf } from "./exceptions.ts";
import { CONSTRUCT } from "./interface.ts";
import { createIceCandidate, RTCIceCandidate, type RTCIceCandidateInit } from "./rtc-ice-candidate.ts";
import { RTCIceCandidatePair } from "./rtc-ice-candidate-pair.ts";
import { RTCPeerConnectionIceErrorEvent } from "./rtc-peer-connection-ice-error-event.ts";
import { RTCPeerConnectionIceEvent } from "./rtc-peer-connection-ice-event.ts";
import { showDescriptions } from "./set-description.ts";

/** One kind of engine event. */
type EventOf<T extends PeerEvent["type"]> = Extract<PeerEvent, { readonly type: T }>;

/** https://w3c.github.io/webrtc-pc/#rtcicetransport-gathering: gathering began, or ended for good. */
export function gatheringStateTask(slots: ConnectionSlots, { transport: id, state }: EventOf<"gathering-state">): void {
  const transport = gathering(slots, id);
  if (transport === undefined) return;
  transport.iceSlots.iceGathererState = state;
  const changed = updateIceGatheringState(slots);
  fire(transport.ice, "gatheringstatechange");
  if (changed) fire(slots.connection, "icegatheringstatechange");
  if (changed && state === "complete") slots.connection.dispatchEvent(new RTCPeerConnectionIceEvent("icecandidate", { candidate: null }));
}

/** The end of a generation: an empty candidate. */
export function endOfCandidatesTask(slots: ConnectionSlots, origin: EventOf<"end-of-local-candidates">): void {
  if (gathering(slots, origin.transport) === undefined) return;
  slots.engine.surfaceLocalCandidate(origin, "");
  showDescriptions(slots);
  const candidate = new RTCIceCandidate({ ...signalled(origin), candidate: "" });
  slots.connection.dispatchEvent(new RTCPeerConnectionIceEvent("icecandidate", { candidate }));
}

/** https://w3c.github.io/webrtc-pc/#dfn-surface-the-candidate */
export function surfaceCandidateTask(slots: ConnectionSlots, event: EventOf<"local-candidate">): void {
  const transport = gathering(slots, event.transport);
  if (transport === undefined) return;
  const line = formatCandidateLine(event.candidate);
  slots.engine.surfaceLocalCandidate(event, line);
  showDescriptions(slots);
  const url = event.candidate.type === "srflx" || event.candidate.type === "relay" ? (event.url ?? null) : null;
  const candidate = new RTCIceCandidate({ ...signalled(event), candidate: line, url });
  transport.iceSlots.localCandidates.push(candidate);
  slots.connection.dispatchEvent(new RTCPeerConnectionIceEvent("icecandidate", { candidate, url }));
}

/** The transport, unless a rollback has taken it away since: then nothing it found is of use, and its state is on its way back to "new". */
function gathering(slots: ConnectionSlots, id: TransportId): TransportRecord | undefined {
  return slots.engine.transports.some((transport) => transport.id === id) ? slots.transports.get(id) : undefined;
}

/** A STUN or TURN server could not be used. */
export function candidateErrorTask(slots: ConnectionSlots, event: EventOf<"candidate-error">): void {
  const { url, errorCode, errorText, address, port } = event;
  // The address is shown only where a candidate has shown it already.
  const known = [...slots.transports.values()].some(({ iceSlots }) =>
    iceSlots.localCandidates.some((candidate) => candidate.address === address && candidate.type === "host"),
  );
  const where = known && address !== undefined && port !== undefined ? { address, port } : {};
  slots.connection.dispatchEvent(new RTCPeerConnectionIceErrorEvent("icecandidateerror", { url, errorCode, errorText, ...where }));
}

/** https://w3c.github.io/webrtc-pc/#dfn-change-the-selected-candidate-pair-and-state */
export function iceChangeTask(slots: ConnectionSlots, event: EventOf<"ice-change">): void {
  const transport = slots.transports.get(event.transport);
  if (transport === undefined) return;
  const { iceSlots, ice } = transport;
  if (event.pair !== undefined) iceSlots.selectedCandidatePair = pairOf(transport, event.pair);
  let iceChanged = false;
  let connectionChanged = false;
  if (event.state !== undefined) {
    iceSlots.iceTransportState = event.state;
    iceChanged = updateIceConnectionState(slots);
    connectionChanged = updateConnectionState(slots);
  }
  if (event.pair !== undefined) fire(ice, "selectedcandidatepairchange");
  if (event.state !== undefined) fire(ice, "statechange");
  if (iceChanged) fire(slots.connection, "iceconnectionstatechange");
  if (connectionChanged) fire(slots.connection, "connectionstatechange");
}

/** A role conflict was settled (RFC 8445 §7.3.1.1). */
export function iceRoleTask(slots: ConnectionSlots, { transport, role }: EventOf<"ice-role">): void {
  const record = slots.transports.get(transport);
  if (record !== undefined) record.iceSlots.iceRole = role;
}

/** https://w3c.github.io/webrtc-pc/#dom-peerconnection-addicecandidate, step 4: the steps that are chained. */
export function addIceCandidateSteps(slots: ConnectionSlots, init: Required<RTCIceCandidateInit>): Promise<void> {
  // Steps 4.1 to 4.5: rejected at once, not in a task.
  const refused = slots.engine.refusedCandidate(init);
  if (refused !== undefined) return Promise.reject(exceptionOf(refused));
  // Steps 4.6 and 4.7.
  return new Promise((resolve, reject) => {
    slots.tasks.queue(() => {
      if (slots.isClosed) return;
      const added = slots.engine.addRemoteCandidate(slots.runtime.now(), init);
      if (added instanceof JsepFailure) {
        reject(exceptionOf(added));
        return;
      }
      showDescriptions(slots);
      if (init.candidate !== "") rememberRemote(slots, added, init);
      resolve();
      slots.driver.touch();
    });
  });
}

function rememberRemote(slots: ConnectionSlots, ids: readonly TransportId[], init: Required<RTCIceCandidateInit>): void {
  for (const id of ids) slots.transports.get(id)?.iceSlots.remoteCandidates.push(new RTCIceCandidate(init));
}

function signalled({ sdpMid, sdpMLineIndex, usernameFragment }: CandidateOrigin): CandidateOriginInit {
  return { sdpMid, sdpMLineIndex, usernameFragment };
}

type CandidateOriginInit = Pick<CandidateOrigin, "sdpMid" | "sdpMLineIndex" | "usernameFragment">;

/** The candidates of a pair as objects: those already shown where they are the same. */
function pairOf({ iceSlots }: TransportRecord, pair: IceCandidatePair): RTCIceCandidatePair {
  const { localCandidates, remoteCandidates } = iceSlots;
  const shown = localCandidates[0];
  const origin = { sdpMid: shown?.sdpMid ?? "", sdpMLineIndex: shown?.sdpMLineIndex ?? 0 };
  const local =
    localCandidates.find((candidate) => candidate.type === pair.local.type && isAt(candidate, pair.local)) ??
    objectOf(pair.local, origin, () => true);
  // A remote candidate met first in a check counts as the one that is signalled later: it is the same way to the peer.
  const remote =
    remoteCandidates.find((candidate) => isAt(candidate, pair.remote)) ??
    objectOf(pair.remote, origin, () => remoteCandidates.some(({ address }) => address === pair.remote.address));
  return new RTCIceCandidatePair(CONSTRUCT, local, remote);
}

/** A candidate that was never signalled has no line. */
function objectOf(
  candidate: IceCandidate,
  origin: Pick<CandidateOrigin, "sdpMid" | "sdpMLineIndex">,
  isAddressKnown: () => boolean,
): RTCIceCandidate {
  const usernameFragment = candidate.usernameFragment ?? null;
  const line = candidate.type === "prflx" ? "" : formatCandidateLine(candidate);
  return createIceCandidate({ ...origin, candidate: line, usernameFragment }, candidate, isAddressKnown);
}

function isAt(shown: RTCIceCandidate, candidate: IceCandidate): boolean {
  return shown.address === candidate.address && shown.port === candidate.port && shown.protocol === candidate.transport;
}
