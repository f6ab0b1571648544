import { transportAddress } from "@purertc/core";
import { seededRandom } from "@purertc/simulator";
import type { StreamItem } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { VirtualClock } from "../../test/memory-transports.ts";
import { Connection, type Wire } from "./connection.ts";
import { ConnectionSlots } from "./connection-slots.ts";
import { FairQueue } from "./fair-queue.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from "./options.ts";
import type { FlowOwner } from "./transport-flow.ts";

/** A wire whose state the test decides. */
class FakeWire implements Wire {
  readonly items: StreamItem[] = [];
  readonly calls: string[] = [];
  pendingLength = 0;
  unsentLength = 0;
  blocked = false;

  next(): StreamItem | undefined {
    return this.items.shift();
  }
  write(): void {
    this.calls.push("write");
  }
  ping(): void {
    this.calls.push("ping");
  }
  pong(): void {
    this.calls.push("pong");
  }
  pause(): void {
    this.calls.push("pause");
  }
  resume(): void {
    this.calls.push("resume");
  }
  end(): void {
    this.calls.push("end");
  }
  destroy(): void {
    this.calls.push("destroy");
  }
}

function setUp(): {
  clock: VirtualClock;
  wire: FakeWire;
  connection: Connection;
  closed: string[];
  slots: ConnectionSlots;
  turn: () => void;
} {
  const clock = new VirtualClock();
  const wire = new FakeWire();
  const closed: string[] = [];
  const turns: (() => void)[] = [];
  const slots = new ConnectionSlots(DEFAULT_LIMITS);
  const owner: FlowOwner = {
    clock,
    random: seededRandom(1),
    limits: { ...DEFAULT_LIMITS, maxSendBuffer: 1000 },
    timeouts: DEFAULT_TIMEOUTS,
    queue: new FairQueue({ maxPerSource: 10, maxTotal: 10, defer: (callback) => turns.push(callback) }),
    slots,
    followMaddr: false,
    buffered: { octets: 0 },
    received: () => {},
    malformed: () => {},
    opened: () => {},
    closed: (_flow, reason) => closed.push(reason),
  };
  const slot = slots.takeFor("192.0.2.1", () => {});
  if (typeof slot === "string") throw new Error(slot);
  const [local, remote] = [transportAddress("192.0.2.9", 5060, "tcp")!, transportAddress("192.0.2.1", 4000, "tcp")!];
  const connection = new Connection({ transport: "TCP", local, remote, role: "server", peerIdentities: [], wire, slot }, owner);
  return { clock, wire, connection, closed, slots, turn: () => turns.shift()?.() };
}

test("a peer that asks for pongs and reads none fails when too many wait", () => {
  const { wire, connection, closed, turn } = setUp();
  wire.items.push({ type: "ping" }, { type: "ping" });
  connection.arrived();
  turn();
  expect(wire.calls).toEqual(["pong", "pong"]);
  wire.unsentLength = 1001;
  wire.items.push({ type: "ping" });
  connection.arrived();
  turn();
  expect(wire.calls).toEqual(["pong", "pong", "destroy"]);
  expect(closed).toEqual(["send-buffer-full"]);
});

test("a peer whose kernel takes nothing for half a minute is closed", async () => {
  const { clock, wire, connection, closed } = setUp();
  wire.items.push({ type: "pong" });
  connection.alive(true); // it has said something before
  wire.blocked = true;
  connection.write(new Uint8Array(10));
  await clock.advance(29_999);
  expect(closed).toEqual([]);
  await clock.advance(1);
  expect(closed).toEqual(["send-timeout"]);
});

test("the slot comes back when the wire is gone, not before", () => {
  const { wire, connection, closed, slots } = setUp();
  connection.close("local-close");
  expect([wire.calls, closed, slots.total, connection.open]).toEqual([["end"], ["local-close"], 1, false]);
  connection.close("local-close");
  connection.wireClosed("peer-closed");
  expect([closed, slots.total]).toEqual([["local-close"], 0]);
});

test("RFC 3261 §18: a peer that does not close its end is not waited for", async () => {
  const { clock, wire, connection } = setUp();
  connection.close("local-close");
  await clock.advance(2000);
  expect(wire.calls).toEqual(["end", "destroy"]);
});
