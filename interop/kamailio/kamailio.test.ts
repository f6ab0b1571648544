import { type SipRegistration, type SipTransportName, SipUserAgent, type SipUserAgentOptions } from "@purertc/sip";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { skipLoudly } from "../missing.ts";
import { findKamailio, Kamailio } from "./kamailio.ts";

const OFFER = "v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
const ANSWER = OFFER.replace("o=a", "o=b").replace("4000", "4002");
const TRANSPORTS: readonly SipTransportName[] = ["UDP", "TCP", "TLS", "WS", "WSS"];

const found = findKamailio();
if (found === undefined) skipLoudly("kamailio with its TLS and WebSocket modules is not installed", "REQUIRE_BROWSERS");

describe.skipIf(found === undefined)(`kamailio ${found?.version}`, () => {
  let kamailio: Kamailio;
  let agents: SipUserAgent[] = [];

  beforeAll(async () => {
    kamailio = await Kamailio.start();
  });
  afterEach(async () => {
    await Promise.all(agents.map((agent) => agent.close()));
    agents = [];
  });
  afterAll(() => kamailio?.stop());

  function agent(
    user: string,
    transport: SipTransportName,
    password = `${user}-secret`,
    more: Partial<SipUserAgentOptions> = {},
  ): SipUserAgent {
    const made = new SipUserAgent({
      uri: `sip:${user}@test.local`,
      credentials: { username: user, realm: "test.local", password },
      proxy: kamailio.proxy(transport),
      listen: transport === "UDP" || transport === "TCP" ? [{ transport, host: "127.0.0.1" }] : [],
      tls: { ca: kamailio.certificate },
      ...more,
    });
    agents.push(made);
    return made;
  }

  test.each(TRANSPORTS)("%s: registers, refreshes and unregisters", async (transport) => {
    const alice = agent("alice", transport);
    const registration = await alice.register({ expires: 600 });
    expect(registration.state?.contacts).toHaveLength(1);
    const left = (registration.state?.expiresAt ?? 0) - alice.stack.now();
    expect(left > 590_000 && left <= 600_000).toBe(true);
    const refreshed = new Promise((resolve) => registration.addEventListener("registered", resolve, { once: true }));
    registration.refresh();
    await refreshed;
    await registration.unregister();
    expect(registration.state).toBeUndefined();
  });

  test("a wrong password is told, once", async () => {
    await expect(agent("alice", "TCP", "wrong").register()).rejects.toMatchObject({ code: "REJECTED", statusCode: 401 });
  });

  test("423: the registrar's shortest interval is taken", async () => {
    const registration = await agent("alice", "UDP").register({ expires: 5 });
    const alice = agents[0]!;
    expect((registration.state?.expiresAt ?? 0) - alice.stack.now()).toBeGreaterThan(50_000);
  });

  const pairs = TRANSPORTS.flatMap((from) => TRANSPORTS.map((to) => [from, to] as const));
  test.each(pairs)("a call from %s to %s through the proxy, with digest, re-INVITE and BYE", async (from, to) => {
    const [alice, bob] = [agent("alice", from), agent("bob", to)];
    await Promise.all([alice.register(), bob.register()]);
    const offers: (string | undefined)[] = [];
    const taken = new Promise<void>((resolve) => {
      bob.addEventListener("invite", (event) => {
        offers.push(event.call.offer);
        event.call.ring();
        void event.call.accept({ answer: ANSWER }).then(() => resolve());
      });
    });
    const call = await alice.invite("sip:bob@test.local", { offer: OFFER });
    await taken;
    expect([offers, call.remoteDescription]).toEqual([[OFFER], ANSWER]);
    const [incoming] = bob.calls;
    call.addEventListener("offer", (event) =>
      event.respondWith(`${OFFER}a=${event.offer?.includes("sendonly") === true ? "recvonly" : "?"}\r\n`),
    );
    expect(await incoming?.reinvite(`${ANSWER}a=sendonly\r\n`)).toBe(`${OFFER}a=recvonly\r\n`);
    await incoming?.hangUp();
    expect((await call.ended).cause).toBe("remote-bye");
    expect([alice.calls, bob.calls]).toEqual([[], []]);
  });

  test("MESSAGE through the proxy, and what a proxy says of nobody", async () => {
    const [alice, bob] = [agent("alice", "WSS"), agent("bob", "UDP")];
    await Promise.all([alice.register(), bob.register()]);
    const heard = new Promise<string>((resolve) =>
      bob.addEventListener("message", (event) => resolve(new TextDecoder().decode(event.request.body))),
    );
    await alice.message("sip:bob@test.local", "Grüße");
    expect(await heard).toBe("Grüße");
    await expect(alice.message("sip:carol@test.local", "x")).rejects.toMatchObject({ statusCode: 480 });
  });

  test.each(["TCP", "WSS"] as const)(
    "RFC 5626, RFC 5627 over %s: a flow, its keep-alives, and GRUUs that lead to it",
    async (transport) => {
      const instanceId = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
      const [alice, bob] = [agent("alice", "UDP"), agent("bob", transport, undefined, { instanceId })];
      const registration = await bob.register();
      const { state } = registration;
      expect([state?.outbound, state?.publicGruu]).toEqual([true, `sip:bob@test.local;gr=${instanceId}`]);
      expect(state?.keepAliveMs).toBeGreaterThanOrEqual(16_000);
      expect(state?.keepAliveMs).toBeLessThanOrEqual(20_000);
      for (const gruu of [state?.publicGruu, state?.temporaryGruu]) {
        const heard = new Promise<void>((resolve) => bob.addEventListener("message", () => resolve(), { once: true }));
        await alice.message(gruu ?? "", "hello");
        await heard;
      }
    },
  );

  test("a caller who gives up: CANCEL through the proxy", async () => {
    const [alice, bob] = [agent("alice", "TLS"), agent("bob", "WS")];
    await Promise.all([alice.register(), bob.register()]);
    const ringing = new Promise<void>((resolve) => {
      bob.addEventListener("invite", (event) => {
        event.call.ring();
        void event.call.ended.then(() => resolve());
      });
    });
    const giveUp = new AbortController();
    const calling = alice.invite("sip:bob@test.local", { offer: OFFER, signal: giveUp.signal, onProgress: () => giveUp.abort() });
    await expect(calling).rejects.toThrow();
    await ringing;
  });
});

describe.skipIf(found === undefined)("kamailio with SHA-256 and short-lived nonces", () => {
  let kamailio: Kamailio;
  beforeAll(async () => {
    kamailio = await Kamailio.start({ algorithm: "SHA-256", nonceExpire: 2 });
  });
  afterAll(() => kamailio?.stop());

  test("RFC 8760: SHA-256, and a nonce that has become stale", async () => {
    const alice = new SipUserAgent({
      uri: "sip:alice@test.local",
      credentials: { username: "alice", password: "alice-secret" },
      digestAlgorithms: ["SHA-256"],
      proxy: kamailio.proxy("TCP"),
      listen: [],
    });
    const registration: SipRegistration = await alice.register();
    await new Promise((resolve) => setTimeout(resolve, 3500));
    const outcome = new Promise<string>((resolve) => {
      for (const type of ["registered", "failed"] as const) registration.addEventListener(type, () => resolve(type), { once: true });
    });
    registration.refresh();
    expect(await outcome).toBe("registered");
    await alice.close();
  });
});
