/** Whatever arrives, on any transport: nothing throws, nothing stops, everybody else is served. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { RawStream, RawUdp } from "./raw-peers.ts";
import { optionsRequest, Recorder } from "./recorder.ts";

/** Messages, parts of messages, and bytes that resemble them. */
const valid = optionsRequest("UDP", "127.0.0.1").toString("latin1");
const pieces = fc.constantFrom(
  ...["\r\n", "\r\n\r\n", "\r", "\n", ":", " ", "\0", "\xff", ";rport", ";maddr=127.0.0.1", "Via: SIP/2.0/UDP ", "Content-Length: -1\r\n"],
  ...[
    "Content-Length: 99999999999999999999\r\n",
    "SIP/2.0 200 OK\r\n",
    "OPTIONS sip:a SIP/2.0\r\n",
    "\0\x01\0\0\x21\x12\xa4\x42",
    "v:,,\r\n",
    valid,
  ],
);
const hostile = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.array(pieces, { maxLength: 12 }).map((parts) => Buffer.from(parts.join(""), "latin1")),
  fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => {
    const changed = Buffer.from(valid, "latin1");
    changed[at] = byte;
    return changed;
  }),
  fc.nat(valid.length).map((length) => Buffer.from(valid.slice(0, length), "latin1")),
);
const attempts = (count: number): Buffer[] => fc.sample(hostile, { numRuns: count, seed: 7 });

test("datagrams of any kind keep nobody from being answered", async () => {
  const server = new Recorder().answering();
  const { port } = await server.transports.listen({ transport: "UDP", host: "127.0.0.1" });
  const [enemy, friend] = [await RawUdp.bind(), await RawUdp.bind()];
  for (const [i, bytes] of attempts(600).entries()) {
    enemy.send(bytes, port);
    if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  friend.send(optionsRequest("UDP", "127.0.0.1"), port);
  expect(await friend.next()).toMatch(/^SIP\/2\.0 200/);
});

test("streams of any kind keep nobody from being answered, and all of them end", async () => {
  const server = new Recorder().answering();
  const { port } = await server.transports.listen({ transport: "TCP", host: "127.0.0.1" });
  for (const bytes of attempts(120)) {
    const enemy = await RawStream.connect(port);
    enemy.send(bytes);
    enemy.socket.end();
    await enemy.untilClosed();
  }
  const friend = await RawStream.connect(port);
  friend.send(optionsRequest("TCP", "x"));
  await friend.until((text) => text.includes("200 OK"));
  await server.until(() => server.closed.length === 120);
  expect(server.transports.connectionCount).toBe(1);
});

test("WebSocket messages, frames and HTTP of any kind keep nobody from being answered", async () => {
  const server = new Recorder().answering();
  const { port } = await server.transports.listen({ transport: "WS", host: "127.0.0.1" });
  const enemy = new WebSocket(`ws://127.0.0.1:${port}`, ["sip"]);
  await new Promise((resolve) => enemy.once("open", resolve));
  enemy.on("error", () => {});
  for (const bytes of attempts(300)) enemy.send(bytes, { binary: bytes.includes(0xff) || !isAscii(bytes) });
  for (const bytes of attempts(40)) {
    const raw = await RawStream.connect(port);
    raw.send("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n");
    raw.send("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: sip\r\n\r\n");
    raw.send(bytes); // as frames
    raw.socket.end();
    await raw.untilClosed();
  }
  for (const bytes of attempts(40)) {
    const raw = await RawStream.connect(port);
    raw.send(bytes); // as HTTP
    raw.socket.end();
    await raw.untilClosed();
  }
  const friend = new WebSocket(`ws://127.0.0.1:${port}`, ["sip"]);
  await new Promise((resolve) => friend.once("open", resolve));
  const answer = new Promise((resolve) => friend.once("message", (data) => resolve(String(data))));
  friend.send(optionsRequest("WS", "x.invalid"));
  expect(await answer).toMatch(/^SIP\/2\.0 200/);
  friend.terminate();
  enemy.terminate();
});

test("TLS of any kind keeps nobody from being heard", async () => {
  const server = new Recorder();
  const { port } = await server.transports.listen({ transport: "TLS", host: "127.0.0.1" });
  for (const bytes of attempts(40)) {
    const raw = await RawStream.connect(port);
    raw.send(Buffer.concat([Buffer.of(0x16, 3, 1, 0, bytes.length & 0xff), bytes]));
    raw.socket.end();
    await raw.untilClosed();
  }
  const client = new Recorder({ tls: { verify: false } });
  const flow = await client.transports.flowTo({ transport: "TLS", ip: "127.0.0.1", port });
  client.sendOptions(flow);
  await server.nextRequest();
});

function isAscii(bytes: Buffer): boolean {
  return bytes.every((byte) => byte < 0x80);
}
