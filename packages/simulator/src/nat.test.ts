import { InvalidArgumentError, type TransportAddress, transportAddress } from "@purertc/core";
import { expect, test } from "vitest";
import { Nat, type NatBehaviour, type NatOptions } from "./nat.ts";

const inside = transportAddress("10.0.0.2", 5000)!;
const server = transportAddress("203.0.113.1", 3478)!;
const serverOtherPort = transportAddress("203.0.113.1", 3479)!;
const stranger = transportAddress("203.0.113.7", 3478)!;

function natOf(behaviour: NatBehaviour, options: Partial<NatOptions> = {}): Nat {
  return new Nat({ behaviour, externalIps: ["198.51.100.1"], ...options });
}

test.each<[NatBehaviour, boolean]>([
  ["full-cone", true],
  ["address-restricted", true],
  ["port-restricted", true],
  ["symmetric", false],
])("RFC 4787 §4.1: a %s NAT maps one inside address to one outside address for all destinations: %s", (behaviour, same) => {
  const nat = natOf(behaviour);
  const toServer = nat.outbound(0, inside, server)!;
  expect(toServer.ip).toBe("198.51.100.1");
  expect(nat.outbound(1, inside, server)).toEqual(toServer);
  expect(toServer.port === nat.outbound(2, inside, stranger)!.port).toBe(same);
  expect(toServer.port === nat.outbound(3, inside, serverOtherPort)!.port).toBe(same);
});

test.each<[NatBehaviour, { readonly port: boolean; readonly host: boolean }]>([
  ["full-cone", { port: true, host: true }],
  ["address-restricted", { port: true, host: false }],
  ["port-restricted", { port: false, host: false }],
  ["symmetric", { port: false, host: false }],
])("RFC 4787 §5: a %s NAT lets in another port of the server, and a stranger: %o", (behaviour, lets) => {
  const nat = natOf(behaviour);
  const outside = nat.outbound(0, inside, server)!;
  expect(nat.inbound(1, server, outside)).toEqual(inside);
  expect(nat.inbound(1, serverOtherPort, outside)).toEqual(lets.port ? inside : undefined);
  expect(nat.inbound(1, stranger, outside)).toEqual(lets.host ? inside : undefined);
  expect(nat.inbound(1, server, { ...outside, port: outside.port ^ 1 })).toBeUndefined();
});

test("RFC 4787 §4.3: a mapping lives from the last outbound packet; the next one may get another port", () => {
  const nat = natOf("port-restricted", { lifetimeMs: 30_000 });
  const first = nat.outbound(0, inside, server)!;
  expect(nat.outbound(20_000, inside, server)).toEqual(first);
  expect(nat.inbound(49_999, server, first)).toEqual(inside);
  expect(nat.inbound(50_000, server, first)).toBeUndefined();
  expect(nat.outbound(60_000, inside, server)).not.toEqual(first);
});

test("RFC 4787 §4.3: inbound packets keep a mapping only where that is asked for", () => {
  for (const refreshedByInbound of [false, true]) {
    const nat = natOf("full-cone", { lifetimeMs: 30_000, refreshedByInbound });
    const outside = nat.outbound(0, inside, server)!;
    nat.inbound(20_000, server, outside);
    expect(nat.inbound(40_000, server, outside) !== undefined).toBe(refreshedByInbound);
  }
});

test("RFC 4787 §5: a permission ends by itself, even when the mapping is kept by traffic elsewhere", () => {
  const nat = natOf("port-restricted", { lifetimeMs: 30_000 });
  const outside = nat.outbound(0, inside, server)!;
  nat.outbound(20_000, inside, stranger);
  expect(nat.inbound(40_000, stranger, outside)).toEqual(inside);
  expect(nat.inbound(40_000, server, outside)).toBeUndefined();
});

test("RFC 4787 §4.2: ports are preserved when free, sequential, or random", () => {
  const neighbour: TransportAddress = { ...inside, ip: "10.0.0.3" };
  const preserving = natOf("full-cone", { ports: "preserve" });
  expect(preserving.outbound(0, inside, server)!.port).toBe(5000);
  expect(preserving.outbound(0, neighbour, server)!.port).not.toBe(5000);
  const sequential = natOf("symmetric", { ports: "sequential" });
  const [first, second] = [sequential.outbound(0, inside, server)!, sequential.outbound(0, inside, stranger)!];
  expect(second.port).toBe(first.port + 1);
});

test("no two inside addresses share an outside port; when all are taken, nothing goes out", () => {
  const nat = natOf("full-cone", { ports: "sequential" });
  const ports = new Set<number>();
  for (let port = 1; port <= 45_536; port++) ports.add(nat.outbound(0, { ...inside, port }, server)!.port);
  expect(ports.size).toBe(45_536);
  expect(nat.outbound(0, { ...inside, port: 50_000 }, server)).toBeUndefined();
  expect(nat.outbound(200_000, { ...inside, port: 50_000 }, server)).toBeDefined(); // the others have expired
});

test("a family without an external address passes untranslated, through a firewall that asks for outbound traffic first", () => {
  const host = transportAddress("2001:db8::2", 5000)!;
  const peer = transportAddress("2001:db8:1::9", 6000)!;
  const nat = natOf("symmetric", { lifetimeMs: 30_000 });
  expect(nat.translates(6)).toBe(false);
  expect(nat.inbound(0, peer, host)).toBeUndefined();
  expect(nat.outbound(0, host, peer)).toBe(host);
  expect(nat.inbound(1, peer, host)).toBe(host);
  expect(nat.inbound(1, { ...peer, port: 6001 }, host)).toBeUndefined();
  expect(nat.inbound(30_000, peer, host)).toBeUndefined();
  expect(natOf("symmetric", { firewall: false }).inbound(0, peer, host)).toBe(host);
});

test("a NAT that restarts has forgotten everything", () => {
  const nat = natOf("full-cone", { ports: "sequential" });
  const before = nat.outbound(0, inside, server)!;
  nat.restart();
  expect(nat.inbound(1, server, before)).toBeUndefined();
  expect(nat.outbound(1, inside, server)).not.toEqual(before);
});

test("external addresses are checked", () => {
  expect(() => new Nat({ behaviour: "symmetric", externalIps: ["198.51.100.1", "198.51.100.2"] })).toThrow(InvalidArgumentError);
  expect(() => new Nat({ behaviour: "symmetric", externalIps: ["nowhere"] })).toThrow(InvalidArgumentError);
});
