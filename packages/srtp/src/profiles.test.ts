import { expect, test } from "vitest";
import { srtpProfile, srtpProfileOfDtlsId, srtpProfileOfSdesSuite } from "./profiles.ts";

test("RFC 5764 §4.1.2, RFC 7714 §14.2: the ids of DTLS's use_srtp", () => {
  const names = [1, 2, 5, 6, 7, 8].map((id) => srtpProfileOfDtlsId(id)?.name);
  expect(names).toEqual([
    "SRTP_AES128_CM_HMAC_SHA1_80",
    "SRTP_AES128_CM_HMAC_SHA1_32",
    "SRTP_NULL_HMAC_SHA1_80",
    "SRTP_NULL_HMAC_SHA1_32",
    "SRTP_AEAD_AES_128_GCM",
    "SRTP_AEAD_AES_256_GCM",
  ]);
  for (const id of [0, 3, 4, 9, 0xffff]) expect(srtpProfileOfDtlsId(id)).toBeUndefined();
});

test("RFC 4568 §6.2, RFC 6188 §6, RFC 7714 §14.1: SDES suites name the same profiles, in any case", () => {
  expect(srtpProfileOfSdesSuite("aes_cm_128_hmac_sha1_32")).toBe(srtpProfile("SRTP_AES128_CM_HMAC_SHA1_32"));
  expect(srtpProfile("AEAD_AES_256_GCM")).toBe(srtpProfile("SRTP_AEAD_AES_256_GCM"));
  expect(srtpProfile("AES_256_CM_HMAC_SHA1_80")).toMatchObject({ keyLength: 32, saltLength: 14 });
  expect(srtpProfileOfSdesSuite("AES_CM_256_HMAC_SHA1_32")?.name).toBe("SRTP_AES256_CM_HMAC_SHA1_32"); // as before RFC 6188
  expect(srtpProfileOfSdesSuite("F8_128_HMAC_SHA1_80")).toBeUndefined();
});

test("RFC 5764 §4.1.2: the short tag is for SRTP only, SRTCP always has 80 bits", () => {
  expect(srtpProfile("SRTP_AES128_CM_HMAC_SHA1_32")).toMatchObject({ srtpAuthTagLength: 4, srtcpAuthTagLength: 10 });
});
