import { constantTimeEqual, type Instant, type Mac, readU16, readU32, readU48, writeU16, writeU32, writeU48 } from "@purertc/core";

/** Extensions that both sides have. */
export interface NegotiatedExtensions {
  readonly partialReliability: boolean;
  readonly streamReset: boolean;
  /** I-DATA and I-FORWARD-TSN. */
  readonly interleaving: boolean;
  /** The peer accepts packets without a checksum, and so do we. */
  readonly zeroChecksum: boolean;
}

/** Everything that a TCB is made from (RFC 9260 §5.1.3): what the two INITs said. */
export interface AssociationParameters extends NegotiatedExtensions {
  readonly localTag: number;
  readonly peerTag: number;
  readonly localInitialTsn: number;
  readonly peerInitialTsn: number;
  readonly peerWindow: number;
  readonly outboundStreams: number;
  readonly inboundStreams: number;
}

/** What a state cookie carries. */
export interface StateCookie extends AssociationParameters {
  readonly createdAt: Instant;
  /** §5.2.1, §5.2.2: tags of the association that was there when the INIT came; 0 when there was none. */
  readonly localTieTag: number;
  readonly peerTieTag: number;
}

const MAC_LENGTH = 32;
/** Layout: MAC, time, eight 32-bit numbers, two 16-bit numbers, flags. */
const COOKIE_LENGTH = MAC_LENGTH + 6 + 7 * 4 + 2 * 2 + 1;
const EPOCHS = 2 ** 48;

/** Seals state into a cookie (§5.1.3). The format is nobody's business but ours. */
export function writeStateCookie(mac: Mac, cookie: StateCookie): Uint8Array {
  const bytes = new Uint8Array(COOKIE_LENGTH);
  writeU48(bytes, MAC_LENGTH, wholeMilliseconds(cookie.createdAt));
  let at = MAC_LENGTH + 6;
  for (const number of [
    cookie.localTag,
    cookie.peerTag,
    cookie.localInitialTsn,
    cookie.peerInitialTsn,
    cookie.peerWindow,
    cookie.localTieTag,
    cookie.peerTieTag,
  ]) {
    writeU32(bytes, at, number);
    at += 4;
  }
  writeU16(bytes, at, cookie.outboundStreams);
  writeU16(bytes, at + 2, cookie.inboundStreams);
  bytes[at + 4] =
    (cookie.partialReliability ? 1 : 0) | (cookie.streamReset ? 2 : 0) | (cookie.interleaving ? 4 : 0) | (cookie.zeroChecksum ? 8 : 0);
  bytes.set(mac.compute(bytes.subarray(MAC_LENGTH)), 0);
  return bytes;
}

/** Opens a cookie; undefined when it is not one of ours. How old it is (milliseconds) comes with it. */
export function readStateCookie(
  mac: Mac,
  bytes: Uint8Array,
  now: Instant,
): { readonly cookie: StateCookie; readonly age: number } | undefined {
  if (bytes.length !== COOKIE_LENGTH) return undefined;
  if (!constantTimeEqual(mac.compute(bytes.subarray(MAC_LENGTH)), bytes.subarray(0, MAC_LENGTH))) return undefined;
  const createdAt = readU48(bytes, MAC_LENGTH);
  const at = MAC_LENGTH + 6;
  const flags = bytes[at + 32]!;
  const cookie: StateCookie = {
    createdAt,
    localTag: readU32(bytes, at),
    peerTag: readU32(bytes, at + 4),
    localInitialTsn: readU32(bytes, at + 8),
    peerInitialTsn: readU32(bytes, at + 12),
    peerWindow: readU32(bytes, at + 16),
    localTieTag: readU32(bytes, at + 20),
    peerTieTag: readU32(bytes, at + 24),
    outboundStreams: readU16(bytes, at + 28),
    inboundStreams: readU16(bytes, at + 30),
    partialReliability: (flags & 1) !== 0,
    streamReset: (flags & 2) !== 0,
    interleaving: (flags & 4) !== 0,
    zeroChecksum: (flags & 8) !== 0,
  };
  return { cookie, age: (wholeMilliseconds(now) - createdAt + EPOCHS) % EPOCHS };
}

/** An instant may be negative or a fraction; a cookie holds 48 bits. */
function wholeMilliseconds(instant: Instant): number {
  return ((Math.floor(instant) % EPOCHS) + EPOCHS) % EPOCHS;
}
