import { createSocket } from "node:dgram";
import { parseSipMessage, type SipRequest } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { isBehindNat, isOutOfReach } from "./nat.ts";
import { SipUserAgent } from "./sip-user-agent.ts";

function request(via: string, contact = "<sip:p@192.168.1.9:5060>", more = ""): SipRequest {
  return parseSipMessage(
    Buffer.from(`INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP ${via}\r\nContact: ${contact}\r\n${more}\r\n`),
  ) as SipRequest;
}

test("RFC 3581 §4: a request shows that its sender is behind a NAT: Contact as sent-by, which is not where it came from", () => {
  expect(isBehindNat(request("192.168.1.9:5060;rport=7;received=198.51.100.1"))).toBe(true);
  expect(isBehindNat(request("[fd00::9]:5060;rport=7;received=2001:db8::1", "<sip:p@[fd00::9]>"))).toBe(true);
  // The address is right; the client did not ask for it; Contact is another; it came through a proxy; names may be anybody's.
  expect(isBehindNat(request("192.168.1.9:5060;rport=5060;received=192.168.1.9"))).toBe(false);
  expect(isBehindNat(request("[fd00::9]:5060;rport=7;received=fd00::9", "<sip:p@[fd00::9]>"))).toBe(false);
  expect(isBehindNat(request("192.168.1.9:5060;received=198.51.100.1"))).toBe(false);
  expect(isBehindNat(request("192.168.1.9:5060;rport=7;received=198.51.100.1", "<sip:p@192.168.1.10>"))).toBe(false);
  expect(isBehindNat(request("192.168.1.8;rport=7;received=198.51.100.1, SIP/2.0/UDP 192.168.1.9"))).toBe(false);
  expect(isBehindNat(request("192.168.1.9;rport=7;received=198.51.100.1", undefined, "Record-Route: <sip:p;lr>\r\n"))).toBe(false);
  expect(isBehindNat(request("phone;rport=7;received=198.51.100.1", "<sip:p@phone>"))).toBe(false);
});

test("RFC 1918, 3927, 4193, 6598: private addresses are out of reach of who hears from a public one", () => {
  for (const host of ["10.1.2.3", "172.16.0.1", "172.31.9.9", "192.168.0.1", "169.254.1.1", "100.64.0.1", "[fd12::1]", "[fe80::1]"]) {
    expect(isOutOfReach(host, "198.51.100.1"), host).toBe(true);
    expect(isOutOfReach(host, "10.0.0.1"), host).toBe(false);
    expect(isOutOfReach(host, "127.0.0.1"), host).toBe(false);
  }
  for (const host of ["198.51.100.2", "172.32.0.1", "100.128.0.1", "example.com", "10.example.com", "[2001:db8::1]"]) {
    expect(isOutOfReach(host, "198.51.100.1"), host).toBe(false);
  }
});

test("RFC 3581 §4: a phone behind a NAT with a private Contact gets BYE where its INVITE came from", async () => {
  const agent = new SipUserAgent({ uri: "sip:a@127.0.0.1", listen: [{ transport: "UDP", host: "127.0.0.1" }] });
  await agent.start();
  agent.addEventListener("invite", ({ call }) => void call.accept({ answer: "v=0\r\n" }).then(() => call.hangUp()));
  const port = agent.listeners[0]!.address.port;
  const phone = createSocket("udp4");
  await new Promise<void>((resolve) => phone.bind(0, "127.0.0.1", resolve));
  const say = (method: string, tag = ""): void =>
    phone.send(
      `${method} sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.255.255.254:5060;rport;branch=z9hG4bK${method}\r\nMax-Forwards: 70\r\n` +
        `From: <sip:p@example.com>;tag=p\r\nTo: <sip:a@127.0.0.1>${tag}\r\nCall-ID: nat\r\nCSeq: 1 ${method}\r\n` +
        "Contact: <sip:p@10.255.255.254:5060>\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n",
      port,
      "127.0.0.1",
    );
  const bye = new Promise<string>((resolve) => {
    phone.on("message", (bytes) => {
      const message = parseSipMessage(bytes);
      if ("statusCode" in message && message.statusCode === 200) say("ACK", `;tag=${message.toTag}`);
      if (!("method" in message)) return;
      phone.send(
        bytes
          .toString()
          .replace(/^.*\r\n/, "SIP/2.0 200 OK\r\n")
          .replace(/Content-Length: .*/, "Content-Length: 0"),
        port,
        "127.0.0.1",
      );
      resolve(`${message.method} ${message.uriText}`);
    });
  });
  say("INVITE");
  expect(await bye).toBe("BYE sip:p@10.255.255.254:5060");
  await agent.close();
  phone.close();
});
