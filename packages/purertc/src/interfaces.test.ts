import { networkInterfaces } from "node:os";
import { parseIp } from "@purertc/core";
import { expect, test } from "vitest";
import { flattenInterfaces, type InterfaceAddress, localAddresses, systemAddresses } from "./interfaces.ts";

const list = (...pairs: [string, string][]): InterfaceAddress[] => pairs.map(([interfaceName, address]) => ({ interfaceName, address }));
const ips = (...args: Parameters<typeof localAddresses>) => localAddresses(...args).map(({ ip }) => ip);

const loopback: [string, string][] = [
  ["lo", "127.0.0.1"],
  ["lo", "::1"],
];

test("RFC 8445 §5.1.1.1: loopback only when nothing else is there, or when asked for", () => {
  const both = list(...loopback, ["eth0", "192.0.2.2"]);
  expect(ips(both)).toEqual(["192.0.2.2"]);
  expect(ips(list(...loopback))).toEqual(["::1", "127.0.0.1"]);
  expect(ips(list(...loopback), { loopback: false })).toEqual([]);
  expect(ips(both, { loopback: true })).toEqual(["::1", "192.0.2.2", "127.0.0.1"]);
  expect(ips(both, { interfaceFilter: (name) => name === "lo" })).toEqual(["::1", "127.0.0.1"]);
});

test("RFC 8445 §5.1.1.1: link-local, site-local, mapped, compatible, multicast and unspecified addresses are never used", () => {
  const refused = [
    "fe80::1%eth0",
    "169.254.3.4",
    "fec0::1",
    "::ffff:192.0.2.1",
    "::192.0.2.1",
    "ff02::1",
    "224.0.0.1",
    "0.0.0.0",
    "::",
    "bogus",
  ];
  expect(ips(refused.flatMap((address) => list(["eth0", address])))).toEqual([]);
});

test("RFC 8421 §4: families alternate, IPv6 first", () => {
  const addresses = localAddresses(
    list(["eth0", "192.0.2.1"], ["eth1", "192.0.2.2"], ["eth2", "192.0.2.3"], ["eth0", "2001:db8::1"], ["eth1", "2001:DB8::2"]),
  );
  expect(addresses.map(({ ip }) => ip)).toEqual(["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"]);
  expect(addresses.map(({ localPreference }) => localPreference)).toEqual([65535, 65534, 65533, 65532, 65531]);
});

test("RFC 8421 §4: real interfaces before virtual ones, global before unique local", () => {
  const addresses = list(
    ["docker0", "172.17.0.1"],
    ["wg0", "10.8.0.2"],
    ["wlan0", "fd00::9"],
    ["wlan0", "2001:db8::9"],
    ["wlan0", "10.0.0.9"],
  );
  expect(ips(addresses)).toEqual(["2001:db8::9", "10.0.0.9", "fd00::9", "172.17.0.1", "10.8.0.2"]);
});

test("settings: families, interfaces and addresses can be left out, and doubles are one", () => {
  const addresses = list(["eth0", "192.0.2.1"], ["eth0", "192.0.2.1"], ["eth1", "192.0.2.2"], ["eth0", "2001:db8::1"]);
  expect(ips(addresses, { ipv4: false })).toEqual(["2001:db8::1"]);
  expect(ips(addresses, { ipv6: false })).toEqual(["192.0.2.1", "192.0.2.2"]);
  expect(ips(addresses, { addressFilter: (ip) => ip.endsWith(".2") })).toEqual(["192.0.2.2"]);
});

test("settings: this machine's own list is usable", () => {
  const addresses = localAddresses(flattenInterfaces(networkInterfaces()), { loopback: true });
  expect(addresses.length).toBeGreaterThan(0);
  expect(addresses.every(({ ip }) => parseIp(ip) !== undefined)).toBe(true);
});

test("the system is asked once a second at most, and rules count each time", () => {
  const first = systemAddresses(1000);
  expect(first).toEqual([...flattenInterfaces(networkInterfaces())]);
  expect(systemAddresses(2000)).toBe(first);
  const all = localAddresses(first, { loopback: true });
  expect(localAddresses(first, { loopback: true })).toEqual(all);
  expect(localAddresses(first, { loopback: true, ipv4: false })).toEqual(
    all.filter(({ family }) => family === 6).map((address, i) => ({ ...address, localPreference: 0xffff - i })),
  );
  expect(systemAddresses(2001)).not.toBe(first);
});

test("a list that the caller changes is read anew", () => {
  const addresses = list(["eth0", "192.0.2.2"]);
  expect(ips(addresses)).toEqual(["192.0.2.2"]);
  addresses.push({ interfaceName: "eth1", address: "192.0.2.3" });
  expect(ips(addresses)).toEqual(["192.0.2.2", "192.0.2.3"]);
});

test("an address that two interfaces have is used once, also when a filter takes the first of them away", () => {
  const twice = list(["eth0", "192.0.2.2"], ["eth1", "192.0.2.2"]);
  expect(ips(twice)).toEqual(["192.0.2.2"]);
  expect(localAddresses(twice, { interfaceFilter: (name) => name === "eth1" })).toMatchObject([{ interfaceName: "eth1" }]);
});
