import { Malformed, type Protocol } from "@purertc/core";
import type { AssociationOptions, SctpAssociation, SctpEvent } from "@purertc/sctp-datachannel";
import { type Chunk, type InitChunk, type Parameter, parsePacket, type SctpPacket, writePacket } from "@purertc/sctp-datachannel/codec";
import { association, PORTS } from "./two-ends.ts";

/** A peer made of codecs only: it says what the test wants it to say. */
export class RawPeer<E extends { readonly type: string }> {
  readonly target: Protocol<E>;
  readonly events: E[] = [];
  now = 0;
  /** The target's verification tag, once its INIT or INIT ACK was seen. */
  targetTag = 0;
  targetTsn = 0;
  readonly tag: number = 0x0badcafe;
  /** Our next TSN; the initial one is 1000. */
  tsn = 1000;
  #sent: SctpPacket[] = [];
  readonly #out = new Uint8Array(65536);

  constructor(target: Protocol<E>) {
    this.target = target;
  }

  /** Packets that the target sent since the last call. */
  take(): SctpPacket[] {
    this.drain();
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  /** Their chunks, in order. */
  takeChunks(): Chunk[] {
    return this.take().flatMap((packet) => packet.chunks);
  }

  /** Sends chunks in one packet under the target's tag, or another. */
  send(chunks: readonly Chunk[], fields: Partial<SctpPacket> = {}): void {
    const packet = { sourcePort: 5000, destinationPort: 5000, verificationTag: this.targetTag, chunks, ...fields };
    this.sendBytes(this.#out.slice(0, writePacket(this.#out, packet)));
  }

  sendBytes(bytes: Uint8Array): void {
    this.target.handleDatagram(this.now, bytes);
    this.drain();
  }

  /** Moves time on, serving timers on the way. */
  wait(ms: number): void {
    const until = this.now + ms;
    for (let at = this.target.pollTimeout(); at !== undefined && at <= until; at = this.target.pollTimeout()) {
      this.now = at;
      this.target.handleTimeout(at);
      this.drain();
    }
    this.now = until;
  }

  drain(): void {
    let event: E | undefined;
    do {
      for (let sent = this.target.pollTransmit(this.#out); sent !== undefined; sent = this.target.pollTransmit(this.#out)) {
        const packet = parsePacket(this.#out.slice(0, sent.length), "accept-zero");
        if (packet instanceof Malformed) throw new Error(`the target sent a packet that is ${packet.reason}`);
        this.#sent.push(packet);
        const first = packet.chunks[0];
        if (first?.type === "INIT" || first?.type === "INIT-ACK") {
          this.targetTag = first.initiateTag;
          this.targetTsn = first.initialTsn;
        }
      }
      event = this.target.pollEvent();
      if (event !== undefined) this.events.push(event);
    } while (event !== undefined);
  }

  init(type: "INIT" | "INIT-ACK", parameters: readonly Parameter[] = EXTENSIONS): InitChunk {
    return {
      type,
      initiateTag: this.tag,
      advertisedReceiverWindow: 1_000_000,
      outboundStreams: 100,
      inboundStreams: 100,
      initialTsn: this.tsn,
      parameters,
    };
  }

  /** A DATA chunk with the next TSN: a whole message unless told otherwise. */
  data(fields: Partial<Extract<Chunk, { type: "DATA" }>> = {}): Chunk {
    return {
      type: "DATA",
      tsn: this.tsn++ >>> 0,
      streamId: 0,
      streamSequenceNumber: 0,
      payloadProtocolId: 53,
      unordered: true,
      beginning: true,
      ending: true,
      userData: Uint8Array.of(1, 2, 3),
      ...fields,
    };
  }

  /** Opens the association from our side: INIT, COOKIE ECHO. */
  connect(parameters: readonly Parameter[] = EXTENSIONS): void {
    this.send([this.init("INIT", parameters)], { verificationTag: 0 });
    const answer = this.takeChunks().find((chunk) => chunk.type === "INIT-ACK");
    if (answer?.type !== "INIT-ACK") throw new Error("no INIT ACK");
    const cookie = answer.parameters.find((parameter) => parameter.type === "STATE-COOKIE");
    if (cookie?.type !== "STATE-COOKIE") throw new Error("no cookie");
    this.send([{ type: "COOKIE-ECHO", cookie: cookie.bytes }]);
  }
}

/** Everything but I-DATA. */
export const EXTENSIONS: readonly Parameter[] = [
  { type: "FORWARD-TSN-SUPPORTED" },
  { type: "SUPPORTED-EXTENSIONS", chunkTypes: [130, 192] },
];

/** A listening association with a raw peer connected to it. */
export function listening(options: Partial<AssociationOptions> = {}): { peer: RawPeer<SctpEvent>; target: SctpAssociation } {
  const target = association("target", { heartbeatIntervalMs: 0, ...options });
  target.listen(0, PORTS);
  return { peer: new RawPeer(target), target };
}

export function connected(
  options: Partial<AssociationOptions> = {},
  parameters?: readonly Parameter[],
): { peer: RawPeer<SctpEvent>; target: SctpAssociation } {
  const ends = listening(options);
  ends.peer.connect(parameters);
  ends.peer.take();
  ends.peer.events.length = 0;
  return ends;
}
