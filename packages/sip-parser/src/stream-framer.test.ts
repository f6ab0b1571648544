import { utf8FromString } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createRequest } from "./create.ts";
import { SipStreamFramer, type StreamItem } from "./stream-framer.ts";
import { writeSipMessage } from "./write.ts";

function items(framer: SipStreamFramer): StreamItem[] {
  const taken: StreamItem[] = [];
  for (let item = framer.next(); item !== undefined; item = framer.next()) taken.push(item);
  return taken;
}

function told(all: readonly StreamItem[]): string[] {
  return all.map((item) => (item.type === "message" ? (item.message.callId ?? "") : item.type === "failed" ? item.reason : item.type));
}

function message(callId: string, bodyLength = 0): Uint8Array {
  return writeSipMessage(
    createRequest({ method: "MESSAGE", uri: "sip:a", headers: { "Call-ID": callId }, body: new Uint8Array(bodyLength).fill(13) }),
  );
}

test("RFC 3261 §18.3, RFC 5626 §3.5.1: messages and pings come out whole and in order, however the stream is cut", () => {
  const parts = fc.array(fc.oneof(fc.constant("ping"), fc.nat({ max: 3000 })), { maxLength: 6 });
  fc.assert(
    fc.property(parts, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 }), (kinds, cuts) => {
      const stream = kinds.flatMap((kind, i) => [...(kind === "ping" ? utf8FromString("\r\n\r\n") : message(`m${i}`, Number(kind)))]);
      const framer = new SipStreamFramer();
      const all: StreamItem[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        framer.push(Uint8Array.from(stream.slice(at, at + cuts[i % cuts.length]!)));
        at += cuts[i % cuts.length]!;
        all.push(...items(framer));
      }
      expect(told(all)).toEqual(kinds.map((kind, i) => (kind === "ping" ? "ping" : `m${i}`)));
      for (const item of all) if (item.type === "message") expect(item.message.body.every((byte) => byte === 13)).toBe(true);
      expect(framer.pendingLength).toBe(0);
    }),
    { numRuns: 150 },
  );
});

test("RFC 5626 §4.4.1: a client takes each CRLF as a pong; a server skips a lone one before a message (RFC 3261 §7.5)", () => {
  const client = new SipStreamFramer({ role: "client" });
  client.push(utf8FromString("\r\n\r\n"));
  expect(told(items(client))).toEqual(["pong", "pong"]);
  const server = new SipStreamFramer();
  server.push(utf8FromString("\r\n"));
  expect(items(server)).toEqual([]);
  server.push(message("m"));
  expect(told(items(server))).toEqual(["m"]);
  server.push(utf8FromString("\r\n\r"));
  expect(items(server)).toEqual([]);
  server.push(utf8FromString("\n"));
  expect(told(items(server))).toEqual(["ping"]);
});

test("RFC 3261 §18.3: a message's bytes are its own, whatever happens to what was pushed", () => {
  const framer = new SipStreamFramer();
  const bytes = message("kept", 4);
  framer.push(bytes);
  bytes.fill(0);
  const [item] = items(framer);
  framer.push(message("other", 400));
  items(framer);
  expect(item?.type === "message" && [item.message.callId, item.message.body.length]).toEqual(["kept", 4]);
});

test("RFC 3261 §18.3: what cannot be framed ends the stream once, with the head where there is one", () => {
  const failing: [string, string, boolean][] = [
    ["OPTIONS sip:a SIP/2.0\r\nCall-ID: x\r\n\r\n", "missing-content-length", true],
    ["OPTIONS sip:a SIP/2.0\r\nl: 1\r\nl: 1\r\n\r\n", "bad-content-length", true],
    ["OPTIONS sip:a SIP/2.0\r\nl: 1x\r\n\r\n", "bad-content-length", true],
    ["OPTIONS sip:a SIP/2.0\r\nl: 101\r\n\r\n", "body-too-long", true],
    ["GET / HTTP/1.1\r\n\r\n", "not-sip", false],
    ["OPTIONS sip:a SIP/2.0\r\na: b\nc: d\r\n\r\n", "bare-line-break", false],
    [`OPTIONS sip:a SIP/2.0\r\n${"a: b\r\n".repeat(11)}\r\n`, "too-many-header-fields", false],
    [`OPTIONS sip:a SIP/2.0\r\na: ${"b".repeat(300)}`, "head-too-long", false],
  ];
  for (const [text, reason, hasHead] of failing) {
    const framer = new SipStreamFramer({ maxHeadLength: 200, maxBodyLength: 100, maxHeaderFields: 10 });
    framer.push(utf8FromString(text));
    const [item, ...others] = items(framer);
    expect(item).toMatchObject({ type: "failed", reason });
    expect([item?.type === "failed" && item.message !== undefined, others, framer.failed]).toEqual([hasHead, [], true]);
    framer.push(message("late"));
    expect([items(framer), framer.pendingLength]).toEqual([[], 0]);
  }
});

test("RFC 3261 §7.1, §18.3: what cannot become a message is not waited for, however slowly it comes", () => {
  for (const [text, reason] of [
    ["\x16\x03\x01", "not-sip"],
    ["GET / HTTP/1.1\r\n", "not-sip"],
    ["\r\n\r\nhello\r\n", "not-sip"],
    ["OPTIONS sip:a SIP/2.0\n", "bare-line-break"],
    ["\rO", "bare-line-break"],
    ["\r\n\rO", "bare-line-break"],
    ["\n", "not-sip"],
  ] as const) {
    for (const cut of [text.length, 1]) {
      const framer = new SipStreamFramer();
      const all: StreamItem[] = [];
      for (let at = 0; at < text.length; at += cut) {
        expect(told(all)).not.toContain(reason);
        framer.push(utf8FromString(text.slice(at, at + cut)));
        all.push(...items(framer));
        if (framer.failed) break;
      }
      expect(told(all).at(-1), JSON.stringify(text)).toBe(reason);
    }
  }
  // The second of two messages is looked at as the first was.
  const framer = new SipStreamFramer();
  framer.push(message("m"));
  framer.push(utf8FromString("GET / HTTP/1.1\r\n"));
  expect(told(items(framer))).toEqual(["m", "not-sip"]);
});

test("RFC 3261 §18.3: a head exactly as long as allowed passes, one octet more does not", () => {
  const bytes = message("exact");
  for (const [maxHeadLength, expected] of [
    [bytes.length, "exact"],
    [bytes.length - 1, "head-too-long"],
  ] as const) {
    const framer = new SipStreamFramer({ maxHeadLength });
    framer.push(bytes);
    expect(told(items(framer))).toEqual([expected]);
  }
});

test("RFC 3261 §18.3: octets one by one cost as much as at once, not their square", () => {
  const bytes = writeSipMessage(
    createRequest({ method: "MESSAGE", uri: "sip:a", headers: { Subject: "s".repeat(60_000) }, body: new Uint8Array(30_000) }),
  );
  const framer = new SipStreamFramer();
  const began = process.cpuUsage();
  let found = 0;
  for (let at = 0; at < bytes.length; at++) {
    framer.push(bytes.subarray(at, at + 1));
    found += items(framer).length;
  }
  expect(found).toBe(1);
  expect(process.cpuUsage(began).user).toBeLessThan(1_000_000);
});
