/** One ClientHello, two versions: which one is it (RFC 6347 §4.2.1, RFC 8446 §4.2.1, §4.1.3; RFC 9147 §5.3). */
import { equalBytes, Malformed } from "@purertc/core";
import type { ClientHello } from "../codec/client-hello.ts";
import { ExtensionType, extensionData } from "../codec/extensions/extension.ts";
import { parseSelectedVersion, parseSupportedVersions } from "../codec/extensions/supported-versions.ts";
import { DTLS_1_2, DTLS_1_3 } from "../codec/protocol-version.ts";
import type { ServerHello } from "../codec/server-hello.ts";

/** What this implementation speaks, best first. */
export const SUPPORTED_VERSIONS: readonly number[] = [DTLS_1_2];

/**
 * A server's choice: the best of `supported` that the client offers; undefined when there is none. With supported_versions only the list
 * counts; without it the client speaks every version from 1.0 up to its `client_version`, numbers falling as versions rise.
 */
export function chooseVersion(hello: ClientHello, supported: readonly number[]): number | undefined | Malformed {
  const data = extensionData(hello.extensions, ExtensionType.supportedVersions);
  if (data === undefined) return supported.find((version) => version > DTLS_1_3 && version >= hello.version && hello.version >= 0xfe00);
  const offered = parseSupportedVersions(data);
  return offered instanceof Malformed ? offered : supported.find((version) => offered.includes(version));
}

/** The version a server selected (RFC 8446 §4.2.1: the extension counts when it is there). */
export function selectedVersion(hello: ServerHello): number | Malformed {
  const data = extensionData(hello.extensions, ExtensionType.supportedVersions);
  return data === undefined ? hello.version : parseSelectedVersion(data);
}

/**
 * RFC 8446 §4.1.3: whether the server's random says that it would have spoken a better version than `selected`, while `offered` held one:
 * somebody took it out of the ClientHello.
 */
export function downgradeDetected(serverRandom: Uint8Array, offered: readonly number[], selected: number): boolean {
  if (!offered.some((version) => version < selected)) return false;
  const end = serverRandom.subarray(24);
  return equalBytes(end, DOWNGRADE_TO_1_2) || equalBytes(end, DOWNGRADE_BELOW_1_2);
}

/** RFC 8446 §4.1.3: puts the sentinel into a server's random when `selected` is not the best of `supported`. */
export function markDowngrade(serverRandom: Uint8Array, supported: readonly number[], selected: number): void {
  if (!supported.some((version) => version < selected)) return;
  serverRandom.set(selected === DTLS_1_2 ? DOWNGRADE_TO_1_2 : DOWNGRADE_BELOW_1_2, 24);
}

/** "DOWNGRD" and 1. */
const DOWNGRADE_TO_1_2: Uint8Array = new Uint8Array([0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44, 0x01]);
/** "DOWNGRD" and 0. */
const DOWNGRADE_BELOW_1_2: Uint8Array = new Uint8Array([0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44, 0x00]);
