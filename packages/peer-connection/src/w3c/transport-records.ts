/** Makes the objects of transports as the engine makes theirs, and forgets them with it. */
import type { Transport } from "../engine/transport.ts";
import { type ConnectionSlots, type SctpRecord, type TransportRecord, updateIceGatheringState } from "./connection-slots.ts";
import { CONSTRUCT } from "./interface.ts";
import { type DtlsTransportSlots, RTCDtlsTransport } from "./rtc-dtls-transport.ts";
import { RTCIceCandidate } from "./rtc-ice-candidate.ts";
import { type IceTransportSlots, RTCIceTransport } from "./rtc-ice-transport.ts";
import { RTCSctpTransport, type SctpTransportSlots } from "./rtc-sctp-transport.ts";

/**
 * After a description was applied: one record for each transport in use, its role and parameters as the descriptions have them now. True when
 * [[IceGatheringState]] changed with it.
 */
export function updateTransportRecords(slots: ConnectionSlots): boolean {
  const before = slots.transports.size;
  for (const transport of slots.engine.transports) {
    let record = slots.transports.get(transport.id);
    if (record === undefined) {
      record = createTransportRecord(transport);
      slots.transports.set(transport.id, record);
    }
    record.iceSlots.iceRole = transport.ice.role;
    record.iceSlots.localParameters = transport.agreed.local?.iceCredentials;
    record.iceSlots.remoteParameters = transport.agreed.remote?.iceCredentials;
    rememberDescribedCandidates(record.iceSlots, transport);
  }
  // A bundle that was agreed on carries the association as well.
  const carrier = slots.engine.dataTransport;
  const dtls = carrier === undefined ? undefined : slots.transports.get(carrier.id)?.dtls;
  if (slots.sctpTransport !== null && dtls !== undefined) slots.sctpTransport.slots.transport = dtls;
  // One that has just been made has found nothing yet: who waits for "complete" after setLocalDescription() looks at the state at once.
  return slots.transports.size > before && updateIceGatheringState(slots);
}

/** https://w3c.github.io/webrtc-pc/#sctp-transport-create, over the transport that carries the data section; null when there is none. */
export function createSctpRecord(slots: ConnectionSlots): SctpRecord | null {
  const carrier = slots.engine.dataTransport;
  const transport = carrier === undefined ? undefined : slots.transports.get(carrier.id);
  if (transport === undefined) return null;
  const sctpSlots: SctpTransportSlots = {
    transport: transport.dtls,
    sctpTransportState: "connecting",
    maxMessageSize: null,
    maxBufferSize: null,
    maxChannels: null,
  };
  return { sctp: new RTCSctpTransport(CONSTRUCT, sctpSlots), slots: sctpSlots };
}

/** Candidates that came inside a description are known to the application as well as those of addIceCandidate. */
function rememberDescribedCandidates({ remoteCandidates }: IceTransportSlots, { agreed }: Transport): void {
  for (const candidate of agreed.remote?.candidates ?? []) {
    if (remoteCandidates.some((known) => known.candidate === candidate)) continue;
    const usernameFragment = agreed.remote?.iceCredentials.usernameFragment ?? null;
    remoteCandidates.push(new RTCIceCandidate({ candidate, sdpMid: agreed.mid, sdpMLineIndex: agreed.index, usernameFragment }));
  }
}

function createTransportRecord(transport: Transport): TransportRecord {
  const iceSlots: IceTransportSlots = {
    iceTransportState: "new",
    iceGathererState: "new",
    selectedCandidatePair: null,
    iceRole: "unknown",
    localCandidates: [],
    remoteCandidates: [],
    localParameters: undefined,
    remoteParameters: undefined,
  };
  const ice = new RTCIceTransport(CONSTRUCT, iceSlots);
  const dtlsSlots: DtlsTransportSlots = { iceTransport: ice, dtlsTransportState: "new", remoteCertificates: [] };
  return { id: transport.id, ice, iceSlots, dtls: new RTCDtlsTransport(CONSTRUCT, dtlsSlots), dtlsSlots };
}
