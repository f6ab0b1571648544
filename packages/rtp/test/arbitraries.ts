/** Generators of codec values, within the ranges that the wire can say. */
import fc from "fast-check";
import type { ReportBlock, RtcpPacket, RtpPacket } from "../src/index.ts";

export const u8: fc.Arbitrary<number> = fc.nat(0xff);
export const u16: fc.Arbitrary<number> = fc.nat(0xffff);
export const u32: fc.Arbitrary<number> = fc.nat(0xffff_ffff);
export const u64: fc.Arbitrary<bigint> = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const words = (maxWords: number) =>
  fc
    .array(fc.uint8Array({ minLength: 4, maxLength: 4 }), { maxLength: maxWords })
    .map((list) => Uint8Array.from(list.flatMap((word) => [...word])));

export const rtpPacket: fc.Arbitrary<RtpPacket> = fc
  .record({
    marker: fc.boolean(),
    payloadType: fc.nat(127),
    sequenceNumber: u16,
    timestamp: u32,
    ssrc: u32,
    csrcs: fc.array(u32, { maxLength: 15 }),
    extension: fc.option(fc.record({ profile: u16, data: words(8) }), { nil: undefined }),
    payload: fc.uint8Array({ maxLength: 64 }),
    paddingLength: fc.option(fc.integer({ min: 1, max: 255 }), { nil: undefined }),
  })
  .filter(({ marker, payloadType }) => !(marker && payloadType >= 72 && payloadType <= 76))
  .map(({ extension, paddingLength, ...rest }) => ({
    ...rest,
    ...(extension === undefined ? {} : { extension }),
    ...(paddingLength === undefined ? {} : { paddingLength }),
  }));

const reportBlock: fc.Arbitrary<ReportBlock> = fc.record({
  ssrc: u32,
  fractionLost: u8,
  cumulativeLost: fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 }),
  extendedHighestSequenceNumber: u32,
  jitter: u32,
  lastSenderReport: u32,
  delaySinceLastSenderReport: u32,
});
const reports = fc.array(reportBlock, { maxLength: 31 });
const profileExtension = words(4).map((data) => (data.length === 0 ? {} : { profileExtension: data }));
const ssrcs = fc.array(u32, { maxLength: 31 });
const feedback = { senderSsrc: u32, mediaSsrc: u32 };
const wellFormed = fc.string({ unit: "grapheme", maxLength: 40 });
const limit = fc.record({
  ssrc: u32,
  maxTotalBitRate: fc.tuple(fc.nat(0x1ffff), fc.nat(35)).map(([mantissa, exponent]) => mantissa * 2 ** exponent),
  measuredOverhead: fc.nat(511),
});

const transportFeedback = fc
  .record({
    baseSequenceNumber: u16,
    gaps: fc.array(
      fc.record({
        gap: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })),
        delta: fc.oneof(fc.nat(255), fc.integer({ min: -32_768, max: 32_767 })),
      }),
      {
        maxLength: 60,
      },
    ),
    tail: fc.oneof(fc.constant(0), fc.nat(20_000)),
    referenceTime: fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 }),
    feedbackPacketCount: u8,
    ...feedback,
  })
  .map(({ gaps, tail, ...rest }) => {
    let offset = -1;
    const received = gaps.map(({ gap, delta }) => {
      offset += gap;
      return { sequenceNumber: (rest.baseSequenceNumber + offset) & 0xffff, delta };
    });
    return { type: "transport-cc" as const, ...rest, packetStatusCount: Math.max(1, offset + 1 + tail), received };
  });

export const rtcpPacket: fc.Arbitrary<RtcpPacket> = fc.oneof(
  fc
    .record({ ssrc: u32, ntpTimestamp: u64, rtpTimestamp: u32, packetCount: u32, octetCount: u32, reports, profileExtension })
    .map(({ profileExtension: extension, ...rest }) => ({ type: "SR" as const, ...rest, ...extension })),
  fc
    .record({ ssrc: u32, reports, profileExtension })
    .map(({ profileExtension: extension, ...rest }) => ({ type: "RR" as const, ...rest, ...extension })),
  fc.record({
    type: fc.constant("SDES" as const),
    chunks: fc.array(
      fc.record({
        ssrc: u32,
        items: fc.array(fc.record({ type: fc.integer({ min: 1, max: 255 }), value: fc.uint8Array({ maxLength: 20 }) }), { maxLength: 4 }),
      }),
      { maxLength: 5 },
    ),
  }),
  fc
    .record({ ssrcs, reason: fc.option(wellFormed, { nil: undefined }) })
    .filter(({ ssrcs: list, reason }) => list.length > 0 || reason !== undefined)
    .map(({ reason, ...rest }) => ({ type: "BYE" as const, ...rest, ...(reason === undefined ? {} : { reason }) })),
  fc.record({
    type: fc.constant("APP" as const),
    subtype: fc.nat(31),
    ssrc: u32,
    name: fc.string({ minLength: 4, maxLength: 4 }),
    data: words(5),
  }),
  fc.record({
    type: fc.constant("XR" as const),
    ssrc: u32,
    blocks: fc.array(
      fc.oneof(
        fc.record({ block: fc.constant("RRTR" as const), ntpTimestamp: u64 }),
        fc.record({
          block: fc.constant("DLRR" as const),
          reports: fc.array(fc.record({ ssrc: u32, lastReceiverReport: u32, delay: u32 }), { maxLength: 4 }),
        }),
        fc.record({
          block: fc.constant("other" as const),
          blockType: u8.filter((type) => type !== 4 && type !== 5),
          typeSpecific: u8,
          contents: words(4),
        }),
      ),
      { maxLength: 4 },
    ),
  }),
  fc.record({
    type: fc.constant("NACK" as const),
    ...feedback,
    entries: fc.array(fc.record({ pid: u16, blp: u16 }), { minLength: 1, maxLength: 20 }),
  }),
  fc.record({ type: fc.constantFrom("TMMBR" as const, "TMMBN" as const), ...feedback, limits: fc.array(limit, { maxLength: 4 }) }),
  transportFeedback,
  fc.record({
    type: fc.constant("CCFB" as const),
    senderSsrc: u32,
    streams: fc.array(
      fc.record({
        ssrc: u32,
        beginSequenceNumber: u16,
        metrics: fc.array(fc.option(fc.record({ ecn: fc.nat(3), arrivalTimeOffset: fc.nat(0x1fff) }), { nil: undefined }), {
          maxLength: 20,
        }),
      }),
      { maxLength: 4 },
    ),
    reportTimestamp: u32,
  }),
  fc.record({ type: fc.constant("PLI" as const), ...feedback }),
  fc.record({
    type: fc.constant("SLI" as const),
    ...feedback,
    entries: fc.array(fc.record({ first: fc.nat(0x1fff), number: fc.nat(0x1fff), pictureId: fc.nat(0x3f) }), {
      minLength: 1,
      maxLength: 5,
    }),
  }),
  fc.record({
    type: fc.constant("FIR" as const),
    ...feedback,
    entries: fc.array(fc.record({ ssrc: u32, sequenceNumber: u8 }), { minLength: 1, maxLength: 5 }),
  }),
  fc.record({
    type: fc.constant("REMB" as const),
    ...feedback,
    bitRate: fc.tuple(fc.nat(0x3ffff), fc.nat(35)).map(([mantissa, exponent]) => mantissa * 2 ** exponent),
    ssrcs: fc.array(u32, { maxLength: 20 }),
  }),
  fc.oneof(
    fc.record({
      type: fc.constant("unknown" as const),
      packetType: fc.constantFrom(192, 199, 208, 223),
      count: fc.nat(31),
      body: words(5).filter(({ length }) => length > 0),
    }),
    fc.record({
      type: fc.constant("unknown" as const),
      packetType: fc.constant(206),
      count: fc.constantFrom(0, 3, 31),
      body: words(5).filter(({ length }) => length >= 8),
    }),
  ),
);
