import { expect, test } from "vitest";
import { MediaStream, type RTCPeerConnection, RTCRtpSender } from "../../../src/index.ts";
import { negotiate, next, rejection, thrown, virtualPeers } from "../../virtual-host.ts";
import { track } from "./tracks.ts";

const state = (pc: RTCPeerConnection) =>
  pc
    .getTransceivers()
    .map(({ mid, direction, currentDirection, sender }) => [mid, direction, currentDirection, sender.track?.kind ?? null]);

test("dom-rtcpeerconnection-addtrack: a transceiver to send and receive, and its sender", () => {
  const pc = virtualPeers().create();
  const audio = track();
  const sender = pc.addTrack(audio, new MediaStream([audio]));
  expect(sender).toBeInstanceOf(RTCRtpSender);
  expect(sender.track).toBe(audio);
  expect([sender.transport, sender.dtmf === null]).toEqual([null, false]);
  const [transceiver] = pc.getTransceivers();
  expect(transceiver).toMatchObject({ mid: null, direction: "sendrecv", currentDirection: null });
  expect(transceiver!.sender).toBe(sender);
  expect(pc.getSenders()).toEqual([sender]);
  expect(pc.getReceivers()).toEqual([transceiver!.receiver]);
  const { track: remote, transport } = transceiver!.receiver;
  expect([remote.kind, remote.label, remote.muted, remote.readyState, transport]).toEqual(["audio", "remote audio", true, "live", null]);
});

test("dom-rtcpeerconnection-addtrack: TypeError, InvalidStateError, InvalidAccessError", () => {
  const pc = virtualPeers().create();
  const audio = track();
  expect(thrown(() => Reflect.apply(pc.addTrack, pc, []))).toBe("TypeError");
  expect(thrown(() => pc.addTrack({} as never))).toBe("TypeError");
  expect(thrown(() => pc.addTrack(audio, {} as never))).toBe("TypeError");
  pc.addTrack(audio);
  expect(thrown(() => pc.addTrack(audio))).toBe("InvalidAccessError");
  pc.close();
  expect(thrown(() => pc.addTrack(track()))).toBe("InvalidStateError");
  expect(thrown(() => pc.addTrack(audio))).toBe("InvalidStateError");
});

test("dom-rtcpeerconnection-addtrack step 8: a sender that never sent and has no track is used again", async () => {
  const { create } = virtualPeers();
  const pc = create();
  const one = pc.addTransceiver("audio", { direction: "recvonly" });
  const two = pc.addTransceiver("audio", { direction: "inactive" });
  pc.addTransceiver("video", { direction: "recvonly" });
  expect(pc.addTrack(track())).toBe(one.sender);
  expect(one.direction).toBe("sendrecv");
  const second = track();
  expect(pc.addTrack(second)).toBe(two.sender);
  expect(two.direction).toBe("sendonly");
  expect(pc.getTransceivers()).toHaveLength(3);
  // Once sent, never again for another track.
  await negotiate(pc, create());
  pc.removeTrack(two.sender);
  expect(pc.addTrack(second)).not.toBe(two.sender);
});

test("dom-rtcpeerconnection-addtrack step 8: a transceiver of a remote offer takes the track, one that is stopping does not", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.addTrack(track());
  await b.setRemoteDescription(await a.createOffer());
  const [transceiver] = b.getTransceivers();
  expect(transceiver).toMatchObject({ mid: "0", direction: "recvonly", currentDirection: null });
  expect(b.addTrack(track())).toBe(transceiver!.sender);
  expect(transceiver!.direction).toBe("sendrecv");
  const pc = create();
  const stopped = pc.addTransceiver("audio");
  stopped.stop();
  expect(pc.addTrack(track())).not.toBe(stopped.sender);
});

test("dom-rtcpeerconnection-removetrack: the track goes, the direction narrows, the transceiver stays", () => {
  const { create } = virtualPeers();
  const pc = create();
  const sender = pc.addTrack(track());
  const { sender: sendonly } = pc.addTransceiver(track("video"), { direction: "sendonly" });
  pc.removeTrack(sender);
  pc.removeTrack(sender);
  pc.removeTrack(sendonly);
  expect(state(pc)).toEqual([
    [null, "recvonly", null, null],
    [null, "inactive", null, null],
  ]);
  expect(thrown(() => create().removeTrack(sender))).toBe("InvalidAccessError");
  expect(thrown(() => pc.removeTrack({} as never))).toBe("TypeError");
  expect(thrown(() => pc.removeTrack(null as never))).toBe("TypeError");
  pc.close();
  expect(thrown(() => pc.removeTrack(sender))).toBe("InvalidStateError");
});

test("dom-rtcpeerconnection-removetrack: nothing on a stopped transceiver", () => {
  const pc = virtualPeers().create();
  const transceiver = pc.addTransceiver(track());
  transceiver.stop();
  pc.removeTrack(transceiver.sender);
  expect(transceiver.sender.track).not.toBeNull();
});

test("dom-rtcpeerconnection-addtransceiver: kinds, tracks, directions, streams", () => {
  const pc = virtualPeers().create();
  const video = track("video");
  const transceiver = pc.addTransceiver(video, { direction: "sendonly" });
  expect(transceiver).toMatchObject({ direction: "sendonly", currentDirection: null, mid: null });
  expect(transceiver.sender.track).toBe(video);
  expect(transceiver.sender.dtmf).toBeNull();
  // Unlike addTrack, the same track may be sent twice.
  expect(pc.addTransceiver(video).sender).not.toBe(transceiver.sender);
  expect(pc.addTransceiver("audio").receiver.track.kind).toBe("audio");
  expect(state(pc).map(([, direction]) => direction)).toEqual(["sendonly", "sendrecv", "sendrecv"]);
});

test.each([
  ["application" as never, {}, "TypeError"],
  ["invalid" as never, {}, "TypeError"],
  ["audio", { direction: "invalid" as never }, "TypeError"],
  ["audio", { direction: "stopped" as const }, "TypeError"],
  ["audio", { streams: [{}] as never }, "TypeError"],
  ["video", { sendEncodings: [{ rid: "@Invalid!" }] }, "TypeError"],
  ["video", { sendEncodings: [{ rid: "" }] }, "TypeError"],
  ["video", { sendEncodings: [{ rid: "x".repeat(256) }] }, "TypeError"],
  ["video", { sendEncodings: [{ rid: "x".repeat(255) }] }, "returned"],
  ["video", { sendEncodings: [{ rid: "a" }, { rid: "a" }] }, "TypeError"],
  ["video", { sendEncodings: [{ rid: "a" }, {}] }, "TypeError"],
  ["video", { sendEncodings: [{}, {}] }, "TypeError"],
  ["video", { sendEncodings: [{ scaleResolutionDownBy: 0.5 }] }, "RangeError"],
  ["video", { sendEncodings: [{ scaleResolutionDownBy: 1 }] }, "returned"],
  ["video", { sendEncodings: [{ scaleResolutionDownBy: Number.NaN }] }, "TypeError"],
  ["video", { sendEncodings: [{ maxFramerate: -1 }] }, "RangeError"],
  ["audio", { sendEncodings: [{ scaleResolutionDownBy: 0.5, maxFramerate: -1 }] }, "returned"],
  ["video", { sendEncodings: [{ codec: { mimeType: "video/none", clockRate: 90_000 } }] }, "OperationError"],
  ["video", { sendEncodings: [{ codec: { mimeType: "video/vp8", clockRate: 90_000 } }] }, "returned"],
  ["audio", { sendEncodings: [{ codec: { mimeType: "video/VP8", clockRate: 90_000 } }] }, "OperationError"],
  ["video", { sendEncodings: [{ priority: "urgent" as never }] }, "TypeError"],
] as const)("dom-rtcpeerconnection-addtransceiver: %s %o: %s", (kind, init, outcome) => {
  const pc = virtualPeers().create();
  expect(thrown(() => pc.addTransceiver(kind, init as never))).toBe(outcome);
  expect(pc.getTransceivers()).toHaveLength(outcome === "returned" ? 1 : 0);
});

test("dom-rtcpeerconnection-addtransceiver: the kind is looked at before the connection is found closed", () => {
  const pc = virtualPeers().create();
  pc.close();
  expect(thrown(() => pc.addTransceiver("nothing" as never))).toBe("TypeError");
  expect(thrown(() => pc.addTransceiver("audio"))).toBe("InvalidStateError");
  expect(thrown(() => pc.addTransceiver("audio", { sendEncodings: [{}, {}] }))).toBe("InvalidStateError");
});

const encodings = (kind: "audio" | "video", sendEncodings: object[]) =>
  virtualPeers()
    .create()
    .addTransceiver(kind, { sendEncodings })
    .sender.getParameters()
    .encodings.map(({ rid, active, scaleResolutionDownBy }) => [rid, active, scaleResolutionDownBy]);

test("dfn-addtransceiver-sendencodings-validation-steps: defaults of scaleResolutionDownBy", () => {
  expect(encodings("video", [{ rid: "q" }, { rid: "h", active: false }, { rid: "f" }])).toEqual([
    ["q", true, 4],
    ["h", false, 2],
    ["f", true, 1],
  ]);
  expect(encodings("video", [{ rid: "q", scaleResolutionDownBy: 3 }, { rid: "h" }])).toEqual([
    ["q", true, 3],
    ["h", true, 1],
  ]);
  expect(encodings("video", [])).toEqual([[undefined, true, 1]]);
});

test("dfn-addtransceiver-sendencodings-validation-steps: a single encoding has no rid, and audio has one at most", () => {
  expect(encodings("video", [{ rid: "only" }])).toEqual([[undefined, true, 1]]);
  expect(encodings("audio", [{ rid: "a" }, { rid: "b" }])).toEqual([[undefined, true, undefined]]);
  expect(encodings("audio", [])).toEqual([[undefined, true, undefined]]);
  expect(
    encodings(
      "video",
      Array.from({ length: 20 }, (_, index) => ({ rid: `${index}` })),
    ),
  ).toHaveLength(8);
});

test("event-negotiation: addTrack, addTransceiver, direction, setStreams, removeTrack and stop ask for a negotiation, once each", async () => {
  const { create, host } = virtualPeers();
  const [a, b] = [create(), create()];
  let fired = 0;
  a.onnegotiationneeded = () => {
    fired += 1;
  };
  const settled = async (): Promise<number> => {
    await host.sleep(1);
    const count = fired;
    fired = 0;
    if (a.signalingState === "stable" && count > 0) await negotiate(a, b);
    await host.sleep(1);
    expect(fired).toBe(0);
    return count;
  };
  const sender = a.addTrack(track());
  a.addTransceiver("video");
  expect(await settled()).toBe(1);
  const [first, second] = a.getTransceivers();
  second!.direction = "inactive";
  expect(await settled()).toBe(1);
  // What was agreed on already is no reason to negotiate: the peer does not send.
  first!.direction = "sendonly";
  expect(await settled()).toBe(0);
  sender.setStreams(new MediaStream());
  expect(await settled()).toBe(1);
  a.removeTrack(sender);
  expect(await settled()).toBe(1);
  first!.stop();
  expect(await settled()).toBe(1);
  first!.stop();
  expect(await settled()).toBe(0);
});

test("legacy-configuration-extensions: offerToReceiveAudio and offerToReceiveVideo", async () => {
  const { create, host } = virtualPeers();
  const pc = create();
  let fired = 0;
  pc.onnegotiationneeded = () => {
    fired += 1;
  };
  await pc.createOffer({ offerToReceiveAudio: true });
  await pc.createOffer({ offerToReceiveAudio: true, offerToReceiveVideo: true });
  await host.sleep(1);
  expect(state(pc)).toEqual([
    [null, "recvonly", null, null],
    [null, "recvonly", null, null],
  ]);
  expect(fired).toBe(0);
  pc.addTrack(track());
  const { sdp } = await pc.createOffer({ offerToReceiveAudio: false, offerToReceiveVideo: false });
  expect(state(pc).map(([, direction]) => direction)).toEqual(["sendonly", "inactive"]);
  expect(sdp.match(/^m=\w+/gm)).toEqual(["m=audio", "m=video"]);
  pc.close();
  expect(await rejection(pc.createOffer({ offerToReceiveAudio: true }))).toBe("InvalidStateError");
});

test("dom-rtcpeerconnection-createoffer: what was added while it was under way is in it", async () => {
  const { create } = virtualPeers();
  const pc = create();
  const offer = pc.createOffer();
  pc.addTransceiver("audio");
  await next(pc, "negotiationneeded").catch(() => undefined);
  expect((await offer).sdp).toContain("m=audio");
});
