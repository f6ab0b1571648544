import { createRequest, createResponse, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { AgentNetwork, ANSWER, OFFER } from "../../test/user-agent-pair.ts";
import type { ReferEvent } from "./refer-event.ts";
import { SipStack } from "./sip-stack.ts";
import type { SipUserAgent } from "./sip-user-agent.ts";

/** Bob, and somebody who asks him by REFER to call Carol, and takes his NOTIFYs. */
function referring(
  network: AgentNetwork,
  headers: Record<string, string> = {},
): {
  readonly bob: SipUserAgent;
  readonly carol: SipUserAgent;
  readonly notified: SipRequest[];
  readonly subscribe: (expires: number) => Promise<number>;
  send(): Promise<SipResponse>;
} {
  const [bob, carol] = [network.agent("bob"), network.agent("carol")];
  const stack = new SipStack({ transports: network.host("192.0.2.9"), clock: network.clock });
  const notified: SipRequest[] = [];
  stack.onEvent = (event) => {
    if (event.type !== "request") return;
    notified.push(event.request);
    stack.respond(event.transaction, createResponse(event.request, 200));
  };
  const dialog = { From: "<sip:boss@192.0.2.9>;tag=b", "Call-ID": "refer", Contact: "<sip:boss@192.0.2.9>" };
  const send = async (method: string, more: Record<string, unknown>): Promise<SipResponse> => {
    const request = createRequest({ method, uri: "sip:bob@192.0.2.1", headers: Object.entries({ ...dialog, ...more }) as never });
    const flow = await stack.transports.flowTo({ transport: "UDP", ip: "192.0.2.1", port: 5060 });
    return new Promise((resolve, reject) => {
      stack.request(request, flow, { response: resolve, failed: (_cause, reason) => reject(new Error(reason)) });
    });
  };
  let to = "<sip:bob@192.0.2.1>";
  return {
    bob,
    carol,
    notified,
    send: async () => {
      const response = await send("REFER", { To: to, CSeq: "1 REFER", "Refer-To": "<sip:carol@192.0.2.2>", ...headers });
      to += `;tag=${response.toTag}`;
      return response;
    },
    subscribe: async (expires) => (await send("SUBSCRIBE", { To: to, CSeq: "2 SUBSCRIBE", Event: "refer", Expires: expires })).statusCode,
  };
}

const told = (notified: readonly SipRequest[]): string[] =>
  notified.map((each) => `${each.headers.text("Subscription-State")?.replace(/=\d+/, "")} ${new TextDecoder().decode(each.body).trim()}`);

test("RFC 3515 §2.4.4: a REFER outside of calls is followed, and its sender told in a dialog of its own", async () => {
  const network = new AgentNetwork();
  const { bob, carol, notified, send } = referring(network);
  carol.addEventListener("invite", ({ call }) => {
    call.ring();
    void call.accept({ answer: ANSWER });
  });
  bob.addEventListener("refer", (event) => void event.follow({ offer: OFFER }));
  expect(await network.until(send())).toMatchObject({ statusCode: 202 });
  await network.clock.advance(500);
  expect(told(notified)).toEqual([
    "active;expires SIP/2.0 100 Trying",
    "active;expires SIP/2.0 180 Ringing",
    "terminated;reason=noresource SIP/2.0 200 OK",
  ]);
  expect(notified[0]?.headers.text("Event")).toBe("refer");
  expect([bob.calls.length, carol.calls.length]).toEqual([1, 1]);
});

test("RFC 3515 §2.4.2: a REFER outside of calls that nobody takes is declined; without Refer-To, or with two, 400", async () => {
  const network = new AgentNetwork();
  const { bob, notified, send } = referring(network);
  expect((await network.until(send())).statusCode).toBe(603);
  const other = new AgentNetwork();
  expect((await other.until(referring(other, { "Refer-To": "<sip:a@b>, <sip:c@d>" }).send())).statusCode).toBe(400);
  const third = new AgentNetwork();
  const peer = referring(third);
  peer.bob.addEventListener("refer", (event) => event.reject(486));
  expect((await third.until(peer.send())).statusCode).toBe(486);
  await network.clock.advance(200_000);
  expect([notified, bob.calls]).toEqual([[], []]);
});

test("RFC 3515 §2.4.4: its subscription ends by SUBSCRIBE with Expires 0, and by itself", async () => {
  const network = new AgentNetwork();
  const { bob, notified, send, subscribe } = referring(network);
  let event: ReferEvent | undefined;
  bob.addEventListener("refer", (each) => {
    event = each;
    each.accept();
  });
  await network.until(send());
  expect(await network.until(subscribe(0))).toBe(200);
  await network.clock.advance(100);
  expect(told(notified).at(-1)).toBe("terminated;reason=timeout SIP/2.0 100 Trying");
  event?.notify(200);
  await network.clock.advance(100);
  expect(notified).toHaveLength(2);
  const other = new AgentNetwork();
  const peer = referring(other);
  peer.bob.addEventListener("refer", (each) => each.accept());
  await other.until(peer.send());
  await other.clock.advance(181_000);
  expect(told(peer.notified).at(-1)).toBe("terminated;reason=timeout SIP/2.0 100 Trying");
});

test("RFC 4488 §4: a REFER outside of calls that wants no subscription gets 200, and nothing after", async () => {
  const network = new AgentNetwork();
  const { bob, notified, send } = referring(network, { "Refer-Sub": "false" });
  bob.addEventListener("refer", (event) => {
    event.accept();
    event.notify(200);
  });
  const response = await network.until(send());
  expect([response.statusCode, response.headers.text("Refer-Sub")]).toEqual([200, "false"]);
  await network.clock.advance(500);
  expect(notified).toEqual([]);
});

test("RFC 3515 §2.4.4: one user agent asks another to call a third, and hears how it goes", async () => {
  const network = new AgentNetwork();
  const [alice, bob, carol] = [network.agent("alice"), network.agent("bob"), network.agent("carol")];
  carol.addEventListener("invite", ({ call }) => {
    call.ring();
    carol.stack.clock.schedule(1000, () => void call.accept({ answer: ANSWER }));
  });
  bob.addEventListener("refer", (event) => void event.follow({ offer: OFFER }), { once: true });
  const transfer = await network.until(
    alice.refer("sip:bob@192.0.2.2", "sip:carol@192.0.2.3", { headers: { "Referred-By": "<sip:a@b>" } }),
  );
  expect(await network.until(transfer.completed)).toMatchObject({ statusCode: 200 });
  const statuses: number[] = [];
  for await (const { statusCode } of transfer) statuses.push(statusCode);
  expect(statuses).toEqual([202, 100, 180, 200]);
  const declined = await network.until(alice.refer("sip:bob@192.0.2.2", "sip:carol@192.0.2.3"));
  await expect(network.until(declined.completed)).rejects.toMatchObject({ code: "REJECTED", statusCode: 603 });
  bob.addEventListener("refer", (event) => event.accept());
  const open = await network.until(alice.refer("sip:bob@192.0.2.2", "sip:carol@192.0.2.3"));
  await network.clock.advance(1000);
  await network.until(alice.close());
  await expect(open.completed).rejects.toMatchObject({ code: "ENDED" });
});
