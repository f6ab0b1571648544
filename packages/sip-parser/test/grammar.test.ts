import { Malformed, utf8FromString } from "@purertc/core";
import {
  COMPACT_FORMS,
  HEADER_GRAMMARS,
  HeaderField,
  type HeaderName,
  parseSipMessage,
  parseUri,
  sameUri,
  writeSipMessage,
  writeUri,
} from "@purertc/sip-parser";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { extensionLine, headerLine, headerValues, requestLine, statusLine, uri } from "./abnf.ts";

const compactOf = new Map(Object.entries(COMPACT_FORMS).map(([compact, name]) => [name as string, compact]));

describe("RFC 3261 §25.1 and later ABNF", () => {
  for (const [name, grammar] of Object.entries(HEADER_GRAMMARS)) {
    if (name === "Content-Length") continue;
    test(`§20: ${name} parses, and writes what parses to the same`, () => {
      fc.assert(
        fc.property(headerLine(name, compactOf.get(name)), (line) => {
          const field = HeaderField.raw(utf8FromString(line));
          expect(field.canonicalName).toBe(name);
          const { values } = field;
          if (values instanceof Malformed) throw new Error(`${values.reason} at ${values.offset}`);
          const separator = grammar.separator === ";" ? ";" : ", ";
          const written = values.map((value) => (grammar.write as (value: unknown) => string)(value)).join(separator);
          const again = HeaderField.of(name, written).values;
          if (again instanceof Malformed) throw new Error(`written as ${written}: ${again.reason} at ${again.offset}`);
          expect(plain(again)).toEqual(plain(values));
        }),
        { numRuns: 60 },
      );
    });
  }

  test("§20: every header with a grammar is generated here", () => {
    expect(Object.keys(headerValues)).toEqual(Object.keys(HEADER_GRAMMARS).filter((name) => name !== "Content-Length"));
  });

  test("§19.1.1, RFC 3966 §3: URIs parse, write back as they were but for the scheme's case, and equal themselves", () => {
    fc.assert(
      fc.property(uri, (text) => {
        const parsed = parseUri(text);
        if (parsed instanceof Malformed) throw new Error(`${parsed.reason} at ${parsed.offset}`);
        const scheme = text.slice(0, text.indexOf(":"));
        expect(writeUri(parsed)).toBe(scheme.toLowerCase() + text.slice(scheme.length));
        expect(sameUri(parsed, parsed)).toBe(true);
      }),
      { numRuns: 500, examples: [["sip:ca;Z;z=a"], ["tel:1;z;Z=a"]] },
    );
  });

  test("§7: whole messages come out byte for byte, in order, with every header readable", () => {
    const names = Object.keys(headerValues) as HeaderName[];
    const line = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...names).chain((name) => headerLine(name, compactOf.get(name))) },
      extensionLine,
    );
    const body = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(requestLine, statusLine), fc.array(line, { maxLength: 12 }), body, (start, lines, bodyBytes) => {
        const head = utf8FromString(`${start}${lines.join("")}Content-Length: ${bodyBytes.length}\r\n\r\n`);
        const bytes = new Uint8Array(head.length + bodyBytes.length);
        bytes.set(head);
        bytes.set(bodyBytes, head.length);
        const message = parseSipMessage(bytes);
        if (message instanceof Malformed) throw new Error(`${message.reason} at ${message.offset}`);
        expect(message.startLine.problem).toBeUndefined();
        expect(message.headers.fields.length).toBe(lines.length + 1);
        for (const field of message.headers) expect(field.values).not.toBeInstanceOf(Malformed);
        expect(message.body).toEqual(bodyBytes);
        expect(writeSipMessage(message)).toEqual(bytes);
        // Also when nothing can be copied in one run.
        const edited = message.copy();
        edited.headers.append("X-Extra", "1");
        const again = parseSipMessage(writeSipMessage(edited));
        if (again instanceof Malformed) throw new Error(again.reason);
        expect(again.headers.fields.length).toBe(lines.length + 2);
        expect(again.body).toEqual(bodyBytes);
      }),
      { numRuns: 200 },
    );
  });
});

/** Values without their private parts: parameters as pairs. */
function plain(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Symbol.iterator in value) return [...(value as Iterable<unknown>)].map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}
