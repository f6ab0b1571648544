/** Opens SRTP packets (RFC 3711 §3.3, RFC 7714 §8): index, replay, authenticate, decrypt, and only then remember anything. */
import { InvalidArgumentError, readU16, readU32 } from "@purertc/core";
import { isTagRight } from "./authentication-tag.ts";
import { CRYPTEX_HEADER_LENGTH, isMarkedEncrypted, markDecrypted, toCipherOrder, toWireOrder } from "./cryptex.ts";
import { EncryptedExtensions } from "./header-extension-encryption.ts";
import { DEFAULT_REPLAY_WINDOW, type SrtpHeaderOptions, type SrtpMasterKey, type SrtpReceiverOptions } from "./options.ts";
import { MAX_ROLLOVER_COUNTER } from "./packet-index.ts";
import { type SrtpProfile, srtpProfile } from "./profiles.ts";
import { ReceiverKeys } from "./receiver-keys.ts";
import { noRefusals, type SrtpRefusal, type SrtpRefusalCounts } from "./refusals.ts";
import { checkReplayWindow } from "./replay-window.ts";
import { FIXED_HEADER_LENGTH, rtpHeaderLength } from "./rtp-header.ts";
import type { SsrcKeys } from "./session-keys.ts";
import { SrtpContext } from "./srtp-context.ts";
import { srtpSessionKeysOptions } from "./srtp-session.ts";
import { keysFor, SsrcTable } from "./ssrc-table.ts";

/** The other end of an `SrtpSender`. */
export class SrtpReceiver {
  readonly profile: SrtpProfile;
  readonly #keys: ReceiverKeys;
  readonly #replayWindow: number;
  readonly #tagLength: number;
  /** Bytes between the ciphertext and the end of a packet. */
  readonly #trailerLength: number;
  readonly #rolloverCounters: Map<number, number>;
  readonly #contexts: SsrcTable<SrtpContext>;
  #extensions: EncryptedExtensions | undefined;
  #cryptex: boolean | "required" = false;
  readonly #refusals = noRefusals();
  /** The packet in cryptex's intermediate form. */
  #scratchWork = new Uint8Array(0);

  /** Throws `InvalidArgumentError` for keys that do not fit the profile and options out of their ranges. */
  constructor(options: SrtpReceiverOptions) {
    this.profile = srtpProfile(options.profile);
    const sessionOptions = srtpSessionKeysOptions(options, this.profile);
    this.#keys = new ReceiverKeys(options, options.furtherKeys ?? [], options.keyDerivationRate ?? 0, sessionOptions);
    this.#tagLength = sessionOptions.authenticate ? this.profile.srtpAuthTagLength : 0;
    this.#trailerLength = this.profile.aeadTagLength + this.#keys.mkiLength + this.#tagLength;
    this.#replayWindow = options.replayWindow ?? DEFAULT_REPLAY_WINDOW;
    checkReplayWindow(this.#replayWindow);
    this.#rolloverCounters = new Map(options.rolloverCounters);
    this.#contexts = new SsrcTable(options);
    this.changeHeaders(options);
  }

  /** Packets refused so far, by reason. */
  get refusals(): SrtpRefusalCounts {
    return this.#refusals;
  }

  /** SSRCs remembered: those that sent an authentic packet, or whose rollover counter was set meanwhile. */
  get ssrcCount(): number {
    return this.#contexts.size;
  }

  /**
   * Writes the RTP packet in the SRTP packet `packet` at the start of `out` and returns its length, or says why the packet is refused; never throws for what is
   * in the packet. `out` has room for the RTP packet, which is shorter than `packet`, and is fastest with room for `packet`; it may be `packet`, or begin where
   * `packet` begins, and must not overlap it otherwise. `out` up to `packet.length`, from the length returned on or after a refusal, may hold anything. Of a
   * refused packet nothing is remembered but a count.
   */
  unprotect(packet: Uint8Array, out: Uint8Array): number | SrtpRefusal {
    const result = this.#unprotect(packet, out);
    if (typeof result === "string") this.#refusals[result]++;
    return result;
  }

  /**
   * Accepts packets under a further master key from now on: with MKIs those that name it (a former key with that MKI is replaced), without MKIs those that are
   * authentic under it, which is tried first. Rollover counters and replay lists stay (RFC 3711 §8.1).
   */
  addKey(key: SrtpMasterKey): void {
    this.#contexts.dropKeysOf(this.#keys.add(key));
  }

  /** No longer accepts the former keys: all of them, or the one with this MKI. The key added last stays. */
  removeFormerKeys(mki?: Uint8Array): void {
    this.#contexts.dropKeysOf(this.#keys.removeFormer(mki));
  }

  /** Takes headers as a renegotiation says, from the next packet on. Keys, rollover counters and replay lists stay. */
  changeHeaders({ encryptedExtensionIds, cryptex = false }: SrtpHeaderOptions): void {
    this.#extensions = EncryptedExtensions.of(encryptedExtensionIds);
    this.#cryptex = cryptex;
  }

  /** The rollover counter of `ssrc`, 0 for one never heard of. */
  rolloverCounter(ssrc: number): number {
    return this.#contexts.find(ssrc)?.position.rolloverCounter ?? this.#rolloverCounters.get(ssrc) ?? 0;
  }

  /**
   * Says what the rollover counter of `ssrc` is (0 to 2^32 - 1), for a stream joined after its sequence numbers wrapped (RFC 3711 §3.3.1). The next packet's
   * sequence number counts from there. What was accepted before stays replayed.
   */
  setRolloverCounter(ssrc: number, rolloverCounter: number): void {
    if (!Number.isInteger(rolloverCounter) || rolloverCounter < 0 || rolloverCounter > MAX_ROLLOVER_COUNTER) {
      throw new InvalidArgumentError(`a rollover counter of ${rolloverCounter} is not from 0 to 2^32 - 1`, {
        code: "SRTP_ROLLOVER_COUNTER",
      });
    }
    const context = this.#contexts.find(ssrc);
    if (context === undefined) this.#rolloverCounters.set(ssrc, rolloverCounter);
    else context.position.reset(rolloverCounter);
  }

  /**
   * Forgets `ssrc`: its replay list, rollover counter and ciphers. For the owner who knows that the stream is over (BYE); its packets, if anyone recorded them,
   * would be accepted again while the key is.
   */
  forgetSsrc(ssrc: number): void {
    this.#contexts.delete(ssrc);
    this.#rolloverCounters.delete(ssrc);
  }

  #unprotect(packet: Uint8Array, out: Uint8Array): number | SrtpRefusal {
    const end = packet.length - this.#trailerLength;
    if (end < FIXED_HEADER_LENGTH) return "too-short";
    const headerLength = rtpHeaderLength(packet, end);
    if (headerLength < 0) return packet[0]! >> 6 === 2 ? "too-short" : "not-rtp";
    if (this.#cryptex === "required" && headerLength > FIXED_HEADER_LENGTH && !isMarkedEncrypted(packet)) return "not-cryptex";
    if (out.length < end) throw new InvalidArgumentError(`out holds ${out.length} bytes, ${end} are needed`, { code: "SRTP_OUT_LENGTH" });
    const ssrc = readU32(packet, 8);
    const sequenceNumber = readU16(packet, 2);
    const context = this.#contexts.find(ssrc);
    const rolloverCounter = context === undefined ? (this.#rolloverCounters.get(ssrc) ?? 0) : context.position.estimate(sequenceNumber);
    if (rolloverCounter > MAX_ROLLOVER_COUNTER) return "key-exhausted";
    const index = rolloverCounter * 0x1_0000 + sequenceNumber;
    if (context !== undefined) {
      const seen = context.window.check(index);
      if (seen !== "new") return seen;
    } else if (this.#contexts.full) {
      return "too-many-ssrcs";
    }
    const keys = this.#authenticKeys(packet, out, context, ssrc, rolloverCounter, index, headerLength, end);
    if (typeof keys === "string") return keys;
    this.#commit(context ?? this.#start(ssrc), keys, rolloverCounter, sequenceNumber, index);
    return end;
  }

  /** Opens the packet under the key its MKI names, or the newest under which it is authentic, and says which keys those were. */
  #authenticKeys(
    packet: Uint8Array,
    out: Uint8Array,
    context: SrtpContext | undefined,
    ssrc: number,
    rolloverCounter: number,
    index: number,
    headerLength: number,
    end: number,
  ): SsrcKeys | SrtpRefusal {
    const mkiAt = end + this.profile.aeadTagLength;
    const candidates = this.#keys.candidates;
    // A failed attempt may overwrite `out`, so that with more than one the packet is kept elsewhere.
    const source = candidates > 1 ? this.#keys.copied(packet) : packet;
    let refusal: SrtpRefusal = "bad-tag";
    for (let n = 0; n < candidates; n++) {
      const master = this.#keys.candidate(n, source, mkiAt);
      if (master === undefined) return "unknown-mki";
      if (master.exhausted) {
        refusal = "key-exhausted";
        continue;
      }
      const keys = keysFor(context, ssrc, master, master.derivationIndex(index));
      if (keys.mac !== undefined && !isTagRight(keys.mac, source, end, rolloverCounter, end + this.#keys.mkiLength, this.#tagLength))
        continue;
      if (this.#decrypt(keys, index, source, out, headerLength, end)) return keys;
    }
    return refusal;
  }

  #decrypt(keys: SsrcKeys, index: number, source: Uint8Array, out: Uint8Array, headerLength: number, end: number): boolean {
    if (this.#cryptex !== false && isMarkedEncrypted(source)) return this.#decryptWhole(keys, index, source, out, end);
    if (source === out || out.length >= source.length) {
      if (source !== out) out.set(source); // with the tag: one copy, and in place is the fast way
      if (!keys.cipher.decrypt(index, out, headerLength, out, headerLength, end, out)) return false;
    } else {
      if (!keys.cipher.decrypt(index, source, headerLength, source, headerLength, end, out)) return false;
      out.set(source.subarray(0, headerLength));
    }
    if (this.#extensions !== undefined) {
      this.#extensions.apply(keys.headerExtension, index, out, headerLength);
    }
    return true;
  }

  /** The same with cryptex (RFC 9335 §6.3). */
  #decryptWhole(keys: SsrcKeys, index: number, source: Uint8Array, out: Uint8Array, end: number): boolean {
    if (this.#scratchWork.length < source.length) this.#scratchWork = new Uint8Array(2 * source.length);
    const work = this.#scratchWork;
    work.set(source);
    toCipherOrder(work);
    if (!keys.cipher.decrypt(index, work, CRYPTEX_HEADER_LENGTH, work, CRYPTEX_HEADER_LENGTH, end, work)) return false;
    toWireOrder(work);
    markDecrypted(work);
    out.set(work.subarray(0, end));
    return true;
  }

  /** The packet is authentic: from here on it counts. */
  #commit(context: SrtpContext, keys: SsrcKeys, rolloverCounter: number, sequenceNumber: number, index: number): void {
    context.commit(rolloverCounter, sequenceNumber, index);
    this.#contexts.keep(context, keys);
    keys.master.count();
  }

  #start(ssrc: number): SrtpContext {
    const context = new SrtpContext(ssrc, this.#rolloverCounters.get(ssrc) ?? 0, this.#replayWindow);
    this.#rolloverCounters.delete(ssrc);
    this.#contexts.add(context);
    return context;
  }
}
