/**
 * The client's handshake of DTLS 1.2 (RFC 6347 §4.2.4, RFC 5246 §7.3), from the ServerHello on.
 *
 *   server: ServerHello, Certificate, ServerKeyExchange, [CertificateRequest], ServerHelloDone
 *   client: [Certificate], ClientKeyExchange, [CertificateVerify], ChangeCipherSpec, Finished
 *   server: [NewSessionTicket], ChangeCipherSpec, Finished
 */
import { concatBytes, Malformed, type NamedGroup, type SignatureScheme } from "@purertc/core";
import type { AlertName } from "../codec/alert.ts";
import { parseCertificate, writeCertificate } from "../codec/certificate.ts";
import { type CertificateRequest, ClientCertificateType, parseCertificateRequest } from "../codec/certificate-request.ts";
import { writeCertificateVerify } from "../codec/certificate-verify.ts";
import type { ClientHello } from "../codec/client-hello.ts";
import { writeClientKeyExchange } from "../codec/client-key-exchange.ts";
import { HandshakeType } from "../codec/handshake.ts";
import { parseNewSessionTicket } from "../codec/new-session-ticket.ts";
import { parseServerHello } from "../codec/server-hello.ts";
import { parseServerHelloDone } from "../codec/server-hello-done.ts";
import { parseServerKeyExchange, writeEcdheParameters } from "../codec/server-key-exchange.ts";
import { groupFromCode } from "../handshake/groups.ts";
import type { Handshake, HandshakeHost } from "../handshake/host.ts";
import { acceptCertificate, type PeerCertificate, signatureProblem } from "../handshake/peer-certificate.ts";
import type { HandshakeMessage } from "../handshake/reassembler.ts";
import { chooseScheme, SIGNATURE_SCHEME_CODES } from "../handshake/signature-schemes.ts";
import type { Transcript } from "../handshake/transcript.ts";
import { publicKeyKind } from "../spki.ts";
import { expectFinished, finishedProblem, negotiated, sendFinished } from "./finished.ts";
import { type Agreement, agreeAsClient } from "./hello-agreement.ts";
import type { ConnectionSecrets } from "./key-schedule.ts";
import { agreeOnSecrets } from "./secrets-agreement.ts";

/** What is known after each of the server's messages. */
interface AfterServerHello {
  readonly agreement: Agreement;
}
interface AfterCertificate extends AfterServerHello {
  readonly peer: PeerCertificate;
}
interface AfterKeyExchange extends AfterCertificate {
  readonly group: NamedGroup;
  readonly serverKey: Uint8Array;
}
interface AfterFlight extends AfterCertificate {
  readonly group: NamedGroup;
  readonly secrets: ConnectionSecrets;
}

type State =
  | { readonly name: "server-hello" /** As it was sent. */; readonly hello: ClientHello }
  | ({ readonly name: "certificate" } & AfterServerHello)
  | ({ readonly name: "server-key-exchange" } & AfterCertificate)
  | ({ readonly name: "certificate-request" } & AfterKeyExchange)
  | ({ readonly name: "server-hello-done"; readonly request: CertificateRequest } & AfterKeyExchange)
  | ({ readonly name: "signature"; readonly scheme: SignatureScheme } & AfterFlight)
  | ({ readonly name: "finished" } & AfterFlight)
  | { readonly name: "done" };

/** One method per expected message. */
export class Dtls12Client implements Handshake {
  readonly #host: HandshakeHost;
  readonly #transcript: Transcript;
  #state: State;

  /** `hello`: as it was sent; `transcript` holds it and nothing else. */
  constructor(host: HandshakeHost, hello: ClientHello, transcript: Transcript) {
    this.#host = host;
    this.#state = { name: "server-hello", hello };
    this.#transcript = transcript;
  }

  accepts(type: number, epoch: number): boolean {
    return (type === HandshakeType.finished) === epoch > 0;
  }

  handleMessage(message: HandshakeMessage): "handled" | "malformed" {
    const state = this.#state;
    // RFC 5246 §7.4.1.1: may come at any time, means nothing now and is not hashed.
    if (message.type === HandshakeType.helloRequest) return message.body.length === 0 ? "handled" : "malformed";
    switch (state.name) {
      case "server-hello":
        return this.#as(message, HandshakeType.serverHello, () => this.#handleServerHello(message, state.hello));
      case "certificate":
        return this.#as(message, HandshakeType.certificate, () => this.#handleCertificate(message, state));
      case "server-key-exchange":
        return this.#as(message, HandshakeType.serverKeyExchange, () => this.#handleServerKeyExchange(message, state));
      case "certificate-request":
        if (message.type === HandshakeType.serverHelloDone) return this.#handleServerHelloDone(message, state, undefined);
        return this.#as(message, HandshakeType.certificateRequest, () => this.#handleCertificateRequest(message, state));
      case "server-hello-done":
        return this.#as(message, HandshakeType.serverHelloDone, () => this.#handleServerHelloDone(message, state, state.request));
      case "finished":
        if (message.type === HandshakeType.newSessionTicket) return this.#handleNewSessionTicket(message);
        return this.#as(message, HandshakeType.finished, () => this.#handleFinished(message, state));
      default:
        return this.#refuse("unexpected_message");
    }
  }

  handleSignature(signature: Uint8Array): void {
    const state = this.#state;
    if (state.name !== "signature") return;
    const verify = writeCertificateVerify({ scheme: SIGNATURE_SCHEME_CODES[state.scheme], signature });
    this.#transcript.add(this.#host.addMessage(HandshakeType.certificateVerify, verify, this.#host.plaintext));
    this.#sendFinished(state);
  }

  /**
   * RFC 5246 §7.4.1.1 lets a client ignore HelloRequest. INTEROP: OpenSSL 3.0 as server closes the connection when it is answered with
   * no_renegotiation, but lives on when it is not answered.
   */
  handleLateFragment(): void {}

  #handleServerHello(message: HandshakeMessage, offered: ClientHello): "handled" | "malformed" {
    const hello = parseServerHello(message.body);
    if (hello instanceof Malformed) return "malformed";
    const agreement = agreeAsClient(this.#host.settings, offered, hello);
    if (agreement instanceof Malformed) return "malformed";
    if (typeof agreement === "string") return this.#refuse(agreement);
    this.#transcript.useHash(this.#host.settings.crypto, agreement.suite.hash);
    this.#transcript.add(message.bytes);
    this.#state = { name: "certificate", agreement };
    return "handled";
  }

  #handleCertificate(message: HandshakeMessage, state: AfterServerHello): "handled" | "malformed" {
    const certificate = parseCertificate(message.body);
    if (certificate instanceof Malformed) return "malformed";
    const peer = acceptCertificate(this.#host.settings, certificate.chain);
    if (typeof peer === "string") return this.#refuse(peer);
    // RFC 8422 §2: the suite names the kind of key.
    if (peer.kind !== state.agreement.suite.authentication) return this.#refuse("illegal_parameter");
    this.#transcript.add(message.bytes);
    this.#state = { ...state, name: "server-key-exchange", peer };
    return "handled";
  }

  #handleServerKeyExchange(message: HandshakeMessage, state: AfterCertificate): "handled" | "malformed" {
    const exchange = parseServerKeyExchange(message.body);
    if (exchange instanceof Malformed) return "malformed";
    const { crypto, groups, signatureSchemes } = this.#host.settings;
    const group = groupFromCode(exchange.group, groups);
    if (group === undefined) return this.#refuse("illegal_parameter"); // RFC 8422 §5.4
    const { clientRandom, serverRandom } = state.agreement;
    const signed = concatBytes(clientRandom, serverRandom, writeEcdheParameters(exchange));
    const problem = signatureProblem(crypto, signatureSchemes, state.peer, exchange.scheme, signed, exchange.signature);
    if (problem !== undefined) return this.#refuse(problem);
    this.#transcript.add(message.bytes);
    this.#state = { ...state, name: "certificate-request", group, serverKey: exchange.publicKey };
    return "handled";
  }

  #handleCertificateRequest(message: HandshakeMessage, state: AfterKeyExchange): "handled" | "malformed" {
    const request = parseCertificateRequest(message.body);
    if (request instanceof Malformed) return "malformed";
    this.#transcript.add(message.bytes);
    this.#state = { ...state, name: "server-hello-done", request };
    return "handled";
  }

  /** The server's flight is complete: ours follows. */
  #handleServerHelloDone(
    message: HandshakeMessage,
    state: AfterKeyExchange,
    request: CertificateRequest | undefined,
  ): "handled" | "malformed" {
    if (parseServerHelloDone(message.body) instanceof Malformed) return "malformed";
    const host = this.#host;
    const { certificate, crypto, random } = host.settings;
    const own = crypto.keyAgreement(state.group, random);
    const premaster = own.sharedSecret(state.serverKey);
    if (premaster === undefined) return this.#refuse("illegal_parameter"); // RFC 8422 §5.11
    this.#transcript.add(message.bytes);
    host.beginFlight();
    const scheme = request === undefined ? undefined : this.#schemeFor(request);
    if (request !== undefined) {
      // RFC 5246 §7.4.6: an empty chain when no certificate of ours will do; the server decides what that means.
      const chain = scheme === undefined ? [] : certificate.chain;
      this.#transcript.add(host.addMessage(HandshakeType.certificate, writeCertificate({ chain }), host.plaintext));
    }
    const exchange = writeClientKeyExchange({ publicKey: own.publicKey });
    this.#transcript.add(host.addMessage(HandshakeType.clientKeyExchange, exchange, host.plaintext));
    const secrets = agreeOnSecrets(host, state.agreement, premaster, this.#transcript);
    const next: AfterFlight = { agreement: state.agreement, peer: state.peer, group: state.group, secrets };
    if (scheme === undefined) this.#sendFinished(next);
    else {
      this.#state = { ...next, name: "signature", scheme };
      const signature = host.sign(scheme, this.#transcript.bytes());
      if (signature !== undefined) this.handleSignature(signature);
    }
    return "handled";
  }

  #sendFinished(state: AfterFlight): void {
    const { agreement, secrets } = state;
    sendFinished(this.#host, this.#transcript, agreement, secrets, "client", true);
    this.#state = { ...state, name: "finished" };
    expectFinished(this.#host, agreement, secrets, "server");
  }

  /** INTEROP: no server here sends a ticket that was not asked for, but one that did would be harmless (RFC 5077 §3.3). */
  #handleNewSessionTicket(message: HandshakeMessage): "handled" | "malformed" {
    if (parseNewSessionTicket(message.body) instanceof Malformed) return "malformed";
    this.#transcript.add(message.bytes);
    return "handled";
  }

  #handleFinished(message: HandshakeMessage, state: AfterFlight): "handled" | "malformed" {
    const problem = finishedProblem(message, this.#transcript, state.secrets, "server");
    if (problem !== undefined) return this.#refuse(problem);
    this.#host.beginFlight();
    this.#transcript.reset();
    this.#state = { name: "done" };
    this.#host.connected(negotiated(state.agreement, state.group, state.peer, state.secrets));
    return "handled";
  }

  /** RFC 5246 §7.4.4: what our key can sign that the server accepts. */
  #schemeFor(request: CertificateRequest): SignatureScheme | undefined {
    const { certificate, signatureSchemes } = this.#host.settings;
    const kind = publicKeyKind(certificate.signer.publicKey);
    const type = kind === "ecdsa" ? ClientCertificateType.ecdsaSign : ClientCertificateType.rsaSign;
    if (!request.certificateTypes.includes(type)) return undefined;
    return chooseScheme(signatureSchemes, certificate.signer.schemes, kind, request.signatureAlgorithms);
  }

  #as(message: HandshakeMessage, type: number, handle: () => "handled" | "malformed"): "handled" | "malformed" {
    return message.type === type ? handle() : this.#refuse("unexpected_message");
  }

  #refuse(alert: AlertName): "handled" {
    this.#host.fail(alert);
    return "handled";
  }
}
