import fc from "fast-check";
import { expect, test } from "vitest";
import { Deadlines, NEVER, type Scheduled } from "./deadlines.ts";

test("RFC 3261 §17: deadlines come out soonest first, whatever was set, moved and removed (against a list that is searched)", () => {
  const step = fc.record({
    kind: fc.constantFrom("set", "set", "set", "remove", "pop"),
    item: fc.nat(20),
    at: fc.oneof(fc.nat(30), fc.constant(NEVER)),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const deadlines = new Deadlines<Scheduled>();
      const items: Scheduled[] = Array.from({ length: 21 }, () => ({ wakeAt: NEVER, place: -1 }));
      const model = new Map<Scheduled, number>();
      for (const { kind, item, at } of steps) {
        const chosen = items[item]!;
        if (kind === "set") {
          deadlines.set(chosen, at);
          if (at === NEVER) model.delete(chosen);
          else model.set(chosen, at);
        } else if (kind === "remove") {
          deadlines.remove(chosen);
          model.delete(chosen);
        } else if (deadlines.soonest !== undefined) {
          model.delete(deadlines.soonest);
          deadlines.remove(deadlines.soonest);
        }
        expect(deadlines.size).toBe(model.size);
        expect(deadlines.soonest?.wakeAt).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
        for (const [each, deadline] of model) expect(each.wakeAt).toBe(deadline);
      }
      deadlines.clear();
      expect(items.every(({ place }) => place === -1)).toBe(true);
    }),
  );
});
