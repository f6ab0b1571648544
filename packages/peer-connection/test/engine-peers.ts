/** Two PeerEngines in the simulator's network, with a signalling path between them. */
import { nodeCrypto } from "@purertc/crypto/node";
import { type LinkOptions, Network, type NetworkNode, seededRandom } from "@purertc/simulator";
import { formatCandidateLine } from "@purertc/stun-ice";
import { JsepFailure, PeerEngine, type PeerEngineOptions, type PeerEvent, type SdpType } from "../src/engine/index.ts";

/** How a pair of peers is made. */
export interface PeersOptions {
  readonly seed?: number;
  readonly link?: LinkOptions;
  /** Of the buffers for datagrams. Default 1500. */
  readonly bufferLength?: number;
  /** One way, in milliseconds. Default 10. */
  readonly signallingDelayMs?: number;
  /** How much longer the answer and the answerer's candidates take. Default 0. */
  readonly answerDelayMs?: number;
  /** Over the defaults, for both or for one. */
  readonly engine?: Partial<PeerEngineOptions>;
  readonly offerer?: Partial<PeerEngineOptions>;
  readonly answerer?: Partial<PeerEngineOptions>;
  /** Rewrites a description on its way. */
  readonly onSignal?: (type: SdpType, sdp: string) => string;
  /** Rewrites a candidate on its way; undefined drops it. */
  readonly onCandidate?: (line: string) => string | undefined;
  readonly addresses?: { readonly offerer: readonly string[]; readonly answerer: readonly string[] };
}

/** A peer in the network. */
export interface Peer {
  readonly name: "offerer" | "answerer";
  readonly engine: PeerEngine;
  readonly node: NetworkNode<PeerEngine>;
  /** Messages received, as text, in order. */
  readonly received: string[];
  /** Handle of the first channel, once there is one. */
  channel: number | undefined;
}

/** See the file's header. */
export class Peers {
  readonly network: Network;
  readonly offerer: Peer;
  answerer: Peer;
  readonly #options: PeersOptions;

  constructor(options: PeersOptions = {}) {
    this.#options = options;
    const seed = options.seed ?? 1;
    this.network = new Network({ seed, link: { delayMs: 5, ...options.link }, mtu: options.bufferLength ?? 1500 });
    const { addresses = { offerer: ["192.0.2.1"], answerer: ["192.0.2.2"] } } = options;
    this.offerer = this.#addPeer("offerer", addresses.offerer, seed, options.offerer);
    this.answerer = this.#addPeer("answerer", addresses.answerer, seed, options.answerer);
  }

  /** Opens a channel at the offerer and negotiates. */
  start(init: { readonly ordered?: boolean; readonly maxRetransmits?: number; readonly maxPacketLifeTime?: number } = {}): void {
    const { node } = this.offerer;
    this.offerer.channel = node.call((engine, now) =>
      engine.openChannel(now, { label: "data", protocol: "", ordered: true, negotiated: false, priority: "low", ...init }),
    );
    this.negotiate(this.offerer, this.answerer);
  }

  /** An offer from one, an answer from the other, each applied when it arrives. */
  negotiate(from: Peer, to: Peer): void {
    const offer = this.describe(from, "offer");
    this.#later(0, () => {
      apply(to, "remote", "offer", this.#signal("offer", offer));
      const answer = this.describe(to, "answer");
      this.#later(this.#options.answerDelayMs ?? 0, () => apply(from, "remote", "answer", this.#signal("answer", answer)));
    });
  }

  /** Creates a description and applies it locally. */
  describe(peer: Peer, type: "offer" | "answer", iceRestart = false): string {
    const sdp = peer.node.call((engine, now) => (type === "offer" ? engine.createOffer(now, { iceRestart }) : engine.createAnswer(now)));
    if (sdp instanceof JsepFailure) throw new Error(sdp.message);
    apply(peer, "local", type, sdp);
    return sdp;
  }

  /** Runs until both sides have the channel open. */
  runUntilOpen(limitMs = 600_000): void {
    this.network.run(
      () => this.offerer.node.event("channel-open") !== undefined && this.answerer.node.event("channel-announced") !== undefined,
      {
        limitMs,
      },
    );
  }

  /** Sends a text on a peer's channel. */
  send(peer: Peer, text: string): void {
    peer.node.call((engine, now) => engine.send(now, peer.channel!, "text", new TextEncoder().encode(text)));
  }

  /** The answerer vanishes without a word, and another engine, with a certificate of its own, takes its place at another address. */
  replaceAnswerer(ip: string): void {
    const gone = this.answerer.engine.transports.flatMap(({ ice }) => ice.agent?.selectedPath?.local.ip ?? []);
    this.network.intercept((packet) => (gone.includes(packet.source.ip) ? [] : [packet]));
    this.answerer.node.call((engine, now) => engine.close(now));
    this.answerer = this.#addPeer("answerer", [ip], 99, this.#options.answerer);
  }

  #addPeer(name: Peer["name"], ips: readonly string[], seed: number, own: Partial<PeerEngineOptions> = {}): Peer {
    const engine = new PeerEngine({
      crypto: nodeCrypto,
      random: seededRandom(seed).fork(name),
      timeOrigin: Date.UTC(2026, 10, 20),
      ...this.#options.engine,
      ...own,
    });
    const node = this.network.addNode(`${name} ${ips.join()}`, engine, { addresses: ips });
    const peer: Peer = { name, engine, node, received: [], channel: undefined };
    node.onEvent((event) => this.#onEvent(peer, ips, event));
    return peer;
  }

  #onEvent(peer: Peer, ips: readonly string[], event: PeerEvent): void {
    const { engine, node } = peer;
    if (event.type === "addresses-needed") {
      node.call((_, now) => {
        for (const ip of ips) engine.addLocalAddress(now, event.transport, node.bind(ip));
        engine.endOfLocalAddresses(now, event.transport);
      });
    } else if (event.type === "local-candidate" || event.type === "end-of-local-candidates") {
      const line = event.type === "local-candidate" ? formatCandidateLine(event.candidate) : "";
      engine.surfaceLocalCandidate(event, line);
      const changed = this.#options.onCandidate === undefined ? line : this.#options.onCandidate(line);
      if (changed === undefined) return;
      const other = peer === this.offerer ? this.answerer : this.offerer;
      const { sdpMid, sdpMLineIndex, usernameFragment } = event;
      // One step behind the description, as on any ordered signalling path.
      this.#later(1 + (peer === this.answerer ? (this.#options.answerDelayMs ?? 0) : 0), () => {
        if (other.engine.closed) return;
        const added = other.node.call((to, now) =>
          to.addRemoteCandidate(now, { candidate: changed, sdpMid, sdpMLineIndex, usernameFragment }),
        );
        if (added instanceof JsepFailure) throw new Error(added.message);
      });
    } else if (event.type === "channel-announced") {
      peer.channel ??= event.channel;
    } else if (event.type === "message") {
      peer.received.push(new TextDecoder().decode(event.data));
    }
  }

  #signal(type: SdpType, sdp: string): string {
    return this.#options.onSignal?.(type, sdp) ?? sdp;
  }

  #later(extraMs: number, task: () => void): void {
    this.network.simulation.after((this.#options.signallingDelayMs ?? 10) + extraMs, task);
  }
}

/** Applies a description, which must be acceptable. */
export function apply(peer: Peer, side: "local" | "remote", type: SdpType, sdp: string): void {
  const applied = peer.node.call((engine, now) => engine.setDescription(now, side, type, sdp));
  if (applied instanceof JsepFailure) throw new Error(`${peer.name} ${side} ${type}: ${applied.name} ${applied.message}`);
}
