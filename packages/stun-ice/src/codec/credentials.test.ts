import { expect, test } from "vitest";
import { parseNonceCookie, writeNonceCookie } from "./credentials.ts";

test("RFC 8489 §9.2, §18.1: the nonce cookie's bits, most significant first", () => {
  expect(parseNonceCookie("obMatJos2AAAAabc")).toEqual({ passwordAlgorithms: false, usernameAnonymity: false });
  expect(parseNonceCookie("obMatJos2gAAAabc")).toEqual({ passwordAlgorithms: true, usernameAnonymity: false });
  expect(parseNonceCookie("obMatJos2QAAAabc")).toEqual({ passwordAlgorithms: false, usernameAnonymity: true });
  expect(parseNonceCookie("obMatJos2wAAA")).toEqual({ passwordAlgorithms: true, usernameAnonymity: true });
  for (const nonce of ["", "obMatJos2", "obMatJos2AAA", "obMatJos2?AAA", "f//499k954d6OL34oL9FSTvy64sA"])
    expect(parseNonceCookie(nonce)).toBeUndefined();
  for (const passwordAlgorithms of [false, true]) {
    for (const usernameAnonymity of [false, true]) {
      const features = { passwordAlgorithms, usernameAnonymity };
      expect(parseNonceCookie(writeNonceCookie(features, "xyz"))).toEqual(features);
    }
  }
});
