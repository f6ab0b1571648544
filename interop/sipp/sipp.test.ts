/** A user agent of `@purertc/sip` and sipp, each as caller and as callee. What sipp sees is judged by sipp, by the scenarios in this folder. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { type IncomingCall, SipUserAgent, type SipUserAgentOptions } from "@purertc/sip";
import { describe, expect, onTestFinished, test } from "vitest";
import { runSipp, type SippOptions, type SippResult, sippMissing, startSipp } from "./sipp.ts";

const WELL: SippResult = { exitCode: 0, errors: "" };

const sdp = (direction = "sendrecv", version = 1): string =>
  `v=0\r\no=us 1 ${version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=${direction}\r\n`;

/** A user agent on UDP and TCP of loopback, closed when the test is over. */
async function startAgent(
  options: Partial<SipUserAgentOptions> = {},
): Promise<{ agent: SipUserAgent; port: (transport: "UDP" | "TCP") => number }> {
  const agent = new SipUserAgent({
    uri: "sip:us@127.0.0.1",
    listen: [
      { transport: "UDP", host: "127.0.0.1" },
      { transport: "TCP", host: "127.0.0.1" },
    ],
    ...options,
  });
  await agent.start();
  onTestFinished(async () => agent.close({ timeoutMs: 100 }));
  return { agent, port: (transport) => agent.listeners.find((each) => each.transport === transport)!.address.port };
}

/** Lets sipp call an agent that answers as `take` says. */
async function calledBySipp(
  scenario: string,
  take: (call: IncomingCall) => void,
  options: { agent?: Partial<SipUserAgentOptions>; sipp?: Partial<SippOptions> } = {},
): Promise<SippResult> {
  const { agent, port } = await startAgent(options.agent);
  agent.addEventListener("invite", ({ call }) => take(call));
  const transport = options.sipp?.transport === "t1" ? "TCP" : "UDP";
  return runSipp({ scenario, remote: `127.0.0.1:${port(transport)}`, service: "us", ...options.sipp });
}

/** Starts sipp as callee on a free port. */
async function callee(
  scenario: string,
  options: Partial<SippOptions> = {},
): Promise<{ target: string; port: number; finished: Promise<SippResult> }> {
  const port = await freePort();
  const sipp = await startSipp({ scenario, port, ...options });
  onTestFinished(() => sipp.kill());
  const isTcp = options.transport === "t1";
  await (isTcp ? accepting(port) : listening(port));
  return { target: `sip:them@127.0.0.1:${port}${isTcp ? ";transport=tcp" : ""}`, port, finished: sipp.finished };
}

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

/** Until somebody has bound the UDP port. */
async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const socket = createSocket("udp4");
    const free = await new Promise<boolean>((resolve) =>
      socket.once("error", () => resolve(false)).bind({ port, address: "127.0.0.1", exclusive: true }, () => resolve(true)),
    );
    await new Promise<void>((resolve) => (free ? socket.close(() => resolve()) : resolve()));
    if (!free) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Until somebody has bound the TCP port; without connecting, which sipp would take for its call. */
async function accepting(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const server = createServer();
    const free = await new Promise<boolean>((resolve) =>
      server.once("error", () => resolve(false)).listen({ port, host: "127.0.0.1" }, () => resolve(true)),
    );
    await new Promise<void>((resolve) => (free ? server.close(() => resolve()) : resolve()));
    if (!free) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

const answer = (call: IncomingCall): void => {
  call.ring();
  void call.accept({ answer: sdp() });
};

describe.skipIf(sippMissing())("sipp", () => {
  test.each(["u1", "t1"] as const)("RFC 3261 §13: sipp calls, over %s, twenty times", async (transport) => {
    expect(await calledBySipp("uac-call", answer, { sipp: { transport, calls: 20 } })).toEqual(WELL);
  });

  test("RFC 3264 §8.4: sipp puts on hold and takes back, by re-INVITE", async () => {
    const held: (string | undefined)[] = [];
    const take = (call: IncomingCall): void => {
      answer(call);
      call.addEventListener("modified", () => held.push(/a=(sendonly|sendrecv)/.exec(call.remoteDescription ?? "")?.[1]));
    };
    expect(await calledBySipp("uac-hold", take)).toEqual(WELL);
    expect(held).toEqual(["sendonly", "sendrecv"]);
  });

  test("RFC 3311: sipp puts on hold by UPDATE", async () => {
    expect(await calledBySipp("uac-update", answer)).toEqual(WELL);
  });

  test("RFC 3262: sipp requires reliable ringing and acknowledges it", async () => {
    const take = (call: IncomingCall): void => {
      call.ring({ reliable: true });
      setTimeout(() => void call.accept({ answer: sdp() }), 200);
    };
    expect(await calledBySipp("uac-prack", take)).toEqual(WELL);
  });

  test("RFC 3261 §9: sipp cancels", async () => {
    const causes: string[] = [];
    const take = (call: IncomingCall): void => {
      call.ring();
      call.addEventListener("ended", ({ cause }) => causes.push(cause));
    };
    expect(await calledBySipp("uac-cancel", take)).toEqual(WELL);
    expect(causes).toEqual(["cancelled"]);
  });

  test("RFC 4028: sipp asks for sessions too short, then refreshes one", async () => {
    expect(await calledBySipp("uac-timer", answer)).toEqual(WELL);
  });

  test("RFC 3261 §8.2: OPTIONS, an unknown method, a dialog that is none, an extension that is none", async () => {
    expect(await calledBySipp("uac-options", answer)).toEqual(WELL);
  });

  test.each([
    ["u1", "uas-call"],
    ["t1", "uas-call"],
    ["u1", "uas-hangs-up"],
    ["t1", "uas-hangs-up"],
  ] as const)("RFC 3261 §13: sipp is called over %s (%s)", async (transport, scenario) => {
    const { agent } = await startAgent();
    const them = await callee(scenario, { transport });
    const call = await agent.invite(them.target, { offer: sdp() });
    expect(call.remoteDescription).toContain("a=sendrecv");
    if (scenario === "uas-call") await call.hangUp();
    else expect((await call.ended).cause).toBe("remote-bye");
    expect(await them.finished).toEqual(WELL);
  });

  test("RFC 3261 §21.4.24: sipp is busy", async () => {
    const { agent } = await startAgent();
    const them = await callee("uas-busy");
    await expect(agent.invite(them.target, { offer: sdp() })).rejects.toMatchObject({ statusCode: 486 });
    expect(await them.finished).toEqual(WELL);
  });

  test("RFC 3261 §9: sipp rings until it is cancelled", async () => {
    const { agent } = await startAgent();
    const them = await callee("uas-cancel");
    const abort = new AbortController();
    const calling = agent.invite(them.target, {
      offer: sdp(),
      signal: abort.signal,
      onProgress: ({ statusCode }) => statusCode === 180 && abort.abort(),
    });
    await expect(calling).rejects.toThrow();
    expect(await them.finished).toEqual(WELL);
  });

  test.each(["md5", "sha256"])("RFC 7616: sipp asks for digest (%s)", async (algorithm) => {
    const { agent } = await startAgent({ credentials: { username: "alice", password: "wonderland" } });
    const them = await callee(`uas-auth-${algorithm}`);
    const call = await agent.invite(them.target, { offer: sdp() });
    await call.hangUp();
    expect(await them.finished).toEqual(WELL);
  });

  test("RFC 3262: sipp rings reliably, with early media", async () => {
    const { agent } = await startAgent();
    const them = await callee("uas-100rel");
    const call = await agent.invite(them.target, { offer: sdp() });
    await call.hangUp();
    expect(await them.finished).toEqual(WELL);
  });

  test("RFC 3264 §8.4: sipp is put on hold and taken back", async () => {
    const { agent } = await startAgent();
    const them = await callee("uas-hold");
    const call = await agent.invite(them.target, { offer: sdp() });
    await call.hold();
    await call.resume();
    await call.hangUp();
    expect(await them.finished).toEqual(WELL);
  });

  test("RFC 4028: sipp wants longer sessions than it is offered", async () => {
    const { agent } = await startAgent({ calls: { sessionTimer: { expires: 90 } } });
    const them = await callee("uas-timer");
    const call = await agent.invite(them.target, { offer: sdp() });
    await call.hangUp();
    expect(await them.finished).toEqual(WELL);
  });

  test("RFC 3261 §8.1.3.4: sipp redirects to one who is not there and, less preferred, to one who is", async () => {
    const { agent } = await startAgent({ timers: { t1: 20 } });
    const other = await callee("uas-call");
    const them = await callee("uas-redirect", { keys: { dead_port: String(await freePort()), other_port: String(other.port) } });
    const call = await agent.invite(them.target, { offer: sdp() });
    await call.hangUp();
    expect([await them.finished, await other.finished]).toEqual([WELL, WELL]);
  });

  test("RFC 3263 §4.3: one sipp is out of service, the next one of the SRV records is called", async () => {
    const first = await callee("uas-unavailable");
    const second = await callee("uas-call");
    const dns = {
      naptr: async () => [],
      srv: async (name: string) =>
        name === "_sip._udp.them.example"
          ? [first, second].map(({ port }, priority) => ({ priority, weight: 0, port, target: "host.them.example" }))
          : [],
      a: async () => ["127.0.0.1"],
      aaaa: async () => [],
    };
    const { agent } = await startAgent({ dns });
    const call = await agent.invite("sip:them@them.example", { offer: sdp() });
    await call.hangUp();
    expect([await first.finished, await second.finished]).toEqual([WELL, WELL]);
  });
});
