import { expect, test } from "vitest";
import { formatIp, parseIp } from "./address.ts";

test.each([
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
  ["127.0.0.1", "127.0.0.1"],
  ["2001:0:0:1::", "2001:0:0:1::"],
])("RFC 5952 §4: %s is written %s", (text, canonical) => {
  expect(formatIp(parseIp(text)!)).toBe(canonical);
});
