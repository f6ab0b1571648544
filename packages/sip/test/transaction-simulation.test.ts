/** Two transaction layers over a network that loses, repeats and reorders: each request is told once, each final response once, and nothing stays behind. */
import { Malformed } from "@purertc/core";
import { seededRandom, simulationSeeds } from "@purertc/simulator";
import { createResponse, parseSipMessage } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { TransactionLayer } from "../src/transaction/transaction-layer.ts";
import { testFlow, testRequest } from "./transaction-timeline.ts";

/** What happened to one INVITE and one OPTIONS. */
function exchange(seed: string): { requests: string[]; finals: string[]; failed: number; acknowledged: number } {
  const random = seededRandom(seed);
  const lossRate = random.next() * 0.5;
  const client = new TransactionLayer({ random: random.fork("client"), sentBy: () => ({ host: "a" }) });
  const server = new TransactionLayer({ random: random.fork("server"), sentBy: () => ({ host: "b" }) });
  const [toServer, toClient] = [testFlow("UDP", "192.0.2.2"), testFlow("UDP", "192.0.2.1")];
  const wire: { at: number; to: TransactionLayer; bytes: Uint8Array }[] = [];
  const told = { requests: [] as string[], finals: [] as string[], failed: 0, acknowledged: 0 };
  const answers: { at: number; answer: () => void }[] = [];
  let now = 0;
  const send = (to: TransactionLayer, bytes: Uint8Array): void => {
    const copies = random.chance(lossRate) ? 0 : random.chance(0.1) ? 2 : 1;
    for (let i = 0; i < copies; i++) wire.push({ at: now + random.integer(1, 300), to, bytes });
  };
  const drain = (): void => {
    for (const [layer, other] of [
      [client, server],
      [server, client],
    ] as const) {
      for (let out = layer.pollTransmit(); out !== undefined; out = layer.pollTransmit()) send(other, out.bytes);
      for (let event = layer.pollEvent(); event !== undefined; event = layer.pollEvent()) {
        if (event.type === "request") {
          const { transaction, request } = event;
          told.requests.push(request.method);
          const statusCode = request.method === "INVITE" ? 486 : 200;
          answers.push({
            at: now + random.integer(0, 3000),
            answer: () => server.respond(now, transaction, createResponse(request, statusCode, { toTag: "t" })),
          });
        } else if (event.type === "response" && event.response.statusCode >= 200) told.finals.push(event.response.cseq?.method ?? "");
        else if (event.type === "timeout") told.failed += 1;
        else if (event.type === "acknowledged") told.acknowledged += 1;
      }
    }
  };
  client.request(0, testRequest("INVITE"), toServer);
  client.request(0, testRequest("OPTIONS"), toServer);
  drain();
  for (;;) {
    const times = [client.pollTimeout(), server.pollTimeout(), ...wire.map(({ at }) => at), ...answers.map(({ at }) => at)];
    const next = Math.min(...times.map((at) => at ?? Number.POSITIVE_INFINITY));
    if (next === Number.POSITIVE_INFINITY) break;
    expect(next).toBeGreaterThanOrEqual(now);
    now = next;
    for (const packet of wire.splice(0)) {
      if (packet.at > now) wire.push(packet);
      else {
        const message = parseSipMessage(packet.bytes);
        if (message instanceof Malformed) throw new Error("a layer sends what can be read");
        packet.to.receive(now, message, packet.to === server ? toClient : toServer);
      }
    }
    for (const each of answers.splice(0)) {
      if (each.at > now) answers.push(each);
      else each.answer();
    }
    client.handleTimeout(now);
    server.handleTimeout(now);
    drain();
  }
  expect(client.size).toEqual({ clients: 0, servers: 0 });
  expect(server.size).toEqual({ clients: 0, servers: 0 });
  return told;
}

test("RFC 3261 §17: over a lossy network, each request is told once and each final response once", () => {
  const seeds = simulationSeeds(
    process.env.SIMULATION_SEED,
    Array.from({ length: 300 }, (_, seed) => seed),
  );
  let complete = 0;
  for (const seed of seeds) {
    const { requests, finals, failed, acknowledged } = exchange(String(seed));
    expect([...requests].sort(), `seed ${seed}`).toEqual([...new Set(requests)].sort());
    expect([...finals].sort(), `seed ${seed}`).toEqual([...new Set(finals)].sort());
    expect(acknowledged, `seed ${seed}`).toBeLessThanOrEqual(1);
    if (failed === 0 && finals.length === 2 && acknowledged === 1) complete += 1;
  }
  expect(complete / seeds.length).toBeGreaterThan(0.9); // timers are made for this
});

test("§1.4 law 3: the same seed gives the same", () => {
  for (const seed of ["a", "b", "c"]) expect(exchange(seed)).toEqual(exchange(seed));
});
