/** Records as they come (RFC 6347 §4.1): which keys open them, which wait for theirs, and which count for nothing. */
import { Malformed } from "@purertc/core";
import { DTLS_1_0, DTLS_1_2 } from "../codec/protocol-version.ts";
import { ContentType, parseRecordHeader, RECORD_HEADER_LENGTH, type RecordHeader } from "../codec/record.ts";
import type { DtlsCounters } from "../counters.ts";
import type { DtlsState } from "../events.ts";
import { PendingRecords } from "./pending-records.ts";
import type { RecordOpener, RecordRefusal } from "./record-protection.ts";

/** The connection that takes what is in records. */
export interface RecordTaker {
  state(): DtlsState;
  /** The plaintext of a record: authentic when the epoch is not 0. */
  take(header: RecordHeader, plaintext: Uint8Array): void;
}

export class IncomingRecords {
  readonly #counters: DtlsCounters;
  readonly #taker: RecordTaker;
  readonly #pending: PendingRecords = new PendingRecords(MAX_PENDING_RECORDS, MAX_PENDING_BYTES);
  #opener: RecordOpener | undefined;
  #nextOpener: RecordOpener | undefined;
  #cipherChangeSeen = false;
  #pendingReady = false;

  constructor(counters: DtlsCounters, taker: RecordTaker) {
    this.#counters = counters;
    this.#taker = taker;
  }

  /** Opens the current epoch, once there is one. */
  get opener(): RecordOpener | undefined {
    return this.#opener;
  }

  /** Takes a datagram, and then what waited and can be opened now. */
  handleDatagram(datagram: Uint8Array): void {
    this.#handleRecords(datagram);
    this.handlePending();
  }

  /** Records that waited for keys, or for the handshake to be complete. */
  handlePending(): void {
    while (this.#pendingReady) {
      this.#pendingReady = false;
      for (const record of this.#pending.takeAll()) this.#handleRecords(record);
    }
  }

  /** The keys of the peer's next epoch are there. */
  expect(opener: RecordOpener): void {
    this.#nextOpener = opener;
    this.#changeCipher();
  }

  /** The peer has said that it changes to its new keys. */
  cipherChanged(): void {
    this.#cipherChangeSeen = true;
    this.#changeCipher();
  }

  /** The handshake is complete: data that waited for that can be taken. */
  connected(): void {
    this.#pendingReady = true;
  }

  /** Forgets keys and records. */
  clear(): void {
    this.#pending.takeAll();
    this.#pendingReady = false;
    this.#opener = undefined;
    this.#nextOpener = undefined;
  }

  countRefusal(refusal: RecordRefusal): void {
    if (refusal === "replayed") this.#counters.replayed += 1;
    else if (refusal === "bad-tag") this.#counters.forged += 1;
    else this.#counters.malformed += 1;
  }

  /** The new keys open records once they are there and the peer has said that it changed to them (RFC 5246 §7.1). */
  #changeCipher(): void {
    if (!this.#cipherChangeSeen || this.#nextOpener === undefined) return;
    this.#opener = this.#nextOpener;
    this.#nextOpener = undefined;
    this.#pendingReady = true;
  }

  /**
   * RFC 6347 §4.1.1: a datagram holds whole records, one after another. With several that fail authentication it is not the peer's, and the rest is not
   * looked at: one datagram of 30 tiny forgeries would otherwise cost 30 times what it costs to send.
   */
  #handleRecords(datagram: Uint8Array): void {
    const forgedAtMost = this.#counters.forged + MAX_FORGED_RECORDS;
    for (let at = 0; at < datagram.length && isOpen(this.#taker.state()) && this.#counters.forged < forgedAtMost; ) {
      const header = parseRecordHeader(datagram, at);
      if (header instanceof Malformed) {
        this.#counters.malformed += 1;
        return;
      }
      this.#handleRecord(datagram, at, header);
      at += RECORD_HEADER_LENGTH + header.length;
    }
  }

  #handleRecord(datagram: Uint8Array, at: number, header: RecordHeader): void {
    const connected = this.#taker.state() === "connected";
    if (header.version !== DTLS_1_2 && (header.version !== DTLS_1_0 || header.epoch > 0)) this.#counters.wrongVersion += 1;
    else if (header.epoch === 0) {
      const from = at + RECORD_HEADER_LENGTH;
      if (connected) this.#counters.plaintextAfterHandshake += 1;
      else this.#taker.take(header, datagram.subarray(from, from + header.length));
    } else if (header.epoch === this.#opener?.epoch && (connected || header.type !== ContentType.applicationData)) {
      this.#openAndTake(datagram, at, header, this.#opener);
    } else if (!connected && header.epoch === 1) {
      // Of the epoch to come, or data that overtook Finished: its turn comes.
      if (!this.#pending.add(datagram, at, RECORD_HEADER_LENGTH + header.length)) this.#counters.pendingRefused += 1;
    } else this.#counters.unexpectedEpoch += 1;
  }

  #openAndTake(datagram: Uint8Array, at: number, header: RecordHeader, opener: RecordOpener): void {
    const plaintext = new Uint8Array(Math.max(0, header.length - opener.expansion));
    const opened = opener.open(datagram, at, RECORD_HEADER_LENGTH + header.length, plaintext, 0);
    if (typeof opened === "string") this.countRefusal(opened);
    else this.#taker.take(header, plaintext);
  }
}

/** Whether a connection has not ended. */
export function isOpen(state: DtlsState): boolean {
  return state !== "closed" && state !== "failed";
}

/** Failed authentications after which the rest of a datagram is dropped. */
const MAX_FORGED_RECORDS = 4;

/** What may overtake the end of a handshake. */
const MAX_PENDING_RECORDS = 32;
const MAX_PENDING_BYTES = 0x8000;
