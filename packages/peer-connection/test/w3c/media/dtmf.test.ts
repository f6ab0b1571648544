import { expect, test } from "vitest";
import {
  EncodedTrackGenerator,
  type RTCDTMFSender,
  RTCDTMFToneChangeEvent,
  type RTCPeerConnection,
  type RTCRtpTransceiver,
  RtpTrackProcessor,
} from "../../../src/index.ts";
import { exchangeCandidates, negotiate, next, thrown, virtualPeers } from "../../virtual-host.ts";
import { track } from "./tracks.ts";

/** A connected sender of audio, and what its `tonechange` events say, with their times since the first call. */
async function calling(): Promise<{
  a: RTCPeerConnection;
  b: RTCPeerConnection;
  host: ReturnType<typeof virtualPeers>["host"];
  transceiver: RTCRtpTransceiver;
  dtmf: RTCDTMFSender;
  tones: (insert: () => void) => Promise<[number, string, string][]>;
}> {
  const { create, host } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  a.addTrack(new EncodedTrackGenerator({ kind: "audio" }).track);
  await negotiate(a, b);
  while (a.connectionState !== "connected") await next(a, "connectionstatechange");
  const [transceiver] = a.getTransceivers();
  const dtmf = transceiver!.sender.dtmf!;
  const tones = async (insert: () => void): Promise<[number, string, string][]> => {
    const log: [number, string, string][] = [];
    const from = host.now;
    dtmf.ontonechange = ({ tone }) => log.push([Math.round(host.now - from), tone, dtmf.toneBuffer]);
    insert();
    await host.sleep(10_000);
    return log;
  };
  return { a, b, host, transceiver: transceiver!, dtmf, tones };
}

test("dom-rtcrtpsender-dtmf: for audio only, the same object each time", () => {
  const pc = virtualPeers().create();
  const { sender } = pc.addTransceiver("audio");
  expect(sender.dtmf).toBe(sender.dtmf);
  expect(pc.addTransceiver("video").sender.dtmf).toBeNull();
  expect([sender.dtmf!.canInsertDTMF, sender.dtmf!.toneBuffer]).toEqual([false, ""]);
});

test("determine-if-dtmf-can-be-sent: connected, sending, active, with a track", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  const transceiver = a.addTransceiver(track());
  const { dtmf } = transceiver.sender;
  expect(thrown(() => dtmf!.insertDTMF("1"))).toBe("InvalidStateError");
  expect(thrown(() => dtmf!.insertDTMF("x"))).toBe("InvalidStateError");
  await negotiate(a, b);
  expect(dtmf!.canInsertDTMF).toBe(false);
  while (a.connectionState !== "connected") await next(a, "connectionstatechange");
  expect(dtmf!.canInsertDTMF).toBe(true);
  a.removeTrack(transceiver.sender);
  expect(dtmf!.canInsertDTMF).toBe(false);
  await transceiver.sender.replaceTrack(track());
  expect(dtmf!.canInsertDTMF).toBe(true);
  const parameters = transceiver.sender.getParameters();
  parameters.encodings[0]!.active = false;
  await transceiver.sender.setParameters(parameters);
  expect(dtmf!.canInsertDTMF).toBe(false);
  parameters.transactionId = transceiver.sender.getParameters().transactionId;
  parameters.encodings[0]!.active = true;
  await transceiver.sender.setParameters(parameters);
  await negotiate(a, b); // removeTrack left "recvonly"
  expect(dtmf!.canInsertDTMF).toBe(false);
  transceiver.direction = "sendonly";
  await negotiate(a, b);
  expect(dtmf!.canInsertDTMF).toBe(true);
  transceiver.stop();
  expect(dtmf!.canInsertDTMF).toBe(false);
});

test("dom-rtcdtmfsender-insertdtmf: characters, case, and what the buffer shows", async () => {
  const { dtmf } = await calling();
  dtmf.insertDTMF("");
  expect(dtmf.toneBuffer).toBe("");
  for (const wrong of ["0123456789ABCDEF", "E", "1 2", "é"]) expect(thrown(() => dtmf.insertDTMF(wrong))).toBe("InvalidCharacterError");
  expect(thrown(() => Reflect.apply(dtmf.insertDTMF, dtmf, []))).toBe("TypeError");
  dtmf.insertDTMF("0123456789abcdABCD#*,");
  expect(dtmf.toneBuffer).toBe("0123456789ABCDABCD#*,");
  dtmf.insertDTMF("12");
  expect(dtmf.toneBuffer).toBe("12");
});

test("dfn-dtmf-playout-task-steps: 100 ms and 70 ms between by default, and an empty tone at the end", async () => {
  const { dtmf, tones } = await calling();
  expect(await tones(() => dtmf.insertDTMF("1a#"))).toEqual([
    [0, "1", "A#"],
    [170, "A", "#"],
    [340, "#", ""],
    [510, "", ""],
  ]);
});

test.each([
  [[40, 30], 70],
  [[1, 1], 70],
  [[6000, 30], 6030],
  [[7000, 30], 6030],
  [[100, 7000], 6100],
] as const)("dom-rtcdtmfsender-insertdtmf: duration and gap %o: %i ms from tone to tone", async ([duration, gap], interval) => {
  const { dtmf, tones } = await calling();
  const log = await tones(() => dtmf.insertDTMF("12", duration, gap));
  expect(log.slice(0, 2)).toEqual([
    [0, "1", "2"],
    [interval, "2", ""],
  ]);
});

test("dfn-dtmf-playout-task-steps: a comma is two seconds", async () => {
  const { dtmf, tones } = await calling();
  expect(await tones(() => dtmf.insertDTMF("1,2"))).toEqual([
    [0, "1", ",2"],
    [170, ",", "2"],
    [2170, "2", ""],
    [2340, "", ""],
  ]);
});

test("dom-rtcdtmfsender-insertdtmf: replaces what is left, with the new times from the next tone on", async () => {
  const { dtmf, tones, host } = await calling();
  const log = await tones(() => {
    dtmf.insertDTMF("123");
    host.after(100, () => dtmf.insertDTMF("AB", 40, 30));
    host.after(200, () => dtmf.insertDTMF(""));
  });
  expect(log).toEqual([
    [0, "1", "23"],
    [170, "A", "B"],
    [240, "", ""],
  ]);
});

test("dfn-dtmf-playout-task-steps: when nothing can be sent any more, no event", async () => {
  const { transceiver, dtmf, tones, host } = await calling();
  const log = await tones(() => {
    dtmf.insertDTMF("123");
    host.after(100, () => transceiver.stop());
  });
  expect(log).toEqual([[0, "1", "23"]]);
  expect(dtmf.toneBuffer).toBe("23");
  const other = await calling();
  const closed = await other.tones(() => {
    other.dtmf.insertDTMF("123");
    other.host.after(100, () => other.a.close());
  });
  expect(closed).toEqual([[0, "1", "23"]]);
  expect(other.host.armedTimers).toBeLessThanOrEqual(1);
});

test("RFC 4733 §2.3: tones on the wire, each with a marker, growing duration and three ends", async () => {
  const { b, dtmf, host } = await calling();
  const [receiver] = b.getReceivers();
  const events: { event: number; end: boolean; duration: number; marker: boolean; timestamp: number }[] = [];
  new RtpTrackProcessor({
    track: receiver!.track,
    onpacket: (packet, { codec }) => {
      if (codec.mimeType.toLowerCase() !== "audio/telephone-event") return;
      const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
      const at = packet.length - 4;
      events.push({
        event: view.getUint8(at),
        end: (view.getUint8(at + 1) & 0x80) !== 0,
        duration: view.getUint16(at + 2),
        marker: (view.getUint8(1) & 0x80) !== 0,
        timestamp: view.getUint32(4),
      });
    },
  });
  dtmf.insertDTMF("5#", 100, 70);
  await host.sleep(1000);
  for (const [tone, number] of [
    [5, 0],
    [11, 1],
  ] as const) {
    const ofTone = events.filter(({ event }) => event === tone);
    expect(ofTone.length, `tone ${number}`).toBeGreaterThanOrEqual(4);
    expect(ofTone.map(({ marker }) => marker)).toEqual([true, ...Array(ofTone.length - 1).fill(false)]);
    expect(ofTone.filter(({ end }) => end)).toHaveLength(3);
    expect(new Set(ofTone.map(({ timestamp }) => timestamp)).size).toBe(1);
    expect(ofTone.map(({ duration }) => duration)).toEqual(ofTone.map(({ duration }) => duration).toSorted((x, y) => x - y));
    expect([800, 4800]).toContain(ofTone.at(-1)!.duration);
  }
});

test("rtcdtmftonechangeevent: a tone, empty by default", () => {
  expect(new RTCDTMFToneChangeEvent("tonechange", { tone: "1" }).tone).toBe("1");
  expect(new RTCDTMFToneChangeEvent("tonechange").tone).toBe("");
  expect(thrown(() => Reflect.construct(RTCDTMFToneChangeEvent, []))).toBe("TypeError");
});
