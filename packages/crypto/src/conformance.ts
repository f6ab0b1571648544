/**
 * What every `CryptoProvider` must do, as one function that any outsider can run against a provider of their own: published vectors, the contract of
 * core's interfaces (lengths, in-place use, zeroed outputs, index rules), and hostile keys, points and signatures. Needs nothing of the host.
 */
import type { CryptoProvider } from "@purertc/core";
import { checkAeads } from "./conformance/aead.ts";
import { checkBlockCipher } from "./conformance/block-cipher.ts";
import { checkHashes } from "./conformance/hash.ts";
import { checkKeyAgreement } from "./conformance/key-agreement.ts";
import { Report } from "./conformance/report.ts";
import { checkSequenced } from "./conformance/sequenced.ts";
import { checkSigning } from "./conformance/signing.ts";
import { checkVerification } from "./conformance/verification.ts";

/**
 * Checks `provider` and returns what it did wrong, one sentence each; an empty list means that it conforms. Takes a second or two with a provider written
 * in JavaScript. Key pairs are expected to be drawn as documented in the README ("Same seed, same bytes").
 */
export function checkCryptoProvider(provider: CryptoProvider): readonly string[] {
  const report = new Report();
  report.section("name", () => report.holds("the provider has no name", provider.name.length > 0));
  checkBlockCipher(provider, report);
  checkAeads(provider, report);
  checkSequenced(provider, report);
  checkHashes(provider, report);
  checkKeyAgreement(provider, report);
  checkVerification(provider, report);
  checkSigning(provider, report);
  return report.failures;
}
