import { transportAddress } from "@purertc/core";
import { expect, test } from "vitest";
import { candidatePriority, canPair, Foundations, LocalPreferences } from "./candidate.ts";
import { pairPriority } from "./candidate-pair.ts";

const at = (ip: string, port = 1, protocol: "udp" | "tcp" = "udp") => transportAddress(ip, port, protocol)!;

test("RFC 8445 §5.1.2.1: candidate priority", () => {
  // RFC 8445 §15 (example): host, local preference 65535, component 1.
  expect(candidatePriority("host", 65535, 1)).toBe(2130706431);
  expect(candidatePriority("srflx", 65535, 1)).toBe(1694498815);
  expect(candidatePriority("prflx", 65535, 1)).toBe(1862270975);
  expect(candidatePriority("relay", 0, 2)).toBe(254);
});

test("RFC 8445 §6.1.2.3: pair priority, the same from both sides", () => {
  const [low, high] = [1694498815, 2130706431];
  expect(pairPriority("controlling", high, low)).toBe(BigInt(low) * 2n ** 32n + 2n * BigInt(high) + 1n);
  expect(pairPriority("controlled", low, high)).toBe(pairPriority("controlling", high, low));
  expect(pairPriority("controlling", low, high)).toBe(BigInt(low) * 2n ** 32n + 2n * BigInt(high));
  expect(pairPriority("controlling", low, low)).toBe(BigInt(low) * 2n ** 32n + 2n * BigInt(low));
});

test("RFC 8421 §4: IPv6 and IPv4 take turns, link-local comes last", () => {
  const preferences = new LocalPreferences();
  const order = ["192.0.2.1", "2001:db8::1", "fe80::1", "192.0.2.2", "2001:db8::2", "169.254.1.1"].map(
    (ip) => [ip, preferences.next(at(ip))] as const,
  );
  const sorted = order.toSorted((a, b) => b[1] - a[1]).map(([ip]) => ip);
  expect(sorted).toEqual(["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "fe80::1", "169.254.1.1"]);
  expect(new Set(order.map(([, value]) => value)).size).toBe(order.length);
});

test("RFC 8445 §5.1.1.3: foundations", () => {
  const foundations = new Foundations();
  const host = foundations.of("host", at("192.0.2.1", 1), "");
  expect(foundations.of("host", at("192.0.2.1", 2), "")).toBe(host);
  const others = [
    foundations.of("host", at("192.0.2.2"), ""),
    foundations.of("host", at("192.0.2.1", 1, "tcp"), ""),
    foundations.of("srflx", at("192.0.2.1"), "203.0.113.1:3478"),
    foundations.of("srflx", at("192.0.2.1"), "203.0.113.2:3478"),
  ];
  expect(new Set([host, ...others]).size).toBe(5);
});

test("RFC 8445 §6.1.2.2: what may pair", () => {
  expect(canPair(at("192.0.2.1"), at("192.0.2.2"))).toBe(true);
  expect(canPair(at("192.0.2.1"), at("2001:db8::2"))).toBe(false);
  expect(canPair(at("fe80::1"), at("fe80::2"))).toBe(true);
  expect(canPair(at("fe80::1"), at("2001:db8::2"))).toBe(false);
  expect(canPair(at("2001:db8::1"), at("fe80::2"))).toBe(false);
  expect(canPair(at("192.0.2.1"), at("192.0.2.2", 1, "tcp"))).toBe(false);
});
