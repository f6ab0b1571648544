/** Settings are checked when the connection is made: later there would be nobody to tell, since they come into play when a datagram arrives. */
import { type CryptoProvider, InvalidArgumentError, type RandomSource } from "@purertc/core";
import { checkDtlsTunables } from "@purertc/dtls";
import { checkDataChannelsOptions } from "@purertc/sctp-datachannel";
import { iceTunables } from "@purertc/stun-ice";
import { DEFAULT_MAX_BITRATE, DEFAULT_MIN_BITRATE, type MediaTunables } from "./engine/media/tunables.ts";
import type { MediaCapabilities, MediaKind } from "./jsep/media-types.ts";
import { DEFAULT_MAX_MESSAGE_SIZE, DEFAULT_MTU, type PeerConnectionSettings } from "./settings.ts";

/** What the engine is told. Throws `InvalidArgumentError`: `PEER_SETTING`, or the code of the layer that the setting is for. */
export function checkEngineSettings(
  settings: Pick<
    PeerConnectionSettings,
    "mtu" | "localMtu" | "maxMessageSize" | "maxBufferedAmount" | "cryptex" | "headerExtensionEncryption" | "ice" | "dtls" | "sctp" | "rtp"
  >,
  parts: { readonly crypto: CryptoProvider; readonly random: RandomSource },
): void {
  const { mtu, localMtu, maxMessageSize, maxBufferedAmount, ice, dtls, sctp, rtp } = settings;
  requireInteger("mtu", mtu, 576, 65_507);
  requireInteger("localMtu", localMtu, 0, 65_507);
  requireInteger("maxMessageSize", maxMessageSize, 0, 0x4000_0000);
  requireInteger("maxBufferedAmount", maxBufferedAmount, 1, Number.MAX_SAFE_INTEGER);
  for (const name of ["cryptex", "headerExtensionEncryption"] as const) {
    const value: unknown = settings[name];
    if (value === undefined || value === "never" || value === "accept" || value === "offer") continue;
    throw new InvalidArgumentError(`The setting ${name} must be "never", "accept" or "offer".`, { code: "PEER_SETTING" });
  }
  if (rtp !== undefined) checkMediaTunables(rtp);
  if (ice !== undefined) iceTunables(ice);
  if (dtls !== undefined) checkDtlsTunables(dtls);
  if (sctp !== undefined) {
    checkDataChannelsOptions({
      ...sctp,
      ...parts,
      mtu: mtu ?? DEFAULT_MTU,
      localMaxMessageSize: maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE,
    });
  }
}

/** What the host is told, and what can be negotiated. Throws `InvalidArgumentError` (`PEER_SETTING`). */
export function checkHostSettings(settings: PeerConnectionSettings): void {
  const { portRange, interfaceFilter, addressFilter, receiveBufferSize, sendBufferSize, media } = settings;
  if (media !== undefined) for (const kind of ["audio", "video"] as const) checkCapabilities(kind, media[kind]);
  if (portRange !== undefined) {
    requireInteger("portRange.min", portRange.min, 1, 65_535);
    requireInteger("portRange.max", portRange.max, portRange.min, 65_535);
  }
  requireFunction("interfaceFilter", interfaceFilter);
  requireFunction("addressFilter", addressFilter);
  requireInteger("receiveBufferSize", receiveBufferSize, 1, 0x7fff_ffff);
  requireInteger("sendBufferSize", sendBufferSize, 1, 0x7fff_ffff);
}

function checkMediaTunables(rtp: MediaTunables): void {
  for (const name of ["maxReceivedSsrcs", "maxStreamsPerReceiver", "maxQueuedOctets", "maxFrameLength"] as const) {
    requireInteger(`rtp.${name}`, rtp[name], 1, Number.MAX_SAFE_INTEGER);
  }
  for (const name of ["maxQueuedPackets", "packetHistory"] as const) {
    const value = rtp[name];
    requireInteger(`rtp.${name}`, value, 1, 0x8000);
    if (value === undefined || (value & (value - 1)) === 0) continue;
    throw new InvalidArgumentError(`The setting rtp.${name} must be a power of two.`, { code: "PEER_SETTING" });
  }
  for (const name of ["initialBitrate", "minBitrate", "maxBitrate"] as const) requireNumber(`rtp.${name}`, rtp[name], 1);
  for (const name of ["minJitterDelayMs", "maxJitterDelayMs", "maxRetransmissionShare"] as const)
    requireNumber(`rtp.${name}`, rtp[name], 0);
  const { minBitrate = DEFAULT_MIN_BITRATE, maxBitrate = DEFAULT_MAX_BITRATE } = rtp;
  if (minBitrate <= maxBitrate) return;
  throw new InvalidArgumentError("The setting rtp.minBitrate must not be above rtp.maxBitrate.", { code: "PEER_SETTING" });
}

/** Told now, because an offer or answer would only find out when it is made. */
function checkCapabilities(kind: MediaKind, capabilities: MediaCapabilities | undefined): void {
  const { codecs, headerExtensions }: Partial<MediaCapabilities> = capabilities ?? {};
  const setting = (name: string, is: string): InvalidArgumentError =>
    new InvalidArgumentError(`The setting media.${kind}.${name} must be ${is}.`, { code: "PEER_SETTING" });
  if (!Array.isArray(codecs)) throw setting("codecs", "an array, such as that of supportedMedia or a part of it");
  if (!Array.isArray(headerExtensions)) throw setting("headerExtensions", "an array, such as that of supportedMedia or a part of it");
  for (const [index, codec] of codecs.entries()) {
    const { mimeType, clockRate, rtcpFeedback }: Partial<MediaCapabilities["codecs"][number]> = codec ?? {};
    if (typeof mimeType !== "string" || !mimeType.toLowerCase().startsWith(`${kind}/`)) {
      throw setting(`codecs[${index}].mimeType`, `"${kind}/" and a name`);
    }
    requireInteger(`media.${kind}.codecs[${index}].clockRate`, clockRate ?? Number.NaN, 1, 0xffff_ffff);
    if (!Array.isArray(rtcpFeedback)) throw setting(`codecs[${index}].rtcpFeedback`, 'an array of strings such as "nack pli"');
  }
  for (const [index, extension] of headerExtensions.entries()) {
    const { uri, direction }: Partial<MediaCapabilities["headerExtensions"][number]> = extension ?? {};
    if (typeof uri !== "string") throw setting(`headerExtensions[${index}].uri`, "a string");
    if (!["sendrecv", "sendonly", "recvonly", "inactive"].includes(direction ?? "")) {
      throw setting(`headerExtensions[${index}].direction`, '"sendrecv", "sendonly", "recvonly" or "inactive"');
    }
  }
}

function requireInteger(name: string, value: number | undefined, low: number, high: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= low && value <= high)) return;
  throw new InvalidArgumentError(`The setting ${name} must be an integer from ${low} to ${high}.`, { code: "PEER_SETTING" });
}

function requireNumber(name: string, value: number | undefined, low: number): void {
  if (value === undefined || (typeof value === "number" && Number.isFinite(value) && value >= low)) return;
  throw new InvalidArgumentError(`The setting ${name} must be a number from ${low} on.`, { code: "PEER_SETTING" });
}

function requireFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === "function") return;
  throw new InvalidArgumentError(`The setting ${name} must be a function.`, { code: "PEER_SETTING" });
}
