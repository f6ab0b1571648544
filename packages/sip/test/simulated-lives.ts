/** Lives of calls by chance, through a storm, and what must hold afterwards. */
import { forEachSeed } from "@purertc/simulator";
import { expect } from "vitest";
import type { InviteSession } from "../src/session/index.ts";
import { type SimulatedAgent, SimulatedCall, type Weather } from "./simulated-agents.ts";

const STORM: Weather = { lossRate: 0.15, duplicateRate: 0.1, delayMs: 20, jitterMs: 200 };

/** Tries something that the state may not allow: whoever plays by chance asks at the wrong time as well. */
function attempt(what: () => void): void {
  try {
    what();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "InvalidStateError") throw error;
  }
}

/** A life by chance: a call, changes from both sides, and an end. */
function live(seed: number | string, weather: Weather = STORM): SimulatedCall {
  const call = new SimulatedCall(seed, weather);
  const { a, b, random } = call;
  a.call(call.now, random.chance(0.7));
  // The INVITE may be late.
  for (let waited = 0; b.session === undefined && waited < 40; waited++) call.run(1000);
  call.run(random.integer(50, 3000));
  answerByChance(call);
  const changes = random.integer(0, 6);
  for (let i = 0; i < changes; i++) {
    const agent = random.pick([a, b]);
    if (agent.session !== undefined) changeByChance(call, agent, agent.session);
    call.run(random.pick([0, 10, 300, 5000]));
  }
  return call;
}

function answerByChance(call: SimulatedCall): void {
  const { a, b, random } = call;
  const callee = b.session;
  if (callee === undefined) return;
  const offer = b.events.find((event) => event.type === "offer");
  const text = (): string => (offer?.type === "offer" ? b.answerTo(new TextDecoder().decode(offer.offer.body)) : b.offer());
  const rings = random.integer(0, 2);
  for (let i = 0; i < rings; i++) {
    const description = random.chance(0.5) ? text() : undefined;
    const reliable = random.chance(0.7);
    attempt(() =>
      callee.progress(call.now, random.pick([180, 183]), { ...(description && (reliable || offer) && { description }), reliable }),
    );
    call.run(random.pick([0, 100, 2000]));
  }
  const what = random.integer(0, 9);
  if (what === 0) attempt(() => callee.reject(call.now, 486));
  else if (what === 1) a.session?.end(call.now);
  else if (what === 2) {
    attempt(() => callee.accept(call.now, { description: text() }));
    a.session?.end(call.now);
  } else attempt(() => callee.accept(call.now, { description: text() }));
  call.run(random.pick([0, 100, 2000]));
}

function changeByChance(call: SimulatedCall, agent: SimulatedAgent, session: InviteSession): void {
  const { now, random } = call;
  switch (random.integer(0, 5)) {
    case 0:
    case 1:
      attempt(() => session.reinvite(now, { offer: agent.offer() }));
      break;
    case 2:
      attempt(() => session.reinvite(now));
      break;
    case 3:
      attempt(() => session.update(now, { offer: agent.offer() }));
      break;
    case 4:
      attempt(() => session.request(now, "MESSAGE", { body: "hello" }));
      break;
    default:
      attempt(() => session.refer(now, "sip:c@10.0.0.3"));
  }
}

/** After the storm: the session is confirmed on both sides, who agree on what it is, or it is over on both. */
function expectAgreement({ a, b }: SimulatedCall): void {
  const states = `${a.session?.state}/${b.session?.state}`;
  if (a.session?.state === "confirmed" || b.session?.state === "confirmed") {
    expect(b.session?.state, states).toBe(a.session?.state);
    expect(a.agreement).toEqual({ local: b.agreement?.remote, remote: b.agreement?.local });
  } else {
    expect(a.session?.state, states).toBe("ended");
    expect([undefined, "ended"], states).toContain(b.session?.state);
  }
}

/** One life for each seed: whatever happened, both sides end up with the same session, and after the end with none. */
export async function expectConsistentEnds(seeds: readonly number[]): Promise<void> {
  const fates = new Map<string, number>();
  await forEachSeed(seeds, (seed) => {
    const call = live(seed).run(70_000);
    expectAgreement(call);
    const fate = call.a.session?.state ?? "none";
    fates.set(fate, (fates.get(fate) ?? 0) + 1);
    call.a.session?.end(call.now);
    call.run(200_000);
    for (const agent of [call.a, call.b]) {
      expect([undefined, "ended"]).toContain(agent.session?.state);
      expect(agent.session?.finished ?? true).toBe(true);
      expect(agent.layer.size).toEqual({ clients: 0, servers: 0 });
      expect(agent.events.filter((event) => event.type === "ended").length).toBe(agent.session === undefined ? 0 : 1);
    }
  });
  if (seeds.length < 200) return;
  // The dice must have tried both fates often.
  expect(fates.get("confirmed")).toBeGreaterThan(seeds.length / 4);
  expect(fates.get("ended")).toBeGreaterThan(seeds.length / 10);
}
