import { expect, test } from "vitest";
import { resolveHostname } from "./resolve.ts";

test("resolve: an IP literal is its own answer, in canonical text", async () => {
  expect(await resolveHostname("192.0.2.7")).toEqual(["192.0.2.7"]);
  expect(await resolveHostname("[2001:DB8::1]")).toEqual(["2001:db8::1"]);
});

test("resolve: a name gives its addresses", async () => {
  const addresses = await resolveHostname("localhost");
  expect(addresses.some((ip) => ip === "127.0.0.1" || ip === "::1")).toBe(true);
  expect(new Set(addresses).size).toBe(addresses.length);
});

test("resolve: an unknown name rejects", async () => {
  await expect(resolveHostname("no such host")).rejects.toThrow();
});
