import { expect, test } from "vitest";
import type {
  AnyRTCStats,
  RTCCertificateStats,
  RTCDataChannelStats,
  RTCIceCandidatePairStats,
  RTCIceCandidateStats,
  RTCPeerConnectionStats,
  RTCStatsReport,
  RTCTransportStats,
} from "../../src/index.ts";
import { next, openChannels, rejection, thrown, virtualPeers } from "../virtual-host.ts";

const ofType = <T extends AnyRTCStats>(report: RTCStatsReport, type: T["type"]): T[] =>
  [...report.values()].filter((stats): stats is T => stats.type === type);

test("dom-rtcpeerconnection-getstats: a fresh connection has statistics of itself only", async () => {
  const { create, host } = virtualPeers();
  const report = await create().getStats();
  expect(report.size).toBe(1);
  const [stats] = [...report.values()];
  expect(stats).toEqual({
    id: stats!.id,
    timestamp: host.runtime.timeOrigin + host.now,
    type: "peer-connection",
    dataChannelsOpened: 0,
    dataChannelsClosed: 0,
  });
});

test("dom-rtcpeerconnection-getstats: the selector must be null", async () => {
  const pc = virtualPeers().create();
  expect(await rejection(pc.getStats(null))).toBe("fulfilled");
  expect(await rejection(pc.getStats(undefined))).toBe("fulfilled");
  expect(await rejection(pc.getStats({} as never))).toBe("TypeError");
});

test("webrtc-stats: every object of a connection, all referring to each other", async () => {
  const { create } = virtualPeers();
  const { a, near, far } = await openChannels(create, { protocol: "p" });
  const message = next(far, "message");
  near.send("12345");
  await message;
  const report = await a.getStats();
  const [connection] = ofType<RTCPeerConnectionStats>(report, "peer-connection");
  expect(connection).toMatchObject({ dataChannelsOpened: 1, dataChannelsClosed: 0 });
  const [channel] = ofType<RTCDataChannelStats>(report, "data-channel");
  expect(channel).toMatchObject({
    label: "test",
    protocol: "p",
    dataChannelIdentifier: 1,
    state: "open",
    messagesSent: 1,
    bytesSent: 5,
    messagesReceived: 0,
  });
  const [transport] = ofType<RTCTransportStats>(report, "transport");
  expect(transport).toMatchObject({
    iceRole: "controlling",
    iceLocalUsernameFragment: a.sctp!.transport.iceTransport.getLocalParameters()!.usernameFragment,
    dtlsState: "connected",
    iceState: a.sctp!.transport.iceTransport.state,
    tlsVersion: "FEFD",
    dtlsRole: "server",
    selectedCandidatePairChanges: 1,
  });
  expect(transport!.dtlsCipher).toMatch(/^TLS_ECDHE_ECDSA_WITH_/);
  expect(transport!.bytesSent).toBeGreaterThan(500);
  const pair = report.get(transport!.selectedCandidatePairId!) as RTCIceCandidatePairStats;
  expect(pair).toMatchObject({ type: "candidate-pair", transportId: transport!.id, state: "succeeded", nominated: true });
  expect([pair.bytesSent, pair.packetsReceived]).toEqual([transport!.bytesSent, transport!.packetsReceived]);
  expect(pair.totalRoundTripTime).toBeGreaterThan(0);
  expect(pair.currentRoundTripTime).toBeCloseTo(0.001, 3);
  const local = report.get(pair.localCandidateId) as RTCIceCandidateStats;
  const remote = report.get(pair.remoteCandidateId) as RTCIceCandidateStats;
  expect(local).toMatchObject({ type: "local-candidate", protocol: "udp", candidateType: "host", transportId: transport!.id, port: 4000 });
  expect(remote).toMatchObject({
    type: "remote-candidate",
    protocol: "udp",
    candidateType: "host",
    address: expect.stringMatching(/^192\.0\.2\./),
  });
  const certificate = report.get(transport!.remoteCertificateId!) as RTCCertificateStats;
  expect(certificate).toMatchObject({ type: "certificate", fingerprintAlgorithm: "sha-256" });
  expect(a.remoteDescription!.sdp).toContain(certificate.fingerprint);
  const [der] = a.sctp!.transport.getRemoteCertificates();
  expect(Buffer.from(certificate.base64Certificate, "base64")).toEqual(Buffer.from(der!));
  expect(report.get(transport!.localCertificateId!)).toBeDefined();
  for (const stats of report.values()) expect(stats.timestamp).toBe(connection!.timestamp);
});

test("dom-rtcstats-id: the same in every report, and not the same in two connections", async () => {
  const { create } = virtualPeers();
  const { a, b } = await openChannels(create);
  const [first, second, other] = await Promise.all([a.getStats(), a.getStats(), b.getStats()]);
  expect([...first.keys()].sort()).toEqual([...second.keys()].sort());
  for (const id of first.keys()) expect(other.has(id)).toBe(false);
});

test("dom-rtcstatsreport: get and has need their argument, and take any string", async () => {
  const report = await virtualPeers().create().getStats();
  for (const operation of ["get", "has"]) {
    expect(
      thrown(() => Reflect.get(report, operation).call(report)),
      operation,
    ).toBe("TypeError");
    expect(thrown(() => Reflect.get(report, operation).call(report, Symbol("id")))).toBe("TypeError");
    expect(thrown(() => Reflect.get(report, operation).call(new Map(), "id"))).toBe("TypeError");
  }
  expect(report.has("no such id")).toBe(false);
});

test("dom-rtcstatsreport: a read-only maplike", async () => {
  const report = await virtualPeers().create().getStats();
  const [id, stats] = [...report][0]!;
  expect(report[Symbol.iterator]).toBe(report.entries);
  expect([report.has(id), report.get(id), report.get("nothing")]).toEqual([true, stats, undefined]);
  const seen: unknown[] = [];
  report.forEach((value, key, map) => {
    seen.push(value, key, map === report);
  });
  expect(seen).toEqual([stats, id, true]);
  expect("set" in report || "delete" in report || "clear" in report).toBe(false);
});

test("webrtc-stats: closed channels are counted, and statistics outlive close()", async () => {
  const { create } = virtualPeers();
  const { a, near } = await openChannels(create);
  near.close();
  await next(near, "close");
  a.createDataChannel("never opened").close();
  a.close();
  const [connection] = ofType<RTCPeerConnectionStats>(await a.getStats(), "peer-connection");
  expect(connection).toMatchObject({ dataChannelsOpened: 1, dataChannelsClosed: 1 });
});
