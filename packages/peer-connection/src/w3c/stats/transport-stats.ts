/** Statistics of one transport: itself, its certificates, candidates and pairs. */
import { certificateDigest, formatFingerprint } from "../../certificate.ts";
import type { MediaTransportStats } from "../../engine/media/media-stats.ts";
import type { Transport } from "../../engine/transport.ts";
import type { ConnectionSlots } from "../connection-slots.ts";
import type { AnyRTCStats } from "./any-stats.ts";
import type { RTCCertificateStats, RTCIceCandidatePairStats, RTCIceCandidateStats, RTCTransportStats } from "./dictionaries.ts";
import type { StatsIds } from "./stats-ids.ts";

type Add = (stats: AnyRTCStats) => void;
type AgentStatistics = NonNullable<ReturnType<NonNullable<Transport["ice"]["agent"]>["stats"]>>;
type Candidate = AgentStatistics["localCandidates"][number];
type Pair = AgentStatistics["pairs"][number];

/** Adds the objects of a transport to a report. */
export function transportStats(
  slots: ConnectionSlots,
  ids: StatsIds,
  transport: Transport,
  media: MediaTransportStats | undefined,
  timestamp: number,
  add: Add,
): void {
  const record = slots.transports.get(transport.id);
  const context: Context = { slots, ids, transport, media, transportId: ids.of(`transport ${transport.id}`), timestamp, add };
  const local = certificateChain(context, [slots.engine.certificate.der]);
  const remote = certificateChain(context, transport.dtls.agreement?.peerCertificates ?? []);
  const agentStats = transport.ice.agent?.stats();
  for (const candidate of agentStats?.localCandidates ?? []) addCandidate(context, "local-candidate", candidate);
  for (const candidate of agentStats?.remoteCandidates ?? []) addCandidate(context, "remote-candidate", candidate);
  for (const pair of agentStats?.pairs ?? []) addPair(context, pair);
  const selected = agentStats?.pairs.find((pair) => pair.selected);
  const { total } = transport.traffic;
  const { agreement, role } = transport.dtls;
  const ufrag = transport.ice.localCredentials?.usernameFragment;
  const stats: RTCTransportStats = {
    id: context.transportId,
    timestamp,
    type: "transport",
    packetsSent: total.packetsSent,
    packetsReceived: total.packetsReceived,
    bytesSent: total.bytesSent,
    bytesReceived: total.bytesReceived,
    iceRole: record?.iceSlots.iceRole ?? "unknown",
    ...(ufrag === undefined ? {} : { iceLocalUsernameFragment: ufrag }),
    dtlsState: record?.dtlsSlots.dtlsTransportState ?? transport.dtlsState,
    iceState: record?.iceSlots.iceTransportState ?? transport.iceState,
    ...(selected === undefined ? {} : { selectedCandidatePairId: pairId(context, selected) }),
    ...(local === undefined ? {} : { localCertificateId: local }),
    ...(remote === undefined ? {} : { remoteCertificateId: remote }),
    ...(agreement === undefined ? {} : { tlsVersion: agreement.version === "1.3" ? "FEFC" : "FEFD", dtlsCipher: agreement.cipherSuite }),
    dtlsRole: role ?? "unknown",
    ...(media?.srtpProfile === undefined ? {} : { srtpCipher: media.srtpProfile }),
    selectedCandidatePairChanges: transport.ice.selectedPairChanges,
    ...(media === undefined ? {} : { refusedPackets: { ...media.refused } }),
  };
  add(stats);
}

interface Context {
  readonly slots: ConnectionSlots;
  readonly ids: StatsIds;
  readonly transport: Transport;
  readonly media: MediaTransportStats | undefined;
  readonly transportId: string;
  readonly timestamp: number;
  readonly add: Add;
}

/** Adds a chain, leaf first; the id of the leaf. */
function certificateChain({ slots, ids, timestamp, add }: Context, chain: readonly Uint8Array[]): string | undefined {
  const crypto = slots.settings.crypto ?? slots.runtime.crypto;
  let issuer: string | undefined;
  for (const der of chain.toReversed()) {
    const fingerprint = formatFingerprint(certificateDigest(crypto, "sha-256", der));
    const id = ids.of(`certificate ${fingerprint}`);
    const stats: RTCCertificateStats = {
      id,
      timestamp,
      type: "certificate",
      fingerprint,
      fingerprintAlgorithm: "sha-256",
      base64Certificate: btoa(String.fromCharCode(...der)),
      ...(issuer === undefined ? {} : { issuerCertificateId: issuer }),
    };
    add(stats);
    issuer = id;
  }
  return issuer;
}

function addCandidate(context: Context, type: "local-candidate" | "remote-candidate", candidate: Candidate): string {
  const { slots, ids, transport, transportId, timestamp, add } = context;
  const { address, port, transport: protocol, type: candidateType, priority, foundation, relatedAddress, relatedPort, tcpType } = candidate;
  const ufrag = candidate.usernameFragment ?? (type === "local-candidate" ? transport.ice.localCredentials?.usernameFragment : undefined);
  const url = type === "local-candidate" ? urlOf(context, candidate) : undefined;
  // A peer-reflexive remote address is one the application was never told.
  const hidden = type === "remote-candidate" && candidateType === "prflx";
  const id = ids.of(`${type} ${transport.id} ${candidateType} ${protocol} ${address} ${port} ${relatedAddress ?? ""} ${relatedPort ?? ""}`);
  const stats: RTCIceCandidateStats = {
    id,
    timestamp,
    type,
    transportId,
    address: hidden && !isSignalled(slots, transport, address) ? null : address,
    port,
    protocol,
    candidateType,
    priority,
    ...(url === undefined ? {} : { url }),
    foundation,
    ...(relatedAddress === undefined ? {} : { relatedAddress }),
    ...(relatedPort === undefined ? {} : { relatedPort }),
    ...(ufrag === undefined ? {} : { usernameFragment: ufrag }),
    ...(tcpType === undefined ? {} : { tcpType }),
  };
  add(stats);
  return id;
}

function addPair(context: Context, pair: Pair): void {
  const { slots, transport, media, transportId, timestamp, add } = context;
  const bitrate = pair.selected ? media?.availableOutgoingBitrate : undefined;
  const traffic = transport.traffic.of(pair.path);
  const unixMs = (at: number): number => slots.runtime.timeOrigin + at;
  const stats: RTCIceCandidatePairStats = {
    id: pairId(context, pair),
    timestamp,
    type: "candidate-pair",
    transportId,
    localCandidateId: addCandidate(context, "local-candidate", pair.local),
    remoteCandidateId: addCandidate(context, "remote-candidate", pair.remote),
    state: pair.state,
    nominated: pair.nominated,
    packetsSent: traffic?.packetsSent ?? 0,
    packetsReceived: traffic?.packetsReceived ?? 0,
    bytesSent: traffic?.bytesSent ?? 0,
    bytesReceived: traffic?.bytesReceived ?? 0,
    ...(traffic?.lastSentAt === undefined ? {} : { lastPacketSentTimestamp: unixMs(traffic.lastSentAt) }),
    ...(traffic?.lastReceivedAt === undefined ? {} : { lastPacketReceivedTimestamp: unixMs(traffic.lastReceivedAt) }),
    totalRoundTripTime: pair.totalRoundTripTimeMs / 1000,
    ...(pair.currentRoundTripTimeMs === undefined ? {} : { currentRoundTripTime: pair.currentRoundTripTimeMs / 1000 }),
    ...(bitrate === undefined ? {} : { availableOutgoingBitrate: bitrate }),
    requestsReceived: pair.requestsReceived,
    requestsSent: pair.requestsSent,
    responsesReceived: pair.responsesReceived,
    responsesSent: pair.responsesSent,
    consentRequestsSent: pair.consentRequestsSent,
  };
  add(stats);
}

function pairId({ ids, transport }: Context, pair: Pair): string {
  return ids.of(`pair ${transport.id} ${pair.id}`);
}

function urlOf({ slots, transport }: Context, candidate: Candidate): string | undefined {
  const shown = slots.transports
    .get(transport.id)
    ?.iceSlots.localCandidates.find(
      ({ address, port, type }) => address === candidate.address && port === candidate.port && type === candidate.type,
    );
  return shown?.url ?? undefined;
}

function isSignalled(slots: ConnectionSlots, transport: Transport, address: string): boolean {
  return slots.transports.get(transport.id)?.iceSlots.remoteCandidates.some((candidate) => candidate.address === address) ?? false;
}
