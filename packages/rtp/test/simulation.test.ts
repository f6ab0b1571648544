/** A video stream over a bad network in virtual time: packetizer, history and RTX on one side; statistics, NACK, jitter buffer and depacketizer on the other. */
import { Malformed } from "@purertc/core";
import { type SeededRandom, seededRandom } from "@purertc/simulator";
import { expect, test } from "vitest";
import {
  JitterBuffer,
  KeyframeRequester,
  NackGenerator,
  nackEntries,
  nackedSequenceNumbers,
  PacketHistory,
  parseRtcp,
  ReceptionStatistics,
  RtpHeaderTemplate,
  RtpReader,
  RtxSender,
  restoreRtxPacket,
  Vp8Depacketizer,
  Vp8Packetizer,
  writeRtcp,
} from "../src/index.ts";

const SSRC = 0x11111111;
const RTX_SSRC = 0x22222222;
const MEDIA = 96;
const RTX = 97;

/** A queue of things to do in virtual time. */
class Timeline {
  now = 0;
  readonly #events: { at: number; run: () => void }[] = []; // by time, then as they came

  at(at: number, run: () => void): void {
    const event = { at: Math.max(at, this.now), run };
    let index = this.#events.length;
    while (index > 0 && this.#events[index - 1]!.at > event.at) index -= 1; // most events are near the end, or near now
    this.#events.splice(index, 0, event);
  }

  run(until: number): void {
    for (;;) {
      const next = this.#events[0];
      if (next === undefined || next.at > until) return;
      this.#events.shift();
      this.now = next.at;
      next.run();
    }
  }
}

interface Result {
  readonly sent: number;
  readonly intact: number;
  readonly afterLoss: number;
  readonly nacks: number;
  readonly retransmissions: number;
  readonly keyframesWanted: number;
  readonly statistics: ReceptionStatistics;
}

/** Sends `frames` frames of 30 fps over a link with this loss and jitter, and takes stock. */
function stream(seed: number, frames: number, link: { loss: number; jitterMs: number; delayMs: number }): Result {
  const time = new Timeline();
  const random = seededRandom(seed);
  const lane = (name: string) => {
    const own: SeededRandom = random.fork(name);
    return (bytes: Uint8Array, deliver: (bytes: Uint8Array) => void) => {
      if (!own.chance(link.loss)) time.at(time.now + link.delayMs + own.next() * link.jitterMs, () => deliver(bytes));
    };
  };
  const [forth, back] = [lane("forth"), lane("back")];

  const packetizer = new Vp8Packetizer();
  const header = new RtpHeaderTemplate({ ssrc: SSRC, payloadType: MEDIA });
  const history = new PacketHistory();
  const rtx = new RtxSender({ ssrc: RTX_SSRC, payloadType: RTX }, 5000);
  const sentFrames = new Map<number, Uint8Array>();
  let sequenceNumber = 65_000;
  let retransmissions = 0;

  const reader = new RtpReader();
  const statistics = new ReceptionStatistics({ ssrc: SSRC, clockRate: 90_000 });
  const nack = new NackGenerator();
  nack.setRoundTrip(2 * link.delayMs + link.jitterMs);
  const buffer = new JitterBuffer({ clockRate: 90_000, release: "in-order", minDelayMs: 400 });
  const depacketizer = new Vp8Depacketizer();
  const keyframes = new KeyframeRequester();
  let armedFor = Number.POSITIVE_INFINITY;
  let nacks = 0;
  let intact = 0;
  let afterLoss = 0;
  let keyframesWanted = 0;

  const handleRtcp = (bytes: Uint8Array) => {
    const packets = parseRtcp(bytes);
    if (packets instanceof Malformed) throw new Error(packets.reason);
    for (const packet of packets) {
      if (packet.type !== "NACK") continue;
      for (const lost of nackedSequenceNumbers(packet.entries)) {
        const original = history.retransmit(time.now, lost, 2 * link.delayMs);
        if (typeof original === "string") continue;
        const out = new Uint8Array(1500);
        retransmissions += 1;
        forth(out.slice(0, rtx.write(out, original)), handleRtp);
      }
    }
  };
  const handleRtp = (bytes: Uint8Array) => {
    if (reader.read(bytes) !== undefined) throw new Error("refused");
    let packet = bytes;
    if (reader.ssrc === RTX_SSRC) {
      const length = restoreRtxPacket(packet, packet, { ssrc: SSRC, payloadType: MEDIA });
      if (length instanceof Malformed) throw new Error(length.reason);
      packet = packet.subarray(0, length);
      reader.read(packet);
    } else statistics.receive(time.now, reader.sequenceNumber, reader.timestamp, reader.payloadLength);
    nack.receive(time.now, reader.sequenceNumber);
    buffer.push(time.now, reader.sequenceNumber, reader.timestamp, packet);
    work();
  };
  const work = () => {
    for (let held = buffer.poll(time.now); held !== undefined; held = buffer.poll(time.now)) {
      reader.read(held.packet);
      depacketizer.push(reader, reader.payload);
      for (let frame = depacketizer.poll(); frame !== undefined; frame = depacketizer.poll()) {
        expect(frame.data).toEqual(sentFrames.get(frame.timestamp)); // never a wrong one
        intact += 1;
        if (frame.afterLoss) {
          afterLoss += 1;
          keyframes.want();
        }
        if (frame.keyframe) keyframes.keyframeReceived();
      }
    }
    const due = nack.due(time.now);
    if (due.length > 0) {
      nacks += 1;
      const out = new Uint8Array(1500);
      back(out.slice(0, writeRtcp(out, [{ type: "NACK", senderSsrc: 1, mediaSsrc: SSRC, entries: nackEntries(due) }])), handleRtcp);
    }
    if (keyframes.due(time.now)) keyframesWanted += 1;
    const next = Math.min(nack.nextDue() ?? Number.POSITIVE_INFINITY, buffer.nextDue() ?? Number.POSITIVE_INFINITY);
    if (next >= armedFor || next === Number.POSITIVE_INFINITY) return;
    armedFor = next;
    time.at(next, () => {
      armedFor = Number.POSITIVE_INFINITY;
      work();
    });
  };

  for (let i = 0; i < frames; i++) {
    time.at(i * 33, () => {
      const data = new Uint8Array(random.integer(200, 5000)).fill(i);
      data[0] = i % 100 === 0 ? 0 : 1;
      const timestamp = (0xffff_0000 + i * 2970) >>> 0;
      sentFrames.set(timestamp, data);
      packetizer.begin(data, 1100, { pictureId: i & 0x7fff });
      while (packetizer.pending) {
        const out = new Uint8Array(1200);
        const length = header.length + packetizer.writeNext(out, header.length);
        header.write(out, !packetizer.pending, sequenceNumber & 0xffff, timestamp);
        sequenceNumber += 1;
        history.store(time.now, out, length);
        forth(out.slice(0, length), handleRtp);
      }
    });
  }
  time.run(frames * 33 + 3000);
  return { sent: frames, intact, afterLoss, nacks, retransmissions, keyframesWanted, statistics };
}

test("RFC 4585, RFC 4588: at 10 % loss, NACK and RTX repair every frame", () => {
  const result = stream(7, 200, { loss: 0.1, jitterMs: 10, delayMs: 25 });
  expect(result.intact).toBeGreaterThanOrEqual(result.sent - 2);
  expect(result.retransmissions).toBeGreaterThan(40);
  expect(result.nacks).toBeGreaterThan(40);
  const report = result.statistics.reportBlock(0);
  expect(report.fractionLost / 256).toBeCloseTo(0.1, 1);
});

test("RFC 3550: without loss nothing is asked for, whatever the jitter within the reorder time", () => {
  const result = stream(8, 200, { loss: 0, jitterMs: 4, delayMs: 25 });
  expect([result.intact, result.afterLoss, result.nacks, result.retransmissions]).toEqual([200, 0, 0, 0]);
});

test("RFC 4585 §6.3.1: at 40 % loss some frames are lost: none that comes out is wrong, and keyframes are asked for", () => {
  const result = stream(9, 150, { loss: 0.4, jitterMs: 30, delayMs: 120 });
  expect(result.intact).toBeLessThan(result.sent);
  expect(result.afterLoss).toBeGreaterThan(0);
  expect(result.keyframesWanted).toBeGreaterThan(0);
});

test("the same seed gives the same stream", () => {
  const once = () => {
    const { statistics: _, ...rest } = stream(10, 60, { loss: 0.2, jitterMs: 20, delayMs: 40 });
    return rest;
  };
  expect(once()).toEqual(once());
});
