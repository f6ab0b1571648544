import { expect, test } from "vitest";
import { localAddressTowards } from "./local-address.ts";

const ADDRESSES = [
  { ip: "127.0.0.1", prefix: 8 },
  { ip: "::1", prefix: 128 },
  { ip: "fe80::1", prefix: 64 },
  { ip: "198.51.100.7", prefix: 24 },
  { ip: "10.1.2.3", prefix: 16 },
  { ip: "2001:db8:1::1", prefix: 64 },
];

test.each([
  ["127.0.0.9", "127.0.0.1"],
  ["10.1.9.9", "10.1.2.3"],
  ["203.0.113.1", "198.51.100.7"],
  ["::1", "::1"],
  ["2001:db8:1::5", "2001:db8:1::1"],
  ["2001:db8:2::5", "2001:db8:1::1"],
  ["fe80::5", "fe80::1"],
])("RFC 3261 §18.1.1: sent-by for %s is %s", (remote, local) => {
  expect(localAddressTowards(remote, ADDRESSES)).toBe(local);
});

test("RFC 3261 §18.1.1: no address of the family, no answer", () => {
  expect(localAddressTowards("2001:db8::1", [{ ip: "10.0.0.1", prefix: 8 }])).toBeUndefined();
});
