/** sipsak's small tools against a user agent of `@purertc/sip` and examples/sip-server. */
import { spawn, spawnSync } from "node:child_process";
import { SipUserAgent } from "@purertc/sip";
import { describe, expect, onTestFinished, test } from "vitest";
import { skipLoudly } from "../missing.ts";
import { startSipServer } from "../sip-server.ts";

/** With `REQUIRE_BROWSERS=1`, which asks for every real peer, it has to be there. */
function sipsakMissing(): boolean {
  if (spawnSync("sipsak", ["--version"]).error === undefined) return false;
  skipLoudly("sipsak is not installed (Debian: apt-get install sipsak)", "REQUIRE_BROWSERS");
  return true;
}

async function sipsak(...args: string[]): Promise<{ exitCode: number | null; output: string }> {
  const child = spawn("sipsak", args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { exitCode, output };
}

async function startAgent(transport: "UDP" | "TCP"): Promise<{ agent: SipUserAgent; uri: string }> {
  const agent = new SipUserAgent({ uri: "sip:us@127.0.0.1", listen: [{ transport, host: "127.0.0.1" }] });
  await agent.start();
  onTestFinished(async () => agent.close({ timeoutMs: 100 }));
  return { agent, uri: `sip:us@127.0.0.1:${agent.listeners[0]!.address.port}` };
}

async function startServer(): Promise<{ port: number; lines: string[] }> {
  const { server, lines, portOf } = await startSipServer(["UDP"], { alice: "wonderland" }, { domain: "127.0.0.1" });
  onTestFinished(() => server.close());
  return { port: portOf("UDP"), lines };
}

describe.skipIf(sipsakMissing())("sipsak", () => {
  test.each([
    ["UDP", "udp"],
    ["TCP", "tcp"],
  ] as const)("RFC 3261 §11: OPTIONS over %s", async (transport, name) => {
    const { uri } = await startAgent(transport);
    const { exitCode, output } = await sipsak("-s", uri, `--transport=${name}`, "-vv");
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/SIP\/2\.0 200 OK[\s\S]*Allow: [A-Z, ]*INVITE/);
  });

  test("RFC 3261 §8.2.2.3: an extension that nobody has is named in the 420", async () => {
    const { uri } = await startAgent("UDP");
    const { output } = await sipsak("-s", uri, "-vv", "-j", "Require: extension-of-nobody");
    expect(output).toMatch(/SIP\/2\.0 420 [\s\S]*Unsupported: extension-of-nobody/);
  });

  test("RFC 3261 §16.3: messages with random octets in them do no harm", async () => {
    const { uri } = await startAgent("UDP");
    await sipsak("-R", "-t", "40", "-s", uri);
    const { exitCode } = await sipsak("-s", uri);
    expect(exitCode).toBe(0);
  });

  test("RFC 3261 §10: registers with the example server", async () => {
    const { port, lines } = await startServer();
    const { exitCode, output } = await sipsak(
      ...["-U", "-C", "sip:alice@127.0.0.1:5099", "-x", "60", "-u", "alice", "-a", "wonderland"],
      ...["-s", `sip:alice@127.0.0.1:${port}`, "-vv"],
    );
    expect(exitCode, output).toBe(0);
    expect(lines.some((line) => line.includes("status=200 contacts=1"))).toBe(true);
  });

  test("RFC 3261 §22.2: a wrong password is refused", async () => {
    const { port } = await startServer();
    const { exitCode } = await sipsak(
      ...["-U", "-C", "sip:alice@127.0.0.1:5099", "-u", "alice", "-a", "wrong", "-s", `sip:alice@127.0.0.1:${port}`],
    );
    expect(exitCode).not.toBe(0);
  });
});
