import fc from "fast-check";
import { expect, test } from "vitest";
import { OutgoingMessage } from "./outgoing-message.ts";
import { SendQueue } from "./send-queue.ts";

interface Real {
  readonly queue: SendQueue;
}

interface ModelMessage {
  readonly message: OutgoingMessage;
}

interface Model {
  now: number;
  readonly interleaving: boolean;
  readonly streams: Map<number, ModelMessage[]>;
  unfinished: number | undefined;
  readonly nextSsn: Map<number, number>;
}

class Push implements fc.Command<Model, Real> {
  readonly stream: number;
  readonly size: number;
  readonly lifetime: number | undefined;

  constructor(stream: number, size: number, lifetime: number | undefined) {
    this.stream = stream;
    this.size = size;
    this.lifetime = lifetime;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, { queue }: Real): void {
    const options = this.lifetime === undefined ? {} : { lifetimeMs: this.lifetime };
    const message = new OutgoingMessage(model.now, this.stream, 53, new Uint8Array(this.size), options);
    queue.push(message);
    const list = model.streams.get(this.stream) ?? [];
    list.push({ message });
    model.streams.set(this.stream, list);
    check(model, queue, false);
  }

  toString(): string {
    return `push(${this.stream}, ${this.size}, ${this.lifetime})`;
  }
}

class Take implements fc.Command<Model, Real> {
  readonly bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, { queue }: Real): void {
    const message = queue.next(model.now);
    for (const list of model.streams.values()) {
      // What was skipped: unsent messages whose time is over at the front of the streams that were looked at.
      while (list.length > 0 && list[0]!.message.sent === 0 && list[0]!.message.expiresAt <= model.now && list[0]!.message !== message) {
        if (!dropped(queue, list)) break;
        list.shift();
      }
    }
    if (message === undefined) {
      expect([...model.streams.values()].every((list) => list.length === 0)).toBe(true);
      return;
    }
    const list = model.streams.get(message.streamId)!;
    expect(list[0]!.message).toBe(message);
    if (!model.interleaving && model.unfinished !== undefined) expect(message.streamId).toBe(model.unfinished);
    const first = message.sent === 0;
    const bytes = Math.min(this.bytes, message.data.length - message.sent);
    queue.take(message, bytes);
    if (first) {
      const expected = model.nextSsn.get(message.streamId) ?? 0;
      expect(message.sequence).toBe(expected);
      model.nextSsn.set(message.streamId, expected + 1);
    }
    model.unfinished = message.fullySent || model.interleaving ? undefined : message.streamId;
    if (message.fullySent) list.shift();
    check(model, queue, true);
  }

  toString(): string {
    return `take(${this.bytes})`;
  }
}

class Pass implements fc.Command<Model, Real> {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }

  check(): boolean {
    return true;
  }

  run(model: Model): void {
    model.now += this.ms;
  }

  toString(): string {
    return `pass(${this.ms})`;
  }
}

/** Whether the queue has dropped the first of this list: fewer bytes are buffered than the list says. */
function dropped(queue: SendQueue, list: readonly ModelMessage[]): boolean {
  const total = list.reduce((sum, { message }) => sum + message.data.length - message.sent, 0);
  return queue.bufferedAmount(list[0]!.message.streamId) < total;
}

function check(model: Model, queue: SendQueue, exact: boolean): void {
  let total = 0;
  for (const [stream, list] of model.streams) {
    const expected = list.reduce((sum, { message }) => sum + message.data.length - message.sent, 0);
    if (exact) expect(queue.bufferedAmount(stream)).toBe(expected);
    total += queue.bufferedAmount(stream);
  }
  expect(queue.buffered).toBe(total);
}

test.each([false, true])("RFC 9260 §6.9, RFC 8260 §2.2.2: model of the send queue, interleaving %s", (interleaving) => {
  const commands = fc.commands(
    [
      fc
        .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 30 }), fc.option(fc.nat(20), { nil: undefined, freq: 4 }))
        .map(([stream, size, lifetime]) => new Push(stream, size, lifetime)),
      fc.integer({ min: 1, max: 10 }).map((bytes) => new Take(bytes)),
      fc.nat(10).map((ms) => new Pass(ms)),
    ],
    { size: "+1" },
  );
  fc.assert(
    fc.property(commands, (list) => {
      const queue = new SendQueue();
      queue.setInterleaving(interleaving);
      fc.modelRun(
        () => ({ model: { now: 0, interleaving, streams: new Map(), unfinished: undefined, nextSsn: new Map() }, real: { queue } }),
        list,
      );
    }),
    { numRuns: 200 },
  );
});

test("RFC 8831 §6.4: streams share by priority", () => {
  const queue = new SendQueue();
  queue.setInterleaving(true);
  const weights = [128, 256, 512, 1024];
  weights.forEach((weight, stream) => {
    queue.setWeight(stream, weight);
    for (let i = 0; i < 2000; i++) queue.push(new OutgoingMessage(0, stream, 53, new Uint8Array(1000), {}));
  });
  const sent = [0, 0, 0, 0];
  for (let i = 0; i < 1500; i++) {
    const message = queue.next(0)!;
    queue.take(message, 1000);
    sent[message.streamId]! += 1;
  }
  expect(sent.map((count) => Math.round(count / 100))).toEqual([1, 2, 4, 8]);
});

test("RFC 8831 §6.4: streams of one priority take turns, and one that was silent gets no credit", () => {
  const queue = new SendQueue();
  for (let i = 0; i < 100; i++) queue.push(new OutgoingMessage(0, 1, 53, new Uint8Array(10), {}));
  for (let i = 0; i < 50; i++) queue.take(queue.next(0)!, 10);
  for (let i = 0; i < 100; i++) queue.push(new OutgoingMessage(0, 2, 53, new Uint8Array(10), {}));
  const order = Array.from({ length: 20 }, () => {
    const message = queue.next(0)!;
    queue.take(message, 10);
    return message.streamId;
  });
  expect(order.filter((id) => id === 1).length).toBe(10);
});

test("100,000 messages on 5,000 streams are queued and taken in no time", () => {
  const queue = new SendQueue();
  for (let i = 0; i < 100_000; i++) queue.push(new OutgoingMessage(0, i % 5000, 53, new Uint8Array(1), {}));
  let count = 0;
  for (let message = queue.next(0); message !== undefined; message = queue.next(0)) {
    queue.take(message, 1);
    count += 1;
  }
  expect(count).toBe(100_000);
  expect(queue.buffered).toBe(0);
}, 2000);
