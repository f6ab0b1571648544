import { expect, test } from "vitest";
import { SessionPair } from "./session-pair.ts";

test("RFC 3665 §3.1: a call that is answered and ended by the callee", () => {
  const pair = new SessionPair();
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => pair.b.call.progress(pair.now, 180));
  expect(pair.a.call.state).toBe("early");
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }));
  expect([pair.a.call.state, pair.b.call.state]).toEqual(["confirmed", "confirmed"]);
  pair.act(() => pair.b.call.end(pair.now));
  expect(pair.ladder).toEqual(["> INVITE sdp", "< 180 INVITE", "< 200 INVITE sdp", "> ACK", "< BYE", "> 200 BYE"]);
  expect(pair.a.told).toEqual(["progress", "accepted", "answer", "confirmed", "ended"]);
  expect(pair.b.told).toEqual(["offer", "accepted", "confirmed", "ended"]);
  expect(pair.a.last("ended").cause).toBe("remote-bye");
  expect(pair.b.last("ended").cause).toBe("local-bye");
  pair.run(40_000);
  expect([pair.a.call.finished, pair.b.call.finished]).toEqual([true, true]);
});
