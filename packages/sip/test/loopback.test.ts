/** Two user agents in one process, over the loopback interface and every transport. */
import { createResponse } from "@purertc/sip-parser";
import { afterEach, expect, test } from "vitest";
import {
  createSelfSignedCertificate,
  hostRandom,
  type IncomingCall,
  Registrar,
  SipStack,
  type SipTransportName,
  SipTransports,
  SipUserAgent,
  type SipUserAgentOptions,
} from "../src/index.ts";
import { ANSWER, OFFER } from "./user-agent-pair.ts";

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const certificate = createSelfSignedCertificate({ hosts: ["127.0.0.1"] });

function agent(name: string, options: Partial<SipUserAgentOptions> = {}): SipUserAgent {
  const created = new SipUserAgent({ uri: `sip:${name}@127.0.0.1`, tls: { ca: certificate.cert }, ...options });
  open.push(created);
  return created;
}

/** Bob listens on one transport only. */
async function listening(transport: SipTransportName): Promise<{ bob: SipUserAgent; target: string }> {
  const bob = agent("bob", { listen: [{ transport, host: "127.0.0.1", tls: certificate }] });
  await bob.start();
  return { bob, target: `sip:bob@127.0.0.1:${bob.listeners[0]!.address.port};transport=${transport.toLowerCase()}` };
}

for (const transport of ["UDP", "TCP", "TLS", "WS", "WSS"] as const) {
  test(`RFC 3261 §18.1.1: a call over ${transport}, with changes and BYEs from the callee's side`, async () => {
    const { bob, target } = await listening(transport);
    const alice = agent("alice", { listen: transport === "UDP" ? [{ transport, host: "127.0.0.1" }] : [] });
    const incoming = new Promise<IncomingCall>((resolve) => {
      bob.addEventListener("invite", ({ call }) => {
        call.ring();
        void call.accept({ answer: ANSWER });
        resolve(call);
      });
    });
    const call = await alice.invite(target, { offer: OFFER });
    const theirs = await incoming;
    expect(call.remoteDescription).toBe(ANSWER);
    await call.hold();
    await call.sendDtmf("5");
    await theirs.message("from the callee"); // back over the caller's connection, if it does not listen
    await theirs.reinvite(ANSWER.replace("o=bob 1 1", "o=bob 1 2"));
    const [end] = await Promise.all([call.ended, theirs.hangUp()]);
    expect(end.cause).toBe("remote-bye");
  });
}

test("RFC 3261 §8.1.1.8: a sips call goes over TLS, and all its Contacts are sips", async () => {
  const listen = [{ transport: "TLS", host: "127.0.0.1", tls: certificate }] as const;
  const [alice, bob] = [agent("alice", { uri: "sips:alice@127.0.0.1", listen }), agent("bob", { uri: "sips:bob@127.0.0.1", listen })];
  await bob.start();
  bob.addEventListener("invite", ({ call }) => {
    expect(call.invite.headers.text("Contact")).toMatch(/^<sips:alice@127\.0\.0\.1:\d+>$/);
    void call.accept({ answer: ANSWER });
  });
  const call = await alice.invite(`sips:bob@127.0.0.1:${bob.listeners[0]!.address.port}`, { offer: OFFER });
  expect(call.dialog?.secure).toBe(true);
  expect(bob.calls[0]?.dialog?.secure).toBe(true);
  await bob.calls[0]?.hangUp(); // to a sips Contact, over TLS
});

test("RFC 5118: a call over IPv6", async () => {
  const listen = [{ transport: "UDP", host: "::1" }] as const;
  const [alice, bob] = [agent("alice", { uri: "sip:alice@[::1]", listen }), agent("bob", { uri: "sip:bob@[::1]", listen })];
  await bob.start();
  bob.addEventListener("invite", ({ call }) => void call.accept({ answer: ANSWER }));
  const call = await alice.invite(`sip:bob@[::1]:${bob.listeners[0]!.address.port}`, { offer: OFFER });
  await bob.calls[0]?.message("back to [::1]");
  expect((await call.hangUp()).cause).toBe("local-bye");
});

test("RFC 5922: a certificate that is not trusted is no way to send", async () => {
  const { target } = await listening("TLS");
  const alice = agent("alice", { tls: {} });
  await expect(alice.invite(target, { offer: OFFER })).rejects.toMatchObject({ code: "TRANSPORT", statusCode: 503 });
});

test("RFC 3261 §18.1.1: a request too long for a datagram goes over TCP", async () => {
  const bob = agent("bob", { listen: [{ transport: "TCP", host: "127.0.0.1", port: 0 }] });
  await bob.start();
  const { port } = bob.listeners[0]!.address;
  const lengths: number[] = [];
  bob.addEventListener("message", ({ text }) => lengths.push(text.length));
  const alice = agent("alice");
  await alice.message(`sip:bob@127.0.0.1:${port}`, "x".repeat(5000)); // nobody listens on that UDP port
  expect(lengths).toEqual([5000]);
});

test("RFC 3261 §18.1.1: so does a long one within a call that goes over UDP", async () => {
  const { bob, target } = await listening("UDP");
  const stranger = agent("stranger", { listen: [{ transport: "TCP", host: "127.0.0.1", port: bob.listeners[0]!.address.port }] });
  await stranger.start();
  const alice = agent("alice", { listen: [{ transport: "UDP", host: "127.0.0.1" }] });
  bob.addEventListener("invite", ({ call }) => void call.accept({ answer: ANSWER }));
  const call = await alice.invite(target.replace(";transport=udp", ""), { offer: OFFER });
  // The call is over UDP; over TCP at the same port somebody listens who does not know it: 481 shows where the request went.
  await expect(call.message("x".repeat(5000))).rejects.toMatchObject({ statusCode: 481 });
});

for (const transport of ["UDP", "TCP", "WS"] as const) {
  test(`RFC 3261 §10: registered over ${transport} and called through the binding, then unregistered`, async () => {
    const transports = new SipTransports();
    const stack = new SipStack({ transports });
    open.push(stack);
    const { port } = await transports.listen({ transport, host: "127.0.0.1" });
    const registrar = new Registrar({ domains: ["127.0.0.1"], random: hostRandom });
    stack.onEvent = (event) => {
      if (event.type !== "request") return;
      const { request, transaction } = event;
      if (request.method !== "REGISTER") return stack.respond(transaction, createResponse(request, 405, { toTag: "1" }));
      void registrar.register(stack.now(), request).then((response) => stack.respond(transaction, response));
    };
    const server = `sip:127.0.0.1:${port};transport=${transport.toLowerCase()}`;
    const bob = agent("bob", {
      listen: [
        { transport: "UDP", host: "127.0.0.1" },
        { transport: "TCP", host: "127.0.0.1" },
      ],
    });
    const registration = await bob.register({ registrar: server, expires: 600 });
    const [binding] = await registrar.lookup(stack.now(), "sip:bob@127.0.0.1");
    expect(registration.state?.contacts).toHaveLength(1);
    expect(binding?.contact).toMatch(transport === "WS" ? /\.invalid.*transport=ws/ : /^sip:bob@127\.0\.0\.1:\d+/);
    await registration.unregister();
    expect(await registrar.lookup(stack.now(), "sip:bob@127.0.0.1")).toEqual([]);
  });
}

test("RFC 5626 §4.3, RFC 5627 §3.2: with outbound the Contact of calls has `ob`, or is a GRUU, and requests take the registered flow", async () => {
  for (const gruu of [true, false]) {
    const transports = new SipTransports();
    const stack = new SipStack({ transports });
    open.push(stack);
    const { port } = await transports.listen({ transport: "TCP", host: "127.0.0.1" });
    const registrar = new Registrar({ domains: ["127.0.0.1"], random: hostRandom });
    const contacts: (string | undefined)[] = [];
    const flows = new Set<number>();
    stack.onEvent = async (event) => {
      if (event.type !== "request") return;
      const { request, transaction, flow } = event;
      flows.add(flow.id);
      if (request.method === "INVITE") contacts.push(request.headers.text("Contact"));
      if (!gruu) request.headers.set("Supported", "path, outbound");
      stack.respond(
        transaction,
        request.method === "REGISTER"
          ? await registrar.register(stack.now(), request, { flow: String(flow.id) })
          : createResponse(request, 404, { toTag: "1" }),
      );
    };
    const alice = agent("alice", {
      listen: [],
      proxy: `sip:127.0.0.1:${port};transport=tcp`,
      instanceId: "urn:uuid:00000000-0000-1000-8000-000a95a0e128",
    });
    const registration = await alice.register();
    await expect(alice.invite("sip:x@127.0.0.1", { offer: OFFER })).rejects.toMatchObject({ statusCode: 404 });
    expect(registration.state?.outbound).toBe(true);
    expect(contacts[0]).toMatch(gruu ? /^<sip:alice@127\.0\.0\.1;gr=urn:uuid:/ : /^<sip:alice@127\.0\.0\.1:\d+;transport=tcp;ob>$/);
    expect(flows.size).toBe(1);
    await alice.close();
  }
});
