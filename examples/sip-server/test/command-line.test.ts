import { createSocket } from "node:dgram";
import path from "node:path";
import { expect, test } from "vitest";
import { asksForHelp, optionsFrom } from "../command-line.ts";
import { SipServer } from "../server.ts";

const USERS = path.join(import.meta.dirname, "../users.json");
const NEEDED = ["--domain", "Test.Local", "--users", USERS];

test("what is not said has a default", () => {
  expect(optionsFrom(NEEDED)).toMatchObject({
    domain: "test.local",
    bind: "0.0.0.0",
    trust: [],
    outbound: [],
    ports: { UDP: 5060, WSS: 7443 },
  });
});

test("trunks and other domains", () => {
  const options = optionsFrom([
    ...NEEDED,
    "--trust",
    "192.0.2.0/24",
    "--outbound",
    "Example.com",
    "--outbound",
    "any",
    "--trunk",
    "sip:gw.example",
  ]);
  expect(options).toMatchObject({ trust: ["192.0.2.0/24"], outbound: ["example.com", "any"], trunk: { host: "gw.example" } });
});

test.each([
  [["--domain", "test.local"], /--domain and --users are needed/],
  [["--domain", "", "--users", USERS], /--domain and --users are needed/],
  [["--domain", "not a domain", "--users", USERS], /not a domain/],
  [["--domain", "test.local:5060", "--users", USERS], /not a domain/],
  [["--domain", "test.local", "--users", "/nowhere/users.json"], /there is no file \/nowhere\/users.json/],
  [["--domain", "test.local", "--users", import.meta.filename], /the users file is not JSON/],
  [[...NEEDED, "--bogus"], /--bogus/],
  [[...NEEDED, "surplus"], /surplus/],
  [[...NEEDED, "--udp-port", "65536"], /not a port: 65536/],
  [[...NEEDED, "--max-calls", "0"], /not a number above zero/],
  [[...NEEDED, "--digest", "SHA-1"], /not a digest algorithm/],
  [[...NEEDED, "--outbound", "sip:example.com"], /not a domain/],
  [[...NEEDED, "--trunk", "gw.example"], /not a SIP URI/],
  [[...NEEDED, "--cert", USERS], /go together/],
  [[...NEEDED, "--cert", USERS, "--key", USERS], /not a PEM certificate and its key/],
])("%j is refused in one line", (args, message) => {
  expect(() => optionsFrom(args)).toThrow(message);
  expect(() => optionsFrom(args)).not.toThrow(/\n/);
});

test("help is asked for", () => {
  expect([["--help"], ["-h"], ["--domain", "x", "--help"], NEEDED].map(asksForHelp)).toEqual([true, true, true, false]);
});

test("a port that is taken, and an address that is not ours, are told in one line", async () => {
  const taken = createSocket("udp4");
  await new Promise<void>((resolve) => taken.bind(0, "127.0.0.1", resolve));
  const { port } = taken.address();
  const start = (...more: string[]): Promise<SipServer> => SipServer.start(optionsFrom([...NEEDED, "--udp-port", String(port), ...more]));
  await expect(start("--bind", "127.0.0.1")).rejects.toThrow(`cannot listen on UDP 127.0.0.1:${port}: the address is in use (EADDRINUSE)`);
  await expect(start("--bind", "192.0.2.77")).rejects.toThrow("this machine has no such address");
  taken.close();
});
