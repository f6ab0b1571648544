import { seededRandom } from "@purertc/simulator";
import { expect, test } from "vitest";
import { nodeDigestHashes } from "../auth/node-digest-hashes.ts";
import type { Flow } from "../flow.ts";
import { FlowTokens } from "./flow-token.ts";

const sha256 = nodeDigestHashes["SHA-256"]!;
const address = { protocol: "udp", family: 4, ip: "192.0.2.1", port: 5060 } as const;
const flow = (id: number): Flow => ({
  ...{ id, transport: "UDP", reliable: false, secure: false, open: true, peerIdentities: [] },
  ...{ local: address, remote: address },
});

test("RFC 5626 §5.2: a token leads to its flow, and an altered one nowhere", () => {
  const tokens = new FlowTokens({ sha256, random: seededRandom(1) });
  const token = tokens.issue(flow(123_456_789));
  expect(token).toMatch(/^[0-9a-f]{32}$/);
  expect(tokens.issue(flow(123_456_789))).toBe(token);
  expect(tokens.flowId(token)).toBe(123_456_789);
  for (let at = 0; at < token.length; at++) {
    const altered = token.slice(0, at) + (token[at] === "0" ? "1" : "0") + token.slice(at + 1);
    expect(tokens.flowId(altered)).toBeUndefined();
  }
  for (const other of ["", "zz", token.toUpperCase(), `${token}0`]) expect(tokens.flowId(other)).toBeUndefined();
  expect(new FlowTokens({ sha256, random: seededRandom(2) }).flowId(token)).toBeUndefined();
});
