import { expect, test } from "vitest";
import { MediaStream, type RTCPeerConnection, RTCTrackEvent } from "../../../src/index.ts";
import { negotiate, rejection, thrown, virtualPeers } from "../../virtual-host.ts";
import { logTracks, track } from "./tracks.ts";

const pair = (): { a: RTCPeerConnection; b: RTCPeerConnection; host: ReturnType<typeof virtualPeers>["host"] } => {
  const { create, host } = virtualPeers();
  return { a: create(), b: create(), host };
};

test("rtctrackevent: the event of a remote offer shows receiver, track, streams and transceiver in their new state", async () => {
  const { a, b } = pair();
  const stream = new MediaStream();
  a.addTrack(track("video"), stream);
  const { events } = logTracks(b);
  const states: unknown[] = [];
  b.ontrack = ({ transceiver, track: shown }) => states.push(b.signalingState, transceiver.direction, transceiver.mid, shown.muted);
  await b.setRemoteDescription(await a.createOffer());
  expect(events).toHaveLength(1);
  const [event] = events;
  const [transceiver] = b.getTransceivers();
  expect(event).toBeInstanceOf(RTCTrackEvent);
  expect(event!.transceiver).toBe(transceiver);
  expect(event!.receiver).toBe(transceiver!.receiver);
  expect(event!.track).toBe(transceiver!.receiver.track);
  expect(event!.streams.map(({ id }) => id)).toEqual([stream.id]);
  expect(Object.isFrozen(event!.streams)).toBe(true);
  expect(event!.streams[0]!.getTracks()).toEqual([event!.track]);
  expect(states).toEqual(["have-remote-offer", "recvonly", "0", true]);
});

test("dom-mediastreamtrack-id: a remote track is called what the peer calls it", async () => {
  const { a, b } = pair();
  const audio = track();
  a.addTrack(audio);
  await b.setRemoteDescription(await a.createOffer());
  expect(b.getReceivers()[0]!.track.id).toBe(audio.id);
});

test("set-description: signalingstatechange, then addtrack, then track, then the promise", async () => {
  const { a, b } = pair();
  const stream = new MediaStream();
  a.addTrack(track(), stream);
  const { log } = logTracks(b);
  b.onsignalingstatechange = () => log.push(b.signalingState);
  await negotiate(a, b);
  a.addTrack(track("video"), stream);
  log.length = 0;
  const offer = await a.createOffer();
  await b.setRemoteDescription(offer).then(() => log.push("resolved"));
  expect(log).toEqual(["have-remote-offer", `addtrack ${stream.id} 2`, `track video [${stream.id}]`, "resolved"]);
});

test("process-remote-tracks: two tracks of one stream, one track of two streams, a track of none", async () => {
  const { a, b } = pair();
  const [one, two] = [new MediaStream(), new MediaStream()];
  a.addTrack(track(), one);
  a.addTrack(track("video"), one, two);
  a.addTrack(track("video"));
  const { events } = logTracks(b);
  await b.setRemoteDescription(await a.createOffer());
  expect(events.map(({ streams }) => streams.map(({ id }) => id))).toEqual([[one.id], [one.id, two.id], []]);
  expect(events[1]!.streams[0]).toBe(events[0]!.streams[0]);
  expect(events[0]!.streams[0]!.getTracks()).toHaveLength(2);
});

test("process-remote-tracks: no event when the peer only receives, nor again when nothing changed", async () => {
  const { a, b } = pair();
  a.addTransceiver("audio", { direction: "recvonly" });
  a.addTransceiver("video", { direction: "inactive" });
  const { events } = logTracks(b);
  await negotiate(a, b);
  expect(events).toEqual([]);
  expect(b.getTransceivers().map(({ currentDirection }) => currentDirection)).toEqual(["inactive", "inactive"]);
  a.addTrack(track());
  await negotiate(a, b);
  await negotiate(a, b);
  expect(events).toHaveLength(1);
});

test("process-remote-tracks: direction taken away mutes and removes from the stream; given back, the same objects return", async () => {
  const { a, b } = pair();
  const stream = new MediaStream();
  const transceiver = a.addTransceiver(track(), { streams: [stream] });
  const { log, events } = logTracks(b);
  await negotiate(a, b);
  const [first] = events;
  transceiver.direction = "inactive";
  await negotiate(a, b);
  // Muted before, so no mute event.
  expect(log.splice(0)).toEqual([`track audio [${stream.id}]`, `removetrack ${stream.id} 0`]);
  expect(b.getTransceivers()[0]!.currentDirection).toBe("inactive");
  transceiver.direction = "sendrecv";
  await negotiate(a, b);
  expect(log).toEqual([`addtrack ${stream.id} 1`, `track audio [${stream.id}]`]);
  expect(events[1]!.track).toBe(first!.track);
  expect(events[1]!.streams[0]).toBe(first!.streams[0]);
});

test("process-remote-tracks: setStreams moves the track, with a track event for what it is added to", async () => {
  const { a, b } = pair();
  const [one, two] = [new MediaStream(), new MediaStream()];
  const sender = a.addTrack(track(), one);
  const { log } = logTracks(b);
  await negotiate(a, b);
  log.length = 0;
  sender.setStreams(one, two, two);
  await negotiate(a, b);
  expect(log.splice(0)).toEqual([`track audio [${one.id},${two.id}]`]);
  sender.setStreams(two);
  await negotiate(a, b);
  expect(log.splice(0)).toEqual([`removetrack ${one.id} 0`]);
  sender.setStreams();
  await negotiate(a, b);
  expect(log).toEqual([`removetrack ${two.id} 0`]);
  expect(thrown(() => sender.setStreams({} as never))).toBe("TypeError");
  a.close();
  expect(thrown(() => sender.setStreams(one))).toBe("InvalidStateError");
});

test("set-description: an answer that sends fires track at the offerer, one that does not fires nothing", async () => {
  const { a, b } = pair();
  a.addTransceiver("audio");
  a.addTransceiver("video");
  const { events } = logTracks(a);
  const offer = await a.createOffer();
  await a.setLocalDescription(offer);
  await b.setRemoteDescription(offer);
  b.addTrack(track("video"));
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription!);
  expect(events.map((event) => event.track.kind)).toEqual(["video"]);
  expect(a.getTransceivers().map(({ currentDirection }) => currentDirection)).toEqual(["sendonly", "sendrecv"]);
});

test("set-description step 11.1.7.2: our own answer that no longer receives mutes and removes", async () => {
  const { a, b } = pair();
  const stream = new MediaStream();
  a.addTrack(track(), stream);
  const { log } = logTracks(b);
  await negotiate(a, b);
  log.length = 0;
  b.getTransceivers()[0]!.direction = "inactive";
  await negotiate(a, b);
  expect(log).toEqual([`removetrack ${stream.id} 0`]);
  // The next offer sends again, so that the track comes back when we let it.
  b.getTransceivers()[0]!.direction = "recvonly";
  await negotiate(a, b);
  expect(log.slice(1)).toEqual([`addtrack ${stream.id} 1`, `track audio [${stream.id}]`, ...log.slice(3)]);
});

test("set-description rollback of a remote offer: transceivers it made are gone, streams and tracks as before", async () => {
  const { a, b } = pair();
  const stream = new MediaStream();
  a.addTrack(track(), stream);
  const { log, events } = logTracks(b);
  await b.setRemoteDescription(await a.createOffer());
  const [transceiver] = b.getTransceivers();
  log.length = 0;
  await b.setRemoteDescription({ type: "rollback" });
  expect(b.getTransceivers()).toEqual([]);
  expect(transceiver).toMatchObject({ mid: null, direction: "stopped", currentDirection: "stopped" });
  expect(events[0]!.streams[0]!.getTracks()).toEqual([]);
  expect(events[0]!.track.readyState).toBe("ended");
  expect(log[0]).toBe(`removetrack ${stream.id} 0`);
});

test("set-description rollback of a remote offer: a transceiver that addTrack has used since stays, without its section", async () => {
  const { a, b } = pair();
  a.addTrack(track());
  await b.setRemoteDescription(await a.createOffer());
  const sender = b.addTrack(track());
  await b.setRemoteDescription({ type: "rollback" });
  const [transceiver] = b.getTransceivers();
  expect(transceiver).toMatchObject({ mid: null, direction: "sendrecv", currentDirection: null });
  expect(transceiver!.sender).toBe(sender);
  const offer = await b.createOffer();
  expect(offer.sdp).toContain("m=audio");
});

test("set-description rollback of a remote offer that took a track away: it is back", async () => {
  const { a, b } = pair();
  const stream = new MediaStream();
  const transceiver = a.addTransceiver(track(), { streams: [stream] });
  await negotiate(a, b);
  const [receiver] = b.getReceivers();
  transceiver.direction = "recvonly";
  const { log } = logTracks(b);
  await b.setRemoteDescription(await a.createOffer());
  expect(receiver!.track.readyState).toBe("live");
  await b.setRemoteDescription({ type: "rollback" });
  expect(log).toEqual([`track audio [${stream.id}]`]);
});

test("set-description rollback of a local offer: mids and transports go, the transceivers stay", async () => {
  const { a, b } = pair();
  const transceiver = a.addTransceiver("audio");
  await a.setLocalDescription();
  expect(transceiver.mid).toBe("0");
  expect(transceiver.sender.transport).not.toBeNull();
  expect(transceiver.sender.transport).toBe(transceiver.receiver.transport);
  await a.setLocalDescription({ type: "rollback" });
  expect(transceiver).toMatchObject({ mid: null, direction: "sendrecv" });
  expect([transceiver.sender.transport, transceiver.receiver.transport]).toEqual([null, null]);
  await negotiate(a, b);
  expect(transceiver.currentDirection).toBe("sendonly");
});

test("set-description: a transport with the first local description or answer, one for all in the bundle", async () => {
  const { a, b } = pair();
  a.addTransceiver("audio");
  a.addTransceiver("video");
  a.createDataChannel("x");
  await b.setRemoteDescription(await a.createOffer());
  expect(b.getTransceivers().map(({ sender }) => sender.transport)).toEqual([null, null]);
  await negotiate(a, b);
  for (const pc of [a, b]) {
    const transports = new Set(pc.getTransceivers().flatMap(({ sender, receiver }) => [sender.transport, receiver.transport]));
    expect([...transports]).toEqual([pc.sctp!.transport]);
  }
});

test("rtctrackevent: what its constructor takes and refuses", () => {
  const pc = virtualPeers().create();
  const transceiver = pc.addTransceiver("audio");
  const { receiver } = transceiver;
  const init = { receiver, track: receiver.track, transceiver };
  const event = new RTCTrackEvent("track", { ...init, streams: [new MediaStream()], cancelable: true });
  expect([event.receiver, event.track, event.transceiver, event.streams.length, event.cancelable]).toEqual([
    receiver,
    receiver.track,
    transceiver,
    1,
    true,
  ]);
  expect(event.streams).toBe(event.streams);
  expect(new RTCTrackEvent("track", init).streams).toEqual([]);
  for (const missing of ["receiver", "track", "transceiver"]) {
    expect(thrown(() => new RTCTrackEvent("track", { ...init, [missing]: undefined } as never))).toBe("TypeError");
  }
  expect(thrown(() => new RTCTrackEvent("track", { ...init, streams: null } as never))).toBe("TypeError");
  expect(thrown(() => Reflect.construct(RTCTrackEvent, ["track"]))).toBe("TypeError");
});

test("set-description: addTrack on both sides meets in one section", async () => {
  const { a, b } = pair();
  a.addTrack(track());
  b.addTrack(track());
  await negotiate(a, b);
  expect([a, b].map((pc) => pc.getTransceivers().map(({ currentDirection }) => currentDirection))).toEqual([["sendrecv"], ["sendrecv"]]);
  // addTransceiver's do not: they make an offer of their own.
  b.addTransceiver("audio");
  a.addTransceiver("audio");
  await negotiate(a, b);
  expect(b.getTransceivers()).toHaveLength(3);
  expect(await rejection(negotiate(b, a))).toBe("fulfilled");
  expect(a.getTransceivers()).toHaveLength(3);
});

test("set-description: a bundle that was agreed on carries tracks and the association alike", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.addTrack(track());
  a.createDataChannel("");
  await a.setLocalDescription();
  const [sender] = a.getSenders();
  expect(a.sctp!.transport).not.toBe(sender!.transport);
  await b.setRemoteDescription(a.localDescription!);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription!);
  expect(a.sctp!.transport).toBe(sender!.transport);
  expect(b.sctp!.transport).toBe(b.getReceivers()[0]!.transport);
});
