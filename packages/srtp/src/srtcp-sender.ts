/** Protects RTCP packets, compound or not (RFC 3711 §3.4, RFC 7714 §9). */
import { InvalidArgumentError, InvalidStateError, readU32, writeU32 } from "@purertc/core";
import { writeTag } from "./authentication-tag.ts";
import { checkMkiLength, MasterKey } from "./master-key.ts";
import type { SrtcpSenderOptions, SrtpMasterKey } from "./options.ts";
import { type SrtpProfile, srtpProfile } from "./profiles.ts";
import type { SessionKeysOptions } from "./session-keys.ts";
import { ENCRYPTED_FLAG, INDEX_WORD_LENGTH, isRtcp, MAX_SRTCP_INDEX, RTCP_HEADER_LENGTH, SrtcpAdditionalData } from "./srtcp-format.ts";
import { keysFor, SsrcContext, SsrcTable } from "./ssrc-table.ts";

/** An SSRC that sends RTCP. */
class SrtcpSenderContext extends SsrcContext {
  /** The SRTCP index of the next packet. */
  nextIndex = 0;
}

/** One direction of SRTCP: any number of SSRCs under one master key at a time. */
export class SrtcpSender {
  readonly profile: SrtpProfile;
  readonly #sessionOptions: SessionKeysOptions;
  readonly #keyDerivationRate: number;
  readonly #encrypted: boolean;
  readonly #contexts: SsrcTable<SrtcpSenderContext>;
  readonly #scratchAad = new SrtcpAdditionalData();
  #master: MasterKey;
  #overhead = 0;

  /** Throws `InvalidArgumentError` for keys that do not fit the profile and options out of their ranges. */
  constructor(options: SrtcpSenderOptions) {
    this.profile = srtpProfile(options.profile);
    this.#encrypted = !(options.unencrypted ?? false) && this.profile.cipher !== "null";
    // An AEAD's key is needed even when nothing is encrypted: it makes the tag.
    const encrypt = this.#encrypted || this.profile.aead !== undefined;
    const { crypto } = options;
    this.#sessionOptions = { crypto, profile: this.profile, protocol: "srtcp", encrypt, authenticate: true };
    this.#keyDerivationRate = options.keyDerivationRate ?? 0;
    this.#contexts = new SsrcTable(options);
    this.#master = this.#use(options);
  }

  /** Bytes that `protect` adds to a packet: tag, MKI, and the word with the index. */
  get overhead(): number {
    return this.#overhead;
  }

  /**
   * Writes the SRTCP packet of the RTCP packet `packet` at the start of `out` and returns its length, which is `overhead` more. `out` has room for that; it may
   * be `packet`, or begin where `packet` begins, and must not overlap it otherwise. The index is that of the first SSRC in the packet, one more each time.
   *
   * Throws `InvalidArgumentError` when `packet` is no RTCP packet (`SRTP_NOT_RTCP`) or `out` is too small (`SRTP_OUT_LENGTH`), and `InvalidStateError` when the
   * key may protect no more packets (`SRTP_KEY_EXHAUSTED`), the SSRC has sent 2^31 packets (`SRTP_INDEX_USED`), or there are too many SSRCs
   * (`SRTP_TOO_MANY_SSRCS`).
   */
  protect(packet: Uint8Array, out: Uint8Array): number {
    const length = packet.length;
    if (length < RTCP_HEADER_LENGTH || !isRtcp(packet)) throw new InvalidArgumentError("not an RTCP packet", { code: "SRTP_NOT_RTCP" });
    if (out.length < length + this.#overhead) {
      throw new InvalidArgumentError(`out holds ${out.length} bytes, ${length + this.#overhead} are needed`, { code: "SRTP_OUT_LENGTH" });
    }
    const ssrc = readU32(packet, 4);
    const context = this.#contexts.find(ssrc) ?? this.#start(ssrc);
    const index = context.nextIndex;
    const master = this.#master;
    if (master.exhausted)
      throw new InvalidStateError("the master key may protect no more packets: rekey()", { code: "SRTP_KEY_EXHAUSTED" });
    if (index > MAX_SRTCP_INDEX)
      throw new InvalidStateError("the SSRC has sent 2^31 SRTCP packets: use another", { code: "SRTP_INDEX_USED" });
    const keys = keysFor(context, ssrc, master, master.derivationIndex(index));
    // Committed before the keystream is used, so that nothing that happens in between can make it be used again.
    context.nextIndex = index + 1;
    this.#contexts.keep(context, keys);
    master.count();
    if (packet !== out) out.set(packet);
    const indexWord = this.#encrypted ? (ENCRYPTED_FLAG | index) >>> 0 : index;
    let end = length;
    if (this.profile.aead !== undefined) {
      const from = this.#encrypted ? RTCP_HEADER_LENGTH : length; // RFC 7714 §9.3: not encrypted, all of it is additional data
      const aadLength = this.#scratchAad.set(out, from, indexWord);
      keys.cipher.encrypt(index, this.#scratchAad.bytes, aadLength, out, from, length);
      end += this.profile.aeadTagLength;
    } else if (this.#encrypted) {
      keys.cipher.encrypt(index, out, 0, out, RTCP_HEADER_LENGTH, length);
    }
    writeU32(out, end, indexWord);
    end += INDEX_WORD_LENGTH;
    const mki = master.mki;
    for (let i = 0; i < mki.length; i++) out[end + i] = mki[i]!;
    if (keys.mac !== undefined) writeTag(keys.mac, out, end, undefined, end + mki.length, this.profile.srtcpAuthTagLength);
    return length + this.#overhead;
  }

  /** Goes on under another master key. Indices go on too (RFC 3711 §3.4). */
  rekey(key: SrtpMasterKey): void {
    checkMkiLength(key, this.#master);
    this.#master = this.#use(key);
  }

  /** The SRTCP index of the next packet of `ssrc`. */
  nextIndex(ssrc: number): number {
    return this.#contexts.find(ssrc)?.nextIndex ?? 0;
  }

  /**
   * Skips to `index` (at most 2^31 - 1), for a stream taken over from another sender. Throws `InvalidArgumentError` for an index that was passed: it would use a
   * keystream twice.
   */
  setNextIndex(ssrc: number, index: number): void {
    const context = this.#contexts.find(ssrc) ?? this.#start(ssrc);
    if (!Number.isInteger(index) || index < context.nextIndex || index > MAX_SRTCP_INDEX) {
      throw new InvalidArgumentError(`SRTCP index ${index} is not from ${context.nextIndex} to 2^31 - 1`, { code: "SRTP_INDEX_USED" });
    }
    context.nextIndex = index;
  }

  #use(key: SrtpMasterKey): MasterKey {
    const master = new MasterKey(key, this.#keyDerivationRate, this.#sessionOptions);
    const { aeadTagLength, srtcpAuthTagLength } = this.profile;
    this.#overhead = aeadTagLength + INDEX_WORD_LENGTH + master.mki.length + srtcpAuthTagLength;
    return master;
  }

  #start(ssrc: number): SrtcpSenderContext {
    if (this.#contexts.full) {
      throw new InvalidStateError(`${this.#contexts.size} SSRCs already: raise maxSsrcs`, { code: "SRTP_TOO_MANY_SSRCS" });
    }
    const context = new SrtcpSenderContext(ssrc);
    this.#contexts.add(context);
    return context;
  }
}
