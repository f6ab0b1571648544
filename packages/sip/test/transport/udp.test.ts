/** UDP on the wire: RFC 3261 §18, RFC 3581, RFC 5626 §8. */
import { expect, test } from "vitest";
import { parseBindingResponse, writeBindingRequest } from "../../src/transport/stun-binding.ts";
import { VirtualClock } from "../memory-transports.ts";
import { RawUdp } from "./raw-peers.ts";
import { optionsRequest, Recorder } from "./recorder.ts";

async function serverAndPeer(
  options: ConstructorParameters<typeof Recorder>[0] = {},
): Promise<{ server: Recorder; port: number; peer: RawUdp }> {
  const server = new Recorder(options).answering();
  const { port } = await server.transports.listen({ transport: "UDP", host: "127.0.0.1" });
  return { server, port, peer: await RawUdp.bind() };
}

test("RFC 3581 §4: with rport the answer goes to the source port, and says which it was", async () => {
  const { port, peer } = await serverAndPeer();
  peer.send(optionsRequest("UDP", "10.0.0.1:9999"), port);
  const answer = await peer.next();
  expect(answer).toMatch(/^SIP\/2\.0 200 /);
  expect(answer).toContain(`Via: SIP/2.0/UDP 10.0.0.1:9999;branch=z9hG4bK1;rport=${peer.port};received=127.0.0.1\r\n`);
  expect(peer.sources[0]!.port).toBe(port); // symmetric: from where it was sent to
});

test("RFC 3261 §18.2.2: without rport the answer goes to sent-by's port, not the source's", async () => {
  const { port, peer } = await serverAndPeer();
  const listening = await RawUdp.bind();
  peer.send(optionsRequest("UDP", `127.0.0.1:${listening.port}`, { via: "" }), port);
  expect(await listening.next()).toMatch(/^SIP\/2\.0 200 /);
  expect(peer.received).toEqual([]);
});

test("RFC 3261 §18.2.2: sent-by's port 0, which nobody listens on, is answered at the source, and harms nobody", async () => {
  const { port, peer } = await serverAndPeer();
  for (const sentBy of ["127.0.0.1:0", "127.0.0.1:0;maddr=127.0.0.1", "127.0.0.1:0;maddr=224.0.1.75;ttl=1", "[::1]:0"]) {
    const before = peer.received.length;
    peer.send(
      optionsRequest("UDP", sentBy.split(";")[0]!, { via: sentBy.includes(";") ? `;${sentBy.split(";").slice(1).join(";")}` : "" }),
      port,
    );
    expect(await peer.next(before)).toMatch(/^SIP\/2\.0 200 /);
  }
});

test("RFC 3261 §18.1.2: a response whose topmost Via is not ours goes no further", async () => {
  const { server, port, peer } = await serverAndPeer({ sentByAliases: ["alias.example", "other.example:5099"] });
  const response = (via: string): string =>
    `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP ${via};branch=z9hG4bK1\r\nCall-ID: ${via}\r\nContent-Length: 0\r\n\r\n`;
  for (const via of [
    `127.0.0.1:${port + 1}`,
    "192.0.2.1",
    "evil.example",
    `127.0.0.1:${port}`,
    "alias.example",
    "OTHER.example:5099",
    "other.example",
  ]) {
    peer.send(response(via), port);
  }
  await server.until(() => server.received.length + server.malformed.length === 7);
  expect(server.malformed.map(({ reason }) => reason)).toEqual(Array(4).fill("foreign-via"));
  expect(server.received.map(({ message }) => message.callId)).toEqual([`127.0.0.1:${port}`, "alias.example", "OTHER.example:5099"]);
});

test("RFC 3261 §18.3: a datagram that ends too early is refused: requests with 400, responses without a word", async () => {
  const { server, port, peer } = await serverAndPeer();
  const cut = optionsRequest("UDP", "127.0.0.1", { body: "0123456789" });
  peer.send(cut.subarray(0, cut.length - 3), port);
  expect(await peer.next()).toMatch(/^SIP\/2\.0 400 [\s\S]*\r\nTo: <sip:bob@example.com>;tag=\w+\r\n/);
  peer.send(cut.toString().replace("OPTIONS sip", "ACK sip").slice(0, -3), port);
  peer.send(`SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK1\r\nContent-Length: 5\r\n\r\n`, port);
  peer.send(optionsRequest("UDP", "127.0.0.1", { body: "0123456789" }).toString().concat("surplus"), port);
  const { request } = await server.nextRequest();
  expect(Buffer.from(request.body).toString()).toBe("0123456789"); // what is beyond Content-Length is left out
  expect(server.malformed.map(({ reason }) => reason)).toEqual(["truncated-body", "truncated-body", "truncated-body"]);
  while (!peer.received.some((text) => text.startsWith("SIP/2.0 200"))) await peer.next(peer.received.length);
  expect(peer.received).toHaveLength(2); // the 400 and the 200: no answer to an ACK or a response
});

test("RFC 4475 §3.1.2.1: a request whose Via cannot be read gets its 400 where it came from, and goes no further", async () => {
  const { server, port, peer } = await serverAndPeer();
  peer.send(
    optionsRequest("UDP", "x")
      .toString()
      .replace(/Via: [^\r]*\r\n/, ""),
    port,
  );
  peer.send(optionsRequest("UDP", "x").toString().replace(/Via: /, "Via: (broken) "), port);
  peer.send("not SIP at all\r\n\r\n", port);
  peer.send("\r\n\r\n", port);
  await server.until(() => server.malformed.length === 4);
  expect(server.malformed.map(({ reason }) => reason)).toEqual(["bad-via", "bad-via", "not-sip", "keep-alive"]);
  expect(server.received).toEqual([]);
  peer.send("OPTIONS sip:a SIP/2.0\r\n\r\n", port); // its answer would be larger
  peer.send(optionsRequest("UDP", "127.0.0.1", { headers: "X: y\r\n".repeat(501) }), port);
  await peer.next(2);
  expect(peer.received.map((text) => text.slice(0, 11))).toEqual(["SIP/2.0 400", "SIP/2.0 400", "SIP/2.0 513"]);
  expect(peer.received[1]).toContain("Via: (broken) SIP/2.0/UDP x");
});

test("RFC 5626 §8: STUN on the SIP port is answered, and goes no further", async () => {
  const { server, port, peer } = await serverAndPeer();
  const id = Uint8Array.from({ length: 12 }, (_, i) => i);
  peer.send(writeBindingRequest(id), port);
  const answer = parseBindingResponse(Buffer.from(await peer.next(), "latin1"));
  expect(answer).toEqual({ transactionId: id, mapped: `127.0.0.1 ${peer.port}` });
  expect([server.received, server.malformed]).toEqual([[], []]);
});

test("RFC 5626 §4.4.2: STUN keeps a flow alive until nobody answers", async () => {
  const clock = new VirtualClock();
  const { port } = await serverAndPeer();
  const client = new Recorder({ clock });
  const flow = await client.transports.flowTo({ transport: "UDP", ip: "127.0.0.1", port });
  const silent = await RawUdp.bind();
  const dead = await client.transports.flowTo({ transport: "UDP", ip: "127.0.0.1", port: silent.port });
  client.transports.keepAlive(flow, 1000);
  client.transports.keepAlive(dead, 1000);
  await clock.advance(1000);
  await silent.next();
  // Answers come in real time: give the live one the chance to arrive after each step of virtual time.
  for (let i = 0; i < 90; i++) {
    await clock.advance(500);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(client.closed).toEqual([{ flow: dead, reason: "keep-alive-timeout" }]);
  expect([flow.open, dead.open]).toEqual([true, false]);
  // A new flow to the same address is another one.
  const again = await client.transports.flowTo({ transport: "UDP", ip: "127.0.0.1", port: silent.port });
  expect(again.id).toBeGreaterThan(dead.id);
});

test("RFC 3261 §18.4: what the network layer refuses closes the flow, and nothing else", async () => {
  const { server, peer } = await serverAndPeer();
  const flow = await server.transports.flowTo({ transport: "UDP", ip: "127.0.0.1", port: peer.port });
  const other = await server.transports.flowTo({ transport: "UDP", ip: "127.0.0.1", port: 9 });
  server.transports.send(flow, new Uint8Array(70_000)); // more than a datagram holds
  await server.until(() => server.closed[0]);
  expect(server.closed[0]).toEqual({ flow, reason: "EMSGSIZE" });
  expect(other.open).toBe(true);
});

test("RFC 3261 §18.1.1: one pair of addresses is one flow, and a flooding source does not make more of them than allowed", async () => {
  const { server, port, peer } = await serverAndPeer({ limits: { maxUdpFlows: 8 } });
  peer.send(optionsRequest("UDP", "x"), port);
  peer.send(optionsRequest("UDP", "x"), port);
  const first = await server.nextRequest(0);
  const second = await server.nextRequest(1);
  expect(second.flow).toBe(first.flow);
  for (let remote = 1; remote <= 20; remote++) await server.transports.flowTo({ transport: "UDP", ip: "127.0.0.1", port: remote });
  const again = await server.transports.flowTo({ transport: "UDP", ip: "127.0.0.1", port: peer.port });
  expect(again).not.toBe(first.flow); // forgotten,
  server.transports.send(first.flow, Buffer.from("still works"));
  while (!peer.received.includes("still works")) await peer.next(peer.received.length); // but of use to who has it
});

test("datagrams of a flood are dropped, those of others are read", async () => {
  const { server, port, peer } = await serverAndPeer({ limits: { maxQueuedPerSource: 4 } });
  for (let i = 0; i < 64; i++) peer.send(optionsRequest("UDP", "x", { callId: `c${i}` }), port);
  await server.nextRequest(3);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(server.received.length).toBeLessThan(64);
  expect(server.transports.refused.datagrams).toBe(64 - server.received.length);
  peer.send(optionsRequest("UDP", "x", { callId: "after" }), port);
  await server.until(() => server.received.find(({ message }) => message.callId === "after"));
});

test("a flooding source slows nobody else: another one's request is the next but one", async () => {
  const { server, port } = await serverAndPeer();
  const [flooder, other] = [await RawUdp.bind("127.0.0.1"), await RawUdp.bind("127.0.0.2")];
  const order: (string | undefined)[] = [];
  server.transports.onMessage = (message) => {
    order.push(message.callId);
    if (order.length === 1) other.send(optionsRequest("UDP", "x", { callId: "other" }), port);
    const until = performance.now() + 0.2; // slower than they come
    while (performance.now() < until);
  };
  for (let i = 0; i < 800; i++) flooder.send(optionsRequest("UDP", "x", { callId: "flood" }), port);
  await new Promise((resolve) => setTimeout(resolve, 1));
  while (!order.includes("other")) await new Promise((resolve) => setImmediate(resolve));
  expect(order.length).toBeLessThan(400);
});

test("RFC 3261 §18: IPv6 and IPv4 listeners, and an own socket for who has none", async () => {
  const client = new Recorder();
  const four = await client.transports.flowTo({ transport: "UDP", ip: "127.0.0.1", port: 9 });
  const six = await client.transports.flowTo({ transport: "UDP", ip: "[::1]", port: 9 });
  expect([four.local.ip, six.local.ip, six.remote.ip]).toEqual(["127.0.0.1", "::1", "::1"]);
  expect(client.transports.sentBy(four)).toEqual({ host: "127.0.0.1", port: four.local.port });
  expect(client.transports.sentBy(six)).toEqual({ host: "[::1]", port: six.local.port });
  expect(client.transports.listeners).toHaveLength(2);
});
