import { createResponse, type SipRequest } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { AgentNetwork, ANSWER, OFFER } from "../../test/user-agent-pair.ts";
import type { IncomingCall } from "./incoming-call.ts";
import type { SipCall } from "./sip-call.ts";
import { SipError } from "./sip-error.ts";
import { SipStack } from "./sip-stack.ts";
import type { SipUserAgent } from "./sip-user-agent.ts";

interface Talk {
  readonly network: AgentNetwork;
  readonly alice: SipUserAgent;
  readonly bob: SipUserAgent;
  /** Alice's side and Bob's. */
  readonly call: SipCall;
  readonly incoming: IncomingCall;
}

/** Alice calls Bob, who answers. */
async function talk(): Promise<Talk> {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob")];
  let incoming: IncomingCall | undefined;
  bob.addEventListener("invite", ({ call }) => {
    incoming = call;
    void call.accept({ answer: ANSWER });
  });
  const call = await network.until(alice.invite("sip:bob@192.0.2.2", { offer: OFFER }));
  await network.clock.advance(50);
  return { network, alice, bob, call, incoming: incoming! };
}

test("RFC 3261 §13: a call is placed, answered, and ended by BYE", async () => {
  const { network, alice, bob, call, incoming } = await talk();
  expect([call.state, incoming.state]).toEqual(["confirmed", "confirmed"]);
  expect([call.localDescription, call.remoteDescription]).toEqual([OFFER, ANSWER]);
  expect([incoming.localDescription, incoming.remoteDescription]).toEqual([ANSWER, OFFER]);
  const end = incoming.ended;
  expect(await network.until(call.hangUp())).toMatchObject({ cause: "local-bye" });
  expect(await network.until(end)).toMatchObject({ cause: "remote-bye" });
  await network.clock.advance(100);
  expect(network.log).toEqual(["192.0.2.1 INVITE", "192.0.2.2 200", "192.0.2.1 ACK", "192.0.2.1 BYE", "192.0.2.2 200"]);
  expect([alice.calls, bob.calls]).toEqual([[], []]);
});

test("RFC 3261 §13.3.1: ringing is progress; a refusal rejects with the status", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob")];
  bob.addEventListener("invite", ({ call }) => {
    call.ring();
    bob.stack.clock.schedule(1000, () => call.reject(603, { reasonPhrase: "Not now" }));
  });
  const heard: number[] = [];
  const invited = alice.invite("sip:bob@192.0.2.2", { offer: OFFER, onProgress: (response) => heard.push(response.statusCode) });
  const error = await network.until(invited.catch((reason: unknown) => reason));
  expect(error).toBeInstanceOf(SipError);
  expect(error).toMatchObject({ code: "REJECTED", statusCode: 603, reasonPhrase: "Not now" });
  expect(heard).toContain(180);
});

test("RFC 3261 §9: the signal cancels the call; the callee learns it", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob")];
  const ends: string[] = [];
  bob.addEventListener("invite", ({ call }) => {
    call.ring();
    call.addEventListener("ended", ({ cause }) => ends.push(cause));
  });
  const controller = new AbortController();
  const invited = alice.invite("sip:bob@192.0.2.2", { offer: OFFER, signal: controller.signal });
  invited.catch(() => {});
  await network.clock.advance(500);
  controller.abort(new Error("changed my mind"));
  await expect(network.until(invited)).rejects.toThrow("changed my mind");
  await network.clock.advance(500);
  expect(ends).toEqual(["cancelled"]);
  expect(network.log.filter((line) => /CANCEL|487/.test(line))).toEqual(["192.0.2.1 CANCEL", "192.0.2.2 487"]);
});

test("RFC 3261 §8.2.1: nobody listens for calls: 480; too many: 503", async () => {
  const network = new AgentNetwork();
  const [alice] = [network.agent("alice"), network.agent("bob"), network.agent("carol", { maxCalls: 0 })];
  const status = (target: string): Promise<unknown> =>
    network.until(alice!.invite(target, { offer: OFFER }).catch((error: unknown) => error));
  expect(await status("sip:bob@192.0.2.2")).toMatchObject({ statusCode: 480 });
  expect(await status("sip:carol@192.0.2.3")).toMatchObject({ statusCode: 503 });
});

test("RFC 3261 §21.4.18: a call that nobody answers is refused in time", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob", { ringTimeoutMs: 5000 })];
  bob.addEventListener("invite", ({ call }) => call.ring());
  const error = await network.until(alice.invite("sip:bob@192.0.2.2", { offer: OFFER }).catch((reason: unknown) => reason));
  expect(error).toMatchObject({ statusCode: 480 });
  expect(network.clock.now()).toBeGreaterThanOrEqual(5000);
});

test("RFC 3261 §13.2.1: without an offer, the callee's comes in the 2xx and is answered in the ACK", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob")];
  let incoming: IncomingCall | undefined;
  bob.addEventListener("invite", ({ call }) => {
    incoming = call;
    expect(call.offer).toBeUndefined();
    void call.accept({ answer: OFFER });
  });
  const call = await network.until(alice.invite("sip:bob@192.0.2.2", { answer: () => ANSWER }));
  await network.clock.advance(100);
  expect(call.localDescription).toBe(ANSWER);
  expect(incoming?.remoteDescription).toBe(ANSWER);
});

test("RFC 3262: early media goes reliably, with its PRACK, and the answer is not repeated in the 2xx", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob")];
  const incoming: IncomingCall[] = [];
  bob.addEventListener("invite", ({ call }) => {
    incoming.push(call);
    call.ring({ statusCode: 183, description: ANSWER });
  });
  const call = await network.until(alice.call("sip:bob@192.0.2.2", { offer: OFFER }));
  const reliable: boolean[] = [];
  call.addEventListener("progress", (event) => reliable.push(event.reliable));
  await network.clock.advance(100);
  expect(reliable).toEqual([true]);
  expect(call.remoteDescription).toBe(ANSWER);
  // RFC 3311: changed before it is answered.
  expect(await network.until(call.update(`${OFFER}a=x-early\r\n`))).toContain("o=bob 1 ");
  expect(incoming[0]?.remoteDescription).toContain("x-early");
  expect(await network.until(incoming[0]!.accept())).toBe(true);
  expect(call.state).toBe("confirmed");
  expect(network.log.filter((line) => line.includes("PRACK"))).toHaveLength(1);
});

test("RFC 3261 §14.1: both change the session at once: 491, and both changes are made in the end", async () => {
  const { network, call, incoming } = await talk();
  await network.until(Promise.all([call.reinvite(`${OFFER}a=x-a\r\n`), incoming.reinvite(ANSWER.replace("o=bob 1 1", "o=bob 1 9"))]));
  expect(network.log.filter((line) => line.endsWith(" 491")).length).toBeGreaterThan(0);
  expect(incoming.remoteDescription).toContain("x-a");
  expect(call.remoteDescription).toMatch(/o=bob 1 (9|10) /);
  expect([call.state, incoming.state]).toEqual(["confirmed", "confirmed"]);
});

test("RFC 4028: a session timer keeps a call alive, and ends one whose peer is gone", async () => {
  const network = new AgentNetwork();
  const calls = { sessionTimer: { expires: 90 } };
  const [alice, bob] = [network.agent("alice", { calls }), network.agent("bob", { calls })];
  bob.addEventListener("invite", ({ call }) => void call.accept({ answer: ANSWER }));
  const call = await network.until(alice.invite("sip:bob@192.0.2.2", { offer: OFFER }));
  await network.clock.advance(600_000);
  expect(call.state).toBe("confirmed");
  network.filter = () => false;
  await network.clock.advance(200_000);
  expect(call.state).toBe("ended");
  expect(bob.calls).toEqual([]);
});

test("RFC 3261 §13.2.2.4: of two phones that answer a forked call, one is kept, the other gets ACK and BYE", async () => {
  const network = new AgentNetwork();
  const alice = network.agent("alice", { proxy: "sip:192.0.2.100" });
  const invites: SipRequest[] = [];
  const proxy = new SipStack({ transports: network.host("192.0.2.100"), clock: network.clock });
  const log: string[] = [];
  proxy.intercept = (message, flow) => {
    if (message.kind !== "request") return false;
    log.push(`${message.method} ${message.toTag ?? ""}`.trim());
    if (message.method === "INVITE") {
      invites.push(message);
      for (const toTag of ["one", "two"]) {
        const headers = { Contact: "<sip:phone@192.0.2.100>", "Content-Type": "application/sdp" };
        proxy.send(createResponse(message, 200, { toTag, headers, body: ANSWER }), flow);
      }
    } else if (message.method !== "ACK") proxy.send(createResponse(message, 200), flow);
    return true;
  };
  const call = await network.until(alice.invite("sip:bob@example.com", { offer: OFFER }));
  await network.clock.advance(1000);
  expect(call.dialog?.remoteTag).toBe("one");
  expect(log.sort()).toEqual(["ACK one", "ACK two", "BYE two", "INVITE"]);
  expect(call.state).toBe("confirmed");
});

test("RFC 3264 §8.4: hold and resume; the peer answers by itself with directions turned round", async () => {
  const { network, call, incoming } = await talk();
  await network.until(call.hold());
  expect(call.localDescription).toContain("a=sendonly");
  expect(call.remoteDescription).toContain("a=recvonly");
  expect(incoming.remoteDescription).toContain("o=alice 1 2 ");
  await network.until(call.resume());
  expect(call.localDescription).not.toContain("a=sendonly");
  expect(call.remoteDescription).toContain("a=sendrecv");
  expect(incoming.remoteDescription).toContain("o=alice 1 3 ");
});

test("RFC 3261 §14: a listener answers a re-INVITE's offer, or refuses it and all stays as it was", async () => {
  const { network, call, incoming } = await talk();
  incoming.addEventListener("offer", (event) => event.respondWith(Promise.resolve(`${ANSWER}a=x-new\r\n`)), { once: true });
  expect(await network.until(call.reinvite(`${OFFER}a=x-new\r\n`))).toContain("a=x-new");
  incoming.addEventListener("offer", (event) => event.refuse(), { once: true });
  const refused = network.until(call.reinvite(`${OFFER}a=x-bad\r\n`).catch((reason: unknown) => reason));
  expect(await refused).toMatchObject({ statusCode: 488 });
  expect(call.localDescription).toContain("a=x-new");
  expect(call.state).toBe("confirmed");
});

test("RFC 3264 §4: changes begun together are made one after the other", async () => {
  const { network, call, incoming } = await talk();
  const offers: (string | undefined)[] = [];
  incoming.addEventListener("offer", ({ offer }) => offers.push(/x-\w/.exec(offer ?? "")?.[0]));
  await network.until(
    Promise.all([call.modify(`${OFFER}a=x-1\r\n`), call.reinvite(`${OFFER}a=x-2\r\n`), call.update(`${OFFER}a=x-3\r\n`)]),
  );
  expect(offers).toEqual(["x-1", "x-2", "x-3"]);
});

test("RFC 6086: INFO and telephone keys", async () => {
  const { network, call, incoming } = await talk();
  const keys: string[] = [];
  incoming.addEventListener("dtmf", ({ tone, durationMs }) => keys.push(`${tone}/${durationMs}`));
  await network.until(call.sendDtmf("1#d", { durationMs: 100 }));
  expect(keys).toEqual(["1/100", "#/100", "D/100"]);
  await expect(call.sendDtmf("1x")).rejects.toThrow(RangeError);
});

test("RFC 3428: MESSAGE within the call; another method is the listener's, or 405", async () => {
  const { network, call, incoming } = await talk();
  const texts: string[] = [];
  incoming.addEventListener("request", ({ request }) => texts.push(new TextDecoder().decode(request.body)));
  expect((await network.until(call.message("hello"))).statusCode).toBe(200);
  expect(texts).toEqual(["hello"]);
  expect((await network.until(call.request("OPTIONS"))).statusCode).toBe(200);
});

test("RFC 3515: a transfer is followed, and its progress told", async () => {
  const { network, call, incoming } = await talk();
  const carol = network.agent("carol");
  carol.addEventListener("invite", (event) => {
    event.call.ring();
    void event.call.accept({ answer: ANSWER });
  });
  const followed: Promise<SipCall>[] = [];
  incoming.addEventListener("refer", (event) => followed.push(event.follow({ offer: OFFER })));
  const transfer = call.transfer("sip:carol@192.0.2.3");
  expect(await network.until(transfer.completed)).toMatchObject({ statusCode: 200 });
  expect((await followed[0])?.state).toBe("confirmed");
  expect(carol.calls).toHaveLength(1);
  const statuses: number[] = [];
  for await (const { statusCode } of transfer) statuses.push(statusCode);
  expect(statuses.at(-1)).toBe(200);
  expect(statuses).toContain(100);
});

test("RFC 3261 §19.1.5: of the headers in Refer-To, only harmless ones become fields of the INVITE", async () => {
  const { network, call, incoming } = await talk();
  const carol = network.agent("carol");
  let headers: readonly string[] = [];
  carol.addEventListener("invite", (event) => {
    headers = event.call.invite.headers.fields.map(({ name, text }) => `${name}: ${text}`);
    event.call.reject();
  });
  incoming.addEventListener("refer", (event) => void event.follow({ offer: OFFER }).catch(() => {}));
  const uri = "sip:carol@192.0.2.3?Subject=hello&From=%3Csip:boss%40example.com%3E&Route=%3Csip:192.0.2.9%3Blr%3E&X-Trust=yes";
  await expect(network.until(call.transfer(uri).completed)).rejects.toMatchObject({ statusCode: 486 });
  expect(headers).toContain("Subject: hello");
  expect(headers.join()).not.toMatch(/boss|X-Trust|192\.0\.2\.9/);
});

test("RFC 3515: a REFER that nobody wants is declined", async () => {
  const { network, call } = await talk();
  await expect(network.until(call.transfer("sip:carol@192.0.2.3").completed)).rejects.toMatchObject({ statusCode: 603 });
});

test("RFC 3891: an attended transfer takes the other call's place", async () => {
  const { network, alice, call, incoming } = await talk();
  const carol = network.agent("carol");
  const carols: IncomingCall[] = [];
  carol.addEventListener("invite", (event) => {
    carols.push(event.call);
    void event.call.accept({ answer: ANSWER });
  });
  const consultation = await network.until(alice.invite("sip:carol@192.0.2.3", { offer: OFFER }));
  const followed: Promise<SipCall>[] = [];
  incoming.addEventListener("refer", (event) => {
    expect(event.attended).toBe(true);
    followed.push(event.follow({ offer: OFFER }));
  });
  await network.until(call.transfer(consultation).completed);
  await network.clock.advance(500);
  expect(carols).toHaveLength(2);
  expect(carols[1]?.replaces).toBe(carols[0]);
  expect(carols[0]?.state).toBe("ended");
  expect(consultation.state).toBe("ended");
  expect((await followed[0])?.state).toBe("confirmed");
});

test("RFC 6141 §3.8: a signal cancels a re-INVITE, before it is sent or after", async () => {
  const { network, call, incoming } = await talk();
  incoming.addEventListener("offer", (event) => event.respondWith(new Promise<string>(() => {})));
  const signals = [new AbortController(), new AbortController(), new AbortController()] as const;
  const changes = signals.map(({ signal }) => call.reinvite(OFFER, { signal }).catch((reason: unknown) => reason));
  await network.clock.advance(100);
  for (const [i, signal] of signals.toReversed().entries()) signal.abort(new Error(`change ${i}`));
  expect(await network.until(Promise.all(changes))).toEqual([new Error("change 2"), new Error("change 1"), new Error("change 0")]);
  expect(network.log.filter((line) => /192.0.2.1 INVITE|CANCEL|487/.test(line)).slice(1)).toEqual([
    "192.0.2.1 INVITE",
    "192.0.2.1 CANCEL",
    "192.0.2.2 487",
  ]);
  expect([call.state, call.localDescription]).toEqual(["confirmed", OFFER]);
  const never = call.modify(OFFER, { signal: AbortSignal.abort(new Error("before")) });
  await expect(never).rejects.toThrow("before");
});

test("RFC 5057 §4.2: a transferor that hangs up still learns how the transfer goes", async () => {
  const { network, call, incoming } = await talk();
  const carol = network.agent("carol");
  carol.addEventListener("invite", ({ call: third }) => carol.stack.clock.schedule(3000, () => void third.accept({ answer: ANSWER })));
  incoming.addEventListener("refer", (event) => void event.follow({ offer: OFFER }));
  const transfer = call.transfer("sip:carol@192.0.2.3");
  await network.clock.advance(100);
  await network.until(call.hangUp());
  expect(await network.until(transfer.completed)).toMatchObject({ statusCode: 200 });
});

test("transfers that wait when the user agent closes are told", async () => {
  const { network, alice, call, incoming } = await talk();
  incoming.addEventListener("refer", (event) => event.accept());
  const completed = call.transfer("sip:carol@192.0.2.3").completed.catch((reason: unknown) => reason);
  await network.clock.advance(100);
  await network.until(call.hangUp());
  await network.until(alice.close());
  expect(await network.until(completed)).toMatchObject({ code: "ENDED" });
});

test("RFC 3261 §14.1: a change that meets the peer's waits until that is over", async () => {
  const { network, call, incoming } = await talk();
  const answers: ((answer: string) => void)[] = [];
  call.addEventListener("offer", (event) => event.respondWith(new Promise((resolve) => answers.push(resolve))), { once: true });
  const theirs = incoming.reinvite(OFFER);
  await network.clock.advance(100);
  const ours = [call.reinvite(OFFER), call.hold()];
  await network.clock.advance(100);
  expect(network.log.filter((line) => line === "192.0.2.1 INVITE")).toHaveLength(1);
  answers[0]?.(ANSWER);
  expect(await network.until(theirs)).toBe(ANSWER);
  await network.until(Promise.all(ours));
  expect(call.holding).toBe(true);
});

test("RFC 3261 §14.1: so does one that is begun before the ACK has come; and one that still waits when the call ends is told", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob")];
  const changes: Promise<string | undefined>[] = [];
  bob.addEventListener("invite", ({ call }) => {
    expect(() => call.session.reinvite(0)).toThrow("confirmed");
    void call.accept({ answer: ANSWER });
    changes.push(call.reinvite(ANSWER));
  });
  const call = await network.until(alice.invite("sip:bob@192.0.2.2", { offer: OFFER }));
  expect(await network.until(changes[0]!)).toContain("m=audio 4000");
  call.addEventListener("offer", (event) => event.respondWith(new Promise<string>(() => {})));
  const [theirs] = [bob.calls[0]!.reinvite(ANSWER).catch((error: unknown) => error)];
  await network.clock.advance(100);
  const ours = call.modify(OFFER).catch((error: unknown) => error);
  await network.until(call.hangUp());
  expect(await network.until(ours)).toMatchObject({ code: "ENDED" });
  expect(await network.until(theirs!)).toMatchObject({ statusCode: 487 });
});

test("RFC 4028 §10: a refresh that succeeds while a change waits for its answer is not taken for that answer", async () => {
  const network = new AgentNetwork();
  const calls = { sessionTimer: { expires: 90, refresher: "local" } } as const;
  const [alice, bob] = [network.agent("alice", { calls }), network.agent("bob")];
  bob.addEventListener("invite", ({ call }) => {
    void call.accept({ answer: ANSWER });
    call.addEventListener("offer", (event) => {
      event.respondWith(new Promise((resolve) => bob.stack.clock.schedule(10_000, () => resolve(`${ANSWER}a=x-new\r\n`))));
    });
  });
  const call = await network.until(alice.invite("sip:bob@192.0.2.2", { offer: OFFER }));
  await network.clock.advance(40_000);
  expect(await network.until(call.reinvite(`${OFFER}a=x-new\r\n`))).toContain("x-new");
  expect(network.log).toContain("192.0.2.1 UPDATE");
});

test("RFC 6337 §2.2: an offer of ours for an unreliable response is left out: whether the INVITE had one is the caller's choice", async () => {
  const network = new AgentNetwork();
  const alice = network.agent("alice", { calls: { reliableProvisional: "off" } });
  const bob = network.agent("bob");
  const bodies: number[] = [];
  bob.addEventListener("invite", ({ call }) => {
    call.ring({ statusCode: 183, description: ANSWER, reliable: true });
    void call.accept({ answer: ANSWER });
  });
  const onProgress = ({ body }: { readonly body: Uint8Array }): unknown => bodies.push(body.length);
  const call = await network.until(alice.invite("sip:bob@192.0.2.2", { answer: () => OFFER, onProgress }));
  expect([bodies, call.remoteDescription]).toEqual([[0], ANSWER]);
});

test("RFC 3262 §5: who requires reliable responses and makes no offer hears of ringing only when we have one", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice", { calls: { reliableProvisional: "required" } }), network.agent("bob")];
  const progress: number[] = [];
  bob.addEventListener("invite", ({ call }) => {
    call.ring();
    call.ring({ statusCode: 183, description: ANSWER });
  });
  const onProgress = ({ statusCode }: { readonly statusCode: number }): unknown => progress.push(statusCode);
  const calling = alice.call("sip:bob@192.0.2.2", { answer: () => OFFER, onProgress });
  const call = await network.until(calling);
  await network.clock.advance(1000);
  expect([progress, call.remoteDescription]).toEqual([[183], ANSWER]);
  await network.until(call.hangUp());
});

test("requests of a call that has ended reject, and so does a transfer", async () => {
  const { network, call } = await talk();
  await network.until(call.hangUp());
  for (const late of [call.request("OPTIONS"), call.message("x"), call.info("x", "text/plain"), call.reinvite(OFFER), call.hold()]) {
    await expect(late).rejects.toMatchObject({ name: "SipError", code: "ENDED" });
  }
  const transfer = call.transfer("sip:carol@192.0.2.3");
  await expect(transfer.completed).rejects.toMatchObject({ code: "ENDED" });
  for await (const _ of transfer) throw new Error("nothing is told");
});

test("RFC 6337 §2.3: an offer in a 2xx that nobody answers gets its ACK, and the call ends", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob")];
  bob.addEventListener("invite", ({ call }) => void call.accept({ answer: ANSWER }));
  const call = await network.until(alice.invite("sip:bob@192.0.2.2"));
  expect(await network.until(call.ended)).toMatchObject({ cause: "local-bye" });
  await network.clock.advance(100);
  expect(network.log.slice(2, 4)).toEqual(["192.0.2.1 ACK", "192.0.2.1 BYE"]);
  const unable = await network.until(alice.invite("sip:bob@192.0.2.2", { answer: () => Promise.reject(new Error("no media")) }));
  expect(await network.until(unable.ended)).toMatchObject({ cause: "local-bye" });
});

test("RFC 3261 §8.2.3: UPDATE with what is no description: 415", async () => {
  const { network, call } = await talk();
  await expect(network.until(call.update(undefined, { headers: { "Content-Type": "text/html" }, body: "x" }))).rejects.toMatchObject({
    statusCode: 415,
  });
});
