import { createSocket } from "node:dgram";
import { EventEmitter, once } from "node:events";
import { type Path, randomBelow, type TransportAddress, transportAddress } from "@purertc/core";
import { afterEach, expect, test } from "vitest";
import { BufferPool } from "./buffer-pool.ts";
import { openUdpPort, type UdpPort, type UdpPortOptions } from "./udp.ts";

const random = { fill: (out: Uint8Array) => void globalThis.crypto.getRandomValues(out) };
const opened: UdpPort[] = [];
afterEach(() => {
  for (const port of opened.splice(0)) port.close();
});

const loopback4 = () => [{ interfaceName: "lo", address: "127.0.0.1" }];
const loopback6 = () => [{ interfaceName: "lo", address: "::1" }];

function withResolvers() {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** A port that has said `ready`, with all it told its listener. */
async function open(options: UdpPortOptions) {
  const pool = new BufferPool();
  const addresses: TransportAddress[] = [];
  const received: { text: string; path: Path }[] = [];
  const arrivals = new EventEmitter();
  let writables = 0;
  let inside = true;
  const { promise: ready, resolve } = withResolvers();
  const port = openUdpPort(
    { pool, random },
    { loopback: true, ...options },
    {
      address: (local) => {
        expect(inside).toBe(false);
        addresses.push(local);
      },
      ready: resolve,
      datagram: (datagram, path) => {
        received.push({ text: Buffer.from(datagram).toString(), path });
        arrivals.emit("datagram");
      },
      writable: () => {
        writables += 1;
      },
    },
  );
  opened.push(port);
  inside = false;
  await ready;
  const send = (text: string, path: Path): void => {
    const buffer = port.acquireBuffer(1200);
    port.send(buffer, Buffer.from(buffer.buffer, buffer.byteOffset).write(text), path);
  };
  const until = async (count: number): Promise<void> => {
    while (received.length < count) await once(arrivals, "datagram");
  };
  return { port, pool, addresses, received, send, until, writables: () => writables };
}

test.each([
  ["IPv4", loopback4],
  ["IPv6", loopback6],
])("udp: datagrams go both ways over %s, on one path object per pair of ends", async (_, interfaces) => {
  const [a, b] = await Promise.all([open({ interfaces }), open({ interfaces })]);
  const there: Path = { local: a.addresses[0]!, remote: b.addresses[0]! };
  for (let i = 0; i < 100; i++) a.send(`ping ${i}`, there);
  await b.until(100);
  expect(b.received.map(({ text }) => text)).toEqual(Array.from({ length: 100 }, (_, i) => `ping ${i}`));
  const back = b.received[0]!.path;
  expect(back).toEqual({ local: b.addresses[0], remote: a.addresses[0] });
  expect(b.received.every(({ path }) => path === back)).toBe(true);
  b.send("pong", back);
  await a.until(1);
  expect(a.received).toEqual([{ text: "pong", path: there }]);
  expect(a.received[0]!.path).toBe(there);
  expect(a.pool.free).toBe(a.pool.total);
  expect(a.port.counters).toMatchObject({ sent: 100, received: 1, dropped: 0 });
});

test("udp: every address is bound, each with its own port, in order of preference", async () => {
  const both = await open({ interfaces: () => [...loopback4(), ...loopback6()] });
  expect(both.addresses.map(({ ip }) => ip)).toEqual(["::1", "127.0.0.1"]);
  expect(both.addresses.every(({ port }) => port > 0)).toBe(true);
});

test("udp: an address that this machine does not have is counted, not thrown", async () => {
  const port = await open({ interfaces: () => [{ interfaceName: "eth9", address: "203.0.113.9" }, ...loopback4()] });
  expect(port.addresses.map(({ ip }) => ip)).toEqual(["127.0.0.1"]);
  expect(port.port.counters.errors.get("EADDRNOTAVAIL")).toBe(1);
});

test("settings: a port range is kept to, and taken ports are skipped", async () => {
  const taken = createSocket("udp4");
  taken.bind(0, "127.0.0.1");
  await once(taken, "listening");
  const min = Math.min(taken.address().port, 65534);
  const ports = await Promise.all(Array.from({ length: 8 }, () => open({ interfaces: loopback4, portRange: { min, max: min + 1 } })));
  taken.close();
  const bound = ports.flatMap(({ addresses }) => addresses.map(({ port }) => port));
  expect(bound.length).toBeLessThanOrEqual(2);
  expect(bound.every((port) => port >= min && port <= min + 1)).toBe(true);
  expect(ports.some(({ port }) => (port.counters.errors.get("EADDRINUSE") ?? 0) > 0)).toBe(true);
});

test("udp: unknown paths, other families, port 0 and a closed port drop the datagram and keep the buffer", async () => {
  const a = await open({ interfaces: loopback4 });
  const local = a.addresses[0]!;
  a.send("x", { local: transportAddress("127.0.0.2", 1)!, remote: transportAddress("127.0.0.1", 9)! });
  a.send("x", { local, remote: transportAddress("::1", 9)! });
  a.send("x", { local, remote: transportAddress("127.0.0.1", 0)! });
  a.send("x", { local, remote: transportAddress("127.0.0.1", 9, "tcp")! });
  a.port.close();
  a.send("x", { local, remote: transportAddress("127.0.0.1", 9)! });
  expect(a.port.counters).toMatchObject({ sent: 0, dropped: 5 });
  expect(a.pool.free).toBe(a.pool.total);
});

test("udp: errors of the network are counted by code", async () => {
  const a = await open({ interfaces: loopback4 });
  a.send("x", { local: a.addresses[0]!, remote: transportAddress("255.255.255.255", 9)! });
  await new Promise(setImmediate);
  expect([...a.port.counters.errors.values()]).toEqual([1]); // EACCES on Linux
});

test("udp: closing before the sockets are bound leaves nothing open", async () => {
  const calls: string[] = [];
  const port = openUdpPort(
    { pool: new BufferPool(), random },
    { interfaces: loopback4, loopback: true },
    {
      address: () => calls.push("address"),
      ready: () => calls.push("ready"),
      datagram: () => calls.push("datagram"),
      writable: () => calls.push("writable"),
    },
  );
  port.close();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(calls).toEqual([]);
});

/** A native socket whose queue the test moves, as libuv's would when the kernel is full. */
class StuckSocket extends EventEmitter {
  queue = 0;
  isClosed = false;
  readonly sent: Buffer[] = [];
  bind(_: unknown, done: () => void): void {
    done();
  }
  address() {
    return { address: "127.0.0.1", port: 5000, family: "IPv4" };
  }
  setRecvBufferSize(): void {
    throw new Error("ENOBUFS");
  }
  setSendBufferSize(): void {}
  send(buffer: Buffer): void {
    this.queue += 1;
    this.sent.push(buffer);
  }
  getSendQueueCount(): number {
    return this.queue;
  }
  close(): void {
    this.isClosed = true;
  }
}

async function openStuck() {
  const native = new StuckSocket();
  const opened = await open({ interfaces: loopback4, createSocket: (() => native) as never });
  const path: Path = { local: opened.addresses[0]!, remote: transportAddress("127.0.0.1", 6000)! };
  return { native, path, ...opened };
}

test("udp: a buffer that libuv queued is not used again before the queue has moved on", async () => {
  const a = await openStuck();
  for (let i = 0; i < 3; i++) a.send(`${i}`, a.path);
  expect(a.port.writable).toBe(false);
  expect(a.pool.total - a.pool.free).toBe(3);
  const others = Array.from({ length: 40 }, () => a.port.acquireBuffer(1200));
  expect(
    others.some((buffer) => a.native.sent.some((sent) => sent.buffer === buffer.buffer && sent.byteOffset === buffer.byteOffset)),
  ).toBe(false);
  for (const buffer of others) a.port.releaseBuffer(buffer);

  a.native.queue = 1;
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(a.pool.total - a.pool.free).toBe(1);
  expect([a.port.writable, a.writables()]).toEqual([false, 0]);
  a.native.queue = 0;
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(a.pool.total - a.pool.free).toBe(0);
  expect([a.port.writable, a.writables()]).toEqual([true, 1]);
});

test("law 8: a socket that stays full holds a bounded number of datagrams", async () => {
  const a = await openStuck();
  for (let i = 0; i < 1000; i++) a.send("x", a.path);
  expect(a.native.sent.length).toBe(64);
  expect(a.port.counters.dropped).toBe(936);
  expect(a.pool.total - a.pool.free).toBe(64);
});

test("udp: close waits for what the kernel has not taken, but not for ever", async () => {
  const drained = await openStuck();
  drained.send("close_notify", drained.path);
  drained.port.close();
  expect(drained.native.isClosed).toBe(false);
  drained.native.queue = 0;
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(drained.native.isClosed).toBe(true);

  const stuck = await openStuck();
  stuck.send("close_notify", stuck.path);
  stuck.port.close();
  await new Promise((resolve) => setTimeout(resolve, 130));
  expect(stuck.native.isClosed).toBe(true);
  expect(stuck.writables()).toBe(0);
});

test("law 8: datagrams from many sources cost bounded memory and keep their paths apart", async () => {
  const a = await open({ interfaces: loopback4 });
  const sources = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const source = createSocket("udp4").bind(0, "127.0.0.1");
      await once(source, "listening");
      return source;
    }),
  );
  const target = a.addresses[0]!;
  for (let i = 0; i < 200; i++) {
    const source = sources[randomBelow(random, sources.length)]!;
    source.send(`${source.address().port}`, target.port, target.ip);
  }
  await a.until(200);
  for (const source of sources) source.close();
  expect(a.received.every(({ text, path }) => path.remote.port === Number(text))).toBe(true);
  expect(new Set(a.received.map(({ path }) => path)).size).toBe(new Set(a.received.map(({ text }) => text)).size);
});
