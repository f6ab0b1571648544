/** GStreamer takes our payloads apart and we take apart GStreamer's, whatever the size of packets: what comes out is what went in, octet for octet. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readU32 } from "@purertc/core";
import {
  AudioDepacketizer,
  type DepacketizedFrame,
  type Depacketizer,
  eventOfKey,
  G722,
  H264Depacketizer,
  H264Packetizer,
  H265Depacketizer,
  H265Packetizer,
  keyOfEvent,
  OctetStreamPacketizer,
  OpusPacketizer,
  type Packetizer,
  PCMA,
  PCMU,
  RedDepacketizer,
  RedPacketizer,
  RtpHeaderTemplate,
  RtpReader,
  TelephoneEventSender,
  Vp8Depacketizer,
  Vp8Packetizer,
  Vp9Depacketizer,
  Vp9Packetizer,
  writeTelephoneEvent,
} from "@purertc/rtp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ffmpeg, hasFfmpeg } from "../media/ffmpeg.ts";
import { hasGstreamer, pipeline, readPackets, writePackets } from "./gstreamer.ts";

const there = hasGstreamer("rtpstreampay", "rtph264pay", "rtpredenc", "rtpdtmfdepay", "h264parse", "ivfparse") && hasFfmpeg();
const folder = mkdtempSync(join(tmpdir(), "purertc-gstreamer-"));
const file = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

/** NAL units of a byte stream; none of them ends in zeros. */
function nalUnits(bytes: Uint8Array): string[] {
  return Buffer.from(bytes)
    .toString("hex")
    .match(/../g)!
    .join(" ")
    .split(/(?:00 )*00 00 01 ?/)
    .map((unit) => unit.trim())
    .filter((unit) => unit !== "");
}

/** Frames of an IVF file. */
function ivfFrames(path: string): Uint8Array[] {
  const bytes = readFileSync(path);
  const frames: Uint8Array[] = [];
  for (let at = 32; at < bytes.length; ) {
    const end = at + 12 + bytes.readUInt32LE(at);
    frames.push(Uint8Array.prototype.slice.call(bytes, at + 12, end));
    at = end;
  }
  return frames;
}

/** Access units of a byte stream in which each begins with a delimiter. */
function accessUnits(bytes: Uint8Array, delimiter: string): Uint8Array[] {
  const units: string[][] = [];
  for (const unit of nalUnits(bytes)) {
    if (unit.startsWith(delimiter)) units.push([]);
    units.at(-1)!.push(unit);
  }
  return units.map((unit) => Buffer.from(unit.map((nal) => `00000001${nal.replaceAll(" ", "")}`).join(""), "hex"));
}

function depacketized<Frame extends DepacketizedFrame>(packets: readonly Uint8Array[], depacketizer: Depacketizer<Frame>): Frame[] {
  const reader = new RtpReader();
  const frames: Frame[] = [];
  for (const packet of packets) {
    expect(reader.read(packet)).toBeUndefined();
    expect(depacketizer.push(reader, reader.payload)).toBeUndefined();
    for (let frame = depacketizer.poll(); frame !== undefined; frame = depacketizer.poll()) frames.push(frame);
  }
  return frames;
}

/** Packets of at most `mtu` octets, the marker on the last of each frame. */
function packetized(
  frames: readonly Uint8Array[],
  mtu: number,
  ticks: number,
  packetizer: Packetizer,
  begin: (frame: Uint8Array, room: number) => void,
) {
  const header = new RtpHeaderTemplate({ ssrc: 0x1234_5678, payloadType: 96 });
  const packets: Uint8Array[] = [];
  let sequenceNumber = 65_500;
  for (const [i, frame] of frames.entries()) {
    begin(frame, mtu - header.length);
    while (packetizer.pending) {
      const packet = new Uint8Array(mtu);
      const length = header.length + packetizer.writeNext(packet, header.length);
      expect(length).toBeLessThanOrEqual(mtu);
      header.write(packet, !packetizer.pending, sequenceNumber++, i * ticks);
      packets.push(packet.subarray(0, length));
    }
  }
  return packets;
}

const concatenated = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString("hex");
/** Each packet behind its length. Without `identity`, filesink loses parts of long lists of buffers. */
const toFile = "rtpstreampay ! identity ! filesink buffer-mode=unbuffered";
const video = "application/x-rtp-stream,media=video,clock-rate=90000,payload=96";

describe.skipIf(!there)("GStreamer", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    const picture = "-f lavfi -i testsrc2=size=320x240:rate=15:duration=2 -pix_fmt yuv420p -g 15".split(" ");
    await ffmpeg(...picture, "-c:v", "libx264", "-x264-params", "slices=3:aud=1:bframes=2:scenecut=0:repeat-headers=1", file("video.h264"));
    await ffmpeg(
      ...picture,
      "-c:v",
      "libx265",
      "-x265-params",
      "log-level=error:keyint=15:scenecut=0:slices=2:aud=1:repeat-headers=1",
      file("video.h265"),
    );
    await ffmpeg(...picture, "-c:v", "libvpx", "-b:v", "500k", file("vp8.ivf"));
    await ffmpeg(...picture, "-c:v", "libvpx-vp9", "-b:v", "500k", "-deadline", "realtime", "-cpu-used", "8", file("vp9.ivf"));
    const sound = "-f lavfi -i sine=440:duration=2:sample_rate=48000".split(" ");
    await ffmpeg(...sound, "-c:a", "libopus", "-frame_duration", "20", file("sound.ogg"));
    for (const [codec, format] of [
      ["pcm_mulaw", "mulaw"],
      ["pcm_alaw", "alaw"],
    ]) {
      await ffmpeg(...sound, "-ar", "8000", "-c:a", codec!, "-f", format!, file(`sound.${format}`));
    }
    await ffmpeg(...sound, "-ar", "16000", "-c:a", "g722", "-f", "g722", file("sound.g722"));
  }, 120_000);

  for (const [codec, parser, sizes, modes] of [
    ["h264", "h264parse", [40, 200, 1200], ["none", "zero-latency", "max-stap"]],
    ["h265", "h265parse", [40, 200, 1200], ["none", "zero-latency", "max"]],
  ] as const) {
    const make = () => (codec === "h264" ? new H264Depacketizer() : new H265Depacketizer());
    const name = codec === "h264" ? "RFC 6184 §5.6, §5.7.1, §5.8" : "RFC 7798 §4.4";

    test.each(sizes.flatMap((mtu) => modes.map((mode) => ({ mtu, mode }))))(
      `${name}: rtp${codec}pay, packets of $mtu, aggregation $mode`,
      async ({ mtu, mode }) => {
        await pipeline(`filesrc location=${file(`video.${codec}`)} ! ${parser} ! rtp${codec}pay mtu=${mtu} aggregate-mode=${mode} pt=96 seqnum-offset=65500
        ! ${toFile} location=${file("packets")}`);
        const frames = depacketized(readPackets(file("packets")), make());
        expect(frames.flatMap(({ data }) => nalUnits(data))).toEqual(nalUnits(readFileSync(file(`video.${codec}`))));
        expect(frames.length).toBe(30);
        expect(frames.filter(({ keyframe }) => keyframe).length).toBe(2);
        expect(frames.some(({ afterLoss }) => afterLoss)).toBe(false);
      },
    );

    test.each([...sizes, 20, 65_000])(`${name}: rtp${codec}depay, packets of %d`, async (mtu) => {
      const source = readFileSync(file(`video.${codec}`));
      const packetizer = codec === "h264" ? new H264Packetizer() : new H265Packetizer();
      const units = accessUnits(source, codec === "h264" ? "09" : "46");
      writePackets(
        file("packets"),
        packetized(units, mtu, 6000, packetizer, (unit, room) => packetizer.begin(unit, room)),
      );
      await pipeline(`filesrc location=${file("packets")} ! ${video},encoding-name=${codec.toUpperCase()} ! rtpstreamdepay ! rtp${codec}depay
        ! video/x-${codec},stream-format=byte-stream,alignment=au ! filesink location=${file("out")}`);
      expect(nalUnits(readFileSync(file("out")))).toEqual(nalUnits(source));
    });
  }

  test.each([100, 500, 1200].flatMap((mtu) => ["none", "7-bit", "15-bit"].map((mode) => ({ mtu, mode }))))(
    "RFC 7741 §4: rtpvp8pay, packets of $mtu, picture ids $mode",
    async ({ mtu, mode }) => {
      await pipeline(
        `filesrc location=${file("vp8.ivf")} ! ivfparse ! rtpvp8pay mtu=${mtu} picture-id-mode=${mode} ! ${toFile} location=${file("packets")}`,
      );
      const frames = depacketized(readPackets(file("packets")), new Vp8Depacketizer());
      expect(frames.map(({ data }) => Buffer.from(data).toString("hex"))).toEqual(
        ivfFrames(file("vp8.ivf")).map((data) => Buffer.from(data).toString("hex")),
      );
      expect(frames.every(({ descriptor }) => (descriptor.pictureId === undefined) === (mode === "none"))).toBe(true);
      expect(frames.map(({ keyframe }, i) => (keyframe ? i : -1)).filter((i) => i >= 0)).toEqual([0, 15]);
    },
  );

  test.each([19, 100, 1200])("RFC 7741 §4: rtpvp8depay, packets of %d", async (mtu) => {
    const frames = ivfFrames(file("vp8.ivf"));
    const packetizer = new Vp8Packetizer();
    let pictureId = 0x7ff0;
    const packets = packetized(frames, mtu, 6000, packetizer, (frame, room) => {
      packetizer.begin(frame, room, {
        pictureId: pictureId & 0x7fff,
        tl0PicIdx: pictureId & 0xff,
        temporalId: 0,
        layerSync: true,
        keyIndex: 3,
      });
      pictureId += 1;
    });
    writePackets(file("packets"), packets);
    await pipeline(
      `filesrc location=${file("packets")} ! ${video},encoding-name=VP8 ! rtpstreamdepay ! rtpvp8depay ! filesink location=${file("out")}`,
    );
    expect(readFileSync(file("out")).toString("hex")).toBe(concatenated(frames));
  });

  test.each([100, 1200].flatMap((mtu) => ["none", "7-bit", "15-bit"].map((mode) => ({ mtu, mode }))))(
    "RFC 9628 §4: rtpvp9pay, packets of $mtu, picture ids $mode",
    async ({ mtu, mode }) => {
      await pipeline(
        `filesrc location=${file("vp9.ivf")} ! ivfparse ! rtpvp9pay mtu=${mtu} picture-id-mode=${mode} ! ${toFile} location=${file("packets")}`,
      );
      const frames = depacketized(readPackets(file("packets")), new Vp9Depacketizer());
      expect(concatenated(frames.map(({ data }) => data))).toBe(concatenated(ivfFrames(file("vp9.ivf"))));
      expect(frames[0]!.keyframe).toBe(true);
    },
  );

  test.each([40, 1200])("RFC 9628 §4: rtpvp9depay, packets of %d", async (mtu) => {
    const frames = ivfFrames(file("vp9.ivf"));
    const packetizer = new Vp9Packetizer();
    let pictureId = 0;
    const packets = packetized(frames, mtu, 6000, packetizer, (frame, room) => {
      const key = pictureId % 15 === 0;
      packetizer.begin(frame, room, {
        interPicturePredicted: !key,
        pictureId: pictureId++,
        flexible: true,
        ...(key ? { scalabilityStructure: { spatialLayers: 1, resolutions: [{ width: 320, height: 240 }] } } : { referenceDiffs: [1] }),
      });
    });
    writePackets(file("packets"), packets);
    await pipeline(
      `filesrc location=${file("packets")} ! ${video},encoding-name=VP9 ! rtpstreamdepay ! rtpvp9depay ! filesink location=${file("out")}`,
    );
    expect(readFileSync(file("out")).toString("hex")).toBe(concatenated(frames));
  });

  test("RFC 7587 §4.2: Opus both ways", async () => {
    await pipeline(`filesrc location=${file("sound.ogg")} ! oggdemux ! opusparse ! rtpopuspay ! ${toFile} location=${file("packets")}`);
    const theirs = readPackets(file("packets"));
    const frames = depacketized(theirs, new AudioDepacketizer());
    expect(frames.length).toBe(theirs.length);
    const packetizer = new OpusPacketizer();
    writePackets(
      file("ours"),
      packetized(
        frames.map(({ data }) => data),
        1500,
        960,
        packetizer,
        (frame, room) => packetizer.begin(frame, room),
      ),
    );
    await pipeline(`filesrc location=${file("ours")} ! application/x-rtp-stream,media=audio,clock-rate=48000,payload=96,encoding-name=OPUS ! rtpstreamdepay ! rtpopusdepay
      ! filesink location=${file("out")}`);
    expect(readFileSync(file("out")).toString("hex")).toBe(concatenated(frames.map(({ data }) => data)));
  });

  test.each([
    [PCMU, "mulaw", "audio/x-mulaw,rate=8000,channels=1", "rtppcmu"],
    [PCMA, "alaw", "audio/x-alaw,rate=8000,channels=1", "rtppcma"],
    [G722, "g722", "audio/G722,rate=16000,channels=1", "rtpg722"],
  ] as const)("RFC 3551 §4.5: %o both ways", async (format, extension, caps, element) => {
    const source = readFileSync(file(`sound.${extension}`));
    await pipeline(
      `filesrc blocksize=160 location=${file(`sound.${extension}`)} ! ${caps} ! ${element}pay ! ${toFile} location=${file("packets")}`,
    );
    const theirs = readPackets(file("packets"));
    const frames = depacketized(theirs, new AudioDepacketizer());
    expect(concatenated(frames.map(({ data }) => data))).toBe(source.toString("hex"));
    expect(theirs[0]![1]! & 0x7f).toBe(format.payloadType);
    const packetizer = new OctetStreamPacketizer();
    const ours = packetized([source], 172, 0, packetizer, (octets, room) => packetizer.begin(octets, room));
    writePackets(file("ours"), ours);
    await pipeline(`filesrc location=${file("ours")} ! application/x-rtp-stream,media=audio,clock-rate=8000,payload=96,encoding-name=${format.encodingName} ! rtpstreamdepay ! ${element}depay
      ! filesink location=${file("out")}`);
    expect(readFileSync(file("out")).toString("hex")).toBe(source.toString("hex"));
  });

  test("RFC 4733 §2.5: rtpdtmfdepay hears every key once", async () => {
    const packets: Uint8Array[] = [];
    const keys = "159*0#ABCD7";
    for (const [i, key] of [...keys].entries()) {
      const sender = new TelephoneEventSender({ event: eventOfKey(key)!, duration: 800, interval: 160 });
      for (let report = sender.next(); report !== undefined; report = sender.next()) {
        const packet = new Uint8Array(16);
        new RtpHeaderTemplate({ ssrc: 5, payloadType: 101 }).write(
          packet,
          report.marker,
          packets.length,
          1000 + 1600 * i + report.timestampOffset,
        );
        writeTelephoneEvent(packet, 12, report);
        packets.push(packet);
      }
    }
    writePackets(file("packets"), packets);
    const said =
      await pipeline(`filesrc location=${file("packets")} ! application/x-rtp-stream,media=audio,clock-rate=8000,payload=101,encoding-name=TELEPHONE-EVENT
      ! rtpstreamdepay ! rtpdtmfdepay ! fakesink sync=false async=false`);
    const heard = [...said.matchAll(/dtmf-event, number=\(int\)(\d+)/g)].map((match) => keyOfEvent(Number(match[1])));
    expect(heard.join("")).toBe(keys);
  });

  test.each([0, 1, 2])("RFC 2198 §3: rtpredenc with the frame %d before: what is lost is in the packets after it", async (distance) => {
    await pipeline(`filesrc location=${file("sound.ogg")} ! oggdemux ! opusparse ! rtpopuspay pt=96 seqnum-offset=65500 ! rtpredenc pt=100 distance=${distance} allow-no-red-blocks=true
      ! ${toFile} location=${file("packets")}`);
    const all = readPackets(file("packets"));
    const take = (packets: readonly Uint8Array[]): { readonly timestamp: number; readonly data: string }[] => {
      const depacketizer = new RedDepacketizer();
      const reader = new RtpReader();
      const frames: { timestamp: number; data: string }[] = [];
      for (const packet of packets) {
        reader.read(packet);
        expect(reader.payloadType).toBe(100);
        expect(depacketizer.push(reader, reader.payload)).toBeUndefined();
        for (let frame = depacketizer.poll(); frame !== undefined; frame = depacketizer.poll()) {
          expect(frame.payloadType).toBe(96);
          frames.push({ timestamp: frame.timestamp, data: Buffer.from(frame.data).toString("hex") });
        }
      }
      return frames;
    };
    const whole = take(all);
    expect(whole.length).toBe(all.length);
    // An older frame fills a gap if it comes with the next packet: later its place is over.
    const halved = all.filter((_, i) => i % 2 === 0);
    const expected = distance === 1 ? whole.slice(0, 2 * halved.length - 1) : whole.filter((_, i) => i % 2 === 0);
    expect(take(halved)).toEqual(expected);
  });

  test("RFC 2198 §3: rtpreddec fills gaps from our older frames", async () => {
    await pipeline(`filesrc location=${file("sound.ogg")} ! oggdemux ! opusparse ! rtpopuspay ! ${toFile} location=${file("packets")}`);
    const frames = depacketized(readPackets(file("packets")), new AudioDepacketizer());
    const red = new RedPacketizer({ payloadType: 96, distance: 1 });
    const header = new RtpHeaderTemplate({ ssrc: 7, payloadType: 100 });
    const packets = frames.map(({ data }, i) => {
      const packet = new Uint8Array(1500);
      const length = header.length + red.packetize(packet, header.length, data, i * 960, 1400);
      header.write(packet, false, i, i * 960);
      return packet.subarray(0, length);
    });
    writePackets(file("ours"), packets);
    await pipeline(`filesrc location=${file("ours")} ! application/x-rtp-stream,media=audio,clock-rate=48000,payload=100,encoding-name=RED ! rtpstreamdepay ! rtpreddec pt=100
      ! ${toFile} location=${file("out")}`);
    const out = readPackets(file("out"));
    expect(out.map((packet) => [packet[1]! & 0x7f, readU32(packet, 4), Buffer.from(packet.subarray(12)).toString("hex")])).toEqual(
      frames.map(({ data }, i) => [96, i * 960, Buffer.from(data).toString("hex")]),
    );
  });
});
