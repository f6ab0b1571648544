import { bytesFromHex, Malformed } from "@purertc/core";
import { expect, test } from "vitest";
import type { ClientHello } from "../codec/client-hello.ts";
import { ExtensionType } from "../codec/extensions/extension.ts";
import { DTLS_1_0, DTLS_1_2, DTLS_1_3 } from "../codec/protocol-version.ts";
import { chooseVersion, downgradeDetected, markDowngrade, selectedVersion } from "./version-choice.ts";

function hello(version: number, supportedVersions?: string): ClientHello {
  const data = supportedVersions === undefined ? undefined : bytesFromHex(supportedVersions);
  return {
    version,
    random: new Uint8Array(32),
    sessionId: new Uint8Array(0),
    cookie: new Uint8Array(0),
    cipherSuites: [],
    compressionMethods: new Uint8Array([0]),
    extensions: data === undefined ? undefined : [{ type: ExtensionType.supportedVersions, data }],
  };
}

test("RFC 6347 §4.2.1: without supported_versions the client's version is the best it speaks", () => {
  expect(chooseVersion(hello(DTLS_1_2), [DTLS_1_2])).toBe(DTLS_1_2);
  expect(chooseVersion(hello(DTLS_1_0), [DTLS_1_2])).toBeUndefined();
  expect(chooseVersion(hello(0xfef0), [DTLS_1_2])).toBe(DTLS_1_2); // a later one, numbers falling
  expect(chooseVersion(hello(0x0303), [DTLS_1_2])).toBeUndefined(); // TLS
  expect(chooseVersion(hello(DTLS_1_2), [DTLS_1_3, DTLS_1_2])).toBe(DTLS_1_2); // 1.3 is never negotiated without the extension
});

test("RFC 8446 §4.2.1: with supported_versions only the list counts, and the server's order", () => {
  expect(chooseVersion(hello(DTLS_1_2, "04fefcfefd"), [DTLS_1_2])).toBe(DTLS_1_2);
  expect(chooseVersion(hello(DTLS_1_2, "06fefdfefc0303"), [DTLS_1_3, DTLS_1_2])).toBe(DTLS_1_3);
  expect(chooseVersion(hello(DTLS_1_2, "02fefc"), [DTLS_1_2])).toBeUndefined();
  expect(chooseVersion(hello(DTLS_1_0, "02fefd"), [DTLS_1_2])).toBe(DTLS_1_2);
  expect(chooseVersion(hello(DTLS_1_2, "03fefdfe"), [DTLS_1_2])).toBeInstanceOf(Malformed);
});

test("RFC 8446 §4.2.1: what a server selected", () => {
  const serverHello = { version: DTLS_1_2, random: new Uint8Array(32), sessionId: new Uint8Array(0), cipherSuite: 0, compressionMethod: 0 };
  const extensions = [{ type: ExtensionType.supportedVersions, data: bytesFromHex("fefc") }];
  expect(selectedVersion({ ...serverHello, extensions: undefined })).toBe(DTLS_1_2);
  expect(selectedVersion({ ...serverHello, extensions })).toBe(DTLS_1_3);
});

test("RFC 8446 §4.1.3: the downgrade sentinel is written when 1.2 is second best, and seen by whoever offered 1.3", () => {
  const random = new Uint8Array(32);
  markDowngrade(random, [DTLS_1_2], DTLS_1_2);
  expect(random).toEqual(new Uint8Array(32));
  expect(downgradeDetected(random, [DTLS_1_3, DTLS_1_2], DTLS_1_2)).toBe(false);
  markDowngrade(random, [DTLS_1_3, DTLS_1_2], DTLS_1_2);
  expect(Buffer.from(random.subarray(24)).toString("latin1")).toBe("DOWNGRD\x01");
  expect(downgradeDetected(random, [DTLS_1_3, DTLS_1_2], DTLS_1_2)).toBe(true);
  expect(downgradeDetected(random, [DTLS_1_2], DTLS_1_2)).toBe(false);
  expect(downgradeDetected(random, [DTLS_1_3, DTLS_1_2], DTLS_1_3)).toBe(false);
});
