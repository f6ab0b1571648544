/**
 * Records under an AEAD of TLS 1.2 (RFC 5246 §6.2.3.3, RFC 6347 §4.1.2.1, RFC 5288 §3, RFC 7905 §2).
 *
 *   GCM       header(13) | explicit nonce(8) | ciphertext | tag(16)      nonce = salt(4) || explicit nonce
 *   ChaCha20  header(13) | ciphertext | tag(16)                          nonce = iv(12) XOR (0(4) || epoch(2) || sequence(6))
 *
 *   additional data = epoch(2) || sequence(6) || type(1) || version(2) || plaintext length(2)
 */
import { type Aead, type CryptoProvider, InvalidStateError, readU16, readU48, type SequencedAead, writeU16 } from "@purertc/core";
import { DTLS_1_2 } from "../codec/protocol-version.ts";
import { MAX_PLAINTEXT_LENGTH, RECORD_HEADER_LENGTH, writeRecordHeader } from "../codec/record.ts";
import type { CipherSuite } from "../handshake/cipher-suites.ts";
import { AntiReplayWindow } from "../record/anti-replay-window.ts";
import { MAX_SEQUENCE_NUMBER, type RecordOpener, type RecordRefusal, type RecordSealer } from "../record/record-protection.ts";
import type { WriteKeys } from "./key-schedule.ts";

/** Seals the records of one epoch. */
export class Dtls12Sealer implements RecordSealer {
  readonly epoch: number;
  readonly headerLength: number;
  readonly overhead: number;
  readonly #aead: SequencedAead;
  readonly #explicitNonce: boolean;
  readonly #scratchAad: Uint8Array = new Uint8Array(AAD_LENGTH);
  #sequenceNumber: number;

  /** `firstSequenceNumber` is 0 but for testers that write with another implementation's keys. */
  constructor(crypto: CryptoProvider, suite: CipherSuite, keys: WriteKeys, epoch: number, firstSequenceNumber = 0) {
    this.#sequenceNumber = firstSequenceNumber;
    this.epoch = epoch;
    this.#aead = crypto.sequencedAead(suite.aead, keys.key, nonceBase(keys.iv, epoch));
    this.#explicitNonce = suite.explicitNonceLength > 0;
    this.headerLength = RECORD_HEADER_LENGTH + suite.explicitNonceLength;
    this.overhead = this.headerLength + TAG_LENGTH;
  }

  get sequenceNumber(): number {
    return this.#sequenceNumber;
  }

  seal(type: number, out: Uint8Array, at: number, length: number): number {
    const sequenceNumber = this.#sequenceNumber;
    if (sequenceNumber > MAX_SEQUENCE_NUMBER) {
      throw new InvalidStateError("the record numbers of this epoch are used up", { code: "DTLS_SEQUENCE_EXHAUSTED" });
    }
    this.#sequenceNumber = sequenceNumber + 1;
    const headerLength = this.headerLength;
    writeRecordHeader(out, at, type, DTLS_1_2, this.epoch, sequenceNumber, headerLength - RECORD_HEADER_LENGTH + length + TAG_LENGTH);
    writeAad(this.#scratchAad, out, at, length);
    // The explicit nonce is epoch and sequence number, as RFC 5288 §3 suggests and browsers do.
    if (this.#explicitNonce) out.copyWithin(at + RECORD_HEADER_LENGTH, at + 3, at + 11);
    this.#aead.seal(sequenceNumber, this.#scratchAad, out, at + headerLength, length);
    return this.overhead + length;
  }
}

/** Opens the records of one epoch. */
export class Dtls12Opener implements RecordOpener {
  readonly epoch: number;
  readonly expansion: number;
  readonly #crypto: CryptoProvider;
  readonly #suite: CipherSuite;
  readonly #keys: WriteKeys;
  readonly #window: AntiReplayWindow;
  readonly #explicitNonceLength: number;
  readonly #scratchAad: Uint8Array = new Uint8Array(AAD_LENGTH);
  #aead: SequencedAead;
  /** First two bytes of the explicit nonces that `#aead` is for. */
  #noncePrefix: number;
  /** Whether an authentic record had that prefix. */
  #prefixProved = false;
  #plainAead: Aead | undefined;

  constructor(crypto: CryptoProvider, suite: CipherSuite, keys: WriteKeys, epoch: number, replayWindow: number) {
    this.epoch = epoch;
    this.expansion = suite.explicitNonceLength + TAG_LENGTH;
    this.#crypto = crypto;
    this.#suite = suite;
    this.#keys = keys;
    this.#window = new AntiReplayWindow(replayWindow);
    this.#explicitNonceLength = suite.explicitNonceLength;
    this.#noncePrefix = epoch;
    this.#aead = crypto.sequencedAead(suite.aead, keys.key, nonceBase(keys.iv, epoch));
  }

  open(datagram: Uint8Array, at: number, length: number, out: Uint8Array, outAt: number): number | RecordRefusal {
    const sequenceNumber = readU48(datagram, at + 5);
    if (this.#window.isReplay(sequenceNumber)) return "replayed";
    const plaintextLength = length - RECORD_HEADER_LENGTH - this.expansion;
    if (plaintextLength < 0) return "bad-tag";
    if (plaintextLength > MAX_PLAINTEXT_LENGTH) return "too-long";
    writeAad(this.#scratchAad, datagram, at, plaintextLength);
    const from = at + RECORD_HEADER_LENGTH;
    if (this.#explicitNonceLength === 0) {
      if (!this.#aead.open(sequenceNumber, this.#scratchAad, datagram, from, length - RECORD_HEADER_LENGTH, out, outAt)) return "bad-tag";
    } else if (!this.#openGcm(datagram, from, plaintextLength + TAG_LENGTH, out, outAt)) return "bad-tag";
    this.#window.accept(sequenceNumber);
    return plaintextLength;
  }

  /**
   * The explicit nonce is the sender's to choose. INTEROP: browsers and GnuTLS use epoch and sequence number, OpenSSL 3.0 a counter from a random
   * start, pion 2 random bytes. The first two get the sequenced form, by adopting the prefix of the first authentic record; the last the plain one.
   */
  #openGcm(datagram: Uint8Array, from: number, length: number, out: Uint8Array, outAt: number): boolean {
    const sealedAt = from + 8;
    const prefix = readU16(datagram, from);
    if (prefix === this.#noncePrefix) {
      const opened = this.#aead.open(readU48(datagram, from + 2), this.#scratchAad, datagram, sealedAt, length, out, outAt);
      if (opened) this.#prefixProved = true;
      return opened;
    }
    this.#plainAead ??= this.#crypto.aead(this.#suite.aead, this.#keys.key);
    const nonce = new Uint8Array(12);
    nonce.set(this.#keys.iv);
    nonce.set(datagram.subarray(from, sealedAt), 4);
    const sealed = datagram.subarray(sealedAt, sealedAt + length);
    const opened = this.#plainAead.open(nonce, this.#scratchAad, sealed, out.subarray(outAt, outAt + length - TAG_LENGTH));
    if (opened && !this.#prefixProved) {
      this.#prefixProved = true;
      this.#noncePrefix = prefix;
      this.#aead = this.#crypto.sequencedAead(this.#suite.aead, this.#keys.key, nonceBase(this.#keys.iv, prefix));
    }
    return opened;
  }
}

/** The nonce of index 0: the sequence number is XORed onto the last six bytes. `prefix` is the epoch, but for GCM peers with nonces of their own. */
function nonceBase(iv: Uint8Array, prefix: number): Uint8Array {
  const base = new Uint8Array(12);
  base.set(iv);
  writeU16(base, 4, readU16(base, 4) ^ prefix);
  return base;
}

/** Additional data, out of the record's header. */
function writeAad(aad: Uint8Array, record: Uint8Array, at: number, plaintextLength: number): void {
  for (let i = 0; i < 8; i++) aad[i] = record[at + 3 + i]!;
  aad[8] = record[at]!;
  aad[9] = record[at + 1]!;
  aad[10] = record[at + 2]!;
  writeU16(aad, 11, plaintextLength);
}

const AAD_LENGTH = 13;
const TAG_LENGTH = 16;
