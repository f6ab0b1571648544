/** The DTLS half of a transport: one connection at a time, made when roles and fingerprints are known, and the certificate check. */
import { type CryptoProvider, copyBytes, type Instant, type Observer, type RandomSource, readU16 } from "@purertc/core";
import { DtlsConnection, type DtlsEvent } from "@purertc/dtls";
import type { LocalCertificate } from "../certificate.ts";
import type { NegotiatedTransport, RemoteTransportParameters } from "../jsep/index.ts";
import type { DtlsTunables } from "../settings.ts";
import type { DtlsState } from "./aggregate-states.ts";
import { EarlyDatagrams } from "./early-datagrams.ts";
import { matchesFingerprint } from "./fingerprint.ts";
import type { DtlsFailure } from "./peer-event.ts";

/** What connections are made with. */
export interface DtlsTransportOptions {
  readonly crypto: CryptoProvider;
  readonly random: RandomSource;
  readonly mtu: number;
  readonly certificate: () => LocalCertificate;
  readonly dtls: DtlsTunables;
  readonly observer?: Observer;
}

/** What the handshake agreed on. */
export type DtlsAgreement = Extract<DtlsEvent, { readonly type: "connected" }>;

/** What happened. `packet` is application data that came in a datagram with something else. */
export type DtlsTransportEvent =
  | { readonly type: "state"; readonly state: DtlsState; readonly failure?: DtlsFailure }
  | { readonly type: "packet"; readonly data: Uint8Array };

/** See the file's header. */
export class DtlsTransport {
  readonly #options: DtlsTransportOptions;
  #connection: DtlsConnection | undefined;
  #state: DtlsState = "new";
  #role: "client" | "server" | undefined;
  #association = 0;
  /** The peer may be about to begin another association; see `NegotiatedTransport.moving`. */
  #moving: NegotiatedTransport["moving"];
  /** The tag that the transport has, or is about to have; and the last one for which the peer has begun an association. */
  #tag = "";
  #begunFor = "";
  /** Whether a ClientHello waits for an answer that says what to make of it. */
  #helloKept = false;
  /** Until then what the peer ends may be part of it. */
  #movesUntil: Instant = Number.POSITIVE_INFINITY;
  #now: Instant = Number.NEGATIVE_INFINITY;
  #fingerprints: RemoteTransportParameters["fingerprints"] = [];
  #mismatch = false;
  #agreement: DtlsAgreement | undefined;
  #early: EarlyDatagrams | undefined;
  #stateEvents: DtlsTransportEvent[] = [];
  readonly #lastWords: Uint8Array[] = [];

  constructor(options: DtlsTransportOptions) {
    this.#options = options;
  }

  get state(): DtlsState {
    return this.#state;
  }

  /** Undefined until it is negotiated. */
  get role(): "client" | "server" | undefined {
    return this.#role;
  }

  /** Version, suite and the peer's certificates, once the handshake is complete. */
  get agreement(): DtlsAgreement | undefined {
    return this.#agreement;
  }

  /** Whether what the peer ends may be part of its move to another transport. */
  isMoving(now: Instant): boolean {
    return this.#moving !== undefined && now < this.#movesUntil;
  }

  /** The connection, while application data can be sealed and opened. Hot. */
  get open(): DtlsConnection | undefined {
    return this.#state === "connected" ? this.#connection : undefined;
  }

  /** What the descriptions in effect say of DTLS. A grown `dtlsAssociation` asks for a new connection (RFC 8842 §4); otherwise the old one goes on. */
  update(now: Instant, agreed: NegotiatedTransport, pathKnown: boolean): void {
    const { remote, dtlsRole: role, dtlsAssociation, mid } = agreed;
    const moving = mid === this.#begunFor ? undefined : agreed.moving;
    if (moving !== this.#moving) this.#movesUntil = moving === "answered" ? now + MOVING_MS : Number.POSITIVE_INFINITY;
    this.#moving = moving;
    this.#tag = mid;
    if (remote === undefined || role === undefined) return;
    this.#fingerprints = remote.fingerprints;
    const begins = dtlsAssociation !== this.#association || (moving === "answered" && (this.#helloKept || this.#state === "closed"));
    if (moving === "offered" || (this.#connection !== undefined && !begins)) return;
    this.#association = dtlsAssociation;
    this.#begin(now, role, pathKnown);
  }

  /** Makes a connection, in the place of one that there may be. */
  #begin(now: Instant, role: "client" | "server", pathKnown: boolean): void {
    this.#leave(now);
    if (this.#moving !== undefined) this.#begunFor = this.#tag;
    this.#moving = undefined;
    this.#helloKept = false;
    this.#role = role;
    this.#mismatch = false;
    this.#connection = this.#connect(role);
    if (role === "server") {
      this.#connection.start(now);
      for (const datagram of this.#takeEarly()) this.handleDatagram(now, datagram);
    }
    if (pathKnown) this.pathSelected(now);
  }

  #leave(now: Instant): void {
    if (this.#connection === undefined) return;
    if (this.#state !== "closed" && this.#state !== "failed") this.#connection.close(now);
    this.#keepLastWords(this.#connection);
    this.#connection = undefined;
    this.#agreement = undefined;
    this.#become("new");
  }

  /** ICE has a path: the client's retransmission timer runs from here. */
  pathSelected(now: Instant): void {
    if (this.#connection === undefined || this.#state !== "new") return;
    this.#become("connecting");
    if (this.#role === "client") {
      this.#takeEarly(); // a client has no use for what came before its ClientHello
      this.#connection.start(now);
    }
  }

  /** Takes a datagram from a validated path; false when it came too early and there was no room to keep it. */
  handleDatagram(now: Instant, datagram: Uint8Array): boolean {
    this.#now = now;
    if (this.#moving !== undefined && isClientHello(datagram)) {
      this.#early ??= new EarlyDatagrams();
      this.#helloKept = this.#early.keep(datagram);
      if (this.#moving === "answered" && this.#role === "server") this.#begin(now, this.#role, true);
      return true;
    }
    if (this.#connection === undefined || this.#connection.state === "new") {
      this.#early ??= new EarlyDatagrams();
      return this.#early.keep(datagram);
    }
    if (this.#state === "new" && mayBeHandshake(datagram)) this.#become("connecting");
    this.#connection.handleDatagram(now, datagram);
    return true;
  }

  handleTimeout(now: Instant): void {
    this.#connection?.handleTimeout(now);
  }

  pollTimeout(): Instant | undefined {
    return this.#connection?.pollTimeout();
  }

  /** Length of the next handshake or alert datagram written to `out`. */
  pollTransmit(out: Uint8Array): number | undefined {
    const last = this.#lastWords.shift();
    if (last === undefined) return this.#connection?.pollTransmit(out)?.length;
    out.set(last);
    return last.length;
  }

  pollEvent(): DtlsTransportEvent | undefined {
    for (;;) {
      const queued = this.#stateEvents.shift();
      if (queued !== undefined) return queued;
      if (this.#connection?.state === "failed" || this.#connection?.state === "closed") this.#keepLastWords(this.#connection);
      const event = this.#connection?.pollEvent();
      if (event === undefined) return undefined;
      if (event.type === "data") return { type: "packet", data: event.data };
      if (event.type === "connected") {
        this.#agreement = event;
        this.#become("connected");
      } else if (event.type === "closed") this.#ended(event);
    }
  }

  /** Sends close_notify, which {@link pollTransmit} then gives. Without any event. */
  close(now: Instant): void {
    if (this.#state !== "closed" && this.#state !== "failed") this.#connection?.close(now);
    this.#state = "closed";
    this.#takeEarly();
  }

  /** A connection is silent once its `closed` event was taken, which is here before anyone polls: the alert that says why is kept aside. */
  #keepLastWords(connection: DtlsConnection): void {
    const out = new Uint8Array(this.#options.mtu);
    for (let sent = connection.pollTransmit(out); sent !== undefined; sent = connection.pollTransmit(out)) {
      if (this.#lastWords.length < MAX_LAST_WORDS) this.#lastWords.push(copyBytes(out.subarray(0, sent.length)));
    }
  }

  #connect(role: "client" | "server"): DtlsConnection {
    const { crypto, random, mtu, dtls, observer } = this.#options;
    const certificate = this.#options.certificate();
    return new DtlsConnection({
      srtpProfiles: SRTP_PROFILES,
      ...dtls,
      role,
      crypto,
      random,
      mtu,
      certificate: { chain: [certificate.der], signer: certificate.signer },
      verifyPeer: (chain) => {
        // RFC 8122 §6.2: the certificate must be one that the description in effect promised.
        const leaf = chain[0];
        this.#mismatch = leaf === undefined || !matchesFingerprint(crypto, leaf, this.#fingerprints);
        return !this.#mismatch;
      },
      ...(observer === undefined ? {} : { observer }),
    });
  }

  #ended(event: Extract<DtlsEvent, { readonly type: "closed" }>): void {
    if (this.#state === "closed" || this.#state === "failed") return;
    if (event.cause === "close-notify" || event.cause === "local") {
      this.#become("closed");
      if (this.#moving === "answered" && this.#role !== undefined && this.isMoving(this.#now)) this.#begin(this.#now, this.#role, true);
      return;
    }
    const { alert } = event;
    const sent = event.cause === "alert-sent" && alert !== undefined ? { sentAlert: alert } : {};
    const received = event.cause === "alert-received" && alert !== undefined ? { receivedAlert: alert } : {};
    this.#become("failed", { detail: this.#mismatch ? "fingerprint-failure" : "dtls-failure", ...sent, ...received });
  }

  #become(state: DtlsState, failure?: DtlsFailure): void {
    this.#state = state;
    this.#stateEvents.push(failure === undefined ? { type: "state", state } : { type: "state", state, failure });
  }

  #takeEarly(): readonly Uint8Array[] {
    const kept = this.#early?.take() ?? [];
    this.#early = undefined;
    return kept;
  }
}

/** Whether a datagram begins with a record that begins a ClientHello, of epoch 0 (RFC 6347 §4.1, §4.2.2; RFC 9147 §5.3). */
function isClientHello(datagram: Uint8Array): boolean {
  return mayBeHandshake(datagram) && readU16(datagram, 3) === 0 && datagram[13] === CLIENT_HELLO;
}

/** Whether a datagram has room for a record with a handshake message, and says that it is one (RFC 6347 §4.1, §4.2.2). */
function mayBeHandshake(datagram: Uint8Array): boolean {
  return datagram.length >= RECORD_AND_MESSAGE_HEADERS && datagram[0] === HANDSHAKE;
}

const RECORD_AND_MESSAGE_HEADERS = 25;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
/** How long after an answer that did not tell the end of an association is taken for the beginning of another. */
const MOVING_MS = 5000;

/** Datagrams of a connection that has ended: an alert, perhaps the rest of a flight. */
const MAX_LAST_WORDS = 8;

/**
 * RFC 5764 §4.1.2 and RFC 7714 §14.2: AEAD_AES_128_GCM, AEAD_AES_256_GCM, AES128_CM_HMAC_SHA1_80. Offered on every transport, as browsers do:
 * media may join it later (RFC 8843), and no new handshake is made then.
 * INTEROP: werift 0.25 refuses a transport without a profile, data alone or not.
 */
const SRTP_PROFILES: readonly number[] = [7, 8, 1];
