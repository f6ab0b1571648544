import fc from "fast-check";
import { expect, test } from "vitest";
import { stunClass, stunMessageTypeFromNumber, stunMessageTypeNumber, stunMethodNumber } from "./message-type.ts";

test("RFC 8489 §5, RFC 8656 §17: numbers of well-known types", () => {
  expect(stunMessageTypeNumber("binding-request")).toBe(0x0001);
  expect(stunMessageTypeNumber("binding-indication")).toBe(0x0011);
  expect(stunMessageTypeNumber("binding-success-response")).toBe(0x0101);
  expect(stunMessageTypeNumber("binding-error-response")).toBe(0x0111);
  expect(stunMessageTypeNumber("allocate-error-response")).toBe(0x0113);
  expect(stunMessageTypeNumber("data-indication")).toBe(0x0017);
  expect(stunMessageTypeNumber("channel-bind-success-response")).toBe(0x0109);
  expect(stunMessageTypeFromNumber(0x0113)).toBe("allocate-error-response");
  expect(stunMessageTypeFromNumber(0x3eef)).toBe(0x3eef);
});

test("RFC 8489 §5, figure 3: class and method share the 14 bits", () => {
  expect(stunMethodNumber(0x3eef)).toBe(0xfff);
  expect([0x3eef, 0x3eff, 0x3fef, 0x3fff].map(stunClass)).toEqual(["request", "indication", "success-response", "error-response"]);
  fc.assert(fc.property(fc.nat(0x3fff), (number) => stunMessageTypeNumber(stunMessageTypeFromNumber(number)) === number));
});
