import { expect, test } from "vitest";
import { type RTCPeerConnection, RTCRtpReceiver, type RTCRtpSender, type RTCRtpSendParameters } from "../../../src/index.ts";
import { negotiate, rejection, virtualPeers } from "../../virtual-host.ts";
import { track } from "./tracks.ts";

const sender = (kind: "audio" | "video", init: object = {}): RTCRtpSender => virtualPeers().create().addTransceiver(kind, init).sender;

test("dom-rtcrtpsender-getparameters: before negotiation encodings alone, and the same transaction for the whole task", async () => {
  const { create, host } = virtualPeers();
  const pc = create();
  const { sender: video } = pc.addTransceiver("video");
  const parameters = video.getParameters();
  expect(parameters).toMatchObject({
    encodings: [{ active: true, scaleResolutionDownBy: 1 }],
    codecs: [],
    headerExtensions: [],
    rtcp: { reducedSize: false },
  });
  expect(typeof parameters.rtcp.cname).toBe("string");
  expect(parameters.transactionId).not.toBe("");
  expect(video.getParameters()).toEqual(parameters);
  expect(video.getParameters()).not.toBe(parameters);
  await host.sleep(1);
  expect(video.getParameters().transactionId).not.toBe(parameters.transactionId);
});

test("dom-rtcrtpsender-getparameters: after negotiation codecs and header extensions; the receiver's without cname and encodings", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  const { sender: audio, receiver } = a.addTransceiver(track());
  await negotiate(a, b);
  const { codecs, headerExtensions, rtcp } = audio.getParameters();
  expect(codecs[0]).toMatchObject({ mimeType: "audio/opus", clockRate: 48_000, channels: 2 });
  expect(codecs[0]!.payloadType).toBeGreaterThanOrEqual(0);
  expect(headerExtensions.map(({ uri }) => uri)).toContain("urn:ietf:params:rtp-hdrext:sdes:mid");
  expect(headerExtensions[0]).toMatchObject({ encrypted: false });
  expect(rtcp.reducedSize).toBe(true);
  // The peer does not send, so nothing is prepared for.
  expect(receiver.getParameters()).toMatchObject({ codecs: [], rtcp: { reducedSize: true } });
  const theirs = b.getReceivers()[0]!.getParameters();
  expect(Object.keys(theirs).sort()).toEqual(["codecs", "headerExtensions", "rtcp"]);
  expect(theirs.codecs[0]).toMatchObject({ mimeType: "audio/opus" });
});

test("dom-rtcrtpsender-setparameters: what it changes is read back; only with the parameters read in this task", async () => {
  const { create, host } = virtualPeers();
  const { sender: video } = create().addTransceiver("video");
  const parameters = video.getParameters();
  Object.assign(parameters.encodings[0]!, { active: false, maxBitrate: 500_000, maxFramerate: 15, scaleResolutionDownBy: 2 });
  const done = video.setParameters(parameters);
  expect(video.getParameters().encodings[0]!.active).toBe(true);
  await done;
  expect(video.getParameters().encodings).toEqual([
    { active: false, maxBitrate: 500_000, maxFramerate: 15, priority: "low", scaleResolutionDownBy: 2 },
  ]);
  await host.sleep(1);
  expect(await rejection(video.setParameters(parameters))).toBe("InvalidStateError");
  const stale = video.getParameters();
  await host.sleep(1);
  video.getParameters();
  expect(await rejection(video.setParameters(stale))).toBe("InvalidModificationError");
  expect(await rejection(video.setParameters(video.getParameters()))).toBe("fulfilled");
});

test.each<[string, (parameters: RTCRtpSendParameters) => unknown, string]>([
  ["no transactionId", (p) => ({ ...p, transactionId: undefined }), "TypeError"],
  ["no encodings", (p) => ({ ...p, encodings: undefined }), "TypeError"],
  ["no codecs", (p) => ({ ...p, codecs: undefined }), "TypeError"],
  ["no rtcp", (p) => ({ ...p, rtcp: undefined }), "TypeError"],
  ["no headerExtensions", (p) => ({ ...p, headerExtensions: undefined }), "TypeError"],
  ["another transactionId", (p) => ({ ...p, transactionId: "x" }), "InvalidModificationError"],
  ["fewer encodings", (p) => ({ ...p, encodings: p.encodings.slice(1) }), "InvalidModificationError"],
  ["encodings in another order", (p) => ({ ...p, encodings: p.encodings.toReversed() }), "InvalidModificationError"],
  ["another rid", (p) => ({ ...p, encodings: [{ ...p.encodings[0], rid: "x" }, p.encodings[1]] }), "InvalidModificationError"],
  ["another cname", (p) => ({ ...p, rtcp: { ...p.rtcp, cname: "x" } }), "InvalidModificationError"],
  ["another codec list", (p) => ({ ...p, codecs: [{ mimeType: "video/VP8", clockRate: 1, payloadType: 1 }] }), "InvalidModificationError"],
  ["another header extension", (p) => ({ ...p, headerExtensions: [{ uri: "x", id: 1 }] }), "InvalidModificationError"],
  ["scale below 1", (p) => ({ ...p, encodings: p.encodings.map((e) => ({ ...e, scaleResolutionDownBy: 0.9 })) }), "RangeError"],
  ["a negative frame rate", (p) => ({ ...p, encodings: p.encodings.map((e) => ({ ...e, maxFramerate: -1 })) }), "RangeError"],
  [
    "a codec that is not there",
    (p) => ({ ...p, encodings: p.encodings.map((e) => ({ ...e, codec: { mimeType: "video/none", clockRate: 90_000 } })) }),
    "InvalidModificationError",
  ],
  ["scale taken away", (p) => ({ ...p, encodings: p.encodings.map(({ scaleResolutionDownBy: _, ...e }) => e) }), "fulfilled"],
])("dfn-setparameters-validation-steps: %s: %#", async (_, change, outcome) => {
  const simulcast = sender("video", { sendEncodings: [{ rid: "q" }, { rid: "f" }] });
  expect(await rejection(simulcast.setParameters(change(simulcast.getParameters()) as RTCRtpSendParameters))).toBe(outcome);
});

test("dom-rtcrtpsender-setparameters: of audio what only video has is left out; on a stopped transceiver InvalidStateError", async () => {
  const audio = sender("audio");
  const parameters = audio.getParameters();
  parameters.encodings[0]!.scaleResolutionDownBy = 0.5;
  await audio.setParameters(parameters);
  expect(audio.getParameters().encodings[0]).toEqual({ active: true, priority: "low" });
  const transceiver = virtualPeers().create().addTransceiver("audio");
  const before = transceiver.sender.getParameters();
  transceiver.stop();
  expect(await rejection(transceiver.sender.setParameters(before))).toBe("InvalidStateError");
  expect(await rejection(Reflect.apply(audio.setParameters, audio, []))).toBe("TypeError");
});

test("dom-rtcrtpsender-setparameters: a negotiation between makes the parameters stale", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  const { sender: audio } = a.addTransceiver("audio");
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription!);
  await b.setLocalDescription();
  a.onsignalingstatechange = () => expect(audio.getParameters().codecs).not.toEqual([]);
  await a.setRemoteDescription(b.localDescription!);
  expect(audio.getParameters().codecs.length).toBeGreaterThan(0);
});

test("dom-rtcrtpsender-replacetrack: null and back, without negotiation; another kind is a TypeError", async () => {
  const { create, host } = virtualPeers();
  const pc = create();
  const [one, two] = [track(), track()];
  const audio = pc.addTrack(one);
  await host.sleep(1);
  pc.onnegotiationneeded = () => expect.unreachable("replaceTrack needs no negotiation");
  expect(await rejection(audio.replaceTrack(track("video")))).toBe("TypeError");
  expect(await rejection(audio.replaceTrack({} as never))).toBe("TypeError");
  expect(await rejection(Reflect.apply(audio.replaceTrack, audio, []))).toBe("TypeError");
  const replaced = audio.replaceTrack(two);
  expect(audio.track).toBe(one);
  await replaced;
  expect(audio.track).toBe(two);
  await audio.replaceTrack(null);
  expect(audio.track).toBeNull();
  two.stop();
  await audio.replaceTrack(two);
  expect(audio.track).toBe(two);
  await host.sleep(1);
});

test("dom-rtcrtpsender-replacetrack: waits its turn in the operations chain", async () => {
  const { create } = virtualPeers();
  const pc = create();
  const audio = pc.addTransceiver("audio").sender;
  const order: string[] = [];
  const offer = pc.createOffer().then(() => order.push("offer"));
  const replaced = audio.replaceTrack(track()).then(() => order.push("replaced"));
  const again = pc.createOffer().then(() => order.push("again"));
  await Promise.all([offer, replaced, again]);
  expect(order).toEqual(["offer", "replaced", "again"]);
});

test("dom-rtcrtpsender-replacetrack: stopped and closed are InvalidStateError; closed under way never settles", async () => {
  const { create, host } = virtualPeers();
  const pc = create();
  const stopped = pc.addTransceiver("audio");
  stopped.stop();
  expect(await rejection(stopped.sender.replaceTrack(null))).toBe("InvalidStateError");
  const { sender: audio } = pc.addTransceiver("audio");
  let settled = false;
  void audio.replaceTrack(null).then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  pc.close();
  expect(await rejection(audio.replaceTrack(null))).toBe("InvalidStateError");
  await host.sleep(5);
  expect(settled).toBe(false);
});

test("set-description: simulcast encodings that the peer does not take are dropped", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  const { sender: video } = a.addTransceiver(track("video"), { sendEncodings: [{ rid: "q" }, { rid: "h" }, { rid: "f" }] });
  await a.setLocalDescription();
  expect(a.localDescription!.sdp).toContain("a=simulcast:send q;h;f");
  await b.setRemoteDescription(a.localDescription!);
  await b.setLocalDescription();
  expect(b.localDescription!.sdp).toContain("a=simulcast:recv q;h;f");
  const { sdp } = b.localDescription!;
  await a.setRemoteDescription({ type: "answer", sdp: sdp.replace("recv q;h;f", "recv q;f").replace(/a=rid:h recv\r\n/, "") });
  expect(video.getParameters().encodings.map(({ rid }) => rid)).toEqual(["q", "f"]);
});

test("set-description: an answer without simulcast leaves the first encoding", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  const { sender: video } = a.addTransceiver(track("video"), { sendEncodings: [{ rid: "q" }, { rid: "f" }] });
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription!);
  await b.setLocalDescription();
  const sdp = b.localDescription!.sdp.replace(/a=(simulcast|rid):.*\r\n/g, "");
  await a.setRemoteDescription({ type: "answer", sdp });
  expect(video.getParameters().encodings).toHaveLength(1);
  expect(await rejection(video.setParameters(video.getParameters()))).toBe("fulfilled");
});

test("set-description: a remote offer that asks for simulcast makes encodings, the last in full size", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.addTransceiver("video", { direction: "recvonly" });
  const { sdp } = await a.createOffer();
  const unused = [...Array(14).keys()].find((id) => id > 0 && !sdp.includes(`a=extmap:${id} `));
  const asking = `${sdp}a=extmap:${unused} urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\na=rid:q recv\r\na=rid:h recv\r\na=rid:f recv\r\na=simulcast:recv q;~h;f\r\n`;
  b.addTrack(track("video"));
  await b.setRemoteDescription({ type: "offer", sdp: asking });
  const [video] = b.getSenders();
  expect(video!.getParameters().encodings.map(({ rid, scaleResolutionDownBy }) => [rid, scaleResolutionDownBy])).toEqual([
    ["q", 4],
    ["h", 2],
    ["f", 1],
  ]);
  expect((await b.createAnswer()).sdp).toContain("a=simulcast:send q;");
  expect(await rejection(video!.setParameters(video!.getParameters()))).toBe("fulfilled");
});

test("rollback-ridless: what a rolled back offer made of the encodings is undone, unless the offer made the sender", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.addTransceiver("video", { direction: "recvonly" });
  const { sdp } = await a.createOffer();
  const asking = `${sdp}a=rid:h recv\r\na=rid:f recv\r\na=simulcast:recv h;f\r\n`;
  const rids = (sender: RTCRtpSender): readonly unknown[] => sender.getParameters().encodings.map(({ rid }) => rid);
  const made = async (): Promise<RTCRtpSender> => {
    await b.setRemoteDescription({ type: "offer", sdp: asking });
    return b.getSenders()[0]!;
  };
  const theirs = await made();
  b.addTrack(track("video"));
  await b.setRemoteDescription({ type: "rollback" });
  expect(rids(theirs)).toEqual(["h", "f"]);
  b.getTransceivers()[0]!.stop();
  const ours = b.addTrack(track("video"));
  const parameters = ours.getParameters();
  parameters.encodings[0]!.maxBitrate = 5000;
  await ours.setParameters(parameters);
  await b.setRemoteDescription({ type: "offer", sdp: asking });
  expect(rids(ours)).toEqual(["h", "f"]);
  await b.setRemoteDescription({ type: "rollback" });
  expect(ours.getParameters().encodings).toEqual([{ active: true, maxBitrate: 5000, priority: "low", scaleResolutionDownBy: 1 }]);
  await negotiate(b, a);
  expect(await rejection(ours.setParameters(ours.getParameters()))).toBe("fulfilled");
});

test("apply-remote-description: a sender that was negotiated without layers may still be asked for them, one with layers is not asked for others", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  b.addTrack(track("video"));
  await negotiate(b, a);
  const ask = async (rids: string): Promise<readonly unknown[]> => {
    const offer = await a.createOffer();
    await a.setLocalDescription(offer);
    const lines = rids.split(";").map((rid) => `a=rid:${rid} recv\r\n`);
    await b.setRemoteDescription({ type: "offer", sdp: `${offer.sdp}${lines.join("")}a=simulcast:recv ${rids}\r\n` });
    const encodings = b
      .getSenders()[0]!
      .getParameters()
      .encodings.map(({ rid }) => rid);
    await b.setLocalDescription();
    const sdp = b.localDescription!.sdp.replace(/^a=(simulcast|rid):.*\r\n/gm, "");
    await a.setRemoteDescription({ type: "answer", sdp });
    return encodings;
  };
  expect(await ask("h;f")).toEqual(["h", "f"]);
  expect(await ask("x;y")).toEqual(["h", "f"]);
});

test("apply-local-description: our own answer leaves out layers too; of audio none are asked for", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.addTransceiver("audio", { direction: "recvonly" });
  a.addTransceiver("video", { direction: "recvonly" });
  for (const kind of ["audio", "video"] as const) b.addTrack(track(kind));
  const { sdp } = await a.createOffer();
  const ask = async (...rids: readonly string[]): Promise<readonly unknown[]> => {
    const lines = rids.map((rid) => `a=rid:${rid} recv\r\n`).join("");
    const [session = "", ...sections] = sdp.split(/^(?=m=)/m);
    const described = sections.map((section) => `${section}${lines}a=simulcast:recv ${rids.join(";")}\r\n`);
    await b.setRemoteDescription({ type: "offer", sdp: session + described.join("") });
    await b.setLocalDescription();
    return b.getSenders().map((one) => one.getParameters().encodings.map(({ rid }) => rid));
  };
  expect(await ask("h", "f")).toEqual([[undefined], ["h", "f"]]);
  expect(await ask("f")).toEqual([[undefined], ["f"]]);
});

test("rtcrtpreceiver-receivecodecs: with an offer what it lists, as far as it can be received; after a rollback what there was", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.addTransceiver("audio");
  a.addTransceiver("audio", { direction: "sendonly" });
  const names = (pc: RTCPeerConnection, index: number): readonly string[] =>
    pc
      .getReceivers()
      [index]!.getParameters()
      .codecs.map(({ mimeType }) => mimeType);
  await a.setLocalDescription();
  expect(names(a, 0)).toContain("audio/opus");
  expect(names(a, 1)).toEqual([]);
  const sdp = a.localDescription!.sdp.replaceAll("PCMA/8000", "EVS/16000");
  await b.setRemoteDescription({ type: "offer", sdp });
  expect(names(b, 0)).toContain("audio/PCMU");
  expect(names(b, 0)).not.toContain("audio/EVS");
  expect(b.getSenders()[0]!.getParameters().codecs).toEqual([]);
  await a.setLocalDescription({ type: "rollback" });
  expect(names(a, 0)).toEqual([]);
});

test("dom-rtcrtpencodingparameters-codec: kept while it is negotiated, in the capability's words or the peer's, and gone when it is not", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  const vp9 = { mimeType: "video/VP9", clockRate: 90_000, sdpFmtpLine: "profile-id=0" };
  const transceiver = a.addTransceiver(track("video"), { sendEncodings: [{ codec: vp9 }] });
  const { sender: video } = transceiver;
  expect(video.getParameters().encodings[0]!.codec).toEqual(vp9);
  await negotiate(a, b);
  expect(video.getParameters().encodings[0]!.codec).toEqual(vp9);
  const other = video.getParameters();
  other.encodings[0]!.codec = { ...vp9, sdpFmtpLine: "profile-id=9" };
  expect(await rejection(video.setParameters(other))).toBe("InvalidModificationError");
  const negotiated = video.getParameters();
  negotiated.encodings[0]!.codec = negotiated.codecs.find(({ mimeType }) => mimeType === "video/VP8")!;
  await video.setParameters(negotiated);
  expect(video.getParameters().encodings[0]!.codec).toEqual({ mimeType: "video/VP8", clockRate: 90_000 });
  const { codecs } = RTCRtpReceiver.getCapabilities("video")!;
  transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === "video/VP9"));
  await negotiate(a, b);
  expect(video.getParameters().encodings[0]!.codec).toBeUndefined();
});
