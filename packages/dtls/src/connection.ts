/** A DTLS association as a state machine (RFC 6347): records in and out, the handshake, alerts, timers, events. Wiring only. */
import {
  copyBytes,
  type Instant,
  InvalidArgumentError,
  InvalidStateError,
  Malformed,
  type NamedTimer,
  type Protocol,
  Queue,
  readU16,
  type SignatureScheme,
  TimerTable,
  type Transmit,
} from "@purertc/core";
import { AlertDescription, AlertLevel, type AlertName, alertName, parseAlert, writeAlert } from "./codec/alert.ts";
import { parseChangeCipherSpec } from "./codec/change-cipher-spec.ts";
import { parseHandshakeFragments } from "./codec/handshake.ts";
import { DTLS_1_0, DTLS_1_2 } from "./codec/protocol-version.ts";
import { ContentType, MAX_PLAINTEXT_LENGTH, RECORD_HEADER_LENGTH, type RecordHeader } from "./codec/record.ts";
import { type DtlsCounters, zeroCounters } from "./counters.ts";
import type { DtlsCloseCause, DtlsEvent, DtlsState } from "./events.ts";
import { ClientStart } from "./handshake/client-start.ts";
import { DoubtfulAlert } from "./handshake/doubtful-alert.ts";
import { type DtlsTimer, Flight } from "./handshake/flight.ts";
import type { Handshake, HandshakeHost, Negotiated } from "./handshake/host.ts";
import { Reassembler } from "./handshake/reassembler.ts";
import { ServerStart } from "./handshake/server-start.ts";
import { type DtlsOptions, type DtlsSettings, settingsFrom } from "./options.ts";
import { IncomingRecords, isOpen } from "./record/incoming-records.ts";
import { PlaintextSealer } from "./record/plaintext-sealer.ts";
import type { RecordSealer } from "./record/record-protection.ts";

/**
 * One end of a DTLS association. Datagrams in are told to it whole; datagrams out hold as many records as fit.
 *
 * Before the handshake is complete anyone can write what looks like the peer's messages. What is malformed is dropped and leaves room for the
 * peer's own; what is well-formed but wrong (a bad signature, no common suite) ends the handshake with an alert. Once it is complete only
 * authenticated records count: everything else is counted in `counters` and has no effect.
 */
export class DtlsConnection implements Protocol<DtlsEvent> {
  readonly #settings: DtlsSettings;
  readonly #counters: DtlsCounters = zeroCounters();
  readonly #timers: TimerTable<DtlsTimer> = new TimerTable();
  readonly #events: Queue<DtlsEvent> = new Queue();
  readonly #datagrams: Queue<Uint8Array> = new Queue();
  readonly #plaintext: PlaintextSealer = new PlaintextSealer(DTLS_1_0);
  readonly #records: IncomingRecords;
  readonly #flight: Flight;
  readonly #doubtfulAlert: DoubtfulAlert;
  readonly #reassembler: Reassembler;
  #state: DtlsState = "new";
  #now: Instant = Number.NEGATIVE_INFINITY;
  #handshake: Handshake | undefined;
  #negotiated: Negotiated | undefined;
  #signaturePending = false;
  #sealer: RecordSealer = this.#plaintext;

  /** Throws `InvalidArgumentError` when an option is out of range. */
  constructor(options: DtlsOptions) {
    this.#settings = settingsFrom(options);
    this.#records = new IncomingRecords(this.#counters, {
      state: () => this.#state,
      take: (header, plaintext) => this.#handleContent(header, plaintext),
    });
    const { mtu, initialRetransmissionMs, maxRetransmissionMs, maxHandshakeMessageLength } = this.#settings;
    this.#flight = new Flight(this.#timers, { mtu, initialTimeoutMs: initialRetransmissionMs, maxTimeoutMs: maxRetransmissionMs });
    this.#doubtfulAlert = new DoubtfulAlert(this.#timers, this.#settings.alertGraceMs);
    this.#reassembler = new Reassembler({
      maxMessageLength: maxHandshakeMessageLength,
      maxTotalLength: 2 * maxHandshakeMessageLength,
      window: MESSAGES_AHEAD,
    });
  }

  /** Where the connection is. */
  get state(): DtlsState {
    return this.#state;
  }

  /** What was dropped so far. A live view. */
  get counters(): Readonly<DtlsCounters> {
    return this.#counters;
  }

  /** Offset of the plaintext in a record that `sealRecord` makes. Meaningful after `connected`. */
  get recordHeaderLength(): number {
    return this.#sealer.headerLength;
  }

  /** Bytes that a record has more than its plaintext. Meaningful after `connected`. */
  get recordOverhead(): number {
    return this.#sealer.overhead;
  }

  /** The longest data that `send` takes: one record in one datagram. Meaningful after `connected`. */
  get maxDataLength(): number {
    const limit = this.#negotiated?.recordSizeLimit ?? MAX_PLAINTEXT_LENGTH;
    return Math.min(limit, this.#settings.mtu - this.#sealer.overhead);
  }

  /** A client sends its ClientHello; a server begins to answer. Throws `InvalidStateError` when called again. */
  start(now: Instant): void {
    if (this.#state !== "new") throw new InvalidStateError("start() was called before", { code: "DTLS_ALREADY_STARTED" });
    this.#advance(now);
    this.#state = "connecting";
    const host = this.#host();
    if (this.#settings.role === "server") this.#handshake = new ServerStart(host);
    else {
      const client = new ClientStart(host);
      this.#handshake = client;
      this.#armHandshakeTimer();
      client.start();
    }
  }

  /**
   * Queues one application_data record. Throws `InvalidStateError` unless connected, `InvalidArgumentError` when `data` is longer than
   * `maxDataLength`. Empty data is nothing to send.
   */
  send(now: Instant, data: Uint8Array): void {
    this.#requireConnected("send");
    this.#advance(now);
    if (data.length > this.maxDataLength) {
      throw new InvalidArgumentError(`data has at most ${this.maxDataLength} bytes`, { code: "DTLS_DATA_TOO_LONG" });
    }
    if (data.length > 0) this.#queueRecord(ContentType.applicationData, data);
  }

  /** RFC 5705: keying material for use outside. Throws `InvalidStateError` unless connected; see the RFC for `context`. */
  exportKeyingMaterial(label: string, context: Uint8Array | undefined, length: number): Uint8Array {
    return this.#requireConnected("exportKeyingMaterial").exportKeyingMaterial(label, context, length);
  }

  /** Answers `signature-needed`. Throws `InvalidStateError` when none is. */
  provideSignature(now: Instant, signature: Uint8Array): void {
    if (!this.#signaturePending || !this.#open) {
      throw new InvalidStateError("no signature is needed", { code: "DTLS_NO_SIGNATURE_NEEDED" });
    }
    this.#advance(now);
    this.#signaturePending = false;
    this.#handshake?.handleSignature(copyBytes(signature));
    this.#handleMessages();
    this.#records.handlePending();
  }

  /** Sends close_notify (RFC 5246 §7.2.1) and ends. Throws `InvalidStateError` when the connection has ended. */
  close(now: Instant): void {
    if (!this.#open) throw new InvalidStateError("the connection has ended", { code: "DTLS_CLOSED" });
    this.#advance(now);
    if (this.#state !== "new") this.#queueAlert(AlertLevel.warning, "close_notify");
    this.#end("closed", "local");
  }

  /**
   * Seals `out[recordHeaderLength, recordHeaderLength + length)` in place as one application_data record starting at `out[0]`; `out` has
   * `recordOverhead + length` bytes at least. Returns the record's length. Throws `InvalidStateError` unless connected.
   */
  sealRecord(out: Uint8Array, length: number): number {
    if (this.#state !== "connected") this.#requireConnected("sealRecord");
    const recordLength = this.#sealer.seal(ContentType.applicationData, out, 0, length);
    if (this.#settings.observer?.packet !== undefined) this.#observe("out", out.subarray(0, recordLength));
    return recordLength;
  }

  /**
   * When `datagram` is exactly one application_data record of the current epoch: authenticates it, writes its plaintext at the start of `out` and
   * returns the length; 0 when it is empty, replayed or forged, and then there is no more to be done. Otherwise -1: `handleDatagram` takes it.
   * Also -1 when `out` is too small. Never throws.
   */
  openRecord(now: Instant, datagram: Uint8Array, out: Uint8Array): number {
    const { opener } = this.#records;
    if (this.#state !== "connected" || opener === undefined || datagram[0] !== ContentType.applicationData) return -1;
    const length = datagram.length - RECORD_HEADER_LENGTH;
    if (length < 0 || readU16(datagram, 11) !== length || readU16(datagram, 1) !== DTLS_1_2) return -1;
    if (readU16(datagram, 3) !== opener.epoch || out.length < length - opener.expansion) return -1;
    if (now > this.#now) this.#now = now;
    if (this.#settings.observer?.packet !== undefined) this.#observe("in", datagram);
    const opened = opener.open(datagram, 0, datagram.length, out, 0);
    if (typeof opened === "number") return opened;
    this.#records.countRefusal(opened);
    return 0;
  }

  handleDatagram(now: Instant, datagram: Uint8Array): void {
    this.#advance(now);
    if (!this.#open || this.#handshake === undefined) {
      this.#counters.outsideLifetime += 1;
      return;
    }
    if (this.#settings.observer?.packet !== undefined) this.#observe("in", datagram);
    this.#records.handleDatagram(datagram);
  }

  handleTimeout(now: Instant): void {
    this.#advance(now);
    if (!this.#open) return;
    if (this.#timers.take("handshake", this.#now)) this.#end("failed", "timeout");
    else {
      const alert = this.#doubtfulAlert.believe(this.#now);
      if (alert === undefined) this.#flight.handleTimeout(this.#now);
      else if (alert === AlertDescription.close_notify) this.#end("closed", "close-notify");
      else this.#end("failed", "alert-received", alertName(alert));
    }
  }

  pollTransmit(out: Uint8Array): Transmit<void> | undefined {
    let length = this.#flight.writeDatagram(out);
    if (length === 0) {
      const datagram = this.#datagrams.shift();
      if (datagram === undefined) return undefined;
      out.set(datagram);
      length = datagram.length;
    }
    if (this.#settings.observer?.packet !== undefined) this.#observe("out", out.subarray(0, length));
    return { length, route: undefined };
  }

  pollEvent(): DtlsEvent | undefined {
    const event = this.#events.shift();
    if (event?.type === "closed") this.#datagrams.clear();
    return event;
  }

  pollTimeout(): Instant | undefined {
    return this.#timers.next();
  }

  /** The next deadline with its name, for debugging. */
  nextTimer(): NamedTimer | undefined {
    return this.#timers.nextNamed();
  }

  get #open(): boolean {
    return isOpen(this.#state);
  }

  #advance(now: Instant): void {
    if (now > this.#now) this.#now = now;
  }

  #requireConnected(operation: string): Negotiated {
    if (this.#state !== "connected" || this.#negotiated === undefined) {
      const code = this.#open ? "DTLS_NOT_CONNECTED" : "DTLS_CLOSED";
      throw new InvalidStateError(`${operation}() needs a connection that is ${this.#open ? "connected" : "not closed"}`, { code });
    }
    return this.#negotiated;
  }

  /** The plaintext of a record: authentic when the epoch is not 0. */
  #handleContent(header: RecordHeader, plaintext: Uint8Array): void {
    switch (header.type) {
      case ContentType.handshake:
        this.#handleFragments(header, plaintext);
        return;
      case ContentType.alert:
        this.#handleAlert(header, plaintext);
        return;
      case ContentType.changeCipherSpec:
        // RFC 5246 §7.1; it has no message_seq and may overtake what is before it, so it only counts when its turn comes.
        if (header.epoch > 0) this.#counters.unexpectedType += 1;
        else if (parseChangeCipherSpec(plaintext) instanceof Malformed) this.#counters.malformed += 1;
        else this.#records.cipherChanged();
        return;
      case ContentType.applicationData:
        // RFC 6347 §4.1: data is never sent in the clear.
        if (header.epoch === 0) this.#counters.unexpectedType += 1;
        else if (plaintext.length > 0) this.#events.push({ type: "data", data: plaintext });
        return;
      default:
        this.#counters.unexpectedType += 1;
    }
  }

  #handleFragments(header: RecordHeader, plaintext: Uint8Array): void {
    const fragments = parseHandshakeFragments(plaintext);
    if (fragments instanceof Malformed) {
      this.#counters.malformed += 1;
      return;
    }
    for (const fragment of fragments) {
      if (this.#state === "connected") {
        if (header.epoch > 0) this.#handshake?.handleLateFragment(fragment);
        continue;
      }
      if (!this.#open) return;
      // The last piece of the last message handled: the peer's whole flight is here again (RFC 6347 §4.2.4).
      const last =
        fragment.messageSeq === this.#reassembler.nextSeq - 1 && fragment.fragmentOffset + fragment.fragment.length === fragment.length;
      if (fragment.messageSeq >= this.#reassembler.nextSeq && this.#handshake?.accepts(fragment.type, header.epoch) !== true) {
        this.#counters.fragmentsRefused += 1;
        continue;
      }
      const verdict = this.#reassembler.add(fragment, header.epoch, header.sequenceNumber);
      if (verdict === "kept") this.#handleMessages();
      else if (verdict === "old") {
        this.#counters.fragmentsRepeated += 1;
        if (last) this.#flight.answerRepeat(this.#now);
      } else this.#counters.fragmentsRefused += 1;
    }
  }

  /** Hands on messages while the next one is whole, and the handshake does not wait for a signature of ours. */
  #handleMessages(): void {
    while (this.#state === "connecting" && !this.#signaturePending) {
      const message = this.#reassembler.next();
      if (message === undefined) return;
      if (this.#settings.role === "server" && this.#timers.at("handshake") === undefined) this.#armHandshakeTimer();
      if (this.#handshake?.handleMessage(message) === "malformed") {
        this.#counters.malformed += 1;
        this.#reassembler.discard();
        return;
      }
      this.#reassembler.accept();
      this.#doubtfulAlert.forget();
    }
  }

  #handleAlert(header: RecordHeader, plaintext: Uint8Array): void {
    const alert = parseAlert(plaintext);
    if (alert instanceof Malformed) {
      this.#counters.malformed += 1;
      return;
    }
    const ends = alert.description === AlertDescription.close_notify || alert.level === AlertLevel.fatal;
    if (ends && header.epoch > 0) this.#endByAlert(alert.description);
    else {
      this.#counters.alertsIgnored += 1;
      // Only once there is a handshake that it could be about.
      if (ends && this.#flight.outstanding) this.#doubtfulAlert.doubt(this.#now, alert.description);
    }
  }

  #endByAlert(description: number): void {
    if (description !== AlertDescription.close_notify) this.#end("failed", "alert-received", alertName(description));
    else {
      this.#queueAlert(AlertLevel.warning, "close_notify"); // RFC 5246 §7.2.1
      this.#end("closed", "close-notify");
    }
  }

  #armHandshakeTimer(): void {
    const { handshakeTimeoutMs } = this.#settings;
    if (handshakeTimeoutMs !== Number.POSITIVE_INFINITY) this.#timers.set("handshake", this.#now + handshakeTimeoutMs);
  }

  #queueAlert(level: number, name: AlertName): void {
    this.#queueRecord(ContentType.alert, writeAlert({ level, description: AlertDescription[name] }));
  }

  #queueRecord(type: number, plaintext: Uint8Array): void {
    const record = new Uint8Array(this.#sealer.overhead + plaintext.length);
    record.set(plaintext, this.#sealer.headerLength);
    this.#sealer.seal(type, record, 0, plaintext.length);
    this.#datagrams.push(record);
  }

  #end(state: "closed" | "failed", cause: DtlsCloseCause, alert?: string): void {
    this.#state = state;
    this.#timers.clearAll();
    this.#flight.begin();
    this.#reassembler.clear();
    this.#records.clear();
    this.#handshake = undefined;
    this.#negotiated = undefined;
    this.#events.push(alert === undefined ? { type: "closed", cause } : { type: "closed", cause, alert });
  }

  #observe(direction: "in" | "out", bytes: Uint8Array): void {
    this.#settings.observer?.packet?.(this.#now, direction, "dtls", bytes);
  }

  #sign(scheme: SignatureScheme, message: Uint8Array): Uint8Array | undefined {
    const { signer } = this.#settings.certificate;
    if ("sign" in signer) return signer.sign(scheme, message);
    this.#signaturePending = true;
    this.#events.push({ type: "signature-needed", scheme, message });
    return undefined;
  }

  #connected(result: Negotiated): void {
    this.#state = "connected";
    this.#negotiated = result;
    this.#timers.clearAll();
    this.#reassembler.clear();
    this.#records.connected();
    const { version, cipherSuite, group, srtpProfile, recordSizeLimit, peerCertificates } = result;
    const event = { type: "connected", version, cipherSuite, group, peerCertificates } as const;
    const profile = srtpProfile === undefined ? {} : { srtpProfile };
    this.#events.push({ ...event, ...profile, ...(recordSizeLimit === undefined ? {} : { recordSizeLimit }) });
  }

  /** The connection as its handshake sees it. */
  #host(): HandshakeHost {
    return {
      settings: this.#settings,
      plaintext: this.#plaintext,
      beginFlight: () => this.#flight.begin(),
      addMessage: (type, body, sealer) => this.#flight.message(type, body, sealer),
      addContent: (contentType, bytes, sealer) => this.#flight.content(contentType, bytes, sealer),
      sendFlight: (repeat) => this.#flight.send(this.#now, repeat),
      answerRepeat: () => void this.#flight.answerRepeat(this.#now),
      sign: (scheme, message) => this.#sign(scheme, message),
      useSealer: (sealer) => {
        this.#sealer = sealer;
      },
      expectCipherChange: (opener) => this.#records.expect(opener),
      continueWith: (next) => {
        this.#handshake = next;
      },
      keyLog: (line) => this.#settings.observer?.keyLog?.(line),
      connected: (result) => this.#connected(result),
      warn: (alert) => this.#queueAlert(AlertLevel.warning, alert),
      fail: (alert) => {
        this.#queueAlert(AlertLevel.fatal, alert);
        this.#end("failed", "alert-sent", alert);
      },
    };
  }
}

/** RFC 6347 §4.2.4: no flight of the peer has more messages than this. */
const MESSAGES_AHEAD = 10;
