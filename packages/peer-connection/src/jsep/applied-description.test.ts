import { parseSdp, SdpMalformed, type SessionDescription } from "@purertc/sdp";
import { expect, test } from "vitest";
import { AppliedDescription } from "./applied-description.ts";

const OFFER = [
  "v=0",
  "o=- 1 0 IN IP4 0.0.0.0",
  "s=-",
  "t=0 0",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "c=IN IP4 0.0.0.0",
  "a=ice-ufrag:abcd",
  "a=ice-pwd:0123456789012345678901",
  "a=setup:actpass",
  "",
].join("\r\n");

function parsed(sdp: string): SessionDescription {
  const description = parseSdp(sdp);
  if (description instanceof SdpMalformed) throw new Error(description.reason);
  return description;
}

test("the text of a description that was made from its meaning reads as that meaning", () => {
  expect(new AppliedDescription("offer", parsed(OFFER)).sdp).toBe(OFFER);
});

test("views are made once for the same known mids, and anew for others", () => {
  const unnamed = new AppliedDescription("offer", parsed(OFFER), OFFER);
  expect(unnamed.views(["a"]).map((view) => view.mid)).toEqual(["a"]);
  expect(unnamed.views(["a"])).toBe(unnamed.views(["a"]));
  expect(unnamed.views(["b"]).map((view) => view.mid)).toEqual(["b"]);
  expect(unnamed.views().map((view) => view.mid)).toEqual(["0"]);

  const named = new AppliedDescription("offer", parsed(`${OFFER}a=mid:own\r\n`));
  expect(named.views(["a"])).toBe(named.views(["b"]));
});

test("what has fallen out of memory is read back from the text", () => {
  const first = new AppliedDescription("answer", parsed(OFFER));
  const meaning = first.parsed;
  const views = first.views(["x"]);
  expect(first.parsed).toBe(meaning);
  for (let i = 0; i < 100; i++) new AppliedDescription("offer", parsed(OFFER));
  expect(first.parsed).not.toBe(meaning);
  expect(first.sdp).toBe(OFFER);
  expect(first.views(["x"])).toEqual(views);
});

test("a description that candidates have made longer than descriptions may come can be read back", () => {
  const long = `${OFFER}${"a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n".repeat(30_000)}`;
  const description = new AppliedDescription("offer", parseSdp(long, { maxLength: 1e8, maxLines: 1e8 }) as SessionDescription);
  for (let i = 0; i < 100; i++) new AppliedDescription("offer", parsed(OFFER));
  expect(description.parsed.media[0]?.candidates).toHaveLength(30_000);
});
