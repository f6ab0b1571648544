import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Schedule } from "./schedule.ts";

test("tasks come out by time, and those of one instant in the order they were added", () => {
  const step = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant("take" as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const schedule = new Schedule();
      const model: { at: number; id: number }[] = [];
      const taken: number[] = [];
      const expected: number[] = [];
      for (const [id, each] of steps.entries()) {
        if (each === "take") {
          model.sort((a, b) => a.at - b.at || a.id - b.id);
          const next = model.shift();
          if (next !== undefined) expected.push(next.id);
          schedule.take()?.run();
        } else {
          model.push({ at: each, id });
          schedule.add(each, () => taken.push(id));
        }
        expect(schedule.length).toBe(model.length);
        expect(schedule.nextAt()).toBe(model.length === 0 ? undefined : Math.min(...model.map(({ at }) => at)));
      }
      expect(taken).toEqual(expected);
    }),
  );
});
