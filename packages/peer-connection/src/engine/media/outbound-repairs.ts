/** What is sent again of one stream: the packets kept for it, which of them the peer asked for, and the stream of their own that carries them (RFC 4588). */
import type { Instant } from "@purertc/core";
import { PacketHistory, RTX_OVERHEAD, RtxSender } from "@purertc/rtp";
import { rtpHeaderLength } from "./packet-ring.ts";
import { RepairBudget } from "./repair-budget.ts";
import { identifyRepair } from "./repair-identity.ts";
import type { SendingSection } from "./sending-section.ts";
import type { SentCounts } from "./sent-counts.ts";
import type { MediaTunables } from "./tunables.ts";

/** See the file's header. */
export class OutboundRepairs {
  readonly #capacity: number;
  readonly #budget: RepairBudget;
  /** Sequence numbers to send again, in the order asked for. A set, because a NACK may name the same ones over and over. */
  readonly #wanted = new Set<number>();
  #ssrc: number;
  #section: SendingSection | undefined;
  #history: PacketHistory | undefined;
  #rtx: RtxSender | undefined;
  /** Of the next retransmission, when there is no sender of them. */
  #number: number;
  /** As sender reports count them, of the SSRC of retransmissions. */
  readonly reported: SentCounts = { packets: 0, octets: 0 };
  /** When the last one went out under that SSRC. */
  lastSentAt: Instant | undefined;

  /** `number`: the first sequence number of retransmissions. */
  constructor(ssrc: number, number: number, tunables: MediaTunables) {
    this.#ssrc = ssrc;
    this.#number = number;
    this.#capacity = tunables.packetHistory ?? 1024;
    this.#budget = new RepairBudget(tunables.maxRetransmissionShare ?? 0.5);
  }

  /** Of retransmissions, whether used or not. */
  get ssrc(): number {
    return this.#ssrc;
  }

  /** Whether retransmissions have a stream of their own. Without one a packet is sent again as it was, SRTP included. */
  get hasRtx(): boolean {
    return this.#rtx !== undefined;
  }

  /** Whether something is to be sent again. */
  get pending(): boolean {
    return this.#wanted.size > 0;
  }

  /** Takes over what was agreed; undefined: nothing may be sent. */
  configure(section: SendingSection | undefined): void {
    this.#section = section;
    if (section === undefined) {
      this.clear();
      return;
    }
    const payloadType = section.kind === "audio" || section.primary === undefined ? -1 : section.rtxTypeOf(section.primary.payloadType);
    // Without RTX the history holds what is protected, with RTX what is not: never the one for the other.
    if (!section.repairs || payloadType < 0 !== (this.#rtx === undefined)) {
      this.#history = undefined;
      this.clear();
    }
    if (section.repairs) this.#history ??= new PacketHistory({ capacity: this.#capacity });
    // Numbers go on: SRTP protects each once (RFC 3711 §9.1).
    this.#number = this.#rtx?.nextSequenceNumber ?? this.#number;
    this.#rtx = payloadType < 0 ? undefined : new RtxSender({ ssrc: this.#ssrc, payloadType }, this.#number);
  }

  /** The stream goes on under other SSRCs: what went out before is not sent again. */
  rename(ssrc: number): void {
    this.#ssrc = ssrc;
    this.#history?.clear();
    this.clear();
    this.reported.packets = 0;
    this.reported.octets = 0;
    this.#rtx = undefined;
    if (this.#section !== undefined) this.configure(this.#section);
  }

  /** Forgets what the peer asked for. */
  clear(): void {
    this.#wanted.clear();
  }

  /** The peer asks for packets: they are looked up when there is room to send them. */
  want(sequenceNumbers: readonly number[]): void {
    if (this.#history === undefined) return;
    for (const sequenceNumber of sequenceNumbers) {
      if (this.#wanted.size >= MAX_WANTED) return;
      this.#wanted.add(sequenceNumber);
    }
  }

  /** A packet goes out for the first time. Hot. */
  sent(now: Instant, packet: Uint8Array, length: number): void {
    this.#budget.sent(now, length);
    if (this.#rtx !== undefined) this.#history?.store(now, packet, length);
  }

  /** The same packet as SRTP has protected it: without RTX it is sent again as it was, because one index may protect one packet only (RFC 3711 §9.1). Hot. */
  protectedSent(now: Instant, packet: Uint8Array, length: number): void {
    if (this.#rtx === undefined) this.#history?.store(now, packet, length);
  }

  /** Writes the next packet that is sent again at the start of `out` and returns its length, at most `limit`; 0: there is none. */
  write(now: Instant, out: Uint8Array, limit: number, roundTripMs: number | undefined): number {
    for (const sequenceNumber of this.#wanted) {
      this.#wanted.delete(sequenceNumber);
      const found = this.#history?.retransmit(now, sequenceNumber, roundTripMs ?? DEFAULT_ROUND_TRIP_MS);
      if (found === undefined || typeof found === "string" || found.length + RTX_OVERHEAD > limit) continue;
      if (!this.#budget.takes(now, found.length + (this.#rtx === undefined ? 0 : RTX_OVERHEAD))) {
        this.clear();
        return 0;
      }
      const length = this.#rtx === undefined ? copyTo(out, found) : this.#writeRtx(now, out, found, this.#rtx);
      if (length > 0) return length;
    }
    return 0;
  }

  /** 0: the payload type of that packet has no retransmissions any more. */
  #writeRtx(now: Instant, out: Uint8Array, found: Uint8Array, rtx: RtxSender): number {
    const section = this.#section;
    const payloadType = section?.rtxTypeOf(found[1]! & 0x7f) ?? -1;
    if (section === undefined || payloadType < 0) return 0;
    const length = rtx.write(out, found);
    out[1] = (out[1]! & 0x80) | payloadType; // of the codec of that packet, which need not be the primary
    identifyRepair(out, section.ids);
    this.lastSentAt = now;
    this.reported.packets += 1;
    this.reported.octets += length - rtpHeaderLength(out);
    return length;
  }
}

function copyTo(out: Uint8Array, packet: Uint8Array): number {
  out.set(packet);
  return packet.length;
}

/** As many as two NACKs of a badly hit frame name. */
const MAX_WANTED = 256;
const DEFAULT_ROUND_TRIP_MS = 50;
