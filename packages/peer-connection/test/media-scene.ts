/** Two peers, and the means to send either of them anything that the other could. */
import type { TransportAddress } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import { type RtcpPacket, writeRtcp, writeRtpPacket } from "@purertc/rtp";
import type { MediaTransceiver } from "../src/engine/index.ts";
import { srtpSessionOfDtls } from "../src/engine/media/srtp-session.ts";
import type { Peer } from "./engine-peers.ts";
import { MediaPeers } from "./media-peers.ts";

/** Two peers with one video section that the offerer sends on, and the means to send the answerer anything the offerer could. */
export class Scene {
  readonly peers: MediaPeers;
  readonly offerer: Peer;
  readonly answerer: Peer;
  readonly ours: MediaTransceiver;
  readonly theirs: MediaTransceiver;
  #srtp;

  constructor(rtp: object = {}, kind: "audio" | "video" = "video", prepare: (peers: MediaPeers) => void = () => {}, engine: object = {}) {
    this.peers = new MediaPeers({ link: { delayMs: 5 }, engine: { rtp, ...engine } });
    this.offerer = this.peers.offerer;
    this.answerer = this.peers.answerer;
    prepare(this.peers);
    this.ours = this.peers.add(this.offerer, kind, { direction: "sendonly" });
    this.peers.connect();
    this.theirs = this.peers.counterpart(this.answerer, this.ours);
    this.#srtp = this.keys(this.offerer);
  }

  /** A second SRTP session with the keys of a peer. */
  keys(peer: Peer) {
    const { dtls } = peer.engine.transports[0]!;
    const options = { crypto: nodeCrypto, maxSsrcs: 100_000, cryptex: false, encryptedExtensionIds: [] };
    return srtpSessionOfDtls(dtls.open!, dtls.agreement!.srtpProfile, dtls.role!, options)!;
  }

  /** Another session with the same keys, which knows no SSRC yet. */
  renewKeys(): void {
    this.#srtp = this.keys(this.offerer);
  }

  /** A datagram to a peer, as if the other had sent it. */
  inject(to: Peer, payload: Uint8Array, from?: TransportAddress): void {
    const { local, remote } = to.engine.transports[0]!.ice.agent!.selectedPath!;
    this.peers.network.inject({ source: from ?? remote, destination: local, payload });
  }

  /** An authentic RTP packet of the offerer. */
  sendRtp(packet: Uint8Array): void {
    const out = new Uint8Array(packet.length + 32);
    this.inject(this.answerer, out.slice(0, this.#srtp.sender.protect(packet, out)));
  }

  /** Authentic RTCP to a peer. */
  sendRtcp(to: Peer, session: ReturnType<Scene["keys"]>, packets: readonly RtcpPacket[] | Uint8Array): void {
    const plain = new Uint8Array(1400);
    const length = packets instanceof Uint8Array ? packets.length : writeRtcp(plain, packets as RtcpPacket[]);
    if (packets instanceof Uint8Array) plain.set(packets);
    const out = new Uint8Array(length + 40);
    this.inject(to, out.slice(0, session.rtcpSender.protect(plain.subarray(0, length), out)));
  }

  rtp(fields: {
    ssrc: number;
    sequenceNumber: number;
    payload: Uint8Array;
    marker?: boolean;
    timestamp?: number;
    payloadType?: number;
  }): Uint8Array {
    const out = new Uint8Array(1400);
    const length = writeRtpPacket(out, { marker: false, timestamp: 0, csrcs: [], payloadType: this.payloadType, ...fields });
    return out.slice(0, length);
  }

  get payloadType(): number {
    return this.ours.sender.codecs[0]!.payloadType;
  }

  /** Header extensions in effect, as packets say. */
  extensions(): readonly { readonly uri: string; readonly id: number }[] {
    const sdp = this.peers.describe(this.offerer, "offer");
    return [...sdp.matchAll(/a=extmap:(\d+)(?:\/\w+)? (\S+)/g)].map(([, id, uri]) => ({ id: Number(id), uri: uri! }));
  }

  refused(): Readonly<Record<string, number>> {
    return this.answerer.node.call((engine, now) => engine.mediaStats(now)).transports[0]!.refused;
  }

  inbound() {
    return this.answerer.node.call((engine, now) => engine.mediaStats(now)).inbound;
  }
}
