import { utf8FromString } from "@purertc/core";
import { expect, test } from "vitest";
import { createRequest } from "./create.ts";
import { parseWebSocketMessage, writeWebSocketMessage } from "./websocket-framer.ts";

const head = "MESSAGE sip:a SIP/2.0\r\nCall-ID: x\r\n";

test("RFC 7118 §5: one message, as text or as bytes, with or without Content-Length", () => {
  for (const data of [`${head}\r\nhé`, `${head}l: 3\r\n\r\nhé`]) {
    for (const each of [data, utf8FromString(data)]) {
      const item = parseWebSocketMessage(each);
      expect(item.type === "message" && item.message.body).toEqual(utf8FromString("hé"));
    }
  }
});

test("RFC 7118 §5: a second message, a body cut short and anything else are told apart", () => {
  expect(parseWebSocketMessage(`${head}l: 0\r\n\r\n${head}\r\n`)).toMatchObject({ type: "malformed", reason: "surplus-bytes" });
  const cut = parseWebSocketMessage(`${head}l: 9\r\n\r\nabc`);
  expect(cut).toMatchObject({ type: "malformed", reason: "truncated" });
  expect(cut.type === "malformed" && cut.message?.callId).toBe("x");
  expect(parseWebSocketMessage("hello")).toMatchObject({ type: "malformed", reason: "truncated" });
  expect(parseWebSocketMessage("\r\n\r\n\r\n")).toMatchObject({ type: "malformed", reason: "not-sip" });
  expect(parseWebSocketMessage(`${head}\r\nabc`, { maxLength: 10 })).toMatchObject({ type: "malformed", reason: "too-long" });
});

test("RFC 7118 §6, RFC 5626 §3.5.1: keep-alives", () => {
  for (const [text, type] of [
    ["\r\n\r\n", "ping"],
    ["\r\n", "pong"],
  ] as const) {
    expect(parseWebSocketMessage(text)).toEqual({ type });
    expect(parseWebSocketMessage(utf8FromString(text))).toEqual({ type });
  }
});

test("RFC 7118 §5: UTF-8 goes as text, anything else as bytes", () => {
  const message = (body: string | Uint8Array) => createRequest({ method: "MESSAGE", uri: "sip:a", headers: {}, body });
  expect(writeWebSocketMessage(message("hé"))).toMatch(/hé$/);
  expect(writeWebSocketMessage(message(Uint8Array.of(0xff, 0x00)))).toBeInstanceOf(Uint8Array);
});
