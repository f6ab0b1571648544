/** Every tunable, its default and its reason. */
import {
  type CryptoProvider,
  InvalidArgumentError,
  type NamedGroup,
  type Observer,
  type RandomSource,
  type SignatureScheme,
  type Signer,
} from "@purertc/core";
import { CIPHER_SUITES, type CipherSuite, type CipherSuiteName } from "./handshake/cipher-suites.ts";
import { DEFAULT_GROUPS, GROUP_CODES } from "./handshake/groups.ts";
import { DEFAULT_SIGNATURE_SCHEMES, SIGNATURE_SCHEME_CODES } from "./handshake/signature-schemes.ts";

/** A private key that somebody else holds: the event `signature-needed` asks for signatures, `provideSignature` gives them. */
export interface DeferredSigner {
  /** DER SubjectPublicKeyInfo of the public half. */
  readonly publicKey: Uint8Array;
  /** What the key can sign with, best first. */
  readonly schemes: readonly SignatureScheme[];
}

/** Who we are. */
export interface DtlsCertificate {
  /** DER certificates, our own first; at least one. */
  readonly chain: readonly Uint8Array[];
  /** The private key of the first one. */
  readonly signer: Signer | DeferredSigner;
}

/** What a {@link DtlsConnection} is told at construction. Times are in milliseconds, sizes in bytes. */
export interface DtlsOptions {
  /** RFC 8842 §5.3: the `a=setup:active` side is the client. */
  readonly role: "client" | "server";
  readonly crypto: CryptoProvider;
  readonly random: RandomSource;
  readonly certificate: DtlsCertificate;
  /**
   * Called once, synchronously, with the peer's DER chain before anything else of it is believed; false sends bad_certificate and closes.
   * It must not throw nor call the connection. The arrays are lent for the call.
   */
  readonly verifyPeer: (chain: readonly Uint8Array[]) => boolean;
  /** Largest datagram, 256 to 65507. Default 1200: passes any path that WebRTC is used on, IPv6 and tunnels included. */
  readonly mtu?: number;
  /** RFC 5764 §4.1.2 profile numbers in order of preference. Default none: use_srtp is then neither offered nor answered. */
  readonly srtpProfiles?: readonly number[];
  /** RFC 8449: tells the peer that we take records of 2^14 bytes, which we do anyway, so that it may use such. Default true. */
  readonly announceRecordSize?: boolean;
  /** Server: asks a client for a cookie first (RFC 6347 §4.2.1). Default false: in WebRTC, ICE has proved the address. */
  readonly cookieExchange?: boolean;
  /** In order of preference; the server's order decides. Default: all, AES-128-GCM first. */
  readonly cipherSuites?: readonly CipherSuiteName[];
  /** In order of preference. Default: x25519, secp256r1, secp384r1. */
  readonly groups?: readonly NamedGroup[];
  /** Which signatures of the peer we accept, in order of preference. Default: everything with SHA-256 or better. */
  readonly signatureSchemes?: readonly SignatureScheme[];
  /**
   * RFC 7627 §5: `"required"` (default) refuses a peer without extended_master_secret, as exported keys would not be bound to the handshake.
   * Every WebRTC implementation of the last ten years has it. `"preferred"` uses it when the peer has it.
   */
  readonly extendedMasterSecret?: "required" | "preferred";
  /**
   * First value of the retransmission timer. Default 50, as browsers have.
   * DEVIATION from RFC 6347 §4.2.4.1 (1 s): because ICE has measured the path to be alive, a lost flight should not cost the user a second, and
   * the price on a slow path is a few repeated kilobytes.
   */
  readonly initialRetransmissionMs?: number;
  /**
   * Where the timer stops doubling. Default 1600.
   * DEVIATION from RFC 6347 §4.2.4.1 (60 s): because so long at most an outage goes on after its end, and because at 50 % loss a flight of many
   * datagrams needs many attempts before the handshake times out.
   */
  readonly maxRetransmissionMs?: number;
  /** From the first ClientHello to giving up. Default 60000; `Infinity` for never. */
  readonly handshakeTimeoutMs?: number;
  /** How long the handshake goes on after an unauthenticated fatal alert without a sign of life from the peer. Default 4000. */
  readonly alertGraceMs?: number;
  /** The longest handshake message taken from a peer. Default 65536, room for any certificate chain in use. */
  readonly maxHandshakeMessageLength?: number;
  /** How far behind the newest a record may come, in records; a power of two from 64 to 65536. Default 1024, for bulk transfer over jittery paths. */
  readonly replayWindow?: number;
  readonly observer?: Observer;
}

/** The options with every default filled in. */
export interface DtlsSettings extends Required<Omit<DtlsOptions, "cipherSuites" | "observer">> {
  readonly cipherSuites: readonly CipherSuite[];
  readonly observer: Observer | undefined;
}

/** The options that are a matter of taste: all but who we are and what we are made of. */
export type DtlsTunables = Omit<DtlsOptions, "role" | "crypto" | "random" | "certificate" | "verifyPeer">;

/** Throws `InvalidArgumentError` for what is out of range, as the constructor of `DtlsConnection` does: to learn of it before there is one. */
export function checkDtlsTunables(options: DtlsTunables): void {
  tunablesFrom(options);
}

/** Fills in defaults. Throws `InvalidArgumentError` for what is out of range. */
export function settingsFrom(options: DtlsOptions): DtlsSettings {
  const { role, crypto, random, certificate, verifyPeer } = options;
  check(role === "client" || role === "server", "DTLS_ROLE", 'role is "client" or "server"');
  check(certificate.chain.length > 0, "DTLS_CERTIFICATE", "certificate.chain has at least one certificate");
  return { role, crypto, random, certificate, verifyPeer, ...tunablesFrom(options) };
}

function tunablesFrom(options: DtlsTunables): Omit<DtlsSettings, "role" | "crypto" | "random" | "certificate" | "verifyPeer"> {
  const settings = {
    mtu: options.mtu ?? 1200,
    srtpProfiles: options.srtpProfiles ?? [],
    announceRecordSize: options.announceRecordSize ?? true,
    cookieExchange: options.cookieExchange ?? false,
    cipherSuites: options.cipherSuites?.map(suiteNamed) ?? CIPHER_SUITES,
    groups: options.groups ?? DEFAULT_GROUPS,
    signatureSchemes: options.signatureSchemes ?? DEFAULT_SIGNATURE_SCHEMES,
    extendedMasterSecret: options.extendedMasterSecret ?? "required",
    initialRetransmissionMs: options.initialRetransmissionMs ?? 50,
    maxRetransmissionMs: options.maxRetransmissionMs ?? 1600,
    handshakeTimeoutMs: options.handshakeTimeoutMs ?? 60_000,
    alertGraceMs: options.alertGraceMs ?? 4000,
    maxHandshakeMessageLength: options.maxHandshakeMessageLength ?? 0x1_0000,
    replayWindow: options.replayWindow ?? 1024,
    observer: options.observer,
  };
  check(Number.isInteger(settings.mtu) && settings.mtu >= 256 && settings.mtu <= 65_507, "DTLS_MTU", "mtu is from 256 to 65507");
  check(settings.cipherSuites.length > 0, "DTLS_CIPHER_SUITES", "cipherSuites has at least one suite");
  check(settings.groups.length > 0 && settings.groups.every((g) => g in GROUP_CODES), "DTLS_GROUPS", "groups has supported groups only");
  const { signatureSchemes } = settings;
  check(
    signatureSchemes.length > 0 && signatureSchemes.every((scheme) => scheme in SIGNATURE_SCHEME_CODES),
    "DTLS_SIGNATURE_SCHEMES",
    "signatureSchemes has supported schemes only",
  );
  const profilesFit = settings.srtpProfiles.every((profile) => Number.isInteger(profile) && profile >= 0 && profile <= 0xffff);
  check(profilesFit && settings.srtpProfiles.length < 0x7fff, "DTLS_SRTP_PROFILES", "srtpProfiles are 16-bit numbers");
  check(settings.initialRetransmissionMs >= 1, "DTLS_TIMER", "initialRetransmissionMs is at least 1");
  check(
    settings.maxRetransmissionMs >= settings.initialRetransmissionMs,
    "DTLS_TIMER",
    "maxRetransmissionMs is not below the initial value",
  );
  check(settings.handshakeTimeoutMs > 0 && settings.alertGraceMs > 0, "DTLS_TIMER", "timeouts are positive");
  const { maxHandshakeMessageLength: longest } = settings;
  check(
    Number.isInteger(longest) && longest >= 1024 && longest <= 0xff_ffff,
    "DTLS_MESSAGE_LENGTH",
    "maxHandshakeMessageLength is from 1024 to 2^24 - 1",
  );
  const { replayWindow: window } = settings;
  check(
    Number.isInteger(window) && window >= 64 && window <= 0x1_0000 && (window & (window - 1)) === 0,
    "DTLS_REPLAY_WINDOW",
    "replayWindow is a power of two from 64 to 65536",
  );
  return settings;
}

function suiteNamed(name: CipherSuiteName): CipherSuite {
  const suite = CIPHER_SUITES.find((candidate) => candidate.name === name);
  if (suite === undefined) throw new InvalidArgumentError(`${name} is not a supported cipher suite`, { code: "DTLS_CIPHER_SUITES" });
  return suite;
}

function check(right: boolean, code: string, message: string): void {
  if (!right) throw new InvalidArgumentError(message, { code });
}
