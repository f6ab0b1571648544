import { equalBytes, Malformed } from "@purertc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AlertDescription, alertName, parseAlert, writeAlert } from "./alert.ts";
import { parseCertificate, writeCertificate } from "./certificate.ts";
import { parseCertificateRequest, writeCertificateRequest } from "./certificate-request.ts";
import { parseCertificateVerify, writeCertificateVerify } from "./certificate-verify.ts";
import { parseChangeCipherSpec, writeChangeCipherSpec } from "./change-cipher-spec.ts";
import { parseClientHello, writeClientHello } from "./client-hello.ts";
import { parseClientKeyExchange, writeClientKeyExchange } from "./client-key-exchange.ts";
import type { Extension } from "./extensions/extension.ts";
import { parseFinished, writeFinished } from "./finished.ts";
import { HandshakeType } from "./handshake.ts";
import { parseHelloRequest, writeHelloRequest } from "./hello-request.ts";
import { parseHelloVerifyRequest, writeHelloVerifyRequest } from "./hello-verify-request.ts";
import { parseHandshakeBody } from "./message.ts";
import { parseNewSessionTicket, writeNewSessionTicket } from "./new-session-ticket.ts";
import { parseServerHello, writeServerHello } from "./server-hello.ts";
import { parseServerHelloDone, writeServerHelloDone } from "./server-hello-done.ts";
import { parseServerKeyExchange, writeServerKeyExchange } from "./server-key-exchange.ts";

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
const numbers = fc.array(u16, { minLength: 1, maxLength: 20 });
const extensions: fc.Arbitrary<readonly Extension[] | undefined> = fc.option(
  fc.uniqueArray(fc.record({ type: u16, data: bytes(0, 40) }), { selector: ({ type }) => type, maxLength: 6 }),
  { nil: undefined },
);
const random = bytes(32, 32);

interface Codec<T> {
  readonly value: fc.Arbitrary<T>;
  readonly parse: (body: Uint8Array) => T | Malformed;
  readonly write: (value: T) => Uint8Array;
}

function codec<T>(value: fc.Arbitrary<T>, parse: Codec<T>["parse"], write: Codec<T>["write"]): () => void {
  return () => {
    fc.assert(fc.property(value, (each) => void expect(parse(write(each))).toEqual(each)));
    // Every cut is malformed, or reads as what it says.
    fc.assert(
      fc.property(value, fc.nat(), (each, cut) => {
        const whole = write(each);
        const part = whole.subarray(0, cut % (whole.length + 1));
        const read = parse(part);
        if (!(read instanceof Malformed)) expect(equalBytes(write(read), part)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(bytes(0, 100), (noise) => {
        const read = parse(noise);
        if (!(read instanceof Malformed)) expect(equalBytes(write(read), noise)).toBe(true);
      }),
    );
  };
}

describe("parse and write are inverse, and any bytes are a message or malformed", () => {
  const clientHello = fc.record({
    version: u16,
    random,
    sessionId: bytes(0, 32),
    cookie: bytes(0, 255),
    cipherSuites: numbers,
    compressionMethods: bytes(1, 3),
    extensions,
  });
  test("RFC 6347 §4.2.1: ClientHello", codec(clientHello, parseClientHello, writeClientHello));
  const serverHello = fc.record({ version: u16, random, sessionId: bytes(0, 32), cipherSuite: u16, compressionMethod: u8, extensions });
  test("RFC 5246 §7.4.1.3: ServerHello", codec(serverHello, parseServerHello, writeServerHello));
  const helloVerifyRequest = fc.record({ version: u16, cookie: bytes(0, 255) });
  test("RFC 6347 §4.2.1: HelloVerifyRequest", codec(helloVerifyRequest, parseHelloVerifyRequest, writeHelloVerifyRequest));
  const certificate = fc.record({ chain: fc.array(bytes(1, 50), { maxLength: 3 }) });
  test("RFC 5246 §7.4.2: Certificate", codec(certificate, parseCertificate, writeCertificate));
  const signature = bytes(0, 80);
  const serverKeyExchange = fc.record({ group: u16, publicKey: bytes(1, 97), scheme: u16, signature });
  test("RFC 8422 §5.4: ServerKeyExchange", codec(serverKeyExchange, parseServerKeyExchange, writeServerKeyExchange));
  const certificateRequest = fc.record({
    certificateTypes: bytes(1, 4),
    signatureAlgorithms: numbers,
    authorities: fc.array(bytes(1, 30), { maxLength: 3 }),
  });
  test("RFC 5246 §7.4.4: CertificateRequest", codec(certificateRequest, parseCertificateRequest, writeCertificateRequest));
  const certificateVerify = fc.record({ scheme: u16, signature });
  test("RFC 5246 §7.4.8: CertificateVerify", codec(certificateVerify, parseCertificateVerify, writeCertificateVerify));
  const clientKeyExchange = fc.record({ publicKey: bytes(1, 97) });
  test("RFC 8422 §5.7: ClientKeyExchange", codec(clientKeyExchange, parseClientKeyExchange, writeClientKeyExchange));
  const ticket = fc.record({ lifetimeHintSeconds: fc.nat(), ticket: bytes(0, 60) });
  test("RFC 5077 §3.3: NewSessionTicket", codec(ticket, parseNewSessionTicket, writeNewSessionTicket));
  test("RFC 5246 §7.4.9: Finished", codec(fc.record({ verifyData: bytes(12, 12) }), parseFinished, writeFinished));
  test("RFC 5246 §7.4.1.1: HelloRequest", codec(fc.constant({}), parseHelloRequest, writeHelloRequest));
  test("RFC 5246 §7.4.5: ServerHelloDone", codec(fc.constant({}), parseServerHelloDone, writeServerHelloDone));
  test("RFC 5246 §7.2: Alert", codec(fc.record({ level: u8, description: u8 }), parseAlert, writeAlert));
  test("RFC 5246 §7.1: ChangeCipherSpec", codec(fc.constant({ type: 1 as const }), parseChangeCipherSpec, writeChangeCipherSpec));
});

test("RFC 5246 §7.4.1.4: two extensions of one type are malformed", () => {
  const extension = { type: 10, data: new Uint8Array(2) };
  const hello = {
    version: 0xfefd,
    random: new Uint8Array(32),
    sessionId: new Uint8Array(0),
    cipherSuite: 0xc02b,
    compressionMethod: 0,
    extensions: [extension, extension],
  };
  expect(parseServerHello(writeServerHello(hello))).toMatchObject({ reason: "duplicate-extension" });
  expect(parseServerHello(writeServerHello({ ...hello, extensions: [{ ...extension, length: 9 }] }))).toMatchObject({
    reason: "truncated",
  });
});

test("RFC 8422 §5.4: an explicit curve is malformed", () => {
  expect(parseServerKeyExchange(new Uint8Array([1, 0, 23, 1, 0, 4, 3, 0, 0]))).toEqual(new Malformed("curve-type", 0));
});

test("RFC 5246 §7.2: names of alerts", () => {
  expect(alertName(AlertDescription.bad_certificate)).toBe("bad_certificate");
  expect(alertName(255)).toBe("unknown_255");
});

test("RFC 5246 §7.4: a body is read by its type", () => {
  expect(parseHandshakeBody(HandshakeType.serverHelloDone, new Uint8Array(0))).toEqual({ name: "server-hello-done", value: {} });
  expect(parseHandshakeBody(HandshakeType.finished, new Uint8Array(3))).toEqual(new Malformed("bad-length", 0));
  expect(parseHandshakeBody(99, new Uint8Array(0))).toEqual(new Malformed("unknown-type", 0));
  for (const type of Object.values(HandshakeType)) {
    fc.assert(
      fc.property(bytes(0, 60), (body) => void parseHandshakeBody(type, body)),
      { numRuns: 20 },
    );
  }
});
