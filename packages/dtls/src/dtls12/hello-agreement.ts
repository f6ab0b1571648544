/** What a ClientHello and a ServerHello of DTLS 1.2 settle between them (RFC 5246 §7.4.1, RFC 8422 §5, RFC 5746, RFC 7627, RFC 5764). */
import { Malformed, type NamedGroup, randomBytes, type SignatureScheme } from "@purertc/core";
import type { AlertName } from "../codec/alert.ts";
import type { ClientHello } from "../codec/client-hello.ts";
import { parseEcPointFormats, UNCOMPRESSED_POINT, writeEcPointFormats } from "../codec/extensions/ec-point-formats.ts";
import { parseExtendedMasterSecret, writeExtendedMasterSecret } from "../codec/extensions/extended-master-secret.ts";
import { type Extension, ExtensionType, extensionData } from "../codec/extensions/extension.ts";
import { parseRecordSizeLimit, writeRecordSizeLimit } from "../codec/extensions/record-size-limit.ts";
import { EMPTY_RENEGOTIATION_INFO_SCSV, parseRenegotiationInfo, writeRenegotiationInfo } from "../codec/extensions/renegotiation-info.ts";
import { parseSignatureAlgorithms } from "../codec/extensions/signature-algorithms.ts";
import { parseSupportedGroups } from "../codec/extensions/supported-groups.ts";
import { parseUseSrtp, writeUseSrtp } from "../codec/extensions/use-srtp.ts";
import { DTLS_1_2 } from "../codec/protocol-version.ts";
import { MAX_PLAINTEXT_LENGTH } from "../codec/record.ts";
import type { ServerHello } from "../codec/server-hello.ts";
import type { CipherSuite } from "../handshake/cipher-suites.ts";
import { groupFromCode } from "../handshake/groups.ts";
import { chooseScheme, IMPLIED_SIGNATURE_SCHEMES } from "../handshake/signature-schemes.ts";
import { markDowngrade, SUPPORTED_VERSIONS } from "../handshake/version-choice.ts";
import type { DtlsSettings } from "../options.ts";
import { publicKeyKind } from "../spki.ts";

/** What both sides know after the hellos. */
export interface Agreement {
  readonly suite: CipherSuite;
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  readonly extendedMasterSecret: boolean;
  readonly srtpProfile: number | undefined;
  /** RFC 8449: the longest plaintext the peer says it takes; undefined when it does not say. */
  readonly recordSizeLimit: number | undefined;
}

/** A server's choices, with what it needs for its own flight. */
export interface ServerAgreement extends Agreement {
  readonly group: NamedGroup;
  /** For ServerKeyExchange. */
  readonly scheme: SignatureScheme;
  readonly serverHello: ServerHello;
}

/** The extensions of a hello that matter here, read. */
interface HelloExtensions {
  readonly groups: readonly number[] | undefined;
  readonly signatureAlgorithms: readonly number[] | undefined;
  readonly pointFormats: Uint8Array | undefined;
  readonly useSrtp: { readonly profiles: readonly number[]; readonly mki: Uint8Array } | undefined;
  readonly extendedMasterSecret: true | undefined;
  readonly renegotiationInfo: Uint8Array | undefined;
  readonly recordSizeLimit: number | undefined | Malformed;
}

/** The server's side: its ServerHello, the alert to send when there is no agreement, or why the ClientHello is malformed. */
export function agreeAsServer(settings: DtlsSettings, hello: ClientHello): ServerAgreement | AlertName | Malformed {
  const offer = readHelloExtensions(hello.extensions);
  if (offer instanceof Malformed) return offer;
  if (!hello.compressionMethods.includes(0)) return "illegal_parameter"; // RFC 5246 §7.4.1.2
  const problem = extensionProblem(settings, offer);
  if (problem !== undefined) return problem;
  // RFC 8422 §4: a client without supported_groups leaves the choice to us.
  const group = settings.groups.find((ours) => offer.groups === undefined || groupFromOffer(offer.groups, ours));
  const { signer } = settings.certificate;
  const kind = publicKeyKind(signer.publicKey);
  const accepted = offer.signatureAlgorithms ?? IMPLIED_SIGNATURE_SCHEMES;
  const scheme = chooseScheme(settings.signatureSchemes, signer.schemes, kind, accepted);
  const suite = settings.cipherSuites.find(({ id, authentication }) => authentication === kind && hello.cipherSuites.includes(id));
  if (group === undefined || scheme === undefined || suite === undefined) return "handshake_failure";
  const srtpProfile = settings.srtpProfiles.find((profile) => offer.useSrtp?.profiles.includes(profile));
  const serverRandom = randomBytes(settings.random, 32);
  markDowngrade(serverRandom, SUPPORTED_VERSIONS, DTLS_1_2);
  const serverHello: ServerHello = {
    version: DTLS_1_2,
    random: serverRandom,
    sessionId: new Uint8Array(0), // not resumable
    cipherSuite: suite.id,
    compressionMethod: 0,
    extensions: answerExtensions(settings, hello, offer, srtpProfile),
  };
  const extendedMasterSecret = offer.extendedMasterSecret === true;
  const recordSizeLimit = peerLimit(offer);
  return {
    suite,
    clientRandom: hello.random,
    serverRandom,
    extendedMasterSecret,
    srtpProfile,
    recordSizeLimit,
    group,
    scheme,
    serverHello,
  };
}

/** The client's side: the agreement, the alert to send when the answer does not fit the offer, or why the ServerHello is malformed. */
export function agreeAsClient(settings: DtlsSettings, offer: ClientHello, hello: ServerHello): Agreement | AlertName | Malformed {
  const suite = settings.cipherSuites.find((candidate) => candidate.id === hello.cipherSuite);
  if (suite === undefined || hello.compressionMethod !== 0) return "illegal_parameter"; // RFC 5246 §7.4.1.3
  for (const { type } of hello.extensions ?? []) {
    if (extensionData(offer.extensions, type) === undefined) return "unsupported_extension"; // RFC 5246 §7.4.1.4
  }
  const answer = readHelloExtensions(hello.extensions);
  if (answer instanceof Malformed) return answer;
  const problem = extensionProblem(settings, answer);
  if (problem !== undefined) return problem;
  let srtpProfile: number | undefined;
  if (answer.useSrtp !== undefined) {
    // RFC 5764 §4.1.1, §4.1.3: one profile of those offered, and the offered MKI (none) or none.
    const [profile, ...others] = answer.useSrtp.profiles;
    const chosen = profile !== undefined && others.length === 0 && settings.srtpProfiles.includes(profile);
    if (!chosen || answer.useSrtp.mki.length > 0) return "illegal_parameter";
    srtpProfile = profile;
  }
  return {
    suite,
    clientRandom: offer.random,
    serverRandom: hello.random,
    extendedMasterSecret: answer.extendedMasterSecret === true,
    srtpProfile,
    recordSizeLimit: peerLimit(answer),
  };
}

/** What is wrong with a hello of either side. */
function extensionProblem(settings: DtlsSettings, extensions: HelloExtensions): AlertName | undefined {
  // RFC 5746 §3.4, §3.6: nothing was negotiated before.
  if (extensions.renegotiationInfo !== undefined && extensions.renegotiationInfo.length > 0) return "handshake_failure";
  // RFC 8449 §4: below 64.
  if (extensions.recordSizeLimit instanceof Malformed) return "illegal_parameter";
  // RFC 7627 §5.2, §5.3.
  if (settings.extendedMasterSecret === "required" && extensions.extendedMasterSecret === undefined) return "handshake_failure";
  // RFC 8422 §5.1.2, §5.2.
  return extensions.pointFormats?.includes(UNCOMPRESSED_POINT) === false ? "illegal_parameter" : undefined;
}

function answerExtensions(
  settings: DtlsSettings,
  hello: ClientHello,
  offer: HelloExtensions,
  srtpProfile: number | undefined,
): readonly Extension[] {
  const list: Extension[] = [];
  if (offer.extendedMasterSecret !== undefined) list.push({ type: ExtensionType.extendedMasterSecret, data: writeExtendedMasterSecret() });
  if (offer.renegotiationInfo !== undefined || hello.cipherSuites.includes(EMPTY_RENEGOTIATION_INFO_SCSV)) {
    list.push({ type: ExtensionType.renegotiationInfo, data: writeRenegotiationInfo(new Uint8Array(0)) });
  }
  if (offer.pointFormats !== undefined) {
    list.push({ type: ExtensionType.ecPointFormats, data: writeEcPointFormats(new Uint8Array([UNCOMPRESSED_POINT])) });
  }
  if (offer.recordSizeLimit !== undefined && settings.announceRecordSize) {
    list.push({ type: ExtensionType.recordSizeLimit, data: writeRecordSizeLimit(MAX_PLAINTEXT_LENGTH) });
  }
  if (srtpProfile !== undefined) {
    // RFC 5764 §4.1.3: a server that does not want the client's MKI answers with an empty one.
    list.push({ type: ExtensionType.useSrtp, data: writeUseSrtp({ profiles: [srtpProfile], mki: new Uint8Array(0) }) });
  }
  return list;
}

/** RFC 8449 §4: a limit above the protocol's own is no error and means the protocol's. */
function peerLimit({ recordSizeLimit }: HelloExtensions): number | undefined {
  return typeof recordSizeLimit === "number" ? Math.min(recordSizeLimit, MAX_PLAINTEXT_LENGTH) : undefined;
}

function groupFromOffer(codes: readonly number[], ours: NamedGroup): boolean {
  return codes.some((code) => groupFromCode(code, [ours]) !== undefined);
}

function readHelloExtensions(list: readonly Extension[] | undefined): HelloExtensions | Malformed {
  const groups = read(list, ExtensionType.supportedGroups, parseSupportedGroups);
  if (groups instanceof Malformed) return groups;
  const signatureAlgorithms = read(list, ExtensionType.signatureAlgorithms, parseSignatureAlgorithms);
  if (signatureAlgorithms instanceof Malformed) return signatureAlgorithms;
  const pointFormats = read(list, ExtensionType.ecPointFormats, parseEcPointFormats);
  if (pointFormats instanceof Malformed) return pointFormats;
  const useSrtp = read(list, ExtensionType.useSrtp, parseUseSrtp);
  if (useSrtp instanceof Malformed) return useSrtp;
  const extendedMasterSecret = read(list, ExtensionType.extendedMasterSecret, parseExtendedMasterSecret);
  if (extendedMasterSecret instanceof Malformed) return extendedMasterSecret;
  const renegotiationInfo = read(list, ExtensionType.renegotiationInfo, parseRenegotiationInfo);
  if (renegotiationInfo instanceof Malformed) return renegotiationInfo;
  const recordSizeLimit = read(list, ExtensionType.recordSizeLimit, parseRecordSizeLimit);
  if (recordSizeLimit instanceof Malformed && recordSizeLimit.reason === "bad-length") return recordSizeLimit;
  return { groups, signatureAlgorithms, pointFormats, useSrtp, extendedMasterSecret, renegotiationInfo, recordSizeLimit };
}

function read<T>(
  list: readonly Extension[] | undefined,
  type: number,
  parse: (data: Uint8Array) => T | Malformed,
): T | undefined | Malformed {
  const data = extensionData(list, type);
  return data === undefined ? undefined : parse(data);
}
