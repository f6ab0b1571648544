/**
 * One end of a call, in a process of its own (spoken to as `../agent/child.mjs`): plays G.711 and VP8 frames of which no two are alike, notes every frame that it
 * plays and that it hears by its SHA-256, and tells statistics, memory and processor time.
 */
import { createHash } from "node:crypto";
import { testPattern } from "@purertc/media";
import { EncodedTrackGenerator, EncodedTrackProcessor, MediaStream, RTCPeerConnection } from "purertc";

const AUDIO_MS = 20;
const VIDEO_MS = 40;
/** More than the picture: a frame is three or four packets. */
const VIDEO_OCTETS = 3000;
const pictures = [];
for await (const { data } of testPattern({ width: 320, height: 240, frameRate: 25, durationMs: 1000 })) pictures.push(data);

const keyLog = [];
const log = [];
const played = { audio: [], video: [] };
const heard = { audio: [], video: [], lure: [] };
const generators = {};
let keyframeRequests = 0;
let pc;
let playing;
let refusedToPlay = 0;

const hash = (data) => createHash("sha256").update(new Uint8Array(data)).digest("base64url");

/** Each frame is unlike all others: its serial number is in it, where no decoder looks. */
const frames = {
  audio: (serial) => {
    const data = Buffer.alloc(160);
    for (let i = 0; i < data.length; i++) data[i] = Math.imul(serial + 1, 2654435761 + i) >>> 24;
    data.writeUInt32BE(serial, 0);
    return { data, timestamp: serial * 160, mimeType: "audio/PCMU" };
  },
  video: (serial) => {
    const picture = pictures[serial % pictures.length];
    const data = Buffer.alloc(picture.length + VIDEO_OCTETS, serial % 251);
    data.set(picture);
    data.writeUInt32BE(serial, picture.length);
    return { data, timestamp: serial * 3600, mimeType: "video/VP8", type: "key" };
  },
};

function addTracks() {
  const stream = new MediaStream();
  for (const kind of ["audio", "video"]) {
    const generator = new EncodedTrackGenerator({ kind });
    generator.onkeyframerequest = () => {
      keyframeRequests += 1;
    };
    generators[kind] = { writer: generator.writable.getWriter(), waiting: false };
    pc.addTrack(generator.track, stream);
  }
}

async function read(track, into) {
  const { readable } = new EncodedTrackProcessor({ track, maxBufferedFrames: 1000 });
  for await (const frame of readable) into.push(hash(frame.data));
}

/** A frame that the sender has no room for is not played, as an encoder would not make it. */
function playOne(kind, serial) {
  const generator = generators[kind];
  if (generator.waiting) {
    refusedToPlay += 1;
    return;
  }
  const frame = frames[kind](serial);
  played[kind].push(hash(frame.data));
  generator.waiting = true;
  generator.writer.write(frame).then(
    () => {
      generator.waiting = false;
    },
    (error) => log.push(`${error}`),
  );
}

const gathered = async () => {
  while (pc.iceGatheringState !== "complete") await new Promise((resolve) => setTimeout(resolve, 2));
  const { type, sdp } = pc.localDescription;
  return { type, sdp };
};

const methods = {
  create(settings) {
    pc = new RTCPeerConnection({}, { ...settings, loopback: true, ipv6: false, observer: { keyLog: (line) => void keyLog.push(line) } });
    pc.onconnectionstatechange = () => void log.push(`connection:${pc.connectionState}`);
    let videos = 0;
    pc.ontrack = ({ track }) => void read(track, heard[track.kind === "audio" ? "audio" : videos++ === 0 ? "video" : "lure"]);
  },
  /** Both send audio and video; the offerer has a second section for video, on which it plays nothing. */
  async offer() {
    addTracks();
    pc.addTransceiver("video", { direction: "sendonly" });
    await pc.setLocalDescription();
    return gathered();
  },
  async answer(offer) {
    await pc.setRemoteDescription(offer);
    addTracks();
    await pc.setLocalDescription();
    return gathered();
  },
  accept: (answer) => pc.setRemoteDescription(answer),
  play() {
    const from = performance.now();
    const next = { audio: 0, video: 0 };
    const interval = { audio: AUDIO_MS, video: VIDEO_MS };
    playing = setInterval(() => {
      const elapsed = performance.now() - from;
      for (const kind of ["audio", "video"]) while (next[kind] * interval[kind] <= elapsed) playOne(kind, next[kind]++);
    }, 5);
  },
  stop() {
    clearInterval(playing);
  },
  played: () => played,
  heard: () => heard,
  heardCount: () => ({ audio: heard.audio.length, video: heard.video.length, lure: heard.lure.length }),
  async stats() {
    const all = [...(await pc.getStats()).values()];
    const transport = all.find(({ type }) => type === "transport");
    return {
      state: pc.connectionState,
      log,
      refused: transport.refusedPackets ?? {},
      packetsReceived: transport.packetsReceived,
      dtlsRole: transport.dtlsRole,
      srtpCipher: transport.srtpCipher,
      inbound: all.filter(({ type }) => type === "inbound-rtp"),
      outbound: all.filter(({ type }) => type === "outbound-rtp"),
      availableOutgoingBitrate: all.find(({ type, nominated }) => type === "candidate-pair" && nominated)?.availableOutgoingBitrate ?? null,
      keyframeRequests,
      refusedToPlay,
    };
  },
  /** Asked often: only what it takes. */
  async refused() {
    for (const { type, refusedPackets } of (await pc.getStats()).values()) if (type === "transport") return refusedPackets ?? {};
    return {};
  },
  usage() {
    global.gc();
    const { heapUsed, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return { bytes: heapUsed + external, cpuMs: (user + system) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024 };
  },
  keyLog: () => keyLog,
};

process.on("message", async ({ id, method, args }) => {
  try {
    process.send({ id, value: (await methods[method](...args)) ?? null });
  } catch (error) {
    process.send({ id, error: `${error?.stack ?? error}` });
  }
});
process.send({ id: 0 });
