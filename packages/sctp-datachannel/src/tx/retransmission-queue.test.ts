import { Malformed, readU32 } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { chunkLengthAt, parseChunk, writeChunk } from "../codec/chunks/chunk.ts";
import { padded } from "../codec/type-length-value.ts";
import { OutgoingMessage } from "./outgoing-message.ts";
import { RetransmissionQueue } from "./retransmission-queue.ts";
import { RetransmissionTimeout } from "./rto.ts";
import { SendQueue } from "./send-queue.ts";

/** The first TSNs wrap. */
const INITIAL_TSN = 0xffff_fff8;

/** The queue, and a receiver that believes what it is told to have received. */
class World {
  now = 0;
  readonly queue = new SendQueue();
  readonly rto = new RetransmissionTimeout({ rtoInitialMs: 500, rtoMinMs: 200, rtoMaxMs: 1000 });
  readonly tx: RetransmissionQueue;
  /** Every TSN ever sent, by index from 1, with its bytes; they must never change. */
  readonly sent = new Map<number, string>();
  readonly received = new Set<number>();
  /** Received beyond a gap, and forgettable. */
  cumulative = 0;
  skippedTo = 0;
  messages = 0;
  readonly #out = new Uint8Array(1200);

  constructor() {
    this.tx = new RetransmissionQueue(
      {
        initialTsn: INITIAL_TSN,
        peerWindow: 20_000,
        packetSize: 200,
        initialWindowPackets: 4,
        maxBurst: 100,
        interleaving: false,
        partialReliability: true,
      },
      this.queue,
      this.rto,
    );
  }

  /** Takes a packet and hands what `arrives` to the receiver. */
  transmit(arrives: boolean): boolean {
    const end = this.tx.write(this.now, this.#out, 0, 188, 188);
    for (let from = 0; from < end; from += padded(chunkLengthAt(this.#out, from))) {
      const chunk = parseChunk(this.#out.subarray(0, end), from);
      if (chunk instanceof Malformed) throw new Error("malformed");
      const index = (readU32(this.#out, from + 4) - INITIAL_TSN + 1) | 0;
      if (chunk.type === "FORWARD-TSN") {
        if (arrives) this.skippedTo = Math.max(this.skippedTo, index);
        continue;
      }
      if (chunk.type !== "DATA") throw new Error(chunk.type);
      const text = `${chunk.streamId} ${chunk.streamSequenceNumber} ${chunk.beginning} ${chunk.ending} ${chunk.userData.join()}`;
      expect(this.sent.get(index) ?? text).toBe(text);
      this.sent.set(index, text);
      if (arrives) this.received.add(index);
    }
    return end > 0;
  }

  sack(): void {
    for (;;) {
      if (this.cumulative < this.skippedTo) this.cumulative = this.skippedTo;
      if (!this.received.has(this.cumulative + 1)) break;
      this.cumulative += 1;
    }
    const gapAckBlocks: { start: number; end: number }[] = [];
    for (const index of [...this.received].sort((a, b) => a - b)) {
      const offset = index - this.cumulative;
      const last = gapAckBlocks.at(-1);
      if (offset < 1) this.received.delete(index);
      else if (last !== undefined && last.end === offset - 1) last.end = offset;
      else gapAckBlocks.push({ start: offset, end: offset });
    }
    const cumulativeTsnAck = (INITIAL_TSN - 1 + this.cumulative) >>> 0;
    const bytes = new Uint8Array(4000);
    const end = writeChunk(bytes, 0, { type: "SACK", cumulativeTsnAck, advertisedReceiverWindow: 20_000, gapAckBlocks, duplicateTsns: [] });
    expect(this.tx.handleSack(this.now, bytes, 0, end)).toBe("ok");
  }

  /** All that may go out now. At rest, what is outstanding is guarded by T3-rtx. */
  drain(arrives: boolean): void {
    while (this.transmit(arrives));
    if (!this.tx.isEmpty) expect(this.tx.timerAt).toBeGreaterThanOrEqual(this.now);
  }

  pass(ms: number): void {
    this.now = Math.min(this.now + ms, this.tx.timerAt ?? Number.POSITIVE_INFINITY);
  }

  fire(): void {
    if (this.tx.timerAt === undefined) return;
    this.now = Math.max(this.now, this.tx.timerAt);
    this.tx.handleTimeout();
  }
}

type Model = Record<string, never>;

class Step implements fc.Command<Model, World> {
  readonly name: string;
  readonly act: (world: World) => void;

  constructor(name: string, act: (world: World) => void) {
    this.name = name;
    this.act = act;
  }

  check(): boolean {
    return true;
  }

  run(_model: Model, world: World): void {
    this.act(world);
    expect(world.tx.flightData).toBeGreaterThanOrEqual(0);
    expect(world.tx.flightData).toBeLessThanOrEqual(20_000);
  }

  toString(): string {
    return this.name;
  }
}

test("RFC 9260 §6.1, §6.2.1, §6.3, §7.2.4, RFC 3758 §3.5: whatever is lost, reported, forgotten or timed out, everything ends up acknowledged or given up", () => {
  const limits = fc.constantFrom({}, {}, { maxRetransmits: 0 }, { maxRetransmits: 1 }, { lifetimeMs: 300 });
  const commands = fc.commands(
    [
      fc.tuple(fc.integer({ min: 1, max: 700 }), limits).map(
        ([size, options]) =>
          new Step(`send ${size} ${JSON.stringify(options)}`, (world) => {
            const data = new Uint8Array(size).fill(world.messages++);
            world.queue.push(new OutgoingMessage(world.now, size % 3, 53, data, options));
          }),
      ),
      fc.boolean().map((arrives) => new Step(`transmit ${arrives}`, (world) => world.drain(arrives))),
      fc.boolean().map((arrives) => new Step(`transmit ${arrives}`, (world) => world.drain(arrives))),
      fc.constant(new Step("sack", (world) => world.sack())),
      fc.constant(new Step("renege", (world) => world.received.clear())),
      fc.constant(new Step("fire", (world) => world.fire())),
      fc.nat(100).map((ms) => new Step(`pass ${ms}`, (world) => world.pass(ms))),
    ],
    { size: "+1" },
  );
  fc.assert(
    fc.property(commands, (steps) => {
      const world = new World();
      fc.modelRun(() => ({ model: {}, real: world }), steps);
      // The path is perfect from here on.
      for (let round = 0; round < 300 && !(world.tx.isEmpty && world.queue.isEmpty); round++) {
        while (world.transmit(true));
        world.sack();
        if (round % 4 === 3) world.fire();
      }
      expect(world.tx.isEmpty && world.queue.isEmpty).toBe(true);
      expect([world.tx.flightData, world.queue.buffered, world.tx.timerAt]).toEqual([0, 0, undefined]);
    }),
    { numRuns: 150 },
  );
});

// A lost message whose lifetime had ended used to be given up while the packet was being filled, after the place where a FORWARD-TSN is written. With nothing else
// to send there was no packet and no timer, and the association stood still.
test("RFC 3758 §3.5: a message that expires when it is to be sent again is forwarded at once", () => {
  const world = new World();
  world.queue.push(new OutgoingMessage(0, 1, 53, new Uint8Array(1), { lifetimeMs: 300 }));
  world.drain(false);
  world.fire();
  expect(world.now).toBe(500);
  expect(world.transmit(true)).toBe(true);
  expect(world.skippedTo).toBe(1);
  expect(world.tx.timerAt).toBeGreaterThan(500);
});
