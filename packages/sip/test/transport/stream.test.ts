/** TCP on the wire: framing, keep-alives, limits and time-outs (RFC 3261 §18, RFC 5626). */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { SipTransportsOptions } from "../../src/transport/options.ts";
import { VirtualClock } from "../memory-transports.ts";
import { RawStream } from "./raw-peers.ts";
import { optionsRequest, Recorder } from "./recorder.ts";

async function tcpServer(options: SipTransportsOptions = {}): Promise<{ server: Recorder; port: number }> {
  const server = new Recorder(options).answering();
  const { port } = await server.transports.listen({ transport: "TCP", host: "127.0.0.1" });
  return { server, port };
}

test("RFC 3261 §18.3: messages are cut by Content-Length, however TCP cuts them", async () => {
  const { server, port } = await tcpServer();
  const peer = await RawStream.connect(port);
  const bytes = Buffer.concat([1, 2, 3].map((i) => optionsRequest("TCP", "x", { callId: `c${i}`, body: "b".repeat(i * 10) })));
  for (let at = 0; at < bytes.length; at += 97) {
    peer.send(bytes.subarray(at, at + 97));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await peer.until((text) => text.split("SIP/2.0 200").length === 4);
  expect(server.received.map(({ message }) => message.callId)).toEqual(["c1", "c2", "c3"]);
});

test.each([
  ["Content-Length: 0\r\n", "", 400], // mandatory on streams
  ["Content-Length: 0\r\n", "Content-Length: 1\r\nContent-Length: 2\r\n", 400],
  ["Content-Length: 0\r\n", "Content-Length: 99999999\r\n", 513],
])("RFC 3261 §18.3: where no next message can be found (%j becomes %j), %i is sent and the connection closed", async (from, to, status) => {
  const { server, port } = await tcpServer();
  const peer = await RawStream.connect(port);
  peer.send(optionsRequest("TCP", "x").toString().replace(from, to));
  await peer.untilClosed();
  expect(peer.text).toMatch(new RegExp(`^SIP/2\\.0 ${status} `));
  await server.until(() => server.closed[0]);
  expect(server.closed.map(({ reason }) => reason)).toEqual(["malformed"]);
  expect([server.received.length, server.malformed.length, server.transports.connectionCount]).toEqual([0, 1, 0]);
});

test("RFC 5626 §3.5.1, §4.4.1: CRLFCRLF is answered with CRLF, between messages and in any number", async () => {
  const { server, port } = await tcpServer();
  const peer = await RawStream.connect(port);
  peer.send("\r\n\r\n");
  await peer.until((text) => text === "\r\n");
  peer.send(`\r\n\r\n\r\n\r\n${optionsRequest("TCP", "x")}`);
  await peer.until((text) => text.startsWith("\r\n\r\n\r\nSIP/2.0 200"));
  expect(server.malformed).toEqual([]);
});

test("RFC 5626 §4.4.1: a client's flow lives while pongs come, and fails ten seconds after one did not", async () => {
  const clock = new VirtualClock();
  const { port } = await tcpServer();
  const mute = createServer((socket) => socket.resume().on("error", () => {}));
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void mute.close());
  const client = new Recorder({ clock });
  const live = await client.transports.flowTo({ transport: "TCP", ip: "127.0.0.1", port });
  const dead = await client.transports.flowTo({ transport: "TCP", ip: "127.0.0.1", port: (mute.address() as { port: number }).port });
  for (const flow of [live, dead]) client.transports.keepAlive(flow, 100_000);
  for (let i = 0; i < 24; i++) {
    await clock.advance(5000);
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
  expect(client.closed).toEqual([{ flow: dead, reason: "keep-alive-timeout" }]);
  expect(live.open).toBe(true);
});

test("slow-loris: a message that trickles is cut off, whatever trickles", async () => {
  const clock = new VirtualClock();
  const { server, port } = await tcpServer({ clock, timeouts: { message: 20_000 } });
  const peer = await RawStream.connect(port);
  peer.send("\r\n\r\n"); // not idle, not without a first message
  await peer.until((text) => text === "\r\n");
  for (let i = 0; i < 9; i++) {
    peer.send("OPTIONS s"[i]!);
    await new Promise((resolve) => setTimeout(resolve, 3));
    if (i < 8) await clock.advance(2400);
  }
  expect(server.closed).toEqual([]);
  await clock.advance(2400);
  await peer.untilClosed();
  expect(server.closed.map(({ reason }) => reason)).toEqual(["message-timeout"]);
});

test("a connection that says nothing is closed, at first soon and later after long", async () => {
  const clock = new VirtualClock();
  const { server, port } = await tcpServer({ clock });
  const silent = await RawStream.connect(port);
  const idle = await RawStream.connect(port);
  idle.send(optionsRequest("TCP", "x"));
  await idle.until((text) => text.includes("200"));
  await server.until(() => server.opened.length === 2);
  await clock.advance(30_000);
  await silent.untilClosed();
  expect(server.closed.map(({ reason }) => reason)).toEqual(["no-first-message"]);
  await clock.advance(870_000);
  await idle.untilClosed();
  expect(server.closed.map(({ reason }) => reason)).toEqual(["no-first-message", "idle-timeout"]);
});

test("connections are bounded, in all and from one address, and places come back", async () => {
  for (const limits of [{ maxConnections: 2 }, { maxConnectionsPerSource: 2 }]) {
    const { server, port } = await tcpServer({ limits });
    const [first, second] = [await RawStream.connect(port), await RawStream.connect(port)];
    for (const each of [first!, second!]) {
      each.send(optionsRequest("TCP", "x"));
      await each.until((text) => text.includes("200"));
    }
    const third = await RawStream.connect(port);
    await third.untilClosed();
    second!.send(optionsRequest("TCP", "x"));
    await second!.until((text) => text.split(" 200 ").length === 3); // those inside do not notice
    first!.socket.destroy();
    await server.until(() => server.closed[0]);
    const fourth = await RawStream.connect(port);
    fourth.send(optionsRequest("TCP", "x"));
    await fourth.until((text) => text.includes("200"));
    expect(server.opened).toHaveLength(3);
  }
});

test("connections that are held open for nothing, or a byte at a time, keep nobody out, not even from the same address", async () => {
  const { server, port } = await tcpServer({ limits: { maxConnectionsPerSource: 20 } });
  const registered = await RawStream.connect(port);
  registered.send(optionsRequest("TCP", "x"));
  await registered.until((text) => text.includes("200"));
  const begun = optionsRequest("TCP", "x").subarray(0, 30);
  const slow = await Promise.all(Array.from({ length: 30 }, () => RawStream.connect(port)));
  for (const each of slow) each.send(begun);
  const newcomer = await RawStream.connect(port);
  newcomer.send(optionsRequest("TCP", "x"));
  await newcomer.until((text) => text.includes("200"));
  registered.send(optionsRequest("TCP", "x"));
  await registered.until((text) => text.split(" 200 ").length === 3);
  expect(slow.filter(({ closed }) => closed).length).toBeGreaterThanOrEqual(11);
  expect(server.transports.connectionCount).toBeLessThanOrEqual(20);
});

test("RFC 3261 §21.5.7: heads and bodies have a greatest size", async () => {
  const { server, port } = await tcpServer({ limits: { maxHeadLength: 1000, maxBodyLength: 1000 } });
  const head = await RawStream.connect(port);
  head.send(optionsRequest("TCP", "x", { headers: `X: ${"x".repeat(1000)}\r\n` }));
  await head.untilClosed();
  expect(head.text).toMatch(/^SIP\/2\.0 513 /);
  const body = await RawStream.connect(port);
  body.send(optionsRequest("TCP", "x", { body: "b".repeat(1001) }));
  await body.untilClosed();
  expect(body.text).toMatch(/^SIP\/2\.0 513 /);
  expect(server.malformed.map(({ reason }) => reason)).toEqual(["head-too-long", "body-too-long"]);
});

test("what all connections have sent and not finished is bounded", async () => {
  const { server, port } = await tcpServer({ limits: { maxBuffered: 100_000 } });
  const peers = [await RawStream.connect(port), await RawStream.connect(port), await RawStream.connect(port)];
  for (const peer of peers) peer.send(optionsRequest("TCP", "x", { body: "b".repeat(60_000) }).subarray(0, 50_000));
  await server.until(() => server.closed[0]);
  expect(server.closed.map(({ reason }) => reason)).toEqual(["receive-buffer-full"]);
  expect(server.transports.connectionCount).toBe(2);
});

test("a peer that reads nothing fails, and does not fill this side's memory", async () => {
  const { server, port } = await tcpServer({ limits: { maxSendBuffer: 200_000 } });
  const peer = await RawStream.connect(port);
  peer.socket.pause();
  peer.send(optionsRequest("TCP", "x"));
  const { flow } = await server.nextRequest();
  const message = Buffer.alloc(50_000, "x");
  for (let i = 0; i < 1000 && flow.open; i++) {
    server.transports.send(flow, message);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(server.closed).toEqual([{ flow, reason: "send-buffer-full" }]);
  server.transports.send(flow, message); // dropped without a word
});

test("a peer that floods a connection does not keep another one waiting", async () => {
  const server = new Recorder();
  const { port } = await server.transports.listen({ transport: "TCP", host: "127.0.0.1" });
  const flooder = await RawStream.connect(port);
  const other = await RawStream.connect(port);
  await server.until(() => server.opened.length === 2);
  const order: string[] = [];
  server.transports.onMessage = (message) => {
    order.push(message.callId!);
    const until = performance.now() + 0.1; // some work
    while (performance.now() < until);
  };
  flooder.send(Buffer.concat(Array.from({ length: 1500 }, () => optionsRequest("TCP", "x", { callId: "flood" }))));
  await new Promise((resolve) => setTimeout(resolve, 20));
  other.send(optionsRequest("TCP", "x", { callId: "other" }));
  while (!order.includes("other")) await new Promise((resolve) => setImmediate(resolve));
  expect(order.length).toBeLessThan(1200);
});

test("a connection is read no faster than its messages are handled, and closes at once all the same", async () => {
  const server = new Recorder({ limits: { maxBuffered: 600_000 } });
  const { port } = await server.transports.listen({ transport: "TCP", host: "127.0.0.1" });
  server.transports.onMessage = () => {
    const until = performance.now() + 0.2; // slower than they come
    while (performance.now() < until);
  };
  const flooder = await RawStream.connect(port);
  await server.until(() => server.opened[0]);
  flooder.send(Buffer.concat(Array.from({ length: 8000 }, () => optionsRequest("TCP", "x", { callId: "flood" }))));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(server.closed).toEqual([]);
  const began = performance.now();
  await server.transports.close();
  expect(performance.now() - began).toBeLessThan(1000); // not after `linger`
});

test("RFC 3261 §18.1.1: a connection to the same address is used again, by all who ask at once", async () => {
  const { server, port } = await tcpServer();
  const client = new Recorder();
  const target = { transport: "TCP", ip: "127.0.0.1", port } as const;
  const flows = await Promise.all([client.transports.flowTo(target), client.transports.flowTo(target)]);
  expect(flows[0]).toBe(flows[1]);
  expect(await client.transports.flowTo({ ...target, hostname: "example.com" })).toBe(flows[0]);
  await server.until(() => server.opened[0]);
  expect(server.opened).toHaveLength(1);
  client.transports.closeFlow(flows[0]!);
  const next = await client.transports.flowTo(target);
  expect(next).not.toBe(flows[0]);
  // The connection a peer opened from a passing port is none to that port (RFC 5923 §1).
  await expect(server.transports.flowTo({ transport: "TCP", ip: "127.0.0.1", port: next.local.port })).rejects.toMatchObject({
    code: "CONNECT_FAILED",
  });
});

test("RFC 3261 §18.4: what a peer sent before it closed is read, then the flow is closed", async () => {
  const { server, port } = await tcpServer();
  const peer = await RawStream.connect(port);
  peer.socket.end(Buffer.concat(Array.from({ length: 300 }, (_, i) => optionsRequest("TCP", "x", { callId: `c${i}` }))));
  await server.until(() => server.closed[0]);
  expect(server.received).toHaveLength(300);
  expect(server.closed.map(({ reason }) => reason)).toEqual(["peer-closed"]);
});

test("RFC 3261 §18.1.1: nobody there, nobody answering in time, and a caller who gives up", async () => {
  const clock = new VirtualClock();
  const client = new Recorder({ clock, timeouts: { connect: 5000 }, limits: { maxConnections: 3 } });
  const refused = { transport: "TCP", ip: "127.0.0.1", port: 1 } as const;
  await expect(client.transports.flowTo(refused)).rejects.toMatchObject({ name: "SipTransportError", code: "CONNECT_FAILED" });
  for (const ip of ["example.com", "", "1.2.3"]) {
    await expect(client.transports.flowTo({ ...refused, ip })).rejects.toMatchObject({ code: "BAD_TARGET" });
  }
  await expect(client.transports.flowTo({ ...refused, port: 0 })).rejects.toMatchObject({ code: "BAD_TARGET" });
  // A TLS handshake with somebody who does not answer.
  const mute = createServer((socket) => socket.resume().on("error", () => {}));
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void mute.close());
  const target = { transport: "TLS", ip: "127.0.0.1", port: (mute.address() as { port: number }).port } as const;
  const slow = client.transports.flowTo(target);
  const abort = new AbortController();
  const aborted = client.transports.flowTo(target, { signal: abort.signal });
  slow.catch(() => {});
  abort.abort();
  await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
  await clock.advance(5000);
  await expect(slow).rejects.toMatchObject({ code: "CONNECT_TIMEOUT" });
  await client.transports.close();
  await expect(client.transports.flowTo(refused)).rejects.toMatchObject({ code: "CLOSED" });
});

test("RFC 3261 §18.1.1: a request that may not fit a datagram goes over TCP, and over UDP when there is none", async () => {
  const { port } = await tcpServer();
  const client = new Recorder();
  const target = { transport: "UDP", ip: "127.0.0.1", port } as const;
  expect(client.transports.transportFor(1300, target)).toEqual([target]);
  expect(client.transports.transportFor(1301, target)).toEqual([{ ...target, transport: "TCP" }, target]);
  expect(client.transports.transportFor(9999, { ...target, transport: "TLS" })).toHaveLength(1);
  expect((await client.transports.flowForRequest(1300, target)).transport).toBe("UDP");
  expect((await client.transports.flowForRequest(1301, target)).transport).toBe("TCP");
  expect((await client.transports.flowForRequest(1301, { ...target, port: 1 })).transport).toBe("UDP");
});

test("RFC 3261 §18: after close nothing is open and nothing listens", async () => {
  const { server, port } = await tcpServer();
  const client = new Recorder();
  const flow = await client.transports.flowTo({ transport: "TCP", ip: "127.0.0.1", port });
  await server.until(() => server.opened[0]);
  await server.transports.close();
  await client.until(() => client.closed[0]);
  expect([flow.open, server.transports.connectionCount, client.transports.connectionCount]).toEqual([false, 0, 0]);
  await expect(client.transports.flowTo({ transport: "TCP", ip: "127.0.0.1", port })).rejects.toMatchObject({ code: "CONNECT_FAILED" });
  await expect(server.transports.listen({ transport: "UDP" })).rejects.toMatchObject({ code: "CLOSED" });
});

test("RFC 3261 §18.2: an address in use is an error to who asks for it", async () => {
  const { port } = await tcpServer();
  const other = new Recorder();
  await expect(other.transports.listen({ transport: "TCP", host: "127.0.0.1", port })).rejects.toMatchObject({ code: "LISTEN_FAILED" });
  await expect(other.transports.listen({ transport: "TCP", host: "name.example" })).rejects.toMatchObject({ code: "SIP_LISTEN_HOST" });
  const udp = await other.transports.listen({ transport: "UDP", host: "127.0.0.1" });
  await expect(other.transports.listen({ transport: "UDP", host: "127.0.0.1", port: udp.port })).rejects.toMatchObject({
    code: "LISTEN_FAILED",
  });
});

test("close() does not wait for peers that hold on to their connections, nor for those it has closed before", async () => {
  const { server, port } = await tcpServer();
  const sockets = [0, 1].map(() => connect({ host: "127.0.0.1", port, allowHalfOpen: true }));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await server.until(() => server.opened[1]);
  server.transports.closeFlow(server.opened[0]!); // lingers
  const farewell = "SIP/2.0 200 OK\r\n\r\n";
  server.transports.send(server.opened[1]!, Buffer.from(farewell));
  let heard = "";
  sockets[1]!.on("data", (bytes: Buffer) => {
    heard += bytes.toString();
  });
  const began = performance.now();
  await Promise.all([server.transports.close(), server.transports.close()]);
  expect(performance.now() - began).toBeLessThan(800);
  expect(heard).toBe(farewell);
});

test("close() of a client leaves nothing open, whatever its server does", async () => {
  let accepted: (socket: Socket) => void;
  const accepting = new Promise<Socket>((resolve) => {
    accepted = resolve;
  });
  const silent = createServer({ allowHalfOpen: true }, (socket) => accepted(socket.on("error", () => {}).resume()));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void silent.close());
  const client = new Recorder();
  const { port } = silent.address() as AddressInfo;
  await client.transports.flowTo({ transport: "TCP", ip: "127.0.0.1", port });
  const server = await accepting;
  const began = performance.now();
  await client.transports.close();
  expect(performance.now() - began).toBeLessThan(800);
  expect(server.destroyed || server.readableEnded).toBe(true); // gone when the promise resolves, not some time later
});
