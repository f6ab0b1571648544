// What two peers agreed on, read from getStats() and the transport objects.

const DTLS_VERSIONS = { FEFF: "DTLS 1.0", FEFD: "DTLS 1.2", FEFC: "DTLS 1.3" };

/** Facts of a connection as data; fields are undefined while they are not known. */
export async function connectionFacts(pc) {
  const stats = await pc.getStats();
  const all = [...stats.values()];
  const transport = all.find(({ type }) => type === "transport");
  const pair = transport && stats.get(transport.selectedCandidatePairId);
  const end = (candidate) => candidate && { address: withPort(candidate), type: candidate.candidateType, protocol: candidate.protocol };
  return {
    candidates: {
      local: all.filter(({ type }) => type === "local-candidate").map(end),
      remote: all.filter(({ type }) => type === "remote-candidate").map(end),
    },
    pair: pair && { local: end(stats.get(pair.localCandidateId)), remote: end(stats.get(pair.remoteCandidateId)) },
    iceRole: transport?.iceRole,
    roundTripMs: pair?.currentRoundTripTime === undefined ? undefined : pair.currentRoundTripTime * 1000,
    dtls: {
      version: DTLS_VERSIONS[transport?.tlsVersion] ?? transport?.tlsVersion,
      suite: transport?.dtlsCipher,
      role: transport?.dtlsRole,
    },
    sctp: { maxMessageSize: pc.sctp?.maxMessageSize, maxChannels: pc.sctp?.maxChannels, ports: sctpPorts(pc) },
  };
}

/** A peer-reflexive address is not told by getStats() when its owner did not signal it: browsers hide theirs. */
function withPort({ address, port }) {
  if (address === null || address === undefined) return `hidden:${port}`;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The same for people. */
export async function describeConnection(pc) {
  const { candidates, pair, iceRole, roundTripMs, dtls, sctp } = await connectionFacts(pc);
  const list = (ends) => ends.map(({ address, type }) => `${address} ${type}`).join(", ");
  const rows = [
    ["local", list(candidates.local)],
    ["remote", list(candidates.remote)],
    ["selected", pair && `${pair.local.address} → ${pair.remote.address} over ${pair.local.protocol} (${iceRole})`],
    ["round trip", roundTripMs === undefined ? undefined : `${roundTripMs.toFixed(2)} ms`],
    ["DTLS", `${dtls.version}, ${dtls.suite}, ${dtls.role}`],
    ["SCTP", `${sctp.ports}; messages to ${sctp.maxMessageSize} bytes, ${sctp.maxChannels ?? "?"} channels`],
  ];
  return rows
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${name.padEnd(10)} ${value}`)
    .join("\n");
}

function sctpPorts(pc) {
  const port = (description) => /^a=sctp-port:(\d+)/m.exec(description?.sdp ?? "")?.[1] ?? "?";
  return `ports ${port(pc.localDescription)} and ${port(pc.remoteDescription)}`;
}
