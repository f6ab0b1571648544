import { expect, test } from "vitest";
import {
  EncodedTrackGenerator,
  EncodedTrackProcessor,
  type RTCEncodedAudioFrame,
  type RTCEncodedVideoFrame,
  type RTCInboundRtpStreamStats,
  type RTCTrackEvent,
  RtpTrackGenerator,
  RtpTrackProcessor,
  type WritableFrame,
} from "../../../src/index.ts";
import { exchangeCandidates, negotiate, next, virtualPeers } from "../../virtual-host.ts";
import { audio, collect, connected, play, sending, video } from "./flow-scene.ts";
import { vp8Frame } from "./tracks.ts";

test("mediastreamtrack-network-use: frames of video from a generator to a processor, unmuted with the first packet", async () => {
  const { host, generator, remote } = await sending("video");
  const log: string[] = [];
  remote.onunmute = () => log.push(`unmute ${remote.muted}`);
  const reading = collect<RTCEncodedVideoFrame>(remote, 12);
  expect(remote.muted).toBe(true);
  await play(host, generator, 14, video);
  const frames = await reading;
  expect(log).toEqual(["unmute false"]);
  expect(frames.map(({ type }) => type)).toEqual(["key", ...Array(9).fill("delta"), "key", "delta"]);
  expect(frames.every(({ data }) => data.byteLength === 3000)).toBe(true);
  const [first, second] = frames;
  expect((second!.timestamp - first!.timestamp) >>> 0).toBe(2970);
  const metadata = first!.getMetadata();
  expect(metadata).toMatchObject({ mimeType: "video/VP8", width: 64, height: 48, contributingSources: [] });
  expect(metadata.synchronizationSource).toBeGreaterThan(0);
  expect(metadata.receiveTime! - (host.runtime.timeOrigin - performance.timeOrigin)).toBeLessThanOrEqual(host.now);
  expect(remote.getSettings()).toEqual({ width: 64, height: 48 });
});

test("rtcrtpreceiver: frames of audio, with sequence numbers and levels; contributing and synchronization sources", async () => {
  const { b, host, generator, remote } = await sending("audio");
  const reading = collect<RTCEncodedAudioFrame>(remote, 3);
  await play(host, generator, 6, audio);
  const [first, second] = await reading;
  const { sequenceNumber, audioLevel, synchronizationSource } = first!.getMetadata();
  expect(second!.getMetadata().sequenceNumber).toBe((sequenceNumber! + 1) & 0xffff);
  expect(audioLevel).toBeCloseTo(0.1);
  expect(new Uint8Array(second!.data)).toEqual(new Uint8Array(80).fill(1));
  const [receiver] = b.getReceivers();
  const [source] = receiver!.getSynchronizationSources();
  expect(source).toMatchObject({ source: synchronizationSource });
  expect(source!.audioLevel).toBeCloseTo(0.1);
  expect(receiver!.getContributingSources()).toEqual([]);
  expect(Math.abs(host.runtime.timeOrigin + host.now - source!.timestamp)).toBeLessThan(1000);
  await host.sleep(11_000);
  expect(receiver!.getSynchronizationSources()).toEqual([]);
});

test("keyframerequest: when the peer asks for one", async () => {
  const { b, host, generator, remote } = await sending("video");
  let requests = 0;
  generator.onkeyframerequest = () => {
    requests += 1;
  };
  const reading = collect<RTCEncodedVideoFrame>(remote, 1);
  await play(host, generator, 3, video);
  await reading;
  requests = 0;
  await play(host, generator, 20, (index) => video(index + 1));
  requests = 0;
  b.getReceivers()[0]!.requestKeyframe();
  await play(host, generator, 10, (index) => video(index + 21));
  expect(requests).toBe(1);
});

test("back-pressure: writing waits while the sender has too much queued, and goes on when it has been sent", async () => {
  const { host, generator } = await sending("video");
  const writer = generator.writable.getWriter();
  await writer.write({ ...video(0), data: vp8Frame(300_000, true) } as WritableFrame);
  expect(writer.desiredSize).toBe(1);
  let written = false;
  const second = writer.write({ ...video(1), data: vp8Frame(300_000, false) } as WritableFrame).then(() => {
    written = true;
  });
  await host.sleep(10);
  expect([written, writer.desiredSize]).toEqual([false, 0]);
  await second;
  expect(writer.desiredSize).toBe(1);
});

test("back-pressure: ends with the sender's track, the transceiver and the connection", async () => {
  for (const end of ["replaceTrack", "stop", "close"] as const) {
    const { a, host, generator } = await sending("video");
    const writer = generator.writable.getWriter();
    void writer.write({ ...video(0), data: vp8Frame(300_000, true) } as WritableFrame);
    const second = writer.write({ ...video(1), data: vp8Frame(3_000_000, false) } as WritableFrame);
    await host.sleep(1);
    if (end === "replaceTrack") await a.getSenders()[0]!.replaceTrack(null);
    else if (end === "stop") a.getTransceivers()[0]!.stop();
    else a.close();
    await second;
    await writer.write(video(2));
  }
});

test("dom-mediastreamtrack-enabled, dom-rtcrtpsender-replacetrack, removeTrack: what is not to be sent is not", async () => {
  const { a, b, host, generator, remote } = await sending("audio");
  let packets = 0;
  new RtpTrackProcessor({
    track: remote,
    onpacket: () => {
      packets += 1;
    },
  });
  const during = async (): Promise<number> => {
    packets = 0;
    await play(host, generator, 4, audio);
    await host.sleep(50);
    return packets;
  };
  expect(await during()).toBe(4);
  generator.track.enabled = false;
  expect(await during()).toBe(0);
  generator.track.enabled = true;
  remote.enabled = false;
  expect(await during()).toBe(0);
  remote.enabled = true;
  const [sender] = a.getSenders();
  await sender!.replaceTrack(null);
  expect(await during()).toBe(0);
  await sender!.replaceTrack(generator.track.clone());
  expect(await during()).toBe(4);
  const parameters = sender!.getParameters();
  parameters.encodings[0]!.active = false;
  await sender!.setParameters(parameters);
  expect(await during()).toBe(0);
  const again = sender!.getParameters();
  again.encodings[0]!.active = true;
  await sender!.setParameters(again);
  expect(await during()).toBe(4);
  b.getTransceivers()[0]!.direction = "inactive";
  await negotiate(b, a);
  expect(await during()).toBe(0);
});

test("relay: a received track sent on by another connection, with a key frame asked of the origin", async () => {
  const { create, host } = virtualPeers();
  const [origin, relay, out, viewer] = [create(), create(), create(), create()];
  exchangeCandidates(origin, relay);
  exchangeCandidates(out, viewer);
  const generator = new EncodedTrackGenerator({ kind: "video" });
  let requests = 0;
  generator.onkeyframerequest = () => {
    requests += 1;
  };
  origin.addTrack(generator.track);
  const arrived = next<RTCTrackEvent>(relay, "track");
  await negotiate(origin, relay);
  const { track: received } = await arrived;
  await connected(origin);
  await play(host, generator, 5, video);
  out.addTrack(received);
  const shown = next<RTCTrackEvent>(viewer, "track");
  await negotiate(out, viewer);
  const { track: final } = await shown;
  await connected(out);
  await connected(viewer);
  requests = 0;
  const reading = collect<RTCEncodedVideoFrame>(final, 5);
  await play(host, generator, 25, (index) => video(index + 1));
  const frames = await reading;
  expect(requests).toBeGreaterThan(0);
  expect(frames[0]!.type).toBe("key");
  expect(frames.map(({ data }) => data.byteLength)).toEqual([3000, 3000, 3000, 3000, 3000]);
});

test("relay: a pause (enabled, replaceTrack, tones) is no loss for those behind it", async () => {
  const { create, host } = virtualPeers();
  const [origin, relay, out, viewer] = [create(), create(), create(), create()];
  exchangeCandidates(origin, relay);
  exchangeCandidates(out, viewer);
  const generator = new EncodedTrackGenerator({ kind: "audio" });
  origin.addTrack(generator.track);
  const arrived = next<RTCTrackEvent>(relay, "track");
  await negotiate(origin, relay);
  const { track: received } = await arrived;
  const sender = out.addTrack(received);
  await negotiate(out, viewer);
  await Promise.all([origin, relay, out, viewer].map(connected));
  let frames = 0;
  const run = (count: number): Promise<void> => play(host, generator, count, () => audio(frames++));
  const lost = async (): Promise<number> => {
    const inbound = [...(await viewer.getStats()).values()].find(({ type }) => type === "inbound-rtp") as RTCInboundRtpStreamStats;
    expect(inbound.packetsReceived).toBeGreaterThan(0);
    return inbound.packetsLost;
  };
  await run(10);
  received.enabled = false;
  await run(30);
  received.enabled = true;
  await run(10);
  expect(await lost()).toBe(0);
  await sender.replaceTrack(null);
  await run(30);
  await sender.replaceTrack(received);
  await run(10);
  expect(await lost()).toBe(0);
  sender.dtmf!.insertDTMF("1", 300, 30);
  await run(30);
  expect(await lost()).toBe(0);
});

test("echo: a track sent back where it came from", async () => {
  const { create, host } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  const generator = new EncodedTrackGenerator({ kind: "audio" });
  a.addTrack(generator.track);
  b.ontrack = ({ track }) => void b.addTrack(track);
  const echoed = next<RTCTrackEvent>(a, "track");
  await negotiate(a, b);
  const { track } = await echoed;
  await connected(a);
  const reading = collect<RTCEncodedAudioFrame>(track, 5);
  await play(host, generator, 10, audio);
  expect((await reading).map(({ data }) => new Uint8Array(data)[0])).toHaveLength(5);
});

test("RtpTrackGenerator: packets from elsewhere get the connection's SSRC, payload type and sequence", async () => {
  const { create, host } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  const generator = new RtpTrackGenerator({ kind: "audio" });
  a.addTrack(generator.track);
  const event = next<RTCTrackEvent>(b, "track");
  await negotiate(a, b);
  const { track } = await event;
  await connected(a);
  const received: Uint8Array[] = [];
  new RtpTrackProcessor({ track, onpacket: (packet) => received.push(packet.slice()) });
  const writer = generator.writable.getWriter();
  for (let i = 0; i < 5; i++) {
    await writer.write(Uint8Array.of(0x80, 111, 0, i, 0, 0, 0, i, 9, 9, 9, 9, 1, 2, 3, i));
    await host.sleep(20);
  }
  await host.sleep(20);
  expect(received.map((packet) => packet.at(-1))).toEqual([0, 1, 2, 3, 4]);
  const { codecs } = a.getSenders()[0]!.getParameters();
  expect(received[0]![1]! & 0x7f).toBe(codecs.find(({ mimeType }) => mimeType === "audio/opus")!.payloadType);
  expect([...received[0]!.subarray(8, 12)]).not.toEqual([9, 9, 9, 9]);
});

test("RtpTrackProcessor: what onpacket throws is reported and harms nothing", async () => {
  const { host, generator, remote } = await sending("audio");
  const reported = new Promise<unknown>((resolve) => {
    const listeners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.once("uncaughtException", (error) => {
      for (const listener of listeners) process.on("uncaughtException", listener);
      resolve(error);
    });
  });
  let calls = 0;
  new RtpTrackProcessor({
    track: remote,
    onpacket: () => {
      calls += 1;
      if (calls === 1) throw new RangeError("from onpacket");
    },
  });
  await play(host, generator, 3, audio);
  expect(await reported).toMatchObject({ message: "from onpacket" });
  expect(calls).toBeGreaterThan(1);
});

test("RtpTrackProcessor: onpacket may even close the connection that it is called from", async () => {
  const { b, host, generator, remote } = await sending("audio");
  let calls = 0;
  new RtpTrackProcessor({
    track: remote,
    onpacket: () => {
      calls += 1;
      b.close();
    },
  });
  const reading = collect(remote, 10);
  await play(host, generator, 5, audio);
  expect(calls).toBe(1);
  expect(b.connectionState).toBe("closed");
  expect((await reading).length).toBeLessThanOrEqual(1);
});

test("dom-rtcrtpreceiver-jitterbuffertarget: how long frames wait for what is missing before them", async () => {
  const { b, host, generator, remote } = await sending("audio");
  const [receiver] = b.getReceivers();
  const arrivals: number[] = [];
  void (async () => {
    for await (const _ of new EncodedTrackProcessor({ track: remote }).readable) arrivals.push(host.now);
  })();
  let frames = 0;
  const longestWait = async (target: number | null): Promise<number> => {
    receiver!.jitterBufferTarget = target;
    await play(host, generator, 10, () => audio(frames++));
    let lost = false;
    host.onDatagram = (_, __, datagram) => {
      // RFC 7983, RFC 5761: the first RTP packet.
      const isLost = !lost && datagram[0]! >= 128 && (datagram[1]! < 192 || datagram[1]! > 223);
      lost ||= isLost;
      return !isLost;
    };
    arrivals.splice(0, arrivals.length, host.now);
    await play(host, generator, 60, () => audio(frames++));
    host.onDatagram = () => true;
    return Math.max(...arrivals.slice(1).map((at, index) => at - arrivals[index]!));
  };
  const quick = await longestWait(0);
  expect(await longestWait(800)).toBeGreaterThan(quick + 400);
  expect(await longestWait(0)).toBeLessThan(quick + 100);
});

test("dom-rtcrtptransceiver-stop, dfn-close-the-connection: readers of a remote track come to their end", async () => {
  const { a, b, host, generator, remote } = await sending("audio");
  const reading = collect(remote, 1000);
  await play(host, generator, 3, audio);
  a.getTransceivers()[0]!.stop();
  await negotiate(a, b);
  expect((await reading).length).toBeGreaterThan(0);
  const other = await sending("audio");
  const unread = new EncodedTrackProcessor({ track: other.remote }).readable.getReader().read();
  other.b.close();
  expect(await unread).toEqual({ value: undefined, done: true });
});

test("mediastreamtrack-network-use: goodbye (RTCP BYE) mutes: stop() without negotiation, and close()", async () => {
  for (const end of ["stop", "close"] as const) {
    const { a, host, generator, remote } = await sending("audio");
    await play(host, generator, 3, audio);
    expect(remote.muted).toBe(false);
    const muted = next(remote, "mute");
    if (end === "stop") a.getTransceivers()[0]!.stop();
    else a.close();
    await muted;
    expect([remote.muted, remote.readyState]).toEqual([true, "live"]);
  }
});

test("process-remote-tracks: inactive mutes, sendrecv and a packet unmute again", async () => {
  const { a, b, host, generator, remote } = await sending("audio");
  await play(host, generator, 3, audio);
  const log: string[] = [];
  for (const type of ["mute", "unmute"]) remote.addEventListener(type, () => log.push(type));
  a.getTransceivers()[0]!.direction = "inactive";
  await negotiate(a, b);
  expect(log).toEqual(["mute"]);
  a.getTransceivers()[0]!.direction = "sendrecv";
  await negotiate(a, b);
  expect(log).toEqual(["mute"]);
  await play(host, generator, 3, (index) => audio(index + 50));
  expect(log).toEqual(["mute", "unmute"]);
});

test("desiredBitrate: the least that can be sent, told by bitratechange", async () => {
  const { a, host, generator } = await sending("video");
  const [sender] = a.getSenders();
  const changed: (number | null)[] = [];
  generator.onbitratechange = () => changed.push(generator.desiredBitrate);
  const parameters = sender!.getParameters();
  parameters.encodings[0]!.maxBitrate = 100_000;
  await sender!.setParameters(parameters);
  await host.sleep(1);
  expect(generator.desiredBitrate).toBe(100_000);
  expect(changed).toEqual([100_000]);
  await sender!.replaceTrack(null);
  await host.sleep(1);
  expect(generator.desiredBitrate).toBeNull();
});
