/**
 * Right messages with some octets changed, over real sockets, to a user agent that takes calls and answers back, and from there to a peer that answers
 * anything. What it once found: a Via whose sent-by names port 0, which Node's socket throws for, ended the process.
 */
import { seededRandom } from "@purertc/simulator";
import { expect, onTestFinished, test } from "vitest";
import { SipUserAgent } from "../../src/user-agent/sip-user-agent.ts";
import { RawStream, RawUdp } from "./raw-peers.ts";

const SDP = "v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
const METHODS = [
  "INVITE",
  "OPTIONS",
  "SUBSCRIBE",
  "REFER",
  "MESSAGE",
  "CANCEL",
  "ACK",
  "BYE",
  "PRACK",
  "UPDATE",
  "INFO",
  "NOTIFY",
  "REGISTER",
];
const EXTRA = [
  "",
  "Require: 100rel\r\n",
  "Supported: 100rel, timer\r\nSession-Expires: 90\r\n",
  "Refer-To: <sip:x@127.0.0.1:9>\r\n",
  "Event: presence\r\nExpires: 5\r\n",
  "Replaces: x;to-tag=a;from-tag=b\r\n",
];
const ODD = [
  "\r\n",
  ":0",
  ";maddr=224.0.0.1",
  ";rport=0",
  ";tag=x",
  '"',
  "<",
  "%",
  "@",
  ",",
  "\u00ff",
  "\0",
  "99999999999",
  "Route: <sip:127.0.0.1:0;lr>\r\n",
];

test.each([1, 2, 3])("a storm of damaged messages, seed %i, harms nobody", { timeout: 60_000 }, async (seed) => {
  const random = seededRandom(seed);
  const agent = new SipUserAgent({
    uri: "sip:alice@127.0.0.1",
    events: ["presence"],
    timers: { t1: 20 },
    listen: [
      { transport: "UDP", host: "127.0.0.1" },
      { transport: "TCP", host: "127.0.0.1" },
    ],
  });
  onTestFinished(() => agent.close({ timeoutMs: 100 }));
  const internal: unknown[] = [];
  agent.addEventListener("internalerror", (event) => internal.push(event));
  agent.addEventListener("invite", ({ call }) => {
    call.ring(random.chance(0.5) ? {} : { statusCode: 183, description: SDP, reliable: true });
    if (random.chance(0.7)) void call.accept({ answer: SDP });
    call.addEventListener("confirmed", () => void call.hold().catch(() => {}));
    call.addEventListener("refer", (event) => void event.follow({ offer: SDP, timeoutMs: 500 }).catch(() => {}));
  });
  agent.addEventListener("subscribe", ({ subscription }) => subscription.accept({ contentType: "text/plain", body: "x" }));
  await agent.start();
  const [udp, tcp] = agent.listeners.map(({ address }) => address.port) as [number, number];
  const peer = await RawUdp.bind();
  let stream = await RawStream.connect(tcp);

  let number = 0;
  const message = (transport: string): string => {
    number += 1;
    const method = random.pick(METHODS);
    const body = random.chance(0.5) ? SDP : "";
    return (
      `${method} sip:alice@127.0.0.1:${udp} SIP/2.0\r\nVia: SIP/2.0/${transport} 127.0.0.1:${peer.port};branch=z9hG4bK${seed}-${number}\r\n` +
      `From: <sip:x@127.0.0.1>;tag=f\r\nTo: <sip:alice@127.0.0.1>\r\nCall-ID: c${number >> 2}\r\nCSeq: ${1 + (number & 3)} ${method}\r\n` +
      `Contact: <sip:x@127.0.0.1:${peer.port}>\r\n${random.pick(EXTRA)}${body === "" ? "" : "Content-Type: application/sdp\r\n"}` +
      `Content-Length: ${body.length}\r\n\r\n${body}`
    );
  };
  const damaged = (text: string): Buffer => {
    let out = text;
    for (let left = random.integer(0, 4); left > 0; left--) {
      const at = random.integer(0, out.length);
      const cut = random.chance(0.5) ? random.integer(0, 12) : 0;
      out = out.slice(0, at) + random.pick([...ODD, String.fromCharCode(random.integer(0, 255))]) + out.slice(at + cut);
    }
    return Buffer.from(out, "latin1");
  };
  const answer = (text: string): string => {
    const kept = text.split("\r\n").filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/i.test(line));
    const status = random.pick([180, 183, 200, 200, 302, 401, 422, 481, 486, 491, 503, 603]);
    const body = random.chance(0.5) ? SDP : "";
    const type = body === "" ? "" : "Content-Type: application/sdp\r\n";
    return `SIP/2.0 ${status} x\r\n${kept.join("\r\n")}\r\n${random.pick(EXTRA)}${type}Content-Length: ${body.length}\r\n\r\n${body}`;
  };
  for (let turn = 0, seen = 0; turn < 300; turn++) {
    for (let i = 0; i < 20; i++) peer.send(damaged(message("UDP")), udp);
    if (stream.closed) stream = await RawStream.connect(tcp);
    stream.send(damaged(message("TCP")));
    for (; seen < peer.received.length; seen++)
      if (!peer.received[seen]!.startsWith("SIP/2.0 ")) peer.send(damaged(answer(peer.received[seen]!)), udp);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const other = new SipUserAgent({ uri: "sip:bob@127.0.0.1", listen: [{ transport: "UDP", host: "127.0.0.1" }] });
  onTestFinished(() => other.close({ timeoutMs: 100 }));
  expect((await other.options(`sip:alice@127.0.0.1:${udp}`)).statusCode).toBe(200);
  expect(internal).toEqual([]);
});
