import { expect, test } from "vitest";
import { readUsers } from "../users.ts";

const ALICE = [...readUsers('{ "alice": "wonderland" }', "test.local")];

test.each([
  ['{ "alice": { "password": "wonderland" } }'],
  ['[{ "username": "alice", "password": "wonderland" }]'],
  ['[{ "user": "alice", "password": "wonderland" }]'],
  ['{ "alice@test.local": "wonderland" }'],
  ['{ "users": { "alice": "wonderland" } }'],
  ['{ "users": [{ "username": "alice@Test.Local", "password": "wonderland" }] }'],
])("%s is alice with her password", (json) => {
  expect([...readUsers(json, "test.local")]).toEqual(ALICE);
});

test("hashes in place of the password are taken as they are", () => {
  const ha1 = { MD5: "00112233445566778899aabbccddeeff" };
  expect(readUsers(JSON.stringify({ bob: { ha1 } }), "test.local").get("bob")).toMatchObject({ username: "bob", realm: "test.local", ha1 });
});

test.each([
  ["secret"],
  ["7"],
  ['{ "alice": 7 }'],
  ['{ "alice": {} }'],
  ['{ "alice": { "ha1": { "MD5": "no hex" } } }'],
  ['[{ "password": "secret" }]'],
])("%s is refused, without quoting it", (json) => {
  const read = () => readUsers(json, "test.local");
  expect(read).toThrow(/users file|needs a password|no username/);
  expect(read).not.toThrow(/secret|no hex/);
});
