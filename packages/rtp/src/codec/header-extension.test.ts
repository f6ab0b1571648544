import { InvalidArgumentError, Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { u16 } from "../../test/arbitraries.ts";
import {
  findHeaderExtension,
  type HeaderExtensionElement,
  headerExtensionBlock,
  ONE_BYTE_PROFILE,
  parseHeaderExtensions,
  remapHeaderExtensions,
  TWO_BYTE_PROFILE,
  writeHeaderExtensionBlock,
} from "./header-extension.ts";

const block = (profile: number, ...data: number[]) => ({ profile, data: Uint8Array.from(data) });
const element = (id: number, ...data: number[]): HeaderExtensionElement => ({ id, data: Uint8Array.from(data) });
const small = fc.record({ id: fc.integer({ min: 1, max: 14 }), data: fc.uint8Array({ minLength: 1, maxLength: 16 }) });
const large = fc.record({ id: fc.integer({ min: 1, max: 255 }), data: fc.uint8Array({ maxLength: 255 }) });

test("RFC 8285 §4: elements written are elements parsed, in either form", () => {
  fc.assert(
    fc.property(fc.array(small), (elements) => {
      expect(headerExtensionBlock(elements).profile).toBe(ONE_BYTE_PROFILE);
      expect(parseHeaderExtensions(headerExtensionBlock(elements))).toEqual(elements);
    }),
  );
  fc.assert(
    fc.property(fc.array(large), (elements) => {
      expect(parseHeaderExtensions(headerExtensionBlock(elements))).toEqual(elements);
    }),
  );
});

test("RFC 8285 §4.2: the one-byte form's example, one element of each length with padding between", () => {
  const bytes = block(ONE_BYTE_PROFILE, 0x10, 0xaa, 0x21, 0xbb, 0xbc, 0, 0, 0x33, 1, 2, 3, 4);
  expect(parseHeaderExtensions(bytes)).toEqual([element(1, 0xaa), element(2, 0xbb, 0xbc), element(3, 1, 2, 3, 4)]);
});

test("RFC 8285 §4.3: the two-byte form has empty elements, identifiers above 14 and appbits", () => {
  const bytes = block(TWO_BYTE_PROFILE | 7, 200, 0, 15, 2, 1, 2, 0, 0);
  expect(parseHeaderExtensions(bytes)).toEqual([element(200), element(15, 1, 2)]);
});

test("RFC 8285 §4.2: identifier 15, and 0 with a length, end the one-byte form; what is before them counts", () => {
  expect(parseHeaderExtensions(block(ONE_BYTE_PROFILE, 0x10, 1, 0xf0, 2, 0x20, 3, 0, 0))).toEqual([element(1, 1)]);
  expect(parseHeaderExtensions(block(ONE_BYTE_PROFILE, 0x10, 1, 0x01, 2, 3, 0x20, 3, 0))).toEqual([element(1, 1)]);
  for (const stop of [0xf0, 0x01]) {
    const bytes = new Uint8Array(12);
    writeHeaderExtensionBlock(bytes, 0, block(ONE_BYTE_PROFILE, 0x10, 1, stop, 2, 0x20, 3, 0, 0));
    expect(findHeaderExtension(bytes, 0, 12, 1)).toBe(5);
    expect(findHeaderExtension(bytes, 0, 12, 2)).toBe(-1);
  }
});

test.each([
  ["one-byte element over the end", block(ONE_BYTE_PROFILE, 0x10, 1, 0x22, 2), "element-overrun"],
  ["two-byte element over the end", block(TWO_BYTE_PROFILE, 1, 3, 1, 2), "element-overrun"],
  ["two-byte element without its length", block(TWO_BYTE_PROFILE, 1, 1, 9, 2), "element-overrun"],
  ["a profile of another RFC", block(0x1234, 1, 2, 3, 4), "unknown-profile"],
])("RFC 8285 §4: refuses %s", (_, extension, reason) => {
  expect(parseHeaderExtensions(extension)).toMatchObject({ reason });
});

test("RFC 8285 §4: finding agrees with parsing and never looks past the end", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.constantFrom(ONE_BYTE_PROFILE, TWO_BYTE_PROFILE), u16),
      fc.uint8Array({ maxLength: 40 }),
      fc.integer({ min: 1, max: 255 }),
      (profile, data, id) => {
        const bytes = new Uint8Array(4 + data.length + 8).fill(0x11); // more elements behind the end
        writeHeaderExtensionBlock(bytes, 0, { profile, data });
        const at = findHeaderExtension(bytes, 0, 4 + data.length, id);
        const parsed = parseHeaderExtensions({ profile, data });
        if (parsed instanceof Malformed) {
          if (at >= 0) expect(at).toBeLessThanOrEqual(4 + data.length);
          return;
        }
        const first = parsed.find((one) => one.id === id);
        expect(at).toBe(first === undefined ? -1 : first.data.byteOffset - data.byteOffset + 4);
      },
    ),
  );
});

test("RFC 8285 §4.1.2: forms refuse elements they cannot say", () => {
  expect(() => headerExtensionBlock([element(15, 1)], "one-byte")).toThrow(InvalidArgumentError);
  expect(() => headerExtensionBlock([element(1)], "one-byte")).toThrow(InvalidArgumentError);
  expect(() => headerExtensionBlock([{ id: 1, data: new Uint8Array(17) }], "one-byte")).toThrow(InvalidArgumentError);
  expect(() => headerExtensionBlock([element(256, 1)])).toThrow(InvalidArgumentError);
  expect(() => headerExtensionBlock([{ id: 1, data: new Uint8Array(256) }])).toThrow(InvalidArgumentError);
});

test("RFC 8285 §5: remapping renames, wipes what has no name, and keeps the rest", () => {
  const map = new Uint8Array(256);
  map.set([0, 5, 0, 1]);
  fc.assert(
    fc.property(fc.array(large, { maxLength: 5 }), fc.array(small, { maxLength: 5 }), fc.boolean(), (larges, smalls, oneByte) => {
      const elements = oneByte ? smalls : larges;
      const { profile, data } = headerExtensionBlock(elements, oneByte ? "one-byte" : "two-byte");
      const bytes = new Uint8Array(4 + data.length);
      writeHeaderExtensionBlock(bytes, 0, { profile, data });
      remapHeaderExtensions(bytes, 0, bytes.length, map);
      const kept = elements.filter(({ id }) => map[id] !== 0).map((one) => ({ id: map[one.id]!, data: one.data }));
      expect(parseHeaderExtensions({ profile, data: bytes.subarray(4) })).toEqual(kept);
    }),
  );
});

test("RFC 8285 §4: remapping wipes from a bad element on, and identifiers the form cannot say", () => {
  const remapped = (profile: number, data: number[], map: Uint8Array) => {
    const bytes = new Uint8Array(4 + data.length);
    writeHeaderExtensionBlock(bytes, 0, block(profile, ...data));
    remapHeaderExtensions(bytes, 0, bytes.length, map);
    return [...bytes.subarray(4)];
  };
  const same = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect(remapped(ONE_BYTE_PROFILE, [0x10, 1, 0x2f, 2], same)).toEqual([0x10, 1, 0, 0]);
  expect(remapped(ONE_BYTE_PROFILE, [0x10, 1, 0xf0, 2], same)).toEqual([0x10, 1, 0, 0]);
  expect(remapped(TWO_BYTE_PROFILE, [1, 0, 0, 9], same)).toEqual([1, 0, 0, 0]);
  expect(remapped(ONE_BYTE_PROFILE, [0x10, 1, 0x20, 2], same.with(1, 15))).toEqual([0, 0, 0x20, 2]);
  expect(remapped(0x1234, [0x10, 1, 0x2f, 2], same)).toEqual([0x10, 1, 0x2f, 2]);
});
