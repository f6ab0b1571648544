/** What an established call costs: a server has many. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { AgentNetwork, ANSWER, OFFER } from "./user-agent-pair.ts";

setFlagsFromString("--expose_gc");
const collect = runInNewContext("gc") as () => void;

/** Octets of heap and buffers in use, after everything that can be freed is. */
function inUse(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test("an established call costs each side less than 25 kB, and nothing once it is over", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob")];
  bob.addEventListener("invite", ({ call }) => void call.accept({ answer: ANSWER }));
  const place = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await network.until(alice.call("sip:bob@192.0.2.2;transport=tcp", { offer: OFFER }));
      await network.clock.advance(20);
    }
    network.log.length = 0;
    await network.clock.advance(40_000); // transactions are over
  };
  await place(50);
  const before = inUse();
  await place(1000);
  const perSide = (inUse() - before) / 2000;
  console.log(`${Math.round(perSide)} octets for each side of a call`);
  expect(perSide).toBeLessThan(25_000);
  await network.until(Promise.all(alice.calls.map((call) => call.hangUp())));
  network.log.length = 0;
  await network.clock.advance(100_000);
  expect(bob.calls).toHaveLength(0);
  expect((inUse() - before) / 2000).toBeLessThan(500);
});
