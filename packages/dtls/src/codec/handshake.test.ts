import { Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type HandshakeFragment, parseHandshakeFragment, parseHandshakeFragments, writeHandshakeFragment } from "./handshake.ts";

const fragment: fc.Arbitrary<HandshakeFragment> = fc
  .record({
    type: fc.nat(255),
    messageSeq: fc.nat(0xffff),
    fragmentOffset: fc.nat(0xff_0000),
    fragment: fc.uint8Array({ maxLength: 60 }),
    beyond: fc.nat(0xff),
  })
  .map(({ beyond, ...rest }) => ({ ...rest, length: rest.fragmentOffset + rest.fragment.length + beyond }));

function write(fragments: readonly HandshakeFragment[]): Uint8Array {
  const out = new Uint8Array(fragments.reduce((length, each) => length + 12 + each.fragment.length, 0));
  fragments.reduce((at, each) => writeHandshakeFragment(out, at, each), 0);
  return out;
}

test("RFC 6347 §4.2.2: several fragments in a record are written and read again", () => {
  fc.assert(
    fc.property(
      fc.array(fragment, { minLength: 1, maxLength: 4 }),
      (fragments) => void expect(parseHandshakeFragments(write(fragments))).toEqual(fragments),
    ),
  );
});

test("RFC 6347 §4.2.2: any bytes are fragments or malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const fragments = parseHandshakeFragments(bytes);
      if (!(fragments instanceof Malformed)) expect(write(fragments)).toEqual(bytes);
    }),
  );
});

test("RFC 6347 §4.2.3: a fragment that reaches beyond its message, or its record, is malformed", () => {
  const bytes = write([{ type: 1, length: 10, messageSeq: 0, fragmentOffset: 8, fragment: new Uint8Array(3) }]);
  expect(parseHandshakeFragment(bytes, 0)).toEqual(new Malformed("bad-length", 6));
  const cut = write([{ type: 1, length: 10, messageSeq: 0, fragmentOffset: 0, fragment: new Uint8Array(3) }]).subarray(0, 14);
  expect(parseHandshakeFragment(cut, 0)).toEqual(new Malformed("truncated", 14));
});

test("RFC 5246 §6.2.1: a handshake record is not empty", () => {
  expect(parseHandshakeFragments(new Uint8Array(0))).toEqual(new Malformed("truncated", 0));
});
