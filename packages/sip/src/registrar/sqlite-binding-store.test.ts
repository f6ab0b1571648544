import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Binding } from "./binding.ts";
import { SqliteBindingStore } from "./sqlite-binding-store.ts";
import { openNodeSqlite, SqliteMissingError } from "./sqlite-database.ts";

const folder = mkdtempSync(path.join(tmpdir(), "purertc-sqlite-"));
afterAll(() => rmSync(folder, { recursive: true }));

const missing = await openNodeSqlite(":memory:").then(
  (database) => {
    database.close();
    return undefined;
  },
  (error: unknown) => error,
);

function binding(contact: string, expiresAt = 1000): Binding {
  const common = {
    parameters: "",
    q: 1000,
    statedQ: false,
    updatedAt: 0,
    callId: "c",
    cseq: 1,
    path: [],
    gruu: false,
    temporaryGruuEpoch: 0,
    secure: false,
  };
  return { aor: "sip:alice@test.local", contact, expiresAt, ...common };
}

test.runIf(missing !== undefined)("ADR 5: where Node has no SQLite, the error says what to do", () => {
  expect(missing).toBeInstanceOf(SqliteMissingError);
  expect((missing as SqliteMissingError).message).toContain("pass an open database of another package");
});

test.skipIf(missing !== undefined)("bindings outlive the store, and a process that is killed while it writes", async () => {
  const file = path.join(folder, "bindings.db");
  const first = await SqliteBindingStore.open(file);
  await first.update("sip:alice@test.local", () => [binding("sip:a@192.0.2.1"), binding("sip:b@192.0.2.1", 2000)]);
  await first.close();
  const crash = `
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(${JSON.stringify(file)});
    database.exec("BEGIN IMMEDIATE; DELETE FROM bindings");
    process.kill(process.pid, "SIGKILL");`;
  expect(() => execFileSync(process.execPath, ["--input-type=module", "-e", crash], { stdio: "ignore" })).toThrow();
  const second = await SqliteBindingStore.open(file);
  expect((await second.read("sip:alice@test.local")).map(({ contact }) => contact)).toEqual(["sip:a@192.0.2.1", "sip:b@192.0.2.1"]);
  expect(await second.count()).toBe(2);
  expect((await second.expire(1000, 10)).map(({ contact }) => contact)).toEqual(["sip:a@192.0.2.1"]);
  expect(await second.count()).toBe(1);
  await second.close();
});

test.skipIf(missing !== undefined)("RFC 3261 §10.3: a change that throws changes nothing, and the next one is served", async () => {
  const store = await SqliteBindingStore.open(":memory:");
  await store.update("x", () => [binding("sip:a@192.0.2.1")]);
  await expect(
    store.update("x", () => {
      throw new Error("no");
    }),
  ).rejects.toThrow("no");
  await store.update("x", (before, total) => {
    expect([before.length, total]).toEqual([1, 1]);
    return undefined;
  });
  expect(await store.count()).toBe(1);
  await store.close();
});
