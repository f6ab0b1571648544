/** sipp as a phone of examples/sip-server. */
import { createHash } from "node:crypto";
import { authParameter } from "@purertc/sip-parser";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ServerOptions } from "../../examples/sip-server/options.ts";
import type { SipServer } from "../../examples/sip-server/server.ts";
import { Phone } from "../../examples/sip-server/test/phone.ts";
import { startSipServer } from "../sip-server.ts";
import { runSipp, sippMissing } from "./sipp.ts";

/** The example server on UDP, with alice as its user. */
async function startServer(options: Partial<ServerOptions> = {}): Promise<{ server: SipServer; remote: string; lines: string[] }> {
  const { server, lines, portOf } = await startSipServer(["UDP"], { alice: "wonderland" }, options);
  onTestFinished(() => server.close());
  return { server, remote: `127.0.0.1:${portOf("UDP")}`, lines };
}

/** RFC 7616 §3.4.1, with Node's hash alone: an opinion that is not ours. */
function answer(nonce: string, nonceCount: string): string {
  const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
  const [a1, a2] = [sha256("alice:test.local:wonderland"), sha256("REGISTER:sip:test.local")];
  return sha256(`${a1}:${nonce}:${nonceCount}:sipp:auth:${a2}`);
}

describe.skipIf(sippMissing())("sipp", () => {
  test("RFC 3261 §10, RFC 7616: sipp registers with digest, and not with a wrong password", async () => {
    const { remote, lines } = await startServer();
    const register = { scenario: "uac-register", remote, service: "alice", user: "alice" };
    expect(await runSipp({ ...register, password: "wonderland" })).toEqual({ exitCode: 0, errors: "" });
    const refused = await runSipp({ ...register, password: "wrong" });
    expect(refused.exitCode).not.toBe(0);
    expect(refused.errors).toContain("401");
    expect(lines.join("\n")).not.toContain("wonderland");
  });

  test("RFC 8760: sipp registers with SHA-256, and its answer is good once", async () => {
    const { server, remote } = await startServer({ digest: ["SHA-256"] });
    const phone = await Phone.connect({ user: "alice", transport: "UDP", server: server.listening });
    onTestFinished(() => phone.close());
    const challenge = (await phone.register()).headers.get("WWW-Authenticate");
    const nonce = (challenge && authParameter(challenge, "nonce")) ?? "";
    const keys = { nonce, first: answer(nonce, "00000001"), second: answer(nonce, "00000002") };
    expect(await runSipp({ scenario: "uac-register-sha256", remote, service: "alice", keys })).toEqual({ exitCode: 0, errors: "" });
    const wrong = await runSipp({ scenario: "uac-register-sha256", remote, service: "alice", keys: { ...keys, first: keys.second } });
    expect(wrong.exitCode).not.toBe(0);
  });
});
