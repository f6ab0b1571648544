import { expect, test } from "vitest";
import { type ConnectionSlot, ConnectionSlots } from "./connection-slots.ts";
import { sourceKey } from "./source-key.ts";

const stays = (): never => {
  throw new Error("it has to stay");
};

function proven(slots: ConnectionSlots, ip: string): ConnectionSlot {
  const slot = slots.takeFor(ip, stays);
  if (typeof slot === "string") throw new Error(slot);
  slot.prove();
  return slot;
}

test("connections are bounded in all and by source, and slots come back", () => {
  const slots = new ConnectionSlots({ maxConnections: 3, maxConnectionsPerSource: 2 });
  const first = proven(slots, "192.0.2.1");
  proven(slots, "192.0.2.1");
  expect(slots.takeFor("192.0.2.1", stays)).toBe("too-many-connections-of-source");
  slots.take();
  expect(slots.takeFor("192.0.2.2", stays)).toBe("too-many-connections");
  expect(slots.take()).toBe("too-many-connections");
  expect(slots.refused).toBe(3);
  first.release();
  first.release(); // once only
  expect(slots.total).toBe(2);
  proven(slots, "192.0.2.1");
  expect(slots.takeFor("192.0.2.1", stays)).toBe("too-many-connections-of-source");
});

test("connections that have not said anything make room, the oldest first, of the source that is full, or of all", () => {
  const slots = new ConnectionSlots({ maxConnections: 4, maxConnectionsPerSource: 2 });
  const gone: string[] = [];
  const silent = (ip: string, name: string) => slots.takeFor(ip, () => gone.push(name));
  silent("192.0.2.2", "a");
  silent("192.0.2.1", "b");
  proven(slots, "192.0.2.1");
  const newcomer = silent("192.0.2.1", "c");
  expect([gone, slots.total]).toEqual([["b"], 3]);
  if (typeof newcomer === "string") throw new Error(newcomer);
  newcomer.prove();
  expect(slots.takeFor("192.0.2.1", stays)).toBe("too-many-connections-of-source");
  silent("192.0.2.2", "d");
  silent("192.0.2.3", "e");
  expect(typeof slots.take()).toBe("object");
  expect([gone, slots.total]).toEqual([["b", "a", "d"], 4]);
});

test("RFC 6177 §2: an IPv6 subscriber is a /64, however many addresses he has", () => {
  expect(sourceKey("2001:db8::1")).toBe(sourceKey("2001:db8:0:0:ffff::2"));
  expect(sourceKey("2001:db8::1")).not.toBe(sourceKey("2001:db8:0:1::1"));
  expect(sourceKey("192.0.2.1")).not.toBe(sourceKey("192.0.2.2"));
  expect(sourceKey("fe80::1%eth0")).toBe("fe80::1%eth0");
});
