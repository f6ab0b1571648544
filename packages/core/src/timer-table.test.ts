import * as fc from "fast-check";
import { expect, test } from "vitest";
import { TimerTable } from "./timer-table.ts";

type Name = "a" | "b" | "c" | "d";

test("behaves as a plain list of deadlines does", () => {
  const name = fc.constantFrom<Name>("a", "b", "c", "d");
  const at = fc.integer({ min: 0, max: 6 }); // few values, so that deadlines coincide
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("set" as const), name, at }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("clear" as const), name, at }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("take" as const), name, at }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("clearAll" as const), name, at }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), fc.array(fc.boolean(), { minLength: 1 }), (steps, asks) => {
      const table = new TimerTable<Name>();
      const model = new Map<Name, number>();
      for (const [i, each] of steps.entries()) {
        if (each.do === "set") {
          table.set(each.name, each.at);
          model.set(each.name, each.at);
        } else if (each.do === "clear") {
          table.clear(each.name);
          model.delete(each.name);
        } else if (each.do === "take") {
          const due = (model.get(each.name) ?? Number.POSITIVE_INFINITY) <= each.at;
          expect(table.expired(each.name, each.at)).toBe(due);
          expect(table.take(each.name, each.at)).toBe(due);
          if (due) model.delete(each.name);
        } else {
          table.clearAll();
          model.clear();
        }
        expect(table.at(each.name)).toBe(model.get(each.name));
        // next() settles what is cached, so it must not be asked every time.
        if (!asks[i % asks.length]) continue;
        const soonest = model.size === 0 ? undefined : Math.min(...model.values());
        expect(table.next()).toBe(soonest);
        expect(table.nextNamed()?.at).toBe(soonest);
        if (soonest !== undefined) expect(model.get(table.nextNamed()!.name as Name)).toBe(soonest);
      }
    }),
    { numRuns: 500 },
  );
});

test("a deadline is due at its instant, not before", () => {
  const table = new TimerTable<Name>();
  table.set("a", 100);
  expect(table.expired("a", 99.999)).toBe(false);
  expect(table.take("a", 99.999)).toBe(false);
  expect(table.expired("a", 100)).toBe(true);
  expect(table.next()).toBe(100); // expired() leaves it set
  expect(table.take("a", 100)).toBe(true);
  expect(table.take("a", 100)).toBe(false);
  expect(table.next()).toBeUndefined();
});

test("the name of the soonest deadline is known, for debugging", () => {
  const table = new TimerTable<Name>();
  expect(table.nextNamed()).toBeUndefined();
  table.set("a", 5);
  table.set("b", 3);
  expect(table.nextNamed()).toEqual({ name: "b", at: 3 });
});
