import { expect, test } from "vitest";
import { SsrcCollisions } from "./ssrc-collisions.ts";

test("RFC 3550 §8.2: our SSRC from elsewhere is a collision, and from there again a loop", () => {
  const collisions = new SsrcCollisions<string>();
  collisions.addOwn(1);
  expect([collisions.check(0, 1, "a"), collisions.check(10, 1, "a"), collisions.check(20, 1, "b")]).toEqual([
    "own-collision",
    "own-loop",
    "own-collision",
  ]);
  expect(collisions.check(60_000, 1, "a")).toBe("own-collision");
  collisions.removeOwn(1);
  expect(collisions.check(60_001, 1, "a")).toBe("ok");
});

test("RFC 3550 §8.2: of two others with one SSRC, the first keeps it until it is silent or says BYE", () => {
  const collisions = new SsrcCollisions<string>();
  expect([collisions.check(0, 5, "a"), collisions.check(1, 5, "b"), collisions.check(2, 5, "a")]).toEqual(["ok", "foreign-conflict", "ok"]);
  expect([collisions.check(25_003, 5, "b"), collisions.check(25_004, 5, "a")]).toEqual(["ok", "foreign-conflict"]);
  collisions.forget(5);
  expect(collisions.check(25_005, 5, "a")).toBe("ok");
});

test("a flood of SSRCs, or of addresses, is bounded", () => {
  const collisions = new SsrcCollisions<number>({ maxSources: 10 });
  const verdicts = Array.from({ length: 20 }, (_, ssrc) => collisions.check(0, ssrc, 1));
  expect(verdicts.filter((verdict) => verdict === "too-many").length).toBe(10);
  expect(collisions.check(30_000, 99, 1)).toBe("ok"); // the others were silent
  collisions.addOwn(1000);
  for (let address = 0; address < 100; address++) expect(collisions.check(1, 1000, address)).toBe("own-collision");
  expect([collisions.check(2, 1000, 99), collisions.check(2, 1000, 0)]).toEqual(["own-loop", "own-collision"]);
});
