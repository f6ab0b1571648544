import { parseSdp, SdpMalformed, SessionDescription, writeSdp } from "@purertc/sdp";
import { expect, test } from "vitest";

const HEAD = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";

/** One line of about `n` characters per grammar, built to tempt a parser into going back and forth. */
const LONG_LINES: Readonly<Record<string, (n: number) => string>> = {
  origin: (n) => `o=${"- ".repeat(n / 2)}`,
  connection: (n) => `c=IN IP4 ${"1/".repeat(n / 2)}`,
  time: (n) => `t=${"0 ".repeat(n / 2)}`,
  repeat: (n) => `r=${"1 ".repeat(n / 2)}x`,
  zone: (n) => `z=${"1 1 ".repeat(n / 4)}x`,
  media: (n) => `m=audio 9 A/B ${"0 ".repeat(n / 2)}`,
  "media protocol": (n) => `m=audio 9 ${"A/".repeat(n / 2)} 0`,
  unknown: (n) => `a=x-${"y".repeat(n)}`,
  candidate: (n) => `a=candidate:${"1 ".repeat(n / 2)}`,
  "candidate spaces": (n) => `a=candidate:${" ".repeat(n)}`,
  crypto: (n) => `a=crypto:1 A inline:${"A".repeat(n / 2)}${";inline:A".repeat(n / 18)}`,
  "crypto bars": (n) => `a=crypto:1 A inline:A${"|".repeat(n)}`,
  fingerprint: (n) => `a=fingerprint:sha-256 ${"AA:".repeat(n / 3)}`,
  fmtp: (n) => `a=fmtp:96 ${"a=b;".repeat(n / 4)}`,
  group: (n) => `a=group:BUNDLE${" 0".repeat(n / 2)} `,
  "ice-pwd": (n) => `a=ice-pwd:${"a".repeat(n)}`,
  imageattr: (n) => `a=imageattr:97 send${" [x=1]".repeat(n / 6)} [`,
  "imageattr depth": (n) => `a=imageattr:97 send [x=${"[".repeat(n)}]`,
  "imageattr spaces": (n) => `a=imageattr:97${" ".repeat(n)}`,
  identity: (n) => `a=identity:${"A".repeat(n)}!`,
  "rtcp-fb": (n) => `a=rtcp-fb:* ${"x ".repeat(n / 2)}`,
  rid: (n) => `a=rid:q send pt=${"1,".repeat(n / 2)}`,
  rtpmap: (n) => `a=rtpmap:${"1".repeat(n)} a/1`,
  simulcast: (n) => `a=simulcast:send ${"q;".repeat(n / 2)}`,
  "simulcast alternatives": (n) => `a=simulcast:send ${"~q,".repeat(n / 3)}`,
  ssrc: (n) => `a=ssrc:1 ${"x:".repeat(n / 2)}`,
  "ssrc-group": (n) => `a=ssrc-group:FID${" 1".repeat(n / 2)} x`,
  framerate: (n) => `a=framerate:${"1".repeat(n)}.x`,
};

test.each(Object.keys(LONG_LINES))("RFC 8866 §9: a %s line of 500 000 characters takes time in proportion to its length", (name) => {
  const make = LONG_LINES[name]!;
  const placed = (n: number): string => {
    const line = make(n);
    const place = line[0] === "o" ? "v=0\r\n" : line[0] === "c" || line[0] === "t" ? HEAD.slice(0, HEAD.indexOf("t=")) : HEAD;
    return `${place}${line}\r\n`;
  };
  expect(processorMs(() => parseSdp(placed(500_000)))).toBeLessThan(LINEAR_MS);
});

test("RFC 8866 §9: 20 000 lines are read in time in proportion to their number", () => {
  const text = `${HEAD}m=audio 9 A/B 0\r\n${"a=rtcp-fb:96 nack pli\r\n".repeat(19_000)}`;
  expect(processorMs(() => expect(read(text)).toBe(19_000))).toBeLessThan(LINEAR_MS);
});

test("RFC 8866 §9: text and lines are bounded by options", () => {
  const long = `${HEAD}a=x-${"y".repeat(2_000_000)}\r\n`;
  expect(parseSdp(long)).toMatchObject({ reason: "too-long", line: 1 });
  expect(parseSdp(long, { maxLength: 3_000_000 })).toBeInstanceOf(SessionDescription);
  const many = `${HEAD}${"a=x\r\n".repeat(100_000)}`;
  expect(parseSdp(many)).toMatchObject({ reason: "too-many-lines", line: 20_001 });
  expect(parseSdp(many, { maxLines: 200_000 })).toBeInstanceOf(SessionDescription);
  expect(parseSdp(HEAD, { maxLines: 3 })).toMatchObject({ reason: "too-many-lines", line: 4 });
});

test("RFC 8866 §9: 20 000 sections are read and written in time in proportion", () => {
  const text = `${HEAD}${"m=audio 9 A/B 0\r\n".repeat(19_000)}`;
  const session = parseSdp(text);
  if (session instanceof SdpMalformed) throw new Error(session.reason);
  expect(session.media.length).toBe(19_000);
  expect(writeSdp(session)).toBe(text);
});

test("RFC 8866 §5.13: names from Object.prototype are ordinary unknown attributes", () => {
  const text = `${HEAD}a=__proto__:x\r\na=constructor\r\na=toString:1\r\na=hasOwnProperty\r\n`;
  const session = parseSdp(text);
  if (session instanceof SdpMalformed) throw new Error(session.reason);
  expect(writeSdp(session)).toBe(text);
  expect(session.attributeTexts("__proto__")).toEqual(["x"]);
  expect(session.hasAttribute("constructor")).toBe(true);
});

function read(text: string): number {
  const session = parseSdp(text);
  return session instanceof SdpMalformed ? 0 : (session.media[0]?.rtcpFb.length ?? 0);
}

/** Processor time, which other work on the machine does not lengthen as it does wall time. */
function processorMs(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Linear work on 500 000 characters takes 1 to 100 ms; quadratic work takes minutes. */
const LINEAR_MS = 3000;
