/** GStreamer's rtpbin sends video live: what is lost is asked for and comes again, key frames come when asked for, and its reports are understood, as are ours. */
import { spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import {
  compoundFault,
  type DepacketizedFrame,
  JitterBuffer,
  KeyframeRequester,
  NackGenerator,
  nackEntries,
  parseRtcp,
  ReceptionStatistics,
  type RtcpPacket,
  RtpReader,
  restoreRtxPacket,
  sdesItem,
  Vp8Depacketizer,
  writeRtcp,
} from "@purertc/rtp";
import { seededRandom } from "@purertc/simulator";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasGstreamer } from "./gstreamer.ts";

const there = hasGstreamer("rtpbin", "rtprtxsend", "vp8enc", "videotestsrc");

async function bound(): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return { socket, port: socket.address().port };
}

describe.skipIf(!there)("GStreamer's rtpbin", { timeout: 60_000 }, () => {
  test("RFC 4585 §6.2.1, RFC 4588, RFC 4585 §6.3.1: every frame comes out in spite of 10 % loss, and a key frame when one is asked for", async () => {
    const random = seededRandom("rtpbin");
    const [media, control, spare] = [await bound(), await bound(), createSocket("udp4")];
    spare.bind(0, "127.0.0.1");
    await once(spare, "listening");
    const theirs = spare.address().port;
    spare.close();
    const reader = new RtpReader();
    const buffer = new JitterBuffer({ clockRate: 90_000, release: "in-order", minDelayMs: 300 });
    const depacketizer = new Vp8Depacketizer();
    const nack = new NackGenerator();
    nack.setRoundTrip(10);
    const keyframes = new KeyframeRequester();
    const frames: DepacketizedFrame[] = [];
    const reports: RtcpPacket[] = [];
    let statistics: ReceptionStatistics | undefined;
    let ssrc = 0;
    const counts = { lost: 0, requests: 0, repaired: 0, asked: false };

    const drain = (now: number): void => {
      for (let held = buffer.poll(now); held !== undefined; held = buffer.poll(now)) {
        reader.read(held.packet);
        depacketizer.push(reader, reader.payload);
        for (let frame = depacketizer.poll(); frame !== undefined; frame = depacketizer.poll()) {
          frames.push(frame);
          if (frame.keyframe) keyframes.keyframeReceived();
        }
      }
    };
    media.socket.on("message", (datagram) => {
      const now = performance.now();
      let packet = Uint8Array.from(datagram);
      expect(reader.read(packet)).toBeUndefined();
      if (reader.payloadType === 97) {
        const length = restoreRtxPacket(packet, packet, { ssrc, payloadType: 96 });
        if (typeof length !== "number") throw new Error(length.reason);
        packet = packet.subarray(0, length);
        reader.read(packet);
        counts.repaired += 1;
      } else {
        ssrc = reader.ssrc;
        statistics ??= new ReceptionStatistics({ ssrc, clockRate: 90_000 });
        if (frames.length > 0 && random.chance(0.1)) {
          counts.lost += 1;
          return;
        }
        statistics.receive(now, reader.sequenceNumber, reader.timestamp, reader.payloadLength);
      }
      nack.receive(now, reader.sequenceNumber);
      buffer.push(now, reader.sequenceNumber, reader.timestamp, packet);
      drain(now);
    });
    control.socket.on("message", (datagram) => {
      const packets = parseRtcp(Uint8Array.from(datagram));
      if (!Array.isArray(packets)) throw new Error(packets.reason);
      expect(compoundFault(packets)).toBeUndefined();
      const out = new Uint8Array(1500);
      expect(Buffer.from(out.subarray(0, writeRtcp(out, packets)))).toEqual(datagram);
      reports.push(...packets);
      for (const packet of packets) if (packet.type === "SR") statistics?.senderReport(performance.now(), packet);
    });
    const timer = setInterval(() => {
      const now = performance.now();
      drain(now);
      if (statistics === undefined) return;
      const feedback: RtcpPacket[] = [];
      const due = nack.due(now);
      if (due.length > 0) feedback.push({ type: "NACK", senderSsrc: 7, mediaSsrc: ssrc, entries: nackEntries(due) });
      if (frames.length >= 40 && !counts.asked) {
        counts.asked = true;
        keyframes.want();
      }
      if (keyframes.due(now)) feedback.push({ type: "PLI", senderSsrc: 7, mediaSsrc: ssrc });
      if (feedback.length === 0) return;
      counts.requests += due.length;
      const out = new Uint8Array(1500);
      const report: RtcpPacket = { type: "RR", ssrc: 7, reports: [statistics.reportBlock(now)] };
      const names: RtcpPacket = { type: "SDES", chunks: [{ ssrc: 7, items: [sdesItem("CNAME", "purertc")] }] };
      control.socket.send(out.subarray(0, writeRtcp(out, [report, names, ...feedback])), theirs, "127.0.0.1");
    }, 5);
    onTestFinished(() => clearInterval(timer));

    const description = `rtpbin name=b rtp-profile=avpf videotestsrc is-live=true num-buffers=120 ! video/x-raw,width=320,height=240,framerate=30/1
      ! vp8enc deadline=1 target-bitrate=1000000 keyframe-max-dist=1000 ! rtpvp8pay pt=96 mtu=300
      ! rtprtxsend payload-type-map=application/x-rtp-pt-map,96=(uint)97 max-size-time=2000
      ! b.send_rtp_sink_0 b.send_rtp_src_0 ! udpsink host=127.0.0.1 port=${media.port}
      b.send_rtcp_src_0 ! udpsink host=127.0.0.1 port=${control.port} sync=false async=false udpsrc port=${theirs} ! b.recv_rtcp_sink_0`;
    const child = spawn("gst-launch-1.0", ["-v", ...description.split(/\s+/)], { stdio: ["ignore", "pipe", "ignore"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    let said = "";
    child.stdout.on("data", (text) => (said += String(text)));
    for (let waited = 0; frames.length < 118 && waited < 15_000; waited += 50) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill("SIGINT");
    await once(child, "close");

    expect(counts.lost).toBeGreaterThan(30);
    expect(counts.repaired).toBeGreaterThanOrEqual(counts.lost - 5);
    expect(counts.requests).toBeGreaterThanOrEqual(counts.lost - 5);
    expect(frames.length).toBeGreaterThanOrEqual(118);
    expect(frames.some(({ afterLoss }) => afterLoss)).toBe(false);
    expect(frames.filter(({ keyframe }) => keyframe).length).toBe(2); // the first, and the one that was asked for
    expect(reports.map(({ type }) => type)).toEqual(expect.arrayContaining(["SR", "SDES"]));
    // What rtpbin says of our reports: a round trip on one machine, and some of the loss.
    expect(said).toMatch(/recv-pli-count\\*=\\*\(uint\\*\)[1-9]/);
    const roundTrips = [...said.matchAll(/rb-round-trip\\*=\\*\(uint\\*\)(\d+)/g)].map((match) => Number(match[1]));
    expect(Math.min(...roundTrips.filter((ticks) => ticks > 0))).toBeLessThan(65_536 / 10);
    expect(said).toMatch(/rb-fractionlost\\*=\\*\(uint\\*\)[1-9]/);
  });
});
