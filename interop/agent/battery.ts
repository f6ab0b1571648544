/** The tests every other implementation goes through, as offerer and as answerer. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { type Connection, type ConnectOptions, connect } from "./connect.ts";
import { localPeer } from "./local-peer.ts";
import type { Peer } from "./peer.ts";
import { pattern } from "./peer-agent.mjs";

/** What an implementation does not do; each is a fact of that implementation, told in its folder's README. */
export interface Limits {
  /** Bytes of the bulk transfers each way. Default 10 MB. */
  readonly bulkBytes?: number;
  /** The largest single message tried. Default 262,144. */
  readonly largestMessage?: number;
  /** Announces partially reliable channels as ordered, whatever they are. */
  readonly partialMeansOrdered?: boolean;
  /** Does not tell maxRetransmits and maxPacketLifeTime of announced channels. */
  readonly hidesReliability?: boolean;
  /** Sends no empty messages. */
  readonly sendsNothingEmpty?: boolean;
}

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

/** Registers the tests. `remote` is called once a test runs. */
export function battery(remote: () => Peer, limits: Limits = {}): void {
  const local = localPeer();
  for (const role of ["offerer", "answerer"] as const) {
    /** Connects, with the other side in the role; drops at the end. */
    const connected = async (options: ConnectOptions, body: (connection: Connection, other: Peer) => Promise<void>): Promise<void> => {
      const other = remote();
      const connection = await (role === "offerer" ? connect(other, local, options) : connect(local, other, options));
      try {
        await body(connection, other);
      } finally {
        await connection.drop();
      }
    };
    const opened = ({ id, offerer, answerer }: Connection, label = "main") =>
      Promise.all([offerer.call("opened", id, label), answerer.call("opened", id, label)]);

    test.each([
      { trickle: true, explicit: false },
      { trickle: false, explicit: false },
      { trickle: true, explicit: true },
    ])(`${role}: a channel opens and carries text both ways, %o`, async (options) => {
      await connected(options, async (connection) => {
        const { id, offerer, answerer } = connection;
        await opened(connection);
        for (const [from, to] of [
          [offerer, answerer],
          [answerer, offerer],
        ] as const) {
          const text = `from ${from.name}: żółć 🙂 \u0000`;
          await from.call("sendText", id, "main", text);
          const [message] = await to.call("messages", id, "main", 1);
          expect(message).toEqual({ kind: "text", length: text.length, text, sha256: sha256(text) });
        }
        for (const peer of [offerer, answerer]) {
          expect(await peer.call("states", id)).toMatchObject({ connection: "connected", signaling: "stable" });
        }
      });
    });

    const largest = limits.largestMessage ?? 262_144;
    const allSizes = [0, 1, 2, 1023, 1160, 1161, 1200, 16_384, 65_536, largest - 1, largest];
    test(`${role}: binary and text messages from 0 to ${largest} bytes arrive whole, in order`, async () => {
      await connected({}, async (connection) => {
        const { id, offerer, answerer } = connection;
        await opened(connection);
        const directions = [
          [offerer, answerer],
          [answerer, offerer],
        ] as const;
        for (const [from, to] of directions) {
          const sizes = allSizes.filter((size) => size > 0 || from === local || !limits.sendsNothingEmpty);
          for (const size of sizes) {
            await from.call("sendBytes", id, "main", size, size);
            await from.call("sendText", id, "main", "t".repeat(size));
          }
          const messages = await to.call("messages", id, "main", 2 * sizes.length);
          expect(messages.map(({ kind, length }) => [kind, length])).toEqual(
            sizes.flatMap((size) => [
              ["binary", size],
              ["text", size],
            ]),
          );
          expect(messages.map(({ sha256 }) => sha256)).toEqual(
            sizes.flatMap((size) => [sha256(pattern(size, size)), sha256("t".repeat(size))]),
          );
        }
      });
    });

    const bulk = limits.bulkBytes ?? 10_000_000;
    test(`${role}: ${bulk / 1e6} MB each way at the same time, byte for byte`, async () => {
      await connected({}, async (connection) => {
        const { id, offerer, answerer } = connection;
        await opened(connection);
        const [sentThere, sentBack, gotThere, gotBack] = await Promise.all([
          offerer.call("sendBulk", id, "main", bulk, 65_536, 1),
          answerer.call("sendBulk", id, "main", bulk, 16_384, 2),
          answerer.call("bulk", id, "main", bulk),
          offerer.call("bulk", id, "main", bulk),
        ]);
        expect(sentThere).toBe(sha256(pattern(bulk, 1)));
        expect(sentBack).toBe(sha256(pattern(bulk, 2)));
        expect([gotThere, gotBack]).toEqual([sentThere, sentBack]);
      });
    });

    test(`${role}: order, reliability and protocol of a channel are seen at the other side`, async () => {
      const channels = {
        reliable: { protocol: "chat.v1" },
        unordered: { ordered: false },
        retransmits: { ordered: false, maxRetransmits: 0 },
        lifetime: { ordered: true, maxPacketLifeTime: 500 },
      };
      await connected({ channels }, async (connection) => {
        const { id, offerer, answerer } = connection;
        for (const [label, init] of Object.entries(channels)) {
          await opened(connection, label);
          const there = await offerer.call("properties", id, label);
          const here = await answerer.call("properties", id, label);
          expect(here.id).toBe(there.id);
          const ordered = limits.partialMeansOrdered && offerer !== local && "maxRetransmits" in init ? { ordered: true } : {};
          const wanted = { ordered: true, protocol: "", maxRetransmits: null, maxPacketLifeTime: null, ...init, ...ordered };
          if (limits.hidesReliability && answerer !== local)
            expect(here).toMatchObject({ ordered: wanted.ordered, protocol: wanted.protocol });
          else expect(here).toMatchObject(wanted);
          await offerer.call("sendText", id, label, label);
          await answerer.call("sendText", id, label, label);
          expect((await answerer.call("messages", id, label, 1))[0]?.text).toBe(label);
          expect((await offerer.call("messages", id, label, 1))[0]?.text).toBe(label);
        }
      });
    });

    test(`${role}: 2,000 small messages on an unordered channel arrive once each`, async () => {
      await connected({ channels: { main: { ordered: false } } }, async (connection) => {
        const { id, offerer, answerer } = connection;
        await opened(connection);
        await Promise.all([offerer.call("sendNumbers", id, "main", 2000), answerer.call("sendNumbers", id, "main", 2000)]);
        for (const peer of [offerer, answerer]) {
          const numbers = (await peer.call("messages", id, "main", 2000)).map(({ text }) => Number(text));
          expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 2000 }, (_, i) => i));
        }
      });
    });

    test(`${role}: negotiated channels need no announcement`, async () => {
      await connected({ negotiated: { seven: { id: 7 }, ten: { id: 10, ordered: false } } }, async (connection) => {
        const { id, offerer, answerer } = connection;
        for (const label of ["seven", "ten"]) {
          await opened(connection, label);
          await offerer.call("sendText", id, label, "there");
          await answerer.call("sendText", id, label, "back");
          expect((await answerer.call("messages", id, label, 1))[0]?.text).toBe("there");
          expect((await offerer.call("messages", id, label, 1))[0]?.text).toBe("back");
          expect(await offerer.call("properties", id, label)).toMatchObject({ negotiated: true, id: label === "seven" ? 7 : 10 });
        }
      });
    });

    test(`${role}: sixty channels, opened from both sides before and after connecting`, async () => {
      const labels = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
      const early = labels("early", 20);
      await connected({ channels: Object.fromEntries(early.map((label) => [label, {}])) }, async (connection) => {
        const { id, offerer, answerer } = connection;
        await Promise.all(labels("offerer", 20).map((label) => offerer.call("open", id, label)));
        await Promise.all(labels("answerer", 20).map((label) => answerer.call("open", id, label)));
        const all = [...early, ...labels("offerer", 20), ...labels("answerer", 20)];
        await Promise.all(all.map((label) => opened(connection, label)));
        const ids = new Set<number | null>();
        for (const label of all) {
          await answerer.call("sendText", id, label, label);
          expect((await offerer.call("messages", id, label, 1))[0]?.text).toBe(label);
          ids.add((await offerer.call("properties", id, label)).id);
        }
        expect(ids.size).toBe(60);
      });
    });

    test(`${role}: a channel closed at either side closes at both, after what was sent`, async () => {
      await connected({ channels: { one: {}, two: {}, three: {} } }, async (connection) => {
        const { id, offerer, answerer } = connection;
        for (const [from, to, label] of [
          [offerer, answerer, "one"],
          [answerer, offerer, "two"],
        ] as const) {
          await opened(connection, label);
          await from.call("sendBytes", id, label, 60_000, 3);
          await from.call("closeChannel", id, label);
          expect(await to.call("closed", id, label)).toMatchObject({ readyState: "closed" });
          expect(await from.call("closed", id, label)).toMatchObject({ readyState: "closed" });
          expect((await to.call("messages", id, label, 1))[0]?.sha256).toBe(sha256(pattern(60_000, 3)));
        }
        await opened(connection, "three");
        await Promise.all([offerer.call("closeChannel", id, "three"), answerer.call("closeChannel", id, "three")]);
        await Promise.all([offerer.call("closed", id, "three"), answerer.call("closed", id, "three")]);
        // The stream ids are free again, and the connection is as good as new.
        await offerer.call("open", id, "again");
        await opened(connection, "again");
        await answerer.call("sendText", id, "again", "still here");
        expect((await offerer.call("messages", id, "again", 1))[0]?.text).toBe("still here");
      });
    });

    test.each(["offerer", "answerer"] as const)(
      `${role}: the %s closes the connection and the other side's channels close`,
      async (closer) => {
        await connected({}, async (connection) => {
          const { id } = connection;
          await opened(connection);
          const [from, to] = closer === "offerer" ? [connection.offerer, connection.answerer] : [connection.answerer, connection.offerer];
          await from.call("close", id);
          expect(await to.call("closed", id, "main")).toMatchObject({ readyState: "closed" });
          expect(await from.call("states", id)).toMatchObject({ connection: "closed", signaling: "closed" });
        });
      },
    );

    test(`${role}: bufferedAmount counts what waits, and bufferedamountlow says when it is little`, async () => {
      await connected({}, async (connection, other) => {
        const { id } = connection;
        await opened(connection);
        await local.call("setLowThreshold", id, "main", 10_000);
        for (let i = 0; i < 20; i++) await local.call("sendBytes", id, "main", 60_000, i);
        await local.call("low", id, "main");
        await other.call("bulk", id, "main", 1_200_000);
        await expect.poll(async () => (await local.call("properties", id, "main")).bufferedAmount).toBe(0);
      });
    });

    test.each(["purertc", "the other side"] as const)(`${role}: ICE restarts from %s while data flows`, async (restarter) => {
      await connected({}, async (connection, other) => {
        const { id, offerer, answerer } = connection;
        await opened(connection);
        const from = restarter === "purertc" ? local : other;
        const fragment = (sdp: string | null) => /a=ice-ufrag:(\S+)/.exec(sdp ?? "")?.[1];
        const before = await Promise.all([local, other].map(async (peer) => fragment(await peer.call("description", id, "local"))));
        const total = 3_000_000;
        const transfer = offerer.call("sendBulk", id, "main", total, 16_384, 9);
        await from.call("restart", id);
        await connection.renegotiate(from);
        await transfer;
        expect(await answerer.call("bulk", id, "main", total)).toBe(sha256(pattern(total, 9)));
        const after = await Promise.all([local, other].map(async (peer) => fragment(await peer.call("description", id, "local"))));
        expect(after.every((value, i) => value !== undefined && value !== before[i])).toBe(true);
        await expect.poll(async () => (await local.call("states", id)).connection, { timeout: 10_000 }).toBe("connected");
        await answerer.call("sendText", id, "main", "after");
        expect((await offerer.call("messages", id, "main", 1))[0]?.text).toBe("after");
      });
    });
  }
}
