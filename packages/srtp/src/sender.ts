/**
 * Protects RTP packets (RFC 3711 §3.3, RFC 7714 §8).
 *
 *   HMAC-SHA1   header | ciphertext | MKI | tag          AEAD   header | ciphertext | tag | MKI
 */
import { InvalidArgumentError, InvalidStateError, readU16, readU32 } from "@purertc/core";
import { writeTag } from "./authentication-tag.ts";
import {
  addEmptyExtension,
  CRYPTEX_HEADER_LENGTH,
  type CryptexForm,
  cryptexForm,
  markEncrypted,
  toCipherOrder,
  toWireOrder,
} from "./cryptex.ts";
import { EncryptedExtensions } from "./header-extension-encryption.ts";
import { checkMkiLength, MasterKey } from "./master-key.ts";
import { DEFAULT_REPLAY_WINDOW, type SrtpHeaderOptions, type SrtpMasterKey, type SrtpSenderOptions } from "./options.ts";
import { MAX_ROLLOVER_COUNTER } from "./packet-index.ts";
import { type SrtpProfile, srtpProfile } from "./profiles.ts";
import { checkReplayWindow } from "./replay-window.ts";
import { rtpHeaderLength } from "./rtp-header.ts";
import type { SessionKeysOptions, SsrcKeys } from "./session-keys.ts";
import { SrtpContext } from "./srtp-context.ts";
import { srtpSessionKeysOptions } from "./srtp-session.ts";
import { keysFor, SsrcTable } from "./ssrc-table.ts";

/** One direction of SRTP: any number of SSRCs under one master key at a time. */
export class SrtpSender {
  readonly profile: SrtpProfile;
  readonly #sessionOptions: SessionKeysOptions;
  readonly #keyDerivationRate: number;
  readonly #replayWindow: number;
  readonly #tagLength: number;
  readonly #rolloverCounters: Map<number, number>;
  readonly #contexts: SsrcTable<SrtpContext>;
  #extensions: EncryptedExtensions | undefined;
  #cryptex = false;
  #master: MasterKey;
  #overhead = 0;

  /** Throws `InvalidArgumentError` for keys that do not fit the profile and options out of their ranges. */
  constructor(options: SrtpSenderOptions) {
    this.profile = srtpProfile(options.profile);
    this.#sessionOptions = srtpSessionKeysOptions(options, this.profile);
    this.#tagLength = this.#sessionOptions.authenticate ? this.profile.srtpAuthTagLength : 0;
    this.#keyDerivationRate = options.keyDerivationRate ?? 0;
    this.#replayWindow = options.replayWindow ?? DEFAULT_REPLAY_WINDOW;
    checkReplayWindow(this.#replayWindow);
    this.#rolloverCounters = new Map(options.rolloverCounters);
    this.#contexts = new SsrcTable(options);
    this.changeHeaders(options);
    this.#master = this.#use(options);
  }

  /** Most bytes that `protect` adds to a packet: tag and MKI, and with cryptex the four bytes of an empty header extension. */
  get overhead(): number {
    return this.#overhead + (this.#cryptex ? 4 : 0);
  }

  /**
   * Writes the SRTP packet of the RTP packet `packet[0, length)` at the start of `out` and returns its length. `out` has room for `length + overhead` bytes; it
   * may be `packet`, or begin where `packet` begins, and must not overlap it otherwise. With `out` the same as `packet`, `length` saves making a view.
   *
   * Sequence numbers may come in any order within the window (`replayWindow`), each once: a keystream used twice gives away both payloads.
   *
   * Throws `InvalidArgumentError` when `packet` is no RTP packet (`SRTP_NOT_RTP`) or `out` is too small (`SRTP_OUT_LENGTH`), and `InvalidStateError` when the
   * index was used or is behind the window (`SRTP_INDEX_USED`), the key may protect no more packets (`SRTP_KEY_EXHAUSTED`: call `rekey`), or there are too
   * many SSRCs (`SRTP_TOO_MANY_SSRCS`).
   */
  protect(packet: Uint8Array, out: Uint8Array, length: number = packet.length): number {
    const headerLength = rtpHeaderLength(packet, length);
    if (headerLength < 0 || length > packet.length) throw new InvalidArgumentError("not an RTP packet", { code: "SRTP_NOT_RTP" });
    if (out.length < length + this.#overhead) this.#refuseRoom(out.length, length + this.#overhead);
    const form = this.#cryptex ? cryptexForm(packet) : "none";
    if (form === "add-extension" && out.length < length + this.overhead) this.#refuseRoom(out.length, length + this.overhead);
    const ssrc = readU32(packet, 8);
    const sequenceNumber = readU16(packet, 2);
    const context = this.#contexts.find(ssrc) ?? this.#start(ssrc);
    const rolloverCounter = context.position.estimate(sequenceNumber);
    const index = rolloverCounter * 0x1_0000 + sequenceNumber;
    const master = this.#master;
    if (master.exhausted || rolloverCounter > MAX_ROLLOVER_COUNTER) {
      throw new InvalidStateError("the master key may protect no more packets: rekey()", { code: "SRTP_KEY_EXHAUSTED" });
    }
    if (context.window.check(index) !== "new") {
      throw new InvalidStateError(`sequence number ${sequenceNumber} was used already, or is too far behind the highest`, {
        code: "SRTP_INDEX_USED",
      });
    }
    const keys = keysFor(context, ssrc, master, master.derivationIndex(index));
    // Committed before the keystream is used, so that nothing that happens in between can make it be used again.
    context.commit(rolloverCounter, sequenceNumber, index);
    this.#contexts.keep(context, keys);
    master.count();
    if (packet !== out) out.set(length === packet.length ? packet : packet.subarray(0, length));
    const end =
      form === "none" ? this.#encrypt(keys, index, out, headerLength, length) : this.#encryptWhole(keys, index, out, length, form);
    return this.#finish(keys, rolloverCounter, out, end);
  }

  /**
   * Goes on under another master key. Rollover counters and the sequence numbers used stay (RFC 3711 §8.1); the receiver needs the key before the first packet
   * under it arrives.
   */
  rekey(key: SrtpMasterKey): void {
    checkMkiLength(key, this.#master);
    this.#master = this.#use(key);
  }

  /** Protects headers as a renegotiation says, from the next packet on. Keys, rollover counters and the sequence numbers used stay. */
  changeHeaders({ encryptedExtensionIds, cryptex = false }: SrtpHeaderOptions): void {
    this.#extensions = EncryptedExtensions.of(encryptedExtensionIds);
    this.#cryptex = cryptex !== false;
  }

  /** The rollover counter of the next packet of `ssrc`, but for a wrap of its sequence number: what a receiver that joins late must be told. */
  rolloverCounter(ssrc: number): number {
    return this.#contexts.find(ssrc)?.position.rolloverCounter ?? this.#rolloverCounters.get(ssrc) ?? 0;
  }

  #use(key: SrtpMasterKey): MasterKey {
    const master = new MasterKey(key, this.#keyDerivationRate, this.#sessionOptions);
    this.#overhead = this.profile.aeadTagLength + this.#tagLength + master.mki.length;
    return master;
  }

  #start(ssrc: number): SrtpContext {
    if (this.#contexts.full) {
      throw new InvalidStateError(`${this.#contexts.size} SSRCs already: raise maxSsrcs`, { code: "SRTP_TOO_MANY_SSRCS" });
    }
    const context = new SrtpContext(ssrc, this.#rolloverCounters.get(ssrc) ?? 0, this.#replayWindow);
    this.#contexts.add(context);
    return context;
  }

  /** Encrypts the payload, and before it the chosen header extension elements. Returns where the ciphertext, with an AEAD's tag, ends. */
  #encrypt(keys: SsrcKeys, index: number, out: Uint8Array, headerLength: number, length: number): number {
    if (this.#extensions !== undefined) {
      this.#extensions.apply(keys.headerExtension, index, out, headerLength);
    }
    keys.cipher.encrypt(index, out, headerLength, out, headerLength, length);
    return length + this.profile.aeadTagLength;
  }

  /** The same with cryptex (RFC 9335 §6.2). */
  #encryptWhole(keys: SsrcKeys, index: number, out: Uint8Array, length: number, form: CryptexForm): number {
    let end = length;
    if (form === "add-extension") {
      addEmptyExtension(out, length);
      end += 4;
    } else {
      markEncrypted(out);
    }
    toCipherOrder(out);
    keys.cipher.encrypt(index, out, CRYPTEX_HEADER_LENGTH, out, CRYPTEX_HEADER_LENGTH, end);
    toWireOrder(out);
    return end + this.profile.aeadTagLength;
  }

  /** Appends MKI and tag, and returns the length. */
  #finish(keys: SsrcKeys, rolloverCounter: number, out: Uint8Array, end: number): number {
    const mki = keys.master.mki;
    const tagAt = end + mki.length;
    for (let i = 0; i < mki.length; i++) out[end + i] = mki[i]!;
    if (keys.mac !== undefined) writeTag(keys.mac, out, end, rolloverCounter, tagAt, this.#tagLength);
    return tagAt + this.#tagLength;
  }

  #refuseRoom(room: number, needed: number): never {
    throw new InvalidArgumentError(`out holds ${room} bytes, ${needed} are needed`, { code: "SRTP_OUT_LENGTH" });
  }
}
