/** The two sides of a handshake: the machine that knows the messages, and the connection that owns records, timers and events. */
import type { NamedGroup, SignatureScheme } from "@purertc/core";
import type { AlertName } from "../codec/alert.ts";
import type { HandshakeFragment } from "../codec/handshake.ts";
import type { DtlsSettings } from "../options.ts";
import type { PlaintextSealer } from "../record/plaintext-sealer.ts";
import type { RecordOpener, RecordSealer } from "../record/record-protection.ts";
import type { HandshakeMessage } from "./reassembler.ts";

/** What the peers agreed on. */
export interface Negotiated {
  readonly version: "1.2" | "1.3";
  /** IANA name. */
  readonly cipherSuite: string;
  readonly group: NamedGroup;
  /** RFC 5764 §4.1.2; undefined when use_srtp was not negotiated. */
  readonly srtpProfile: number | undefined;
  /** RFC 8449: the longest plaintext the peer says it takes; undefined when it does not say. */
  readonly recordSizeLimit: number | undefined;
  /** DER, the peer's own first. */
  readonly peerCertificates: readonly Uint8Array[];
  /** RFC 5705, RFC 8446 §7.5. */
  readonly exportKeyingMaterial: (label: string, context: Uint8Array | undefined, length: number) => Uint8Array;
}

/** A handshake machine: one of a version and role, or the start before the version is known. */
export interface Handshake {
  /** Whether a message of this type may come in a record of this epoch. What may not is dropped unread. */
  accepts(type: number, epoch: number): boolean;
  /**
   * The next message in message_seq order. `"malformed"` when the body is no such message and anyone may have written it: it is then forgotten,
   * and the peer's own takes its place. Everything else counts as handled, also when it made the machine call `fail`.
   */
  handleMessage(message: HandshakeMessage): "handled" | "malformed";
  /** The signature that `host.sign` could not give at once. */
  handleSignature(signature: Uint8Array): void;
  /** An authenticated fragment that came after the handshake. */
  handleLateFragment(fragment: HandshakeFragment): void;
}

/** What a handshake machine asks of its connection. */
export interface HandshakeHost {
  readonly settings: DtlsSettings;
  /** Epoch 0. */
  readonly plaintext: PlaintextSealer;
  /** Starts the next flight: the peer's is complete. */
  beginFlight(): void;
  /** Adds a handshake message to the flight and returns it whole, for the transcript. */
  addMessage(type: number, body: Uint8Array, sealer: RecordSealer): Uint8Array;
  /** Adds a record that is no handshake message. */
  addContent(contentType: number, bytes: Uint8Array, sealer: RecordSealer): void;
  /** Sends the flight, repeating it until the next begins when `repeat`, else only when the peer repeats its own. */
  sendFlight(repeat: boolean): void;
  /** The peer has shown that it did not get our last flight. */
  answerRepeat(): void;
  /** A signature by our key, or undefined: `handleSignature` follows. */
  sign(scheme: SignatureScheme, message: Uint8Array): Uint8Array | undefined;
  /** From now on data and alerts go out under this epoch. */
  useSealer(sealer: RecordSealer): void;
  /** These keys open the peer's next epoch, as soon as its ChangeCipherSpec is there. */
  expectCipherChange(opener: RecordOpener): void;
  /** Another machine goes on from here. */
  continueWith(next: Handshake): void;
  /** One line of the key log, when somebody listens. */
  keyLog(line: string): void;
  /** The handshake is complete and the peer authenticated. */
  connected(result: Negotiated): void;
  /** Sends a warning alert. */
  warn(alert: AlertName): void;
  /** Sends a fatal alert and closes. */
  fail(alert: AlertName): void;
}
