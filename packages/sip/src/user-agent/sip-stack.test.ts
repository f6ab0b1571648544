import { createResponse, type SipResponse } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { MemoryNetwork, type MemoryTransports } from "../../test/memory-transports.ts";
import { testRequest } from "../../test/transaction-timeline.ts";
import { SipStack } from "./sip-stack.ts";

function pair(): { network: MemoryNetwork; client: SipStack; server: SipStack; wires: [MemoryTransports, MemoryTransports] } {
  const network = new MemoryNetwork();
  const wires: [MemoryTransports, MemoryTransports] = [network.host("192.0.2.1"), network.host("192.0.2.2")];
  const [client, server] = wires.map((transports) => new SipStack({ transports, clock: network.clock }));
  return { network, client: client!, server: server!, wires };
}

test("RFC 3261 §17: two stacks exchange a request and its response; lost datagrams are sent again", async () => {
  const { network, client, server } = pair();
  server.onEvent = (event) => {
    if (event.type === "request") server.respond(event.transaction, createResponse(event.request, 200, { toTag: "1" }));
  };
  let lost = 2;
  network.filter = () => lost-- <= 0;
  const flow = await client.transports.flowTo({ transport: "UDP", ip: "192.0.2.2", port: 5060 });
  const responses: number[] = [];
  client.request(testRequest("OPTIONS"), flow, { response: (response) => responses.push(response.statusCode), failed: () => {} });
  await network.clock.advance(2000);
  expect(responses).toEqual([200]);
  expect(network.log).toEqual(["192.0.2.1 OPTIONS", "192.0.2.1 OPTIONS", "192.0.2.1 OPTIONS", "192.0.2.2 200"]);
});

test("RFC 3261 §18.2.2: the response to a request whose connection has closed goes over a new one", async () => {
  const { network, client, server, wires } = pair();
  const flow = await client.transports.flowTo({ transport: "TCP", ip: "192.0.2.2", port: 5060 });
  const got: SipResponse[] = [];
  const failures: string[] = [];
  client.request(testRequest("INVITE"), flow, { response: (response) => got.push(response), failed: (cause) => failures.push(cause) });
  server.onEvent = (event) => {
    if (event.type !== "request") return;
    wires[0].break(flow);
    server.respond(event.transaction, createResponse(event.request, 486, { toTag: "1" }));
  };
  const stray: number[] = [];
  client.onEvent = (event) => {
    if (event.type === "stray-response") stray.push(event.response.statusCode);
  };
  await network.clock.advance(1000);
  expect(failures).toEqual(["transport-error"]);
  expect(stray).toEqual([486]); // it arrived, though nobody waits for it any more
});

test("Protocol, drain: what a callback begins is done by the same loop, and what it throws stops nothing", async () => {
  const { network, client, server } = pair();
  const thrown: unknown[] = [];
  const before = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.once("uncaughtException", (error) => thrown.push(error));
  server.onEvent = (event) => {
    if (event.type !== "request") return;
    server.respond(event.transaction, createResponse(event.request, 200, { toTag: "1" }));
    throw new Error("of the owner's");
  };
  const flow = await client.transports.flowTo({ transport: "TCP", ip: "192.0.2.2", port: 5060 });
  const responses: number[] = [];
  client.request(testRequest("MESSAGE"), flow, { response: (response) => responses.push(response.statusCode), failed: () => {} });
  await network.clock.advance(100);
  await new Promise((resolve) => setImmediate(resolve));
  for (const listener of before) process.on("uncaughtException", listener);
  expect(responses).toEqual([200]);
  expect(thrown).toHaveLength(1);
});

test("RFC 3261 §16.11: an interceptor answers without state", async () => {
  const { network, client, server } = pair();
  server.intercept = (message, flow) => {
    if (message.kind !== "request" || message.method !== "OPTIONS") return false;
    server.send(createResponse(message, 200, { toTag: "0" }), flow);
    return true;
  };
  const flow = await client.transports.flowTo({ transport: "UDP", ip: "192.0.2.2", port: 5060 });
  const responses: number[] = [];
  client.request(testRequest("OPTIONS"), flow, { response: (response) => responses.push(response.statusCode), failed: () => {} });
  await network.clock.advance(100);
  expect(responses).toEqual([200]);
  expect(server.transactions.size.servers).toBe(0);
});
