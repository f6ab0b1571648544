import { type Instant, type NamedTimer, type Protocol, Queue, type Transmit } from "@purertc/core";
import { expect, test } from "vitest";
import type { SimulatedNode } from "./simulated-node.ts";
import { Simulation } from "./simulation.ts";

type DummyEvent =
  | { readonly type: "started" }
  | { readonly type: "got"; readonly data: Uint8Array }
  | { readonly type: "due"; readonly at: Instant };

/** Does what a test sets its fields to. */
class Dummy implements Protocol<DummyEvent, string> {
  readonly sends = new Queue<Uint8Array>();
  readonly reports = new Queue<DummyEvent>();
  readonly buffers: Uint8Array[] = [];
  readonly received: Uint8Array[] = [];
  deadline: Instant | undefined;
  wrongLength: number | undefined;

  setDeadline(at: Instant | undefined): void {
    this.deadline = at;
  }

  handleDatagram(_now: Instant, datagram: Uint8Array): void {
    this.received.push(datagram);
    this.reports.push({ type: "got", data: Uint8Array.from(datagram) });
  }

  handleTimeout(now: Instant): void {
    this.deadline = undefined;
    this.reports.push({ type: "due", at: now });
  }

  pollTransmit(out: Uint8Array): Transmit<string> | undefined {
    this.buffers.push(Uint8Array.from(out));
    const bytes = this.sends.shift();
    if (bytes === undefined) return undefined;
    out.set(bytes);
    return { length: this.wrongLength ?? bytes.length, route: "somewhere" };
  }

  pollEvent(): DummyEvent | undefined {
    return this.reports.shift();
  }

  pollTimeout(): Instant | undefined {
    return this.deadline;
  }

  nextTimer(): NamedTimer | undefined {
    return this.deadline === undefined ? undefined : { name: "t3-rtx", at: this.deadline };
  }
}

function setUp(options: { readonly keepEvents?: boolean } = {}): {
  readonly simulation: Simulation;
  readonly node: SimulatedNode<Dummy, string>;
  readonly sent: { readonly datagram: Uint8Array; readonly route: string }[];
} {
  const simulation = new Simulation();
  const sent: { readonly datagram: Uint8Array; readonly route: string }[] = [];
  const send = (datagram: Uint8Array, route: string): void => void sent.push({ datagram, route });
  const node = simulation.addNode<Dummy, string>(new Dummy(), { name: "dummy", mtu: 8, send, ...options });
  return { simulation, node, sent };
}

test("lends a poisoned buffer of the MTU each time, and sends a copy", () => {
  const { node, sent } = setUp();
  node.call((dummy) => {
    dummy.sends.push(Uint8Array.of(1, 2, 3));
    dummy.sends.push(Uint8Array.of(4));
  });
  expect(sent.map(({ datagram, route }) => `${datagram.join(" ")} to ${route}`)).toEqual(["1 2 3 to somewhere", "4 to somewhere"]);
  expect(node.protocol.buffers).toHaveLength(3);
  for (const buffer of node.protocol.buffers) expect(buffer).toEqual(new Uint8Array(8).fill(0xdb));
});

test("refuses a length that the buffer does not have", () => {
  for (const wrongLength of [9, -1, 1.5]) {
    const { node } = setUp();
    node.protocol.wrongLength = wrongLength;
    node.protocol.sends.push(Uint8Array.of(1));
    expect(() => node.call(() => undefined)).toThrow(/into a buffer of 8/);
  }
});

test("overwrites a datagram that was lent", () => {
  const { node } = setUp();
  node.receive(Uint8Array.of(1, 2), "somewhere");
  expect(node.protocol.received).toEqual([Uint8Array.of(0xdb, 0xdb)]);
  expect(node.event("got")?.data).toEqual(Uint8Array.of(1, 2));
  expect(node.event("started")).toBeUndefined();
});

test("wakes the protocol at its deadline, once, however often it was moved", () => {
  const { simulation, node } = setUp();
  const arm = (at: Instant | undefined): void => node.call((dummy) => dummy.setDeadline(at));
  arm(100);
  arm(50);
  arm(200);
  simulation.run(150);
  expect(node.events).toEqual([]);
  arm(180);
  arm(undefined);
  arm(170);
  simulation.run(1000);
  expect(node.timeline).toEqual([{ at: 170, event: { type: "due", at: 170 } }]);
});

test("law 2: a new deadline that is not after now is refused; one that came due in the same instant is not", () => {
  const { simulation, node } = setUp();
  simulation.run(10);
  expect(() => node.call((dummy) => dummy.setDeadline(10))).toThrow(/law 2/);
  const second = setUp();
  second.simulation.at(10, () => second.node.receive(Uint8Array.of(1), "somewhere")); // before the timer of the same instant
  second.node.call((dummy) => dummy.setDeadline(10));
  second.simulation.run(10);
  expect(second.node.events.map(({ type }) => type)).toEqual(["got", "due"]);
});

test("law 2: a deadline that handleTimeout leaves in the past is refused", () => {
  class Lazy extends Dummy {
    override handleTimeout(): void {}
  }
  const simulation = new Simulation();
  const node = simulation.addNode<Lazy, string>(new Lazy(), { name: "lazy", send: () => undefined });
  node.call((lazy) => lazy.setDeadline(10));
  expect(() => simulation.run(20)).toThrow(/law 2/);
});

test("a listener may call the API: events do not nest, and what it causes comes after", () => {
  const { node, sent } = setUp();
  const log: string[] = [];
  const stop = node.onEvent((event) => {
    log.push(`begin ${event.type}`);
    if (event.type === "started") {
      node.call((dummy) => {
        dummy.sends.push(Uint8Array.of(9));
        dummy.reports.push({ type: "due", at: 0 });
      });
    }
    log.push(`end ${event.type}, ${sent.length} sent`);
  });
  node.call((dummy) => dummy.reports.push({ type: "started" }));
  expect(log).toEqual(["begin started", "end started, 0 sent", "begin due", "end due, 1 sent"]);
  stop();
  node.call((dummy) => dummy.reports.push({ type: "started" }));
  expect(log).toHaveLength(4);
});

test("call() gives back what the API gave; a listener that throws leaves the node usable", () => {
  const { node } = setUp();
  expect(node.call(() => "handle")).toBe("handle");
  const stop = node.onEvent(() => {
    throw new Error("from a listener");
  });
  expect(() => node.call((dummy) => dummy.reports.push({ type: "started" }))).toThrow("from a listener");
  stop();
  node.call((dummy) => dummy.reports.push({ type: "started" }));
  expect(node.events).toHaveLength(2);
});

test("events are not kept when that is asked for, but listeners hear them", () => {
  const { node } = setUp({ keepEvents: false });
  const heard: string[] = [];
  node.onEvent(({ type }) => heard.push(type));
  node.call((dummy) => dummy.reports.push({ type: "started" }));
  expect([node.events.length, heard.length]).toEqual([0, 1]);
});

test("says which timer is next, for error messages", () => {
  const { simulation, node } = setUp();
  expect(node.describe()).toBe("no timer armed");
  node.call((dummy) => dummy.setDeadline(5_000));
  expect(node.describe()).toBe('next timer "t3-rtx" at 5000 ms');
  expect(() => simulation.run(() => false, { limitMs: 100 })).toThrow(/dummy: next timer "t3-rtx" at 5000 ms/);
});
