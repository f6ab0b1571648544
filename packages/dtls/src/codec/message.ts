/** A handshake message's body by its type: the one place that knows which parser reads which type of DTLS 1.2. */
import { Malformed } from "@purertc/core";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { type CertificateRequest, parseCertificateRequest } from "./certificate-request.ts";
import { type CertificateVerify, parseCertificateVerify } from "./certificate-verify.ts";
import { type ClientHello, parseClientHello } from "./client-hello.ts";
import { type ClientKeyExchange, parseClientKeyExchange } from "./client-key-exchange.ts";
import { type Finished, parseFinished } from "./finished.ts";
import { HandshakeType } from "./handshake.ts";
import { type HelloRequest, parseHelloRequest } from "./hello-request.ts";
import { type HelloVerifyRequest, parseHelloVerifyRequest } from "./hello-verify-request.ts";
import { type NewSessionTicket, parseNewSessionTicket } from "./new-session-ticket.ts";
import { parseServerHello, type ServerHello } from "./server-hello.ts";
import { parseServerHelloDone, type ServerHelloDone } from "./server-hello-done.ts";
import { parseServerKeyExchange, type ServerKeyExchange } from "./server-key-exchange.ts";

/** A parsed handshake message of DTLS 1.2. */
export type HandshakeBody =
  | { readonly name: "hello-request"; readonly value: HelloRequest }
  | { readonly name: "client-hello"; readonly value: ClientHello }
  | { readonly name: "server-hello"; readonly value: ServerHello }
  | { readonly name: "hello-verify-request"; readonly value: HelloVerifyRequest }
  | { readonly name: "new-session-ticket"; readonly value: NewSessionTicket }
  | { readonly name: "certificate"; readonly value: Certificate }
  | { readonly name: "server-key-exchange"; readonly value: ServerKeyExchange }
  | { readonly name: "certificate-request"; readonly value: CertificateRequest }
  | { readonly name: "server-hello-done"; readonly value: ServerHelloDone }
  | { readonly name: "certificate-verify"; readonly value: CertificateVerify }
  | { readonly name: "client-key-exchange"; readonly value: ClientKeyExchange }
  | { readonly name: "finished"; readonly value: Finished };

/** Reads a body of the given {@link HandshakeType}; `"unknown-type"` for one that DTLS 1.2 does not have. */
export function parseHandshakeBody(type: number, body: Uint8Array): HandshakeBody | Malformed {
  switch (type) {
    case HandshakeType.helloRequest:
      return named("hello-request", parseHelloRequest(body));
    case HandshakeType.clientHello:
      return named("client-hello", parseClientHello(body));
    case HandshakeType.serverHello:
      return named("server-hello", parseServerHello(body));
    case HandshakeType.helloVerifyRequest:
      return named("hello-verify-request", parseHelloVerifyRequest(body));
    case HandshakeType.newSessionTicket:
      return named("new-session-ticket", parseNewSessionTicket(body));
    case HandshakeType.certificate:
      return named("certificate", parseCertificate(body));
    case HandshakeType.serverKeyExchange:
      return named("server-key-exchange", parseServerKeyExchange(body));
    case HandshakeType.certificateRequest:
      return named("certificate-request", parseCertificateRequest(body));
    case HandshakeType.serverHelloDone:
      return named("server-hello-done", parseServerHelloDone(body));
    case HandshakeType.certificateVerify:
      return named("certificate-verify", parseCertificateVerify(body));
    case HandshakeType.clientKeyExchange:
      return named("client-key-exchange", parseClientKeyExchange(body));
    case HandshakeType.finished:
      return named("finished", parseFinished(body));
    default:
      return new Malformed("unknown-type", 0);
  }
}

function named<Name extends string, Value>(name: Name, value: Value | Malformed): { name: Name; value: Value } | Malformed {
  return value instanceof Malformed ? value : { name, value };
}
