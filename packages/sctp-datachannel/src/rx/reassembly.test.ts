import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Chunk, writeChunk } from "../codec/chunks/chunk.ts";
import type { MessageSink } from "./inbound-streams.ts";
import { InterleavedReassembly } from "./interleaved-reassembly.ts";
import type { Reassembly } from "./reassembly.ts";
import { ReassemblyQueue } from "./reassembly-queue.ts";

class Inbox implements MessageSink {
  readonly messages: string[] = [];
  readonly large: number[] = [];

  deliver(streamId: number, _payloadProtocolId: number, data: Uint8Array): void {
    this.messages.push(`${streamId}:${Array.from(data).join(",")}`);
  }

  tooLarge(_streamId: number, length: number): void {
    this.large.push(length);
  }
}

interface Plan {
  readonly streamId: number;
  readonly unordered: boolean;
  readonly sizes: readonly number[];
}

interface Fragment {
  readonly index: number;
  readonly bytes: Uint8Array;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  streamId: fc.nat(2),
  unordered: fc.boolean(),
  sizes: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }),
});

function encoded(chunk: Chunk): Uint8Array {
  const out = new Uint8Array(200);
  return out.slice(0, writeChunk(out, 0, chunk));
}

/** The chunks of some messages with TSNs 1, 2, ... and what should come out of each stream. */
function fragments(
  plans: readonly Plan[],
  interleaved: boolean,
): { list: Fragment[]; ordered: Map<number, string[]>; unordered: string[] } {
  const next = new Map<string, number>();
  const list: Fragment[] = [];
  const ordered = new Map<number, string[]>();
  const unordered: string[] = [];
  let value = 0;
  let index = 1;
  for (const { streamId, unordered: isUnordered, sizes } of plans) {
    const key = `${streamId}${interleaved ? isUnordered : ""}`;
    const sequence = isUnordered && !interleaved ? 0 : (next.get(key) ?? 0);
    if (!isUnordered || interleaved) next.set(key, sequence + 1);
    const whole: number[] = [];
    sizes.forEach((size, i) => {
      const userData = Uint8Array.from({ length: size }, () => value++ & 255);
      whole.push(...userData);
      const flags = { unordered: isUnordered, beginning: i === 0, ending: i === sizes.length - 1 };
      const chunk: Chunk = interleaved
        ? { type: "I-DATA", tsn: index, streamId, messageId: sequence, ppidOrFragment: i === 0 ? 53 : i, ...flags, userData }
        : { type: "DATA", tsn: index, streamId, streamSequenceNumber: sequence, payloadProtocolId: 53, ...flags, userData };
      list.push({ index, bytes: encoded(chunk) });
      index += 1;
    });
    const text = `${streamId}:${whole.join(",")}`;
    if (isUnordered) unordered.push(text);
    else ordered.set(streamId, [...(ordered.get(streamId) ?? []), text]);
  }
  return { list, ordered, unordered };
}

/** Feeds fragments in any order, as the data receiver does, and checks that no outcome is a violation. */
function feed(reassembly: Reassembly, list: readonly Fragment[]): void {
  const have = new Set<number>();
  let cumulative = 0;
  for (const { index, bytes } of list) {
    const outcome =
      index === cumulative + 1
        ? reassembly.acceptNext(index, bytes, 0, bytes.length)
        : reassembly.acceptAhead(index, bytes, 0, bytes.length);
    expect(outcome).toBe("ok");
    have.add(index);
    while (have.has(cumulative + 1)) cumulative += 1;
    expect(reassembly.advanceTo(cumulative)).toBe("ok");
  }
}

describe.each([false, true])("interleaved %s", (interleaved) => {
  const create = (inbox: Inbox, maximum = 1000, lenient = false): Reassembly =>
    interleaved ? new InterleavedReassembly(inbox, maximum) : new ReassemblyQueue(inbox, maximum, lenient);

  test("RFC 9260 §6.6, §6.9, RFC 8260 §2.2: in any order of arrival every message comes once, ordered ones in order", () => {
    fc.assert(
      fc.property(
        fc.array(plan, { maxLength: 12 }).chain((plans) => {
          const made = fragments(plans, interleaved);
          return fc.record({
            made: fc.constant(made),
            order: fc.shuffledSubarray(made.list, { minLength: made.list.length, maxLength: made.list.length }),
          });
        }),
        ({ made, order }) => {
          const inbox = new Inbox();
          const reassembly = create(inbox);
          feed(reassembly, order);
          const unordered = new Set(made.unordered);
          for (const [streamId, expected] of made.ordered) {
            expect(inbox.messages.filter((text) => text.startsWith(`${streamId}:`) && !unordered.has(text))).toEqual(expected);
          }
          expect(inbox.messages.filter((text) => unordered.has(text)).sort()).toEqual([...made.unordered].sort());
          expect(reassembly.held).toBe(0);
        },
      ),
      { numRuns: 400 },
    );
  });

  test("a message that is too large is told of and costs nothing; the next one comes", () => {
    const { list } = fragments(
      [
        { streamId: 1, unordered: false, sizes: [5, 5, 5] },
        { streamId: 1, unordered: false, sizes: [3] },
      ],
      interleaved,
    );
    for (const order of [list, [list[1]!, list[2]!, list[3]!, list[0]!]]) {
      const inbox = new Inbox();
      const reassembly = create(inbox, 12);
      feed(reassembly, order);
      expect(inbox.large).toEqual([15]);
      expect(inbox.messages.length).toBe(1);
      expect(reassembly.held).toBe(0);
    }
  });

  test("what is held is counted while a message is in the making", () => {
    const { list } = fragments([{ streamId: 1, unordered: false, sizes: [5, 5, 5] }], interleaved);
    const reassembly = create(new Inbox());
    feed(reassembly, [list[2]!]);
    expect(reassembly.held).toBeGreaterThanOrEqual(5);
    feed(reassembly, [list[0]!]);
    expect(reassembly.held).toBeGreaterThanOrEqual(10);
  });

  test("RFC 6525 §5.2.2: a reset drops what waits on the stream and begins at 0 again", () => {
    const plans: Plan[] = [
      { streamId: 1, unordered: false, sizes: [1] },
      { streamId: 1, unordered: false, sizes: [2] },
    ];
    const inbox = new Inbox();
    const reassembly = create(inbox);
    feed(reassembly, [fragments(plans, interleaved).list[1]!]); // the second waits for the first
    reassembly.reset(1);
    expect(reassembly.held).toBe(0);
    const again = fragments([plans[0]!], interleaved).list[0]!;
    reassembly.acceptNext(1, again.bytes, 0, again.bytes.length);
    expect(inbox.messages).toEqual(["1:0"]);
  });
});

/** DATA fragments written by hand: [index, flags "B", "E", "BE" or "", stream, ssn]. */
function data(index: number, flags: string, streamId = 1, streamSequenceNumber = 0): Uint8Array {
  const beginning = flags.includes("B");
  const ending = flags.includes("E");
  const userData = Uint8Array.of(index);
  return encoded({ type: "DATA", tsn: index, streamId, streamSequenceNumber, payloadProtocolId: 53, beginning, ending, userData });
}

function outcomes(lenient: boolean, ...steps: readonly (readonly [index: number, bytes: Uint8Array])[]): string[] {
  const reassembly = new ReassemblyQueue(new Inbox(), 1000, lenient);
  let cumulative = 0;
  return steps.map(([index, bytes]) => {
    if (index !== cumulative + 1) return reassembly.acceptAhead(index, bytes, 0, bytes.length);
    cumulative = index;
    return reassembly.acceptNext(index, bytes, 0, bytes.length);
  });
}

test("RFC 9260 §6.9: fragments that contradict each other are a violation, in order", () => {
  expect(outcomes(false, [1, data(1, "E")])).toEqual(["violation"]);
  expect(outcomes(false, [1, data(1, "")])).toEqual(["violation"]);
  expect(outcomes(false, [1, data(1, "B")], [2, data(2, "B")])).toEqual(["ok", "violation"]);
  expect(outcomes(false, [1, data(1, "B")], [2, data(2, "E", 2)])).toEqual(["ok", "violation"]);
  expect(outcomes(false, [1, data(1, "B")], [2, data(2, "E", 1, 1)])).toEqual(["ok", "violation"]);
});

test("RFC 9260 §6.9: fragments that contradict each other are a violation, ahead of a gap", () => {
  expect(outcomes(false, [3, data(3, "E")], [4, data(4, "E")])).toEqual(["ok", "violation"]);
  expect(outcomes(false, [4, data(4, "")], [3, data(3, "E")])).toEqual(["ok", "violation"]);
  expect(outcomes(false, [3, data(3, "B")], [4, data(4, "BE")])).toEqual(["ok", "violation"]);
  expect(outcomes(false, [3, data(3, "B")], [4, data(4, "E", 2)])).toEqual(["ok", "violation"]);
  expect(outcomes(false, [3, data(3, "B", 1, 0)], [4, data(4, "E", 1, 1)])).toEqual(["ok", "violation"]);
});

test("RFC 3758 §3.6: a peer that may give up messages may begin one although the last did not end", () => {
  expect(outcomes(true, [1, data(1, "B")], [2, data(2, "BE", 1, 1)])).toEqual(["ok", "ok"]);
  expect(outcomes(true, [3, data(3, "B")], [4, data(4, "BE", 1, 1)])).toEqual(["ok", "ok"]);
  expect(outcomes(true, [1, data(1, "E")])).toEqual(["violation"]);
});

test("RFC 3758 §3.6: the rest of a message that a FORWARD-TSN cut in two is let pass", () => {
  const inbox = new Inbox();
  const reassembly = new ReassemblyQueue(inbox, 1000, true);
  const step = (index: number, bytes: Uint8Array) => reassembly.acceptNext(index, bytes, 0, bytes.length);
  expect(step(1, data(1, "B"))).toBe("ok");
  reassembly.forwardTo(2);
  reassembly.skipMessages(1, false, 0);
  expect(step(3, data(3, ""))).toBe("ok");
  expect(step(4, data(4, "E"))).toBe("ok");
  expect(step(5, data(5, "BE", 1, 1))).toBe("ok");
  expect(inbox.messages).toEqual(["1:5"]);
  expect(step(6, data(6, "E", 1, 2))).toBe("violation");
});

test("RFC 9260 §6.6: a peer that leaves out sequence numbers does not fill the memory", () => {
  const inbox = new Inbox();
  const reassembly = new ReassemblyQueue(inbox, 1000, false);
  for (let index = 1; index <= 50; index++) {
    const bytes = data(index, "BE", 1, index * 100);
    expect(reassembly.acceptNext(index, bytes, 0, bytes.length)).toBe("ok");
  }
  expect(reassembly.held).toBe(0);
  expect(inbox.messages.length).toBe(50);
});

/** I-DATA fragments written by hand. */
function idata(index: number, flags: string, fragment: number, messageId = 0): Uint8Array {
  const beginning = flags.includes("B");
  const ending = flags.includes("E");
  const userData = Uint8Array.of(index);
  return encoded({
    type: "I-DATA",
    tsn: index,
    streamId: 1,
    messageId,
    ppidOrFragment: beginning ? 53 : fragment,
    beginning,
    ending,
    userData,
  });
}

test("RFC 8260 §2.1: a fragment number twice, beyond the end or a second end is a violation", () => {
  const run = (...steps: readonly Uint8Array[]) => {
    const reassembly = new InterleavedReassembly(new Inbox(), 1000);
    return steps.map((bytes, i) => reassembly.acceptNext(i + 1, bytes, 0, bytes.length));
  };
  expect(run(idata(1, "B", 0), idata(2, "B", 0))).toEqual(["ok", "violation"]);
  expect(run(idata(1, "", 2), idata(2, "", 2))).toEqual(["ok", "violation"]);
  expect(run(idata(1, "", 0))).toEqual(["violation"]);
  expect(run(idata(1, "E", 2), idata(2, "", 3))).toEqual(["ok", "violation"]);
  expect(run(idata(1, "E", 2), idata(2, "E", 1))).toEqual(["ok", "violation"]);
  expect(run(idata(1, "", 3), idata(2, "E", 2))).toEqual(["ok", "violation"]);
});

test("RFC 8260 §2.3.1: I-FORWARD-TSN drops fragments of messages up to the one named and lets the next come", () => {
  const inbox = new Inbox();
  const reassembly = new InterleavedReassembly(inbox, 1000);
  const accept = (bytes: Uint8Array) => reassembly.acceptNext(0, bytes, 0, bytes.length);
  accept(idata(1, "B", 0, 0));
  accept(idata(2, "", 3, 1));
  accept(idata(3, "BE", 0, 2));
  expect(inbox.messages).toEqual([]);
  reassembly.skipMessages(1, false, 1);
  expect(inbox.messages).toEqual(["1:3"]);
  expect(reassembly.held).toBe(0);
});

test("RFC 9260 §1.6: sequence numbers wrap", () => {
  const inbox = new Inbox();
  const reassembly = new ReassemblyQueue(inbox, 1000, false);
  for (let index = 1; index <= 70_000; index++) {
    const bytes = data(index, "BE", 1, (index - 1) & 0xffff);
    if (reassembly.acceptNext(index, bytes, 0, bytes.length) !== "ok") throw new Error(`violation at ${index}`);
  }
  expect(inbox.messages.length).toBe(70_000);
  expect(reassembly.streams.stale).toBe(0);
});
