/** The end of the handshake, alike on both sides (RFC 5246 §7.1, §7.4.9; RFC 6347 §4.1): ChangeCipherSpec, Finished, and what was agreed. */
import { constantTimeEqual, Malformed, type NamedGroup } from "@purertc/core";
import type { AlertName } from "../codec/alert.ts";
import { writeChangeCipherSpec } from "../codec/change-cipher-spec.ts";
import { parseFinished, writeFinished } from "../codec/finished.ts";
import { HandshakeType } from "../codec/handshake.ts";
import { ContentType } from "../codec/record.ts";
import type { HandshakeHost, Negotiated } from "../handshake/host.ts";
import type { PeerCertificate } from "../handshake/peer-certificate.ts";
import type { HandshakeMessage } from "../handshake/reassembler.ts";
import type { Transcript } from "../handshake/transcript.ts";
import type { Agreement } from "./hello-agreement.ts";
import type { ConnectionSecrets } from "./key-schedule.ts";
import { Dtls12Opener, Dtls12Sealer } from "./record-protection.ts";

type Side = "client" | "server";

/** Ends our flight with ChangeCipherSpec and Finished, and sends it; `repeat`: the peer answers it. From here on we send under the new keys. */
export function sendFinished(
  host: HandshakeHost,
  transcript: Transcript,
  { suite }: Agreement,
  secrets: ConnectionSecrets,
  ours: Side,
  repeat: boolean,
): void {
  const sealer = new Dtls12Sealer(host.settings.crypto, suite, secrets[ours], PROTECTED_EPOCH);
  host.addContent(ContentType.changeCipherSpec, writeChangeCipherSpec(), host.plaintext);
  const verifyData = secrets.verifyData(ours, transcript.digest());
  transcript.add(host.addMessage(HandshakeType.finished, writeFinished({ verifyData }), sealer));
  host.sendFlight(repeat);
  host.useSealer(sealer);
}

/** The peer's Finished is next, under its new keys. */
export function expectFinished(host: HandshakeHost, { suite }: Agreement, secrets: ConnectionSecrets, peer: Side): void {
  const { crypto, replayWindow } = host.settings;
  host.expectCipherChange(new Dtls12Opener(crypto, suite, secrets[peer], PROTECTED_EPOCH, replayWindow));
}

/** Why the peer's Finished is refused; undefined when it is right. `transcript` ends before it. */
export function finishedProblem(
  message: HandshakeMessage,
  transcript: Transcript,
  secrets: ConnectionSecrets,
  peer: Side,
): AlertName | undefined {
  const finished = parseFinished(message.body);
  if (finished instanceof Malformed) return "decode_error";
  return constantTimeEqual(finished.verifyData, secrets.verifyData(peer, transcript.digest())) ? undefined : "decrypt_error"; // RFC 5246 §7.4.9
}

/** What the connection is told. */
export function negotiated(agreement: Agreement, group: NamedGroup, peer: PeerCertificate, secrets: ConnectionSecrets): Negotiated {
  return {
    version: "1.2",
    cipherSuite: agreement.suite.name,
    group,
    srtpProfile: agreement.srtpProfile,
    recordSizeLimit: agreement.recordSizeLimit,
    peerCertificates: peer.chain,
    exportKeyingMaterial: (label, context, length) => secrets.export(label, context, length),
  };
}

/** RFC 6347 §4.1: one cipher change, one epoch. */
const PROTECTED_EPOCH = 1;
