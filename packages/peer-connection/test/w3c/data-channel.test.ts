import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { RTCDataChannelEvent, RTCErrorEvent } from "../../src/index.ts";
import { exchangeCandidates, negotiate, next, openChannels, thrown, virtualPeers } from "../virtual-host.ts";

test("dom-peerconnection-createdatachannel: defaults", () => {
  const channel = virtualPeers().create().createDataChannel("label");
  expect(channel).toMatchObject({
    label: "label",
    ordered: true,
    maxPacketLifeTime: null,
    maxRetransmits: null,
    protocol: "",
    negotiated: false,
    id: null,
    readyState: "connecting",
    bufferedAmount: 0,
    bufferedAmountLowThreshold: 0,
    binaryType: "arraybuffer",
  });
});

test("dom-peerconnection-createdatachannel: what is given", () => {
  const pc = virtualPeers().create();
  const channel = pc.createDataChannel("a\ud800b", { ordered: false, maxRetransmits: 0, protocol: "\udc00", negotiated: true, id: 7 });
  expect(channel).toMatchObject({ label: "a\ufffdb", ordered: false, maxRetransmits: 0, protocol: "\ufffd", negotiated: true, id: 7 });
  expect(pc.createDataChannel("x", { id: 9 }).id).toBeNull(); // ignored in-band
  expect(pc.createDataChannel(undefined as never).label).toBe("undefined");
  expect(pc.createDataChannel(null as never).label).toBe("null");
});

test.each([
  [{ maxRetransmits: 1, maxPacketLifeTime: 1 }, "TypeError"],
  [{ negotiated: true }, "TypeError"],
  [{ negotiated: true, id: 65_535 }, "TypeError"],
  [{ negotiated: true, id: 65_534 }, "returned"],
  [{ maxRetransmits: 65_536 }, "TypeError"],
  [{ maxRetransmits: -1 }, "TypeError"],
  [{ maxPacketLifeTime: Number.NaN }, "TypeError"],
  [{ maxPacketLifeTime: 65_535 }, "returned"],
  [{ id: 65_536 }, "TypeError"],
  [{ protocol: "é".repeat(32_768) }, "TypeError"],
  [{ protocol: "x".repeat(65_535) }, "returned"],
  ["x", "TypeError"],
  [null, "returned"],
])("dom-peerconnection-createdatachannel: %o: %s", (init, outcome) => {
  const pc = virtualPeers().create();
  expect(thrown(() => pc.createDataChannel("x", init as never))).toBe(outcome);
});

test("dom-peerconnection-createdatachannel: no argument, a long label, an id in use, a closed connection", () => {
  const pc = virtualPeers().create();
  expect(thrown(() => Reflect.apply(pc.createDataChannel, pc, []))).toBe("TypeError");
  expect(thrown(() => pc.createDataChannel("x".repeat(65_536)))).toBe("TypeError");
  pc.createDataChannel("one", { negotiated: true, id: 1 });
  expect(thrown(() => pc.createDataChannel("two", { negotiated: true, id: 1 }))).toBe("OperationError");
  pc.close();
  expect(thrown(() => pc.createDataChannel("three"))).toBe("InvalidStateError");
});

test("set-description step 5.10.2: ids are there when the answer is, even for the DTLS client, odd for the server", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  const near = a.createDataChannel("near");
  const far = b.createDataChannel("far");
  await negotiate(a, b);
  expect([near.id, far.id]).toEqual([1, 0]); // the answerer is active, so it is the client
  expect(a.createDataChannel("later").id).toBe(3);
});

test("announcing: datachannel with an open channel first, its open event in a later task", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  const near = a.createDataChannel("x", { ordered: false, maxPacketLifeTime: 500, protocol: "p" });
  const log: string[] = [];
  const done = new Promise<void>((resolve) => {
    b.ondatachannel = ({ channel }) => {
      log.push(`datachannel ${channel.readyState}`);
      expect(channel).toMatchObject({
        label: "x",
        ordered: false,
        maxPacketLifeTime: 500,
        maxRetransmits: null,
        protocol: "p",
        negotiated: false,
        id: 1,
      });
      channel.send("early");
      queueMicrotask(() => log.push("microtask"));
      channel.onopen = () => {
        log.push("open");
        resolve();
      };
    };
  });
  const early = next<MessageEvent>(near, "message");
  await negotiate(a, b);
  await done;
  expect(log).toEqual(["datachannel open", "microtask", "open"]);
  expect((await early).data).toBe("early");
});

test("announcing: open comes before any message, so a listener set after awaiting it misses none", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  const near = a.createDataChannel("x", { negotiated: true, id: 0 });
  const far = b.createDataChannel("x", { negotiated: true, id: 0 });
  near.onopen = () => {
    for (let i = 0; i < 5; i++) near.send(String(i));
  };
  const opened = next(far, "open");
  await negotiate(a, b);
  await opened;
  await null;
  await null;
  const got: string[] = [];
  await new Promise<void>((resolve) => {
    far.onmessage = ({ data }) => {
      got.push(data);
      if (got.length === 5) resolve();
    };
  });
  expect(got).toEqual(["0", "1", "2", "3", "4"]);
});

test("datachannel-send: InvalidStateError before open, after close() and when closed", async () => {
  const { create } = virtualPeers();
  const pc = create();
  const connecting = pc.createDataChannel("x");
  expect(thrown(() => connecting.send("x"))).toBe("InvalidStateError");
  expect(thrown(() => Reflect.apply(connecting.send, connecting, []))).toBe("TypeError");
  expect(thrown(() => connecting.send(null as never))).toBe("TypeError");
  expect(thrown(() => connecting.send(undefined as never))).toBe("TypeError");
  const { a, near } = await openChannels(create);
  near.close();
  expect(near.readyState).toBe("closing");
  expect(thrown(() => near.send("x"))).toBe("InvalidStateError");
  a.close();
  expect(near.readyState).toBe("closed");
  expect(thrown(() => near.send("x"))).toBe("InvalidStateError");
});

test("datachannel-send, receiving: text, binary of every kind, empty ones, in order, with Blobs between", async () => {
  const { create } = virtualPeers();
  const { near, far } = await openChannels(create);
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => i);
  const got: unknown[] = [];
  const all = new Promise<void>((resolve) => {
    far.onmessage = ({ data, origin }) => {
      expect(origin).toBe("null");
      got.push(data instanceof ArrayBuffer ? [...new Uint8Array(data)] : data);
      if (got.length === 9) resolve();
    };
  });
  near.send("tëxt \ud83d\ude00 \ud800");
  near.send("");
  near.send(bytes.buffer);
  near.send(new Uint8Array(0));
  near.send(new DataView(bytes.buffer, 10, 3));
  near.send(new Blob(["blob ", "parts"]));
  near.send("after the blob");
  near.send(new Blob([]));
  near.send(new Uint16Array([1, 2]).subarray(1));
  await all;
  const ascii = (text: string) => [...new TextEncoder().encode(text)];
  expect(got).toEqual(["tëxt \ud83d\ude00 \ufffd", "", [...bytes], [], [10, 11, 12], ascii("blob parts"), "after the blob", [], [2, 0]]);
});

test("dom-datachannel-binarytype: blob on request, unknown values ignored", async () => {
  const { create } = virtualPeers();
  const { near, far } = await openChannels(create);
  far.binaryType = "blob";
  far.binaryType = "nonsense" as never;
  expect(far.binaryType).toBe("blob");
  const message = next<MessageEvent>(far, "message");
  near.send(Uint8Array.of(1, 2, 3));
  const { data } = await message;
  expect(data).toBeInstanceOf(Blob);
  expect(new Uint8Array(await data.arrayBuffer())).toEqual(Uint8Array.of(1, 2, 3));
});

test("datachannel-send steps 5 and 6: TypeError above maxMessageSize, OperationError above the buffer", async () => {
  const { create } = virtualPeers();
  const settings = { maxBufferedAmount: 300_000 };
  const { a, near } = await openChannels(() => create({}, settings));
  expect(a.sctp!.maxMessageSize).toBe(262_144);
  expect(thrown(() => near.send(new Uint8Array(262_145)))).toBe("TypeError");
  expect(thrown(() => near.send(new Uint8Array(262_144)))).toBe("returned");
  expect(near.bufferedAmount).toBe(262_144);
  expect(thrown(() => near.send(new Uint8Array(40_000)))).toBe("OperationError");
  expect(thrown(() => near.send(new Uint8Array(37_856)))).toBe("returned");
});

test("sctp-transport-update-mms: the smaller of what the peer takes and what we can send", async () => {
  const { create } = virtualPeers();
  const sizes: (number | null)[] = [];
  for (const line of ["a=max-message-size:0", "a=max-message-size:1", "", "a=max-message-size:100000000"]) {
    const [a, b] = [create(), create()];
    a.createDataChannel("x");
    await a.setLocalDescription();
    expect(a.sctp!.maxMessageSize).toBeNull();
    await b.setRemoteDescription(a.localDescription!);
    const { sdp } = await b.createAnswer();
    await a.setRemoteDescription({ type: "answer", sdp: sdp.replace(/a=max-message-size:.*\r\n/, line === "" ? "" : `${line}\r\n`) });
    sizes.push(a.sctp!.maxMessageSize);
  }
  expect(sizes).toEqual([16_777_216, 1, 65_536, 16_777_216]);
});

test("dom-datachannel-bufferedamount: grows at once, shrinks only between tasks; bufferedamountlow at the threshold", async () => {
  const { create } = virtualPeers();
  const { near, far } = await openChannels(create);
  near.bufferedAmountLowThreshold = 50_000;
  expect(thrown(() => (near.bufferedAmountLowThreshold = -1))).toBe("TypeError");
  expect(thrown(() => (near.bufferedAmountLowThreshold = 2 ** 32))).toBe("TypeError");
  let received = 0;
  far.onmessage = ({ data }) => (received += data.byteLength);
  const amounts: number[] = [];
  const low = next(near, "bufferedamountlow");
  for (let i = 0; i < 10; i++) {
    near.send(new Uint8Array(100_000));
    amounts.push(near.bufferedAmount);
  }
  near.send("é");
  expect(amounts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => n * 100_000));
  expect(near.bufferedAmount).toBe(1_000_002);
  await Promise.resolve();
  await Promise.resolve();
  expect(near.bufferedAmount).toBe(1_000_002);
  let lows = 0;
  near.addEventListener("bufferedamountlow", () => (lows += 1));
  await low;
  expect(near.bufferedAmount).toBeLessThanOrEqual(50_000);
  near.bufferedAmountLowThreshold = 0;
  await next(near, "bufferedamountlow");
  expect(near.bufferedAmount).toBe(0);
  expect(lows).toBe(2);
});

test("dom-datachannel-close: what is buffered is delivered; closing and close on the other side, close here, no error", async () => {
  const { create } = virtualPeers();
  const { near, far } = await openChannels(create);
  const log: string[] = [];
  for (const [name, channel] of [
    ["near", near],
    ["far", far],
  ] as const) {
    for (const type of ["message", "closing", "close", "error"])
      channel.addEventListener(type, () => log.push(`${name} ${type} ${channel.readyState}`));
  }
  near.send("last words");
  near.close();
  near.close();
  await Promise.all([next(near, "close"), next(far, "close")]);
  expect(log.filter((entry) => entry.startsWith("far"))).toEqual(["far message open", "far closing closing", "far close closed"]);
  expect(log.filter((entry) => entry.startsWith("near"))).toEqual(["near close closed"]);
});

test("dom-datachannel-close: a Blob that is being read still goes out", async () => {
  const { create } = virtualPeers();
  const { near, far } = await openChannels(create);
  const message = next<MessageEvent>(far, "message");
  near.send(new Blob(["slow"]));
  near.close();
  expect(new TextDecoder().decode((await message).data)).toBe("slow");
  await next(far, "close");
});

test("datachannel-send step 3: while the task that says closing waits, a message is lost and stays in bufferedAmount", async () => {
  const { create } = virtualPeers();
  const { a, b, near, far } = await openChannels(create);
  const other = b.createDataChannel("other");
  const { channel: otherEnd } = await next<RTCDataChannelEvent>(a, "datachannel");
  // Both streams are reset in one datagram, so the task for the second is still to come in that of the first.
  far.close();
  other.close();
  const first = await Promise.race([next(near, "closing").then(() => near), next(otherEnd, "closing").then(() => otherEnd)]);
  const second = first === near ? otherEnd : near;
  expect(second.readyState).toBe("open");
  second.send("into the void");
  expect(second.bufferedAmount).toBe(13);
  second.onmessage = () => expect.unreachable("nothing comes back");
  await next(second, "close");
  expect(second.bufferedAmount).toBe(13);
  expect(thrown(() => second.send("x"))).toBe("InvalidStateError");
});

test("dom-datachannel-close: before the connection it closes with a close event", async () => {
  const pc = virtualPeers().create();
  const channel = pc.createDataChannel("x");
  channel.close();
  expect(channel.readyState).toBe("closing");
  await next(channel, "close");
  expect(channel.readyState).toBe("closed");
});

test("dfn-close-the-connection: closed here without events, there with error 12 and close", async () => {
  const { create, host } = virtualPeers();
  const { a, b, near, far } = await openChannels(create);
  const here: string[] = [];
  for (const type of ["closing", "close", "error"]) near.addEventListener(type, () => here.push(type));
  for (const type of ["signalingstatechange", "connectionstatechange", "iceconnectionstatechange", "icegatheringstatechange"]) {
    a.addEventListener(type, () => here.push(type));
  }
  const there: string[] = [];
  let cause: number | null = null;
  far.onerror = ({ error }) => {
    there.push(`error ${error.errorDetail} ${far.readyState}`);
    cause = error.sctpCauseCode;
  };
  const closed = next(far, "close").then(() => there.push(`close ${far.readyState}`));
  const sctp = a.sctp!;
  a.close();
  expect([a.signalingState, a.connectionState, a.iceConnectionState, near.readyState]).toEqual(["closed", "closed", "closed", "closed"]);
  expect([sctp.state, sctp.transport.state, sctp.transport.iceTransport.state]).toEqual(["closed", "closed", "closed"]);
  await closed;
  await host.sleep(10);
  expect(there).toEqual(["error sctp-failure closed", "close closed"]);
  expect(cause).toBe(12);
  expect(b.sctp!.state).toBe("closed");
  expect(here).toEqual([]);
});

test("idl-sctp-transport: connecting until the association is up; channels known then, and told before the channels open", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  const channel = a.createDataChannel("x");
  await a.setLocalDescription();
  const sctp = a.sctp!;
  expect([sctp.state, sctp.maxChannels]).toEqual(["connecting", null]);
  expect(sctp.transport).toBe(sctp.transport);
  const log: string[] = [];
  sctp.onstatechange = () => log.push(`sctp ${sctp.state} ${channel.readyState}`);
  const opened = next(channel, "open").then(() => log.push("open"));
  await b.setRemoteDescription(a.localDescription!);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription!);
  await opened;
  expect(log).toEqual(["sctp connected connecting", "open"]);
  expect(sctp.maxChannels).toBe(65_535);
});

test("rtcdtlstransport: certificates of the peer in DER, once connected", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  a.createDataChannel("x");
  await a.setLocalDescription();
  const dtls = a.sctp!.transport;
  expect([dtls.state, dtls.getRemoteCertificates()]).toEqual(["new", []]);
  const states: string[] = [];
  dtls.onstatechange = () => states.push(dtls.state);
  await b.setRemoteDescription(a.localDescription!);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription!);
  while (dtls.state !== "connected") await next(dtls, "statechange");
  expect(states).toEqual(["connecting", "connected"]);
  const [der] = dtls.getRemoteCertificates();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", der!));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(":");
  expect(b.localDescription!.sdp).toContain(hex);
});

test("rtcdtlstransport: a wrong fingerprint is an error event with fingerprint-failure, failed here, bad_certificate there", async () => {
  const { create, host } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  a.createDataChannel("x");
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription!);
  await b.setLocalDescription();
  const sdp = b.localDescription!.sdp.replace(/(a=fingerprint:sha-256 )(..)/, (_, start, byte) => `${start}${byte === "00" ? "01" : "00"}`);
  const log: string[] = [];
  a.onconnectionstatechange = () => log.push(a.connectionState);
  const dtls = a.sctp!.transport;
  dtls.onstatechange = () => log.push(`dtls ${dtls.state}`);
  dtls.onerror = () => log.push("error");
  const error = next<RTCErrorEvent>(dtls, "error");
  const remote = b.sctp!.transport;
  const remoteError = next<RTCErrorEvent>(remote, "error");
  await a.setRemoteDescription({ type: "answer", sdp });
  expect((await error).error).toMatchObject({ name: "OperationError", errorDetail: "fingerprint-failure" });
  expect((await remoteError).error).toMatchObject({ errorDetail: "dtls-failure", receivedAlert: 42 });
  await host.sleep(1);
  expect(log).toEqual(["connecting", "dtls connecting", "error", "dtls failed", "failed"]);
  expect([a.connectionState, b.connectionState]).toEqual(["failed", "failed"]);
});

test("negotiated channels: both ends open without an announcement", async () => {
  const { create } = virtualPeers();
  const { b, near, far } = await openChannels(create, { negotiated: true, id: 3 });
  b.ondatachannel = () => expect.unreachable("a negotiated channel is not announced");
  const message = next<MessageEvent>(near, "message");
  far.send("agreed");
  expect((await message).data).toBe("agreed");
});

test("a listener that throws breaks neither the others nor the connection", async () => {
  const { create } = virtualPeers();
  const { near, far } = await openChannels(create);
  const reported = new Promise<unknown>((resolve) => {
    const listeners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.once("uncaughtException", (error) => {
      for (const listener of listeners) process.on("uncaughtException", listener);
      resolve(error);
    });
  });
  far.addEventListener("message", () => {
    throw new RangeError("from the listener");
  });
  const seen = next<MessageEvent>(far, "message");
  near.send("one");
  expect((await seen).data).toBe("one");
  expect(await reported).toMatchObject({ message: "from the listener" });
  const again = next<MessageEvent>(near, "message");
  far.send("two");
  expect((await again).data).toBe("two");
});

test("webrtc-priority dom-rtcdatachannel-priority: as created, on both ends; low by default", async () => {
  const { create } = virtualPeers();
  const pc = create();
  expect(pc.createDataChannel("x").priority).toBe("low");
  expect(pc.createDataChannel("x", { priority: "medium", negotiated: true, id: 0 }).priority).toBe("medium");
  expect(thrown(() => pc.createDataChannel("x", { priority: "urgent" as never }))).toBe("TypeError");
  const { near, far } = await openChannels(create, { priority: "high" });
  expect([near.priority, far.priority]).toEqual(["high", "high"]);
});

test("RFC 9429 §5.11, RFC 8842 §4: another peer takes over in an ICE restart, with DTLS and SCTP of its own", async () => {
  const { create } = virtualPeers();
  const offerer = create();
  const channel = offerer.createDataChannel("first");
  const takeOver = async (): Promise<ReturnType<typeof create>> => {
    const answerer = create();
    // Candidates for the others go to everyone; those of another generation are refused.
    offerer.addEventListener("icecandidate", ({ candidate }) => void answerer.addIceCandidate(candidate).catch(() => undefined));
    answerer.addEventListener("icecandidate", ({ candidate }) => void offerer.addIceCandidate(candidate).catch(() => undefined));
    await negotiate(offerer, answerer);
    return answerer;
  };
  const first = await takeOver();
  const { channel: firstEnd } = await next<RTCDataChannelEvent>(first, "datachannel");
  firstEnd.send("hello");
  expect((await next<MessageEvent>(channel, "message")).data).toBe("hello");
  const transport = offerer.sctp!.transport;
  const before = new Uint8Array(transport.getRemoteCertificates()[0]!);
  // Retired peers say goodbye while the next handshake is under way: that must not end what replaces them.
  let last = first;
  for (let i = 0; i < 3; i++) {
    offerer.restartIce();
    const replacement = await takeOver();
    last.close();
    last = replacement;
  }
  const back = last.createDataChannel("back");
  const { channel: backEnd } = await next<RTCDataChannelEvent>(offerer, "datachannel");
  backEnd.send("again");
  expect((await next<MessageEvent>(back, "message")).data).toBe("again");
  expect(offerer.sctp!.transport).toBe(transport);
  expect(new Uint8Array(transport.getRemoteCertificates()[0]!)).not.toEqual(before);
});

test("Web IDL js-buffer-source-types: buffers and views of another realm are binary as well, shared memory is not", async () => {
  const { near, far } = await openChannels(virtualPeers().create);
  const sent: unknown[] = ["new Uint8Array([1, 2]).buffer", "new Uint8Array([1, 2])", "new DataView(new ArrayBuffer(2))"].map((code) =>
    runInNewContext(code),
  );
  for (const data of sent) {
    near.send(data as ArrayBuffer);
    const message = await next<MessageEvent>(far, "message");
    expect(message.data).toBeInstanceOf(ArrayBuffer);
    expect(message.data.byteLength).toBe(2);
  }
  expect(thrown(() => near.send(new Uint8Array(new SharedArrayBuffer(2)) as never))).toBe("TypeError");
  expect(thrown(() => near.send(runInNewContext("new Uint8Array(new SharedArrayBuffer(2))")))).toBe("TypeError");
  // An object like any other (https://webidl.spec.whatwg.org/#dfn-overload-resolution-algorithm): its string.
  near.send(new SharedArrayBuffer(2) as never);
  expect((await next<MessageEvent>(far, "message")).data).toBe("[object SharedArrayBuffer]");
});
