import { expect, test } from "vitest";
import { route, states, TwoAgents } from "./two-agents.ts";

test("RFC 8445 §2: two agents on one network connect on their host candidates", () => {
  const two = new TwoAgents({ seed: 1 }).start();
  two.run(() => two.completed);
  expect(states(two.left)).toEqual(["checking", "connected", "completed"]);
  expect(states(two.right)).toEqual(["checking", "connected", "completed"]);
  expect(route(two.left.protocol.selectedPath)).toBe("192.0.2.1 -> 192.0.2.2");
  expect(route(two.right.protocol.selectedPath)).toBe("192.0.2.2 -> 192.0.2.1");
  two.network.runFor(120_000);
  expect(two.completed).toBe(true);
});
