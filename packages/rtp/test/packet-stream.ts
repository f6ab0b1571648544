/** Frames through a packetizer, over a line that loses packets, into a depacketizer: what the properties of all video formats share. */
import fc from "fast-check";
import { expect } from "vitest";
import type { DepacketizedFrame, Depacketizer, DepacketizerRefusal, PacketInfo, Packetizer } from "../src/index.ts";

export interface SentPacket extends PacketInfo {
  readonly payload: Uint8Array;
  /** Index of the frame. */
  readonly frame: number;
}

/** All payloads of the frame that was begun. Checks that each keeps within `max` octets, and writes nothing outside of what it says. */
export function payloadsOf(packetizer: Packetizer, max: number): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  const out = new Uint8Array(max + 40);
  while (packetizer.pending) {
    out.fill(0xee);
    const length = packetizer.writeNext(out, 7);
    expect(length).toBeGreaterThan(0);
    expect(length).toBeLessThanOrEqual(max);
    expect(out[6]! + out[7 + length]!).toBe(2 * 0xee);
    payloads.push(out.slice(7, 7 + length));
  }
  expect(packetizer.writeNext(out, 0)).toBe(0);
  return payloads;
}

/** Packets of several frames in a row; each frame has a timestamp of its own and a marker on its last packet, unless `markers` is false. */
export function streamOf(frames: readonly Uint8Array[][], firstSequenceNumber: number, markers: boolean = true): SentPacket[] {
  let sequenceNumber = firstSequenceNumber;
  return frames.flatMap((payloads, frame) =>
    payloads.map((payload, i) => ({
      payload,
      frame,
      sequenceNumber: sequenceNumber++ & 0xffff,
      timestamp: (0xffff_f000 + 3000 * frame) >>> 0,
      marker: markers && i === payloads.length - 1,
    })),
  );
}

export interface Received<Frame> {
  readonly frames: Frame[];
  readonly refusals: DepacketizerRefusal[];
}

/** Pushes packets and polls all frames. The payload's buffer is spoiled after each call. */
export function receive<Frame extends DepacketizedFrame>(
  depacketizer: Depacketizer<Frame>,
  packets: readonly SentPacket[],
): Received<Frame> {
  const frames: Frame[] = [];
  const refusals: DepacketizerRefusal[] = [];
  for (const packet of packets) {
    const payload = packet.payload.slice();
    const refusal = depacketizer.push(packet, payload);
    payload.fill(0xdd);
    if (refusal !== undefined) refusals.push(refusal);
    for (let frame = depacketizer.poll(); frame !== undefined; frame = depacketizer.poll()) frames.push(frame);
  }
  return { frames, refusals };
}

/**
 * The three properties of a payload format: all packets give all frames; whichever packet is lost, what comes out is whole frames, all before the loss are among
 * them, and the first after it says so; and whichever several are lost, what comes out is whole frames in their order.
 */
export function checkPayloadFormat<Input, Frame extends DepacketizedFrame>(options: {
  readonly frame: fc.Arbitrary<Input>;
  /** What the depacketizer gives for a frame. */
  readonly expected: (input: Input) => Uint8Array;
  readonly minRoom: number;
  readonly packetize: (input: Input, max: number) => Uint8Array[];
  readonly depacketizer: () => Depacketizer<Frame>;
  readonly numRuns?: number;
}): void {
  const { expected, packetize, depacketizer } = options;
  fc.assert(
    fc.property(
      fc.array(options.frame, { minLength: 3, maxLength: 4 }),
      fc.integer({ min: options.minRoom, max: options.minRoom + 60 }),
      fc.nat(0xffff),
      fc.boolean(),
      fc.func(fc.nat(3)),
      (inputs, max, first, markers, lose) => {
        const packets = streamOf(
          inputs.map((input) => packetize(input, max)),
          first,
          markers,
        );
        const whole = inputs.map(expected);
        const last = markers ? whole.length : whole.length - 1; // without a marker, only the next frame ends one
        const all = receive(depacketizer(), packets);
        expect(all.refusals).toEqual([]);
        expect(all.frames.map(({ data }) => data)).toEqual(whole.slice(0, last));
        expect(all.frames.some(({ afterLoss }) => afterLoss)).toBe(false);
        for (let lost = 0; lost < packets.length; lost++) {
          const hole = packets[lost]!.frame;
          const { frames } = receive(
            depacketizer(),
            packets.filter((_, i) => i !== lost),
          );
          const indices = frames.map(({ timestamp }) => ((timestamp - 0xffff_f000) | 0) / 3000);
          for (const [i, index] of indices.entries()) {
            if (lost === 0 && index === 0) continue; // the very first packet of a stream cannot be missed by anyone
            expect(frames[i]!.data).toEqual(whole[index]);
            expect(index).not.toBe(hole);
          }
          const before = Math.max(0, markers ? hole : hole - 1);
          expect(indices.slice(0, before)).toEqual(Array.from({ length: before }, (_, i) => i));
          const next = indices.findIndex((index) => index > hole);
          if (next >= 0 && lost > 0) expect(frames[next]!.afterLoss).toBe(true);
        }
        const arrived = packets.filter((_, i) => i === 0 || lose(i) > 0);
        let before = -1;
        for (const { data, timestamp } of receive(depacketizer(), arrived).frames) {
          const index = ((timestamp - 0xffff_f000) | 0) / 3000;
          expect(index).toBeGreaterThan(before);
          expect(data).toEqual(whole[index]);
          before = index;
        }
      },
    ),
    { numRuns: options.numRuns ?? 60 },
  );
}

/** Any payloads, in a row and with markers and timestamps of any kind, are used or refused, and no frame exceeds `maxFrameLength`. */
export function checkAnyPayload(
  depacketizer: Depacketizer<DepacketizedFrame>,
  maxFrameLength: number,
  payloads: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 30 }),
): void {
  let sequenceNumber = 0;
  fc.assert(
    fc.property(payloads, fc.boolean(), fc.nat(2), (payload, marker, timestamp) => {
      depacketizer.push({ sequenceNumber: sequenceNumber++ & 0xffff, timestamp, marker }, payload);
      const frame = depacketizer.poll();
      if (frame !== undefined) expect(frame.data.length).toBeLessThanOrEqual(maxFrameLength);
    }),
    { numRuns: 2000 },
  );
}
