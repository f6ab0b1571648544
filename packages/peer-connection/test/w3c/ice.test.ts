import { expect, test } from "vitest";
import { RTCIceCandidate, type RTCPeerConnection, type RTCPeerConnectionIceErrorEvent } from "../../src/index.ts";
import { exchangeCandidates, negotiate, next, openChannels, rejection, thrown, virtualPeers } from "../virtual-host.ts";

const LINE = "candidate:1 1 udp 2122260223 198.51.100.7 50000 typ srflx raddr 10.0.0.1 rport 9 tcptype active generation 0";

test("dom-rtcicecandidate: everything the line says", () => {
  const candidate = new RTCIceCandidate({ candidate: LINE, sdpMid: "0", sdpMLineIndex: 65_537, usernameFragment: "abcd" });
  expect(candidate).toMatchObject({
    candidate: LINE,
    sdpMid: "0",
    sdpMLineIndex: 1, // unsigned short wraps
    foundation: "1",
    component: "rtp",
    priority: 2_122_260_223,
    address: "198.51.100.7",
    protocol: "udp",
    port: 50_000,
    type: "srflx",
    relatedAddress: "10.0.0.1",
    relatedPort: 9,
    usernameFragment: "abcd",
    relayProtocol: null,
    url: null,
  });
  expect(candidate.toJSON()).toEqual({ candidate: LINE, sdpMid: "0", sdpMLineIndex: 1, usernameFragment: "abcd" });
  expect(JSON.parse(JSON.stringify(candidate))).toEqual(candidate.toJSON());
});

test("dom-rtcicecandidate step 1: a mid or an index is needed", () => {
  expect(thrown(() => new RTCIceCandidate())).toBe("TypeError");
  expect(thrown(() => new RTCIceCandidate({ candidate: "x", sdpMid: null, sdpMLineIndex: null }))).toBe("TypeError");
  expect(thrown(() => new RTCIceCandidate({ sdpMLineIndex: 0 }))).toBe("returned");
  expect(thrown(() => new RTCIceCandidate({ sdpMid: "0", relayProtocol: "sctp" as never }))).toBe("TypeError");
});

test("dom-rtcicecandidate: a line that does not parse is kept, its parts are null", () => {
  const candidate = new RTCIceCandidate({ candidate: "nonsense", sdpMid: "" });
  expect(candidate.candidate).toBe("nonsense");
  for (const part of [
    "foundation",
    "component",
    "priority",
    "address",
    "protocol",
    "port",
    "type",
    "tcpType",
    "relatedAddress",
    "relatedPort",
  ]) {
    expect(Reflect.get(candidate, part)).toBeNull();
  }
});

test("rtcicetransport-gathering: gathering, candidates, their end, complete, and null, in that order", async () => {
  const { create } = virtualPeers();
  const pc = create();
  pc.createDataChannel("x");
  const log: string[] = [];
  pc.onicegatheringstatechange = () => log.push(`connection ${pc.iceGatheringState}`);
  pc.onicecandidate = ({ candidate }) => log.push(candidate === null ? "null" : candidate.candidate === "" ? "end" : "candidate");
  await pc.setLocalDescription();
  expect(pc.iceGatheringState).toBe("new");
  const { iceTransport } = pc.sctp!.transport;
  iceTransport.ongatheringstatechange = () => log.push(`transport ${iceTransport.gatheringState}`);
  await new Promise<void>((resolve) => pc.addEventListener("icecandidate", ({ candidate }) => void (candidate === null && resolve())));
  expect(log).toEqual([
    "transport gathering",
    "connection gathering",
    "candidate",
    "end",
    "transport complete",
    "connection complete",
    "null",
  ]);
});

test("dfn-surface-the-candidate: mid, index, user name fragment; in the description and in getLocalCandidates by then", async () => {
  const pc = virtualPeers().create();
  pc.createDataChannel("x");
  const first = next<Event & { candidate: RTCIceCandidate }>(pc, "icecandidate");
  await pc.setLocalDescription();
  const before = pc.localDescription!;
  expect(before.sdp).not.toContain("a=candidate:");
  const { candidate } = await first;
  expect(candidate).toMatchObject({ sdpMid: "0", sdpMLineIndex: 0, type: "host", component: "rtp", protocol: "udp", url: null });
  expect(pc.localDescription!.sdp).toContain(`a=${candidate.candidate}`);
  expect(pc.localDescription).not.toBe(before);
  expect(candidate.usernameFragment).toBe(/a=ice-ufrag:(\S+)/.exec(before.sdp)![1]);
  expect(pc.sctp!.transport.iceTransport.getLocalCandidates()).toEqual([candidate]);
  await new Promise<void>((resolve) => pc.addEventListener("icegatheringstatechange", () => resolve()));
  expect(pc.localDescription!.sdp).toContain("a=end-of-candidates");
});

test("dom-peerconnection-addicecandidate: what is refused, and how", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.createDataChannel("x");
  const line = "candidate:1 1 udp 1 203.0.113.9 9 typ host";
  expect(await rejection(b.addIceCandidate({ candidate: line, sdpMid: "0" }))).toBe("InvalidStateError");
  await b.setRemoteDescription(await a.createOffer());
  expect(await rejection(b.addIceCandidate({ candidate: line }))).toBe("TypeError");
  expect(await rejection(b.addIceCandidate({ candidate: line, sdpMid: "9" }))).toBe("OperationError");
  expect(await rejection(b.addIceCandidate({ candidate: line, sdpMLineIndex: 1 }))).toBe("OperationError");
  expect(await rejection(b.addIceCandidate({ candidate: line, sdpMid: "0", usernameFragment: "other" }))).toBe("OperationError");
  expect(await rejection(b.addIceCandidate({ candidate: "candidate:x", sdpMid: "0" }))).toBe("OperationError");
  expect(await rejection(b.addIceCandidate({ candidate: line, sdpMid: "0", sdpMLineIndex: 7 }))).toBe("fulfilled");
  expect(await rejection(b.addIceCandidate({ candidate: line, sdpMLineIndex: 0 }))).toBe("fulfilled");
  expect(b.remoteDescription!.sdp).toContain(`a=${line}`);
  expect(b.remoteDescription!.sdp).not.toContain("a=end-of-candidates");
  expect(await rejection(b.addIceCandidate(null))).toBe("fulfilled");
  expect(b.remoteDescription!.sdp).toContain("a=end-of-candidates");
  expect(await rejection(b.addIceCandidate())).toBe("fulfilled");
  expect(await rejection(b.addIceCandidate({ candidate: "", sdpMid: "0" }))).toBe("fulfilled");
});

test("dom-peerconnection-addicecandidate: getRemoteCandidates shows what was added", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.createDataChannel("x");
  await b.setRemoteDescription(await a.createOffer());
  await b.addIceCandidate({ candidate: LINE, sdpMid: "0" });
  const [candidate] = b.sctp!.transport.iceTransport.getRemoteCandidates();
  expect(candidate).toMatchObject({ candidate: LINE, address: "198.51.100.7" });
});

test("dfn-change-the-selected-candidate-pair-and-state: pair and state in one task; transport before connection, ICE before the aggregate", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  const opened = next(a.createDataChannel("x"), "open");
  await a.setLocalDescription();
  const { iceTransport } = a.sctp!.transport;
  expect(iceTransport.getSelectedCandidatePair()).toBeNull();
  const log: string[] = [];
  const note = (target: EventTarget, type: string, what: () => string) =>
    target.addEventListener(type, () => log.push(`${type} ${what()}`));
  note(iceTransport, "selectedcandidatepairchange", () => iceTransport.state);
  note(iceTransport, "statechange", () => iceTransport.state);
  note(a, "iceconnectionstatechange", () => a.iceConnectionState);
  note(a, "connectionstatechange", () => a.connectionState);
  await b.setRemoteDescription(a.localDescription!);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription!);
  await opened;
  const at = log.indexOf("selectedcandidatepairchange connected");
  expect(log.slice(at, at + 3)).toEqual([
    "selectedcandidatepairchange connected",
    "statechange connected",
    "iceconnectionstatechange connected",
  ]);
  expect(log[0]).toBe("statechange checking");
  expect(log.slice(1, 3)).toEqual(["iceconnectionstatechange checking", "connectionstatechange connecting"]);
  expect(a.connectionState).toBe("connected");
  const pair = iceTransport.getSelectedCandidatePair()!;
  expect(pair.local).toBe(pair.local);
  expect(pair.local).toBe(iceTransport.getLocalCandidates()[0]);
  expect(pair.remote).toBe(iceTransport.getRemoteCandidates()[0]);
});

test("dom-rtcicecandidate-address: of a candidate met only in checks it is null, until the application brings it", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  const kept: RTCIceCandidate[] = [];
  a.addEventListener("icecandidate", ({ candidate }) => void (candidate && b.addIceCandidate(candidate)));
  b.addEventListener("icecandidate", ({ candidate }) => void (candidate && kept.push(candidate)));
  const opened = next(a.createDataChannel("x"), "open");
  await negotiate(a, b).catch(() => undefined);
  await opened;
  const pair = a.sctp!.transport.iceTransport.getSelectedCandidatePair()!;
  expect(pair.remote).toMatchObject({ type: "prflx", address: null, candidate: "" });
  await a.addIceCandidate(kept[0]!);
  expect(pair.remote.address).toBe(kept[0]!.address);
});

test("rtcicetransport: candidates inside a description are remote candidates too, each once", async () => {
  const { create, host } = virtualPeers();
  const [a, b] = [create(), create()];
  const opened = next(a.createDataChannel("x"), "open");
  await a.setLocalDescription();
  while (a.iceGatheringState !== "complete") await next(a, "icegatheringstatechange");
  await b.setRemoteDescription(a.localDescription!);
  await b.setLocalDescription();
  while (b.iceGatheringState !== "complete") await next(b, "icegatheringstatechange");
  await a.setRemoteDescription(b.localDescription!);
  await opened;
  await host.sleep(200);
  for (const [pc, other] of [[a, b] as const, [b, a] as const]) {
    const { iceTransport } = pc.sctp!.transport;
    const remote = iceTransport.getRemoteCandidates();
    expect(remote).toHaveLength(1);
    expect(remote[0]!.candidate).toBe(other.sctp!.transport.iceTransport.getLocalCandidates()[0]!.candidate);
    expect(iceTransport.getSelectedCandidatePair()!.remote.address).toBe(remote[0]!.address);
    expect(pc.iceConnectionState).toBe("completed");
  }
});

test("rtcicetransport: role, component and parameters as the descriptions say", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.createDataChannel("x");
  await a.setLocalDescription();
  const near = a.sctp!.transport.iceTransport;
  expect([near.role, near.component]).toEqual(["controlling", "rtp"]);
  expect(near.getRemoteParameters()).toBeNull();
  await b.setRemoteDescription(a.localDescription!);
  const far = b.sctp!.transport.iceTransport;
  expect(far.role).toBe("controlled");
  expect(far.getLocalParameters()).toBeNull();
  expect(far.getRemoteParameters()).toEqual(near.getLocalParameters());
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription!);
  expect(near.getRemoteParameters()).toEqual(far.getLocalParameters());
});

test("rtcicetransport: an ICE restart keeps the objects and the connection", async () => {
  const { create, host } = virtualPeers();
  const { a, b, near, far } = await openChannels(create);
  const { iceTransport } = a.sctp!.transport;
  const before = iceTransport.getLocalParameters();
  const log: string[] = [];
  a.onicegatheringstatechange = () => log.push(a.iceGatheringState);
  a.onicecandidate = ({ candidate }) => {
    if (candidate === null) return;
    expect(candidate.usernameFragment).toBe(iceTransport.getLocalParameters()!.usernameFragment);
    log.push(candidate.candidate === "" ? "end" : "candidate");
  };
  a.restartIce();
  await negotiate(a, b);
  await host.sleep(500);
  expect(log).toEqual(["gathering", "candidate", "end", "complete"]);
  expect(a.sctp!.transport.iceTransport).toBe(iceTransport);
  expect(iceTransport.getLocalParameters()).not.toEqual(before);
  expect(a.connectionState).toBe("connected");
  const message = next<MessageEvent>(far, "message");
  near.send("still here");
  expect((await message).data).toBe("still here");
});

test("dom-rtcpeerconnectioniceerrorevent: servers that cannot be used are reported with 701", async () => {
  const { create, host } = virtualPeers();
  host.names = { "stun.example": ["198.51.100.1"] };
  const urls = ["stun:nowhere.example", "turn:turn.example", "stun:stun.example"];
  const pc: RTCPeerConnection = create({ iceServers: [{ urls, username: "u", credential: "c" }] });
  pc.createDataChannel("x");
  const errors: RTCPeerConnectionIceErrorEvent[] = [];
  pc.onicecandidateerror = (event) => errors.push(event);
  await pc.setLocalDescription();
  while (pc.iceGatheringState !== "complete") await next(pc, "icegatheringstatechange");
  expect(errors.map(({ url, errorCode }) => [url, errorCode]).sort()).toEqual(urls.map((url) => [url, 701]).sort());
});

test("dom-rtcconfiguration-icetransportpolicy: with relay nothing else is gathered", async () => {
  const pc = virtualPeers().create({ iceTransportPolicy: "relay" });
  pc.createDataChannel("x");
  const seen: unknown[] = [];
  pc.onicecandidate = ({ candidate }) => seen.push(candidate?.candidate ?? null);
  await pc.setLocalDescription();
  while (pc.iceGatheringState !== "complete") await next(pc, "icegatheringstatechange");
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual(["", null]);
});

test("dom-peerconnection-addicecandidate steps 4.1 to 4.5: rejected at once when nothing else runs, in its turn otherwise", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.createDataChannel("x");
  const settledInMicrotasks = async (promise: Promise<unknown>): Promise<boolean> => {
    let settled = false;
    promise.then(
      () => (settled = true),
      () => (settled = true),
    );
    for (let i = 0; i < 50; i++) await undefined;
    return settled;
  };
  const candidate = "candidate:1 1 udp 1 203.0.113.9 4000 typ host";
  expect(await settledInMicrotasks(b.addIceCandidate())).toBe(true);
  const set = b.setRemoteDescription(await a.createOffer());
  const queued = b.addIceCandidate({ candidate, sdpMid: "9" });
  expect(await settledInMicrotasks(queued)).toBe(false);
  await set;
  expect(await rejection(queued)).toBe("OperationError");
  for (const wrong of [{ sdpMid: "9" }, { sdpMLineIndex: 4 }, { sdpMid: "0", usernameFragment: "other" }]) {
    expect(await settledInMicrotasks(b.addIceCandidate({ candidate, ...wrong })), JSON.stringify(wrong)).toBe(true);
  }
  // What takes the candidate itself takes a task.
  expect(await settledInMicrotasks(b.addIceCandidate({ candidate: "candidate:x", sdpMid: "0" }))).toBe(false);
});

test("dfn-administratively-prohibited: a candidate on a port of Fetch's block list is taken and never tried", async () => {
  for (const [allowBadPorts, state] of [
    [false, "new"],
    [true, "checking"],
  ] as const) {
    const { create, host } = virtualPeers();
    const tried: number[] = [];
    host.onDatagram = (_, to) => tried.push(to.port) > 0;
    const [a, b] = [create(undefined, { allowBadPorts }), create()];
    a.createDataChannel("x");
    await a.setLocalDescription();
    await b.setRemoteDescription(a.localDescription!);
    await b.setLocalDescription();
    // In a description as well as alone.
    const sdp = `${b.localDescription!.sdp}a=candidate:1 1 udp 2 203.0.113.9 5060 typ host\r\n`;
    await a.setRemoteDescription({ type: "answer", sdp });
    await a.addIceCandidate({ candidate: "candidate:2 1 udp 1 203.0.113.9 10080 typ host", sdpMid: "0" });
    expect(a.remoteDescription!.sdp).toContain(" 10080 typ host");
    await host.sleep(500);
    expect(a.iceConnectionState).toBe(state);
    expect(tried.includes(5060)).toBe(allowBadPorts);
    expect(tried.includes(10_080)).toBe(allowBadPorts);
  }
});

async function gathered(pc: RTCPeerConnection, state: RTCPeerConnection["iceGatheringState"]): Promise<void> {
  while (pc.iceGatheringState !== state) await next(pc, "icegatheringstatechange");
}

test("dom-rtcicegatheringstate: rolling back the first offer returns to new, while gathering as well as after", async () => {
  for (const awaited of ["gathering", "complete"] as const) {
    const pc = virtualPeers().create();
    pc.createDataChannel("x");
    const states: string[] = [];
    pc.addEventListener("icegatheringstatechange", () => states.push(pc.iceGatheringState));
    await pc.setLocalDescription();
    await gathered(pc, awaited);
    const back = next(pc, "icegatheringstatechange");
    await pc.setLocalDescription({ type: "rollback" });
    await back;
    expect(states).toEqual(awaited === "gathering" ? ["gathering", "new"] : ["gathering", "complete", "new"]);
  }
});

test("dom-rtcicegatheringstate: rolling back an ICE restart brings back what was gathered, and no candidate twice", async () => {
  for (const awaited of ["gathering", "complete"] as const) {
    const { create, host } = virtualPeers();
    const [a, b] = [create(), create()];
    a.createDataChannel("x");
    await negotiate(a, b);
    await gathered(a, "complete");
    const ufrag = a.sctp!.transport.iceTransport.getLocalParameters()!.usernameFragment;
    await a.setLocalDescription(await a.createOffer({ iceRestart: true }));
    await gathered(a, "gathering");
    await gathered(a, awaited);
    const log: string[] = [];
    a.addEventListener("icegatheringstatechange", () => log.push(a.iceGatheringState));
    a.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.usernameFragment === ufrag) log.push(candidate!.candidate);
    });
    await a.setLocalDescription({ type: "rollback" });
    await host.sleep(200);
    expect(log.filter((entry) => entry !== "")).toEqual(awaited === "gathering" ? ["complete"] : []);
    expect(a.iceGatheringState).toBe("complete");
    expect(a.sctp!.transport.iceTransport.getLocalParameters()!.usernameFragment).toBe(ufrag);
  }
});
