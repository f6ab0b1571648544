/** A forwarder between two connections: what comes in by one goes out by the other, packets as they are. */
import { seededRandom } from "@purertc/simulator";
import { expect, test } from "vitest";
import type { MediaTransceiver, RtpPacketInfo } from "../src/engine/index.ts";
import { MediaPeers } from "./media-peers.ts";

/** A publisher's connection and a subscriber's, and the forwarder's ends of both. */
class Forwarder {
  readonly up: MediaPeers;
  readonly down: MediaPeers;
  readonly published: MediaTransceiver;
  readonly incoming: MediaTransceiver;
  readonly outgoing: MediaTransceiver;
  readonly subscribed: MediaTransceiver;
  readonly refusals: string[] = [];
  accept: (info: RtpPacketInfo) => boolean = (info) => info.selected === true;

  constructor(kind: "audio" | "video", options: { up?: object; down?: object; rids?: readonly string[] } = {}) {
    const encodings = options.rids?.map((rid) => ({ rid, active: true }));
    this.up = new MediaPeers({ seed: 1, link: { delayMs: 10, ...options.up } });
    this.down = new MediaPeers({ seed: 2, link: { delayMs: 10, ...options.down } });
    this.published = this.up.add(this.up.offerer, kind, { direction: "sendonly", ...(encodings === undefined ? {} : { encodings }) });
    this.up.connect();
    this.outgoing = this.down.add(this.down.offerer, kind, { direction: "sendonly" });
    this.down.connect();
    this.incoming = this.up.counterpart(this.up.answerer, this.published);
    this.subscribed = this.down.counterpart(this.down.answerer, this.outgoing);
    this.incoming.receiver.addSink({
      packet: (packet, info) => {
        if (!this.accept(info)) return;
        const refusal = this.down.offerer.node.call((_, now) => this.outgoing.sender.sendPacket(now, packet, info));
        if (refusal !== undefined) this.refusals.push(refusal);
      },
    });
  }

  /** Both networks in step. */
  run(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.up.network.runFor(1);
      this.down.network.runFor(1);
    }
  }
}

test("RFC 7667 §3.7: a relay passes audio and its levels on, with numbers of its own", () => {
  const relay = new Forwarder("audio");
  const got = relay.down.receive(relay.subscribed);
  const sent = relay.up.sendAudio(relay.up.offerer, relay.published, 50);
  relay.run(1500);
  expect(relay.refusals).toEqual([]);
  expect(got.map(({ data }) => data)).toEqual(sent.map(({ data }) => data));
  expect(got[10]!.audioLevel).toEqual({ level: 30, voice: true });
  const [outbound] = relay.down.offerer.node.call((engine, now) => engine.mediaStats(now)).outbound;
  expect(got[0]!.ssrc).toBe(outbound!.ssrc);
  const [inbound] = relay.up.answerer.node.call((engine, now) => engine.mediaStats(now)).inbound;
  expect(inbound!.ssrc).not.toBe(outbound!.ssrc);
});

test("RFC 4585 §6.2.1: losses on either leg of a relay are repaired on that leg", () => {
  const relay = new Forwarder("video", { up: { lossRate: 0.05 }, down: { lossRate: 0.05 } });
  const got = relay.down.receive(relay.subscribed);
  const sent = relay.up.sendVideo(relay.up.offerer, relay.published, 100);
  relay.run(6000);
  expect(relay.refusals).toEqual([]);
  const payloads = sent.map(({ data }) => data.join());
  const indices = got.map(({ data }) => payloads.indexOf(data.join()));
  expect(indices).not.toContain(-1);
  expect(indices.length).toBeGreaterThanOrEqual(97);
  const upstream = relay.up.answerer.node.call((engine, now) => engine.mediaStats(now)).inbound[0]!;
  const downstream = relay.down.answerer.node.call((engine, now) => engine.mediaStats(now)).inbound[0]!;
  expect(upstream.retransmittedPacketsReceived).toBeGreaterThan(5);
  expect(downstream.retransmittedPacketsReceived).toBeGreaterThan(5);
});

test("RFC 3711 §9.1: what comes twice to a relay, or late and again, goes out once", () => {
  const link = { duplicateRate: 0.2, reorderRate: 0.2, lossRate: 0.02, jitterMs: 20 };
  const relay = new Forwarder("video", { up: link, down: link });
  const got = relay.down.receive(relay.subscribed);
  relay.up.sendVideo(relay.up.offerer, relay.published, 100);
  const seen: number[] = [];
  // The application gives everything twice, too.
  relay.incoming.receiver.addSink({
    packet: (packet, info) => {
      seen.push((packet[2]! << 8) | packet[3]!);
      relay.down.offerer.node.call((_, now) => relay.outgoing.sender.sendPacket(now, packet, info));
    },
  });
  relay.run(6000);
  expect(relay.refusals).toEqual([]);
  expect(new Set(seen).size).toBe(seen.length);
  expect(got.length).toBeGreaterThan(95);
});

test("RFC 8853: of three layers one is passed on; choosing another changes over at its key frame, without a gap or a step back", () => {
  const relay = new Forwarder("video", { rids: ["q", "h", "f"] });
  const { up, down, incoming, published } = relay;
  const got = down.receive(relay.subscribed);
  const packets: { sequenceNumber: number; timestamp: number }[] = [];
  relay.subscribed.receiver.addSink({
    packet: (packet) => {
      const view = new DataView(packet.buffer, packet.byteOffset);
      packets.push({ sequenceNumber: view.getUint16(2), timestamp: view.getUint32(4) });
    },
  });
  let asked = 0;
  const layers = { q: up.sendVideo(up.offerer, published, 150, 25, "q"), h: up.sendVideo(up.offerer, published, 150, 25, "h") };
  up.sendVideo(up.offerer, published, 150, 25, "f");
  up.offerer.node.onEvent((event) => {
    if (event.type === "keyframe-requested" && event.rid === "h") asked++;
  });
  relay.run(2500);
  expect(incoming.receiver.layers.toSorted()).toEqual(["f", "h", "q"]);
  const before = got.length;
  expect(before).toBeGreaterThan(55);
  up.answerer.node.call((_, now) => incoming.receiver.selectLayer(now, "h"));
  relay.run(4000);
  expect(asked).toBeGreaterThan(0);
  const of = (layer: "q" | "h") => new Set(layers[layer].map(({ data }) => data.join()));
  const [quarter, half] = [of("q"), of("h")];
  expect(got.slice(0, 20).every(({ data }) => quarter.has(data.join()))).toBe(true);
  expect(got.slice(-20).every(({ data }) => half.has(data.join()))).toBe(true);
  for (let i = 1; i < packets.length; i++) {
    expect((packets[i]!.sequenceNumber - packets[i - 1]!.sequenceNumber) & 0xffff).toBe(1);
    const step = (packets[i]!.timestamp - packets[i - 1]!.timestamp) | 0;
    expect(step).toBeGreaterThanOrEqual(0);
    expect(step).toBeLessThan(90_000);
  }
  // VP8's picture ids go on too, and nothing was lost at the change.
  expect(got.filter(({ afterLoss }) => afterLoss === true)).toEqual([]);
  const ids = got.map(({ details }) => (details as { pictureId: number }).pictureId);
  for (let i = 1; i < ids.length; i++) expect((ids[i]! - ids[i - 1]!) & 0x7fff).toBe(1);
});

test("RFC 5104 §4.3.1: a subscriber's wish for a key frame is told to who relays to it, and once for a burst of them", () => {
  const relay = new Forwarder("video");
  relay.down.receive(relay.subscribed);
  relay.up.sendVideo(relay.up.offerer, relay.published, 100, 1000);
  relay.run(1000);
  const requests = () => relay.down.offerer.node.events.filter(({ type }) => type === "keyframe-requested").length;
  const before = requests();
  for (let i = 0; i < 20; i++) relay.down.answerer.node.call((_, now) => relay.subscribed.receiver.requestKeyframe(now));
  relay.run(250);
  expect(requests() - before).toBeLessThanOrEqual(1);
  relay.run(1000);
  expect(requests() - before).toBeGreaterThanOrEqual(1);
});

test("RFC 7667 §3.7: another publisher's stream goes out from its key frame on, which is asked for; one without key frames after a while", () => {
  const relay = new Forwarder("video");
  const got = relay.down.receive(relay.subscribed);
  relay.up.sendVideo(relay.up.offerer, relay.published, 200, 1000);
  relay.run(500);
  const requests = () => relay.down.offerer.node.events.filter(({ type }) => type === "keyframe-requested").length;
  relay.down.network.runFor(50);
  const asked = requests();
  const codec = relay.outgoing.sender.codecs[0]!;
  const other = (sequenceNumber: number, startsKeyframe: boolean): void => {
    const packet = Uint8Array.of(
      0x80,
      0x80 | codec.payloadType,
      0,
      sequenceNumber,
      0,
      0,
      sequenceNumber,
      0,
      0,
      0,
      0,
      9,
      0x10,
      startsKeyframe ? 0 : 1,
      2,
      3,
    );
    relay.down.offerer.node.call((_, now) =>
      relay.outgoing.sender.sendPacket(now, packet, { ssrc: 9, rid: undefined, codec, receivedAt: now, startsKeyframe }),
    );
    relay.down.network.runFor(40);
  };
  const before = got.length;
  for (let i = 0; i < 10; i++) other(i, false);
  expect([got.length - before, requests() - asked]).toEqual([0, 1]);
  other(10, true);
  other(11, false);
  relay.down.network.runFor(200);
  expect(got.slice(before).map(({ keyframe, afterLoss }) => [keyframe, afterLoss ?? false])).toEqual([
    [true, false],
    [false, false],
  ]);
  relay.down.offerer.node.call(() => relay.outgoing.sender.interrupt());
  for (let i = 12; i < 12 + 75; i++) other(i, false);
  expect(got.length).toBe(before + 2);
  for (let i = 100; i < 110; i++) other(i, false);
  expect(got.length).toBeGreaterThan(before + 8);
});

test("RFC 3711 §9.1: whatever numbers a publisher's packets have, what goes out is protected once each, and the next stream is whole", () => {
  const relay = new Forwarder("video");
  const got = relay.down.receive(relay.subscribed);
  const { offerer, network } = relay.down;
  const random = seededRandom("numbers");
  const codec = relay.outgoing.sender.codecs[0]!;
  let sequenceNumber = 0;
  for (let i = 0; i < 4000; i++) {
    const leap = random.next();
    sequenceNumber = leap < 0.05 ? random.integer(0, 0xffff) : (sequenceNumber + (leap < 0.2 ? random.integer(-3000, 3000) : 1)) & 0xffff;
    const packet = random.bytes(random.integer(12, 60));
    packet[0] = 0x80 | (random.chance(0.2) ? random.integer(0, 0x3f) : 0);
    packet.set([sequenceNumber >> 8, sequenceNumber], 2);
    const info = { ssrc: random.integer(1, 3), rid: undefined, codec, startsKeyframe: random.chance(0.7) };
    offerer.node.call((_, now) => relay.outgoing.sender.sendPacket(now, packet, { ...info, receivedAt: now }));
    if (i % 8 === 0) network.runFor(5);
  }
  network.runFor(2000);
  got.length = 0;
  relay.up.sendVideo(relay.up.offerer, relay.published, 25);
  relay.run(2500);
  expect(got.length).toBeGreaterThan(20);
});
