/** Attacks on a call by its authenticated other end. The victim's other tracks go on all the while; what was heard and played of them is compared in the end. */
import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { headerExtensionBlock, nackEntries } from "@purertc/rtp";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { caughtUp, flood, many, refusedDuring, sum, verdict } from "./attack.ts";
import { type HostileSender, hostileSender, rtpBytes } from "./hostile-sender.ts";
import { absurdFeedback, COMPOUNDS, EXTENSIONS, type Numbers, numbersOf, PAYLOADS, packetFor, randomCompound } from "./lies.ts";
import { type Call, openCall } from "./media-process.ts";

vi.setConfig({ testTimeout: 20_000 });

let call: Call;
let hostile: HostileSender;
let numbers: Numbers;
let bytesAtFirst = 0;

/** The victim is the answerer; its third section is one on which the offerer plays nothing, so that there nothing but the attack is heard. */
const LURE = "2";
/** RFC 5764 §4.1.2. Strangers attack AES-GCM, in `media.test.ts`. */
const SRTP_AES128_CM_HMAC_SHA1_80 = 1;
const victim = () => call.ends.answerer;
const attack = (datagrams: Iterable<Uint8Array>) => flood(call, "answerer", datagrams);

beforeAll(async () => {
  call = await openCall({ dtls: { srtpProfiles: [SRTP_AES128_CM_HMAC_SHA1_80] } });
  hostile = await hostileSender(call, "offerer");
  numbers = numbersOf(call.sdp);
  bytesAtFirst = (await victim().call("usage")).bytes;
});
afterAll(() => call?.close());

test("RFC 3550 §5.1, RFC 8285 §4.2: extension lengths, padding and CSRCs that overrun, and payloads that break their formats", async () => {
  const refused = await refusedDuring(call, "answerer", async () => {
    let serial = 0;
    const next = () => ({ ssrc: 0xbad0 + (serial % 5), sequenceNumber: ++serial, payloadType: numbers.payloadTypes.VP8! });
    for (const [profile, data] of EXTENSIONS)
      await attack([hostile.rtp({ ...next(), extension: { profile, data }, payload: randomBytes(50) })]);
    await attack(overruns(next));
    const fields = (codec: string) => ({ ...next(), payloadType: numbers.payloadTypes[codec] ?? 127, marker: serial % 3 === 0 });
    const broken = (i: number) => {
      const [codec, payload] = PAYLOADS[i % PAYLOADS.length]!;
      const video = !["opus", "red", "telephone-event"].includes(codec);
      return hostile.rtp(packetFor(numbers, video ? LURE : "0", { ...fields(codec), payload }));
    };
    await attack(many(40 * PAYLOADS.length, broken));
    const types = Object.values(numbers.payloadTypes);
    const anything = () =>
      hostile.rtp(
        packetFor(numbers, LURE, { ...next(), payloadType: types[randomInt(types.length)]!, payload: randomBytes(1 + randomInt(60)) }),
      );
    await attack(many(2000, anything));
  });
  expect(refused["too-short"]).toBe(2);
  expect(refused["not-rtp"]).toBe(1);
  await isWell();
});

test.each(["VP8", "H264"])(
  "RFC 7741 §4, RFC 6184 §5.8: a fragment of %s that never ends costs no more than the largest frame",
  async (codec) => {
    await sleep(500); // the stream before has fallen silent: frames are put together of this one
    const ssrc = randomInt(2 ** 32);
    const payloadType = numbers.payloadTypes[codec]!;
    const first = codec === "VP8" ? [0x10] : [0x7c, 0x85];
    const further = codec === "VP8" ? [0x00] : [0x7c, 0x05];
    const fragment = (sequenceNumber: number, octets: number) =>
      hostile.rtp(
        packetFor(numbers, LURE, {
          ssrc,
          sequenceNumber,
          payloadType,
          payload: Uint8Array.of(...(sequenceNumber === 0 ? first : further), ...new Uint8Array(octets)),
        }),
      );
    await attack(many(18_000, (i) => fragment(i, i < 17_000 ? 1000 : 1)));
    const grown = (await victim().call("usage")).bytes - bytesAtFirst;
    // The buffer of the largest frame has 8 MiB; that of the codec before may not have been freed yet. Without the limit it would be 32.
    expect(grown).toBeLessThan(24 << 20);
    const heard = (await victim().call("heardCount")).lure;
    const whole = Uint8Array.of(...(codec === "VP8" ? [0x10] : [0x65]), ...new Uint8Array(50));
    const frame = (i: number) =>
      packetFor(numbers, LURE, { ssrc, sequenceNumber: 18_000 + i, timestamp: 3000 * i, marker: true, payloadType, payload: whole });
    await attack([1, 2, 3].map((i) => hostile.rtp(frame(i))));
    await expect.poll(async () => (await victim().call("heardCount")).lure, { timeout: 3000 }).toBeGreaterThan(heard);
    await isWell();
  },
);

test("RFC 4585 §6.2.1: NACKs of all that is kept, thousands a second, cost half again of what is sent", async () => {
  const newest: number[] = [];
  const before = await victim().call("stats");
  const { ssrc } = before.outbound.find(({ kind }) => kind === "video")!;
  call.relay.carry = (datagram, to, pass) => {
    if (to === "offerer" && datagram.length > 500 && datagram.readUInt32BE(8) === ssrc) newest.push(datagram.readUInt16BE(2));
    pass(datagram);
  };
  const from = performance.now();
  while (performance.now() - from < 2000) {
    await sleep(5);
    const entries = nackEntries(newest.slice(-150));
    if (entries.length > 0)
      await attack(many(100, (i) => hostile.rtcp([{ type: "NACK", senderSsrc: 100 + (i % 10), mediaSsrc: ssrc, entries }])));
  }
  const after = await victim().call("stats");
  const [one, other] = [before, after].map(({ outbound }) => outbound.find((stats) => stats.ssrc === ssrc)!);
  const again = other!.retransmittedBytesSent! - one!.retransmittedBytesSent!;
  const sent = other!.bytesSent! - one!.bytesSent! - again;
  const seconds = (performance.now() - from) / 1000;
  expect(other!.nackCount! - one!.nackCount!).toBeGreaterThan(2000);
  expect(again).toBeGreaterThan(32_768);
  expect(again).toBeLessThan(Math.max(0.5 * sent, 32_768 * seconds) + 65_536);
  await isWell();
});

test("RFC 4585 §6.2.1: a NACK that names the same packets hundreds of times costs little more than one that names one", async () => {
  const { outbound } = await victim().call("stats");
  const mediaSsrc = outbound.find(({ kind }) => kind === "video")!.ssrc!;
  const cpuMs = async (count: number) => {
    const nack = {
      type: "NACK",
      senderSsrc: 5,
      mediaSsrc,
      entries: Array.from({ length: count }, (_, i) => ({ pid: 16 * (i % 12), blp: 0xffff })),
    } as const;
    const storm = [...many(2000, () => hostile.rtcp([nack]))];
    const before = await victim().call("usage");
    await attack(storm);
    return (await victim().call("usage")).cpuMs - before.cpuMs;
  };
  const ofOne = await cpuMs(1);
  const ofMany = await cpuMs(298);
  expect(ofMany).toBeLessThan(7 * ofOne);
});

test("RFC 4585 §6.3.1, RFC 5104 §4.3.1: PLIs and FIRs by the thousand ask the source for a key frame three times a second", async () => {
  const { outbound, keyframeRequests } = await victim().call("stats");
  const { ssrc } = outbound.find(({ kind }) => kind === "video")!;
  const from = performance.now();
  const storm = (i: number) =>
    hostile.rtcp([
      { type: "PLI", senderSsrc: i % 200, mediaSsrc: ssrc },
      {
        type: "FIR",
        senderSsrc: i % 200,
        mediaSsrc: 0,
        entries: Array.from({ length: 50 }, (_, k) => ({ ssrc, sequenceNumber: (i + k) & 255 })),
      },
    ]);
  while (performance.now() - from < 1500) await attack(many(500, storm));
  const asked = (await victim().call("stats")).keyframeRequests - keyframeRequests;
  expect(asked).toBeGreaterThan(1);
  expect(asked).toBeLessThan(2 + (4 * (performance.now() - from)) / 1000);
  await isWell();
});

test("RFC 3550 A.1, transport-cc §3: sequence numbers, timestamps and transport-wide numbers that leap make the victim send less than it is sent", async () => {
  let sent = 0;
  let answered = 0;
  call.relay.carry = (datagram, to, pass) => {
    if (to === "offerer" && datagram[0]! >= 128 && datagram[1]! >= 192 && datagram[1]! <= 223) answered += datagram.length;
    pass(datagram);
  };
  let sequenceNumber = 0;
  const leap = (i: number) => {
    sequenceNumber = (sequenceNumber + [1, 2, 18, 240, 999, 3001, 30_000][randomInt(7)]!) & 0xffff;
    const datagram = hostile.rtp({
      ssrc: 0x1eaf,
      sequenceNumber,
      payloadType: numbers.payloadTypes.VP8!,
      marker: i % 2 === 0,
      timestamp: i % 5 === 0 ? randomInt(2 ** 32) : i * 3000,
      payload: Uint8Array.of(0x10, ...randomBytes(30)),
      extension: headerExtensionBlock([
        { id: numbers.extensions.mid!, data: Buffer.from(LURE) },
        { id: numbers.extensions["draft-holmer-rmcat-transport-wide-cc-extensions-01"]!, data: randomBytes(2) },
      ]),
    });
    sent += datagram.length;
    return datagram;
  };
  await attack(many(5000, leap));
  await sleep(300);
  expect(answered).toBeGreaterThan(1000);
  expect(answered).toBeLessThan(sent);
  await isWell();
});

test("RFC 3550 §8.2: twenty thousand SSRCs fill no more than their places, and those that were there keep theirs", async () => {
  const before = await victim().call("usage");
  const refused = await refusedDuring(call, "answerer", () =>
    attack(
      many(20_000, (i) => {
        const fields = {
          ssrc: 0x1000_0000 + i,
          sequenceNumber: 1,
          payload: Uint8Array.of(0x10, 0, 0, 0),
          payloadType: numbers.payloadTypes.VP8!,
        };
        return hostile.rtp(packetFor(numbers, i % 2 === 0 ? LURE : "1", fields));
      }),
    ),
  );
  expect(sum(refused)).toBeGreaterThan(19_000);
  expect(Object.keys(refused).every((reason) => ["too-many-ssrcs", "too-many-streams"].includes(reason))).toBe(true);
  const { inbound } = await victim().call("stats");
  expect(inbound.length).toBeLessThanOrEqual(3 * 16);
  expect((await victim().call("usage")).bytes - before.bytes).toBeLessThan(8 << 20);
  await isWell();
});

test("RFC 3550 §6.4, A.2: RTCP with absurd counts and lengths", async () => {
  const before = await victim().call("usage");
  const refused = await refusedDuring(call, "answerer", async () => {
    await attack(many(20 * COMPOUNDS.length, (i) => hostile.rtcp(COMPOUNDS[i % COMPOUNDS.length]!)));
    await attack(many(3000, () => hostile.rtcp(randomCompound())));
  });
  expect(refused["rtcp-malformed"]).toBeGreaterThan(1000);
  expect((await victim().call("usage")).bytes - before.bytes).toBeLessThan(8 << 20);
  await isWell();
});

test("RFC 3550 §6.6: a BYE for the victim's own streams and for those of nobody ends nothing", async () => {
  const { outbound } = await victim().call("stats");
  const ssrcs = [...outbound.map(({ ssrc }) => ssrc!), 1, 2, 3];
  await attack(
    many(100, (i) =>
      hostile.rtcp([
        { type: "RR", ssrc: 7000 + i, reports: [] },
        { type: "BYE", ssrcs, reason: "you are gone" },
      ]),
    ),
  );
  const after = await victim().call("stats");
  expect(after.outbound.map(({ ssrc }) => ssrc)).toEqual(outbound.map(({ ssrc }) => ssrc));
  await isWell();
});

test("draft-alvestrand-rmcat-remb-03 §2.2, transport-cc §3.1: absurd estimates and reports stay within the bounds", async () => {
  for (const bitRate of [0, 1, 2 ** 63]) {
    await attack(many(100, (i) => hostile.rtcp([{ type: "REMB", senderSsrc: i, mediaSsrc: 0, bitRate, ssrcs: [1, 2, 3] }])));
    await estimateIsBounded();
  }
  await attack(many(1500, (i) => hostile.rtcp(absurdFeedback(i))));
  await estimateIsBounded();
  const block = { cumulativeLost: -0x80_0000, extendedHighestSequenceNumber: 0xffff_ffff, jitter: 0xffff_ffff, fractionLost: 255 };
  const { outbound } = await victim().call("stats");
  const reports = outbound.map(({ ssrc }) => ({ ...block, ssrc: ssrc!, lastSenderReport: 1, delaySinceLastSenderReport: 0xffff_ffff }));
  await attack(many(100, (i) => hostile.rtcp([{ type: "RR", ssrc: 9000 + i, reports }])));
  await estimateIsBounded();
  // The path that was lied about still carries sound and picture.
  await isWell();
  const before = await call.ends.offerer.call("heardCount");
  const heardMore = async () => {
    const now = await call.ends.offerer.call("heardCount");
    return Math.min(now.audio - before.audio, now.video - before.video);
  };
  await expect.poll(heardMore, { timeout: 5000 }).toBeGreaterThan(5);
});

test("what both heard of each other is what was played, each frame once", async () => {
  await caughtUp(call, "answerer");
  await sleep(500);
  for (const side of ["offerer", "answerer"] as const) {
    for (const kind of ["audio", "video"] as const) {
      const { heard, missing, ...faults } = await verdict(call, side, kind);
      expect(faults).toEqual({ wrong: 0, twice: 0, disordered: 0 });
      expect(missing).toBeLessThanOrEqual(0.01 * heard); // what a busy machine's sockets lose
      expect(heard).toBeGreaterThan(100);
    }
  }
});

test("RFC 3550 §8.2: the victim's own SSRCs come back to it: it changes each once, and its streams go on", async () => {
  const before = (await victim().call("stats")).outbound.map(({ ssrc }) => ssrc!);
  const names = new Set(before);
  for (let i = 0; i < 100; i++) {
    const own = (await victim().call("stats")).outbound.map(({ ssrc }) => ssrc!);
    for (const ssrc of own) names.add(ssrc);
    const fields = { sequenceNumber: i, payload: new Uint8Array(20), payloadType: numbers.payloadTypes.VP8! };
    await attack(own.map((ssrc) => hostile.rtp(packetFor(numbers, LURE, { ssrc, ...fields }))));
  }
  expect(names.size).toBeLessThanOrEqual(2 * before.length);
  const heard = await call.ends.offerer.call("heardCount");
  const heardMore = async () => {
    const now = await call.ends.offerer.call("heardCount");
    return Math.min(now.audio - heard.audio, now.video - heard.video);
  };
  await expect.poll(heardMore, { timeout: 5000 }).toBeGreaterThan(5);
  await isWell();
});

test("with all of this, and with what V8 left uncollected, the victim's process stayed below 300 MB", async () => {
  const usage = await victim().call("usage");
  expect(usage.peakBytes).toBeLessThan(300 << 20);
});

/** The victim is connected, and hears and sees more than before. */
async function isWell(): Promise<void> {
  const before = await victim().call("heardCount");
  const hearsMore = async () => {
    const now = await victim().call("heardCount");
    return now.audio > before.audio + 2 && now.video > before.video + 1;
  };
  await expect.poll(hearsMore, { timeout: 3000, interval: 20 }).toBe(true);
  expect((await victim().call("stats")).state).toBe("connected");
}

async function estimateIsBounded(): Promise<void> {
  const { availableOutgoingBitrate } = await victim().call("stats");
  expect(availableOutgoingBitrate).toBeGreaterThanOrEqual(50_000);
  expect(availableOutgoingBitrate).toBeLessThanOrEqual(100_000_000);
}

/** What `SrtpSender` would not protect is sent under a tag of nothing: it is refused before anybody looks at that. */
function overruns(next: () => { ssrc: number; sequenceNumber: number; payloadType: number }): readonly Uint8Array[] {
  const extension = Buffer.from(rtpBytes({ ...next(), extension: { profile: 0xbede, data: new Uint8Array(4) }, payload: randomBytes(60) }));
  extension.writeUInt16BE(0xffff, 14);
  const csrcs = Buffer.from(rtpBytes({ ...next(), payload: randomBytes(40) }));
  csrcs[0]! |= 15;
  const padding = rtpBytes({ ...next(), payload: randomBytes(40) });
  padding[0]! |= 0x20;
  padding[padding.length - 1] = 255;
  const allPadding = rtpBytes({ ...next(), payload: new Uint8Array(0), paddingLength: 200 });
  return [
    extension,
    csrcs,
    hostile.rtp(padding),
    hostile.rtp(allPadding),
    hostile.rtp({ ...next(), csrcs: new Array<number>(15).fill(1) }),
  ];
}
