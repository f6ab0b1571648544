import { type MediaDescription, parseSdp, SdpMalformed } from "@purertc/sdp";
import { expect, test } from "vitest";
import type { LocalEncoding, NegotiatedCodec } from "./media-types.ts";
import { agreedSimulcast, answeredSimulcast, isSimulcast, offeredSimulcast, requestedRids, type SimulcastLines } from "./simulcast.ts";

function section(...lines: readonly string[]): MediaDescription {
  const text = [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
    ...lines.map((line) => `a=${line}`),
    "",
  ];
  const parsed = parseSdp(text.join("\r\n"));
  if (parsed instanceof SdpMalformed) throw new Error(`${parsed.line} ${parsed.reason}`);
  return parsed.media[0]!;
}

const encodings = (...rids: readonly string[]): readonly LocalEncoding[] =>
  rids.map((rid, index) => ({
    ...(rid !== "" && { rid: rid.replace("~", "") }),
    active: !rid.startsWith("~"),
    ssrc: index,
    rtxSsrc: 100 + index,
  }));
const codec = (payloadType: number): NegotiatedCodec => ({ mimeType: "video/VP8", clockRate: 90_000, payloadType, rtcpFeedback: [] });
const answer = (
  offered: MediaDescription,
  change: Partial<Parameters<typeof answeredSimulcast>[1]> = {},
): { readonly rids: readonly string[]; readonly send: string; readonly recv: string } => {
  const lines: SimulcastLines = answeredSimulcast(offered, { receives: true, sends: true, encodings: [], codecs: [codec(96)], ...change });
  const list = (streams: readonly (readonly { id: string; paused: boolean }[])[] = []): string =>
    streams.map((ids) => ids.map(({ id, paused }) => (paused ? `~${id}` : id)).join(",")).join(";");
  const rids = lines.rids.map(({ id, direction, payloadTypes, restrictions }) =>
    [
      id,
      direction,
      ...(payloadTypes === undefined ? [] : [`pt=${payloadTypes}`]),
      ...restrictions.map(([name, value]) => `${name}=${value}`),
    ].join(" "),
  );
  return { rids, send: list(lines.simulcast?.send), recv: list(lines.simulcast?.recv) };
};

const THREE = ["rid:q send", "rid:h send", "rid:f send"];

test("RFC 9429 §5.2.1: several encodings with rids are offered as layers, inactive ones paused (RFC 8853 §5.1)", () => {
  expect(offeredSimulcast(encodings("q", "~h"))).toEqual({
    rids: [
      { id: "q", direction: "send", restrictions: [] },
      { id: "h", direction: "send", restrictions: [] },
    ],
    simulcast: { send: [[{ id: "q", paused: false }], [{ id: "h", paused: true }]] },
  });
  for (const one of [encodings("q"), encodings(""), encodings("q", "")])
    expect([isSimulcast(one), offeredSimulcast(one).rids]).toEqual([false, []]);
});

test("RFC 8853 §5.3.2: offered layers are answered as received, in order, pauses included", () => {
  expect(answer(section(...THREE, "simulcast:send q;~h;f"))).toEqual({ rids: ["q recv", "h recv", "f recv"], send: "", recv: "q;~h;f" });
  expect(answer(section(...THREE, "simulcast:send q;h;f"), { receives: false })).toEqual({ rids: [], send: "", recv: "" });
  expect(answer(section(...THREE))).toEqual({ rids: [], send: "", recv: "" });
});

test("RFC 8853 §5.3.2: of alternatives the first that can be taken", () => {
  const offered = section("rid:a send depend-on=b", "rid:b send", "rid:c send", "simulcast:send a,b,c;c");
  expect(answer(offered)).toMatchObject({ recv: "b;c" });
});

test("RFC 8851 §6.2.1: rids with unknown restrictions are left out, known ones repeated, pt narrowed to what was accepted", () => {
  const offered = section(
    "rid:a send max-width=1280;max-fps=30",
    "rid:b send x=1",
    "rid:c send pt=97",
    "rid:d send pt=96,97;max-br=1",
    "simulcast:send a;b;c;d",
  );
  expect(answer(offered)).toEqual({ rids: ["a recv max-width=1280 max-fps=30", "d recv pt=96 max-br=1"], send: "", recv: "a;d" });
});

test("RFC 8853 §5.3.2: layers that the peer asks for are sent when we have them", () => {
  const offered = section("rid:q recv", "rid:h recv", "rid:x recv", "simulcast:recv q;x;~h");
  expect(answer(offered, { encodings: encodings("h", "q") })).toEqual({ rids: ["q send", "h send"], send: "q;~h", recv: "" });
  expect(answer(offered, { encodings: encodings("h", "q"), sends: false }).rids).toEqual([]);
  expect(answer(offered, { encodings: encodings("") }).rids).toEqual([]);
  expect(requestedRids(offered)).toEqual([
    { id: "q", paused: false },
    { id: "x", paused: false },
    { id: "h", paused: true },
  ]);
  expect(requestedRids(section("rid:q send", "simulcast:recv q"))).toEqual([]);
});

test("RFC 8853 §5.3.3: what was offered and answered is agreed on, seen from either side; the peer's pauses are told", () => {
  const offered = section(...THREE, "rid:z recv", "simulcast:send q;h;f recv z");
  const answered = section("rid:q recv", "rid:f recv", "rid:n recv", "rid:z send", "simulcast:recv q;~f;n send z");
  expect(agreedSimulcast(offered, answered, false)).toEqual({ sendRids: ["q", "f"], pausedRids: ["f"], receiveRids: ["z"] });
  expect(agreedSimulcast(offered, answered, true)).toEqual({ sendRids: ["z"], pausedRids: [], receiveRids: ["q", "f"] });
  expect(agreedSimulcast(offered, section(), false)).toEqual({ sendRids: [], pausedRids: [], receiveRids: [] });
});

test("RFC 8853 §5.1: an id twice is one stream, and no more than sixteen are taken", () => {
  const many = Array.from({ length: 40 }, (_, index) => `r${index}`);
  const offered = section(...many.map((id) => `rid:${id} send`), `simulcast:send r0;${many.join(";")}`);
  expect(answer(offered).recv.split(";")).toEqual(many.slice(0, 16));
});
