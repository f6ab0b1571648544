/** The descriptions of a connection: the negotiation's state, and what this side knows of itself when one is created or checked. */
import type { Instant } from "@purertc/core";
import { certificateDigest, createCertificate, DEFAULT_KEY, formatFingerprint, type LocalCertificate } from "../certificate.ts";
import {
  addLocalCandidate,
  closeNegotiation,
  createAnswer,
  createOffer,
  JsepFailure,
  type LocalCandidate,
  type LocalSessionParameters,
  type LocalTransceiver,
  type NegotiationState,
  negotiationNeeded,
  newNegotiation,
  restartIce,
} from "../jsep/index.ts";
import { DEFAULT_MAX_MESSAGE_SIZE } from "../settings.ts";
import { supportedMedia } from "./media/capabilities.ts";
import type { PeerEngineOptions } from "./peer-engine-options.ts";

/** See the file's header. */
export class Descriptions {
  readonly #options: PeerEngineOptions;
  readonly #transceivers: () => readonly LocalTransceiver[];
  #certificate: LocalCertificate | undefined;
  #unchanging: Omit<LocalSessionParameters, "transceivers" | "dataChannels"> | undefined;
  #channelsWanted = false;
  /** Signaling state and the four descriptions. The engine replaces it with the `next` of what it applies. */
  state: NegotiationState;

  /** `transceivers` is asked with every call that creates or checks a description. */
  constructor(options: PeerEngineOptions, transceivers: () => readonly LocalTransceiver[]) {
    this.#options = options;
    this.#transceivers = transceivers;
    this.#certificate = options.certificate;
    this.state = newNegotiation(options.random);
  }

  /** Ours; made on the first call, valid from about `now`, unless it was given. */
  certificate(now: Instant): LocalCertificate {
    if (this.#certificate === undefined) {
      const { crypto, random, timeOrigin } = this.#options;
      const { signer } = crypto.generateKey(DEFAULT_KEY, random);
      this.#certificate = createCertificate({ random, signer, now: timeOrigin + (Number.isFinite(now) ? now : 0) });
    }
    return this.#certificate;
  }

  /** The first channel was opened: offers have a data section from now on. */
  wantChannels(): void {
    this.#channelsWanted = true;
  }

  /** What negotiation is to know of this side. */
  local(now: Instant): LocalSessionParameters {
    if (this.#unchanging === undefined) {
      const {
        crypto,
        random,
        bundlePolicy,
        maxMessageSize,
        otherCertificates = [],
        media,
        cryptex,
        headerExtensionEncryption,
      } = this.#options;
      this.#unchanging = {
        random,
        bundlePolicy: bundlePolicy ?? "balanced",
        fingerprints: [this.certificate(now), ...otherCertificates].map(({ der }) => ({
          hash: "sha-256",
          value: formatFingerprint(certificateDigest(crypto, "sha-256", der)),
        })),
        maxMessageSize: maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE,
        capabilities: media ?? supportedMedia,
        ...(cryptex !== undefined && { cryptex }),
        ...(headerExtensionEncryption !== undefined && { headerExtensionEncryption }),
      };
    }
    return { ...this.#unchanging, dataChannels: this.#channelsWanted, transceivers: this.#transceivers() };
  }

  /** RFC 9429 §4.1.8. */
  createOffer(now: Instant, options: { readonly iceRestart: boolean }): string | JsepFailure {
    return this.#created(createOffer(this.state, this.local(now), options));
  }

  /** RFC 9429 §4.1.9. */
  createAnswer(now: Instant): string | JsepFailure {
    return this.#created(createAnswer(this.state, this.local(now)));
  }

  /** https://w3c.github.io/webrtc-pc/#dfn-check-if-negotiation-is-needed */
  negotiationNeeded(now: Instant): boolean {
    return negotiationNeeded(this.state, this.local(now));
  }

  /** Puts a candidate of ours into the descriptions of its generation. */
  addLocalCandidate(candidate: LocalCandidate): void {
    this.state = addLocalCandidate(this.state, candidate);
  }

  /** The next offer restarts ICE. */
  restartIce(): void {
    this.state = restartIce(this.state);
  }

  /** Every later call fails. */
  close(): void {
    this.state = closeNegotiation(this.state);
  }

  #created(created: ReturnType<typeof createOffer>): string | JsepFailure {
    if (created instanceof JsepFailure) return created;
    this.state = created.next;
    return created.sdp;
  }
}
