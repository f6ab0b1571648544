/** The header extensions of one section by what they are for, and the rewriting of identifiers between two negotiations. */
import { HEADER_EXTENSION_URI } from "@purertc/rtp";
import type { NegotiatedHeaderExtension } from "../../jsep/media-types.ts";

/** Identifiers, 0 where the extension was not agreed. */
export interface ExtensionIds {
  readonly mid: number;
  readonly rid: number;
  readonly repairedRid: number;
  readonly transportWideCc: number;
  readonly absSendTime: number;
  readonly absCaptureTime: number;
  readonly audioLevel: number;
  readonly mixerLevels: number;
  readonly videoOrientation: number;
}

/** Finds those that may go in a direction, as we see it (RFC 8285 §6). */
export function extensionIds(extensions: readonly NegotiatedHeaderExtension[], direction: "sends" | "receives"): ExtensionIds {
  const idOf = (uri: string): number => extensions.find((extension) => extension.uri === uri && extension[direction])?.id ?? 0;
  return {
    mid: idOf(HEADER_EXTENSION_URI.mid),
    rid: idOf(HEADER_EXTENSION_URI.rid),
    repairedRid: idOf(HEADER_EXTENSION_URI.repairedRid),
    transportWideCc: idOf(HEADER_EXTENSION_URI.transportWideCc),
    absSendTime: idOf(HEADER_EXTENSION_URI.absSendTime),
    absCaptureTime: idOf(HEADER_EXTENSION_URI.absCaptureTime),
    audioLevel: idOf(HEADER_EXTENSION_URI.clientToMixerAudioLevel),
    mixerLevels: idOf(HEADER_EXTENSION_URI.mixerToClientAudioLevel),
    videoOrientation: idOf(HEADER_EXTENSION_URI.videoOrientation),
  };
}

/** What a relay passes on: what says something of the media, and nothing that says something of the path or the negotiation it came from. */
const FORWARDED: ReadonlySet<string> = new Set([
  HEADER_EXTENSION_URI.clientToMixerAudioLevel,
  HEADER_EXTENSION_URI.mixerToClientAudioLevel,
  HEADER_EXTENSION_URI.absCaptureTime,
  HEADER_EXTENSION_URI.videoOrientation,
  HEADER_EXTENSION_URI.playoutDelay,
  HEADER_EXTENSION_URI.dependencyDescriptor,
  HEADER_EXTENSION_URI.videoLayersAllocation,
]);

/** Identifiers of one leg to those of another: `map[from]` is 0 for what is not passed on. */
export function extensionMap(from: readonly NegotiatedHeaderExtension[], to: readonly NegotiatedHeaderExtension[]): Uint8Array {
  const map = new Uint8Array(256);
  for (const { uri, id, encrypted } of from) {
    if (!FORWARDED.has(uri) || id < 1 || id > 255) continue;
    // RFC 6904: an encrypted element and a plain one have the same URI here, and each leg protects its own.
    const targets = to.filter((one) => one.uri === uri && one.sends);
    const target = targets.find((one) => one.encrypted === encrypted) ?? targets[0];
    map[id] = target?.id ?? 0;
  }
  return map;
}
