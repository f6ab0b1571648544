import { seededRandom } from "@purertc/simulator";
import { createRequest, nameAddress, type SipRequest } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { InviteSession } from "./invite-session.ts";
import { reasonsOf, sipReason } from "./reason.ts";
import { judgeReplaces, replacesHeader } from "./replaces.ts";
import { parseStatusFragment, writeStatusFragment } from "./sipfrag.ts";

const options = { random: seededRandom(1), contact: nameAddress("sip:me@192.0.2.1") };

function invite(...replaces: string[]): SipRequest {
  return createRequest({
    method: "INVITE",
    uri: "sip:bob@example.com",
    headers: [
      ["Via", "SIP/2.0/UDP x;branch=z9hG4bK1"],
      ["From", "<sip:carol@example.com>;tag=c"],
      ["To", "<sip:bob@example.com>"],
      ["Call-ID", "call"],
      ["CSeq", "1 INVITE"],
      ["Contact", "<sip:carol@192.0.2.2>"],
      ...replaces.map((value) => ["Replaces", value] as const),
    ],
  });
}

const calling = (): InviteSession =>
  InviteSession.invite(0, { target: "sip:x@example.com", from: nameAddress("sip:me@example.com"), offer: "offer" }, options);

function receiving(): InviteSession {
  const session = InviteSession.receive(0, invite(), options);
  if (!(session instanceof InviteSession)) throw new Error("refused");
  return session;
}

test("RFC 3891 §3: no Replaces, nothing to judge; more than one, or an unreadable one, 400", () => {
  const find = (): undefined => undefined;
  expect(judgeReplaces(invite(), find)).toBeUndefined();
  expect(judgeReplaces(invite("a;to-tag=1;from-tag=2", "b;to-tag=1;from-tag=2"), find)).toEqual({ statusCode: 400 });
  expect(judgeReplaces(invite("a;to-tag=1"), find)).toEqual({ statusCode: 400 });
});

test("RFC 3891 §3: the to-tag is our tag, the from-tag the peer's; no match is 481", () => {
  const asked: string[][] = [];
  const find = (...tags: string[]): undefined => void asked.push(tags);
  expect(judgeReplaces(invite("a@b;from-tag=theirs;to-tag=ours"), find)).toEqual({ statusCode: 481 });
  expect(judgeReplaces(invite("a@b;from-tag=0;to-tag=ours"), find)).toEqual({ statusCode: 481 });
  expect(asked).toEqual([
    ["a@b", "ours", "theirs"],
    ["a@b", "ours", ""],
  ]);
});

test("RFC 3891 §3: an early dialog of ours may be replaced, one of the peer's not (481); a session that has ended gives 603", () => {
  const header = "a;to-tag=1;from-tag=2";
  const ours = calling();
  expect(judgeReplaces(invite(header), () => ours)).toEqual({ replaced: ours });
  expect(judgeReplaces(invite(header), receiving)).toEqual({ statusCode: 481 });
  const over = receiving();
  over.reject(0, 486);
  expect(judgeReplaces(invite(header), () => over)).toEqual({ statusCode: 603 });
});

test("RFC 3891 §3: early-only does not replace an answered call: 486", () => {
  const answered = receiving();
  answered.accept(0, { description: "offer" });
  expect(judgeReplaces(invite("a;to-tag=1;from-tag=2;early-only"), () => answered)).toEqual({ statusCode: 486 });
  expect(judgeReplaces(invite("a;to-tag=1;from-tag=2"), () => answered)).toEqual({ replaced: answered });
});

test("RFC 5589 §7: the Replaces value for whoever shall take our place has the tags as the peer sees them", () => {
  const { dialog } = receiving();
  expect(replacesHeader(dialog!)).toBe(`call;to-tag=c;from-tag=${dialog!.localTag}`);
  expect(replacesHeader(dialog!, { earlyOnly: true })).toMatch(/;early-only$/);
});

test("RFC 3420: status lines of sipfrag", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  expect(parseStatusFragment(bytes("SIP/2.0 180 Ringing\r\nContact: <sip:x>\r\n"))).toEqual({ statusCode: 180, reasonPhrase: "Ringing" });
  expect(parseStatusFragment(bytes("SIP/2.0 200"))).toEqual({ statusCode: 200, reasonPhrase: "" });
  for (const text of ["", "INVITE sip:x SIP/2.0", "SIP/2.0 700 X", "SIP/2.0 20"]) expect(parseStatusFragment(bytes(text))).toBeUndefined();
  expect(writeStatusFragment(486)).toBe("SIP/2.0 486 Busy Here\r\n");
});

test("RFC 3326 §2: Reason values", () => {
  const request = invite();
  request.headers.append("Reason", sipReason(200, 'Call "completed" elsewhere'));
  request.headers.append("Reason", "Q.850;cause=16");
  const [first, second] = reasonsOf(request);
  expect([first?.value, first?.parameters.get("cause"), first?.parameters.get("text")]).toEqual([
    "SIP",
    "200",
    'Call "completed" elsewhere',
  ]);
  expect(second?.parameters.get("cause")).toBe("16");
});
