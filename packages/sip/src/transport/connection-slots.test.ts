import { expect, test } from "vitest";
import { ConnectionSlots } from "./connection-slots.ts";
import { sourceKey } from "./source-key.ts";

test("issue 4: connections are bounded in all and by source, and slots come back", () => {
  const slots = new ConnectionSlots({ maxConnections: 3, maxConnectionsPerSource: 2 });
  const first = slots.takeFor("192.0.2.1");
  slots.takeFor("192.0.2.1");
  expect(slots.takeFor("192.0.2.1")).toBe("too-many-connections-of-source");
  slots.take();
  expect(slots.takeFor("192.0.2.2")).toBe("too-many-connections");
  expect(slots.take()).toBe("too-many-connections");
  expect(slots.refused).toBe(3);
  if (typeof first === "string") throw new Error(first);
  first();
  first(); // once only
  expect(slots.total).toBe(2);
  expect(typeof slots.takeFor("192.0.2.1")).toBe("function");
  expect(slots.takeFor("192.0.2.1")).toBe("too-many-connections-of-source");
});

test("RFC 6177 §2: an IPv6 subscriber is a /64, however many addresses he has", () => {
  expect(sourceKey("2001:db8::1")).toBe(sourceKey("2001:db8:0:0:ffff::2"));
  expect(sourceKey("2001:db8::1")).not.toBe(sourceKey("2001:db8:0:1::1"));
  expect(sourceKey("192.0.2.1")).not.toBe(sourceKey("192.0.2.2"));
  expect(sourceKey("fe80::1%eth0")).toBe("fe80::1%eth0");
});
