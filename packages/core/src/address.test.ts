import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatIp,
  formatTransportAddress,
  isLinkLocalIp,
  isLoopbackIp,
  type Path,
  parseIp,
  samePath,
  sameTransportAddress,
  transportAddress,
} from "./address.ts";

const ipv4Bytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
/** Groups that are often zero, so that runs of every length and place come up. */
const ipv6Bytes = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])));

test.each([
  // The examples of the sections.
  ["2001:0db8::0001", "2001:db8::1"], // §4.1: no leading zeros
  ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1"], // §4.2.1: shorten as much as possible
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"], // §4.2.2: not one single group
  ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"], // §4.2.3: the longest run
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"], // §4.2.3: the first of equal runs
  ["2001:db8::AAAA:bBbB", "2001:db8::aaaa:bbbb"], // §4.3: lower case
  ["::ffff:192.0.2.1", "::ffff:192.0.2.1"], // §5: mixed notation for IPv4-mapped addresses
  ["::ffff:c000:0201", "::ffff:192.0.2.1"],
  // RFC 4291 §2.2 and the ends of the range.
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["0:0:0:0:0:0:13.1.68.3", "::d01:4403"],
  ["2001:db8:0:0:8:800:200c:417a", "2001:db8::8:800:200c:417a"],
  ["ff01:0:0:0:0:0:0:101", "ff01::101"],
  ["1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"],
  ["0:2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
  ["1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ["FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["127.0.0.1", "127.0.0.1"],
  ["0.0.0.0", "0.0.0.0"],
  ["255.255.255.255", "255.255.255.255"],
])("RFC 5952 §4: %s is written %s", (text, canonical) => {
  expect(formatIp(parseIp(text)!)).toBe(canonical);
});

test.each([
  "",
  " ",
  "1",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "1.2.3.04", // octal to some, decimal to others
  "0x1.2.3.4",
  "1.2.3.4 ",
  "1.2.3.4\n",
  "1.2..4",
  "1.2.3.-4",
  "1e1.2.3.4",
  "١.٢.٣.٤",
  ":",
  ":::",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "1:2:3:4::5:6:7:8",
  "1::2::3",
  ":1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:",
  "12345::",
  "g::",
  "::1%eth0",
  "[::1]",
  "::1.2.3",
  "::1.2.3.4.5",
  "::256.2.3.4",
  "1.2.3.4::",
  "::1.2.3.4:5",
  "1:2:3:4:5:6:7:1.2.3.4",
  "::ffff:1.2.3.04",
  "fe80::1/64",
  "2001:db8::1 ",
  `${"0".repeat(60)}::1`,
  "example.com",
])("RFC 4291 §2.2: %j is no address", (text) => {
  expect(parseIp(text)).toBeUndefined();
  expect(transportAddress(text, 1)).toBeUndefined();
});

test("RFC 5952 §4: every address survives being written and read, in one form only", () => {
  fc.assert(
    fc.property(fc.oneof(ipv4Bytes, ipv6Bytes), (bytes) => {
      const text = formatIp(bytes);
      expect(parseIp(text)).toEqual(bytes);
      expect(formatIp(parseIp(text)!)).toBe(text);
      expect(text).toBe(text.toLowerCase());
      expect(text.split("::").length).toBeLessThanOrEqual(2);
    }),
  );
});

test("RFC 4291 §2.2: every way of writing the groups reads the same", () => {
  fc.assert(
    fc.property(ipv6Bytes, fc.boolean(), fc.boolean(), (bytes, padded, upper) => {
      const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
      const text = groups.map((group) => (padded ? group.padStart(4, "0") : group)).join(":");
      expect(parseIp(upper ? text.toUpperCase() : text)).toEqual(bytes);
      const mixed = `${groups.slice(0, 6).join(":")}:${bytes.subarray(12).join(".")}`;
      expect(parseIp(mixed)).toEqual(bytes);
    }),
  );
});

test("any text is an address that reads back, or undefined", () => {
  const soup = fc.string({ unit: fc.constantFrom(..."0123456789abcfFx.:%[]- "), maxLength: 50 });
  fc.assert(
    fc.property(fc.oneof(soup, fc.string()), (text) => {
      const bytes = parseIp(text);
      if (bytes !== undefined) expect(parseIp(formatIp(bytes))).toEqual(bytes);
    }),
    { numRuns: 500 },
  );
});

test("formatIp refuses lengths that no address has", () => {
  for (const length of [0, 3, 5, 15, 17]) expect(() => formatIp(new Uint8Array(length))).toThrow(RangeError);
});

test("a transport address is canonical and has a port of 16 bits", () => {
  expect(transportAddress("2001:DB8:0::1", 5000)).toEqual({ protocol: "udp", family: 6, ip: "2001:db8::1", port: 5000 });
  expect(transportAddress("192.0.2.1", 0, "tcp")).toEqual({ protocol: "tcp", family: 4, ip: "192.0.2.1", port: 0 });
  expect(transportAddress("192.0.2.1", 65_535)?.port).toBe(65_535);
  for (const port of [-1, 65_536, 1.5, Number.NaN]) expect(transportAddress("192.0.2.1", port)).toBeUndefined();
});

test("transport addresses and paths are compared by what they say", () => {
  const a = transportAddress("2001:db8::1", 1)!;
  const b = transportAddress("192.0.2.1", 1)!;
  const path: Path = { local: a, remote: b };
  expect(sameTransportAddress(a, transportAddress("2001:db8:0::1", 1)!)).toBe(true);
  expect(sameTransportAddress(a, { ...a, port: 2 })).toBe(false);
  expect(sameTransportAddress(a, { ...a, protocol: "tcp" })).toBe(false);
  expect(sameTransportAddress(a, b)).toBe(false);
  expect(samePath(path, { local: { ...a }, remote: { ...b } })).toBe(true);
  expect(samePath(path, { local: b, remote: a })).toBe(false);
  expect(samePath(path, { ...path, remote: { ...b, port: 2 } })).toBe(false);
});

test("RFC 5952 §6: an IPv6 address with a port is in brackets", () => {
  expect(formatTransportAddress(transportAddress("2001:db8::1", 80)!)).toBe("[2001:db8::1]:80");
  expect(formatTransportAddress(transportAddress("192.0.2.1", 80)!)).toBe("192.0.2.1:80");
});

test.each([
  ["127.0.0.1", true, false],
  ["127.255.255.255", true, false],
  ["128.0.0.1", false, false],
  ["::1", true, false],
  ["::2", false, false],
  ["::ffff:127.0.0.1", true, false],
  ["169.254.0.1", false, true],
  ["169.255.0.1", false, false],
  ["fe80::1", false, true],
  ["febf:ffff::1", false, true],
  ["fec0::1", false, false],
  ["fe8::1", false, false],
  ["fd00::1", false, false],
])("RFC 6890 §2.2: %s is loopback: %s, link-local: %s", (ip, loopback, linkLocal) => {
  expect(isLoopbackIp(ip)).toBe(loopback);
  expect(isLinkLocalIp(ip)).toBe(linkLocal);
});
