import { nodeCrypto } from "@purertc/crypto/node";
import { seededRandom } from "@purertc/simulator";
import { createRequest, type NameAddress, parseSipMessage, type SipRequest, type SipResponse, writeSipMessage } from "@purertc/sip-parser";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Binding, BindingStore } from "./binding.ts";
import { TemporaryGruus } from "./gruu.ts";
import { MemoryBindingStore } from "./memory-binding-store.ts";
import { Registrar, type RegistrarOptions } from "./registrar.ts";

const random = seededRandom("registrar");
const AOR = "sip:alice@test.local";

function registrar(options: Partial<RegistrarOptions> = {}): Registrar {
  return new Registrar({ domains: ["test.local"], random, ...options });
}

interface RegisterInit {
  readonly contact?: string | readonly string[];
  readonly callId?: string;
  readonly cseq?: number;
  readonly uri?: string;
  readonly to?: string;
  readonly via?: readonly string[];
  readonly headers?: Readonly<Record<string, string | number>>;
}

let nextCSeq = 1;

function register(init: RegisterInit = {}): SipRequest {
  const { contact, callId = "c1", cseq = nextCSeq++, uri = "sip:test.local", to = "<sip:alice@test.local>", headers = {} } = init;
  const request = createRequest({
    method: "REGISTER",
    uri,
    headers: {
      Via: (init.via ?? ["SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"]) as never,
      From: "<sip:alice@test.local>;tag=1",
      To: to,
      "Call-ID": callId,
      CSeq: cseq,
      Contact: contact as never,
      ...headers,
    },
  });
  const parsed = parseSipMessage(writeSipMessage(request));
  if (!("kind" in parsed) || parsed.kind !== "request") throw new Error("not a request");
  return parsed;
}

const uris = (bindings: readonly Binding[]): readonly string[] => bindings.map(({ contact }) => contact);
const contacts = (response: SipResponse): readonly string[] => response.headers.texts("Contact");

test("RFC 3261 §10.3 steps 1 and 5: other domains and addresses that do not exist", async () => {
  const each = registrar({ exists: async (aor) => aor === AOR });
  const status = async (init: RegisterInit): Promise<number> => (await each.register(0, register(init))).statusCode;
  expect(await status({ uri: "sip:other.example", contact: "<sip:a@192.0.2.1>" })).toBe(404);
  expect(await status({ to: "<sip:alice@other.example>", contact: "<sip:a@192.0.2.1>" })).toBe(404);
  expect(await status({ to: "<sip:bob@test.local>", contact: "<sip:a@192.0.2.1>" })).toBe(404);
  expect(await status({ to: "<tel:+358555>", contact: "<sip:a@192.0.2.1>" })).toBe(404);
  expect(await status({ contact: "<sip:a@192.0.2.1>" })).toBe(200);
});

test("RFC 3261 §10.3 step 5: an address-of-record has one form, whatever it is written like", async () => {
  const each = registrar({ aliases: ["127.0.0.1", "[::1]"] });
  await each.register(0, register({ to: "<sips:%61lice:secret@TEST.local:5061;user=phone>", contact: "<sip:a@192.0.2.1>" }));
  for (const uri of [AOR, "sip:alice@test.local:5060;transport=tcp", "sip:alice@127.0.0.1:5066", "sip:alice@[::1]"]) {
    expect([uri, uris(await each.lookup(0, uri))]).toEqual([uri, ["sip:a@192.0.2.1"]]);
  }
  for (const uri of ["sip:Alice@test.local", "sip:test.local", "tel:+1", "nonsense", "sip:alice@other.example"]) {
    expect([uri, uris(await each.lookup(0, uri))]).toEqual([uri, []]);
  }
});

test("RFC 3261 §10.3 step 2: extensions that are required and not known", async () => {
  const response = await registrar().register(0, register({ headers: { Require: "path, x-unknown, gruu" } }));
  expect(response.statusCode).toBe(420);
  expect(response.headers.texts("Unsupported")).toEqual(["x-unknown"]);
});

test("RFC 3261 §10.3 step 4: users change their own address only", async () => {
  const each = registrar();
  const request = register({ contact: "<sip:a@192.0.2.1>" });
  expect((await each.register(0, request, { user: "bob" })).statusCode).toBe(403);
  expect(await each.bindings(0, AOR)).toEqual([]);
  expect((await each.register(0, request, { user: "alice" })).statusCode).toBe(200);
  expect((await each.register(0, register(), { user: "alice@test.local" })).statusCode).toBe(200);
  const assistant = registrar({ mayRegister: (user) => user === "bob" });
  expect((await assistant.register(0, register(), { user: "bob" })).statusCode).toBe(200);
  expect((await assistant.register(0, register(), { user: "alice" })).statusCode).toBe(403);
});

test("RFC 3261 §10.3 step 8: all bindings come back, with the time they have left and a Date", async () => {
  const each = registrar({ timeOrigin: 1_800_000_000_000 });
  await each.register(0, register({ contact: '"Al" <sip:a@192.0.2.1>;q=0.7;methods="INVITE, BYE";expires=600' }));
  const response = await each.register(100_400, register({ contact: "<sip:b@192.0.2.2;transport=tcp>", callId: "c2" }));
  expect(contacts(response)).toEqual([
    "<sip:b@192.0.2.2;transport=tcp>;expires=3600",
    '"Al" <sip:a@192.0.2.1>;methods="INVITE, BYE";q=0.7;expires=500',
  ]);
  expect(response.headers.text("Date")).toBe("Fri, 15 Jan 2027 08:01:40 GMT");
  expect(response.headers.texts("Supported").join(", ")).toBe("path, outbound, gruu");
  expect(response.toTag).toMatch(/^[0-9a-f]{16}$/);
});

test("RFC 3261 §10.2.3: without Contact nothing changes, and the bindings are told", async () => {
  const each = registrar();
  await each.register(0, register({ contact: "<sip:a@192.0.2.1>;expires=600", cseq: 9 }));
  const response = await each.register(0, register({ cseq: 1 })); // a fetch is not ordered by CSeq
  expect(contacts(response)).toEqual(["<sip:a@192.0.2.1>;expires=600"]);
});

test("RFC 3261 §10.3 step 6: the star removes everything, alone and with Expires: 0 only", async () => {
  const each = registrar();
  await each.register(0, register({ contact: ["<sip:a@192.0.2.1>", "<sip:b@192.0.2.1>"] }));
  expect((await each.register(0, register({ contact: "*", headers: { Expires: 60 } }))).statusCode).toBe(400);
  expect((await each.register(0, register({ contact: "*" }))).statusCode).toBe(400);
  expect((await each.register(0, register({ contact: ["*", "<sip:c@192.0.2.1>"], headers: { Expires: 0 } }))).statusCode).toBe(400);
  expect((await each.register(0, register({ contact: "*", headers: { Expires: 0 }, cseq: 1 }))).statusCode).toBe(500);
  expect(await each.bindings(0, AOR)).toHaveLength(2);
  const response = await each.register(0, register({ contact: "*", headers: { Expires: 0 } }));
  expect([response.statusCode, contacts(response)]).toEqual([200, []]);
  expect(await each.bindings(0, AOR)).toEqual([]);
});

test("RFC 3261 §10.3 step 7: expires of the contact, of the header, of the registrar; malformed ones are an hour", async () => {
  const each = registrar({ defaultExpires: 1200, maxExpires: 7200 });
  const seconds = async (contact: string, headers = {}): Promise<string | undefined> =>
    /expires=(\d+)/.exec(contacts(await each.register(0, register({ contact, headers })))[0] ?? "")?.[1];
  expect(await seconds("<sip:a@192.0.2.1>;expires=600", { Expires: 900 })).toBe("600");
  expect(await seconds("<sip:a@192.0.2.1>", { Expires: 900 })).toBe("900");
  expect(await seconds("<sip:a@192.0.2.1>")).toBe("1200");
  expect(await seconds("<sip:a@192.0.2.1>;expires=soon")).toBe("3600");
  expect(await seconds("<sip:a@192.0.2.1>", { Expires: "soon" })).toBe("3600");
  expect(await seconds("<sip:a@192.0.2.1>;expires=99999999999999999999")).toBe("7200");
});

test("RFC 3261 §10.3 step 7: too brief gets 423, but an hour is never too brief", async () => {
  const each = registrar({ minExpires: 300 });
  const response = await each.register(0, register({ contact: ["<sip:a@192.0.2.1>;expires=600", "<sip:b@192.0.2.1>;expires=299"] }));
  expect([response.statusCode, response.headers.get("Min-Expires")]).toEqual([423, 300]);
  expect(await each.bindings(0, AOR)).toEqual([]);
  const slow = registrar({ minExpires: 7200 });
  const granted = await slow.register(0, register({ contact: "<sip:a@192.0.2.1>;expires=3600" }));
  expect(contacts(granted)).toEqual(["<sip:a@192.0.2.1>;expires=7200"]);
});

test("RFC 3261 §10.3 step 7: with one Call-ID only a higher CSeq is newer, and one old contact stops all", async () => {
  const each = registrar();
  await each.register(0, register({ contact: "<sip:a@192.0.2.1>;q=0.1", cseq: 5 }));
  for (const cseq of [4, 5]) {
    const response = await each.register(0, register({ contact: ["<sip:new@192.0.2.1>", "<sip:a@192.0.2.1>;q=0.9"], cseq }));
    expect(response.statusCode).toBe(500);
  }
  expect(await each.bindings(0, AOR)).toMatchObject([{ contact: "sip:a@192.0.2.1", q: 100, cseq: 5 }]);
  // A removal is ordered as well.
  expect((await each.register(0, register({ contact: "<sip:a@192.0.2.1>;expires=0", cseq: 5 }))).statusCode).toBe(500);
  // Another Call-ID: the user agent has restarted, and counts from anew.
  await each.register(0, register({ contact: "<sip:a@192.0.2.1>;q=0.5", cseq: 1, callId: "c2" }));
  expect(await each.bindings(0, AOR)).toMatchObject([{ q: 500, cseq: 1, callId: "c2" }]);
});

test("RFC 3261 §10.3 step 7: contacts are compared as URIs; the later of two in one request counts", async () => {
  const each = registrar();
  await each.register(0, register({ contact: "<sip:%61@EXAMPLE.com:5062;transport=tcp>;q=0.1" }));
  await each.register(
    0,
    register({ contact: ["<sip:a@example.COM:5062;transport=TCP>;q=0.2", "<sip:a@example.com:5062;transport=tcp>;q=0.3"] }),
  );
  expect(await each.bindings(0, AOR)).toMatchObject([{ q: 300 }]);
  // §19.1.4: a transport in only one of two URIs makes them different; a parameter that says nothing here does not.
  await each.register(0, register({ contact: "<sip:a@example.com:5062>;expires=0" }));
  expect(await each.bindings(0, AOR)).toHaveLength(1);
  await each.register(0, register({ contact: "<sip:a@example.com:5062;transport=tcp;ob>;expires=0" }));
  expect(await each.bindings(0, AOR)).toEqual([]);
});

test("RFC 3261 §10.3: bindings end by themselves", async () => {
  const each = registrar();
  await each.register(0, register({ contact: "<sip:a@192.0.2.1>;expires=600" }));
  expect(await each.lookup(599_999, AOR)).toHaveLength(1);
  expect(await each.lookup(600_000, AOR)).toHaveLength(0);
  expect(uris(await each.expire(600_000))).toEqual(["sip:a@192.0.2.1"]);
  expect(await each.expire(600_000)).toEqual([]);
});

test("RFC 3261 §16.6: targets by falling q, then the most recent one", async () => {
  const each = registrar();
  await each.register(0, register({ contact: "<sip:low@192.0.2.1>;q=0.2" }));
  await each.register(1, register({ contact: "<sip:old@192.0.2.1>", callId: "c2" }));
  await each.register(2, register({ contact: "<sip:new@192.0.2.1>;q=1.000", callId: "c3" }));
  expect(uris(await each.lookup(3, AOR))).toEqual(["sip:new@192.0.2.1", "sip:old@192.0.2.1", "sip:low@192.0.2.1"]);
});

test("RFC 3261 §10.3: a store that fails changes nothing and gives 500 without its words", async () => {
  class Failing extends MemoryBindingStore {
    override async update(_aor: string, change: Parameters<BindingStore["update"]>[1]): Promise<void> {
      change([], 0);
      throw new Error("secret path");
    }
  }
  const each = registrar({ store: new Failing() });
  const response = await each.register(0, register({ contact: "<sip:a@192.0.2.1>" }));
  expect(response.statusCode).toBe(500);
  expect(new TextDecoder().decode(writeSipMessage(response))).not.toContain("secret");
  expect(await each.bindings(0, AOR)).toEqual([]);
});

test("bounds: contacts of one address, contacts of all, length of one", async () => {
  const each = registrar({ maxBindingsPerAor: 2, maxBindings: 3, maxBindingLength: 200 });
  const status = async (init: RegisterInit, now = 0): Promise<number> => (await each.register(now, register(init))).statusCode;
  expect(await status({ contact: ["<sip:a@192.0.2.1>", "<sip:b@192.0.2.1>", "<sip:c@192.0.2.1>"] })).toBe(403);
  expect(await each.bindings(0, AOR)).toEqual([]);
  expect(await status({ contact: ["<sip:a@192.0.2.1>", "<sip:b@192.0.2.1>"] })).toBe(200);
  expect(await status({ contact: "<sip:c@192.0.2.1>" })).toBe(403);
  expect(await status({ contact: ["<sip:a@192.0.2.1>;expires=0", "<sip:c@192.0.2.1>"] })).toBe(200);
  expect(await status({ contact: "<sip:c@192.0.2.1>" })).toBe(200); // a refresh is no addition
  expect(await status({ to: "<sip:bob@test.local>", contact: "<sip:a@192.0.2.1>" })).toBe(200);
  const full = await each.register(0, register({ to: "<sip:carol@test.local>", contact: "<sip:a@192.0.2.1>" }));
  expect([full.statusCode, full.headers.get("Retry-After")?.seconds]).toEqual([503, 60]);
  // What has expired makes room.
  expect(await status({ to: "<sip:carol@test.local>", contact: "<sip:a@192.0.2.1>" }, 3_600_000)).toBe(200);
  const long = "x".repeat(200);
  expect(await status({ contact: `<sip:${long}@192.0.2.1>` })).toBe(403);
  expect(await status({ contact: "<sip:a@192.0.2.1>", headers: { Path: `<sip:${long}@p.example;lr>` } })).toBe(403);
  expect(await status({ contact: [1, 2, 3, 4, 5].map((n) => `<sip:${n}@192.0.2.1>;expires=0`) })).toBe(403);
});

test("RFC 3327 §5.3: Path is kept for requests, in order, and shown to those who know it", async () => {
  const each = registrar();
  const Path = "<sip:p2.example;lr>, <sip:p1.example;lr;ob>;x=1";
  const silent = await each.register(0, register({ contact: "<sip:a@192.0.2.1>", headers: { Path } }));
  expect(silent.headers.has("Path")).toBe(false);
  const told = await each.register(0, register({ contact: "<sip:a@192.0.2.1>", headers: { Path, Supported: "path" } }));
  expect(told.headers.all("Path")).toHaveLength(2);
  expect((await each.lookup(0, AOR))[0]?.path).toEqual(["<sip:p2.example;lr>", "<sip:p1.example;lr;ob>;x=1"]);
  expect((await each.register(0, register({ contact: "<sip:a@192.0.2.1>", headers: { Path: "sip:bare" } }))).statusCode).toBe(400);
});

test("RFC 3608 §5: Service-Route in every 2xx", async () => {
  const each = registrar({ serviceRoute: ["sip:p1.test.local;lr", "sip:p2.test.local;lr"] });
  expect((await each.register(0, register())).headers.texts("Service-Route")).toEqual(["<sip:p1.test.local;lr>", "<sip:p2.test.local;lr>"]);
});

const INSTANCE = '+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"';
const flowContact = (host: string, regId: number, more = ""): string => `<sip:a@${host}>;${INSTANCE};reg-id=${regId}${more}`;

test("RFC 5626 §6: flows are the same by instance and reg-id, whatever their URI", async () => {
  const each = registrar({ flowTimer: 120 });
  const outbound = { Supported: "path, outbound" };
  const first = await each.register(0, register({ contact: flowContact("192.0.2.1", 1), headers: outbound }), { flow: "f1" });
  expect([first.headers.texts("Require"), first.headers.get("Flow-Timer")]).toEqual([["outbound"], 120]);
  await each.register(1, register({ contact: flowContact("192.0.2.1", 2), headers: outbound }), { flow: "f2" });
  await each.register(2, register({ contact: flowContact("192.0.2.9", 1), headers: outbound }), { flow: "f3" });
  expect(await each.lookup(3, AOR)).toMatchObject([
    { contact: "sip:a@192.0.2.9", regId: 1, flow: "f3" },
    { contact: "sip:a@192.0.2.1", regId: 2, flow: "f2" },
  ]);
  // Those who do not know outbound leave flows alone.
  const plain = await each.register(3, register({ contact: flowContact("192.0.2.1", 1) }));
  expect(plain.headers.has("Require")).toBe(false);
  expect(await each.lookup(3, AOR)).toHaveLength(3);
  expect(uris(await each.removeFlow(AOR, "f2"))).toEqual(["sip:a@192.0.2.1"]);
  expect(await each.lookup(3, AOR)).toHaveLength(2);
});

test("RFC 5626 §6, §11.6: a flow through a proxy that does not keep it gets 439", async () => {
  const each = registrar({ flowTimer: 120 });
  const via = ["SIP/2.0/UDP p.example;branch=z9hG4bK2", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"];
  const status = async (Path: string | undefined, Supported = "path, outbound"): Promise<SipResponse> =>
    each.register(
      0,
      register({ contact: flowContact("192.0.2.1", 1), via, headers: { Supported, ...(Path === undefined ? {} : { Path }) } }),
    );
  expect((await status(undefined)).statusCode).toBe(439);
  expect((await status("<sip:edge.example;lr>")).statusCode).toBe(439);
  expect((await status("<sip:next.example;lr;ob>, <sip:edge.example;lr>")).statusCode).toBe(439);
  const kept = await status("<sip:next.example;lr>, <sip:edge.example;lr;ob>");
  expect([kept.statusCode, kept.headers.has("Flow-Timer")]).toEqual([200, false]);
  expect((await status(undefined, "path")).statusCode).toBe(200);
});

test("RFC 5627 §5: GRUUs for instances that want them, and requests to them", async () => {
  const temporaryGruus = new TemporaryGruus({ crypto: nodeCrypto, random });
  const each = registrar({ temporaryGruus });
  const response = await each.register(0, register({ contact: `<sip:a@192.0.2.1>;${INSTANCE}`, headers: { Supported: "gruu" } }));
  await each.register(0, register({ contact: '<sip:b@192.0.2.1>;+sip.instance="<urn:b>"', callId: "c2" }));
  const [contact] = response.headers.all("Contact") as readonly NameAddress[];
  const publicGruu = contact?.parameters.get("pub-gruu") ?? "";
  const temporary = contact?.parameters.get("temp-gruu") ?? "";
  expect(publicGruu).toBe("sip:alice@test.local;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
  expect(temporary).toMatch(/^sip:tgruu\.[0-9a-f]+@test\.local;gr$/);
  for (const gruu of [publicGruu, temporary, `${temporary.replace("test.local", "TEST.LOCAL:5060")}`]) {
    expect(uris(await each.lookup(0, gruu))).toEqual(["sip:a@192.0.2.1"]);
    expect(each.addressOfRecord(gruu)).toBe(AOR);
  }
  for (const gruu of [
    "sip:alice@test.local;gr=urn:other",
    temporary.replace(/[0-9a-f]@/, "x@"),
    `${AOR};gr`,
    "sip:tgruu.00@test.local;gr",
  ]) {
    expect([gruu, await each.lookup(0, gruu)]).toEqual([gruu, []]);
  }
  // A refresh gives another temporary GRUU and keeps the earlier; a new Call-ID ends them.
  const refreshed = await each.register(1, register({ contact: `<sip:a@192.0.2.1>;${INSTANCE}`, headers: { Supported: "gruu" } }));
  expect((refreshed.headers.all("Contact") as readonly NameAddress[])[0]?.parameters.get("temp-gruu")).not.toBe(temporary);
  expect(await each.lookup(1, temporary)).toHaveLength(1);
  // Others who look see no temporary ones; those who do not know GRUUs see none.
  const fetched = (await each.register(2, register({ callId: "c9", headers: { Supported: "gruu" } }))).headers.texts("Contact").join();
  expect([fetched.includes("pub-gruu"), fetched.includes("temp-gruu")]).toEqual([true, false]);
  expect((await each.register(2, register())).headers.texts("Contact").join()).not.toContain("gruu");
  await each.register(3, register({ contact: `<sip:a@192.0.2.1>;${INSTANCE}`, callId: "restarted", headers: { Supported: "gruu" } }));
  expect(await each.lookup(3, temporary)).toHaveLength(0);
  expect(await each.lookup(3, publicGruu)).toHaveLength(1);
});

test("RFC 5627 §5.1: a GRUU of ours is no contact, nor an address to register", async () => {
  const each = registrar();
  expect((await each.register(0, register({ contact: "<sip:alice@test.local;gr=x>" }))).statusCode).toBe(403);
  expect((await each.register(0, register({ to: "<sip:alice@test.local;gr=x>", contact: "<sip:a@192.0.2.1>" }))).statusCode).toBe(404);
  expect(
    (await each.register(0, register({ contact: '<sip:a@192.0.2.1>;pub-gruu="sip:evil"' }))).headers.texts("Contact").join(),
  ).not.toContain("evil");
});

test("RFC 5630 §5.3: sips leads to secure contacts only", async () => {
  const each = registrar();
  await each.register(0, register({ contact: "<sip:plain@192.0.2.1>" }));
  await each.register(1, register({ contact: "<sips:named@192.0.2.1>", callId: "c2" }));
  await each.register(2, register({ contact: "<sip:x@df7jal23ls0d.invalid;transport=ws>", callId: "c3" }), { flow: "f", secure: true });
  expect(uris(await each.lookup(3, "sips:alice@test.local"))).toEqual(["sip:x@df7jal23ls0d.invalid;transport=ws", "sips:named@192.0.2.1"]);
  expect(await each.lookup(3, AOR)).toHaveLength(3);
});

test("RFC 3261 §10.3: whatever a REGISTER says, it is answered, and the store stays within its bounds", async () => {
  const store = new MemoryBindingStore();
  const each = registrar({
    store,
    maxBindings: 20,
    maxBindingsPerAor: 3,
    temporaryGruus: new TemporaryGruus({ crypto: nodeCrypto, random }),
  });
  const piece = fc.constantFrom(
    ...[
      "<sip:a@192.0.2.1>",
      "sip:b@x;q=2",
      "*",
      '"<>" <sips:c@[::1]:1;transport=tcp>',
      "<tel:+1>",
      "<mailto:x@y>",
      ";expires=0",
      ";expires=-1",
      ";q=0.5",
    ],
    ...[
      '+sip.instance="<urn:x>"',
      ";reg-id=1",
      ";reg-id=0",
      ", ",
      "<sip:",
      ";",
      "=",
      "\u0000",
      "é",
      "<sip:test.local;gr>",
      "<sip:alice@test.local;gr=y>",
    ],
  );
  const value = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
  const to = fc.constantFrom("<sip:alice@test.local>", "<sip:bob@test.local>", "<sip:%00@test.local>", "<sip:test.local>", "garbage");
  const supported = fc.constantFrom("outbound, path, gruu", "gruu", "");
  await fc.assert(
    fc.asyncProperty(value, value, value, to, supported, fc.nat(5), async (Contact, Path, Expires, To, Supported, cseq) => {
      const request = register({ to: To, cseq, headers: { Contact, Path, Expires, Supported } });
      const response = await each.register(0, request, { user: "alice" });
      expect(response.statusCode).toBeGreaterThanOrEqual(200);
      expect(parseSipMessage(writeSipMessage(response))).toHaveProperty("statusCode", response.statusCode);
      expect(response.headers.problem("Contact")).toBeUndefined();
      expect(await store.count()).toBeLessThanOrEqual(20);
      for (const aor of [AOR, "sip:bob@test.local"]) expect((await each.bindings(0, aor)).length).toBeLessThanOrEqual(3);
      await each.lookup(0, Contact);
    }),
    { numRuns: 500 },
  );
});

test("RFC 3261 §8.2.2: what is missing or malformed gets 400", async () => {
  const each = registrar();
  const without = register({ contact: "<sip:a@192.0.2.1>" });
  without.headers.remove("Call-ID");
  expect((await each.register(0, without)).statusCode).toBe(400);
  expect((await each.register(0, register({ contact: "<sip:a@192.0.2.1" }))).statusCode).toBe(400);
});
