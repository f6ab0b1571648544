import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { childPeer } from "../agent/child-peer.ts";
import type { Peer } from "../agent/peer.ts";
import { FORGERIES, type Knowledge } from "./forgeries.ts";
import { connectThroughRelay, type RelayedConnection } from "./relay.ts";

vi.setConfig({ testTimeout: 10_000 });

let offerer: Peer;
let answerer: Peer;
beforeAll(async () => {
  [offerer, answerer] = await Promise.all([childPeer("purertc"), childPeer("purertc")]);
});
afterAll(() => Promise.all([offerer?.close(), answerer?.close()]));

describe("an established connection", () => {
  let connection: RelayedConnection;
  let known: Knowledge;
  let received = 0;
  let quietMs = 0;
  let logs: readonly (readonly string[])[] = [];

  /** What both ends noticed, apart from our own sending. */
  const logsNow = async () => {
    const all = await Promise.all([offerer, answerer].map((peer) => peer.call("log", connection.id)));
    return all.map((log) => log.filter((entry) => entry !== "main:bufferedamountlow"));
  };

  /** Sends `COUNT` messages there, one at a time, and says how long that took. */
  const exchange = async (): Promise<number> => {
    const from = performance.now();
    for (let i = 0; i < COUNT; i++) {
      received += 1;
      await offerer.call("sendBytes", connection.id, "main", 20_000, received);
      while ((await answerer.call("messageCount", connection.id, "main")) < received) await sleep(1);
    }
    return performance.now() - from;
  };

  beforeAll(async () => {
    connection = await connectThroughRelay("established", offerer, answerer);
    await Promise.all([offerer, answerer].map((peer) => peer.call("opened", connection.id, "main")));
    const fragment = async (peer: Peer) => /a=ice-ufrag:(\S+)/.exec((await peer.call("description", connection.id, "local")) ?? "")![1]!;
    known = { fragments: { offerer: await fragment(offerer), answerer: await fragment(answerer) }, seen: connection.seen };
    await exchange();
    quietMs = await exchange();
    do logs = await logsNow();
    while (!logs.every((log) => log.includes("ice:completed")));
  });
  afterAll(() => connection?.close());

  for (const from of ["peer", "stranger"] as const) {
    test.each(FORGERIES)(`RFC 6347 §4.1.2.7, RFC 8489 §9.1.3: under the address of a ${from}, %s change nothing`, async (_name, forge) => {
      let serial = 0;
      const flood = setInterval(() => {
        for (let i = 0; i < 20; i++) {
          for (const to of ["offerer", "answerer"] as const) connection.inject(to, forge(to, known, serial), from);
          serial += 1;
        }
      }, 10);
      const tookMs = await exchange().finally(() => clearInterval(flood));
      expect(await logsNow()).toEqual(logs);
      expect(await answerer.call("messageCount", connection.id, "main")).toBe(received);
      expect(tookMs).toBeLessThan(10 * quietMs + 300);
    });
  }

  test("what arrived is what was sent", async () => {
    const messages = await answerer.call("messages", connection.id, "main", received);
    expect(messages.map(({ length }) => length)).toEqual(new Array(received).fill(20_000));
    expect(new Set(messages.map(({ sha256 }) => sha256)).size).toBe(received);
  });
});

test.each(["offer", "answer"] as const)("RFC 8122 §6.2: a certificate that the %s did not promise opens nothing", async (which) => {
  const connection = await connectThroughRelay(`fingerprint-${which}`, offerer, answerer, (sdp, type) =>
    type === which
      ? sdp.replace(/(a=fingerprint:sha-256 )(..)/, (_, name: string, byte: string) => name + (byte === "00" ? "01" : "00"))
      : sdp,
  );
  const deceived = which === "offer" ? answerer : offerer;
  while ((await deceived.call("states", connection.id)).connection !== "failed") await sleep(5);
  for (const peer of [offerer, answerer]) expect((await peer.call("states", connection.id)).connection).not.toBe("connected");
  expect(await answerer.call("log", connection.id)).not.toContain("datachannel:main");
  await connection.close();
});

/** Messages of 20 kB per measurement. */
const COUNT = 30;
