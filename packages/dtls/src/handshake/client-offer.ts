/** The ClientHello that a client's settings ask for (RFC 5246 §7.4.1.2). */
import { randomBytes } from "@purertc/core";
import type { ClientHello } from "../codec/client-hello.ts";
import { UNCOMPRESSED_POINT, writeEcPointFormats } from "../codec/extensions/ec-point-formats.ts";
import { writeExtendedMasterSecret } from "../codec/extensions/extended-master-secret.ts";
import { type Extension, ExtensionType } from "../codec/extensions/extension.ts";
import { writeRecordSizeLimit } from "../codec/extensions/record-size-limit.ts";
import { writeRenegotiationInfo } from "../codec/extensions/renegotiation-info.ts";
import { writeSignatureAlgorithms } from "../codec/extensions/signature-algorithms.ts";
import { writeSupportedGroups } from "../codec/extensions/supported-groups.ts";
import { writeUseSrtp } from "../codec/extensions/use-srtp.ts";
import { DTLS_1_2 } from "../codec/protocol-version.ts";
import { MAX_PLAINTEXT_LENGTH } from "../codec/record.ts";
import type { DtlsSettings } from "../options.ts";
import { GROUP_CODES } from "./groups.ts";
import { SIGNATURE_SCHEME_CODES } from "./signature-schemes.ts";

/** A first ClientHello: fresh random, no session, no cookie. */
export function clientOffer(settings: DtlsSettings): ClientHello {
  return {
    version: DTLS_1_2,
    random: randomBytes(settings.random, 32),
    sessionId: new Uint8Array(0),
    cookie: new Uint8Array(0),
    cipherSuites: settings.cipherSuites.map((suite) => suite.id),
    compressionMethods: new Uint8Array([0]),
    extensions: extensions(settings),
  };
}

function extensions(settings: DtlsSettings): readonly Extension[] {
  const list: Extension[] = [
    { type: ExtensionType.extendedMasterSecret, data: writeExtendedMasterSecret() },
    { type: ExtensionType.renegotiationInfo, data: writeRenegotiationInfo(new Uint8Array(0)) },
    { type: ExtensionType.supportedGroups, data: writeSupportedGroups(settings.groups.map((group) => GROUP_CODES[group])) },
    { type: ExtensionType.ecPointFormats, data: writeEcPointFormats(new Uint8Array([UNCOMPRESSED_POINT])) },
    {
      type: ExtensionType.signatureAlgorithms,
      data: writeSignatureAlgorithms(settings.signatureSchemes.map((scheme) => SIGNATURE_SCHEME_CODES[scheme])),
    },
  ];
  if (settings.announceRecordSize) {
    // RFC 8449 §4: no limit of ours, but it tells the peer that we take records of full length, and has it tell whether it does.
    list.push({ type: ExtensionType.recordSizeLimit, data: writeRecordSizeLimit(MAX_PLAINTEXT_LENGTH) });
  }
  if (settings.srtpProfiles.length > 0) {
    list.push({ type: ExtensionType.useSrtp, data: writeUseSrtp({ profiles: settings.srtpProfiles, mki: new Uint8Array(0) }) });
  }
  return list;
}
