import { readFileSync } from "node:fs";
import { bytesFromHex, concatBytes, Malformed, utf8FromString } from "@purertc/core";
import {
  mediaType,
  parseMultipart,
  parseSipMessage,
  parseUri,
  parseWebSocketMessage,
  type SipMessage,
  SipStreamFramer,
  sameUri,
  type Uri,
  validateSipMessage,
  writeSipMessage,
} from "@purertc/sip-parser";
import fc from "fast-check";
import { expect, test } from "vitest";

const corpus: readonly Uint8Array[] = ["rfc4475.json", "rfc5118.json"].flatMap((file) =>
  JSON.parse(readFileSync(new URL(`../../../test-vectors/sip/${file}`, import.meta.url), "utf8")).messages.map(
    (each: { text: string; bodyHex?: string }) => concatBytes(utf8FromString(each.text), bytesFromHex(each.bodyHex ?? "")),
  ),
);

/** Reads everything there is to read. */
function readAll(message: SipMessage): void {
  for (const field of message.headers) {
    void [field.name, field.text, field.canonicalName];
    const { values } = field;
    if (values instanceof Malformed) continue;
    for (const value of values)
      if (value !== null && typeof value === "object" && "parameters" in value) void [...(value.parameters as Iterable<unknown>)];
    message.headers.problem(field.name);
  }
  validateSipMessage(message, { methods: [], extensions: [], contentTypes: [], answerTypes: [], strict: true });
  validateSipMessage(message, { role: "proxy", extensions: [], isLoop: () => false });
  if (message.kind === "request") void [message.uri, message.method, message.maxForwards];
  else void [message.statusCode, message.reasonPhrase];
  const type = message.headers.get("Content-Type");
  if (type !== undefined) parseMultipart(message.body, type);
}

function survives(bytes: Uint8Array): void {
  parseWebSocketMessage(bytes);
  const message = parseSipMessage(bytes);
  if (message instanceof Malformed) {
    expect(message.offset).toBeLessThanOrEqual(bytes.length);
    return;
  }
  readAll(message);
  // Leading CRLFs are not part of the message.
  const written = writeSipMessage(message);
  expect(written).toEqual(bytes.subarray(message.startLine.start, bytes.length - message.surplusLength));
}

/** Bytes that mean something to the grammar. */
const telling = fc.constantFrom(...utf8FromString('\r\n \t:;,<>"\\@=/?%[]()*0é\0'));
const change = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), at: fc.nat(), byte: fc.oneof(telling, fc.integer({ min: 0, max: 255 })) }),
  fc.record({ kind: fc.constant("insert" as const), at: fc.nat(), byte: telling, count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant("remove" as const), at: fc.nat(), count: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ kind: fc.constant("repeat" as const), at: fc.nat(), count: fc.integer({ min: 1, max: 60 }) }),
);

test("RFC 3261 §25: no mutation of a torture message throws, and what can be framed is written back byte for byte", () => {
  fc.assert(
    fc.property(fc.constantFrom(...corpus), fc.array(change, { maxLength: 4 }), (original, changes) => {
      let bytes = original;
      for (const each of changes) {
        const at = each.at % bytes.length;
        if (each.kind === "set") {
          bytes = bytes.slice();
          bytes[at] = each.byte;
        } else if (each.kind === "insert") {
          bytes = concatBytes(bytes.subarray(0, at), new Uint8Array(each.count).fill(each.byte), bytes.subarray(at));
        } else if (each.kind === "remove") bytes = concatBytes(bytes.subarray(0, at), bytes.subarray(at + each.count));
        else bytes = concatBytes(bytes.subarray(0, at + each.count), bytes.subarray(at));
        if (bytes.length === 0) return;
      }
      survives(bytes);
    }),
    { numRuns: 800 },
  );
});

test("RFC 3261 §25: no bytes at all throw, alone or after a start line", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(telling, { maxLength: 60 }), (noise, told) => {
      survives(noise);
      survives(concatBytes(utf8FromString("INVITE sip:a@b SIP/2.0\r\nVia: "), Uint8Array.from(told), utf8FromString("\r\n\r\n")));
      survives(
        concatBytes(
          utf8FromString("INVITE "),
          Uint8Array.from(told),
          utf8FromString(" SIP/2.0\r\nContact: "),
          noise,
          utf8FromString("\r\n\r\n"),
        ),
      );
    }),
    { numRuns: 400 },
  );
});

test("RFC 3261 §18.3: a stream of mutated messages, cut anywhere, neither throws nor keeps more than its bounds", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...corpus), { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 20 }),
      (messages, cuts) => {
        const stream = concatBytes(...messages);
        const framer = new SipStreamFramer({ maxHeadLength: 5000, maxBodyLength: 2000 });
        for (let at = 0, i = 0; at < stream.length; i++) {
          const length = cuts[i % cuts.length]!;
          framer.push(stream.subarray(at, at + length));
          at += length;
          while (framer.next() !== undefined);
          expect(framer.pendingLength).toBeLessThanOrEqual(7000);
        }
      },
    ),
    { numRuns: 150 },
  );
});

/** Inputs whose length grows with `n`, aimed at each loop that could look at a byte again and again. */
const growing: { readonly [what: string]: (n: number) => string } = {
  "blanks in a folded value": (n) => `Subject: a\r\n b${" ".repeat(n)}c`,
  folds: (n) => `Subject: a${"\r\n b".repeat(n / 4)}`,
  "blank folds": (n) => `Subject: a${"\r\n ".repeat(n / 3)}b`,
  "commas in Via": (n) => `Via: SIP/2.0/UDP a${",".repeat(n)}`,
  "Via values": (n) =>
    `Via: ${Array(Math.ceil(n / 20))
      .fill("SIP/2.0/UDP a;branch=b")
      .join(",")}`,
  semicolons: (n) => `Via: SIP/2.0/UDP a${";".repeat(n)}`,
  "parameters of one name": (n) => `From: <sip:a@b>${";tag=a".repeat(n / 6)}`,
  "an open quote": (n) => `To: "${"a".repeat(n)}`,
  "escapes in a quote": (n) => `To: "${'\\"'.repeat(n / 2)}" <sip:a@b>`,
  "quoted names": (n) => `Contact: ${'"a" '.repeat(n / 4)}`,
  "display name tokens": (n) => `Contact: ${"a ".repeat(n / 2)}`,
  contacts: (n) =>
    `Contact: ${Array(Math.ceil(n / 8))
      .fill("a <b:c>")
      .join(",")}`,
  "bare contacts": (n) =>
    `Contact: ${Array(Math.ceil(n / 7))
      .fill("sip:a@b")
      .join(",")}`,
  "at signs": (n) => `Contact: <sip:${"a@".repeat(n / 2)}>`,
  "colons in a URI": (n) => `Contact: <sip:${"a:".repeat(n / 2)}b>`,
  "percent escapes": (n) => `Contact: <sip:${"%41".repeat(n / 3)}@b>`,
  "open brackets": (n) => `Contact: <sip:a@${"[".repeat(n)}>`,
  "URI headers": (n) => `Contact: <sip:a@b?${"a=b&".repeat(n / 4)}c=d>`,
  "labels of a host": (n) => `Contact: <sip:${"a.".repeat(n / 2)}b>`,
  "open comments": (n) => `Retry-After: 1 ${"(".repeat(n)}`,
  "zeros of a number": (n) => `CSeq: ${"0".repeat(n)}1 INVITE`,
  "digits of a number": (n) => `Content-Length: ${"9".repeat(n)}`,
  "auth parameters": (n) =>
    `Authorization: Digest ${Array(Math.ceil(n / 6))
      .fill('a="b"')
      .join(",")}`,
  "auth commas": (n) => `Authorization: Digest ${"a=".repeat(n / 2)}`,
  "call-id": (n) => `Call-ID: ${"<".repeat(n)}`,
  "slashes in Accept": (n) => `Accept: ${"a/".repeat(n / 2)}`,
  "tokens in Supported": (n) => `Supported: ${"a,".repeat(n / 2)}a`,
  "a long name": (n) => `${"A".repeat(n)}: b`,
  "blanks after a name": (n) => `Subject${" ".repeat(n)}: b`,
  "header fields": (n) =>
    Array(Math.ceil(n / 6))
      .fill("a: *")
      .join("\r\n"),
  "bodies between boundaries": (n) => `Content-Type: multipart/mixed;boundary=--------\r\n\r\n${"--".repeat(n / 2)}`,
};

test("RFC 3261 §25: time grows with length, whatever the input", () => {
  for (const [what, text] of Object.entries(growing)) {
    // Eight times the length takes about eight times as long; a quadratic loop takes sixty-four times, however often it is measured.
    let ratio = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 5 && ratio > 28; attempt++) ratio = cost(text, 8 * SMALL) / cost(text, SMALL);
    expect(ratio, what).toBeLessThan(28);
  }
});

test("RFC 3261 §19.1.4: comparing URIs takes time in proportion to their length", () => {
  const pair = (n: number): readonly [Uri, Uri] => {
    const parameters = Array.from({ length: n }, (_, i) => `;p${i}=${i}`);
    const of = (list: readonly string[]): Uri => parseUri(`sip:a@b${list.join("")}`) as Uri;
    return [of(parameters), of(parameters.reverse())];
  };
  const took = ([a, b]: readonly [Uri, Uri]): number => {
    const before = process.cpuUsage();
    expect(sameUri(a, b)).toBe(true);
    const { user, system } = process.cpuUsage(before);
    return Math.max(user + system, 20);
  };
  let ratio = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 5 && ratio > 28; attempt++) {
    ratio = Math.min(...[1, 2, 3].map(() => took(pair(8_000)))) / Math.min(...[1, 2, 3].map(() => took(pair(1_000))));
  }
  expect(ratio).toBeLessThan(28);
});

const SMALL = 12_000;

/** Microseconds of processor time that the best of several runs took: other work on the machine does not count. */
function cost(text: (n: number) => string, n: number): number {
  const bytes = utf8FromString(`INVITE sip:a@b SIP/2.0\r\n${text(n)}\r\n\r\n`);
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 7; run++) {
    const before = process.cpuUsage();
    const message = parseSipMessage(bytes, { maxHeaderFields: 1e6 });
    if (message instanceof Malformed) throw new Error(`${message.reason} at ${message.offset}`);
    readFields(message);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, user + system);
  }
  return Math.max(best, 20);
}

function readFields(message: SipMessage): void {
  for (const field of message.headers) {
    const { values } = field;
    void field.text;
    if (values instanceof Malformed) continue;
    for (const value of values)
      if (value !== null && typeof value === "object" && "parameters" in value) void [...(value.parameters as Iterable<unknown>)];
  }
  message.headers.all("Contact");
  parseMultipart(message.body, message.headers.get("Content-Type") ?? mediaType("a", "b"), 1e6);
}

test("RFC 3261 §19.1: URIs of any bytes never throw", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.constantFrom("", "sip:", "sips:", "tel:", "tel:+"),
      (text, scheme) => void parseUri(scheme + text),
    ),
  );
});

test("RFC 3261 §18.3: bounds hold: length, header fields", () => {
  const bytes = corpus[0]!;
  expect(parseSipMessage(bytes, { maxLength: bytes.length - 1 })).toMatchObject({ reason: "too-long" });
  const many = utf8FromString(`OPTIONS sip:a SIP/2.0\r\n${"a: b\r\n".repeat(501)}\r\n`);
  expect(parseSipMessage(many)).toMatchObject({ reason: "too-many-header-fields", offset: 23 + 500 * 6 });
  expect(parseSipMessage(many, { maxHeaderFields: 501 })).not.toBeInstanceOf(Malformed);
});
