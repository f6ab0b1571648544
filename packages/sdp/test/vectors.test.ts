import { readdirSync, readFileSync } from "node:fs";
import { ATTRIBUTE_GRAMMARS, attributeName, isAttributeName, parseSdp, SessionDescription, writeSdp } from "@purertc/sdp";
import { expect, test } from "vitest";

const FOLDER = new URL("../../../test-vectors/sdp/", import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".sdp"));

test("RFC 8866 §5: the recorded descriptions are all there", () => {
  expect(FILES.length).toBe(30);
});

test.each(FILES)("RFC 8866 §5: %s survives parse and write byte for byte, and every attribute of it is understood", (name) => {
  const text = readFileSync(new URL(name, FOLDER), "utf8");
  expect(text).toContain("\r\n");
  const session = parse(text);
  expect(writeSdp(session)).toBe(text);
  expect(session.media.length).toBe(text.split("\r\nm=").length - 1);
  // Rebuilding each typed line from its value gives the line back, so the types lose nothing that browsers send.
  for (const section of [session, ...session.media]) {
    for (const line of section.lines.filter((one) => one.type === "a")) {
      const attribute = attributeName(line);
      if (!isAttributeName(attribute)) throw new Error(`a=${attribute} of a browser has no type`);
      const position = section.lines.filter((one) => one.type === "a" && attributeName(one) === attribute).indexOf(line);
      const value = section.attributes(attribute)[position]!;
      expect([`${attribute}:${writeValue(attribute, value)}`, attribute, `${attribute}: ${writeValue(attribute, value)}`]).toContain(
        line.value,
      );
    }
  }
});

test("RFC 8866 §5: what a Chromium offer says", () => {
  const session = parse(readFileSync(new URL("chromium-av-data.offer.sdp", FOLDER), "utf8"));
  expect(session.groups).toEqual([{ semantics: "BUNDLE", mids: ["0", "1", "2"] }]);
  expect(session.extmapAllowMixed).toBe(true);
  const [audio, video, data] = session.media;
  expect(audio!.rtpmap[0]).toEqual({ payloadType: 111, encodingName: "opus", clockRate: 48_000, encodingParameters: "2" });
  expect(video!.rtcpFb).toContainEqual({ payloadType: 96, type: "nack", parameter: "pli" });
  expect(video!.ssrcGroup[0]!.semantics).toBe("FID");
  expect(data).toMatchObject({
    kind: "application",
    protocol: "UDP/DTLS/SCTP",
    sctpPort: 5000,
    maxMessageSize: 262_144,
    mid: "2",
    setup: "actpass",
  });
  expect(data!.candidates[0]).toMatch(/^candidate:/);
});

function parse(text: string): SessionDescription {
  const session = parseSdp(text);
  if (!(session instanceof SessionDescription)) throw new Error(`line ${session.line}: ${session.reason} ${session.about}`);
  return session;
}

function writeValue(name: keyof typeof ATTRIBUTE_GRAMMARS, value: unknown): string | undefined {
  return (ATTRIBUTE_GRAMMARS[name].write as (value: unknown) => string | undefined)(value);
}
