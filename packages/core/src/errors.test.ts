import { expect, test } from "vitest";
import { InvalidArgumentError, InvalidStateError } from "./errors.ts";
import { Malformed } from "./malformed.ts";

test("errors carry a name, a stable code and a message", () => {
  const state = new InvalidStateError("send() on a closed association", { code: "SCTP_CLOSED" });
  expect(state).toBeInstanceOf(Error);
  expect(`${state}`).toBe("InvalidStateError: send() on a closed association");
  expect(state.code).toBe("SCTP_CLOSED");
  const argument = new InvalidArgumentError("a key has 16 bytes", { code: "KEY_LENGTH" });
  expect(argument).toBeInstanceOf(RangeError);
  expect(`${argument}`).toBe("InvalidArgumentError: a key has 16 bytes");
  expect(argument.code).toBe("KEY_LENGTH");
});

test("Malformed is a value with a reason and a place, not an error", () => {
  const malformed: Malformed<"truncated"> = new Malformed("truncated", 7);
  expect(malformed).not.toBeInstanceOf(Error);
  expect({ ...malformed }).toEqual({ reason: "truncated", offset: 7 });
});
