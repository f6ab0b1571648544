/** A track between two connections, frames for it, and what comes of them at the other end. */
import {
  EncodedTrackGenerator,
  EncodedTrackProcessor,
  type MediaKind,
  type MediaStreamTrack,
  type RTCEncodedAudioFrame,
  type RTCEncodedVideoFrame,
  type RTCPeerConnection,
  type RTCTrackEvent,
  type WritableFrame,
} from "../../../src/index.ts";
import { exchangeCandidates, negotiate, next, virtualPeers } from "../../virtual-host.ts";
import { vp8Frame } from "./tracks.ts";

export type Host = ReturnType<typeof virtualPeers>["host"];

/** Resolves when the connection is. */
export async function connected(pc: RTCPeerConnection): Promise<void> {
  while (pc.connectionState !== "connected") await next(pc, "connectionstatechange");
}

/** A generator's track from `a` to `b`, connected. */
export async function sending(kind: MediaKind): Promise<{
  a: RTCPeerConnection;
  b: RTCPeerConnection;
  host: Host;
  generator: EncodedTrackGenerator;
  remote: MediaStreamTrack;
}> {
  const { create, host } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  const generator = new EncodedTrackGenerator({ kind });
  a.addTrack(generator.track);
  const track = next<RTCTrackEvent>(b, "track");
  await negotiate(a, b);
  const { track: remote } = await track;
  await Promise.all([connected(a), connected(b)]);
  return { a, b, host, generator, remote };
}

/** Writes a frame every 33 (video) or 20 ms (audio). */
export async function play(
  host: Host,
  generator: EncodedTrackGenerator,
  count: number,
  make: (index: number) => WritableFrame,
): Promise<void> {
  const writer = generator.writable.getWriter();
  for (let index = 0; index < count; index++) {
    await writer.write(make(index));
    await host.sleep(generator.track.kind === "audio" ? 20 : 33);
  }
  writer.releaseLock();
}

/** A frame of VP8, every tenth a key frame. */
export const video = (index: number): WritableFrame => ({
  data: vp8Frame(3000, index % 10 === 0),
  timestamp: index * 2970,
  mimeType: "video/VP8",
});
/** A frame of Opus. */
export const audio = (index: number): WritableFrame => ({
  data: new Uint8Array(80).fill(index),
  timestamp: index * 960,
  mimeType: "audio/opus",
  audioLevel: { level: 20, voice: true },
});

/** The next frames of a track. */
export async function collect<Frame extends RTCEncodedVideoFrame | RTCEncodedAudioFrame>(
  track: MediaStreamTrack,
  count: number,
): Promise<Frame[]> {
  const reader = new EncodedTrackProcessor<Frame>({ track }).readable.getReader();
  const frames: Frame[] = [];
  while (frames.length < count) {
    const { value, done } = await reader.read();
    if (done) break;
    frames.push(value);
  }
  await reader.cancel();
  return frames;
}
