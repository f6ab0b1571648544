import { Malformed } from "@purertc/core";
import { seededRandom } from "@purertc/simulator";
import { parseSipMessage, type Via } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { Zone } from "../../test/resolver/zone.ts";
import { locateResponseTargets } from "./locate-response-targets.ts";

const ZONE = `
  _sip._tcp.proxy.example SRV 0 0 5090 host.proxy.example
  host.proxy.example A 192.0.2.2
  proxy.example A 192.0.2.3
  plain.example A 192.0.2.4
`;

async function show(via: string): Promise<readonly string[]> {
  const message = parseSipMessage(Buffer.from(`SIP/2.0 200 OK\r\nVia: ${via}\r\n\r\n`));
  if (message instanceof Malformed) throw new Error(message.reason);
  const targets = await locateResponseTargets(message.topVia as Via, { dns: new Zone(ZONE), random: seededRandom(1), families: [4] });
  return targets.map(({ transport, ip, port }) => `${transport} ${ip} ${port}`);
}

test.each([
  // RFC 3261 §18.2.2: received, with sent-by's port; RFC 3263 §5: then sent-by.
  ["SIP/2.0/TCP proxy.example:5077;received=192.0.2.1", ["TCP 192.0.2.1 5077", "TCP 192.0.2.3 5077"]],
  ["SIP/2.0/TCP proxy.example;received=192.0.2.1", ["TCP 192.0.2.1 5060", "TCP 192.0.2.2 5090"]],
  ["SIP/2.0/TCP plain.example", ["TCP 192.0.2.4 5060"]],
  ["SIP/2.0/TLS 192.0.2.8", ["TLS 192.0.2.8 5061"]],
  ["SIP/2.0/TLS [2001:db8::8]:7000;received=2001:db8::8", ["TLS 2001:db8::8 7000"]],
  // RFC 3581 §4: rport is a port of datagrams; nobody listens at a connection's.
  ["SIP/2.0/UDP 10.0.0.1:5060;received=192.0.2.1;rport=4444", ["UDP 192.0.2.1 4444", "UDP 10.0.0.1 5060"]],
  ["SIP/2.0/TCP 10.0.0.1:5060;received=192.0.2.1;rport=4444", ["TCP 192.0.2.1 5060", "TCP 10.0.0.1 5060"]],
  // RFC 7118 §B.1: a WebSocket client cannot be reached.
  ["SIP/2.0/WS df7jal23ls0d.invalid;received=192.0.2.1", []],
  ["SIP/2.0/SCTP 192.0.2.8", []],
])("RFC 3263 §5: a response to %s is tried at %j", async (via, expected) => {
  expect(await show(via)).toEqual(expected);
});
