import { createMedia, type ExtMap, type MediaDescription, rawAttribute } from "@purertc/sdp";
import { expect, test } from "vitest";
import {
  agreedExtensions,
  answeredExtensions,
  ExtensionIdChoice,
  lastingExtensionIds,
  offeredExtensions,
  rememberedExtensionIds,
} from "./header-extensions.ts";
import type { Direction, MediaCapabilities } from "./media-types.ts";

const NONE: ReadonlyMap<string, number> = new Map();
const ENCRYPT = "urn:ietf:params:rtp-hdrext:encrypt";
const RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";

function capable(...extensions: readonly (string | readonly [string, Direction])[]): MediaCapabilities {
  const both = extensions.map((one) =>
    typeof one === "string" ? { uri: one, direction: "sendrecv" as const } : { uri: one[0], direction: one[1] },
  );
  return { codecs: [], headerExtensions: both };
}

const offer = (
  capabilities: MediaCapabilities,
  options: { encryption?: "never" | "accept" | "offer"; simulcast?: boolean } = {},
): readonly ExtMap[] =>
  offeredExtensions(capabilities, new ExtensionIdChoice(NONE), { encryption: "accept", simulcast: false, current: undefined, ...options });
const answer = (
  offered: readonly ExtMap[],
  capabilities: MediaCapabilities,
  options: { encryption?: "never" | "accept" | "offer"; allowMixed?: boolean } = {},
): readonly ExtMap[] => {
  const choice = new ExtensionIdChoice(NONE);
  choice.keep(new Map(offered.map(({ id, uri }) => [uri, id])));
  return answeredExtensions(offered, capabilities, choice, { encryption: "accept", allowMixed: true, ...options });
};

test("RFC 8285 §5: offered extensions are numbered from 1, with a direction where it is not both", () => {
  expect(offer(capable("a", ["b", "recvonly"], ["c", "inactive"]))).toEqual([
    { id: 1, uri: "a" },
    { id: 2, uri: "b", direction: "recvonly" },
  ]);
});

test("RFC 8853 §5.3.2: simulcast offers the extension that names its layers even where it is not offered otherwise", () => {
  expect(offer(capable([RID, "inactive"]))).toEqual([]);
  expect(offer(capable([RID, "inactive"], ["x", "inactive"]), { simulcast: true })).toEqual([{ id: 10, uri: RID }]); // as Chromium numbers it
});

test("RFC 9429 §5.2.2: an extension that the peer brought in is offered again", () => {
  const current = new Map([["c", 9]]);
  const again = offeredExtensions(capable("a", ["b", "inactive"], ["c", "inactive"]), new ExtensionIdChoice(current), {
    encryption: "accept",
    simulcast: false,
    current,
  });
  expect(again).toEqual([
    { id: 1, uri: "a" },
    { id: 9, uri: "c" },
  ]);
});

test("RFC 8285 §4.2: 15 is no id, and two-byte ids follow it", () => {
  const many = Array.from({ length: 260 }, (_, index) => `urn:${index}`);
  const ids = offer(capable(...many)).map(({ id }) => id);
  expect(ids).toEqual(Array.from({ length: 255 }, (_, index) => index + 1).filter((id) => id !== 15));
});

test("RFC 8285 §6: an answer has the offer's ids and the direction that is left of both", () => {
  const offered: readonly ExtMap[] = [
    { id: 7, uri: "a" },
    { id: 3, uri: "b", direction: "sendonly" },
    { id: 4, uri: "c", direction: "recvonly" },
    { id: 5, uri: "unknown" },
    { id: 6, uri: "d", direction: "sendonly" },
    { id: 8, uri: "e", direction: "inactive" },
    { id: 9, uri: "f" },
  ];
  expect(answer(offered, capable("a", "b", "c", ["d", "sendonly"], "e", ["f", "inactive"]))).toEqual([
    { id: 7, uri: "a" },
    { id: 3, uri: "b", direction: "recvonly" },
    { id: 4, uri: "c", direction: "sendonly" },
    { id: 9, uri: "f" },
  ]);
});

test("RFC 8285 §6: ids beyond one byte's need extmap-allow-mixed; 0, 15 and 256 are none; an extension offered twice is answered once", () => {
  const offered: readonly ExtMap[] = [
    { id: 0, uri: "a" },
    { id: 15, uri: "b" },
    { id: 256, uri: "c" },
    { id: 200, uri: "d" },
    { id: 1, uri: "e" },
    { id: 2, uri: "e" },
  ];
  const all = capable("a", "b", "c", "d", "e");
  expect(answer(offered, all).map(({ id }) => id)).toEqual([200, 1]);
  expect(answer(offered, all, { allowMixed: false }).map(({ id }) => id)).toEqual([1]);
});

test("RFC 8285 §5: ids from 4096 on leave the choice to us: free ones, the same for the same extension", () => {
  const offered: readonly ExtMap[] = [
    { id: 1, uri: "a" },
    { id: 4096, uri: "b" },
    { id: 4351, uri: "c" },
    { id: 4352, uri: "d" },
  ];
  expect(answer(offered, capable("a", "b", "c", "d"))).toEqual([
    { id: 1, uri: "a" },
    { id: 2, uri: "b" },
    { id: 3, uri: "c" },
  ]);
});

test("RFC 6904 §4: both forms are offered when that is wanted, and one is answered", () => {
  const both = offer(capable("a"), { encryption: "offer" });
  expect(both).toEqual([
    { id: 1, uri: ENCRYPT, attributes: "a" },
    { id: 2, uri: "a" },
  ]);
  expect(answer(both, capable("a"))).toEqual([{ id: 1, uri: ENCRYPT, attributes: "a" }]);
  expect(answer(both, capable("a"), { encryption: "never" })).toEqual([{ id: 2, uri: "a" }]);
  expect(
    answer(
      [
        { id: 1, uri: ENCRYPT },
        { id: 2, uri: ENCRYPT, attributes: "b x" },
      ],
      capable("a"),
    ),
  ).toEqual([]);
});

test("RFC 8285 §6: what both name is in effect, with the answer's id and each side's half of the direction", () => {
  const offered: readonly ExtMap[] = [
    { id: 1, uri: "a" },
    { id: 2, uri: "b", direction: "sendonly" },
    { id: 4096, uri: "c" },
    { id: 5, uri: ENCRYPT, attributes: "d" },
    { id: 6, uri: "e", direction: "sendonly" },
  ];
  const answered: readonly ExtMap[] = [
    { id: 1, uri: "a" },
    { id: 2, uri: "b", direction: "recvonly" },
    { id: 3, uri: "c" },
    { id: 5, uri: ENCRYPT, attributes: "d" },
    { id: 6, uri: "e", direction: "sendonly" },
    { id: 7, uri: "made up" },
  ];
  const extension = (uri: string, id: number, sends: boolean, receives: boolean, encrypted = false): object => ({
    uri,
    id,
    encrypted,
    sends,
    receives,
  });
  expect(agreedExtensions(offered, answered, true)).toEqual([
    extension("a", 1, true, true),
    extension("b", 2, false, true),
    extension("c", 3, true, true),
    extension("d", 5, true, true, true),
  ]);
  expect(agreedExtensions(offered, answered, false)[1]).toEqual(extension("b", 2, true, false));
});

test("RFC 9143 §9.2: ids are kept per section, reused across sections and offers, and never shared by two extensions", () => {
  const choice = new ExtensionIdChoice(
    new Map([
      ["a", 4],
      ["b", 2],
      ["c", 2],
    ]),
  );
  choice.keep(new Map([["d", 4]]));
  expect([choice.id("d", 14), choice.id("b", 14), choice.id("c", 14), choice.id("a", 14), choice.id("e", 14)]).toEqual([4, 2, 1, 3, 5]);
  const full = new ExtensionIdChoice(NONE);
  for (let id = 1; id <= 14; id++) expect(full.id(`${id}`, 14)).toBe(id);
  expect(full.id("more", 14)).toBeUndefined();
  expect(full.id("3", 14)).toBe(3);
});

test("RFC 8285 §6: an id keeps the first meaning that either side gave it, and is given to nothing else", () => {
  const section = (...lines: readonly string[]): MediaDescription =>
    createMedia({
      kind: "video",
      port: 9,
      protocol: "UDP/TLS/RTP/SAVPF",
      formats: ["96"],
      attributes: lines.map((line) => rawAttribute("extmap", line)),
    });
  const known = rememberedExtensionIds(NONE, "local", [
    section("1 a", "2 b", "300 c", "0 d"),
    section("1 e", "3 b", `4 ${"x".repeat(300)}`),
  ]);
  expect([...known]).toEqual([
    ["a", 1],
    ["b", 2],
  ]);
  const choice = new ExtensionIdChoice(known);
  expect([choice.id("z", 14), choice.id("b", 14)]).toEqual([3, 2]);
  // INTEROP Firefox 153: what the peer makes of an id counts, also for a section of ours that had it for something else.
  const theirs = rememberedExtensionIds(known, "remote", [section("2 c", "4 d")]);
  expect([...theirs]).toEqual([
    ["a", 1],
    ["c", 2],
    ["d", 4],
  ]);
  expect([...lastingExtensionIds(section("1 a", "2 b", "3 e"), section("1 a"), theirs).keys()]).toEqual(["a", "e"]);
  expect([...lastingExtensionIds(section("2 b"), section("2 b"), theirs).keys()]).toEqual(["b"]);
  // Nor one that the extension usually has.
  expect(new ExtensionIdChoice(new Map([["a", 10]])).id(RID, 14)).not.toBe(10);
});
