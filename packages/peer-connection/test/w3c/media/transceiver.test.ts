import { expect, test } from "vitest";
import { type RTCRtpCodec, RTCRtpReceiver, RTCRtpSender } from "../../../src/index.ts";
import { negotiate, next, thrown, virtualPeers } from "../../virtual-host.ts";
import { logTracks, track } from "./tracks.ts";

test("dom-rtcrtptransceiver-direction: what may be set, and what is read", () => {
  const pc = virtualPeers().create();
  const transceiver = pc.addTransceiver("audio");
  for (const direction of ["sendonly", "recvonly", "inactive", "sendrecv"] as const) {
    transceiver.direction = direction;
    expect(transceiver.direction).toBe(direction);
  }
  transceiver.direction = "nonsense" as never;
  expect(transceiver.direction).toBe("sendrecv");
  expect(
    thrown(() => {
      transceiver.direction = "stopped";
    }),
  ).toBe("TypeError");
  transceiver.stop();
  expect(transceiver.direction).toBe("stopped");
  expect(
    thrown(() => {
      transceiver.direction = "stopped";
    }),
  ).toBe("InvalidStateError");
});

test("dom-rtcrtptransceiver-direction: after close, InvalidStateError", () => {
  const pc = virtualPeers().create();
  const transceiver = pc.addTransceiver("audio");
  pc.close();
  expect(
    thrown(() => {
      transceiver.direction = "inactive";
    }),
  ).toBe("InvalidStateError");
});

test("dom-rtcrtptransceiver-currentdirection: null until an answer, and then what both agreed on", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  const transceiver = a.addTransceiver("audio");
  await a.setLocalDescription();
  expect(transceiver.currentDirection).toBeNull();
  await b.setRemoteDescription(a.localDescription!);
  const [other] = b.getTransceivers();
  other!.direction = "sendrecv";
  await b.setLocalDescription();
  expect([transceiver.currentDirection, other!.currentDirection]).toEqual([null, "sendrecv"]);
  await a.setRemoteDescription(b.localDescription!);
  expect(transceiver.currentDirection).toBe("sendrecv");
  transceiver.direction = "recvonly";
  expect(transceiver.currentDirection).toBe("sendrecv");
  await negotiate(a, b);
  expect([transceiver.currentDirection, other!.currentDirection]).toEqual(["recvonly", "sendonly"]);
});

test("dom-rtcrtptransceiver-stop: at once stopping, stopped with the answer, and then gone on both sides", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.addTrack(track());
  const { log } = logTracks(b);
  await negotiate(a, b);
  const [mine] = a.getTransceivers();
  const [theirs] = b.getTransceivers();
  const ended = next(mine!.receiver.track, "ended");
  mine!.stop();
  expect([mine!.direction, mine!.currentDirection, mine!.receiver.track.readyState]).toEqual(["stopped", "sendonly", "ended"]);
  expect(a.getTransceivers()).toEqual([mine]);
  expect(a.getSenders()).toEqual([mine!.sender]);
  await ended;
  await a.setLocalDescription();
  expect(mine!.currentDirection).toBe("sendonly");
  await b.setRemoteDescription(a.localDescription!);
  expect([theirs!.direction, theirs!.currentDirection, theirs!.receiver.track.readyState]).toEqual(["stopped", "stopped", "ended"]);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription!);
  expect(mine!.currentDirection).toBe("stopped");
  expect([a, b].flatMap((pc) => [pc.getTransceivers(), pc.getSenders(), pc.getReceivers()].map((list) => list.length))).toEqual([
    0, 0, 0, 0, 0, 0,
  ]);
  expect(log).toEqual(["track audio []", "ended"]);
  expect(mine!.mid).toBe("0");
});

test("dom-rtcrtptransceiver-stop: before the first offer it is never offered; the section of one stopped is used again", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.addTransceiver("video").stop();
  const audio = a.addTransceiver("audio");
  const { sdp } = await a.createOffer();
  expect(sdp.match(/^m=\w+ \d+/gm)).toEqual(["m=audio 9"]);
  await negotiate(a, b);
  expect(a.getTransceivers()).toEqual([audio]);
  audio.stop();
  await negotiate(a, b);
  a.addTransceiver("video");
  await negotiate(a, b);
  expect(a.localDescription!.sdp.match(/^m=\w+/gm)).toEqual(["m=video"]);
  expect(a.getTransceivers()).toHaveLength(1);
});

test("dom-rtcrtptransceiver-stop: twice is once, a closed connection InvalidStateError", () => {
  const pc = virtualPeers().create();
  const transceiver = pc.addTransceiver("audio");
  transceiver.stop();
  transceiver.stop();
  pc.close();
  expect(thrown(() => transceiver.stop())).toBe("InvalidStateError");
});

test("dom-rtcrtptransceiver-stop: one that is stopping does not affect the answer but for the direction; our own offer ends it", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.addTrack(track());
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription!);
  const [theirs] = b.getTransceivers();
  theirs!.stop();
  const needed = next(b, "negotiationneeded");
  await b.setLocalDescription();
  expect(b.localDescription!.sdp).toMatch(/^m=audio 9 [\s\S]*^a=inactive/m);
  const [mine] = a.getTransceivers();
  await a.setRemoteDescription(b.localDescription!);
  expect([mine!.direction, mine!.currentDirection]).toEqual(["sendrecv", "inactive"]);
  expect([theirs!.direction, theirs!.currentDirection]).toEqual(["stopped", "inactive"]);
  await needed;
  await negotiate(b, a);
  expect([theirs!.direction, theirs!.currentDirection]).toEqual(["stopped", "stopped"]);
  expect([mine!.direction, mine!.currentDirection]).toEqual(["stopped", "stopped"]);
  expect([a.getTransceivers(), b.getTransceivers()]).toEqual([[], []]);
});

test("dfn-close-the-connection step 4: transceivers are stopped and receivers' tracks end, senders' tracks do not", async () => {
  const { create } = virtualPeers();
  const pc = create();
  const audio = track();
  pc.addTrack(audio);
  const [transceiver] = pc.getTransceivers();
  const clone = transceiver!.receiver.track.clone();
  const ended = Promise.all([next(transceiver!.receiver.track, "ended"), next(clone, "ended")]);
  pc.close();
  expect([transceiver!.direction, transceiver!.currentDirection]).toEqual(["stopped", "stopped"]);
  expect([transceiver!.receiver.track.readyState, audio.readyState]).toEqual(["ended", "live"]);
  expect([pc.getSenders(), pc.getReceivers(), pc.getTransceivers().length]).toEqual([[], [], 1]);
  await ended;
});

test("dom-rtcrtptransceiver-stop: at every step of an exchange, on either side, the next one settles it", async () => {
  const steps = ["createOffer", "setLocal", "setRemote", "createAnswer", "setLocalAnswer"] as const;
  for (const step of steps) {
    for (const side of ["offerer", "answerer"] as const) {
      const { create } = virtualPeers();
      const [a, b] = [create(), create()];
      a.addTrack(track());
      await negotiate(a, b);
      const stop = (at: (typeof steps)[number]): void => {
        if (at === step) (side === "offerer" ? a : b).getTransceivers()[0]!.stop();
      };
      const offer = await a.createOffer();
      stop("createOffer");
      await a.setLocalDescription(offer);
      stop("setLocal");
      await b.setRemoteDescription(offer);
      stop("setRemote");
      const answer = await b.createAnswer();
      stop("createAnswer");
      await b.setLocalDescription(answer);
      stop("setLocalAnswer");
      await a.setRemoteDescription(answer);
      await negotiate(a, b);
      if (side === "answerer") await negotiate(b, a);
      expect([a.getTransceivers(), b.getTransceivers()], `${side} ${step}`).toEqual([[], []]);
    }
  }
});

test("RFC 8830 §3.1: without a track id in a=msid the remote track has one of its own", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.addTrack(track());
  const { sdp } = await a.createOffer();
  const { events } = logTracks(b);
  await b.setRemoteDescription({ type: "offer", sdp: sdp.replace(/^a=msid:.*$/m, "a=msid:alone").replace(/^a=ssrc:.*\r\n/gm, "") });
  expect(events[0]!.streams.map(({ id }) => id)).toEqual(["alone"]);
  expect(events[0]!.track.id).toMatch(/^[0-9a-f-]{36}$/);
});

const codecs = (kind: string): RTCRtpCodec[] => RTCRtpReceiver.getCapabilities(kind)!.codecs;
const named = (kind: string, name: string): RTCRtpCodec[] => codecs(kind).filter(({ mimeType }) => mimeType === `${kind}/${name}`);

test("dom-rtcrtpsender-getcapabilities: codecs and header extensions of both kinds, null for others, fresh objects", () => {
  for (const Interface of [RTCRtpSender, RTCRtpReceiver]) {
    const audio = Interface.getCapabilities("audio")!;
    expect(audio.codecs[0]).toEqual({ mimeType: "audio/opus", clockRate: 48_000, channels: 2, sdpFmtpLine: "minptime=10;useinbandfec=1" });
    expect(audio.headerExtensions).toContainEqual({ uri: "urn:ietf:params:rtp-hdrext:ssrc-audio-level" });
    const video = Interface.getCapabilities("video")!;
    expect(video.codecs[0]).toEqual({ mimeType: "video/VP8", clockRate: 90_000 });
    expect(Interface.getCapabilities("video")).toEqual(video);
    expect(Interface.getCapabilities("video")).not.toBe(video);
    expect(Interface.getCapabilities("data")).toBeNull();
    expect(thrown(() => Reflect.apply(Interface.getCapabilities, Interface, []))).toBe("TypeError");
  }
});

test("dom-rtcrtptransceiver-setcodecpreferences: what is offered, and in what order", async () => {
  const pc = virtualPeers().create();
  const transceiver = pc.addTransceiver("video");
  transceiver.setCodecPreferences([...named("video", "VP9"), ...named("video", "VP8"), ...named("video", "rtx"), ...named("video", "VP8")]);
  const { sdp } = await pc.createOffer();
  const names = [...sdp.matchAll(/^a=rtpmap:\d+ (\w+)\//gm)].map(([, name]) => name);
  expect(names.filter((name) => name !== "rtx")).toEqual(["VP9", "VP9", "VP8"]);
  transceiver.setCodecPreferences([]);
  expect((await pc.createOffer()).sdp).toContain("H264");
});

test.each([
  ["one that is not there", [{ mimeType: "video/none", clockRate: 90_000 }], "InvalidModificationError"],
  ["one of the other kind", codecs("audio"), "InvalidModificationError"],
  ["only retransmissions", named("video", "rtx"), "InvalidModificationError"],
  ["another clock rate", [{ mimeType: "video/VP8", clockRate: 90_001 }], "InvalidModificationError"],
  ["channels", [{ mimeType: "video/VP8", clockRate: 90_000, channels: 2 }], "InvalidModificationError"],
  ["another fmtp line", [{ mimeType: "video/VP8", clockRate: 90_000, sdpFmtpLine: "x=1" }], "InvalidModificationError"],
  ["letters of another case", [{ mimeType: "VIDEO/vp8", clockRate: 90_000 }], "returned"],
  ["a codec without clock rate", [{ mimeType: "video/VP8" }], "TypeError"],
  ["no list", {}, "TypeError"],
])("dom-rtcrtptransceiver-setcodecpreferences: %s: %#", (_, list, outcome) => {
  const transceiver = virtualPeers().create().addTransceiver("video");
  expect(thrown(() => transceiver.setCodecPreferences(list as never))).toBe(outcome);
});

test("dom-rtcrtptransceiver-setcodecpreferences step 8: tones alone are something to offer, noise and redundancy are not", () => {
  const transceiver = virtualPeers().create().addTransceiver("audio");
  transceiver.setCodecPreferences(named("audio", "telephone-event"));
  for (const name of ["CN", "red"]) {
    expect(thrown(() => transceiver.setCodecPreferences(named("audio", name)))).toBe("InvalidModificationError");
  }
});

test("dom-rtcrtpreceiver-jitterbuffertarget: 0 to 4000 or null", () => {
  const { receiver } = virtualPeers().create().addTransceiver("audio");
  expect(receiver.jitterBufferTarget).toBeNull();
  receiver.jitterBufferTarget = 4000;
  expect(receiver.jitterBufferTarget).toBe(4000);
  for (const wrong of [-1, 4001]) {
    expect(
      thrown(() => {
        receiver.jitterBufferTarget = wrong;
      }),
    ).toBe("RangeError");
  }
  expect(receiver.jitterBufferTarget).toBe(4000);
  receiver.jitterBufferTarget = null;
  expect(receiver.jitterBufferTarget).toBeNull();
});
