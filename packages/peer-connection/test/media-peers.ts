/** Two peers that exchange media: transceivers, made-up frames at their pace, and what arrives of them. */
import { seededRandom } from "@purertc/simulator";
import type { EncodedFrame, MediaTransceiver, TransceiverInit } from "../src/engine/index.ts";
import { type Peer, Peers, type PeersOptions } from "./engine-peers.ts";

/** Frames that arrived. */
export interface Received {
  readonly transceiver: MediaTransceiver;
  readonly frames: EncodedFrame[];
}

/** See the file's header. */
export class MediaPeers extends Peers {
  readonly #random = seededRandom("frames");

  constructor(options: PeersOptions = {}) {
    super(options);
  }

  /** Adds a transceiver to a peer. */
  add(peer: Peer, kind: "audio" | "video", init: Partial<TransceiverInit> = {}): MediaTransceiver {
    return peer.node.call((engine, now) =>
      engine.addTransceiver(now, kind, { direction: "sendrecv", streamIds: ["stream"], addedByTrack: true, ...init }),
    );
  }

  /** Negotiates, and runs until both can send media. */
  connect(from: Peer = this.offerer, to: Peer = this.answerer): void {
    this.negotiate(from, to);
    const connected = ({ engine }: Peer) => engine.transports.length > 0 && engine.connectionState === "connected";
    this.network.run(() => connected(from) && connected(to), { limitMs: 60_000 });
  }

  /** The transceiver of the other side for the same section. */
  counterpart(peer: Peer, transceiver: MediaTransceiver): MediaTransceiver {
    const found = peer.engine.transceivers.find(({ mid }) => mid === transceiver.mid);
    if (found === undefined) throw new Error(`no transceiver for mid ${transceiver.mid}`);
    return found;
  }

  /** Collects frames. */
  receive(transceiver: MediaTransceiver): EncodedFrame[] {
    const frames: EncodedFrame[] = [];
    transceiver.receiver.addSink({ frame: (frame) => void frames.push(frame) });
    return frames;
  }

  /** Sends `count` audio frames of 20 ms from now on. */
  sendAudio(peer: Peer, transceiver: MediaTransceiver, count: number): EncodedFrame[] {
    return this.#send(peer, transceiver, count, 20, (i) => ({
      kind: "audio",
      data: Uint8Array.of(0x78, ...this.#random.bytes(60), i >> 8, i & 255),
      timestamp: i * 960,
      keyframe: true,
      audioLevel: { level: 30, voice: true },
    }));
  }

  /** Sends `count` VP8 frames at 25 a second; every `keyEvery`th is a key frame of 20 packets, the others have two. */
  sendVideo(peer: Peer, transceiver: MediaTransceiver, count: number, keyEvery = 50, rid?: string): EncodedFrame[] {
    return this.#send(
      peer,
      transceiver,
      count,
      40,
      (i) => ({
        kind: "video",
        data: vp8Frame(i % keyEvery === 0, i % keyEvery === 0 ? 20_000 : 2000, i),
        timestamp: i * 3600,
        keyframe: i % keyEvery === 0,
      }),
      rid,
    );
  }

  #send(
    peer: Peer,
    transceiver: MediaTransceiver,
    count: number,
    intervalMs: number,
    make: (i: number) => EncodedFrame,
    rid?: string,
  ): EncodedFrame[] {
    const sent: EncodedFrame[] = [];
    const start = this.network.now;
    for (let i = 0; i < count; i++) {
      this.network.at(start + i * intervalMs, () => {
        const frame = make(i);
        const refusal = peer.node.call((_, now) => transceiver.sender.sendFrame(now, frame, rid));
        if (refusal === undefined) sent.push(frame);
      });
    }
    return sent;
  }
}

/** Bytes that look like a VP8 frame: frame tag, start code and size of a key frame (RFC 6386 §9.1), then anything. */
export function vp8Frame(keyframe: boolean, length: number, seed: number): Uint8Array {
  const data = seededRandom(`vp8 ${seed}`).bytes(length);
  data[0] = keyframe ? data[0]! & 0xfe : data[0]! | 1;
  if (keyframe) data.set([0x9d, 0x01, 0x2a, 640 & 255, 640 >> 8, 480 & 255, 480 >> 8], 3);
  return data;
}
