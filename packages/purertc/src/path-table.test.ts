import { type Path, samePath, transportAddress } from "@purertc/core";
import { expect, test } from "vitest";
import { PathTable } from "./path-table.ts";

const local = transportAddress("192.0.2.1", 5000)!;

test("house 1.4: the same pair of ends is the same object", () => {
  const table = new PathTable(local, 8);
  expect(table.pathTo("192.0.2.9", 6000)).toBe(table.pathTo("192.0.2.9", 6000));
  expect(table.pathTo("192.0.2.9", 6001)).not.toBe(table.pathTo("192.0.2.9", 6000));
  expect(table.pathTo("192.0.2.9", 6000)).toEqual({ local, remote: transportAddress("192.0.2.9", 6000) });
});

test("RFC 5952: remote addresses are canonical and carry no zone", () => {
  const table = new PathTable(local, 8);
  expect(table.pathTo("2001:DB8:0:0::1", 1)?.remote.ip).toBe("2001:db8::1");
  expect(table.pathTo("fe80::1%eth0", 1)?.remote.ip).toBe("fe80::1");
  expect(table.pathTo("nonsense", 1)).toBeUndefined();
});

test("house 1.4: a path that the layers above made is the one datagrams come in on", () => {
  const table = new PathTable(local, 8);
  const path: Path = { local, remote: transportAddress("192.0.2.9", 6000)! };
  table.adopt(path);
  expect(table.pathTo("192.0.2.9", 6000)).toBe(path);
  table.adopt({ ...path });
  expect(table.pathTo("192.0.2.9", 6000)).toBe(path);
});

test("law 8: spoofed sources cost bounded memory and never push out the peer", () => {
  const generation = 16;
  const table = new PathTable(local, generation);
  const peer = table.pathTo("192.0.2.9", 7)!;
  for (let port = 1; port <= 10_000; port++) {
    const path = table.pathTo("203.0.113.7", port)!;
    expect(samePath(path, { local, remote: transportAddress("203.0.113.7", port)! })).toBe(true);
    expect(table.size).toBeLessThanOrEqual(2 * generation);
    if (port % (generation - 1) === 0) expect(table.pathTo("192.0.2.9", 7)).toBe(peer);
  }
});
