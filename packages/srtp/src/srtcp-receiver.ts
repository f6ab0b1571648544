/** Opens SRTCP packets (RFC 3711 §3.4, RFC 7714 §9): replay, authenticate, decrypt, and only then remember anything. */
import { InvalidArgumentError, readU32 } from "@purertc/core";
import { isTagRight } from "./authentication-tag.ts";
import { DEFAULT_REPLAY_WINDOW, type SrtcpReceiverOptions, type SrtpMasterKey } from "./options.ts";
import { type SrtpProfile, srtpProfile } from "./profiles.ts";
import { ReceiverKeys } from "./receiver-keys.ts";
import { noRefusals, type SrtpRefusal, type SrtpRefusalCounts } from "./refusals.ts";
import { checkReplayWindow, ReplayWindow } from "./replay-window.ts";
import type { SsrcKeys } from "./session-keys.ts";
import { ENCRYPTED_FLAG, INDEX_WORD_LENGTH, isRtcp, MAX_SRTCP_INDEX, RTCP_HEADER_LENGTH, SrtcpAdditionalData } from "./srtcp-format.ts";
import { keysFor, SsrcContext, SsrcTable } from "./ssrc-table.ts";

/** An SSRC whose RTCP was authentic. */
class SrtcpReceiverContext extends SsrcContext {
  readonly window: ReplayWindow;

  constructor(ssrc: number, replayWindow: number) {
    super(ssrc);
    this.window = new ReplayWindow(replayWindow);
  }
}

/** The other end of an `SrtcpSender`. */
export class SrtcpReceiver {
  readonly profile: SrtpProfile;
  readonly #keys: ReceiverKeys;
  readonly #replayWindow: number;
  readonly #encryptedOnly: boolean;
  /** Bytes between the ciphertext and the end of a packet. */
  readonly #trailerLength: number;
  readonly #contexts: SsrcTable<SrtcpReceiverContext>;
  readonly #refusals = noRefusals();
  readonly #scratchAad = new SrtcpAdditionalData();

  /** Throws `InvalidArgumentError` for keys that do not fit the profile and options out of their ranges. */
  constructor(options: SrtcpReceiverOptions) {
    this.profile = srtpProfile(options.profile);
    const { crypto } = options;
    const sessionOptions = {
      crypto,
      profile: this.profile,
      protocol: "srtcp",
      encrypt: true,
      authenticate: true,
    } as const;
    this.#keys = new ReceiverKeys(options, options.furtherKeys ?? [], options.keyDerivationRate ?? 0, sessionOptions);
    const { aeadTagLength, srtcpAuthTagLength } = this.profile;
    this.#trailerLength = aeadTagLength + INDEX_WORD_LENGTH + this.#keys.mkiLength + srtcpAuthTagLength;
    this.#replayWindow = options.replayWindow ?? DEFAULT_REPLAY_WINDOW;
    checkReplayWindow(this.#replayWindow);
    this.#encryptedOnly = options.encryptedOnly ?? false;
    this.#contexts = new SsrcTable(options);
  }

  /** Packets refused so far, by reason. */
  get refusals(): SrtpRefusalCounts {
    return this.#refusals;
  }

  /** SSRCs remembered: those that sent an authentic packet. */
  get ssrcCount(): number {
    return this.#contexts.size;
  }

  /**
   * Writes the RTCP packet in the SRTCP packet `packet` at the start of `out` and returns its length, or says why the packet is refused; never throws for what
   * is in the packet. `out` has room for the RTCP packet, which is shorter than `packet`, and is fastest with room for `packet`; it may be `packet`, or begin
   * where `packet` begins, and must not overlap it otherwise. `out` up to `packet.length`, from the length returned on or after a refusal, may hold anything.
   * Of a refused packet nothing is remembered but a count.
   */
  unprotect(packet: Uint8Array, out: Uint8Array): number | SrtpRefusal {
    const result = this.#unprotect(packet, out);
    if (typeof result === "string") this.#refusals[result]++;
    return result;
  }

  /**
   * Accepts packets under a further master key from now on: with MKIs those that name it (a former key with that MKI is replaced), without MKIs those that are
   * authentic under it, which is tried first. Replay lists stay (RFC 3711 §3.4).
   */
  addKey(key: SrtpMasterKey): void {
    this.#contexts.dropKeysOf(this.#keys.add(key));
  }

  /** No longer accepts the former keys: all of them, or the one with this MKI. The key added last stays. */
  removeFormerKeys(mki?: Uint8Array): void {
    this.#contexts.dropKeysOf(this.#keys.removeFormer(mki));
  }

  /**
   * Forgets `ssrc`: its replay list and ciphers. For the owner who knows that the stream is over; its packets, if anyone recorded them, would be accepted again
   * while the key is.
   */
  forgetSsrc(ssrc: number): void {
    this.#contexts.delete(ssrc);
  }

  #unprotect(packet: Uint8Array, out: Uint8Array): number | SrtpRefusal {
    const end = packet.length - this.#trailerLength;
    if (end < RTCP_HEADER_LENGTH) return "too-short";
    if (!isRtcp(packet)) return "not-rtcp";
    if (out.length < end) throw new InvalidArgumentError(`out holds ${out.length} bytes, ${end} are needed`, { code: "SRTP_OUT_LENGTH" });
    const indexWord = readU32(packet, end + this.profile.aeadTagLength);
    const index = indexWord & MAX_SRTCP_INDEX;
    if (this.#encryptedOnly && indexWord < ENCRYPTED_FLAG) return "not-encrypted";
    const ssrc = readU32(packet, 4);
    const context = this.#contexts.find(ssrc);
    if (context !== undefined) {
      const seen = context.window.check(index);
      if (seen !== "new") return seen;
    } else if (this.#contexts.full) {
      return "too-many-ssrcs";
    }
    const keys = this.#authenticKeys(packet, out, context, ssrc, indexWord, index, end);
    if (typeof keys === "string") return keys;
    this.#commit(context ?? this.#start(ssrc), keys, index);
    return end;
  }

  /** Opens the packet under the key its MKI names, or the newest under which it is authentic, and says which keys those were. */
  #authenticKeys(
    packet: Uint8Array,
    out: Uint8Array,
    context: SrtcpReceiverContext | undefined,
    ssrc: number,
    indexWord: number,
    index: number,
    end: number,
  ): SsrcKeys | SrtpRefusal {
    const candidates = this.#keys.candidates;
    // A failed attempt may overwrite `out`, so that with more than one the packet is kept elsewhere.
    const source = candidates > 1 ? this.#keys.copied(packet) : packet;
    let refusal: SrtpRefusal = "bad-tag";
    for (let n = 0; n < candidates; n++) {
      const master = this.#keys.candidate(n, source, end + this.profile.aeadTagLength + INDEX_WORD_LENGTH);
      if (master === undefined) return "unknown-mki";
      if (master.exhausted) {
        refusal = "key-exhausted";
        continue;
      }
      const keys = keysFor(context, ssrc, master, master.derivationIndex(index));
      if (this.#open(keys, indexWord, index, source, out, end)) return keys;
    }
    return refusal;
  }

  #open(keys: SsrcKeys, indexWord: number, index: number, source: Uint8Array, out: Uint8Array, end: number): boolean {
    const tagAt = end + INDEX_WORD_LENGTH + this.#keys.mkiLength;
    if (
      keys.mac !== undefined &&
      !isTagRight(keys.mac, source, end + INDEX_WORD_LENGTH, undefined, tagAt, this.profile.srtcpAuthTagLength)
    ) {
      return false;
    }
    const from = indexWord >= ENCRYPTED_FLAG ? RTCP_HEADER_LENGTH : end; // RFC 7714 §9.3: not encrypted, all of it is additional data
    const aadLength = keys.mac === undefined ? this.#scratchAad.set(source, from, indexWord) : 0;
    if (source === out || out.length >= source.length) {
      if (source !== out) out.set(source); // with the tag: one copy, and in place is the fast way
      return keys.cipher.decrypt(index, this.#scratchAad.bytes, aadLength, out, from, end, out);
    }
    if (!keys.cipher.decrypt(index, this.#scratchAad.bytes, aadLength, source, from, end, out)) return false;
    out.set(source.subarray(0, from));
    return true;
  }

  /** The packet is authentic: from here on it counts. */
  #commit(context: SrtcpReceiverContext, keys: SsrcKeys, index: number): void {
    context.window.add(index);
    this.#contexts.keep(context, keys);
    keys.master.count();
  }

  #start(ssrc: number): SrtcpReceiverContext {
    const context = new SrtcpReceiverContext(ssrc, this.#replayWindow);
    this.#contexts.add(context);
    return context;
  }
}
