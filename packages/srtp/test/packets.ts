/** Packets, keys and pairs of ends for the tests of this package. */
import { type CryptoProvider, InvalidStateError, writeU16, writeU32 } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import {
  SrtcpReceiver,
  type SrtcpReceiverOptions,
  SrtcpSender,
  type SrtcpSenderOptions,
  type SrtpMasterKey,
  type SrtpProfileName,
  SrtpReceiver,
  type SrtpReceiverOptions,
  SrtpSender,
  type SrtpSenderOptions,
  srtpProfile,
  srtpProfiles,
} from "@purertc/srtp";

export const allProfiles: readonly SrtpProfileName[] = srtpProfiles.map(({ name }) => name);

/** A master key of the right lengths, different for each `n`. */
export function key(profile: SrtpProfileName, n = 1): SrtpMasterKey {
  const { keyLength, saltLength } = srtpProfile(profile);
  return {
    masterKey: Uint8Array.from({ length: keyLength }, (_, i) => i * 7 + n),
    masterSalt: Uint8Array.from({ length: saltLength }, (_, i) => i * 11 + 3 * n),
  };
}

export interface RtpFields {
  readonly ssrc?: number;
  readonly sequenceNumber: number;
  readonly csrcs?: readonly number[];
  /** "Defined by profile" and data of a header extension, the latter a multiple of four bytes. */
  readonly extension?: { readonly profile: number; readonly data: Uint8Array };
  readonly payload?: Uint8Array;
}

export function rtp({
  ssrc = 0x1234_5678,
  sequenceNumber,
  csrcs = [],
  extension,
  payload = new Uint8Array(20).fill(sequenceNumber),
}: RtpFields): Uint8Array {
  const extensionLength = extension === undefined ? 0 : 4 + extension.data.length;
  const packet = new Uint8Array(12 + 4 * csrcs.length + extensionLength + payload.length);
  packet[0] = 0x80 | csrcs.length | (extension === undefined ? 0 : 0x10);
  packet[1] = 111;
  writeU16(packet, 2, sequenceNumber);
  writeU32(packet, 4, sequenceNumber * 960);
  writeU32(packet, 8, ssrc);
  let at = 12;
  for (const csrc of csrcs) {
    writeU32(packet, at, csrc);
    at += 4;
  }
  if (extension !== undefined) {
    writeU16(packet, at, extension.profile);
    writeU16(packet, at + 2, extension.data.length / 4);
    packet.set(extension.data, at + 4);
    at += extensionLength;
  }
  packet.set(payload, at);
  return packet;
}

/** A sender report of `words` words behind the SSRC. */
export function rtcp(ssrc = 0x1234_5678, words = 5, type = 200): Uint8Array {
  const packet = new Uint8Array(8 + 4 * words).fill(0x5a);
  packet[0] = 0x80;
  packet[1] = type;
  writeU16(packet, 2, 1 + words);
  writeU32(packet, 4, ssrc);
  return packet;
}

type WithoutKeys<T> = Partial<Omit<T, "crypto" | "profile">> & { readonly crypto?: CryptoProvider };

export function srtpSender(profile: SrtpProfileName, options: WithoutKeys<SrtpSenderOptions> = {}): SrtpSender {
  return new SrtpSender({ crypto: nodeCrypto, profile, ...key(profile), ...options });
}

export function srtpReceiver(profile: SrtpProfileName, options: WithoutKeys<SrtpReceiverOptions> = {}): SrtpReceiver {
  return new SrtpReceiver({ crypto: nodeCrypto, profile, ...key(profile), ...options });
}

export function srtcpSender(profile: SrtpProfileName, options: WithoutKeys<SrtcpSenderOptions> = {}): SrtcpSender {
  return new SrtcpSender({ crypto: nodeCrypto, profile, ...key(profile), ...options });
}

export function srtcpReceiver(profile: SrtpProfileName, options: WithoutKeys<SrtcpReceiverOptions> = {}): SrtcpReceiver {
  return new SrtcpReceiver({ crypto: nodeCrypto, profile, ...key(profile), ...options });
}

/** What `protect` makes, in an array of its own. */
export function sealed(sender: SrtpSender | SrtcpSender, packet: Uint8Array): Uint8Array {
  const out = new Uint8Array(packet.length + sender.overhead);
  return out.slice(0, sender.protect(packet, out));
}

/** What `unprotect` makes, in an array of its own, or why not. Opens copies, and expects the packet to be left alone. */
export function opened(receiver: SrtpReceiver | SrtcpReceiver, packet: Uint8Array): Uint8Array | string {
  const before = packet.slice();
  const out = new Uint8Array(packet.length);
  const length = receiver.unprotect(packet, out);
  if (Buffer.compare(packet, before) !== 0) throw new Error("the packet was written to");
  return typeof length === "string" ? length : out.slice(0, length);
}

/** The code of the error that `action` throws. */
export function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof InvalidStateError || error instanceof RangeError) return (error as RangeError & { code: string }).code;
    throw error;
  }
  return undefined;
}
