import { utf8FromString } from "@purertc/core";
import { expect, test } from "vitest";
import { parseSipBeginning } from "./parse-beginning.ts";
import { SipStreamFramer } from "./stream-framer.ts";
import { parseWebSocketMessage } from "./websocket-framer.ts";

const HEAD =
  "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nFrom: <sip:a>;tag=1\r\nTo:\r\n <sip:b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n";

test("RFC 3261 §21.5.7: of a head that is too large, the first whole fields are read", () => {
  for (const rest of ["X: y\r\n".repeat(1000), `X: ${"y".repeat(100_000)}`, `X: y\r\n ${"y\r\n ".repeat(5000)}`, ""]) {
    const message = parseSipBeginning(utf8FromString(HEAD + rest));
    expect(message?.headers.text("To")).toBe("<sip:b>");
    expect(message?.headers.texts("X").length).toBeLessThanOrEqual(58);
  }
});

test("RFC 3261 §8.1.1: without the headers that a response needs there is no beginning", () => {
  expect(parseSipBeginning(utf8FromString("X: y\r\n".repeat(1000)))).toBeUndefined();
  expect(parseSipBeginning(utf8FromString(HEAD.replace("Call-ID", "X")))).toBeUndefined();
  expect(parseSipBeginning(utf8FromString(HEAD.replace("Via", `${"X: y\r\n".repeat(64)}Via`)))).toBeUndefined();
  for (const text of ["", "\r\n", "\n", HEAD.slice(0, 15)]) expect(parseSipBeginning(utf8FromString(text))).toBeUndefined();
});

test("RFC 3261 §18.3, RFC 7118 §5: streams and WebSockets give it with their failure", () => {
  const tooMany = utf8FromString(`${HEAD}${"X: y\r\n".repeat(500)}\r\n`);
  const framer = new SipStreamFramer({ maxHeadLength: 10_000 });
  framer.push(tooMany);
  expect(framer.next()).toMatchObject({ type: "failed", reason: "too-many-header-fields", message: { method: "OPTIONS" } });
  const endless = new SipStreamFramer({ maxHeadLength: 10_000 });
  endless.push(utf8FromString(`${HEAD}X: ${"y".repeat(10_000)}`));
  expect(endless.next()).toMatchObject({ type: "failed", reason: "head-too-long", message: { method: "OPTIONS" } });
  expect(parseWebSocketMessage(tooMany)).toMatchObject({
    type: "malformed",
    reason: "too-many-header-fields",
    message: { method: "OPTIONS" },
  });
});
