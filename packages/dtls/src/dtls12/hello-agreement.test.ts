import { nodeCrypto } from "@purertc/crypto/node";
import { seededRandom } from "@purertc/simulator";
import { expect, test } from "vitest";
import { P256, selfSigned } from "../../test/self-signed.ts";
import { type Extension, ExtensionType, extensionData } from "../codec/extensions/extension.ts";
import { writeRecordSizeLimit } from "../codec/extensions/record-size-limit.ts";
import { clientOffer } from "../handshake/client-offer.ts";
import { type DtlsSettings, settingsFrom } from "../options.ts";
import { agreeAsClient, agreeAsServer } from "./hello-agreement.ts";

function settings(role: "client" | "server", announceRecordSize = true): DtlsSettings {
  const random = seededRandom(role);
  return settingsFrom({
    role,
    crypto: nodeCrypto,
    random,
    certificate: selfSigned(P256, random),
    verifyPeer: () => true,
    announceRecordSize,
  });
}

/** The list with this limit in place of the one it has; undefined for none. */
function withLimit(list: readonly Extension[] | undefined, limit: number | undefined): readonly Extension[] {
  const others = (list ?? []).filter(({ type }) => type !== ExtensionType.recordSizeLimit);
  return limit === undefined ? others : [...others, { type: ExtensionType.recordSizeLimit, data: writeRecordSizeLimit(limit) }];
}

const OURS = Uint8Array.of(0x40, 0);

test.each([
  [undefined, undefined],
  [64, 64],
  [16_384, 16_384],
  [16_385, 16_384], // what TLS 1.3 implementations say
  [65_535, 16_384],
])("RFC 8449 §4: a peer that says %s takes %s; we say 16384, and answer only when asked", (said, taken) => {
  const offer = clientOffer(settings("client"));
  expect(extensionData(offer.extensions, ExtensionType.recordSizeLimit)).toEqual(OURS);
  const atServer = agreeAsServer(settings("server"), { ...offer, extensions: withLimit(offer.extensions, said) });
  if (typeof atServer === "string" || !("serverHello" in atServer)) throw new Error("no agreement");
  expect(atServer.recordSizeLimit).toBe(taken);
  const answered = extensionData(atServer.serverHello.extensions, ExtensionType.recordSizeLimit);
  expect(answered).toEqual(said === undefined ? undefined : OURS);
  const extensions = withLimit(atServer.serverHello.extensions, said);
  expect(agreeAsClient(settings("client"), offer, { ...atServer.serverHello, extensions })).toMatchObject({ recordSizeLimit: taken });
});

test("RFC 8449 §4: who is told to say nothing about record sizes does not", () => {
  const silent = clientOffer(settings("client", false));
  expect(extensionData(silent.extensions, ExtensionType.recordSizeLimit)).toBeUndefined();
  const agreed = agreeAsServer(settings("server", false), clientOffer(settings("client")));
  if (typeof agreed === "string" || !("serverHello" in agreed)) throw new Error("no agreement");
  expect(extensionData(agreed.serverHello.extensions, ExtensionType.recordSizeLimit)).toBeUndefined();
  expect(agreed.recordSizeLimit).toBe(16_384);
});
