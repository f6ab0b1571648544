/** FFmpeg's own SRTP and payload formats, over UDP, with keys of `a=crypto`: packets of its muxers into our depacketizers, packets of ours into its demuxers. */
import { spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeCrypto, nodeRandom } from "@purertc/crypto/node";
import {
  AudioDepacketizer,
  type DepacketizedFrame,
  type Depacketizer,
  H264Depacketizer,
  H264Packetizer,
  H265Depacketizer,
  H265Packetizer,
  isRtcp,
  type Packetizer,
  parseRtcp,
  RtpHeaderTemplate,
  RtpReader,
  Vp8Depacketizer,
  Vp8Packetizer,
  Vp9Depacketizer,
  Vp9Packetizer,
} from "@purertc/rtp";
import {
  type CryptoAttribute,
  createCryptoAttribute,
  formatCryptoAttribute,
  type SdesSuiteName,
  SrtcpReceiver,
  SrtpReceiver,
  SrtpSender,
  srtpOptionsOfCryptoAttribute,
} from "@purertc/srtp";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ffmpeg, hasFfmpeg } from "../media/ffmpeg.ts";

const folder = mkdtempSync(join(tmpdir(), "purertc-ffmpeg-"));
const file = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

/** FFmpeg has no others. */
const suites: readonly SdesSuiteName[] = ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"];

interface Codec {
  readonly name: string;
  readonly encoder: readonly string[];
  /** Of the SDP. */
  readonly format: string;
  /** FFmpeg's muxer of the stream alone. */
  readonly muxer: string;
  readonly depacketizer: () => Depacketizer<DepacketizedFrame>;
  readonly packetizer?: () => { packetizer: Packetizer; begin: (frame: Uint8Array, room: number) => void };
}

function h26x(packetizer: H264Packetizer | H265Packetizer): { packetizer: Packetizer; begin: (frame: Uint8Array, room: number) => void } {
  return { packetizer, begin: (frame, room) => packetizer.begin(frame, room) };
}

const picture = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=15:duration=2", "-pix_fmt", "yuv420p", "-g", "15"];
const codecs: readonly Codec[] = [
  {
    name: "H264",
    encoder: [...picture, "-c:v", "libx264", "-x264-params", "slices=2:repeat-headers=1:scenecut=0:bframes=0"],
    format: "H264/90000",
    muxer: "h264",
    depacketizer: () => new H264Depacketizer(),
    packetizer: () => h26x(new H264Packetizer()),
  },
  {
    name: "H265",
    encoder: [...picture, "-c:v", "libx265", "-x265-params", "log-level=error:repeat-headers=1:scenecut=0:bframes=0"],
    format: "H265/90000",
    muxer: "hevc",
    depacketizer: () => new H265Depacketizer(),
    packetizer: () => h26x(new H265Packetizer()),
  },
  {
    name: "VP8",
    encoder: [...picture, "-c:v", "libvpx", "-b:v", "500k"],
    format: "VP8/90000",
    muxer: "ivf",
    depacketizer: () => new Vp8Depacketizer(),
    packetizer: () => {
      const packetizer = new Vp8Packetizer();
      let pictureId = 120;
      return { packetizer, begin: (frame, room) => packetizer.begin(frame, room, { pictureId: pictureId++ }) };
    },
  },
  {
    name: "VP9",
    encoder: [...picture, "-c:v", "libvpx-vp9", "-b:v", "500k", "-deadline", "realtime", "-cpu-used", "8"],
    format: "VP9/90000",
    muxer: "ivf",
    depacketizer: () => new Vp9Depacketizer(),
    packetizer: () => {
      const packetizer = new Vp9Packetizer();
      let pictureId = 0;
      return {
        packetizer,
        begin: (frame, room) => packetizer.begin(frame, room, { interPicturePredicted: pictureId > 0, pictureId: pictureId++ }),
      };
    },
  },
  {
    name: "opus",
    encoder: ["-f", "lavfi", "-i", "sine=440:duration=2:sample_rate=48000", "-c:a", "libopus"],
    format: "opus/48000/2",
    muxer: "ogg",
    depacketizer: () => new AudioDepacketizer(),
  },
];

async function bound(): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  socket.setRecvBufferSize(4 << 20);
  return { socket, port: socket.address().port };
}

/** The options of an attribute that this package made, and so can use. */
function optionsOf(attribute: CryptoAttribute) {
  const options = srtpOptionsOfCryptoAttribute(attribute);
  if (!("srtp" in options)) throw new Error(options.reason);
  return options;
}

/** What follows `inline:`. */
const inline = (attribute: CryptoAttribute): string => /inline:(\S+)/.exec(formatCryptoAttribute(attribute))![1]!;

/** Checksums of the frames that FFmpeg decodes. */
async function decoded(path: string, ...options: readonly string[]): Promise<string[]> {
  await ffmpeg(...options, "-i", path, "-f", "framemd5", file("frames.md5"));
  return checksums(file("frames.md5"));
}

function checksums(path: string): string[] {
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return lines.filter((line) => !line.startsWith("#")).map((line) => line.split(",").at(-1)!.trim());
}

describe.skipIf(!hasFfmpeg())("FFmpeg", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    for (const { name, encoder, muxer } of codecs) await ffmpeg(...encoder, "-f", muxer, file(name));
  }, 120_000);

  test.each(codecs.map((codec, i) => ({ codec, suite: suites[i % 2]!, name: codec.name })))(
    "RFC 3711, RFC 4568: FFmpeg sends $name under $suite",
    async ({ codec, suite }) => {
      const attribute = createCryptoAttribute(1, suite, nodeRandom);
      const { srtp, srtcp } = optionsOf(attribute);
      const receiver = new SrtpReceiver({ crypto: nodeCrypto, ...srtp });
      const control = new SrtcpReceiver({ crypto: nodeCrypto, ...srtcp });
      const { socket, port } = await bound();
      const rtcpSocket = createSocket("udp4");
      onTestFinished(() => {
        socket.close();
        rtcpSocket.close();
      });
      const depacketizer = codec.depacketizer();
      const reader = new RtpReader();
      const frames: DepacketizedFrame[] = [];
      const reports: string[] = [];
      const problems: string[] = [];
      let packets = 0;
      socket.on("message", (datagram) => {
        const out = new Uint8Array(datagram.length);
        if (isRtcp(datagram)) {
          if (suite.endsWith("_32")) return; // FFmpeg cuts these tags to 32 bits too; RFC 4568 §6.2 says 80
          const length = control.unprotect(datagram, out);
          const parsed = typeof length === "number" ? parseRtcp(out.subarray(0, length)) : length;
          if (Array.isArray(parsed)) reports.push(...parsed.map(({ type }) => type));
          else problems.push(String(parsed));
          return;
        }
        const length = receiver.unprotect(datagram, out);
        if (typeof length === "string" || reader.read(out, length) !== undefined) return void problems.push(String(length));
        packets += 1;
        const refusal = depacketizer.push(reader, reader.payload);
        if (refusal !== undefined) problems.push(refusal);
        for (let frame = depacketizer.poll(); frame !== undefined; frame = depacketizer.poll()) frames.push(frame);
      });
      const url = `srtp://127.0.0.1:${port}?rtcpport=${port}&pkt_size=400`;
      await ffmpeg(
        "-re",
        "-i",
        file(codec.name),
        "-c",
        "copy",
        "-f",
        "rtp",
        "-srtp_out_suite",
        suite,
        "-srtp_out_params",
        inline(attribute),
        "-strict",
        "experimental",
        url,
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(problems).toEqual([]);
      if (!suite.endsWith("_32")) expect(reports).toContain("SR");
      expect(packets).toBeGreaterThanOrEqual(frames.length);
      expect(frames.length).toBeGreaterThanOrEqual(29);
      if (codec.name !== "opus") expect(frames.map(({ keyframe }) => keyframe).filter(Boolean).length).toBe(2);
      if (codec.muxer === "h264" || codec.muxer === "hevc") {
        writeFileSync(file("received"), Buffer.concat(frames.map(({ data }) => data)));
        expect(await decoded(file("received"), "-f", codec.muxer)).toEqual(await decoded(file(codec.name), "-f", codec.muxer));
      }
    },
  );

  test.each(
    codecs.filter(({ packetizer }) => packetizer !== undefined).map((codec, i) => ({ codec, suite: suites[i % 2]!, name: codec.name })),
  )("RFC 3711, RFC 4568: FFmpeg receives $name under $suite", async ({ codec, suite }) => {
    const attribute = createCryptoAttribute(1, suite, nodeRandom);
    const sender = new SrtpSender({ crypto: nodeCrypto, ...optionsOf(attribute).srtp });
    // FFmpeg splits the file into frames for us, once without encryption.
    const frames = await framesOf(codec);
    const { socket: free, port } = await bound();
    free.close();
    const sdp = [
      "v=0",
      "o=- 0 0 IN IP4 127.0.0.1",
      "s=-",
      "c=IN IP4 127.0.0.1",
      "t=0 0",
      `m=video ${port} RTP/SAVP 96`,
      `a=rtpmap:96 ${codec.format}`,
    ];
    writeFileSync(file("stream.sdp"), [...sdp, `a=crypto:${formatCryptoAttribute(attribute)}`, ""].join("\r\n"));
    const args = [
      "-hide_banner",
      "-y",
      "-protocol_whitelist",
      "file,crypto,udp,rtp,srtp",
      "-analyzeduration",
      "1000000",
      "-i",
      file("stream.sdp"),
    ];
    const output = ["-map", "0:v", "-fps_mode", "passthrough", "-frames:v", "25", "-f", "framemd5", file("out.md5")];
    const child = spawn("ffmpeg", [...args, ...output], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (text) => (said += String(text)));
    onTestFinished(() => void child.kill("SIGKILL"));
    const ended = once(child, "close");
    const socket = createSocket("udp4");
    onTestFinished(() => void socket.close());
    await new Promise((resolve) => setTimeout(resolve, 700));
    const header = new RtpHeaderTemplate({ ssrc: 0x1234_5678, payloadType: 96 });
    const { packetizer, begin } = codec.packetizer!();
    let sequenceNumber = 65_530;
    for (const [i, frame] of [...frames, ...frames].entries()) {
      if (child.exitCode !== null) break;
      begin(frame, 600);
      while (packetizer.pending) {
        const packet = new Uint8Array(1500);
        const length = header.length + packetizer.writeNext(packet, header.length);
        header.write(packet, !packetizer.pending, sequenceNumber++, 90_000 + i * 6000);
        socket.send(packet.subarray(0, sender.protect(packet, packet, length)), port, "127.0.0.1");
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await ended;
    const got = checksums(file("out.md5"));
    const wanted = await decoded(file(codec.name), "-f", codec.muxer);
    expect(got.length, said).toBeGreaterThanOrEqual(20);
    const strange = got.filter((frame) => !wanted.includes(frame));
    expect(strange, said).toEqual([]);
  });

  /** Frames of a file, as FFmpeg's RTP muxer sends them. */
  async function framesOf(codec: Codec): Promise<Uint8Array[]> {
    const { socket, port } = await bound();
    const depacketizer = codec.depacketizer();
    const reader = new RtpReader();
    const frames: Uint8Array[] = [];
    socket.on("message", (datagram) => {
      if (isRtcp(datagram) || reader.read(datagram) !== undefined) return;
      depacketizer.push(reader, reader.payload);
      for (let frame = depacketizer.poll(); frame !== undefined; frame = depacketizer.poll()) frames.push(frame.data);
    });
    await ffmpeg("-i", file(codec.name), "-c", "copy", "-f", "rtp", "-strict", "experimental", `rtp://127.0.0.1:${port}?rtcpport=${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.close();
    return frames;
  }
});
