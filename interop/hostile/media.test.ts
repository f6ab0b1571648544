/** Attacks on a call by who stands between its ends and has no keys. All the while both play to each other; in the end what was heard is compared. */
import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { nackEntries } from "@purertc/rtp";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { carrying, caughtUp, flood, many, type Refused, refusedDuring, sum, verdict } from "./attack.ts";
import { rtcpBytes } from "./hostile-sender.ts";
import { type Call, openCall } from "./media-process.ts";
import type { Side } from "./relay.ts";

vi.setConfig({ testTimeout: 20_000 });

const SIDES: readonly Side[] = ["offerer", "answerer"];
let call: Call;
/** What was under way in the first second, for later; and a packet of video that was taken out of it. */
const recorded: Record<Side, Uint8Array[]> = { offerer: [], answerer: [] };
let heldBack: Uint8Array | undefined;

beforeAll(async () => {
  call = await openCall();
  await carrying(call, 1000, (datagram, to, pass) => {
    if (isMedia(datagram)) recorded[to].push(datagram);
    if (to === "answerer" && heldBack === undefined && isRtp(datagram) && datagram.length > 500) heldBack = datagram;
    else pass(datagram);
  });
});
afterAll(() => call?.close());

test("RFC 3711 §3.3.2: what is replayed, at once and late, is counted and heard once", async () => {
  let copies = 0;
  const refused = await refusedAtBoth(() =>
    carrying(call, 1000, (datagram, to, pass) => {
      pass(datagram);
      if (!isMedia(datagram)) return;
      for (let i = 0; i < 3; i++) pass(datagram);
      setTimeout(() => pass(datagram), 100);
      copies += 4;
      recorded[to].push(datagram);
    }),
  );
  expect(Object.keys(refused).toSorted()).toEqual(["rtcp-replayed", "replayed"].toSorted());
  expect(sum(refused)).toBe(copies);
});

test.each(REGIONS())("RFC 3711 §3.3: a bit of the %s is flipped, before and after the packet itself", async (_name, from, to, reasons) => {
  let forged = 0;
  const refused = await refusedAtBoth(() =>
    carrying(call, 300, (datagram, _to, pass) => {
      const flip = (): void => {
        const at = from(datagram) + randomInt(to(datagram) - from(datagram));
        const copy = Buffer.from(datagram);
        copy[at]! ^= 1 << randomInt(at === 0 ? 6 : 8); // still RTP or RTCP to RFC 7983
        pass(copy);
        forged += 1;
      };
      if (isMedia(datagram)) for (let i = 0; i < 4; i++) flip();
      pass(datagram);
      if (isMedia(datagram)) for (let i = 0; i < 4; i++) flip();
    }),
  );
  expect(sum(refused)).toBe(forged);
  expect(reasons).toEqual(expect.arrayContaining(Object.keys(refused)));
});

test("RFC 3711 §3.3: packets cut at every length, before the packet itself", async () => {
  const cut = new Set<string>();
  let forged = 0;
  const refused = await refusedAtBoth(() =>
    carrying(call, 1500, (datagram, to, pass) => {
      const kind = `${to} ${isRtp(datagram)} ${datagram.length > 500}`;
      if (isMedia(datagram) && !cut.has(kind)) {
        cut.add(kind);
        for (let length = 1; length < datagram.length; length++) pass(datagram.subarray(0, length));
        forged += datagram.length - 1;
      }
      pass(datagram);
    }),
  );
  expect(cut.size).toBe(6);
  expect(sum(refused)).toBe(forged);
  expect(["too-short", "bad-tag", "rtcp-too-short", "rtcp-bad-tag", "rtcp-replayed"]).toEqual(expect.arrayContaining(Object.keys(refused)));
});

test("RFC 5761 §4: RTCP that says it is RTP, RTP that says it is RTCP, and garbage under every first two bytes", async () => {
  let forged = 0;
  const refused = await refusedAtBoth(async () => {
    await carrying(call, 400, (datagram, _to, pass) => {
      if (isMedia(datagram)) {
        const copy = Buffer.from(datagram);
        copy[1] = isRtp(datagram) ? 192 + randomInt(32) : randomInt(2) * 128 + 96;
        pass(copy);
        forged += 1;
      }
      pass(datagram);
    });
    await flood(call, "answerer", garbage());
    forged += 64 * 256;
  });
  expect(sum(refused)).toBe(forged);
});

test("RFC 3550 A.1: what is reordered is heard in order", async () => {
  const refused = await refusedAtBoth(() =>
    carrying(call, 1500, (datagram, _to, pass) => {
      if (isMedia(datagram) && randomInt(3) === 0) setTimeout(() => pass(datagram), 5 + randomInt(25));
      else pass(datagram);
    }),
  );
  expect(refused).toEqual({});
});

test("RFC 3711 §3.2.3: fifty thousand forged datagrams, each of a new SSRC, fill no memory and cost little more than to receive them", async () => {
  const victim = call.ends.answerer;
  const [quietFrom] = [await victim.call("usage"), await sleep(1000)];
  const quietShare = ((await victim.call("usage")).cpuMs - quietFrom.cpuMs) / 1000;
  /** Processor time of a datagram, apart from the call's own. */
  const use = async (count: number, make: (i: number) => Uint8Array) => {
    const [before, from] = [await victim.call("usage"), performance.now()];
    await flood(call, "answerer", many(count, make));
    const [after, tookMs] = [await victim.call("usage"), performance.now() - from];
    return { cpuMs: (after.cpuMs - before.cpuMs - quietShare * tookMs) / count, grownBytes: after.bytes - before.bytes };
  };
  const ofNoProtocol = await use(20_000, (i) => Buffer.concat([Buffer.from([64 + (i % 64)]), body()]));
  let storm = ofNoProtocol;
  const refused = await refusedDuring(call, "answerer", async () => {
    storm = await use(FORGED, (i) => Buffer.concat([Buffer.from([0x80, i % 4 === 0 ? 200 + (i % 7) : 96 + (i % 32)]), body()]));
  });
  expect(sum(refused)).toBe(FORGED);
  expect(Object.keys(refused).toSorted()).toEqual(["bad-tag", "rtcp-bad-tag"]);
  expect(storm.grownBytes).toBeLessThan(4 << 20);
  expect(storm.cpuMs).toBeLessThan(4 * ofNoProtocol.cpuMs);
});

test("RFC 8445 §12: media of strangers, replayed or forged, is taken on no path that no check has validated", async () => {
  const datagrams = [...recorded.answerer.slice(0, 100), ...many(100, () => Buffer.concat([Buffer.from([0x80, 96]), body()]))];
  const refused = await refusedDuring(call, "answerer", async () => {
    for (const datagram of datagrams) call.relay.inject("answerer", datagram, "stranger");
    await sleep(100);
    await caughtUp(call, "answerer");
  });
  expect(refused).toEqual({ "unknown-path": datagrams.length });
});

test("RFC 4585 §6: forged NACKs, PLIs, FIRs, REMBs and BYEs by the thousand move nothing", async () => {
  const state = async () => {
    const { outbound, keyframeRequests, availableOutgoingBitrate } = await call.ends.answerer.call("stats");
    return { counts: outbound.map((one) => [one.nackCount, one.pliCount, one.firCount]), keyframeRequests, availableOutgoingBitrate };
  };
  const before = await state();
  const { outbound } = await call.ends.answerer.call("stats");
  const forgeries = outbound.flatMap(({ ssrc: mediaSsrc }) => [
    rtcpBytes([{ type: "NACK", senderSsrc: 1, mediaSsrc, entries: nackEntries(Array.from({ length: 4000 }, (_, i) => i)) }]),
    rtcpBytes([{ type: "PLI", senderSsrc: 1, mediaSsrc }]),
    rtcpBytes([{ type: "FIR", senderSsrc: 1, mediaSsrc: 0, entries: [{ ssrc: mediaSsrc, sequenceNumber: 1 }] }]),
    rtcpBytes([{ type: "REMB", senderSsrc: 1, mediaSsrc: 0, bitRate: 1, ssrcs: [mediaSsrc] }]),
    rtcpBytes([{ type: "BYE", ssrcs: [mediaSsrc] }]),
  ]);
  const sealed = (plain: Uint8Array, i: number) => Buffer.concat([plain, randomBytes(16), Buffer.from([0x80, 0, i >> 8, i & 255])]);
  const refused = await refusedDuring(call, "answerer", () =>
    flood(
      call,
      "answerer",
      many(5000, (i) => sealed(forgeries[i % forgeries.length]!, i)),
    ),
  );
  expect(refused).toEqual({ "rtcp-bad-tag": 5000 });
  const after = await state();
  expect([after.counts, after.keyframeRequests]).toEqual([before.counts, before.keyframeRequests]);
  expect(after.availableOutgoingBitrate).toBeGreaterThan(0.5 * before.availableOutgoingBitrate!);
});

test("RFC 3711 §3.3.2: what comes behind the window is refused unread, and was repaired long ago", async () => {
  expect(await refusedDuring(call, "answerer", () => flood(call, "answerer", [heldBack!]))).toEqual({ "too-old": 1 });
  const {
    replayed = 0,
    "too-old": tooOld = 0,
    "rtcp-replayed": rtcp = 0,
  } = await refusedDuring(call, "answerer", () => flood(call, "answerer", recorded.answerer));
  expect(tooOld).toBeGreaterThan(50);
  expect(replayed + tooOld + rtcp).toBe(recorded.answerer.length);
});

test("what both heard is what was played, each frame once", async () => {
  for (const side of SIDES) await caughtUp(call, side);
  await sleep(1000);
  for (const side of SIDES) {
    const [audio, video] = [await verdict(call, side, "audio"), await verdict(call, side, "video")];
    for (const { heard, missing, ...faults } of [audio, video]) {
      expect(faults).toEqual({ wrong: 0, twice: 0, disordered: 0 });
      expect(heard).toBeGreaterThan(200);
      expect(missing).toBeLessThanOrEqual(0.01 * heard); // what a busy machine's sockets lose
    }
    expect((await call.ends[side].call("usage")).peakBytes).toBeLessThan(250 << 20);
    const { state, log } = await call.ends[side].call("stats");
    expect([state, log.filter((entry) => entry !== "connection:connecting")]).toEqual(["connected", ["connection:connected"]]);
  }
});

async function refusedAtBoth(attack: () => Promise<void>): Promise<Refused> {
  let atAnswerer: Refused = {};
  const atOfferer = await refusedDuring(call, "offerer", async () => {
    atAnswerer = await refusedDuring(call, "answerer", attack);
  });
  const reasons = [...new Set([...Object.keys(atOfferer), ...Object.keys(atAnswerer)])];
  return Object.fromEntries(reasons.map((reason) => [reason, (atOfferer[reason] ?? 0) + (atAnswerer[reason] ?? 0)]));
}

function isMedia(datagram: Uint8Array): boolean {
  return datagram[0]! >= 128 && datagram[0]! <= 191;
}

function isRtp(datagram: Uint8Array): boolean {
  return isMedia(datagram) && (datagram[1]! < 192 || datagram[1]! > 223);
}

/** What of a datagram is flipped, as [name, first byte, byte after the last, reasons that it may be refused for]. */
function REGIONS() {
  type Offset = (datagram: Uint8Array) => number;
  const start = (at: number) => (): number => at;
  const end = (fromEnd: number) => (datagram: Uint8Array) => datagram.length - fromEnd;
  const any = ["bad-tag", "replayed", "too-old", "too-short", "rtcp-bad-tag", "rtcp-replayed", "rtcp-too-old", "rtcp-too-short"];
  const regions: readonly (readonly [string, Offset, Offset, readonly string[]])[] = [
    ["first byte", start(0), start(1), any],
    ["payload type", start(1), start(2), any],
    ["sequence number, of which the rollover counter depends", start(2), start(4), any],
    ["timestamp and SSRC", start(4), start(12), any],
    ["extension", start(12), start(28), any],
    ["payload", start(28), end(20), any],
    ["tag, and of SRTCP's index", end(16), end(0), any],
  ];
  return regions;
}

function* garbage(): Iterable<Uint8Array> {
  for (let first = 128; first < 192; first++) {
    for (let second = 0; second < 256; second++) yield Buffer.concat([Buffer.from([first, second]), randomBytes(randomInt(100))]);
  }
}

/** What follows the first two bytes. */
const body = (): Buffer => randomBytes(60);
const FORGED = 50_000;
