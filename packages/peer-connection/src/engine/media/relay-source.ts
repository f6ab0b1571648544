/** What is known of the source whose packets a stream relays: its codec here, its header extensions, and what has to change in its payloads. */
import type { RtpReader } from "@purertc/rtp";
import type { NegotiatedCodec, NegotiatedHeaderExtension } from "../../jsep/media-types.ts";
import { extensionMap } from "./extension-ids.ts";
import type { HeaderWriter } from "./header-writer.ts";
import { isKeyframeTold } from "./keyframe-packet.ts";
import { type NumberedCodec, PictureContinuity } from "./picture-continuity.ts";
import type { SendingSection } from "./sending-section.ts";
import type { RtpPacketInfo } from "./types.ts";

/** See the file's header. */
export class RelaySource {
  readonly #pictures = new PictureContinuity();
  #incoming: NegotiatedCodec | undefined;
  #extensions: readonly NegotiatedHeaderExtension[] | undefined;
  #map: Uint8Array | undefined;
  #numbered: NumberedCodec | undefined;
  #isRed = false;
  #unwrapsRed = false;
  /** The payload type of the primary inside RED, here. */
  #primaryType = 0;
  /** Ours for the packets of the source; undefined when we did not agree on one. */
  codec: NegotiatedCodec | undefined;
  /** Whether packets of it say truly whether they begin a key frame. */
  tellsKeyframes = false;

  /** Looks up codec and extensions when they are not those of the packet before. False: the codec was not agreed here. Hot. */
  describe(section: SendingSection, info: RtpPacketInfo): boolean {
    if (info.codec !== this.#incoming) this.#useCodec(section, info.codec);
    if (info.headerExtensions !== this.#extensions) {
      this.#extensions = info.headerExtensions;
      this.#map = info.headerExtensions === undefined ? undefined : extensionMap(info.headerExtensions, section.headerExtensions);
    }
    return this.codec !== undefined;
  }

  /** What was agreed here changed. */
  renegotiated(): void {
    this.#incoming = undefined;
    this.#extensions = undefined;
    this.#map = undefined;
    this.codec = undefined;
  }

  /** Another source. */
  restart(): void {
    this.#pictures.restart();
  }

  /**
   * Writes the packet that `reader` shows into `slot` with a header of this stream; returns its length, or -1 when its payload is not what its codec says.
   * Sequence number and timestamp are for the caller.
   */
  write(slot: Uint8Array, reader: RtpReader, header: HeaderWriter, payloadType: number, ssrc: number, identify: boolean): number {
    const { packet, payloadEnd } = reader;
    let from = reader.headerLength;
    if (this.#unwrapsRed) from = redPrimaryAt(packet, from, payloadEnd);
    if (from < 0) return -1;
    if (reader.headerLength > LARGEST_HEADER) return -1;
    const length = header.relay(scratchHeader, reader, payloadType, ssrc, identify, this.#map);
    const payloadLength = payloadEnd - from;
    if (length + payloadLength > slot.length) return -1;
    if (packet.length <= slot.length) {
      // Copying it all and moving the payload is quicker than making a view of the payload.
      slot.set(packet);
      slot.copyWithin(length, from, payloadEnd);
    } else slot.set(packet.subarray(from, payloadEnd), length);
    for (let i = 0; i < length; i++) slot[i] = scratchHeader[i]!;
    if (this.#numbered !== undefined) this.#pictures.rewrite(this.#numbered, slot, length, length + payloadLength);
    else if (this.#isRed) renameRedBlocks(slot, length, length + payloadLength, this.#primaryType);
    return length + payloadLength;
  }

  #useCodec(section: SendingSection, incoming: NegotiatedCodec): void {
    this.#incoming = incoming;
    const name = incoming.mimeType.toLowerCase();
    const isRed = name === "audio/red";
    this.codec = section.codecLike(incoming);
    this.#numbered = name === "video/vp8" ? "vp8" : name === "video/vp9" ? "vp9" : undefined;
    this.tellsKeyframes = isKeyframeTold(name);
    this.#unwrapsRed = isRed && this.codec === undefined;
    this.#isRed = isRed && !this.#unwrapsRed;
    if (this.#unwrapsRed) this.codec = section.primary;
    this.#primaryType = section.primary?.payloadType ?? 0;
  }
}

/** RFC 2198 §3: where the primary block's data begins; -1 when the blocks run over the end. */
function redPrimaryAt(packet: Uint8Array, from: number, end: number): number {
  let at = from;
  let older = 0;
  while (at < end && packet[at]! >= 0x80) {
    if (at + 4 > end) return -1;
    older += ((packet[at + 2]! & 3) << 8) | packet[at + 3]!;
    at += 4;
  }
  const primary = at + 1 + older;
  return at < end && primary < end ? primary : -1;
}

/** RFC 2198 §3: the blocks' payload types are those of this leg. Peers put frames of one codec into RED. */
function renameRedBlocks(packet: Uint8Array, from: number, end: number, payloadType: number): void {
  for (let at = from; at < end; at += 4) {
    const more = packet[at]! & 0x80;
    packet[at] = more | payloadType;
    if (more === 0) return;
  }
}

/** Octets of the largest header that is relayed, and room for one made of it: our own elements, and two octets before each instead of one. */
const LARGEST_HEADER = 1024;
const scratchHeader: Uint8Array = new Uint8Array(2 * LARGEST_HEADER + 512);
