import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type DescriptionPlace, OfferAnswer, type Side, type Verdict } from "./offer-answer.ts";

/** Carries messages between two machines: `"> INVITE sdp"` from a to b, `"< 2xx-INVITE"` back. What the receiver made of each. */
function exchange(...messages: string[]): { a: OfferAnswer; b: OfferAnswer; verdicts: Verdict[] } {
  const a = new OfferAnswer();
  const b = new OfferAnswer();
  const verdicts = messages.map((message) => {
    const [direction, place, sdp] = message.split(" ") as [string, DescriptionPlace, string | undefined];
    const [from, to] = direction === ">" ? [a, b] : [b, a];
    from.send(place, sdp !== undefined);
    return to.receive(place, sdp !== undefined);
  });
  return { a, b, verdicts };
}

/** Both have nothing pending. */
function expectRest(pair: { a: OfferAnswer; b: OfferAnswer }, completed: number): void {
  for (const side of [pair.a, pair.b]) {
    expect(side.pending).toBeUndefined();
    expect(side.invite).toBeUndefined();
    expect(side.completed).toBe(completed);
  }
}

test("RFC 6337 §2.2 pattern 1: offer in INVITE, answer in 2xx", () => {
  const pair = exchange("> INVITE sdp", "< 2xx-INVITE sdp", "> ACK");
  expect(pair.verdicts).toEqual(["offer", "answer", "none"]);
  expectRest(pair, 1);
});

test("RFC 6337 §2.2 pattern 2: offer in 2xx, answer in ACK", () => {
  const pair = exchange("> INVITE", "< 2xx-INVITE sdp", "> ACK sdp");
  expect(pair.verdicts).toEqual(["none", "offer", "answer"]);
  expectRest(pair, 1);
});

test("RFC 6337 §2.2 pattern 3: offer in INVITE, answer in a reliable 1xx; the 2xx has nothing", () => {
  const pair = exchange("> INVITE sdp", "< 1xx-rel sdp", "> PRACK", "< 2xx-PRACK", "< 2xx-INVITE", "> ACK");
  expect(pair.verdicts).toEqual(["offer", "answer", "none", "none", "none", "none"]);
  expectRest(pair, 1);
});

test("RFC 6337 §2.2 pattern 4: offer in a reliable 1xx, answer in PRACK", () => {
  const pair = exchange("> INVITE", "< 1xx-rel sdp", "> PRACK sdp", "< 2xx-PRACK", "< 2xx-INVITE", "> ACK");
  expect(pair.verdicts).toEqual(["none", "offer", "answer", "none", "none", "none"]);
  expectRest(pair, 1);
});

test("RFC 6337 §2.2 pattern 5: offer in PRACK, answer in its 2xx", () => {
  const pair = exchange("> INVITE sdp", "< 1xx-rel sdp", "> PRACK sdp", "< 2xx-PRACK sdp", "< 2xx-INVITE", "> ACK");
  expect(pair.verdicts).toEqual(["offer", "answer", "offer", "answer", "none", "none"]);
  expectRest(pair, 2);
});

test("RFC 6337 §2.2 pattern 6: offer in UPDATE, answer in its 2xx, from either side and during an INVITE", () => {
  const pair = exchange(
    "> INVITE sdp",
    "< 1xx-rel sdp",
    "> PRACK",
    "< 2xx-PRACK",
    "> UPDATE sdp",
    "< 2xx-UPDATE sdp",
    "< UPDATE sdp",
    "> 2xx-UPDATE sdp",
  );
  expect(pair.verdicts.slice(4)).toEqual(["offer", "answer", "offer", "answer"]);
  expect(pair.a.completed).toBe(3);
  expect(pair.a.invite).toBe("local");
  expect(pair.b.invite).toBe("remote");
});

test("RFC 3261 §13.2.1: the first description is the answer, later ones are ignored, and the 2xx still completes the exchange", () => {
  const caller = new OfferAnswer();
  caller.send("INVITE", true);
  expect(caller.receive("1xx", true)).toBe("preview");
  expect(caller.receive("1xx", true)).toBe("ignored");
  expect(caller.pending).toEqual({ by: "local", in: "INVITE", previewed: true });
  expect(caller.receive("2xx-INVITE", true)).toBe("answer");
  expect(caller.completed).toBe(1);
});

test("RFC 3261 §13.2.1: a description in an unreliable response to an INVITE without offer is no offer", () => {
  const caller = new OfferAnswer();
  caller.send("INVITE", false);
  expect(caller.receive("1xx", true)).toBe("ignored");
  expect(caller.offerWanted).toBe(true);
  const callee = new OfferAnswer();
  callee.receive("INVITE", false);
  expect(() => callee.send("1xx", true)).toThrow("cannot carry a description now");
});

test("RFC 3262 §5: the first reliable response to an INVITE without offer must bring one", () => {
  const callee = new OfferAnswer();
  callee.receive("INVITE", false);
  expect(() => callee.send("1xx-rel", false)).toThrow("must carry an offer");
  expect(() => callee.send("2xx-INVITE", false)).toThrow("must carry an offer");
});

test("RFC 3261 §13.2.1: a 2xx without the answer it owes is missing one", () => {
  const caller = new OfferAnswer();
  caller.send("INVITE", true);
  expect(caller.receive("2xx-INVITE", false)).toBe("missing");
  expect(caller.pending?.in).toBe("INVITE");
  const callee = new OfferAnswer();
  callee.receive("INVITE", true);
  expect(() => callee.send("2xx-INVITE", false)).toThrow("must carry the answer");
});

test("RFC 3261 §14.2: an INVITE while ours is pending gets 491, while the peer's is pending 500", () => {
  const ours = new OfferAnswer();
  ours.send("INVITE", true);
  expect(ours.receive("INVITE", true)).toEqual({ statusCode: 491 });
  const theirs = new OfferAnswer();
  theirs.receive("INVITE", false);
  expect(theirs.receive("INVITE", true)).toEqual({ statusCode: 500 });
  expect(() => theirs.send("INVITE", true)).toThrow("of the peer is pending");
});

test("RFC 6337 §4.2: an INVITE while the ACK with the answer is awaited gets 500 or 491 as well", () => {
  const { a, b } = exchange("> INVITE", "< 2xx-INVITE sdp");
  expect(b.receive("INVITE", true)).toEqual({ statusCode: 500 });
  expect(a.receive("INVITE", true)).toEqual({ statusCode: 491 });
  b.abandonAck();
  expect(b.receive("INVITE", true)).toBe("offer");
});

test("RFC 3311 §5.2: an UPDATE with an offer meets 491 when ours is unanswered, 500 when the peer's is; without an offer it passes", () => {
  const ours = new OfferAnswer();
  ours.send("UPDATE", true);
  expect(ours.receive("UPDATE", true)).toEqual({ statusCode: 491 });
  expect(ours.receive("UPDATE", false)).toBe("none");
  expect(ours.receive("INVITE", false)).toEqual({ statusCode: 491 });
  const theirs = new OfferAnswer();
  theirs.receive("UPDATE", true);
  expect(theirs.receive("UPDATE", true)).toEqual({ statusCode: 500 });
  expect(theirs.receive("INVITE", false)).toEqual({ statusCode: 500 });
  expect(() => theirs.send("UPDATE", true)).toThrow("of the peer is pending");
});

test("RFC 3311 §5.1: no offer in UPDATE before the INVITE's first exchange has begun", () => {
  const caller = new OfferAnswer();
  caller.send("INVITE", false);
  expect(() => caller.send("UPDATE", true)).toThrow("of ours is pending");
  expect(caller.receive("UPDATE", true)).toEqual({ statusCode: 491 });
});

test("RFC 3261 §14.1: a failed request leaves nothing pending, but an UPDATE outlives the INVITE around it", () => {
  const machine = new OfferAnswer();
  machine.send("INVITE", true);
  machine.fail("INVITE");
  expect(machine.pending).toBeUndefined();
  expect(machine.receive("INVITE", true)).toBe("offer");
  machine.send("1xx-rel", true);
  machine.receive("UPDATE", true);
  machine.fail("INVITE");
  expect(machine.pending?.in).toBe("UPDATE");
  machine.fail("UPDATE");
  expect(machine.pending).toBeUndefined();
});

test("RFC 3261 §13.2.2.4: each early dialog of a forked INVITE has its own exchange", () => {
  const caller = new OfferAnswer();
  caller.send("INVITE", true);
  const other = caller.fork();
  expect(caller.receive("1xx-rel", true)).toBe("answer");
  expect(other.pending?.in).toBe("INVITE");
  expect(other.receive("2xx-INVITE", true)).toBe("answer");
});

// --- the model ------------------------------------------------------------------------------------------------------------------------------

/** The rules as RFC 6337 lists them, written as a set of facts about the past instead of a state. */
class Model {
  readonly log: { place: DescriptionPlace; by: Side; meaning: string }[] = [];

  openOffer(): { place: DescriptionPlace; by: Side } | undefined {
    const last = this.log.findLast((entry) => entry.meaning === "offer" || entry.meaning === "answer" || entry.meaning === "void");
    return last?.meaning === "offer" ? last : undefined;
  }

  openInvite(): { by: Side; described: boolean } | undefined {
    const at = this.log.findLastIndex((entry) => entry.place === "INVITE" && entry.meaning !== "void");
    if (at < 0) return undefined;
    const after = this.log.slice(at + 1);
    const { by } = this.log[at]!;
    const ok = after.find((entry) => entry.place === "2xx-INVITE" && entry.by !== by);
    const ended = after.some(
      (entry) => (entry.place === "INVITE" && entry.meaning === "void") || (entry.place === "ACK" && entry.by === by),
    );
    if (ended || (ok !== undefined && ok.meaning !== "offer")) return undefined;
    return { by: this.log[at]!.by, described: this.log.slice(at).some((entry) => entry.meaning === "offer") };
  }
}

const PLACES: readonly DescriptionPlace[] = ["INVITE", "1xx-rel", "1xx", "2xx-INVITE", "ACK", "PRACK", "2xx-PRACK", "UPDATE", "2xx-UPDATE"];
const ANSWERED_IN: { readonly [place: string]: readonly DescriptionPlace[] } = {
  INVITE: ["1xx-rel", "2xx-INVITE"],
  "1xx-rel": ["PRACK"],
  "2xx-INVITE": ["ACK"],
  PRACK: ["2xx-PRACK"],
  UPDATE: ["2xx-UPDATE"],
};

test("RFC 6337 §2, §4: against the model, both sides always agree, and at most one offer is open", () => {
  const step = fc.record({
    place: fc.constantFrom(...PLACES),
    by: fc.constantFrom<Side>("local", "remote"),
    described: fc.boolean(),
    fails: fc.constantFrom<"INVITE" | "PRACK" | "UPDATE" | undefined>(
      "INVITE",
      "PRACK",
      "UPDATE",
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const a = new OfferAnswer();
      const b = new OfferAnswer();
      const model = new Model();
      for (const { place, by, described, fails } of steps) {
        if (fails !== undefined) {
          const open = model.openOffer();
          const voids = open !== undefined && (fails === "INVITE" ? open.place !== "UPDATE" : open.place === fails);
          a.fail(fails);
          b.fail(fails);
          const by = model.openInvite()?.by ?? "local";
          if (fails === "INVITE" || voids) model.log.push({ place: fails, by, meaning: voids ? "void" : "none" });
          if (fails === "INVITE" && !voids) model.log.at(-1)!.place = "ACK"; // ends the INVITE, voids nothing
          continue;
        }
        const open = model.openOffer();
        const invite = model.openInvite();
        const answersOpen = open !== undefined && open.by !== by && ANSWERED_IN[open.place]!.includes(place);
        const mayOffer =
          (place === "INVITE" && open === undefined && invite === undefined) ||
          (place === "UPDATE" && open === undefined && (invite === undefined || invite.described)) ||
          (place === "PRACK" && open === undefined && (invite === undefined || invite.described)) ||
          ((place === "1xx-rel" || place === "2xx-INVITE") && invite !== undefined && invite.by !== by && !invite.described);
        const [sender, receiver] = by === "local" ? [a, b] : [b, a];
        const meaning = sender.checkSend(place, described);
        const verdict = receiver.receive(place, described);
        if (typeof meaning === "string") {
          sender.send(place, described);
          if (meaning !== "preview") expect(verdict).toBe(meaning);
          if (described && meaning !== "preview") expect(meaning).toBe(answersOpen ? "answer" : mayOffer ? "offer" : undefined);
          model.log.push({ place, by, meaning });
        } else if (verdict === "ignored") {
          if (place === "ACK" || place === "2xx-INVITE") return; // what only a broken peer sends ends the INVITE at one side only
        } else expect(typeof verdict === "object" || verdict === "missing").toBe(true);
        for (const [mine, theirs] of [[a, b]] as const) {
          expect(mine.pending?.in).toBe(theirs.pending?.in);
          expect(mine.pending?.in).toBe(model.openOffer()?.place);
          expect(mine.invite).toBe(model.openInvite()?.by);
          if (mine.pending !== undefined) expect(mine.pending.by).not.toBe(theirs.pending?.by);
        }
      }
    }),
    { numRuns: 2000 },
  );
});
