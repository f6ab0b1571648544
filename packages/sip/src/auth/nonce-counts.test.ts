import fc from "fast-check";
import { expect, test } from "vitest";
import { COUNT_WINDOW, NonceCounts } from "./nonce-counts.ts";

/** What it should do, slowly: every use of every nonce, for ever. */
interface Model {
  readonly uses: Map<string, Set<number>>;
}

class Use implements fc.Command<Model, NonceCounts> {
  readonly nonce: number;
  readonly count: number;

  constructor(nonce: number, count: number) {
    this.nonce = nonce;
    this.count = count;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: NonceCounts): void {
    const key = String(this.nonce);
    const uses = model.uses.get(key) ?? new Set<number>();
    model.uses.set(key, uses);
    const verdict = real.use(key, this.nonce, this.count);
    // Never twice, whatever is forgotten.
    if (uses.has(this.count)) expect(verdict).not.toBe("ok");
    // And within the window and the capacity, everything else is taken.
    else if (model.uses.size <= CAPACITY && Math.max(0, ...uses) - this.count < COUNT_WINDOW) expect(verdict).toBe("ok");
    if (verdict === "ok") uses.add(this.count);
    expect(real.size).toBeLessThanOrEqual(CAPACITY);
  }

  toString(): string {
    return `use(${this.nonce}, ${this.count})`;
  }
}

const CAPACITY = 5;

test("RFC 7616 §5.12: no count of a nonce is taken twice, whatever is forgotten", () => {
  const use = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 400 })).map(([nonce, count]) => new Use(nonce, count));
  fc.assert(
    fc.property(fc.commands([use], { size: "large" }), (commands) => {
      fc.modelRun(() => ({ model: { uses: new Map() }, real: new NonceCounts(CAPACITY) }), commands);
    }),
    { numRuns: 100 },
  );
});

test("RFC 7616 §3.3: a count too far behind cannot be told from a replay", () => {
  const counts = new NonceCounts(1);
  expect(counts.use("n", 0, 1000)).toBe("ok");
  expect(counts.use("n", 0, 1000 - COUNT_WINDOW + 1)).toBe("ok");
  expect(counts.use("n", 0, 1000 - COUNT_WINDOW)).toBe("replayed");
});

test("RFC 7616 §3.3: what is refused by its age is not remembered", () => {
  const counts = new NonceCounts(100);
  for (let i = 0; i < 10; i++) counts.use(String(i), i, 1);
  counts.expire(5);
  expect(counts.size).toBe(5);
});
