import { Malformed, stringFromUtf8, utf8FromString } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { mediaType } from "./headers/media-type.ts";
import { SipHeaders } from "./headers.ts";
import { parseMultipart, writeMultipart } from "./multipart.ts";

const type = mediaType("multipart", "mixed", { boundary: '"b 1"' });

function parts(text: string): [string | undefined, string][] | string {
  const parsed = parseMultipart(utf8FromString(text), type);
  return parsed instanceof Malformed ? parsed.reason : parsed.map((part) => [part.headers.text("Content-Type"), stringFromUtf8(part.body)]);
}

test("RFC 2046 §5.1.1: preamble, parts with and without headers, padding, epilogue", () => {
  expect(
    parts("pre\r\n--b 1 \t\r\nc: text/plain\r\n\r\none\r\n\r\n--b 1\r\n\r\ntwo --b 1\r\n--b 1x\r\n--b 1--\r\nepilogue\r\n--b 1\r\n"),
  ).toEqual([
    ["text/plain", "one\r\n"],
    [undefined, "two --b 1\r\n--b 1x"],
  ]);
  expect(parts("--b 1\r\n\r\n\r\n--b 1--")).toEqual([[undefined, ""]]);
});

test("RFC 2046 §5.1.1: what is cut, empty, endless or without a boundary", () => {
  expect(parts("")).toBe("unterminated");
  expect(parts("--b 1\r\n\r\none")).toBe("unterminated");
  expect(parts("--b 1\r\nc: d\r\n--b 1--\r\n")).toBe("bad-part");
  const body = utf8FromString(`${"--b 1\r\n\r\n\r\n".repeat(4)}--b 1--`);
  expect(parseMultipart(body, type, 3)).toMatchObject({ reason: "too-many-parts" });
  expect(parseMultipart(body, type, 4)).not.toBeInstanceOf(Malformed);
  expect(parseMultipart(body, mediaType("a", "b"))).toMatchObject({ reason: "no-boundary" });
  expect(parseMultipart(body, mediaType("a", "b", { boundary: "x".repeat(71) }))).toMatchObject({ reason: "no-boundary" });
});

test("RFC 2046 §5.1.1: what is written parses back, binary or not", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 5 }), (bodies) => {
      const written = writeMultipart(
        bodies.map((body, i) => ({ headers: new SipHeaders().set("Content-ID", `<${i}@x>`), body })),
        "b 1",
      );
      const parsed = parseMultipart(written, type);
      if (parsed instanceof Malformed) throw new Error(parsed.reason);
      expect(parsed.map((part) => [...part.body])).toEqual(bodies.map((body) => [...body]));
      expect(parsed.map((part) => part.headers.text("Content-ID"))).toEqual(bodies.map((_, i) => `<${i}@x>`));
    }),
  );
});
