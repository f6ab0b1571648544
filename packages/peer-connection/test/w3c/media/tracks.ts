/** Tracks without a source of their own, and what is the same for many tests of media. */
import {
  EncodedTrackGenerator,
  type MediaKind,
  type MediaStream,
  type MediaStreamTrack,
  type RTCPeerConnection,
  type RTCTrackEvent,
} from "../../../src/index.ts";

/** A live track. */
export function track(kind: MediaKind = "audio"): MediaStreamTrack {
  return new EncodedTrackGenerator({ kind, label: `a ${kind} track` }).track;
}

/** Logs `track` events, and what happens to streams and tracks that they show, in order. */
export function logTracks(pc: RTCPeerConnection): { readonly log: string[]; readonly events: RTCTrackEvent[] } {
  const log: string[] = [];
  const events: RTCTrackEvent[] = [];
  const streams = new Set<MediaStream>();
  const tracks = new Set<MediaStreamTrack>();
  pc.addEventListener("track", (event) => {
    events.push(event);
    log.push(`track ${event.track.kind} [${event.streams.map(({ id }) => id)}]`);
    for (const stream of event.streams) {
      if (streams.has(stream)) continue;
      streams.add(stream);
      for (const type of ["addtrack", "removetrack"] as const) {
        stream.addEventListener(type, () => log.push(`${type} ${stream.id} ${stream.getTracks().length}`));
      }
    }
    if (tracks.has(event.track)) return;
    tracks.add(event.track);
    for (const type of ["mute", "unmute", "ended"] as const) event.track.addEventListener(type, () => log.push(type));
  });
  return { log, events };
}

/** The first octets of a VP8 key frame of 64 by 48 pixels, and more. */
export function vp8Frame(length: number, key: boolean): Uint8Array {
  const data = new Uint8Array(length).fill(0x55);
  data.set(key ? [0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0] : [0x11, 0, 0]);
  return data;
}
