/**
 * Which m-section, and which stream of it, a packet of a BUNDLE group belongs to (RFC 8843 §9.2): by MID, then by SSRC as learned or signalled, then by payload type where
 * that is unique. Simulcast layers are told by RtpStreamId, repair streams by RepairedRtpStreamId (RFC 8852).
 */
import { Malformed } from "@purertc/core";
import { parseMid, parseRid } from "../codec/extensions/sdes-item.ts";
import type { RtpReader } from "../codec/reader.ts";
import type { RtcpPacket } from "../codec/rtcp/index.ts";

/** What SDP says of one m-section that receives. */
export interface DemultiplexedSection {
  /** `a=mid`. */
  readonly mid: string;
  /** Payload types that this section receives, RTX and RED among them. */
  readonly payloadTypes: readonly number[];
  /** `a=ssrc` lines. */
  readonly ssrcs?: readonly number[];
  /** Identifiers of `a=extmap`; absent: not negotiated. */
  readonly midExtensionId?: number;
  readonly ridExtensionId?: number;
  readonly repairedRidExtensionId?: number;
}

/** Where a packet belongs. The same object for all packets of an SSRC until something about it changes. */
export interface StreamRoute {
  /** Of the section that the stream belongs to. */
  readonly mid: string;
  /** 32 bits. */
  readonly ssrc: number;
  /** RtpStreamId, once a packet said it. */
  readonly rid?: string;
  /** RepairedRtpStreamId: the stream repairs the one with this RtpStreamId. */
  readonly repairedRid?: string;
}

/**
 * Why a packet belongs nowhere. `unknown-mid`: it names a section that is not. `unknown-payload-type`: its section does not receive that. `no-route`: nothing tells its section.
 * `too-many-ssrcs`: no more are remembered.
 */
export type RouteRefusal = "unknown-mid" | "unknown-payload-type" | "no-route" | "too-many-ssrcs";

/** Limits. */
export interface DemultiplexerOptions {
  /** SSRCs remembered, all sections together; beyond, packets of new ones that nothing signalled are refused. Default 256. */
  readonly maxSsrcs?: number;
  /** Whether a stream of this SSRC is being received. When as many are remembered as may be, the first that is neither this nor signalled makes room. Default: all are. */
  readonly isInUse?: (ssrc: number) => boolean;
  /** That one was forgotten. */
  readonly onForgotten?: (ssrc: number) => void;
}

/** Routes packets of one BUNDLE group. */
export class Demultiplexer {
  readonly #maxSsrcs: number;
  readonly #isInUse: (ssrc: number) => boolean;
  readonly #onForgotten: (ssrc: number) => void;
  #sections: readonly DemultiplexedSection[] = [];
  readonly #byMid = new Map<string, DemultiplexedSection>();
  readonly #byPayloadType: (DemultiplexedSection | "ambiguous" | undefined)[] = new Array(128).fill(undefined);
  readonly #extensions: { mid: number[]; rid: number[]; repairedRid: number[] } = { mid: [], rid: [], repairedRid: [] };
  readonly #routes = new Map<number, StreamRoute>();
  /** Sequence number of the last packet with a MID, by SSRC. */
  readonly #midUpdates = new Map<number, number>();
  /** SSRCs that only RTCP has named so far, in that order. */
  readonly #announced = new Set<number>();

  constructor(options: DemultiplexerOptions = {}) {
    this.#maxSsrcs = options.maxSsrcs ?? 256;
    this.#isInUse = options.isInUse ?? (() => true);
    this.#onForgotten = options.onForgotten ?? (() => {});
  }

  /** SSRCs remembered. */
  get ssrcCount(): number {
    return this.#routes.size;
  }

  /** A description was applied: these sections receive from now on. Routes to sections that are gone are forgotten. */
  setSections(sections: readonly DemultiplexedSection[]): void {
    this.#sections = sections;
    this.#byMid.clear();
    this.#byPayloadType.fill(undefined);
    const ids = { mid: new Set<number>(), rid: new Set<number>(), repairedRid: new Set<number>() };
    for (const section of sections) {
      this.#byMid.set(section.mid, section);
      for (const type of section.payloadTypes) this.#byPayloadType[type] = this.#byPayloadType[type] === undefined ? section : "ambiguous";
      if (section.midExtensionId !== undefined) ids.mid.add(section.midExtensionId);
      if (section.ridExtensionId !== undefined) ids.rid.add(section.ridExtensionId);
      if (section.repairedRidExtensionId !== undefined) ids.repairedRid.add(section.repairedRidExtensionId);
    }
    this.#extensions.mid = [...ids.mid];
    this.#extensions.rid = [...ids.rid];
    this.#extensions.repairedRid = [...ids.repairedRid];
    for (const [ssrc, route] of this.#routes) if (!this.#byMid.has(route.mid)) this.#remove(ssrc);
    for (const { mid, ssrcs = [] } of sections) {
      for (const ssrc of ssrcs) if (this.#routes.get(ssrc)?.mid !== mid) this.#routes.set(ssrc, { mid, ssrc });
    }
  }

  /** Routes the packet that the reader shows. Hot: for a known SSRC that says nothing new, one map look-up. */
  route(reader: RtpReader): StreamRoute | RouteRefusal {
    const { ssrc } = reader;
    let route = this.#routes.get(ssrc);
    if (this.#announced.size > 0) this.#announced.delete(ssrc);
    const mid = this.#text(reader, this.#extensions.mid, route?.mid, parseMid);
    const moves = mid !== undefined && mid !== route?.mid && !(route !== undefined && this.#isOldMid(reader));
    if (moves) {
      // RFC 8843 §9.2: a MID that the group does not have drops the packet; one that it has moves the SSRC there, what was learned of it forgotten.
      if (!this.#byMid.has(mid)) return "unknown-mid";
      if (!this.#byMid.get(mid)!.payloadTypes.includes(reader.payloadType)) return "unknown-payload-type";
      if (route === undefined && !this.#hasRoom()) return "too-many-ssrcs";
      route = { mid, ssrc };
      this.#routes.set(ssrc, route);
    }
    if (mid !== undefined && mid === route?.mid) this.#midUpdates.set(ssrc, reader.sequenceNumber);
    if (route === undefined) {
      const section = this.#byPayloadType[reader.payloadType];
      if (section === undefined || section === "ambiguous") return "no-route";
      if (!this.#hasRoom()) return "too-many-ssrcs";
      route = { mid: section.mid, ssrc };
      this.#routes.set(ssrc, route);
    }
    if (!this.#byMid.get(route.mid)!.payloadTypes.includes(reader.payloadType)) return "unknown-payload-type";
    return this.#learnRid(reader, route);
  }

  /** RFC 9143 §9.2: a MID in a packet from before the last one that had a MID, come late, moves nothing. */
  #isOldMid({ ssrc, sequenceNumber }: RtpReader): boolean {
    const last = this.#midUpdates.get(ssrc);
    if (last === undefined) return false;
    const ahead = ((sequenceNumber - last) << 16) >> 16;
    return ahead <= 0 && ahead > -LATEST_PACKET;
  }

  #learnRid(reader: RtpReader, route: StreamRoute): StreamRoute {
    const rid = this.#text(reader, this.#extensions.rid, route.rid, parseRid) ?? route.rid;
    const repairedRid = this.#text(reader, this.#extensions.repairedRid, route.repairedRid, parseRid) ?? route.repairedRid;
    if (rid === route.rid && repairedRid === route.repairedRid) return route;
    const learned = {
      mid: route.mid,
      ssrc: route.ssrc,
      ...(rid === undefined ? {} : { rid }),
      ...(repairedRid === undefined ? {} : { repairedRid }),
    };
    this.#routes.set(route.ssrc, learned);
    return learned;
  }

  /** The text of the first of these elements that the packet has; `known` without making a new string when it says the same. */
  #text(
    reader: RtpReader,
    ids: readonly number[],
    known: string | undefined,
    parse: (data: Uint8Array) => string | Malformed,
  ): string | undefined {
    for (const id of ids) {
      const at = reader.extension(id);
      if (at < 0) continue;
      const length = reader.extensionLength(at);
      if (known !== undefined && saysSame(reader.packet, at, length, known)) return known;
      const text = parse(reader.packet.subarray(at, at + length));
      if (!(text instanceof Malformed)) return text;
    }
    return undefined;
  }

  /** The route of an SSRC, if it is known. */
  routeOf(ssrc: number): StreamRoute | undefined {
    return this.#routes.get(ssrc);
  }

  /**
   * Sections that an RTCP packet concerns (RFC 8843 §9.2): those of the sources it speaks of that are known here. Feedback about streams that we send is the
   * owner's to route.
   */
  routeRtcp(packet: RtcpPacket): ReadonlySet<string> {
    const mids = new Set<string>();
    const note = (ssrc: number) => {
      const mid = this.#routes.get(ssrc)?.mid;
      if (mid !== undefined) mids.add(mid);
    };
    if (packet.type === "SR" || packet.type === "RR" || packet.type === "XR" || packet.type === "APP") note(packet.ssrc);
    else if (packet.type === "BYE") packet.ssrcs.forEach(note);
    else if (packet.type === "SDES") for (const { ssrc } of packet.chunks) note(ssrc);
    else if (packet.type !== "unknown") note(packet.senderSsrc);
    return mids;
  }

  /** SDES with a MID item tells the section of an SSRC as the extension does (RFC 8843 §9.2). False: the group has no such section, or no more SSRCs are remembered. */
  learnMid(ssrc: number, mid: string): boolean {
    const known = this.#routes.get(ssrc);
    if (known?.mid === mid) return true;
    if (!this.#byMid.has(mid)) return false;
    if (known === undefined) {
      // Names alone must not keep out those that send.
      const [oldest] = this.#announced;
      if (this.#announced.size >= MAX_ANNOUNCED && oldest !== undefined) this.#remove(oldest);
      if (!this.#hasRoom()) return false;
      this.#announced.add(ssrc);
    }
    this.#routes.set(ssrc, { mid, ssrc });
    return true;
  }

  /** Whether one more may be remembered; if not, one that is of no use makes room. */
  #hasRoom(): boolean {
    if (this.#routes.size < this.#maxSsrcs) return true;
    for (const ssrc of this.#routes.keys()) {
      if (this.#isInUse(ssrc) || this.#isSignalled(ssrc)) continue;
      this.#remove(ssrc);
      this.#onForgotten(ssrc);
      return true;
    }
    return false;
  }

  #isSignalled(ssrc: number): boolean {
    return this.#sections.some(({ ssrcs }) => ssrcs?.includes(ssrc));
  }

  #remove(ssrc: number): void {
    this.#routes.delete(ssrc);
    this.#midUpdates.delete(ssrc);
    this.#announced.delete(ssrc);
  }

  /** Forgets an SSRC: BYE came, or it was silent for long. Signalled ones are kept. */
  forget(ssrc: number): void {
    this.#midUpdates.delete(ssrc);
    if (!this.#isSignalled(ssrc)) this.#remove(ssrc);
  }
}

/** Packets that a late one may be behind; more, and the sequence numbers have wrapped since. */
const LATEST_PACKET = 1024;
/** SSRCs that SDES named and that sent no packet yet. */
const MAX_ANNOUNCED = 32;

/** Whether ASCII octets are this text. */
function saysSame(bytes: Uint8Array, at: number, length: number, text: string): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
