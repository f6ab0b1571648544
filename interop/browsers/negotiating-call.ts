/** A call between a page and us in which either side negotiates by itself, whenever it needs to: https://w3c.github.io/webrtc-pc/#perfect-negotiation-example at both ends. */
import { type RTCIceCandidateInit, RTCPeerConnection, type RTCSessionDescriptionInit } from "purertc";
import { type Tab, within } from "./browser.ts";
import { syntheticMedia } from "./synthetic-media.ts";

interface Message {
  readonly description?: RTCSessionDescriptionInit;
  readonly candidate?: RTCIceCandidateInit | null;
}

/** The page's end, which is the impolite one. `log` tells what its application hears. */
const PAGE = `(() => {
  ${syntheticMedia(320, 180)}
  globalThis.pc = new RTCPeerConnection();
  globalThis.outbox = [];
  globalThis.log = [];
  let making = false, ignoring = false, settingAnswer = false;
  pc.onnegotiationneeded = async () => {
    try {
      making = true;
      await pc.setLocalDescription();
      outbox.push({ description: { type: pc.localDescription.type, sdp: pc.localDescription.sdp } });
    } finally { making = false; }
  };
  pc.onicecandidate = ({ candidate }) => outbox.push({ candidate: candidate && candidate.toJSON() });
  pc.ontrack = ({ track, streams, transceiver }) => {
    log.push("track " + track.kind + " " + transceiver.mid + " " + streams.map(({ id }) => id).join());
    for (const name of ["mute", "unmute", "ended"]) {
      track.addEventListener(name, () => log.push(name + " " + track.kind + " " + transceiver.mid));
    }
    for (const stream of streams) stream.onremovetrack = (event) => log.push("removetrack " + event.track.kind + " " + stream.id);
  };
  globalThis.receive = async ({ description, candidate }) => {
    if (description) {
      const ready = !making && (pc.signalingState === "stable" || settingAnswer);
      ignoring = description.type === "offer" && !ready;
      if (ignoring) return;
      settingAnswer = description.type === "answer";
      await pc.setRemoteDescription(description);
      settingAnswer = false;
      if (description.type === "offer") {
        await pc.setLocalDescription();
        outbox.push({ description: { type: pc.localDescription.type, sdp: pc.localDescription.sdp } });
      }
    } else {
      try { await pc.addIceCandidate(candidate); } catch (error) { if (!ignoring) throw error; }
    }
  };
  globalThis.inbound = async () => {
    const counts = {};
    for (const { type, kind, mid, framesDecoded, packetsReceived } of (await pc.getStats()).values()) {
      if (type === "inbound-rtp") counts[mid] = kind === "video" ? framesDecoded : packetsReceived;
    }
    return counts;
  };
  globalThis.sections = () => pc.getTransceivers().map(({ mid, direction, currentDirection }) => [mid, direction, currentDirection]);
})()`;

/** See the file's header. Ours is the polite end. */
export class NegotiatingCall {
  readonly pc: RTCPeerConnection = new RTCPeerConnection();
  readonly #tab: Tab;
  #outbox: Message[] = [];
  #making = false;
  #running = true;
  #failure: unknown;
  #pump: Promise<void> = Promise.resolve();

  constructor(tab: Tab) {
    this.#tab = tab;
    this.pc.onnegotiationneeded = () => {
      this.#making = true;
      this.pc
        .setLocalDescription()
        .then(() => this.#say(), this.#fail)
        .finally(() => {
          this.#making = false;
        });
    };
    this.pc.onicecandidate = ({ candidate }) => void this.#outbox.push({ candidate: candidate === null ? null : candidate.toJSON() });
  }

  /** Prepares the page and begins to carry messages. */
  async open(): Promise<void> {
    await this.run(PAGE);
    this.#pump = this.#carry().catch(this.#fail);
  }

  /** Ends both. */
  async close(): Promise<void> {
    this.#running = false;
    await this.#pump;
    this.pc.close();
    await this.run("pc.close()");
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Evaluates an expression in the page. */
  run<T>(expression: string): Promise<T> {
    return within(20_000, expression.slice(0, 80), this.#tab.evaluate(expression)) as Promise<T>;
  }

  /** Waits until `test` gives something else than undefined or false. */
  async until<T>(what: string, test: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
    for (let tries = 0; tries < 200; tries++) {
      if (this.#failure !== undefined) throw this.#failure;
      const value = await test();
      if (value !== undefined && value !== false) return value;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(
      `${what}: not within 10 s; ${this.pc.connectionState}, ${this.pc.signalingState}; ${JSON.stringify(await this.run("log"))}`,
    );
  }

  /** Waits until both ends are at rest. */
  async settled(): Promise<void> {
    let quiet = 0;
    await this.until("rest", async () => {
      const theirs = await this.run<string>("outbox.length + pc.signalingState");
      quiet = theirs === "0stable" && this.#outbox.length === 0 && !this.#making && this.pc.signalingState === "stable" ? quiet + 1 : 0;
      return quiet > 2;
    });
  }

  /** Waits until the page decodes five frames, or gets five packets, more of each of these sections. */
  async reaches(mids: readonly (string | null)[]): Promise<void> {
    const before = await this.run<Record<string, number>>("inbound()");
    await this.until(`media of ${mids.join()} in the page`, async () => {
      const now = await this.run<Record<string, number>>("inbound()");
      return mids.every((mid) => (now[String(mid)] ?? 0) >= (before[String(mid)] ?? 0) + 5);
    });
  }

  /** Packets that came of a section at our end. */
  async received(mid: string | null): Promise<number> {
    let packets = 0;
    for (const one of (await this.pc.getStats()).values())
      if (one.type === "inbound-rtp" && one.mid === mid) packets += one.packetsReceived;
    return packets;
  }

  /** Waits until five packets more of a section have come at our end. */
  async arrives(mid: string | null): Promise<void> {
    const before = await this.received(mid);
    await this.until(`media of ${mid} here`, async () => (await this.received(mid)) >= before + 5);
  }

  readonly #fail = (error: unknown): void => {
    this.#failure ??= error;
  };

  #say(): void {
    const { type, sdp } = this.pc.localDescription!;
    this.#outbox.push({ description: { type, sdp } });
  }

  async #carry(): Promise<void> {
    while (this.#running) {
      for (const message of await this.run<Message[]>("outbox.splice(0)")) await this.#receive(message);
      for (const message of this.#outbox.splice(0)) await this.run(`receive(${JSON.stringify(message)})`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #receive({ description, candidate }: Message): Promise<void> {
    const { pc } = this;
    if (description === undefined) {
      await pc.addIceCandidate(candidate ?? undefined);
      return;
    }
    await pc.setRemoteDescription(description); // which rolls an offer of ours back
    if (description.type !== "offer") return;
    await pc.setLocalDescription();
    this.#say();
  }
}
