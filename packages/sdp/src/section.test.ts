import { InvalidArgumentError } from "@purertc/core";
import { expect, test } from "vitest";
import { attribute, rawAttribute } from "./attribute.ts";
import { formatParameters } from "./attributes/fmtp.ts";
import { sdpLine } from "./line.ts";
import { createMedia, MediaDescription } from "./media-description.ts";
import { parseSdp } from "./parse.ts";
import { createSession, SessionDescription } from "./session-description.ts";
import { writeSdp } from "./write.ts";

const ORIGIN = { username: "-", sessionId: "1", sessionVersion: "2", netType: "IN", addressType: "IP4", address: "0.0.0.0" };

test("RFC 4568 §4: a SIP body's SDES keys are at media[0].crypto", () => {
  const session = parseSdp(
    [
      "v=0",
      "o=alice 2890844526 2890844526 IN IP4 host.example.com",
      "s=-",
      "c=IN IP4 192.0.2.101",
      "t=0 0",
      "m=audio 49172 RTP/SAVP 0 101",
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj",
      "a=rtpmap:0 PCMU/8000",
      "a=fmtp:101 0-15",
      "a=ptime:20",
      "a=sendonly",
      "",
    ].join("\r\n"),
  );
  if (!(session instanceof SessionDescription)) throw new Error(session.reason);
  const [audio] = session.media;
  expect(audio!.crypto[0]!.suite).toBe("AES_CM_128_HMAC_SHA1_80");
  expect(audio!.crypto[0]!.keys[0]!.keyAndSalt).toBe("d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj");
  expect(audio!.direction).toBe("sendonly");
  expect(audio!.ptime).toBe(20);
  expect(audio!.connection ?? session.connection).toEqual({ netType: "IN", addressType: "IP4", address: "192.0.2.101" });
});

test("RFC 8866 §6.15: format parameters by name, in lower case, the first of a repeated one", () => {
  expect([...formatParameters(" Profile-Level-Id=42e01f; a=1;a=2;;flag")]).toEqual([
    ["profile-level-id", "42e01f"],
    ["a", "1"],
    ["flag", ""],
  ]);
  expect([...formatParameters("0-15")]).toEqual([["0-15", ""]]);
});

test("RFC 8866 §5: what is left out of a created session is what RFC 9429 §5.2.1 puts there", () => {
  expect(writeSdp(createSession({ origin: ORIGIN }))).toBe("v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n");
});

test("RFC 8866 §5: a created session writes everything it is given, in the RFC's order", () => {
  const session = createSession({
    origin: ORIGIN,
    name: "x",
    information: "about",
    connection: { netType: "IN", addressType: "IP4", address: "224.2.1.1", ttl: 5 },
    bandwidths: [{ type: "AS", value: 1 }],
    timings: [{ start: 1, stop: 2 }],
    attributes: [attribute("ice-lite", true), rawAttribute("x", "y")],
    media: [
      createMedia({
        kind: "audio",
        port: 9,
        portCount: 2,
        protocol: "RTP/AVP",
        formats: ["0"],
        information: "i",
        connection: { netType: "IN", addressType: "IP6", address: "::1" },
        bandwidths: [{ type: "TIAS", value: 5 }],
      }),
    ],
  });
  expect(writeSdp(session).split("\r\n")).toEqual([
    "v=0",
    "o=- 1 2 IN IP4 0.0.0.0",
    "s=x",
    "i=about",
    "c=IN IP4 224.2.1.1/5",
    "b=AS:1",
    "t=1 2",
    "a=ice-lite",
    "a=x:y",
    "m=audio 9/2 RTP/AVP 0",
    "i=i",
    "c=IN IP6 ::1",
    "b=TIAS:5",
    "",
  ]);
});

test("RFC 8866 §5.14: changing copies keeps everything else where it was", () => {
  const media = createMedia({
    kind: "audio",
    port: 9,
    protocol: "RTP/AVP",
    formats: ["0"],
    attributes: [attribute("mid", "0"), rawAttribute("x"), attribute("setup", "actpass")],
  });
  const values = (one: MediaDescription): string[] => one.lines.map((line) => `${line.type}=${line.value}`);
  expect(values(media.withAttribute("mid", "1"))).toEqual(["m=audio 9 RTP/AVP 0", "a=mid:1", "a=x", "a=setup:actpass"]);
  expect(values(media.withAttribute("mid"))).toEqual(["m=audio 9 RTP/AVP 0", "a=x", "a=setup:actpass"]);
  expect(values(media.withAttribute("candidate", "a", "b")).slice(-2)).toEqual(["a=candidate:a", "a=candidate:b"]);
  expect(values(media.withMediaLine({ port: 5, portCount: 2 }))[0]).toBe("m=audio 5/2 RTP/AVP 0");
  const connected = media.withConnection({ netType: "IN", addressType: "IP4", address: "1.2.3.4" });
  expect(values(connected)[1]).toBe("c=IN IP4 1.2.3.4");
  expect(values(connected.withConnection({ netType: "IN", addressType: "IP4", address: "5.6.7.8" }))[1]).toBe("c=IN IP4 5.6.7.8");
  expect(media.port).toBe(9);
});

test("RFC 8866 §9: text that would become other lines is refused at the door", () => {
  for (const value of ["a\r\nm=audio 9 A 0", "a\nb", "a\rb", "a\0"]) {
    expect(() => rawAttribute("x", value)).toThrow(InvalidArgumentError);
    expect(() => attribute("mid", value)).toThrow(InvalidArgumentError);
    expect(() => createSession({ origin: ORIGIN, name: value })).toThrow(InvalidArgumentError);
    expect(() => createMedia({ kind: value, port: 9, protocol: "A", formats: ["0"] })).toThrow();
  }
  expect(() => rawAttribute("a:b")).toThrow(InvalidArgumentError);
  expect(() => sdpLine("ab", "")).toThrow(InvalidArgumentError);
  expect(() => new MediaDescription([sdpLine("a", "x")])).toThrow(TypeError);
});
