import { seededRandom } from "@purertc/simulator";
import { createRequest } from "@purertc/sip-parser";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { BindingStore } from "./binding.ts";
import { MemoryBindingStore } from "./memory-binding-store.ts";
import { Registrar } from "./registrar.ts";
import { SqliteBindingStore } from "./sqlite-binding-store.ts";
import { SqliteMissingError } from "./sqlite-database.ts";

/** A location service as RFC 3261 §10.3 tells it, with nothing but a list. */
interface ModelBinding {
  readonly contact: string;
  readonly callId: string;
  readonly cseq: number;
  readonly endsAt: number;
}
interface Model {
  now: number;
  bindings: ModelBinding[];
}

interface Real {
  readonly registrar: Registrar;
}

const AOR = "sip:alice@test.local";

class Register implements fc.AsyncCommand<Model, Real> {
  readonly contacts: readonly { readonly name: string; readonly expires: number }[] | "all";
  readonly callId: string;
  readonly cseq: number;

  constructor(contacts: Register["contacts"], callId: string, cseq: number) {
    this.contacts = contacts;
    this.callId = callId;
    this.cseq = cseq;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const { contacts, callId, cseq } = this;
    const request = createRequest({
      method: "REGISTER",
      uri: "sip:test.local",
      headers: {
        Via: "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
        From: `<${AOR}>;tag=1`,
        To: `<${AOR}>`,
        "Call-ID": callId,
        CSeq: cseq,
        Contact: contacts === "all" ? "*" : contacts.map(({ name, expires }) => `<sip:${name}@192.0.2.1>;expires=${expires}`),
        Expires: contacts === "all" ? 0 : undefined,
      },
    });
    const response = await real.registrar.register(model.now, request);
    expect(response.statusCode).toBe(this.#expected(model));
    await same(model, real);
  }

  #expected(model: Model): number {
    const { contacts, callId, cseq } = this;
    const live = model.bindings.filter(({ endsAt }) => endsAt > model.now);
    const touched =
      contacts === "all" ? live : live.filter(({ contact }) => contacts.some(({ name }) => `sip:${name}@192.0.2.1` === contact));
    if (contacts !== "all" && contacts.some(({ expires }) => expires > 0 && expires < 60)) return 423;
    if (touched.some((each) => each.callId === callId && each.cseq >= cseq)) return 500;
    let next = live.filter((each) => !touched.includes(each));
    for (const { name, expires } of contacts === "all" ? [] : contacts) {
      const contact = `sip:${name}@192.0.2.1`;
      next = next.filter((each) => each.contact !== contact);
      if (expires > 0) next.push({ contact, callId, cseq, endsAt: model.now + expires * 1000 });
    }
    if (next.length > live.length && next.length > 4) return 403;
    model.bindings = next;
    return 200;
  }

  toString(): string {
    return `register(${JSON.stringify(this.contacts)}, ${this.callId}, ${this.cseq})`;
  }
}

class Wait implements fc.AsyncCommand<Model, Real> {
  readonly seconds: number;
  readonly sweeps: boolean;

  constructor(seconds: number, sweeps: boolean) {
    this.seconds = seconds;
    this.sweeps = sweeps;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    model.now += this.seconds * 1000;
    if (this.sweeps) for (const gone of await real.registrar.expire(model.now)) expect(gone.expiresAt).toBeLessThanOrEqual(model.now);
    await same(model, real);
  }

  toString(): string {
    return `wait(${this.seconds}${this.sweeps ? ", sweep" : ""})`;
  }
}

async function same(model: Model, real: Real): Promise<void> {
  const live = model.bindings.filter(({ endsAt }) => endsAt > model.now);
  const bindings = await real.registrar.lookup(model.now, AOR);
  const list = bindings.map(({ contact, callId, cseq, expiresAt }) => ({ contact, callId, cseq, endsAt: expiresAt }));
  const byContact = (a: ModelBinding, b: ModelBinding): number => (a.contact < b.contact ? -1 : 1);
  expect(list.sort(byContact)).toEqual(live.sort(byContact));
}

async function checkModel(store: () => Promise<BindingStore>, numRuns: number): Promise<void> {
  const contact = fc.record({ name: fc.constantFrom("a", "b", "c", "d", "e", "f"), expires: fc.constantFrom(0, 0, 59, 60, 120, 600) });
  const contacts = fc.oneof(
    { weight: 5, arbitrary: fc.array(contact, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant("all" as const) },
  );
  const register = fc.tuple(contacts, fc.constantFrom("c1", "c2"), fc.integer({ min: 1, max: 20 })).map((args) => new Register(...args));
  const wait = fc.tuple(fc.integer({ min: 0, max: 200 }), fc.boolean()).map((args) => new Wait(...args));
  await fc.assert(
    fc.asyncProperty(fc.commands([register, register, wait], { maxCommands: 40 }), async (commands) => {
      const used = await store();
      const registrar = new Registrar({
        domains: ["test.local"],
        random: seededRandom("model"),
        store: used,
        maxBindingsPerAor: 4,
        minExpires: 60,
      });
      await fc.asyncModelRun(() => ({ model: { now: 0, bindings: [] }, real: { registrar } }), commands);
      await used.close();
    }),
    { numRuns },
  );
}

const noSqlite = await SqliteBindingStore.open(":memory:").then(
  async (store) => {
    await store.close();
    return false;
  },
  (error: unknown) => error instanceof SqliteMissingError,
);

test("RFC 3261 §10.3: bindings in memory are what a simple list would hold", async () => {
  await checkModel(async () => new MemoryBindingStore(), 150);
});

test.skipIf(noSqlite)("RFC 3261 §10.3: bindings in SQLite are what a simple list would hold", async () => {
  await checkModel(() => SqliteBindingStore.open(":memory:"), 50);
});
