/**
 * RTP per packet, in one run with werift: parse, rewrite and forward, packetize and depacketize per codec, jitter buffer. Prints ns/packet, packets/s, bytes allocated per packet and
 * the ratio to werift. Slices of all contestants take turns, so that a busy machine hurts them alike; medians.
 */
import {
  AudioDepacketizer,
  Av1Depacketizer,
  Av1Packetizer,
  H264Depacketizer,
  H264Packetizer,
  H265Depacketizer,
  H265Packetizer,
  JitterBuffer,
  OpusPacketizer,
  RtpReader,
  Vp8Depacketizer,
  Vp8Packetizer,
  Vp9Depacketizer,
  Vp9Packetizer,
  writeRtpPacket,
} from "@purertc/rtp";
import * as werift from "werift";
import { bar, median, table } from "../report.mjs";

const PAYLOAD = 1180;
const sink = new Float64Array(1); // a variable would box a number for each sum

/** ns and bytes allocated per unit of work, for each contestant; a contestant runs `n` units. */
function measure(contestants, { rounds, sliceMs }) {
  const results = Object.fromEntries(Object.keys(contestants).map((name) => [name, { ns: [], bytes: 0 }]));
  const units = {};
  for (const [name, run] of Object.entries(contestants)) {
    let n = 64;
    for (;;) {
      const before = process.hrtime.bigint();
      run(n);
      const ms = Number(process.hrtime.bigint() - before) / 1e6;
      if (ms > sliceMs / 2) {
        units[name] = Math.max(64, Math.ceil((n * sliceMs) / ms));
        break;
      }
      n *= 2;
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contestants)) {
      const n = units[name];
      const before = process.hrtime.bigint();
      run(n);
      results[name].ns.push(Number(process.hrtime.bigint() - before) / n);
    }
  }
  // Bytes: few enough units that no collection runs in between; the least of several tries, less what measuring itself allocates.
  const idle = allocated(() => {});
  for (const [name, run] of Object.entries(contestants)) {
    results[name].bytes = Math.max(0, allocated(run) - idle);
  }
  return Object.fromEntries(Object.entries(results).map(([name, { ns, bytes }]) => [name, { ns: median(ns), bytes }]));
}

/** Bytes that `run` allocates per unit of work. */
function allocated(run) {
  const heap = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 7; i++) {
    globalThis.gc?.();
    const before = heap();
    run(512);
    const used = heap() - before;
    if (used >= 0) least = Math.min(least, used / 512);
  }
  return least;
}

function print(title, results, reference = "werift") {
  const base = results[reference]?.ns;
  table(
    title,
    ["", "ns/packet", "packets/s", "bytes allocated/packet", "times as fast as werift"],
    Object.entries(results).map(([name, { ns, bytes }]) => [
      name,
      ns.toFixed(1),
      Math.round(1e9 / ns).toLocaleString("en"),
      bytes.toFixed(0),
      base === undefined ? "-" : (base / ns).toFixed(1),
    ]),
  );
}

/** 64 packets with MID and transport-cc, so that nothing can be hoisted out of a loop. */
function packets() {
  return Array.from({ length: 64 }, (_, i) => {
    const out = Buffer.alloc(1500);
    const extension = { profile: 0xbede, data: Uint8Array.of(0x10, 0x30, 0x31, i >> 8, i, 0, 0, 0) };
    const packet = {
      marker: true,
      payloadType: 96,
      sequenceNumber: 1000 + i,
      timestamp: i * 3000,
      ssrc: 0x11223344,
      csrcs: [],
      payload: new Uint8Array(PAYLOAD - i).fill(i),
      extension,
    };
    return out.subarray(0, writeRtpPacket(out, packet));
  });
}

function parseBench(options) {
  const ring = packets();
  const reader = new RtpReader();
  const results = measure(
    {
      werift(n) {
        for (let i = 0; i < n; i++) sink[0] += werift.RtpPacket.deSerialize(ring[i & 63]).header.sequenceNumber;
      },
      "RtpReader, header": (n) => {
        for (let i = 0; i < n; i++) if (reader.read(ring[i & 63]) === undefined) sink[0] += reader.sequenceNumber + reader.headerLength;
      },
      "RtpReader, all fields and 2 extensions": (n) => {
        for (let i = 0; i < n; i++) {
          const packet = ring[i & 63];
          reader.read(packet);
          const at = reader.extension(3);
          sink[0] +=
            reader.sequenceNumber +
            reader.payloadType +
            reader.timestamp +
            reader.ssrc +
            packet[reader.extension(1)] +
            packet[at] +
            packet[at + 1];
        }
      },
    },
    options,
  );
  print("RTP parse, two header extensions", results);
  return results;
}

function forwardBench(options) {
  const ring = packets();
  const reader = new RtpReader();
  const out = new Uint8Array(1500);
  const results = measure(
    {
      werift(n) {
        for (let i = 0; i < n; i++) {
          const packet = werift.RtpPacket.deSerialize(ring[i & 63]);
          packet.header.payloadType = 97;
          packet.header.sequenceNumber = i & 0xffff;
          packet.header.timestamp = (i * 3000) >>> 0;
          packet.header.ssrc = 0x09080706;
          sink[0] += packet.serialize().length;
        }
      },
      "rewrite in place": (n) => {
        for (let i = 0; i < n; i++) {
          reader.read(ring[i & 63]);
          rewrite(reader, i);
        }
      },
      "copy to a slab and rewrite": (n) => {
        for (let i = 0; i < n; i++) {
          const packet = ring[i & 63];
          out.set(packet);
          reader.read(out, packet.length);
          rewrite(reader, i);
        }
      },
    },
    options,
  );
  print("rewrite and forward (PT, SEQ, TS, SSRC, transport-cc)", results);
}

function rewrite(reader, i) {
  reader.payloadType = 97;
  reader.sequenceNumber = i;
  reader.timestamp = i * 3000;
  reader.ssrc = 0x09080706;
  const at = reader.extension(3);
  reader.packet[at] = i >>> 8;
  reader.packet[at + 1] = i;
  sink[0] += reader.headerLength;
}

const annexB = (...units) => Uint8Array.from(units.flatMap((unit) => [0, 0, 0, 1, ...unit]));
const DATA = new Array(11_000).fill(0x55);

/** Per codec: how a frame of some ten packets is begun, and what takes the payloads; werift's depacketizer where it has one. */
const CODECS = {
  Opus: {
    frame: Uint8Array.from([0xfc, ...DATA.slice(0, 120)]),
    packetizer: () => new OpusPacketizer(),
    begin: (p, f) => p.begin(f, 1100),
    depacketizer: () => new AudioDepacketizer(),
    werift: werift.OpusRtpPayload,
  },
  VP8: {
    frame: Uint8Array.from(DATA),
    packetizer: () => new Vp8Packetizer(),
    begin: (p, f) => p.begin(f, 1100, { pictureId: 7 }),
    depacketizer: () => new Vp8Depacketizer(),
    werift: werift.Vp8RtpPayload,
  },
  VP9: {
    frame: Uint8Array.from(DATA),
    packetizer: () => new Vp9Packetizer(),
    begin: (p, f) => p.begin(f, 1100, { interPicturePredicted: true, pictureId: 7 }),
    depacketizer: () => new Vp9Depacketizer(),
    werift: werift.Vp9RtpPayload,
  },
  "H.264": {
    frame: annexB([0x41, ...DATA]),
    packetizer: () => new H264Packetizer(),
    begin: (p, f) => p.begin(f, 1100),
    depacketizer: () => new H264Depacketizer(),
    werift: werift.H264RtpPayload,
  },
  "H.265": {
    frame: annexB([0x02, 0x01, ...DATA]),
    packetizer: () => new H265Packetizer(),
    begin: (p, f) => p.begin(f, 1100),
    depacketizer: () => new H265Depacketizer(),
  },
  AV1: {
    frame: Uint8Array.from([0x30, 0x30, ...DATA]),
    packetizer: () => new Av1Packetizer(),
    begin: (p, f) => p.begin(f, 1100),
    depacketizer: () => new Av1Depacketizer(),
    werift: werift.AV1RtpPayload,
  },
};

function codecBench(name, codec, options) {
  const packetizer = codec.packetizer();
  const depacketizer = codec.depacketizer();
  const out = new Uint8Array(1500);
  codec.begin(packetizer, codec.frame);
  const payloads = [];
  while (packetizer.pending) payloads.push(Buffer.from(out.subarray(0, packetizer.writeNext(out, 0))));
  const info = { sequenceNumber: 0, timestamp: 0, marker: false };
  let next = 0;
  const contestants = {
    packetize(n) {
      for (let i = 0; i < n; i++) {
        if (!packetizer.pending) codec.begin(packetizer, codec.frame);
        sink[0] += packetizer.writeNext(out, 0);
      }
    },
    "depacketize to frames": (n) => {
      for (let i = 0; i < n; i++, next++) {
        const index = next % payloads.length;
        info.sequenceNumber = next & 0xffff;
        info.marker = index === payloads.length - 1;
        if (index === 0) info.timestamp = (info.timestamp + 3000) >>> 0;
        if (depacketizer.push(info, payloads[index]) !== undefined) throw new Error("refused");
        if (info.marker) sink[0] += depacketizer.poll().data.length;
      }
    },
  };
  if (codec.werift !== undefined) {
    let fragment;
    contestants.werift = (n) => {
      for (let i = 0; i < n; i++) {
        const parsed = codec.werift.deSerialize(payloads[i % payloads.length], fragment);
        fragment = parsed.fragment;
        sink[0] += parsed.payload?.length ?? 1;
      }
    };
  }
  print(`${name}, ${payloads.length} packets a frame (werift: parsing payloads, no frames)`, measure(contestants, options));
}

function jitterBufferBench(options) {
  const buffer = new JitterBuffer({ clockRate: 90_000, release: "in-order" });
  const packet = new Uint8Array(1200);
  let i = 0;
  const results = measure(
    {
      "push and poll, every eighth packet late": (n) => {
        for (let k = 0; k < n; k++, i++) {
          const late = (i & 7) === 3 ? 1 : (i & 7) === 4 ? -1 : 0;
          buffer.push(i, (i + late) & 0xffff, ((i + late) * 90) >>> 0, packet);
          for (let held = buffer.poll(i); held !== undefined; held = buffer.poll(i)) sink[0] += held.missingBefore;
        }
      },
    },
    options,
  );
  print("jitter buffer", results);
}

export async function rtpBench(args) {
  const quick = args.includes("--quick");
  const options = { rounds: quick ? 5 : 15, sliceMs: quick ? 20 : 50 };
  const parse = parseBench(options);
  forwardBench(options);
  for (const [name, codec] of Object.entries(CODECS)) codecBench(name, codec, options);
  jitterBufferBench(options);
  if (sink[0] === 42) console.log(sink);
  return [
    bar("RTP header parse, ns", parse["RtpReader, header"].ns, "<=", 50),
    bar("RTP header parse, bytes allocated", parse["RtpReader, header"].bytes, "<=", 4),
  ];
}
