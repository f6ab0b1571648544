/** The step both sides take after ClientKeyExchange: premaster secret to master secret to keys, and the key log. */
import { hexFromBytes } from "@purertc/core";
import type { HandshakeHost } from "../handshake/host.ts";
import type { Transcript } from "../handshake/transcript.ts";
import type { Agreement } from "./hello-agreement.ts";
import { ConnectionSecrets, extendedMasterSecret, masterSecret } from "./key-schedule.ts";

/** `transcript` ends with ClientKeyExchange (RFC 7627 §3). The premaster secret is erased. */
export function agreeOnSecrets(
  host: HandshakeHost,
  agreement: Agreement,
  premaster: Uint8Array,
  transcript: Transcript,
): ConnectionSecrets {
  const { crypto } = host.settings;
  const { suite } = agreement;
  const master = agreement.extendedMasterSecret
    ? extendedMasterSecret(crypto, suite, premaster, transcript.digest())
    : masterSecret(crypto, suite, premaster, agreement);
  premaster.fill(0);
  host.keyLog(`CLIENT_RANDOM ${hexFromBytes(agreement.clientRandom)} ${hexFromBytes(master)}`);
  const secrets = new ConnectionSecrets(crypto, suite, master, agreement);
  master.fill(0);
  return secrets;
}
