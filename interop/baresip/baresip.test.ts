/** baresip phones registered with examples/sip-server, calling each other and a user agent of `@purertc/sip`, over UDP, TCP and TLS. */
import { type IncomingCall, SipUserAgent } from "@purertc/sip";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { SipServer } from "../../examples/sip-server/server.ts";
import { startSipServer } from "../sip-server.ts";
import { Baresip, baresipMissing } from "./baresip.ts";

const PASSWORDS = { alice: "wonderland", bob: "builder", carol: "christmas" };
const TRANSPORTS = ["udp", "tcp", "tls"] as const;

const sdp = (direction: string): string =>
  `v=0\r\no=us 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=${direction}\r\n`;

describe.skipIf(baresipMissing())("baresip", () => {
  let server: SipServer;
  let lines: string[];

  beforeAll(async () => {
    ({ server, lines } = await startSipServer(["UDP", "TCP", "TLS"], PASSWORDS));
  });

  afterAll(() => server?.close());

  const portOf = (transport: string): number => server.listening.find((each) => each.transport === transport.toUpperCase())!.port;

  async function phone(user: keyof typeof PASSWORDS, transport: (typeof TRANSPORTS)[number], password = PASSWORDS[user]): Promise<Baresip> {
    const baresip = await Baresip.start({ user, password, domain: "test.local", transport, port: portOf(transport) });
    onTestFinished(() => baresip.close());
    return baresip;
  }

  test.each([
    ["udp", "tcp"],
    ["tcp", "tls"],
    ["tls", "udp"],
  ] as const)("RFC 3261 §10, §13: phones over %s and %s register, call each other, hold and hang up", async (first, second) => {
    const [alice, bob] = await Promise.all([phone("alice", first), phone("bob", second)]);
    await Promise.all([alice.registered(), bob.registered()]);
    alice.command("dial", "sip:bob@test.local");
    await Promise.all([alice.event("CALL_ESTABLISHED"), bob.event("CALL_ESTABLISHED")]);
    bob.command("hangup");
    await alice.event("CALL_CLOSED");
  });

  test("RFC 3261 §22: a wrong password is refused", async () => {
    const mallory = await phone("alice", "udp", "wrong");
    await expect(mallory.registered()).rejects.toThrow("401");
  });

  test.each(TRANSPORTS)("RFC 3264 §8.4: a user agent calls a phone over %s, puts it on hold and takes it back", async (transport) => {
    const bob = await phone("bob", transport);
    await bob.registered();
    const carol = new SipUserAgent({
      uri: "sip:carol@test.local",
      credentials: { username: "carol", password: PASSWORDS.carol },
      proxy: `sip:127.0.0.1:${portOf("udp")}`,
      listen: [{ transport: "UDP", host: "127.0.0.1" }],
    });
    onTestFinished(async () => carol.close({ timeoutMs: 500 }));
    await carol.register();
    const call = await carol.invite("sip:bob@test.local", { offer: sdp("sendrecv") });
    await bob.event("CALL_ESTABLISHED");
    await call.hold();
    expect(call.remoteDescription).toMatch(/a=(recvonly|inactive)/);
    await call.resume();
    expect(call.remoteDescription).toContain("a=sendrecv");
    await call.hangUp();
    await bob.event("CALL_CLOSED");
  });

  test("RFC 3261 §13: a phone calls a user agent, which is busy the first time and answers the second", async () => {
    const alice = await phone("alice", "tcp");
    await alice.registered();
    const carol = new SipUserAgent({
      uri: "sip:carol@test.local",
      credentials: { username: "carol", password: PASSWORDS.carol },
      proxy: `sip:127.0.0.1:${portOf("tcp")};transport=tcp`,
      listen: [{ transport: "TCP", host: "127.0.0.1" }],
    });
    onTestFinished(async () => carol.close({ timeoutMs: 500 }));
    await carol.register();
    const calls: IncomingCall[] = [];
    carol.addEventListener("invite", ({ call }) => {
      calls.push(call);
      if (calls.length === 1) call.reject(486);
      else void call.accept({ answer: sdp("sendrecv") });
    });
    alice.command("dial", "sip:carol@test.local");
    expect((await alice.event("CALL_CLOSED")).param).toContain("486");
    alice.command("dial", "sip:carol@test.local");
    await alice.event("CALL_ESTABLISHED");
    alice.command("hangup");
    expect((await calls[1]!.ended).cause).toBe("remote-bye");
    expect(lines.join("\n")).not.toMatch(/wonderland|builder|christmas/);
  });
});
