/** SRTP and SRTCP of one transport, with the keys of its DTLS connection (RFC 5764 §4.2). */
import type { CryptoProvider } from "@purertc/core";
import type { DtlsConnection } from "@purertc/dtls";
import {
  DTLS_SRTP_EXPORTER_LABEL,
  dtlsSrtpKeyingMaterialLength,
  SrtcpReceiver,
  SrtcpSender,
  type SrtpMasterKey,
  SrtpReceiver,
  SrtpSender,
  splitDtlsSrtpKeys,
  srtpProfileOfDtlsId,
} from "@purertc/srtp";

/** What was agreed that decides how packets are protected. */
export interface SrtpSessionOptions {
  readonly crypto: CryptoProvider;
  /** Streams received; see `maxReceivedSsrcs`. */
  readonly maxSsrcs: number;
  /** RFC 9335. */
  readonly cryptex: boolean;
  /** RFC 6904: ids of header extensions that are encrypted. */
  readonly encryptedExtensionIds: readonly number[];
}

/** The four contexts. */
export interface SrtpSession {
  /** Name of the protection profile. */
  readonly profile: string;
  readonly sender: SrtpSender;
  readonly receiver: SrtpReceiver;
  readonly rtcpSender: SrtcpSender;
  readonly rtcpReceiver: SrtcpReceiver;
}

/**
 * Makes the contexts of a connection whose handshake is complete; undefined when it agreed on no SRTP profile. A new DTLS association has new keys, and counters
 * begin anew with them.
 */
export function srtpSessionOfDtls(
  connection: DtlsConnection,
  profileId: number | undefined,
  role: "client" | "server",
  options: SrtpSessionOptions,
): SrtpSession | undefined {
  const profile = profileId === undefined ? undefined : srtpProfileOfDtlsId(profileId)?.name;
  if (profile === undefined) return undefined;
  const length = dtlsSrtpKeyingMaterialLength(profile);
  const { client, server } = splitDtlsSrtpKeys(profile, connection.exportKeyingMaterial(DTLS_SRTP_EXPORTER_LABEL, undefined, length));
  const [ours, theirs] = role === "client" ? [client, server] : [server, client];
  const { crypto, maxSsrcs, cryptex, encryptedExtensionIds } = options;
  const common = (key: SrtpMasterKey) => ({ crypto, profile, ...key });
  const rtp = { cryptex, encryptedExtensionIds };
  // Twice the streams: an SSRC that was given up stays known to SRTP until it is forgotten there.
  const bounds = { maxSsrcs: 2 * maxSsrcs };
  // And RTCP comes from SSRCs of which no stream is received: of other members behind a mixer.
  const rtcpBounds = { maxSsrcs: 8 * maxSsrcs };
  return {
    profile,
    sender: new SrtpSender({ ...common(ours), ...rtp, replayWindow: SENDER_WINDOW, maxSsrcs: MAX_OWN_SSRCS }),
    receiver: new SrtpReceiver({ ...common(theirs), ...rtp, ...bounds }),
    rtcpSender: new SrtcpSender({ ...common(ours), maxSsrcs: MAX_OWN_SSRCS }),
    rtcpReceiver: new SrtcpReceiver({ ...common(theirs), ...rtcpBounds }),
  };
}

/** Packets that a relay may send behind the newest: retransmissions that came late. */
const SENDER_WINDOW = 4096;
/** Of ours, in the life of a connection whose transceivers come and go: an SSRC that was used is never forgotten, lest its keystream be used again. */
const MAX_OWN_SSRCS = 1 << 16;
