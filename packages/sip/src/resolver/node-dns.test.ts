import { seededRandom } from "@purertc/simulator";
import { sipUri } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { Zone } from "../../test/resolver/zone.ts";
import { locateServers } from "./locate-servers.ts";
import { createNodeDns } from "./node-dns.ts";

const ZONE = `
  example.com NAPTR 10 50 s SIP+D2U "" _sip._udp.example.com
  _sip._udp.example.com SRV 5 7 5080 server.example.com
  server.example.com A 192.0.2.2
  server.example.com AAAA 2001:db8::2
  broken.example SERVFAIL
`;

test("RFC 3263 §4: the records come over the wire as they are", async () => {
  const dns = createNodeDns({ servers: [await new Zone(ZONE).serve()], timeoutMs: 1000, tries: 1 });
  expect(await dns.naptr("example.com")).toMatchObject([
    { order: 10, preference: 50, flags: "s", service: "SIP+D2U", regexp: "", replacement: "_sip._udp.example.com" },
  ]);
  expect(await dns.srv("_sip._udp.example.com")).toMatchObject([{ priority: 5, weight: 7, port: 5080, target: "server.example.com" }]);
  expect(await dns.aaaa("server.example.com")).toEqual(["2001:db8::2"]);
  // No record of the type, and no such name: answers. A server that fails is none.
  expect(await dns.naptr("server.example.com")).toEqual([]);
  expect(await dns.a("nothing.example")).toEqual([]);
  await expect(dns.a("broken.example")).rejects.toMatchObject({ code: "ESERVFAIL" });
  const targets = await locateServers(sipUri({ host: "example.com" }), { dns, random: seededRandom(1), supported: ["UDP"] });
  expect(targets).toEqual([
    { transport: "UDP", ip: "2001:db8::2", port: 5080, hostname: "example.com" },
    { transport: "UDP", ip: "192.0.2.2", port: 5080, hostname: "example.com" },
  ]);
});

test("RFC 3263 §4.2: without servers of its own it asks the system, which knows localhost", async () => {
  expect(await createNodeDns().a("localhost")).toContain("127.0.0.1");
});
