import { expect, test } from "vitest";
import type { Binding } from "./binding.ts";
import { targetGroups } from "./target-set.ts";

function binding(contact: string, q: number, updatedAt: number, instanceId?: string): Binding {
  const common = {
    parameters: "",
    statedQ: true,
    expiresAt: 1,
    callId: "c",
    cseq: 1,
    path: [],
    gruu: false,
    temporaryGruuEpoch: 0,
    secure: false,
  };
  return { aor: "sip:a@b", contact, q, updatedAt, instanceId, ...common };
}

test("RFC 3261 §16.6 item 5, RFC 5626 §5.3: groups by q, an instance rings once", () => {
  const bindings = [
    binding("old-flow", 900, 1, "urn:x"),
    binding("plain", 500, 2),
    binding("new-flow", 900, 3, "urn:x"),
    binding("same-phone-lower", 500, 4, "urn:x"),
    binding("other", 900, 5, "urn:y"),
  ];
  const names = targetGroups(bindings).map((group) => group.map((branch) => branch.map(({ contact }) => contact)));
  expect(names).toEqual([[["other"], ["new-flow", "old-flow", "same-phone-lower"]], [["plain"]]]);
  expect(targetGroups([])).toEqual([]);
});
