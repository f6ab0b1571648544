/** WebSocket on the wire (RFC 7118), against the library the transports use and against bare HTTP. */
import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { ListenOptions, SipTransportsOptions } from "../../src/transport/options.ts";
import { VirtualClock } from "../memory-transports.ts";
import { RawStream } from "./raw-peers.ts";
import { optionsRequest, Recorder } from "./recorder.ts";

async function wsServer(
  listen: Partial<ListenOptions> = {},
  options: SipTransportsOptions = {},
): Promise<{ server: Recorder; port: number }> {
  const server = new Recorder(options).answering();
  const { port } = await server.transports.listen({ transport: "WS", host: "127.0.0.1", ...listen });
  return { server, port };
}

async function open(port: number, options: { protocols?: string[]; path?: string; origin?: string } = {}): Promise<WebSocket> {
  const socket = new WebSocket(
    `ws://127.0.0.1:${port}${options.path ?? "/"}`,
    options.protocols ?? ["sip"],
    options.origin ? { origin: options.origin } : {},
  );
  onTestFinished(() => socket.terminate());
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return socket;
}

const nextMessage = (socket: WebSocket): Promise<{ data: string; isBinary: boolean }> =>
  new Promise((resolve) => socket.once("message", (data, isBinary) => resolve({ data: String(data), isBinary })));

test("RFC 7118 §4.2: text and binary frames are both SIP, and answers are text where they can be", async () => {
  const { server, port } = await wsServer();
  const socket = await open(port);
  const request = optionsRequest("WS", "df7jal23ls0d.invalid", { via: "" });
  socket.send(request.toString());
  const first = await nextMessage(socket);
  expect(first).toMatchObject({ isBinary: false });
  expect(first.data).toContain("Via: SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK1;received=127.0.0.1\r\n");
  socket.send(request);
  expect((await nextMessage(socket)).data).toMatch(/^SIP\/2\.0 200/);
  const { flow } = await server.nextRequest();
  server.transports.send(flow, Buffer.concat([request, Buffer.of(0xff, 0xfe)]));
  expect(await nextMessage(socket)).toMatchObject({ isBinary: true });
});

test.each([[[]], [["chat"]], [["SIP"]]])("RFC 7118 §4.1: a client that offers %j instead of sip is refused", async (protocols) => {
  const { server, port } = await wsServer();
  await expect(open(port, { protocols })).rejects.toThrow("400");
  expect(server.opened).toEqual([]);
});

test("RFC 7118 §4.1: sip is chosen among what is offered", async () => {
  const { port } = await wsServer();
  expect((await open(port, { protocols: ["chat", "sip"] })).protocol).toBe("sip");
});

test("RFC 7118 §4.1: a server that does not choose sip is none to this client", async () => {
  const client = new Recorder();
  for (const handleProtocols of [() => false as const, () => "chat"]) {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols });
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const target = { transport: "WS", ip: "127.0.0.1", port: (server.address() as { port: number }).port } as const;
    await expect(client.transports.flowTo(target)).rejects.toMatchObject({ code: "WEBSOCKET_FAILED" });
  }
  const plain = createServer((_request, response) => response.end("hello"));
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void plain.close());
  const target = { transport: "WS", ip: "127.0.0.1", port: (plain.address() as { port: number }).port } as const;
  await expect(client.transports.flowTo(target)).rejects.toMatchObject({ code: "WEBSOCKET_FAILED" });
  await expect(client.transports.flowTo({ ...target, path: "no path" })).rejects.toMatchObject({ name: "SipTransportError" });
  await expect(client.transports.flowTo({ ...target, port: 1 })).rejects.toMatchObject({ code: "CONNECT_FAILED" });
});

test("RFC 6455 §10.2: paths and origins can be restricted", async () => {
  const { port } = await wsServer({ path: "/sip", acceptOrigin: (origin) => origin === undefined || origin === "https://good.example" });
  await expect(open(port)).rejects.toThrow("404");
  await expect(open(port, { path: "/sip", origin: "https://evil.example" })).rejects.toThrow("403");
  await open(port, { path: "/sip?token=1", origin: "https://good.example" });
  const client = new Recorder();
  await client.transports.flowTo({ transport: "WS", ip: "127.0.0.1", port, path: "/sip" });
});

test("RFC 9110 §15.5.22: who wants no WebSocket is told what is here", async () => {
  const { port } = await wsServer();
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect([response.status, response.headers.get("upgrade")]).toEqual([426, "websocket"]);
});

test("RFC 7118 §B.1: a client's Via has a name that does not exist, and answers to it are its own", async () => {
  const { port } = await wsServer();
  const client = new Recorder();
  const flow = await client.transports.flowTo({ transport: "WS", ip: "127.0.0.1", port });
  const { host } = client.transports.sentBy(flow);
  expect(host).toMatch(/^[a-z0-9]{12}\.invalid$/);
  expect(client.transports.sentBy(flow).port).toBeUndefined();
  client.sendOptions(flow);
  expect((await client.nextResponse()).response.topVia?.host).toBe(host);
});

test("RFC 7118 §5.1: one message is one SIP message: what is more or less is refused, and the connection goes on", async () => {
  const { server, port } = await wsServer();
  const socket = await open(port);
  const request = optionsRequest("WS", "x.invalid", { body: "body" }).toString();
  socket.send(`${request}surplus`);
  expect((await nextMessage(socket)).data).toMatch(/^SIP\/2\.0 400/);
  socket.send(request.slice(0, -1));
  expect((await nextMessage(socket)).data).toMatch(/^SIP\/2\.0 400/);
  socket.send("nonsense\r\n\r\n");
  socket.send(request.replace(/Content-Length: 4\r\n/, "")); // may be missing here
  expect((await nextMessage(socket)).data).toMatch(/^SIP\/2\.0 200/);
  expect(server.malformed.map(({ reason }) => reason)).toEqual(["surplus-bytes", "truncated", "not-sip"]);
});

test("RFC 5626 §3.5.1, RFC 7118 §6: CRLFCRLF is answered with CRLF, a ping with a pong", async () => {
  const { server, port } = await wsServer();
  const socket = await open(port);
  socket.send("\r\n\r\n");
  expect((await nextMessage(socket)).data).toBe("\r\n");
  const pong = new Promise((resolve) => socket.once("pong", resolve));
  socket.ping();
  await pong;
  expect(server.malformed).toEqual([]);
});

test("RFC 7118 §6: pings find a client that has gone, and leave alone one that has not", async () => {
  const clock = new VirtualClock();
  const { server, port } = await wsServer({}, { clock });
  const live = await open(port);
  const gone = await open(port);
  await server.until(() => server.opened.length === 2);
  for (const [i, socket] of [live, gone].entries()) {
    socket.send(optionsRequest("WS", "x.invalid"));
    await nextMessage(socket);
    server.transports.keepAlive(server.received[i]!.flow, 30_000);
  }
  gone.pause();
  for (let i = 0; i < 12; i++) {
    await clock.advance(5000);
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
  expect(server.closed).toEqual([{ flow: server.received[1]!.flow, reason: "keep-alive-timeout" }]);
  expect(server.received[0]!.flow.open).toBe(true);
});

test("slow handshakes and slow frames are cut off, and ones in time are not", async () => {
  const clock = new VirtualClock();
  const { server, port } = await wsServer({}, { clock, timeouts: { handshake: 5000, message: 5000 } });
  const handshake = await RawStream.connect(port);
  handshake.send("GET / HTTP/1.1\r\nHost: x\r\n");
  const socket = await open(port);
  socket.send("\r\n\r\n");
  await nextMessage(socket);
  const { _socket: tcp } = socket as unknown as { _socket: import("node:net").Socket };
  tcp.write(Buffer.of(0x81, 0xfe, 0x01)); // the first octets of a frame of several hundred
  await new Promise((resolve) => setTimeout(resolve, 10));
  await clock.advance(4999);
  expect([handshake.closed, server.closed.length]).toEqual([false, 0]);
  await clock.advance(1);
  await handshake.untilClosed();
  await server.until(() => server.closed[0]);
  expect(server.closed.map(({ reason }) => reason)).toEqual(["message-timeout"]);
});

test("messages have a greatest size, and so has what waits", async () => {
  const { server, port } = await wsServer({}, { limits: { maxHeadLength: 1000, maxBodyLength: 1000 } });
  const socket = await open(port);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.send(optionsRequest("WS", "x.invalid", { body: "b".repeat(2000) }));
  expect(await closed).toBe(1009);
  await server.until(() => server.closed[0]);
  expect(server.received).toEqual([]);
});

test("RFC 6455 §5.5.2: who pings without reading the pongs fails", async () => {
  const { server, port } = await wsServer({}, { limits: { maxSendBuffer: 20_000 } });
  const socket = await open(port);
  socket.pause();
  const payload = Buffer.alloc(125);
  for (let i = 0; server.closed.length === 0; i++) {
    socket.ping(payload);
    if (i % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(server.transports.connectionCount).toBe(0);
});
