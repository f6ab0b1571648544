import { Malformed, transportAddress } from "@purertc/core";
import { parseSipMessage, type SipRequest } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { addressOf, datagramReplyAddress, sentByKey, stampSource } from "./admission.ts";

const SOURCE = transportAddress("192.0.2.1", 4444)!;

function request(via: string): SipRequest {
  const message = parseSipMessage(Buffer.from(`OPTIONS sip:a@b SIP/2.0\r\n${via === "" ? "" : `Via: ${via}\r\n`}Call-ID: 1\r\n\r\n`));
  if (message instanceof Malformed || message.kind !== "request") throw new Error("not a request");
  return message;
}

test.each([
  // RFC 3261 §18.2.1: received when sent-by is a name, or another address than the source.
  ["SIP/2.0/UDP bobspc.biloxi.com:5060;branch=z", "SIP/2.0/UDP bobspc.biloxi.com:5060;branch=z;received=192.0.2.1"],
  ["SIP/2.0/UDP 10.0.0.1;branch=z", "SIP/2.0/UDP 10.0.0.1;branch=z;received=192.0.2.1"],
  ["SIP/2.0/UDP 192.0.2.1:9;branch=z", "SIP/2.0/UDP 192.0.2.1:9;branch=z"],
  // RFC 3581 §4: rport gets the port, and received is always there.
  ["SIP/2.0/UDP 192.0.2.1;rport;branch=z", "SIP/2.0/UDP 192.0.2.1;rport=4444;branch=z;received=192.0.2.1"],
  ["SIP/2.0/UDP 10.0.0.1;branch=z;rport", "SIP/2.0/UDP 10.0.0.1;branch=z;rport=4444;received=192.0.2.1"],
  // What the peer says of its own source is not believed.
  ["SIP/2.0/UDP 10.0.0.1;received=198.51.100.9;rport=1", "SIP/2.0/UDP 10.0.0.1;received=192.0.2.1;rport=4444"],
  ["SIP/2.0/UDP 192.0.2.1;received=198.51.100.9;branch=z", "SIP/2.0/UDP 192.0.2.1;branch=z"],
  // Only the topmost value, even in one line.
  ["SIP/2.0/UDP a;rport, SIP/2.0/TCP b;rport", "SIP/2.0/UDP a;rport=4444;received=192.0.2.1, SIP/2.0/TCP b;rport"],
])("RFC 3261 §18.2.1: Via %s becomes %s", (before, after) => {
  const message = request(before);
  stampSource(message, SOURCE);
  expect(message.headers.texts("Via")).toEqual([after]);
});

test("RFC 3261 §18.2.1: IPv6 addresses are compared as addresses", () => {
  const message = request("SIP/2.0/TCP [2001:DB8:0::1];branch=z");
  stampSource(message, transportAddress("2001:db8::1", 5)!);
  expect(message.headers.text("Via")).toBe("SIP/2.0/TCP [2001:DB8:0::1];branch=z");
});

test("RFC 3261 §18.2.1: without a Via that can be read there is nothing to note", () => {
  expect(stampSource(request(""), SOURCE)).toBeUndefined();
  expect(stampSource(request("nonsense"), SOURCE)).toBeUndefined();
});

test.each([
  ["SIP/2.0/UDP host;rport", false, "192.0.2.1 4444"],
  // Without rport: the port of sent-by, or the default, not the source's.
  ["SIP/2.0/UDP host:5070", false, "192.0.2.1 5070"],
  ["SIP/2.0/UDP host", false, "192.0.2.1 5060"],
  // maddr is followed where it cannot harm strangers, and elsewhere if the options say so.
  ["SIP/2.0/UDP host:5070;maddr=224.0.1.75", false, "224.0.1.75 5070"],
  ["SIP/2.0/UDP host;maddr=198.51.100.9", false, "192.0.2.1 5060"],
  ["SIP/2.0/UDP host;maddr=198.51.100.9;rport", true, "198.51.100.9 5060"],
  ["SIP/2.0/UDP host;maddr=name.example;rport", true, "192.0.2.1 4444"],
])("RFC 3261 §18.2.2: the response to %s (maddr followed: %s) goes to %s", (text, followMaddr, expected) => {
  const { ip, port } = datagramReplyAddress(request(text).topVia!, SOURCE, followMaddr);
  expect(`${ip} ${port}`).toBe(expected);
});

test("RFC 3261 §18.1.2: sent-by values are compared without regard to case, spelling and default ports", () => {
  expect(sentByKey("Proxy.Example", undefined, "UDP")).toBe(sentByKey("proxy.example", 5060, "UDP"));
  expect(sentByKey("[2001:DB8::0:1]", 5061, "TLS")).toBe(sentByKey("2001:db8::1", undefined, "TLS"));
  expect(sentByKey("a", 5060, "TLS")).not.toBe(sentByKey("a", undefined, "TLS"));
  expect(addressOf("example.com")).toBeUndefined();
});
