/** sipp as a phone of examples/sip-server. */
import { describe, expect, onTestFinished, test } from "vitest";
import { DEFAULTS } from "../../examples/sip-server/options.ts";
import { SipServer } from "../../examples/sip-server/server.ts";
import { readUsers } from "../../examples/sip-server/users.ts";
import { runSipp, sippMissing } from "./sipp.ts";

describe.skipIf(sippMissing())("sipp", () => {
  // Not with SHA-256: the sipp of Debian 12 (3.6.1) has MD5 only.
  test("RFC 3261 §10, RFC 7616: sipp registers with digest, and not with a wrong password", async () => {
    const lines: string[] = [];
    const server = await SipServer.start({
      ...DEFAULTS,
      domain: "test.local",
      bind: "127.0.0.1",
      ports: { UDP: 0, TCP: undefined, TLS: undefined, WS: undefined, WSS: undefined },
      users: readUsers(JSON.stringify({ alice: "wonderland" }), "test.local"),
      log: (line) => lines.push(line),
    });
    onTestFinished(() => server.close());
    const { port } = server.listening.find(({ transport }) => transport === "UDP")!;
    const register = { scenario: "uac-register", remote: `127.0.0.1:${port}`, service: "alice", user: "alice" };
    expect(await runSipp({ ...register, password: "wonderland" })).toEqual({ exitCode: 0, errors: "" });
    const refused = await runSipp({ ...register, password: "wrong" });
    expect(refused.exitCode).not.toBe(0);
    expect(refused.errors).toContain("401");
    expect(lines.join("\n")).not.toContain("wonderland");
  });
});
