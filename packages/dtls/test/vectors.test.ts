/** Recorded handshakes of browsers: every record opened, every signature and Finished checked, every message written back. */
import { readFileSync } from "node:fs";
import { bytesFromHex, concatBytes, equalBytes } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import { subjectPublicKeyInfo } from "@purertc/dtls";
import {
  ContentType,
  DTLS_1_2,
  ExtensionType,
  extensionData,
  HandshakeType,
  parseCertificate,
  parseCertificateRequest,
  parseCertificateVerify,
  parseClientHello,
  parseClientKeyExchange,
  parseFinished,
  parseHandshakeBody,
  parseServerHello,
  parseServerKeyExchange,
  parseSupportedVersions,
  parseUseSrtp,
  type ServerKeyExchange,
  writeCertificate,
  writeCertificateRequest,
  writeCertificateVerify,
  writeClientHello,
  writeClientKeyExchange,
  writeEcdheParameters,
  writeServerHello,
  writeServerKeyExchange,
} from "@purertc/dtls/codec";
import { readPcap } from "@purertc/simulator";
import { describe, expect, test } from "vitest";
import { ConnectionSecrets } from "../src/dtls12/key-schedule.ts";
import { Dtls12Opener } from "../src/dtls12/record-protection.ts";
import { CIPHER_SUITES } from "../src/handshake/cipher-suites.ts";
import { type HandshakeMessage, Reassembler } from "../src/handshake/reassembler.ts";
import { fragments, helloDatagram, parsed, records, transmits } from "./forged.ts";
import { server } from "./two-ends.ts";

const VECTORS = new URL("../../../test-vectors/", import.meta.url);

/** The datagrams of a capture that begin with a DTLS record of the plain form (RFC 7983 §7; 32 to 63 is the form of DTLS 1.3). */
function dtlsDatagrams(path: string): readonly { readonly timestampMs: number; readonly payload: Uint8Array }[] {
  return readPcap(readFileSync(new URL(path, VECTORS))).filter(
    ({ payload }) => payload.length > 0 && payload[0]! >= 20 && payload[0]! < 32,
  );
}

/** All messages of one side, in order, whatever came twice. */
class Side {
  readonly messages: HandshakeMessage[] = [];
  readonly #reassembler = new Reassembler({ maxMessageLength: 65_536, maxTotalLength: 131_072, window: 10 });

  add(plaintext: Uint8Array, epoch: number, sequenceNumber: number): void {
    const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
    const fragment = {
      type: plaintext[0]!,
      length: view.getUint32(0) & 0xff_ffff,
      messageSeq: view.getUint16(4),
      fragmentOffset: view.getUint32(5) & 0xff_ffff,
      fragment: plaintext.subarray(12),
    };
    this.#reassembler.add(fragment, epoch, sequenceNumber);
    for (let message = this.#reassembler.next(); message !== undefined; message = this.#reassembler.next()) {
      this.messages.push(message);
      this.#reassembler.accept();
    }
  }

  body(type: number): Uint8Array {
    return this.messages.find((message) => message.type === type)!.body;
  }
}

/** Types that only one side sends; the rest follow their datagram. */
const CLIENT_TYPES: readonly number[] = [HandshakeType.clientHello, HandshakeType.clientKeyExchange, HandshakeType.certificateVerify];

const CAPTURES = [
  ["pcap", "dtls12-chromium-firefox-data"],
  ["dtls", "dtls12-firefox-chromium-data"],
] as const;

describe.each(CAPTURES)("capture %s/%s", (folder, name) => {
  const datagrams = dtlsDatagrams(`${folder}/${name}.pcap`).map(({ payload }) => payload);
  const master = bytesFromHex(
    readFileSync(new URL(`dtls/${name}.keys`, VECTORS), "utf8")
      .trim()
      .split(" ")[2]!,
  );
  const client = new Side();
  const server = new Side();
  for (const datagram of datagrams) {
    const plain = fragments(datagram);
    const isClient = plain.some((fragment) => CLIENT_TYPES.includes(fragment[0]!));
    for (const fragment of plain) (isClient ? client : server).add(fragment, 0, 0);
  }
  const clientHello = parsed(parseClientHello(client.body(HandshakeType.clientHello)));
  const serverHello = parsed(parseServerHello(server.body(HandshakeType.serverHello)));
  const randoms = { clientRandom: clientHello.random, serverRandom: serverHello.random };
  const suite = CIPHER_SUITES.find(({ id }) => id === serverHello.cipherSuite)!;
  const secrets = new ConnectionSecrets(nodeCrypto, suite, master, randoms);
  const before = concatBytes(
    ...[...client.messages.slice(0, 1), ...server.messages, ...client.messages.slice(1)].map(({ bytes }) => bytes),
  );

  test("RFC 6347 §4.1.2, RFC 5288 §3: every protected record opens, once, and both Finished are right", () => {
    const openers = [secrets.client, secrets.server].map((keys) => new Dtls12Opener(nodeCrypto, suite, keys, 1, 1024));
    const finished: Uint8Array[] = [];
    let count = 0;
    for (const datagram of datagrams) {
      let at = 0;
      for (const { type, epoch, fragment } of records(datagram)) {
        const length = 13 + fragment.length;
        if (epoch === 1) {
          const out = new Uint8Array(length);
          const opened = openers.map((opener) => [opener, opener.open(datagram, at, length, out, 0)] as const);
          const [opener, plaintextLength] = opened.find(([, result]) => typeof result === "number")!;
          expect(opener.open(datagram, at, length, out, 0)).toBe("replayed");
          if (type === ContentType.handshake) finished.push(out.slice(0, Number(plaintextLength)));
          count += 1;
        }
        at += length;
      }
    }
    expect(count).toBeGreaterThan(20);
    const hash = (bytes: Uint8Array) => {
      const running = nodeCrypto.hash(suite.hash);
      running.update(bytes);
      return running.digest();
    };
    expect(finished.map((message) => message.subarray(12))).toEqual([
      secrets.verifyData("client", hash(before)),
      secrets.verifyData("server", hash(concatBytes(before, finished[0]!))),
    ]);
    expect(parsed(parseFinished(finished[0]!.subarray(12))).verifyData).toHaveLength(12);
  });

  test("RFC 5246 §7.4.3, §7.4.8: the signatures verify under the certificates' keys", () => {
    const exchange = parsed<ServerKeyExchange>(parseServerKeyExchange(server.body(HandshakeType.serverKeyExchange)) as ServerKeyExchange);
    const key = (side: Side) => parsed(subjectPublicKeyInfo(parsed(parseCertificate(side.body(HandshakeType.certificate))).chain[0]!));
    const signed = concatBytes(randoms.clientRandom, randoms.serverRandom, writeEcdheParameters(exchange));
    expect(nodeCrypto.verify("ecdsa_secp256r1_sha256", key(server), signed, exchange.signature)).toBe(true);
    const verify = parsed(parseCertificateVerify(client.body(HandshakeType.certificateVerify)));
    const upTo = before.subarray(0, before.length - client.messages.at(-1)!.bytes.length);
    expect(nodeCrypto.verify("ecdsa_secp256r1_sha256", key(client), upTo, verify.signature)).toBe(true);
  });

  test("RFC 5246 §7.4: every message is written back as it was", () => {
    const same = <T>(
      side: Side,
      type: number,
      parse: (body: Uint8Array) => T,
      write: (value: Exclude<T, { reason: string }>) => Uint8Array,
    ) => {
      const body = side.body(type);
      expect(write(parse(body) as Exclude<T, { reason: string }>)).toEqual(Uint8Array.from(body));
    };
    same(client, HandshakeType.clientHello, parseClientHello, writeClientHello);
    same(server, HandshakeType.serverHello, parseServerHello, writeServerHello);
    same(server, HandshakeType.certificate, parseCertificate, writeCertificate);
    same(server, HandshakeType.serverKeyExchange, parseServerKeyExchange, writeServerKeyExchange);
    same(server, HandshakeType.certificateRequest, parseCertificateRequest, writeCertificateRequest);
    same(client, HandshakeType.clientKeyExchange, parseClientKeyExchange, writeClientKeyExchange);
    same(client, HandshakeType.certificateVerify, parseCertificateVerify, writeCertificateVerify);
    for (const { type, body } of [...client.messages, ...server.messages]) parsed(parseHandshakeBody(type, body));
  });
});

/** Datagrams of a client that offers DTLS 1.3 first, in order. */
const CHROMIUM = dtlsDatagrams("dtls/retransmit-chromium-chromium.pcap");
const HELLOS = CHROMIUM.filter(({ payload }) => fragments(payload).some((fragment) => fragment[0] === HandshakeType.clientHello));
const FIRST = HELLOS.slice(0, 2).map(({ payload }) => payload);

/** The ServerHello in what a server of ours answers; undefined when there is none. */
function answerTo(...datagrams: readonly Uint8Array[]): ReturnType<typeof parseServerHello> | undefined {
  const end = server(1, { srtpProfiles: [7, 1] });
  end.start(0);
  for (const datagram of datagrams) end.handleDatagram(0, datagram);
  const hello = transmits(end)
    .flatMap((datagram) => fragments(datagram))
    .find((fragment) => fragment[0] === HandshakeType.serverHello);
  return hello === undefined ? undefined : parseServerHello(hello.subarray(12));
}

describe("the ClientHello of Chromium 156, in two datagrams of 1200 and 263 bytes", () => {
  test("RFC 6347 §4.2.3: in order, the other way round, with repeats, and only when it is whole", () => {
    expect(FIRST.map(({ length }) => length)).toEqual([1200, 263]);
    const [first, second] = [FIRST[0]!, FIRST[1]!];
    for (const order of [
      [first, second],
      [second, first],
      [first, first, second],
      [second, second, first, first],
    ]) {
      expect(parsed(answerTo(...order)!).version).toBe(DTLS_1_2);
    }
    expect(answerTo(first, first)).toBeUndefined();
    expect(answerTo(second)).toBeUndefined();
  });

  test("RFC 6347 §4.2.3: halves of different repeats fit together", () => {
    const repeats = HELLOS.map(({ payload }) => payload);
    expect(repeats.length).toBeGreaterThan(14);
    expect(answerTo(repeats[4]!, repeats[9]!)).toBeDefined();
  });

  test("RFC 8446 §4.2.1: it offers 1.3 and 1.2, and gets 1.2 with an answer for each extension that needs one", () => {
    const side = new Side();
    for (const datagram of FIRST) for (const fragment of fragments(datagram)) side.add(fragment, 0, 0);
    const hello = parsed(parseClientHello(side.body(HandshakeType.clientHello)));
    expect(parsed(parseSupportedVersions(extensionData(hello.extensions, ExtensionType.supportedVersions)!))).toEqual([0xfefc, 0xfefd]);
    expect(hello.cipherSuites.slice(0, 4)).toEqual([0x1301, 0x1302, 0x1303, 0xc02b]);
    expect(writeClientHello(hello)).toEqual(Uint8Array.from(side.body(HandshakeType.clientHello)));
    const answer = parsed(answerTo(...FIRST)!);
    expect(answer.cipherSuite).toBe(0xc02b);
    const { extendedMasterSecret, renegotiationInfo, ecPointFormats, useSrtp } = ExtensionType;
    expect(answer.extensions?.map(({ type }) => type)).toEqual([extendedMasterSecret, renegotiationInfo, ecPointFormats, useSrtp]);
    expect(parsed(parseUseSrtp(extensionData(answer.extensions, useSrtp)!)).profiles).toEqual([7]);
  });

  test("RFC 8446 §4.2.1: an offer of nothing but 1.3 is refused with protocol_version", () => {
    const side = new Side();
    for (const datagram of FIRST) for (const fragment of fragments(datagram)) side.add(fragment, 0, 0);
    const hello = parsed(parseClientHello(side.body(HandshakeType.clientHello)));
    const extensions = hello.extensions!.map((extension) =>
      extension.type === ExtensionType.supportedVersions ? { ...extension, data: bytesFromHex("02fefc") } : extension,
    );
    const end = server(1);
    end.start(0);
    end.handleDatagram(0, helloDatagram({ ...hello, extensions }));
    expect(end.pollEvent()).toEqual({ type: "closed", cause: "alert-sent", alert: "protocol_version" });
  });

  test("RFC 6347 §4.2.4: twelve seconds of repeats get one answer each, of the same messages in new records", () => {
    const end = server(1);
    const start = HELLOS[0]!.timestampMs;
    end.start(0);
    const answers: Uint8Array[][] = [];
    for (const { payload, timestampMs } of HELLOS) {
      end.handleDatagram(timestampMs - start, payload);
      answers.push(transmits(end));
    }
    const sent = answers.filter((datagrams) => datagrams.length > 0);
    expect(sent.length).toBeGreaterThanOrEqual(7);
    expect(sent.length).toBeLessThanOrEqual(HELLOS.length / 2);
    const numbers = sent.flatMap((datagrams) => datagrams.flatMap((datagram) => records(datagram).map((record) => record.sequenceNumber)));
    expect(new Set(numbers).size).toBe(numbers.length);
    const hellos = sent.map((datagrams) => fragments(datagrams[0]!)[0]!);
    for (const hello of hellos) expect(equalBytes(hello, hellos[0]!)).toBe(true);
  });

  test("RFC 6347 §4.2.3: boundaries that move between repeats, as Firefox's do", () => {
    const side = new Side();
    for (const datagram of FIRST) for (const fragment of fragments(datagram)) side.add(fragment, 0, 0);
    const body = side.body(HandshakeType.clientHello);
    const cut = (from: number, to: number) => {
      const header = new Uint8Array([1, 0, body.length >> 8, body.length, 0, 0, 0, from >> 8, from, 0, (to - from) >> 8, to - from]);
      const fragment = concatBytes(header, body.subarray(from, to));
      return concatBytes(new Uint8Array([22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, fragment.length >> 8, fragment.length]), fragment);
    };
    expect(answerTo(cut(0, 1383), cut(1163, body.length))).toBeDefined();
    expect(answerTo(cut(1163, body.length), cut(300, 900), cut(0, 400), cut(800, 1200))).toBeDefined();
    expect(answerTo(cut(0, 1000), cut(1001, body.length))).toBeUndefined();
  });
});
