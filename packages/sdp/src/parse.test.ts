import { Malformed } from "@purertc/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { attribute, rawAttribute } from "./attribute.ts";
import { SdpMalformed } from "./malformed.ts";
import { createMedia, type MediaDescription } from "./media-description.ts";
import { parseSdp, type SdpParseOptions } from "./parse.ts";
import { createSession, SessionDescription } from "./session-description.ts";
import { writeSdp } from "./write.ts";

const HEAD = ["v=0", "o=- 1 2 IN IP4 0.0.0.0", "s=-", "t=0 0"];

test("RFC 8866 §5: every line type is read, and written as it came", () => {
  const text = crlf(
    "v=0",
    "o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1",
    "s=Call to John Smith",
    "i=SDP Offer #1",
    "u=http://www.jdoe.example.com/home.html",
    "e=Jane Doe <jane@jdoe.example.com>",
    "p=+1 617 555-6011",
    "c=IN IP4 224.2.1.1/127/3",
    "b=CT:1000",
    "t=3724394400 3724398000",
    "r=604800 3600 0 90000",
    "r=7d 1h 0 25h",
    "z=3730928400 -1h 3749680800 0",
    "t=0 0",
    "k=prompt",
    "a=recvonly",
    "m=audio 49170/2 RTP/AVP 0 96",
    "i=the sound",
    "c=IN IP6 ff00::1/3",
    "b=AS:64",
    "b=X-YZ:128",
    "k=clear:secret",
    "a=rtpmap:96 opus/48000/2",
  );
  const session = parsed(text);
  expect(session.origin).toEqual({
    username: "jdoe",
    sessionId: "3724394400",
    sessionVersion: "3724394405",
    netType: "IN",
    addressType: "IP4",
    address: "198.51.100.1",
  });
  expect(session.name).toBe("Call to John Smith");
  expect(session.information).toBe("SDP Offer #1");
  expect(session.connection).toEqual({ netType: "IN", addressType: "IP4", address: "224.2.1.1", ttl: 127, addressCount: 3 });
  expect(session.bandwidths).toEqual([{ type: "CT", value: 1000 }]);
  expect(session.timings).toEqual([
    { start: 3_724_394_400, stop: 3_724_398_000 },
    { start: 0, stop: 0 },
  ]);
  expect(session.direction).toBe("recvonly");
  const [audio] = session.media;
  expect(audio).toMatchObject({ kind: "audio", port: 49_170, portCount: 2, protocol: "RTP/AVP", formats: ["0", "96"] });
  expect(audio!.connection).toEqual({ netType: "IN", addressType: "IP6", address: "ff00::1", addressCount: 3 });
  expect(audio!.bandwidths.map((one) => one.type)).toEqual(["AS", "X-YZ"]);
  expect(writeSdp(session)).toBe(text);
});

test.each([
  ["crlf", crlf(...HEAD, "a=mid:0")],
  ["lf", `${[...HEAD, "a=mid:0"].join("\n")}\n`],
  ["no end", [...HEAD, "a=mid:0"].join("\r\n")],
  ["mixed", "v=0\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\nt=0 0"],
  [
    "unknown types and attributes",
    crlf("v=0", "x=what", "o=- 1 2 IN IP4 0.0.0.0", "s=", "t=0 0", "a=x-new:  two  spaces ", "y=", "m=audio 9 A/B x", "q=1"),
  ],
])("RFC 8866 §5: nothing is lost or invented: %s", (_name, text) => {
  expect(writeSdp(parsed(text))).toBe(text);
});

test("RFC 8866 §9: a changed description that had no last line end gets the ends it needs", () => {
  const session = parsed([...HEAD, "m=audio 9 A/B 0", "a=mid:0"].join("\n"));
  const changed = session.withMedia(session.media.map((media) => media.withAttribute("setup", "active")));
  expect(writeSdp(changed)).toBe("v=0\no=- 1 2 IN IP4 0.0.0.0\ns=-\nt=0 0\nm=audio 9 A/B 0\na=mid:0\r\na=setup:active\r\n");
});

/** What is wrong, the lines, and what must be said of it. */
const REFUSED: readonly (readonly [why: string, lines: readonly string[], reason: string, line: number, about: string])[] = [
  ["empty", [], "missing-line", 1, "v"],
  ["no v= first", ["o=- 1 2 IN IP4 0.0.0.0"], "missing-line", 1, "v"],
  ["another version", ["v=1", ...HEAD.slice(1)], "bad-line", 1, "v"],
  ["no o=", ["v=0", "s=-", "t=0 0"], "missing-line", 2, "o"],
  ["no s=", ["v=0", HEAD[1]!, "t=0 0"], "missing-line", 3, "s"],
  ["no t=", HEAD.slice(0, 3), "missing-line", 4, "t"],
  ["no t= before a section", [...HEAD.slice(0, 3), "m=audio 9 A/B 0"], "missing-line", 4, "t"],
  ["two o=", ["v=0", HEAD[1]!, HEAD[1]!, "s=-", "t=0 0"], "misplaced-line", 3, "o"],
  ["a second v=", ["v=0", "v=0"], "misplaced-line", 2, "v"],
  ["c= after t=", [...HEAD, "c=IN IP4 0.0.0.0"], "misplaced-line", 5, "c"],
  ["two session-level c=", [...HEAD.slice(0, 3), "c=IN IP4 0.0.0.0", "c=IN IP4 0.0.0.0", "t=0 0"], "misplaced-line", 5, "c"],
  ["c= after a= in a section", [...HEAD, "m=audio 9 A/B 0", "a=mid:0", "c=IN IP4 0.0.0.0"], "misplaced-line", 7, "c"],
  ["s= in a section", [...HEAD, "m=audio 9 A/B 0", "s=x"], "misplaced-line", 6, "s"],
  ["r= without t=", ["v=0", HEAD[1]!, "s=-", "r=1 2 3", "t=0 0"], "missing-line", 4, "t"],
  ["z= in the wrong place", [...HEAD, "a=x", "z=1 2"], "misplaced-line", 6, "z"],
  ["no equals sign", [...HEAD, "garbage"], "not-a-line", 5, ""],
  ["a space before the equals sign", [...HEAD, "a =mid:0"], "not-a-line", 5, ""],
  ["two letters", [...HEAD, "ab=1"], "not-a-line", 5, ""],
  ["a digit as type", [...HEAD, "1=1"], "not-a-line", 5, ""],
  ["an empty line", [...HEAD, "", "a=mid:0"], "not-a-line", 5, ""],
  ["a NUL", [...HEAD, "a=x\0"], "not-a-line", 5, ""],
  ["a bare CR", [...HEAD, "a=x\ry"], "not-a-line", 5, ""],
  ["an o= with a word missing", ["v=0", "o=- 1 2 IN IP4"], "bad-line", 2, "o"],
  ["an o= with a word too many", ["v=0", "o=- 1 2 IN IP4 0.0.0.0 x"], "bad-line", 2, "o"],
  ["an o= version that is no number", ["v=0", "o=- 1 x IN IP4 0.0.0.0"], "bad-line", 2, "o"],
  ["a negative session id", ["v=0", "o=- -1 2 IN IP4 0.0.0.0"], "bad-line", 2, "o"],
  ["a c= that is short", [...HEAD.slice(0, 3), "c=IN IP4", "t=0 0"], "bad-line", 4, "c"],
  ["a c= with an empty word", [...HEAD.slice(0, 3), "c=IN  1.2.3.4", "t=0 0"], "bad-line", 4, "c"],
  ["a c= whose TTL is no number", [...HEAD.slice(0, 3), "c=IN IP4 224.2.1.1/x", "t=0 0"], "bad-line", 4, "c"],
  ["a c= with three suffixes", [...HEAD.slice(0, 3), "c=IN IP4 224.2.1.1/1/2/3", "t=0 0"], "bad-line", 4, "c"],
  ["a c= with a wrong TTL", [...HEAD.slice(0, 3), "c=IN IP4 224.2.1.1/256", "t=0 0"], "bad-line", 4, "c"],
  ["a c= with two IPv6 suffixes", [...HEAD.slice(0, 3), "c=IN IP6 ff00::1/3/4", "t=0 0"], "bad-line", 4, "c"],
  ["a b= without value", [...HEAD.slice(0, 3), "b=AS", "t=0 0"], "bad-line", 4, "b"],
  ["a t= with one number", [...HEAD.slice(0, 3), "t=0"], "bad-line", 4, "t"],
  ["an r= with two words", [...HEAD, "r=1 2"], "bad-line", 5, "r"],
  ["a z= with half a pair", [...HEAD, "z=1"], "bad-line", 5, "z"],
  ["a k= of no kind", [...HEAD, "k=x"], "bad-line", 5, "k"],
  ["an empty u=", [...HEAD.slice(0, 3), "u=", "t=0 0"], "bad-line", 4, "u"],
  ["an m= without formats", [...HEAD, "m=audio 9 RTP/AVP"], "bad-line", 5, "m"],
  ["an m= port out of range", [...HEAD, "m=audio 65536 RTP/AVP 0"], "bad-line", 5, "m"],
  ["an m= port count of zero", [...HEAD, "m=audio 9/0 RTP/AVP 0"], "bad-line", 5, "m"],
  ["an m= with two spaces", [...HEAD, "m=audio 9 RTP/AVP  0"], "bad-line", 5, "m"],
  ["an attribute without name", [...HEAD, "a=:x"], "bad-line", 5, ""],
  ["a malformed known attribute", [...HEAD, "m=audio 9 A/B 0", "a=rtpmap:x"], "bad-line", 6, "rtpmap"],
];

test.each(REFUSED)("RFC 8866 §9: refused with its line: %s", (_why, lines, reason, line, about) => {
  const text = crlf(...lines);
  const result = parseSdp(text);
  expect(result).toBeInstanceOf(SdpMalformed);
  expect(result).toBeInstanceOf(Malformed);
  const offset = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 2, 0);
  expect(result).toMatchObject({ reason, line, about, offset });
});

test("RFC 8866 §9: lenient parsing lets malformed attributes and misplaced lines in, writes them back, and shows only what is well formed", () => {
  const text = crlf(
    "v=0",
    "o=- 1 2 IN IP4 0.0.0.0",
    "a=early",
    "c=nonsense",
    "m=audio 9 A/B 0",
    "a=rtpmap:x",
    "a=rtpmap:0 PCMU/8000",
    "c=IN IP4 1.2.3.4",
  );
  expect(parseSdp(text)).toBeInstanceOf(SdpMalformed);
  const session = parsed(text, { lenient: true });
  expect(writeSdp(session)).toBe(text);
  expect(session.connection).toBeUndefined();
  expect(session.media[0]!.rtpmap).toEqual([{ payloadType: 0, encodingName: "PCMU", clockRate: 8000 }]);
  expect(session.media[0]!.connection?.address).toBe("1.2.3.4");
});

test("RFC 8866 §5.7: a TTL alone, and a count after it", () => {
  const connection = (value: string): unknown => parsed(crlf(...HEAD, "m=audio 9 A/B 0", `c=${value}`)).media[0]!.connection;
  expect(connection("IN IP4 224.2.1.1/127")).toEqual({ netType: "IN", addressType: "IP4", address: "224.2.1.1", ttl: 127 });
  expect(connection("IN IP4 224.2.1.1/127/2")).toMatchObject({ ttl: 127, addressCount: 2 });
  expect(connection("IN IP6 ff00::1/2")).toEqual({ netType: "IN", addressType: "IP6", address: "ff00::1", addressCount: 2 });
});

test.each([
  ["no v= first", "o=- 1 2 IN IP4 0.0.0.0\r\n"],
  ["garbage", "garbage"],
  ["v=1", "v=1\r\n"],
  ["m=", "v=0\r\nm=audio\r\n"],
  ["o=", "v=0\r\no=x\r\n"],
])("RFC 8866 §9: lenient parsing still refuses what it could not represent: %s", (_name, text) => {
  expect(parseSdp(text, { lenient: true })).toBeInstanceOf(SdpMalformed);
});

test("RFC 8866 §5: what is created is written and read back equal", () => {
  const token = fc.stringMatching(/^[A-Za-z0-9.-]{1,12}$/);
  const media = fc
    .record({
      kind: fc.constantFrom("audio", "video", "application"),
      port: fc.nat(65_535),
      protocol: fc.constantFrom("RTP/AVP", "UDP/TLS/RTP/SAVPF"),
      formats: fc.array(token, { minLength: 1, maxLength: 5 }),
      attributes: fc.array(
        fc.oneof(
          token.map((mid) => attribute("mid", mid)),
          fc.nat(65_535).map((port) => attribute("sctp-port", port)),
          fc.tuple(token, fc.stringMatching(/^[ -~\u00e9]{0,20}$/)).map(([name, value]) => rawAttribute(`x-${name}`, value)),
          fc.constant(rawAttribute("x-flag")),
        ),
      ),
    })
    .map((init): MediaDescription => createMedia(init));
  const origin = fc.record({
    username: token,
    sessionId: fc.bigInt(0n, 2n ** 63n).map(String),
    sessionVersion: fc.nat().map(String),
    netType: fc.constant("IN"),
    addressType: fc.constantFrom("IP4", "IP6"),
    address: token,
  });
  fc.assert(
    fc.property(origin, fc.string().filter(isOneLine), fc.array(media, { maxLength: 4 }), (by, name, sections) => {
      const session = createSession({ origin: by, name, media: sections });
      const text = writeSdp(session);
      const again = parsed(text);
      expect(again.origin).toEqual(by);
      expect(again.name).toBe(name);
      expect(again.lines).toEqual(session.lines);
      expect(again.media.map((one) => one.lines)).toEqual(sections.map((one) => one.lines));
      expect(writeSdp(again)).toBe(text);
    }),
  );
});

test("RFC 8866 §9: any text is a description that is written back byte for byte, or malformed at a line that exists", () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom(...HEAD, "m=audio 9 A/B 0", "a=mid:0", "a=rtpmap:0 PCMU/8000", "c=IN IP4 1.2.3.4", "x=1", "k=prompt", "b=AS:1", ""),
  );
  const text = fc
    .tuple(fc.boolean(), fc.array(fc.tuple(line, fc.constantFrom("\r\n", "\n", "\r", ""))))
    .map(([head, lines]) => (head ? crlf(...HEAD) : "") + lines.flat().join(""));
  fc.assert(
    fc.property(text, fc.boolean(), (input, lenient) => {
      const result = parseSdp(input, { lenient });
      if (result instanceof SdpMalformed) {
        expect(result.line).toBeGreaterThanOrEqual(1);
        expect(result.line).toBeLessThanOrEqual(input.split("\n").length + 1);
        expect(result.offset).toBeLessThanOrEqual(input.length);
      } else {
        expect(writeSdp(result)).toBe(input);
      }
    }),
    { numRuns: 2000 },
  );
});

function crlf(...lines: readonly string[]): string {
  return lines.map((line) => `${line}\r\n`).join("");
}

function isOneLine(text: string): boolean {
  return !/[\r\n\0]/.test(text);
}

function parsed(text: string, options: SdpParseOptions = {}): SessionDescription {
  const result = parseSdp(text, options);
  if (!(result instanceof SessionDescription)) throw new Error(`line ${result.line}: ${result.reason} ${result.about}`);
  return result;
}
