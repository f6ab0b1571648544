import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { ClientTransaction, SipTransportName } from "@purertc/sip";
import { createRequest, isSipUri, type SipResponse, sipUri, unescapeUri, writeSipMessage, writeUri } from "@purertc/sip-parser";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DEFAULTS, type ServerOptions } from "../options.ts";
import { SipServer } from "../server.ts";
import { readUsers } from "../users.ts";
import { type Answer, Phone } from "./phone.ts";

const SDP_A = "v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
const SDP_B = "v=0\r\no=b 1 1 IN IP4 192.0.2.2\r\ns=-\r\nt=0 0\r\nm=audio 4002 RTP/AVP 0\r\n";
const PASSWORDS = { alice: "wonderland", bob: "builder", carol: "christmas" };
const TRANSPORTS: readonly SipTransportName[] = ["UDP", "TCP", "TLS", "WS", "WSS"];

let lines: string[] = [];
let server: SipServer;
let phones: Phone[] = [];
let others: SipServer[] = [];

async function start(options: Partial<ServerOptions> = {}): Promise<void> {
  server = await SipServer.start({
    ...DEFAULTS,
    domain: "test.local",
    digest: ["SHA-256", "MD5"],
    bind: "127.0.0.1",
    ports: { UDP: 0, TCP: 0, TLS: 0, WS: 0, WSS: 0 },
    users: readUsers(JSON.stringify(PASSWORDS), "test.local"),
    log: (line) => lines.push(line),
    ...options,
  });
}

beforeEach(async () => {
  lines = [];
  phones = [];
  others = [];
  await start();
});

afterEach(async () => {
  await Promise.all(phones.map((phone) => phone.close()));
  await Promise.all([server, ...others].map((each) => each.close()));
  const secrets = Object.values(PASSWORDS).concat("response=", "Digest");
  expect(lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
});

async function phone(
  user: keyof typeof PASSWORDS,
  transport: SipTransportName = "UDP",
  password: string = PASSWORDS[user],
  advertisedHost?: string,
): Promise<Phone> {
  const made = await Phone.connect({ user, password, transport, server: server.listening, ...(advertisedHost && { advertisedHost }) });
  phones.push(made);
  return made;
}

async function registered(user: keyof typeof PASSWORDS, transport: SipTransportName = "UDP", headers = {}): Promise<Phone> {
  const made = await phone(user, transport);
  expect((await made.register(headers)).statusCode).toBe(200);
  return made;
}

const body = (message: { readonly body: Uint8Array }): string => new TextDecoder().decode(message.body);

/** A call that stands: what the caller has, and what the callee has. */
async function call(alice: Phone, bob: Phone): Promise<{ answer: Answer; invite: Awaited<ReturnType<Phone["next"]>>; ok: SipResponse }> {
  const sending = alice.send(alice.create("INVITE", "sip:bob@test.local", { body: SDP_A }));
  const invite = await bob.next();
  const ok = bob.respond(invite, 200, { body: SDP_B });
  const answer = await sending;
  expect(answer.response.statusCode).toBe(200);
  alice.acknowledge(answer);
  await until(() => bob.acks.length > 0);
  return { answer, invite, ok };
}

async function until(condition: () => boolean, ms = 5000): Promise<void> {
  for (let i = 0; i < ms / 10 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}

test.each(TRANSPORTS)("a call from %s to every other transport, with its SDP, in-dialog requests of both sides, and BYE", async (from) => {
  const alice = await registered("alice", from);
  for (const to of TRANSPORTS) {
    const bob = await registered("bob", to);
    const heard: SipResponse[] = [];
    const sending = alice.send(
      alice.create("INVITE", "sip:bob@test.local", { body: SDP_A, headers: { "X-Kept": "yes", Subject: "lunch" } }),
      (response) => heard.push(response),
    );
    const invite = await bob.next();
    expect([body(invite.request), invite.request.headers.text("x-kept"), invite.request.headers.text("Subject")]).toEqual([
      SDP_A,
      "yes",
      "lunch",
    ]);
    expect(invite.request.headers.text("P-Asserted-Identity")).toBe("<sip:alice@test.local>");
    expect(invite.request.headers.has("Authorization")).toBe(false);
    expect(invite.request.headers.get("Max-Forwards")).toBe(69);
    bob.respond(invite, 180);
    await until(() => heard.some(({ statusCode }) => statusCode === 180));
    const ok = bob.respond(invite, 200, { body: SDP_B });
    const answer = await sending;
    expect([answer.response.statusCode, body(answer.response)]).toEqual([200, SDP_B]);
    expect(answer.response.toTag).toBe(heard.find(({ statusCode }) => statusCode === 180)?.toTag);
    alice.acknowledge(answer);
    await until(() => bob.acks.length === 1);

    for (const [index, method] of ["INFO", "UPDATE", "MESSAGE", "OPTIONS", "REFER"].entries()) {
      const asked = alice.send(alice.within(method, answer, 10 + index, { headers: { "Refer-To": "<sip:carol@test.local>" }, body: "x" }));
      const request = await bob.next();
      expect([request.request.method, body(request.request)]).toEqual([method, "x"]);
      bob.respond(request, 202, { body: "y", headers: { "X-Back": "1" } });
      const { response } = await asked;
      expect([response.statusCode, body(response), response.headers.text("X-Back")]).toEqual([202, "y", "1"]);
    }
    // A re-INVITE from the other side, and its ACK.
    const again = bob.send(bob.withinIncoming("INVITE", invite, ok, 1, SDP_B));
    const reinvite = await alice.next();
    expect(body(reinvite.request)).toBe(SDP_B);
    alice.respond(reinvite, 200, { body: SDP_A });
    const reanswer = await again;
    bob.acknowledge(reanswer);
    await until(() => alice.acks.length === 1);
    alice.acks.length = 0;

    const bye = bob.send(bob.withinIncoming("BYE", invite, ok, 2));
    alice.respond(await alice.next(), 200);
    expect((await bye).response.statusCode).toBe(200);
    expect(server.load).toEqual({ dialogs: 0, attempts: 0 });
    // Nothing more in that dialog.
    expect((await alice.send(alice.within("INFO", answer, 99))).response.statusCode).toBe(481);
    expect((await bob.register({ Contact: "*", Expires: 0 })).statusCode).toBe(200);
    await bob.close();
  }
});

test("digest is required: without, with a wrong password, and with somebody else's name", async () => {
  const alice = await phone("alice", "UDP", "wrong");
  const stranger = createRequest({ method: "MESSAGE", uri: "sip:bob@test.local" });
  stranger.headers.set("From", "<sip:x@y>;tag=1").set("To", "<sip:bob@test.local>").set("Call-ID", "x").set("CSeq", "1 MESSAGE");
  for (const request of [alice.create("INVITE", "sip:bob@test.local"), stranger, alice.create("REGISTER", "sip:test.local")]) {
    const { response } = await alice.send(request);
    expect(response.statusCode).toBe(401);
    expect(response.headers.texts("WWW-Authenticate").map((text) => /algorithm=([\w-]+)/.exec(text)?.[1])).toEqual(["SHA-256", "MD5"]);
  }
  const bob = await phone("bob");
  expect((await bob.register({ To: "<sip:alice@test.local>" })).statusCode).toBe(403);
  expect(server.load).toEqual({ dialogs: 0, attempts: 0 });
});

test("a user does not call in another user's name", async () => {
  const [alice, bob] = [await registered("alice"), await registered("bob")];
  const from = (uri: string): Promise<Answer> =>
    alice.send(alice.create("INVITE", "sip:bob@test.local", { headers: { From: `<${uri}>;tag=1` } }));
  for (const uri of ["sip:carol@test.local", "sips:%63arol@TEST.local", "sip:carol@127.0.0.1"])
    expect((await from(uri)).response.statusCode).toBe(403);
  for (const uri of ["sip:alice@127.0.0.1:5070", "sip:anonymous@anonymous.invalid", "sip:sipp@127.0.0.1"]) {
    const calling = from(uri);
    bob.respond(await bob.next(), 486);
    expect((await calling).response.statusCode).toBe(486);
  }
});

test("what a caller asserts of itself is not believed; privacy is granted", async () => {
  const [alice, bob] = [await registered("alice"), await registered("bob", "WS")];
  const sending = alice.send(
    alice.create("INVITE", "sip:bob@test.local", { headers: { "P-Asserted-Identity": "<sip:president@test.local>", Privacy: "user;id" } }),
  );
  const { request, transaction } = await bob.next();
  expect(new TextDecoder().decode(writeSipMessage(request))).not.toMatch(/alice|president/);
  expect(request.headers.text("From")).toContain('"Anonymous" <sip:anonymous@anonymous.invalid>');
  bob.respond({ type: "request", request, transaction, flow: bob.flow }, 603, {
    headers: { "P-Asserted-Identity": "<sip:president@test.local>" },
  });
  const { response } = await sending;
  expect([response.statusCode, response.headers.has("P-Asserted-Identity")]).toEqual([603, false]);
  const refused = await alice.send(alice.create("INVITE", "sip:bob@test.local", { headers: { Privacy: "session;critical" } }));
  expect(refused.response.statusCode).toBe(500);
});

test("forking: all phones of a group ring, the first to answer has it, the others stop", async () => {
  const alice = await registered("alice");
  const [desk, mobile, later] = [await registered("bob", "TCP"), await registered("bob", "WSS"), await phone("bob")];
  await later.register({ Contact: `${later.contact};q=0.1` });
  const sending = alice.send(alice.create("INVITE", "sip:bob@test.local", { body: SDP_A }));
  const [first, second] = [await desk.next(), await mobile.next()];
  expect(first.request.callId).not.toBe(second.request.callId);
  desk.respond(first, 180);
  mobile.respond(second, 200, { body: SDP_B });
  expect((await sending).response.statusCode).toBe(200);
  const cancel = await desk.next();
  expect([cancel.request.method, cancel.request.headers.text("Reason")]).toEqual([
    "CANCEL",
    'SIP;cause=200;text="Call completed elsewhere"',
  ]);
  desk.respond(cancel, 200);
  desk.respond(first, 487);
  await until(() => server.load.dialogs === 1);
});

test("forking: a group that fails is followed by the next, and the best response is told", async () => {
  const alice = await registered("alice");
  const [first, second] = [await phone("bob"), await phone("bob", "TCP")];
  await first.register({ Contact: `${first.contact};q=0.9` });
  await second.register({ Contact: `${second.contact};q=0.5` });
  const sending = alice.send(alice.create("INVITE", "sip:bob@test.local", { body: SDP_A }));
  first.respond(await first.next(), 486);
  second.respond(await second.next(), 480);
  expect((await sending).response.statusCode).toBe(486);
});

test("a phone that answers too late is hung up on", async () => {
  const alice = await registered("alice");
  const [desk, mobile] = [await registered("bob", "TCP"), await registered("bob", "WS")];
  const sending = alice.send(alice.create("INVITE", "sip:bob@test.local", { body: SDP_A }));
  const [first, second] = [await desk.next(), await mobile.next()];
  desk.respond(first, 200, { body: SDP_B });
  mobile.respond(second, 200, { body: SDP_B });
  expect((await sending).response.statusCode).toBe(200);
  const bye = await Promise.race([desk.next(), mobile.next()].map(async (event) => (await event).request));
  expect(["BYE", "CANCEL"]).toContain(bye.method);
  await until(() => desk.acks.length + mobile.acks.length === 1 && server.load.dialogs === 1);
});

test("CANCEL stops the ringing and tells why", async () => {
  const [alice, bob] = [await registered("alice", "WSS"), await registered("bob", "TLS")];
  let transaction: ClientTransaction | undefined;
  const sending = alice.send(alice.create("INVITE", "sip:bob@test.local", { body: SDP_A }), (response, each) => {
    if (response.statusCode === 180) transaction = each;
  });
  const invite = await bob.next();
  bob.respond(invite, 180);
  await until(() => transaction !== undefined);
  alice.cancel(transaction!);
  expect((await sending).response.statusCode).toBe(487);
  const cancel = await bob.next();
  expect([cancel.request.method, cancel.request.headers.text("Reason")]).toEqual(["CANCEL", 'SIP;cause=487;text="changed my mind"']);
  bob.respond(cancel, 200);
  bob.respond(invite, 487);
  expect(server.load).toEqual({ dialogs: 0, attempts: 0 });
});

test("an answer that crosses the CANCEL is acknowledged and hung up on", async () => {
  const [alice, bob] = [await registered("alice"), await registered("bob", "TCP")];
  let transaction: ClientTransaction | undefined;
  const sending = alice.send(alice.create("INVITE", "sip:bob@test.local", { body: SDP_A }), (response, each) => {
    if (response.statusCode === 180) transaction = each;
  });
  const invite = await bob.next();
  bob.respond(invite, 180);
  await until(() => transaction !== undefined);
  alice.cancel(transaction!);
  const cancel = await bob.next();
  bob.respond(invite, 200, { body: SDP_B });
  bob.respond(cancel, 200);
  expect((await sending).response.statusCode).toBe(487);
  expect((await bob.next()).request.method).toBe("BYE");
  await until(() => bob.acks.length === 1);
  expect(server.load).toEqual({ dialogs: 0, attempts: 0 });
});

test("a phone that rings and rings: 408, and another one is tried", async () => {
  await server.close();
  await start({ ringSeconds: 1 });
  const [alice, bob, carol] = [await registered("alice"), await phone("bob"), await phone("bob", "TCP")];
  await bob.register({ Contact: `${bob.contact};q=0.9` });
  await carol.register({ Contact: `${carol.contact};q=0.2` });
  const sending = alice.send(alice.create("INVITE", "sip:bob@test.local"));
  const ringing = await bob.next();
  bob.respond(ringing, 180);
  const cancel = await bob.next();
  bob.respond(cancel, 200);
  bob.respond(ringing, 487);
  const second = await carol.next();
  carol.respond(second, 180);
  carol.respond(await carol.next(), 200);
  carol.respond(second, 487);
  expect((await sending).response.statusCode).toBe(408);
});

test("RFC 5393: a request rings no more phones at once than it may; RFC 3261 §16.3: nor does it take more hops", async () => {
  const alice = await registered("alice");
  const phonesOfBob = [await registered("bob"), await registered("bob", "TCP"), await registered("bob", "WS")];
  const status = async (headers: Readonly<Record<string, unknown>>): Promise<number> =>
    (await alice.send(alice.create("INVITE", "sip:bob@test.local", { headers }))).response.statusCode;
  expect(await status({ "Max-Breadth": 2 })).toBe(440);
  expect(await status({ "Max-Forwards": 0 })).toBe(483);
  expect(await status({ Contact: undefined })).toBe(400);
  const sending = alice.send(alice.create("INVITE", "sip:bob@test.local"));
  for (const each of phonesOfBob) {
    const invite = await each.next();
    expect(invite.request.headers.text("Max-Breadth")).toBe("20");
    each.respond(invite, 486);
  }
  expect((await sending).response.statusCode).toBe(486);
});

test("RFC 3261 §16.3, §8.2: what cannot be done is refused before anybody is asked for a password", async () => {
  const alice = await phone("alice", "UDP", "wrong");
  const status = async (method: string, to: string, headers = {}): Promise<number> =>
    (await alice.send(alice.create(method, to, { headers }))).response.statusCode;
  expect(await status("OPTIONS", "sip:bob@test.local", { "Max-Forwards": 0 })).toBe(483);
  expect(await status("OPTIONS", "sip:bob@test.local", { "Proxy-Require": "nothing" })).toBe(420);
  expect(await status("OPTIONS", "sip:test.local", { Require: "nothing" })).toBe(420);
  expect(await status("OPTIONS", "sip:test.local", { "Max-Forwards": 0 })).toBe(200); // it has arrived
  expect(await status("JUGGLE", "sip:test.local")).toBe(501);
  expect(await status("MESSAGE", "sip:bob@test.local")).toBe(401);
});

test("RFC 3261 §8.2.2.2: a request that comes twice over different ways is served once", async () => {
  await server.close();
  await start({ trust: ["127.0.0.1"] });
  const bob = await registered("bob");
  const alice = await phone("alice");
  const invite = alice.create("INVITE", "sip:bob@test.local", { body: SDP_A });
  const first = alice.send(invite);
  const rung = await bob.next();
  expect((await alice.send(invite)).response.statusCode).toBe(482); // another branch
  bob.respond(rung, 486);
  expect((await first).response.statusCode).toBe(486);
});

test("nobody, nowhere: 404, 480, 405 and OPTIONS for the server itself", async () => {
  const alice = await registered("alice");
  const status = async (method: string, to: string): Promise<number> => (await alice.send(alice.create(method, to))).response.statusCode;
  expect(await status("INVITE", "sip:nobody@test.local")).toBe(404);
  expect(await status("INVITE", "sip:bob@elsewhere.example")).toBe(404);
  expect(await status("INVITE", "sip:bob@test.local")).toBe(480);
  expect(await status("OPTIONS", "sip:test.local")).toBe(200);
  expect(await status("INVITE", "sip:test.local")).toBe(405);
});

test("RFC 3261 §10.2, RFC 3581 §4: a phone is called at its Contact, by name or registered by somebody else; behind a NAT, where it was heard", async () => {
  const [alice, bob, clerk] = [await registered("alice"), await phone("bob"), await phone("bob")];
  const rings = async (at: Phone): Promise<void> => {
    const calling = alice.send(alice.create("INVITE", "sip:bob@test.local", { body: SDP_A }));
    const invite = await at.next();
    const ok = at.respond(invite, 200, { body: SDP_B, headers: { Contact: contact } });
    const answer = await calling;
    alice.acknowledge(answer);
    await until(() => at.acks.length === 1);
    at.acks.length = 0;
    const ending = alice.send(alice.within("BYE", answer, 10));
    at.respond(await at.next(), 200);
    expect([(await ending).response.statusCode, ok.statusCode]).toEqual([200, 200]);
    await clerk.register({ Contact: "*", Expires: 0 });
  };
  const { port } = bob.flow.local;
  let contact = `<sip:bob@localhost:${port}>`;
  await clerk.register({ Contact: contact });
  await rings(bob);
  const abroad = await Phone.connect({ user: "bob", transport: "UDP", server: server.listening, host: "127.0.0.7" });
  phones.push(abroad);
  contact = abroad.contact;
  await clerk.register({ Contact: contact });
  await rings(abroad);
  contact = "<sip:bob@nowhere.invalid>"; // what only its own network knows
  await clerk.register({ Contact: contact });
  await rings(clerk);
  const behindNat = await phone("bob", "UDP", PASSWORDS.bob, "10.0.0.1");
  contact = behindNat.contact;
  expect(contact).toContain("@10.0.0.1:");
  await behindNat.register();
  await rings(behindNat);
});

test("RFC 3261 §10.3 step 7: registrations too short get 423, and those that are over ring nobody", async () => {
  await server.close();
  await start({ minExpires: 1 });
  const [alice, bob] = [await registered("alice"), await phone("bob")];
  expect((await bob.register({ Expires: 1 })).statusCode).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect((await alice.send(alice.create("INVITE", "sip:bob@test.local"))).response.statusCode).toBe(480);
  await server.close();
  await start();
  const response = await (await phone("bob")).register({ Expires: 59 });
  expect([response.statusCode, response.headers.get("Min-Expires")]).toEqual([423, 60]);
});

test("RFC 3261 §16.3: a phone that is this server itself is a loop", async () => {
  const [alice, bob] = [await phone("alice"), await phone("bob")];
  const udp = server.listening.find(({ transport }) => transport === "UDP");
  await bob.register({ Contact: `<sip:bob@127.0.0.1:${udp?.port}>` });
  expect((await alice.send(alice.create("INVITE", "sip:bob@test.local"))).response.statusCode).toBe(482);
});

test("redirections to users of ours are followed, others are passed on", async () => {
  const [alice, bob, carol] = [await registered("alice"), await registered("bob"), await registered("carol", "WS")];
  const sending = alice.send(alice.create("INVITE", "sip:bob@test.local", { body: SDP_A }));
  bob.respond(await bob.next(), 302, { headers: { Contact: "<sip:carol@test.local>" } });
  const invite = await carol.next();
  carol.respond(invite, 200, { body: SDP_B });
  expect((await sending).response.statusCode).toBe(200);
  for (const Contact of ["<sip:bob@elsewhere.example>", "<sip:carol@127.0.0.1:9>"]) {
    const outside = alice.send(alice.create("INVITE", "sip:bob@test.local", { body: SDP_A }));
    bob.respond(await bob.next(), 302, { headers: { Contact } });
    const { response } = await outside;
    expect([response.statusCode, response.headers.text("Contact")]).toEqual([302, Contact]);
  }
});

test("reliable provisional responses: PRACK names the INVITE of the side it goes to", async () => {
  const [alice, bob] = [await registered("alice"), await registered("bob")];
  const heard: { response: SipResponse; request: Answer["request"] }[] = [];
  const sending = alice.send(
    alice.create("INVITE", "sip:bob@test.local", { body: SDP_A, headers: { Supported: "100rel" } }),
    (response, { request }) => {
      if (response.statusCode === 183) heard.push({ response, request });
    },
  );
  const invite = await bob.next();
  bob.respond(invite, 183, { body: SDP_B, headers: { Require: "100rel", RSeq: 7 } });
  await until(() => heard.length > 0);
  const { response, request } = heard[0]!;
  expect([response.headers.get("RSeq"), response.headers.text("Require"), request.cseq?.number]).toEqual([7, "100rel", 2]);
  const pracking = alice.send(alice.within("PRACK", { request, response }, 3, { headers: { RAck: "7 2 INVITE" } }));
  const prack = await bob.next();
  expect(prack.request.headers.text("RAck")).toBe(`7 ${invite.request.cseq?.number} INVITE`);
  bob.respond(prack, 200);
  expect((await pracking).response.statusCode).toBe(200);
  bob.respond(invite, 200);
  expect((await sending).response.statusCode).toBe(200);
});

test("Replaces is translated, so that a transfer with consultation finds its call", async () => {
  const [alice, bob, carol] = [await registered("alice"), await registered("bob"), await registered("carol", "TCP")];
  const { answer, ok } = await call(alice, bob);
  const Replaces = `${answer.request.callId};to-tag=${answer.response.toTag};from-tag=${answer.request.fromTag}`;
  const sending = carol.send(carol.create("INVITE", "sip:bob@test.local", { body: SDP_A, headers: { Replaces } }));
  const replacing = await bob.next();
  const replaces = replacing.request.headers.get("Replaces");
  expect([replaces?.callId, replaces?.parameters.get("to-tag")]).toEqual([ok.callId, ok.toTag]);
  expect(replaces?.parameters.get("from-tag")).toBe(ok.fromTag);
  bob.respond(replacing, 486);
  expect((await sending).response.statusCode).toBe(486);
});

test("RFC 3515, RFC 3891: a browser transfers a UDP phone to a phone of several that a user has, with consultation", async () => {
  const [alice, bob] = [await registered("alice", "WSS"), await registered("bob", "UDP")];
  const [desk, mobile] = [await registered("carol", "TLS"), await registered("carol", "WS")];
  const first = await call(alice, bob);
  const consulting = alice.send(alice.create("INVITE", "sip:carol@test.local", { body: SDP_A }));
  const [ringing, other] = [await desk.next(), await mobile.next()];
  const ok = desk.respond(ringing, 200, { body: SDP_B });
  const second = await consulting;
  alice.acknowledge(second);
  mobile.respond(await mobile.next(), 200); // its CANCEL
  mobile.respond(other, 487);
  await until(() => desk.acks.length === 1);

  // As a phone does: the Contact that it has for carol, with its dialog in there.
  const contact = second.response.headers.get("Contact");
  const uri = contact !== undefined && contact !== "*" ? writeUri(contact.uri) : "";
  expect(uri).toContain(";transport=ws");
  const dialog = `${second.request.callId};to-tag=${second.response.toTag};from-tag=${second.request.fromTag}`;
  const referring = alice.send(
    alice.within("REFER", first.answer, 10, { headers: { "Refer-To": `<${uri}?Replaces=${encodeURIComponent(dialog)}>` } }),
  );
  const refer = await bob.next();
  const referTo = refer.request.headers.get("Refer-To")?.uri;
  if (referTo === undefined || !isSipUri(referTo)) throw new Error("no Refer-To");
  expect([referTo.user, referTo.host, referTo.port, referTo.parameters.toString()]).toEqual(["carol", "test.local", undefined, ""]);
  bob.respond(refer, 202);
  expect((await referring).response.statusCode).toBe(202);

  const Replaces = unescapeUri(referTo.headers[0]?.[1] ?? "");
  const following = bob.send(bob.create("INVITE", `sip:${referTo.user}@${referTo.host}`, { body: SDP_A, headers: { Replaces } }));
  const replacing = await desk.next();
  expect(replacing.request.headers.get("Replaces")?.callId).toBe(ringing.request.callId);
  desk.respond(replacing, 200, { body: SDP_B });
  expect((await following).response.statusCode).toBe(200);
  bob.acknowledge(await following);
  await until(() => desk.acks.length === 2);
  const hangingUp = desk.send(desk.withinIncoming("BYE", ringing, ok, 1));
  const bye = await alice.next();
  expect([bye.request.method, bye.request.callId]).toEqual(["BYE", second.request.callId]);
  alice.respond(bye, 200);
  expect((await hangingUp).response.statusCode).toBe(200);
  expect(server.load).toEqual({ dialogs: 2, attempts: 0 });
});

test("a subscription: the NOTIFY that comes before the 2xx, and the end", async () => {
  const [alice, bob] = [await registered("alice"), await registered("bob", "WS")];
  const sending = alice.send(alice.create("SUBSCRIBE", "sip:bob@test.local", { headers: { Event: "presence", Expires: 60 } }));
  const subscribe = await bob.next();
  const early = createRequest({ method: "NOTIFY", uri: "sip:x" });
  const contact = subscribe.request.headers.get("Contact");
  if (contact !== undefined && contact !== "*") early.uri = contact.uri;
  early.headers.set("From", `${subscribe.request.headers.text("To")};tag=bob-answer`).set("To", subscribe.request.headers.text("From")!);
  early.headers.set("Call-ID", subscribe.request.callId!).set("CSeq", "1 NOTIFY").set("Contact", bob.contact);
  early.headers.set("Event", "presence").set("Subscription-State", "active;expires=60");
  const notifying = bob.send(early);
  alice.respond(await alice.next(), 200);
  expect((await notifying).response.statusCode).toBe(200);
  bob.respond(subscribe, 200, { headers: { Expires: 60 } });
  expect((await sending).response.statusCode).toBe(200);
  expect(server.load.dialogs).toBe(1);
  const last = early.copy();
  last.headers.set("CSeq", "2 NOTIFY").set("Subscription-State", "terminated;reason=timeout");
  const ending = bob.send(last);
  alice.respond(await alice.next(), 200);
  await ending;
  expect(server.load.dialogs).toBe(0);
});

/** Another server that trusts this one, and a phone of its carol's. */
async function neighbour(user: string): Promise<{ other: SipServer; carol: Phone; port: (transport: SipTransportName) => number }> {
  const other = await SipServer.start({
    ...DEFAULTS,
    domain: "neighbour.local",
    bind: "127.0.0.2",
    ports: { UDP: 0, TCP: 0, TLS: undefined, WS: undefined, WSS: undefined },
    users: readUsers(JSON.stringify({ [user]: "christmas" }), "neighbour.local"),
    trust: ["127.0.0.1"],
    log: () => {},
  });
  others.push(other);
  const carol = await Phone.connect({
    user,
    password: "christmas",
    transport: "UDP",
    server: other.listening,
    host: "127.0.0.2",
    domain: "neighbour.local",
  });
  phones.push(carol);
  expect((await carol.register()).statusCode).toBe(200);
  return { other, carol, port: (transport) => other.listening.find((each) => each.transport === transport)?.port ?? 0 };
}

test.each(["UDP", "TCP"] as const)(
  "users call other domains where that is allowed, over %s, and both sides can hang up",
  async (transport) => {
    const { other, carol, port } = await neighbour("carol");
    await server.close();
    await start({ outbound: ["127.0.0.2"] });
    const alice = await registered("alice", "WS");
    const address = `sip:carol@127.0.0.2:${port(transport)};transport=${transport.toLowerCase()}`;
    for (const [index, hangsUp] of ["caller", "callee"].entries()) {
      const sending = alice.send(alice.create("INVITE", address, { body: SDP_A }));
      const invite = await carol.next();
      expect([body(invite.request), invite.request.headers.text("P-Asserted-Identity")]).toEqual([SDP_A, "<sip:alice@test.local>"]);
      const ok = carol.respond(invite, 200, { body: SDP_B });
      const answer = await sending;
      expect([answer.response.statusCode, body(answer.response)]).toEqual([200, SDP_B]);
      alice.acknowledge(answer);
      await until(() => carol.acks.length === index + 1);
      const bye =
        hangsUp === "caller" ? alice.send(alice.within("BYE", answer, 10)) : carol.send(carol.withinIncoming("BYE", invite, ok, 1));
      const [hears, heard] = hangsUp === "caller" ? [carol, await carol.next()] : [alice, await alice.next()];
      hears.respond(heard, 200);
      expect([heard.request.method, (await bye).response.statusCode]).toEqual(["BYE", 200]);
      expect([server.load, other.load]).toEqual(Array(2).fill({ dialogs: 0, attempts: 0 }));
    }
    const { response } = await alice.send(alice.create("INVITE", "sip:carol@127.0.0.3"));
    expect([response.statusCode, response.reasonPhrase]).toEqual([404, "Domain Not Served"]);
  },
);

test("RFC 3263 §4.3: when a server of another domain is out of service, the next one of its SRV records is called", async () => {
  const { carol, port } = await neighbour("carol");
  const broken = await Phone.connect({ user: "broken", transport: "UDP", server: server.listening, host: "127.0.0.4" });
  phones.push(broken);
  const record = (priority: number, target: string, port: number) => ({ priority, weight: 0, port, target });
  const dns = {
    naptr: async () => [],
    srv: async (name: string) =>
      name === "_sip._udp.neighbour.local" ? [record(1, "one.test", broken.flow.local.port), record(2, "two.test", port("UDP"))] : [],
    a: async (name: string) => (name === "one.test" ? ["127.0.0.4"] : name === "two.test" ? ["127.0.0.2"] : []),
    aaaa: async () => [],
  };
  await server.close();
  await start({ outbound: ["neighbour.local"], dns });
  const alice = await registered("alice");
  const calling = alice.send(alice.create("INVITE", "sip:carol@neighbour.local", { body: SDP_A }));
  broken.respond(await broken.next(), 503);
  const invite = await carol.next();
  carol.respond(invite, 486);
  expect((await calling).response.statusCode).toBe(486);
});

test("RFC 3325 §7: telephone numbers go to the trunk, which learns who calls even when that is private; nobody else's do", async () => {
  const { carol, port } = await neighbour("+358501234567");
  await server.close();
  await start({
    outbound: ["any"],
    trust: ["127.0.0.3"],
    trunk: sipUri({ host: "127.0.0.2", port: port("TCP"), parameters: { transport: "tcp" } }),
  });
  const alice = await registered("alice");
  for (const [to, Privacy] of [
    ["sip:+358-50-1234567@test.local", "id"],
    ["tel:+358(50)123.4567", undefined],
  ] as const) {
    const sending = alice.send(alice.create("INVITE", to, { body: SDP_A, headers: { Privacy } }));
    const invite = await carol.next();
    // It is carol's server, not the trunk, who keeps it from her.
    expect(invite.request.headers.text("P-Asserted-Identity")).toBe(Privacy === undefined ? "<sip:alice@test.local>" : undefined);
    carol.respond(invite, 486);
    expect((await sending).response.statusCode).toBe(486);
  }
  expect((await alice.send(alice.create("INVITE", "sip:0800@test.local"))).response.statusCode).toBe(404); // the neighbour's word
  expect((await alice.send(alice.create("INVITE", "sip:dave@test.local"))).response.statusCode).toBe(404);
  const trunk = await Phone.connect({ user: "trunk", transport: "UDP", server: server.listening, host: "127.0.0.3" });
  phones.push(trunk);
  for (const to of ["sip:+358501234567@test.local", "sip:carol@elsewhere.example"])
    expect((await trunk.send(trunk.create("INVITE", to))).response.statusCode).toBe(403);
});

test("a trunk needs no password, and its word is believed", async () => {
  await server.close();
  await start({ trust: ["127.0.0.0/8"] });
  const bob = await registered("bob");
  const trunk = await Phone.connect({ user: "trunk", transport: "TCP", server: server.listening });
  phones.push(trunk);
  const sending = trunk.send(trunk.create("INVITE", "sip:bob@test.local", { headers: { "P-Asserted-Identity": "<tel:+358501234567>" } }));
  const invite = await bob.next();
  expect(invite.request.headers.text("P-Asserted-Identity")).toBe("<tel:+358501234567>");
  bob.respond(invite, 486);
  expect((await sending).response.statusCode).toBe(486);
  expect((await trunk.register()).statusCode).toBe(401);
});

test("limits: one caller cannot take all calls, and when there are enough there are no more, until some have ended", async () => {
  await server.close();
  await start({ maxCalls: 3, maxCallsPerCaller: 2 });
  const [alice, bob, carol] = [await registered("alice"), await registered("bob"), await registered("carol", "TCP")];
  const ring = async (from: Phone, to: Phone): Promise<number | (() => Promise<number>)> => {
    const before = server.load.attempts;
    let status: number | undefined;
    const sending = from.send(from.create("INVITE", `sip:${to.user}@test.local`)).then(({ response }) => {
      status = response.statusCode;
      return status;
    });
    await until(() => status !== undefined || server.load.attempts > before);
    if (status !== undefined) return status;
    const invite = await to.next();
    return () => {
      to.respond(invite, 486);
      return sending;
    };
  };
  const first = await call(alice, bob);
  const second = await ring(alice, bob);
  expect(await ring(alice, carol)).toBe(503); // of one caller
  const third = await ring(carol, bob);
  expect(await ring(bob, alice)).toBe(503); // of all
  const bye = alice.send(alice.within("BYE", first.answer, 10));
  bob.respond(await bob.next(), 200);
  expect((await bye).response.statusCode).toBe(200);
  const fourth = await ring(alice, carol);
  for (const ringing of [second, third, fourth]) expect(await (ringing as () => Promise<number>)()).toBe(486);
  expect(await ((await ring(bob, alice)) as () => Promise<number>)()).toBe(486);
});

test("requests in a dialog from elsewhere: who knows its names has to prove who it is, and then the dialog goes there", async () => {
  const [alice, bob] = [await registered("alice"), await registered("bob", "TCP")];
  const { answer, invite, ok } = await call(alice, bob);
  const connect = async (password: string, user = "alice", host = "127.0.0.2"): Promise<Phone> => {
    const elsewhere = await Phone.connect({ user, password, transport: "UDP", server: server.listening, host });
    phones.push(elsewhere);
    return elsewhere;
  };
  const thief = await connect("guess");
  expect((await thief.send(thief.within("BYE", answer, 10))).response.statusCode).toBe(401);
  const neighbour = await connect("guess", "alice", "127.0.0.1");
  neighbour.acknowledge(answer); // moves nothing
  expect((await neighbour.send(neighbour.within("BYE", answer, 10))).response.statusCode).toBe(401);
  const other = await connect(PASSWORDS.carol, "carol");
  expect((await other.send(other.within("BYE", answer, 11))).response.statusCode).toBe(403);
  expect((await alice.send(alice.within("INFO", answer, 12, { headers: { "Max-Forwards": 0 } }))).response.statusCode).toBe(483);
  expect(server.load.dialogs).toBe(1);
  const roaming = await connect(PASSWORDS.alice);
  const updating = roaming.send(roaming.within("UPDATE", answer, 20));
  bob.respond(await bob.next(), 200);
  expect((await updating).response.statusCode).toBe(200);
  const asking = bob.send(bob.withinIncoming("INFO", invite, ok, 1));
  roaming.respond(await roaming.next(), 200);
  expect((await asking).response.statusCode).toBe(200);
});

test("a browser that loses its connection and does not come back does not keep its calls", async () => {
  await server.close();
  await start({ comeBackSeconds: 1 });
  const [alice, bob] = [await registered("alice"), await registered("bob", "WS")];
  await call(alice, bob);
  await bob.close();
  expect((await alice.next()).request.method).toBe("BYE");
  // And it is not registered any more.
  expect((await alice.send(alice.create("INVITE", "sip:bob@test.local"))).response.statusCode).toBe(480);
  expect((await (await phone("bob")).register()).headers.all("Contact")).toHaveLength(1);
});

test("calls that nobody refreshes end: when the session timer says so, or after as long as calls may last", async () => {
  await server.close();
  await start({ maxCallSeconds: 1 });
  const [alice, bob] = [await registered("alice"), await registered("bob", "TCP")];
  await call(alice, bob);
  const byes = await Promise.all([alice.next(), bob.next()]);
  expect(byes.map(({ request }) => [request.method, request.headers.text("Reason")])).toEqual(
    Array(2).fill(["BYE", 'SIP;cause=408;text="Session expired"']),
  );
  expect(server.load.dialogs).toBe(0);
});

test("a phone that is gone does not keep a call; the server says goodbye when it ends", async () => {
  const [alice, bob] = [await registered("alice"), await registered("bob", "WS")];
  const { answer } = await call(alice, bob);
  const bye = alice.next();
  await server.close();
  expect((await bye).request.method).toBe("BYE");
  expect(answer.response.statusCode).toBe(200);
});

test("npm's way in: prints where it listens, answers, and ends when npm is told to", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "purertc-sip-server-"));
  const users = path.join(folder, "users.json");
  writeFileSync(users, JSON.stringify(PASSWORDS));
  const ports = ["udp", "tcp", "tls", "ws", "wss"].flatMap((name) => [`--${name}-port`, "0"]);
  const args = ["run", "sip-server", "--", "--domain", "test.local", "--users", users, "--bind", "127.0.0.1", ...ports];
  const child = spawn("npm", args, { cwd: path.join(import.meta.dirname, "../../.."), stdio: ["ignore", "pipe", "ignore"] });
  const printed: string[] = [];
  const reading = createInterface({ input: child.stdout });
  reading.on("line", (line) => printed.push(line));
  const ended = new Promise((resolve) => reading.once("close", resolve)); // nobody is left who could write to it
  await until(() => printed.includes("ready"), 60_000);
  const listening = printed.flatMap((line) => {
    const match = /^listening (\w+) (127\.0\.0\.1):(\d+)$/.exec(line);
    return match === null ? [] : [{ transport: match[1] as SipTransportName, ip: match[2]!, port: Number(match[3]) }];
  });
  expect(listening.map(({ transport }) => transport)).toEqual([...TRANSPORTS]);
  const alice = await Phone.connect({ user: "alice", password: PASSWORDS.alice, transport: "WSS", server: listening });
  phones.push(alice);
  expect((await alice.register()).statusCode).toBe(200);
  const holding = connect({ port: listening[1]!.port, host: "127.0.0.1", allowHalfOpen: true });
  holding.on("error", () => {});
  await new Promise<void>((resolve) => holding.once("connect", resolve));
  const told = performance.now();
  child.kill("SIGTERM");
  await ended;
  expect(performance.now() - told).toBeLessThan(1000); // whoever holds on to a connection holds nothing up
  holding.destroy();
  expect(printed.at(-1)).toBe("SIGTERM: closing");
  rmSync(folder, { recursive: true });
});
