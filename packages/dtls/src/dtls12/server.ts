/**
 * The server's handshake of DTLS 1.2 (RFC 6347 §4.2.4, RFC 5246 §7.3), from the ClientHello on. The client always has to show a certificate.
 *
 *   client: ClientHello
 *   server: ServerHello, Certificate, ServerKeyExchange, CertificateRequest, ServerHelloDone
 *   client: Certificate, ClientKeyExchange, CertificateVerify, ChangeCipherSpec, Finished
 *   server: ChangeCipherSpec, Finished
 */
import { concatBytes, type KeyAgreement, Malformed } from "@purertc/core";
import type { AlertName } from "../codec/alert.ts";
import { parseCertificate, writeCertificate } from "../codec/certificate.ts";
import { ClientCertificateType, writeCertificateRequest } from "../codec/certificate-request.ts";
import { parseCertificateVerify } from "../codec/certificate-verify.ts";
import { parseClientHello } from "../codec/client-hello.ts";
import { parseClientKeyExchange } from "../codec/client-key-exchange.ts";
import { type HandshakeFragment, HandshakeType } from "../codec/handshake.ts";
import { writeServerHello } from "../codec/server-hello.ts";
import { writeServerHelloDone } from "../codec/server-hello-done.ts";
import { type EcdheParameters, writeEcdheParameters, writeServerKeyExchange } from "../codec/server-key-exchange.ts";
import { GROUP_CODES } from "../handshake/groups.ts";
import type { Handshake, HandshakeHost } from "../handshake/host.ts";
import { acceptCertificate, type PeerCertificate, signatureProblem } from "../handshake/peer-certificate.ts";
import type { HandshakeMessage } from "../handshake/reassembler.ts";
import { SIGNATURE_SCHEME_CODES } from "../handshake/signature-schemes.ts";
import { Transcript } from "../handshake/transcript.ts";
import { expectFinished, finishedProblem, negotiated, sendFinished } from "./finished.ts";
import { agreeAsServer, type ServerAgreement } from "./hello-agreement.ts";
import type { ConnectionSecrets } from "./key-schedule.ts";
import { RenegotiationRefusal } from "./renegotiation-refusal.ts";
import { agreeOnSecrets } from "./secrets-agreement.ts";

/** What is known after each step. */
interface AfterClientHello {
  readonly agreement: ServerAgreement;
  readonly key: KeyAgreement;
}
interface AfterCertificate extends AfterClientHello {
  readonly peer: PeerCertificate;
}
interface AfterKeyExchange extends AfterCertificate {
  readonly secrets: ConnectionSecrets;
}

type State =
  | { readonly name: "client-hello" }
  | ({ readonly name: "signature"; readonly parameters: EcdheParameters } & AfterClientHello)
  | ({ readonly name: "certificate" } & AfterClientHello)
  | ({ readonly name: "client-key-exchange" } & AfterCertificate)
  | ({ readonly name: "certificate-verify" } & AfterKeyExchange)
  | ({ readonly name: "finished" } & AfterKeyExchange)
  | { readonly name: "done"; readonly finishedSeq: number };

/** One method per expected message. */
export class Dtls12Server implements Handshake {
  readonly #host: HandshakeHost;
  readonly #transcript: Transcript = new Transcript();
  readonly #renegotiation: RenegotiationRefusal;
  #state: State = { name: "client-hello" };

  constructor(host: HandshakeHost) {
    this.#host = host;
    this.#renegotiation = new RenegotiationRefusal(host);
  }

  accepts(type: number, epoch: number): boolean {
    return (type === HandshakeType.finished) === epoch > 0;
  }

  handleMessage(message: HandshakeMessage): "handled" | "malformed" {
    const state = this.#state;
    switch (state.name) {
      case "client-hello":
        return this.#as(message, HandshakeType.clientHello, () => this.#handleClientHello(message));
      case "certificate":
        return this.#as(message, HandshakeType.certificate, () => this.#handleCertificate(message, state));
      case "client-key-exchange":
        return this.#as(message, HandshakeType.clientKeyExchange, () => this.#handleClientKeyExchange(message, state));
      case "certificate-verify":
        return this.#as(message, HandshakeType.certificateVerify, () => this.#handleCertificateVerify(message, state));
      case "finished":
        return this.#as(message, HandshakeType.finished, () => this.#handleFinished(message, state));
      default:
        return this.#refuse("unexpected_message");
    }
  }

  handleSignature(signature: Uint8Array): void {
    const state = this.#state;
    if (state.name !== "signature") return;
    const exchange = writeServerKeyExchange({
      ...state.parameters,
      scheme: SIGNATURE_SCHEME_CODES[state.agreement.scheme],
      signature,
    });
    this.#add(HandshakeType.serverKeyExchange, exchange);
    const request = writeCertificateRequest({
      certificateTypes: new Uint8Array([ClientCertificateType.ecdsaSign, ClientCertificateType.rsaSign]),
      signatureAlgorithms: this.#host.settings.signatureSchemes.map((scheme) => SIGNATURE_SCHEME_CODES[scheme]),
      authorities: [],
    });
    this.#add(HandshakeType.certificateRequest, request);
    this.#add(HandshakeType.serverHelloDone, writeServerHelloDone());
    this.#host.sendFlight(true);
    this.#state = { ...state, name: "certificate" };
  }

  handleLateFragment(fragment: HandshakeFragment): void {
    const state = this.#state;
    // RFC 6347 §4.2.4: the client repeats its Finished because ours was lost.
    const repeated = state.name === "done" && fragment.messageSeq === state.finishedSeq;
    if (repeated && fragment.type === HandshakeType.finished) this.#host.answerRepeat();
    else if (fragment.type === HandshakeType.clientHello) this.#renegotiation.refuse();
  }

  #handleClientHello(message: HandshakeMessage): "handled" | "malformed" {
    const hello = parseClientHello(message.body);
    if (hello instanceof Malformed) return "malformed";
    const host = this.#host;
    const { certificate, crypto, random } = host.settings;
    const agreement = agreeAsServer(host.settings, hello);
    if (agreement instanceof Malformed) return "malformed";
    if (typeof agreement === "string") return this.#refuse(agreement);
    const key = crypto.keyAgreement(agreement.group, random);
    host.beginFlight();
    this.#transcript.useHash(crypto, agreement.suite.hash);
    this.#transcript.add(message.bytes);
    this.#add(HandshakeType.serverHello, writeServerHello(agreement.serverHello));
    this.#add(HandshakeType.certificate, writeCertificate({ chain: certificate.chain }));
    const parameters: EcdheParameters = { group: GROUP_CODES[agreement.group], publicKey: key.publicKey };
    this.#state = { name: "signature", agreement, key, parameters };
    const { clientRandom, serverRandom } = agreement;
    const signature = host.sign(agreement.scheme, concatBytes(clientRandom, serverRandom, writeEcdheParameters(parameters)));
    if (signature !== undefined) this.handleSignature(signature);
    return "handled";
  }

  #handleCertificate(message: HandshakeMessage, state: AfterClientHello): "handled" | "malformed" {
    const certificate = parseCertificate(message.body);
    if (certificate instanceof Malformed) return "malformed";
    if (certificate.chain.length === 0) return this.#refuse("handshake_failure"); // RFC 5246 §7.4.6
    const peer = acceptCertificate(this.#host.settings, certificate.chain);
    if (typeof peer === "string") return this.#refuse(peer);
    this.#transcript.add(message.bytes);
    this.#state = { ...state, name: "client-key-exchange", peer };
    return "handled";
  }

  #handleClientKeyExchange(message: HandshakeMessage, state: AfterCertificate): "handled" | "malformed" {
    const exchange = parseClientKeyExchange(message.body);
    if (exchange instanceof Malformed) return "malformed";
    const premaster = state.key.sharedSecret(exchange.publicKey);
    if (premaster === undefined) return this.#refuse("illegal_parameter"); // RFC 8422 §5.11
    this.#transcript.add(message.bytes);
    const secrets = agreeOnSecrets(this.#host, state.agreement, premaster, this.#transcript);
    this.#state = { ...state, name: "certificate-verify", secrets };
    return "handled";
  }

  #handleCertificateVerify(message: HandshakeMessage, state: AfterKeyExchange): "handled" | "malformed" {
    const verify = parseCertificateVerify(message.body);
    if (verify instanceof Malformed) return "malformed";
    const { crypto, signatureSchemes } = this.#host.settings;
    const signed = this.#transcript.bytes();
    const problem = signatureProblem(crypto, signatureSchemes, state.peer, verify.scheme, signed, verify.signature);
    if (problem !== undefined) return this.#refuse(problem);
    this.#transcript.add(message.bytes);
    this.#state = { ...state, name: "finished" };
    expectFinished(this.#host, state.agreement, state.secrets, "client");
    return "handled";
  }

  #handleFinished(message: HandshakeMessage, state: AfterKeyExchange): "handled" | "malformed" {
    const { agreement, peer, secrets } = state;
    const problem = finishedProblem(message, this.#transcript, secrets, "client");
    if (problem !== undefined) return this.#refuse(problem);
    this.#transcript.add(message.bytes);
    this.#host.beginFlight();
    // RFC 6347 §4.2.4: nothing answers the last flight, so it has no timer.
    sendFinished(this.#host, this.#transcript, agreement, secrets, "server", false);
    this.#transcript.reset();
    this.#state = { name: "done", finishedSeq: message.messageSeq };
    this.#host.connected(negotiated(agreement, agreement.group, peer, secrets));
    return "handled";
  }

  #add(type: number, body: Uint8Array): void {
    this.#transcript.add(this.#host.addMessage(type, body, this.#host.plaintext));
  }

  #as(message: HandshakeMessage, type: number, handle: () => "handled" | "malformed"): "handled" | "malformed" {
    return message.type === type ? handle() : this.#refuse("unexpected_message");
  }

  #refuse(alert: AlertName): "handled" {
    this.#host.fail(alert);
    return "handled";
  }
}
