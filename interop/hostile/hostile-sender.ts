/** SRTP with the keys of one end of a call: whoever is the authenticated other end can send all that is sent here. */
import { createHmac } from "node:crypto";
import { nodeCrypto } from "@purertc/crypto/node";
import { type RtcpPacket, type RtpPacket, writeRtcp, writeRtpPacket } from "@purertc/rtp";
import {
  DTLS_SRTP_EXPORTER_LABEL,
  dtlsSrtpKeyingMaterialLength,
  SrtcpSender,
  type SrtpMasterKey,
  type SrtpProfileName,
  SrtpSender,
  splitDtlsSrtpKeys,
} from "@purertc/srtp";
import type { Call } from "./media-process.ts";
import { other, type Side } from "./relay.ts";

/** Protects what one end might send. It has numbers of its own, so that SSRCs should not be those of streams that are there. */
export class HostileSender {
  readonly #rtp: SrtpSender;
  readonly #rtcp: SrtcpSender;
  readonly #out = new Uint8Array(2048);

  constructor(profile: SrtpProfileName, key: SrtpMasterKey) {
    const options = { crypto: nodeCrypto, profile, ...key, maxSsrcs: 100_000 };
    this.#rtp = new SrtpSender(options);
    this.#rtcp = new SrtcpSender(options);
  }

  /** An authentic packet; bytes need not be RTP beyond their first twelve. */
  rtp(packet: Uint8Array | (Partial<RtpPacket> & Pick<RtpPacket, "ssrc" | "sequenceNumber" | "payloadType">)): Uint8Array {
    const plain = packet instanceof Uint8Array ? packet : rtpBytes(packet);
    return this.#out.slice(0, this.#rtp.protect(plain, this.#out));
  }

  /** An authentic RTCP datagram; bytes need not be RTCP beyond their first eight. */
  rtcp(packets: Uint8Array | readonly RtcpPacket[]): Uint8Array {
    const plain = packets instanceof Uint8Array ? packets : rtcpBytes(packets);
    return this.#out.slice(0, this.#rtcp.protect(plain, this.#out));
  }
}

/** RTP in the clear. */
export function rtpBytes(packet: Partial<RtpPacket> & Pick<RtpPacket, "ssrc" | "sequenceNumber" | "payloadType">): Uint8Array {
  const out = new Uint8Array(1500);
  const length = writeRtpPacket(out, { marker: false, timestamp: 0, csrcs: [], payload: new Uint8Array(0), ...packet });
  return out.slice(0, length);
}

/** RTCP in the clear. */
export function rtcpBytes(packets: readonly RtcpPacket[]): Uint8Array {
  const out = new Uint8Array(1400);
  return out.slice(0, writeRtcp(out, packets));
}

/** With the keys that `side` protects with: its key log and the ServerHello, which goes in the clear, are all it takes (RFC 5705 §4, RFC 5764 §4.2). */
export async function hostileSender({ ends, relay }: Call, side: Side): Promise<HostileSender> {
  const { dtlsRole, srtpCipher } = await ends[side].call("stats");
  const [, clientRandom, master] = (await ends[side].call("keyLog"))[0]!.split(" ").map((field) => Buffer.from(field, "hex"));
  const { random, suite } = serverHello(relay.seen[dtlsRole === "client" ? side : other(side)]);
  const profile = srtpCipher as SrtpProfileName;
  const seed = Buffer.concat([Buffer.from(DTLS_SRTP_EXPORTER_LABEL), clientRandom!, random]);
  const material = pHash(SHA384_SUITES.includes(suite) ? "sha384" : "sha256", master!, seed, dtlsSrtpKeyingMaterialLength(profile));
  return new HostileSender(profile, splitDtlsSrtpKeys(profile, material)[dtlsRole]);
}

/** RFC 5246 §7.4.1.3, as the first message of a datagram. */
function serverHello(seen: readonly Uint8Array[]): { readonly random: Buffer; readonly suite: number } {
  const found = seen.find((datagram) => datagram[0] === 22 && datagram[13] === 2);
  if (found === undefined) throw new Error("no ServerHello was seen");
  const hello = Buffer.from(found.subarray(13 + 12));
  return { random: hello.subarray(2, 34), suite: hello.readUInt16BE(35 + hello[34]!) };
}

/** RFC 5246 §5. */
function pHash(hash: string, secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  const hmac = (data: Uint8Array): Buffer => createHmac(hash, secret).update(data).digest();
  let out = Buffer.alloc(0);
  for (let a = hmac(seed); out.length < length; a = hmac(a)) out = Buffer.concat([out, hmac(Buffer.concat([a, seed]))]);
  return Uint8Array.from(out.subarray(0, length));
}

/** TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 and its RSA twin. */
const SHA384_SUITES = [0xc02c, 0xc030];
