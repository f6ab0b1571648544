/** What must be refused, and what must have no effect. */
import { bytesFromHex, type CryptoProvider, concatBytes, type Mac, type Signer, utf8FromString } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import {
  AlertDescription,
  ContentType,
  DTLS_1_0,
  HandshakeType,
  parseClientHello,
  parseServerHello,
  writeAlert,
  writeCertificate,
  writeClientKeyExchange,
  writeEcdheParameters,
  writeHandshakeFragment,
  writeHelloVerifyRequest,
  writeNewSessionTicket,
  writeServerHello,
  writeServerKeyExchange,
} from "@purertc/dtls/codec";
import { seededRandom, tap } from "@purertc/simulator";
import { describe, expect, test } from "vitest";
import { ConnectionSecrets } from "../src/dtls12/key-schedule.ts";
import { Dtls12Sealer } from "../src/dtls12/record-protection.ts";
import { CIPHER_SUITES } from "../src/handshake/cipher-suites.ts";
import { firstHello, fragments, helloDatagram, message, parsed, record, records, transmits } from "./forged.ts";
import {
  bytes,
  CLIENT,
  client,
  connectedPair,
  type DtlsPair,
  rsaCertificate,
  SERVER,
  STRANGER,
  server,
  startedPair,
  texts,
} from "./two-ends.ts";

/** The certificate of one key with the signatures of another. */
function impostor({ chain, signer }: typeof SERVER): { readonly chain: readonly Uint8Array[]; readonly signer: Signer } {
  const { publicKey, schemes } = signer;
  return { chain, signer: { publicKey, schemes, sign: (scheme, signed) => STRANGER.signer.sign(scheme, signed) } };
}

/** A provider that computes one side's verify data wrongly. */
function wrongFinished(label: string): CryptoProvider {
  const marker = utf8FromString(label);
  const hmac = (hash: Parameters<CryptoProvider["hmac"]>[0], key: Uint8Array): Mac => {
    const mac = nodeCrypto.hmac(hash, key);
    return {
      length: mac.length,
      computeInto: (data, from, to, out, at) => mac.computeInto(data, from, to, out, at),
      compute: (...parts) => {
        const result = mac.compute(...parts);
        const seed = parts.at(-1)!;
        if (parts.length > 1 && Buffer.from(seed.subarray(0, marker.length)).equals(marker)) result[0]! ^= 1;
        return result;
      },
    };
  };
  return {
    name: "wrong",
    hmac,
    aead: nodeCrypto.aead.bind(nodeCrypto),
    sequencedAead: nodeCrypto.sequencedAead.bind(nodeCrypto),
    sequencedCounterMode: nodeCrypto.sequencedCounterMode.bind(nodeCrypto),
    blockCipher: nodeCrypto.blockCipher.bind(nodeCrypto),
    hash: nodeCrypto.hash.bind(nodeCrypto),
    keyAgreement: nodeCrypto.keyAgreement.bind(nodeCrypto),
    signer: nodeCrypto.signer.bind(nodeCrypto),
    generateKey: nodeCrypto.generateKey.bind(nodeCrypto),
    verify: nodeCrypto.verify.bind(nodeCrypto),
  };
}

/** Runs until one end has refused the other, which must never have believed it. */
function refusal(pair: DtlsPair, refuser: "a" | "b"): string | undefined {
  pair.settle();
  const { events } = pair[refuser];
  expect(events.map((event) => event.type)).toEqual(["closed"]);
  const [event] = events;
  return event?.type === "closed" && event.cause === "alert-sent" ? event.alert : undefined;
}

describe("a peer that is not who it says", () => {
  test("RFC 5246 §7.4.3: a ServerKeyExchange signed by another key is refused with decrypt_error", () => {
    expect(refusal(startedPair({ server: { certificate: impostor(SERVER) } }), "a")).toBe("decrypt_error");
  });

  test("RFC 5246 §7.4.8: a CertificateVerify signed by another key is refused with decrypt_error", () => {
    expect(refusal(startedPair({ client: { certificate: impostor(CLIENT) } }), "b")).toBe("decrypt_error");
  });

  test("RFC 5246 §7.4.9: a wrong Finished of the client is refused with decrypt_error", () => {
    expect(refusal(startedPair({ client: { crypto: wrongFinished("client finished") } }), "b")).toBe("decrypt_error");
  });

  test("RFC 5246 §7.4.9: a wrong Finished of the server is refused with decrypt_error", () => {
    expect(refusal(startedPair({ server: { crypto: wrongFinished("server finished") } }), "a")).toBe("decrypt_error");
  });

  test("RFC 5246 §7.4.6: an empty Certificate is refused with handshake_failure", () => {
    const end = answered();
    end.handleDatagram(1, message(HandshakeType.certificate, 1, new Uint8Array(3)));
    expect(end.pollEvent()).toEqual({ type: "closed", cause: "alert-sent", alert: "handshake_failure" });
  });

  test("RFC 5246 §7.4.6: leaving out Certificate is refused with unexpected_message", () => {
    const end = answered();
    end.handleDatagram(1, message(HandshakeType.clientKeyExchange, 1, writeClientKeyExchange({ publicKey: new Uint8Array(32) })));
    expect(end.pollEvent()).toEqual({ type: "closed", cause: "alert-sent", alert: "unexpected_message" });
  });

  test("RFC 5246 §7.4.8: without CertificateVerify nobody connects", () => {
    const pair = startedPair();
    tap(pair, { toB: (datagram) => without(datagram, HandshakeType.certificateVerify) });
    pair.run(10_000);
    expect([pair.a.protocol.state, pair.b.protocol.state]).toEqual(["connecting", "connecting"]);
  });

  test("RFC 5246 §7.1: without ChangeCipherSpec nobody connects", () => {
    const pair = startedPair();
    tap(pair, {
      toB: (datagram) =>
        concatBytes(
          ...records(datagram)
            .filter(({ type }) => type !== ContentType.changeCipherSpec)
            .map(record),
        ),
    });
    pair.run(10_000);
    expect([pair.a.protocol.state, pair.b.protocol.state]).toEqual(["connecting", "connecting"]);
  });

  test("RFC 8422 §2: a certificate of another kind than the suite is refused with illegal_parameter", () => {
    const { end } = forgedFlight({ chain: rsaCertificate().chain, messages: 2 });
    expect(end.pollEvent()).toEqual({ type: "closed", cause: "alert-sent", alert: "illegal_parameter" });
  });

  test("RFC 5246 §7.4.3: a signature scheme that was not offered is refused with illegal_parameter", () => {
    const pair = startedPair({ client: { signatureSchemes: ["ecdsa_secp256r1_sha256"], groups: ["x25519"] } });
    tap(pair, {
      toA: (datagram) => {
        const changed = Uint8Array.from(datagram);
        const exchange = fragments(changed).find((fragment) => fragment[0] === HandshakeType.serverKeyExchange);
        // After header, curve type, group and 32-byte key with its length: ecdsa_secp384r1_sha384 instead of ecdsa_secp256r1_sha256.
        if (exchange !== undefined) exchange[12 + 3 + 33] = 5;
        return changed;
      },
    });
    expect(refusal(pair, "a")).toBe("illegal_parameter");
  });

  test("a chain whose first certificate is no certificate is refused with bad_certificate", () => {
    const noise = { chain: [bytes("not DER")], signer: SERVER.signer };
    expect(refusal(startedPair({ server: { certificate: noise } }), "a")).toBe("bad_certificate");
  });
});

describe("keys that do not fit", () => {
  test("the forged flight itself is good: the client answers it", () => {
    const { end } = forgedFlight({});
    expect(end.state).toBe("connecting");
    expect(
      transmits(end)
        .flatMap(fragments)
        .map((fragment) => fragment[0]),
    ).toContain(HandshakeType.clientKeyExchange);
  });

  test("RFC 8422 §5.4: a group that was not offered is refused with illegal_parameter", () => {
    const { end } = forgedFlight({ group: 25, publicKey: new Uint8Array(133).fill(4) });
    expect(end.pollEvent()).toEqual({ type: "closed", cause: "alert-sent", alert: "illegal_parameter" });
  });

  const BAD_KEYS: readonly (readonly [string, number, Uint8Array])[] = [
    ["X25519 of zeros", 29, new Uint8Array(32)],
    ["X25519 too short", 29, new Uint8Array(31).fill(9)],
    ["P-256 off the curve", 23, new Uint8Array(65).fill(4)],
    ["P-384 off the curve", 24, new Uint8Array(97).fill(4)],
  ];

  test.each(BAD_KEYS)("RFC 8422 §5.11: a server's key that is %s is refused with illegal_parameter", (_name, group, publicKey) => {
    const { end } = forgedFlight({ group, publicKey });
    expect(end.pollEvent()).toEqual({ type: "closed", cause: "alert-sent", alert: "illegal_parameter" });
  });

  test("RFC 8422 §5.11: a client's key of zeros is refused with illegal_parameter", () => {
    const end = answered();
    end.handleDatagram(1, message(HandshakeType.certificate, 1, writeCertificate({ chain: CLIENT.chain })));
    end.handleDatagram(1, message(HandshakeType.clientKeyExchange, 2, writeClientKeyExchange({ publicKey: new Uint8Array(32) })));
    expect(end.pollEvent()).toEqual({ type: "closed", cause: "alert-sent", alert: "illegal_parameter" });
  });

  test("RFC 5077 §3.3: before the server's Finished a ticket is tolerated, and nothing else", () => {
    const ticket = writeNewSessionTicket({ lifetimeHintSeconds: 0, ticket: new Uint8Array(10) });
    for (const [type, body, state] of [
      [HandshakeType.newSessionTicket, ticket, "connecting"],
      [HandshakeType.helloRequest, new Uint8Array(0), "connecting"],
      [HandshakeType.serverHelloDone, new Uint8Array(0), "failed"],
    ] as const) {
      const { end } = forgedFlight({});
      end.handleDatagram(2, message(type, 4, body));
      expect(end.state).toBe(state);
    }
  });
});

describe("a ServerHello that does not fit the offer", () => {
  const cases: readonly (readonly [string, string, (hello: Hello) => Hello])[] = [
    ["RFC 5246 §7.4.1.3: a suite that was not offered", "illegal_parameter", (hello) => ({ ...hello, cipherSuite: 0xc009 })],
    ["RFC 5246 §7.4.1.3: compression", "illegal_parameter", (hello) => ({ ...hello, compressionMethod: 1 })],
    ["RFC 6347 §4.2.1: DTLS 1.0", "protocol_version", (hello) => ({ ...hello, version: DTLS_1_0 })],
    ["RFC 5246 §7.4.1.4: an extension that was not offered", "unsupported_extension", (hello) => extend(hello, 16, [0])],
    ["RFC 5746 §3.4: a renegotiation_info that is not empty", "handshake_failure", (hello) => replace(hello, 0xff01, [1, 0])],
    ["RFC 7627 §5.3: no extended_master_secret", "handshake_failure", (hello) => remove(hello, 23)],
    ["RFC 8422 §5.2: no uncompressed points", "illegal_parameter", (hello) => replace(hello, 11, [1, 1])],
    ["RFC 8449 §4: a record size limit below 64", "illegal_parameter", (hello) => replace(hello, 28, [0, 63])],
    ["RFC 5764 §4.1.1: an SRTP profile that was not offered", "illegal_parameter", (hello) => replace(hello, 14, [0, 2, 0, 8, 0])],
    ["RFC 5764 §4.1.1: two SRTP profiles", "illegal_parameter", (hello) => replace(hello, 14, [0, 4, 0, 1, 0, 7, 0])],
    ["RFC 5764 §4.1.3: an MKI that was not offered", "illegal_parameter", (hello) => replace(hello, 14, [0, 2, 0, 1, 1, 9])],
  ];

  test.each(cases)("%s: %s", (_name, alert, change) => {
    const { end, hello } = awaiting();
    end.handleDatagram(1, message(HandshakeType.serverHello, 0, writeServerHello(change(hello))));
    expect(end.pollEvent()).toEqual({ type: "closed", cause: "alert-sent", alert });
  });

  test("the same ServerHello without a change is taken", () => {
    const { end, hello } = awaiting();
    end.handleDatagram(1, message(HandshakeType.serverHello, 0, writeServerHello(hello)));
    expect(end.state).toBe("connecting");
  });

  test("RFC 6347 §4.2.1: a server that never has enough of cookies is given up", () => {
    const end = client(1);
    end.start(0);
    for (let seq = 0; seq < 5; seq++) {
      expect(end.state).toBe("connecting");
      transmits(end);
      end.handleDatagram(
        seq,
        message(HandshakeType.helloVerifyRequest, seq, writeHelloVerifyRequest({ version: DTLS_1_0, cookie: bytes("x") })),
      );
    }
    expect(end.state).toBe("failed");
  });
});

describe("during the handshake", () => {
  test("RFC 6347 §4.1.2.7: fatal alerts in the clear, at any step, do not end it", () => {
    const alert = record({ type: ContentType.alert, fragment: writeAlert({ level: 2, description: 40 }), sequenceNumber: 1000 });
    const close = record({ type: ContentType.alert, fragment: writeAlert({ level: 1, description: 0 }), sequenceNumber: 1001 });
    const pair = startedPair({ link: { delayMs: 20, lossRate: 0.3 }, seed: 3 });
    for (let at = 0; at < 2000; at += 7) {
      pair.at(at, () => {
        for (const datagram of [alert, close]) {
          pair.inject("toA", datagram);
          pair.inject("toB", datagram);
        }
      });
    }
    pair.run(() => pair.a.protocol.state === "connected" && pair.b.protocol.state === "connected");
    expect(pair.a.protocol.counters.alertsIgnored + pair.b.protocol.counters.alertsIgnored).toBeGreaterThan(10);
  });

  test("RFC 6347 §4.1.2.7: an alert in the clear is forgotten when the peer goes on", () => {
    const pair = startedPair({ link: { delayMs: 20 } });
    pair.inject("toA", record({ type: ContentType.alert, fragment: writeAlert({ level: 2, description: 40 }) }));
    pair.run(50); // the server's flight is there
    tap(pair, { toA: () => "drop" });
    pair.run(20_000);
    expect(pair.a.protocol.state).toBe("connecting");
  });

  test("RFC 6347 §4.1: a record of another version is not read", () => {
    for (const version of [0x0303, 0xfefc, 0xfefe, 0x0100]) {
      const end = server(1);
      end.start(0);
      const hello = helloDatagram(firstHello());
      end.handleDatagram(0, record({ version, fragment: hello.subarray(13) }));
      expect([transmits(end).length, end.counters.wrongVersion]).toEqual([0, 1]);
    }
  });

  test("RFC 6347 §4.2.3: contradicting, oversized and overlapping fragments do not end it", () => {
    const random = seededRandom("fragments");
    const pair = startedPair({ link: { delayMs: 20 }, client: { mtu: 300 }, server: { mtu: 300 } });
    const forged = (): Uint8Array => {
      const length = random.pick([0xff_ffff, 65_536, 100, 108, 500]);
      const fragmentOffset = random.integer(0, Math.min(length, 600));
      const fragment = random.bytes(Math.min(random.integer(0, 200), length - fragmentOffset));
      const out = new Uint8Array(12 + fragment.length);
      const type = random.pick([HandshakeType.certificate, HandshakeType.serverKeyExchange, HandshakeType.keyUpdate]);
      writeHandshakeFragment(out, 0, { type, length, messageSeq: random.integer(1, 12), fragmentOffset, fragment });
      return record({ fragment: out });
    };
    for (let at = 0; at < 60; at += 10) {
      pair.at(at, () => {
        for (const direction of ["toA", "toB"] as const) {
          pair.inject(direction, forged());
          pair.inject(direction, record({ fragment: random.bytes(random.integer(0, 40)) }));
        }
      });
    }
    pair.run(() => pair.a.protocol.state === "connected" && pair.b.protocol.state === "connected");
  });

  test("RFC 6347 §4.2.2: a malformed message makes room for the peer's own", () => {
    const end = server(1);
    end.start(0);
    end.handleDatagram(0, message(HandshakeType.clientHello, 0, bytes("not a ClientHello")));
    expect(transmits(end)).toEqual([]);
    expect(end.counters.malformed).toBe(1);
    end.handleDatagram(0, helloDatagram(firstHello()));
    expect(fragments(transmits(end)[0]!)[0]![0]).toBe(HandshakeType.serverHello);
  });

  test("RFC 5246 §7.4.1.2: a ClientHello without null compression is refused with illegal_parameter", () => {
    const end = server(1);
    end.start(0);
    end.handleDatagram(0, helloDatagram({ ...firstHello(), compressionMethods: new Uint8Array([1]) }));
    expect(end.pollEvent()).toEqual({ type: "closed", cause: "alert-sent", alert: "illegal_parameter" });
  });

  test("RFC 5246 §7.4.9: a Finished in the clear is not looked at", () => {
    const end = answered();
    end.handleDatagram(1, message(HandshakeType.finished, 1, new Uint8Array(12)));
    expect(end.state).toBe("connecting");
    expect(end.counters.fragmentsRefused).toBe(1);
  });

  test("RFC 6347 §4.1: data in the clear is never delivered", () => {
    const end = answered();
    end.handleDatagram(1, record({ type: ContentType.applicationData, fragment: bytes("trust me") }));
    expect(end.pollEvent()).toBeUndefined();
    expect(end.counters.unexpectedType).toBe(1);
  });

  test("RFC 6347 §4.1: data under the right keys is not delivered before Finished", () => {
    const pair = startedPair();
    const held: Uint8Array[] = [];
    tap(pair, {
      toA: (datagram) => {
        if (pair.b.protocol.state !== "connected") return undefined;
        held.push(Uint8Array.from(datagram));
        return "drop";
      },
    });
    pair.run(() => pair.b.protocol.state === "connected");
    pair.b.call((end, now) => end.send(now, bytes("early")));
    // The ChangeCipherSpec and the data, but not the Finished between them.
    const changeCipherSpec = record(records(held[0]!)[0]!);
    pair.inject("toA", changeCipherSpec);
    pair.inject("toA", held[1]!);
    pair.runFor(5);
    expect(pair.a.events).toEqual([]);
    pair.inject("toA", held[0]!);
    pair.runFor(5);
    expect(texts(pair.a.events)).toEqual(["early"]);
  });

  test("RFC 6347 §4.1: what waits for keys is bounded", () => {
    const end = answered();
    for (let i = 0; i < 1000; i++) end.handleDatagram(1, record({ epoch: 1, sequenceNumber: i, fragment: new Uint8Array(1000) }));
    expect(end.counters.pendingRefused).toBeGreaterThan(960);
  });

  test("RFC 6347 §4.2.4: repeats of a ClientHello are answered at most every 50 ms", () => {
    const end = server(1);
    end.start(0);
    const hello = helloDatagram(firstHello());
    let sent = 0;
    for (let now = 0; now < 1000; now += 1) {
      end.handleDatagram(now, hello);
      if (transmits(end).length > 0) sent += 1;
    }
    expect(sent).toBe(20);
  });
});

describe("after the handshake", () => {
  /** Everything that a stranger may write in the clear. */
  const JUNK: readonly (readonly [string, Uint8Array])[] = [
    [
      "a fatal alert",
      record({ type: ContentType.alert, fragment: writeAlert({ level: 2, description: AlertDescription.internal_error }) }),
    ],
    ["close_notify", record({ type: ContentType.alert, fragment: writeAlert({ level: 1, description: AlertDescription.close_notify }) })],
    ["a ClientHello", helloDatagram(firstHello())],
    ["a later ClientHello", helloDatagram(firstHello(), 7)],
    ["a ServerHelloDone", message(HandshakeType.serverHelloDone, 9, new Uint8Array(0))],
    ["a HelloRequest", message(HandshakeType.helloRequest, 9, new Uint8Array(0))],
    ["a ChangeCipherSpec", record({ type: ContentType.changeCipherSpec, fragment: new Uint8Array([1]) })],
    ["data", record({ type: ContentType.applicationData, fragment: bytes("data") })],
    ["an unknown record type", record({ type: 99, fragment: bytes("data") })],
    ["an unknown record type of the epoch", record({ type: 99, epoch: 1, sequenceNumber: 50, fragment: new Uint8Array(40) })],
    ["another version", record({ version: 0x0303, fragment: bytes("data") })],
    ["another version in the epoch", record({ type: 23, version: 0xfefc, epoch: 1, sequenceNumber: 50, fragment: new Uint8Array(40) })],
    ["a forged alert", record({ type: ContentType.alert, epoch: 1, sequenceNumber: 50, fragment: new Uint8Array(26) })],
    ["a record of a later epoch", record({ type: 23, epoch: 2, fragment: new Uint8Array(40) })],
    ["a record of DTLS 1.3", concatBytes(new Uint8Array([0x2f]), new Uint8Array(40))],
    ["a record that ends too early", record({ type: 23, epoch: 1, fragment: new Uint8Array(40) }).subarray(0, 30)],
    ["a record with a length of 65535", record({ type: 23, epoch: 1, fragment: new Uint8Array(40), length: 0xffff })],
    ["nothing", new Uint8Array(0)],
  ];

  test.each(JUNK)("RFC 6347 §4.1.2.7: %s has no effect", (_name, junk) => {
    const pair = connectedPair();
    for (const [node, direction] of [
      [pair.a, "toA"],
      [pair.b, "toB"],
    ] as const) {
      const before = node.events.length;
      const sent = pair.toA.counts.sent + pair.toB.counts.sent;
      for (let i = 0; i < 3; i++) pair.inject(direction, junk);
      pair.runFor(10_000);
      expect(node.protocol.state).toBe("connected");
      expect(node.events).toHaveLength(before);
      expect(pair.toA.counts.sent + pair.toB.counts.sent).toBe(sent);
      if (junk.length > 0) expect(Object.values(node.protocol.counters).some((count) => count >= 3)).toBe(true);
    }
    pair.a.call((end, now) => end.send(now, bytes("still")));
    pair.b.call((end, now) => end.send(now, bytes("here")));
    pair.settle();
    expect([texts(pair.b.events), texts(pair.a.events)]).toEqual([["still"], ["here"]]);
  });

  test("RFC 6347 §4.1.2.6: a replayed record is delivered once, whichever way it comes in", () => {
    const pair = connectedPair();
    const recorded: Uint8Array[] = [];
    tap(pair, {
      toB: (datagram) => {
        recorded.push(Uint8Array.from(datagram));
        return undefined;
      },
    });
    for (let i = 0; i < 20; i++) pair.a.call((end, now) => end.send(now, bytes(`${i}`)));
    pair.settle();
    for (const datagram of [...recorded, ...recorded.toReversed()]) pair.inject("toB", datagram);
    pair.settle();
    expect(texts(pair.b.events)).toHaveLength(20);
    const out = new Uint8Array(1500);
    for (const datagram of recorded) expect(pair.b.protocol.openRecord(pair.now, datagram, out)).toBe(0);
    expect(pair.b.protocol.counters.replayed).toBe(60);
  });

  test("RFC 6347 §4.1.2.6: a forged record does not move the window", () => {
    const pair = connectedPair();
    const forged = record({ type: 23, epoch: 1, sequenceNumber: 2 ** 48 - 1, fragment: new Uint8Array(40) });
    pair.inject("toB", forged);
    pair.settle();
    pair.a.call((end, now) => end.send(now, bytes("on time")));
    pair.settle();
    expect(texts(pair.b.events)).toEqual(["on time"]);
  });

  test("RFC 6347 §4.1.2.7: a genuine record behind a forged one counts; a datagram full of forgeries costs four of them", () => {
    const { pair, asClient } = spiedPair();
    const forged = record({ type: 23, epoch: 1, sequenceNumber: 1000, fragment: new Uint8Array(25) });
    pair.inject("toB", concatBytes(forged, asClient(ContentType.applicationData, bytes("genuine"))));
    pair.settle();
    expect([texts(pair.b.events), pair.b.protocol.counters.forged]).toEqual([["genuine"], 1]);
    pair.inject("toB", concatBytes(...new Array<Uint8Array>(30).fill(forged)));
    pair.settle();
    expect(pair.b.protocol.counters.forged).toBe(5);
  });

  test("RFC 5746 §4.4: a ClientHello of the peer itself is refused with a warning, three times at most", () => {
    const { pair, asClient } = spiedPair();
    const hello = helloDatagram(firstHello(), 8).subarray(13);
    for (let i = 0; i < 10; i++) pair.inject("toB", asClient(ContentType.handshake, hello));
    const before = pair.toA.counts.sent;
    pair.settle();
    expect(pair.toA.counts.sent - before).toBe(3);
    expect([pair.a.protocol.state, pair.b.protocol.state]).toEqual(["connected", "connected"]);
  });

  test("RFC 5246 §7.2.2: a fatal alert of the peer itself ends the connection; a warning does not", () => {
    const { pair, asClient } = spiedPair();
    for (const [level, description, state] of [
      [1, AlertDescription.user_canceled, "connected"],
      [2, AlertDescription.internal_error, "failed"],
    ] as const) {
      pair.inject("toB", asClient(ContentType.alert, writeAlert({ level, description })));
      pair.settle();
      expect(pair.b.protocol.state).toBe(state);
    }
    expect(pair.b.events.at(-1)).toEqual({ type: "closed", cause: "alert-received", alert: "internal_error" });
  });
});

type Hello = Parameters<typeof writeServerHello>[0];

function extend(hello: Hello, type: number, data: readonly number[]): Hello {
  return { ...hello, extensions: [...hello.extensions!, { type, data: Uint8Array.from(data) }] };
}

function remove(hello: Hello, type: number): Hello {
  return { ...hello, extensions: hello.extensions!.filter((extension) => extension.type !== type) };
}

function replace(hello: Hello, type: number, data: readonly number[]): Hello {
  return extend(remove(hello, type), type, data);
}

/** A connected pair, and somebody who has the client's keys. */
function spiedPair(): { readonly pair: DtlsPair; readonly asClient: (type: number, plaintext: Uint8Array) => Uint8Array } {
  const lines: string[] = [];
  const pair = startedPair({ client: { observer: { keyLog: (line) => lines.push(line) } } });
  let serverRandom = new Uint8Array(0);
  tap(pair, {
    toA: (datagram) => {
      const hello = fragments(datagram)[0];
      if (hello?.[0] === HandshakeType.serverHello) serverRandom = Uint8Array.from(parsed(parseServerHello(hello.subarray(12))).random);
      return undefined;
    },
  });
  pair.run(() => pair.a.protocol.state === "connected" && pair.b.protocol.state === "connected");
  const [, clientRandom, master] = lines[0]!.split(" ");
  const randoms = { clientRandom: bytesFromHex(clientRandom!), serverRandom };
  const suite = CIPHER_SUITES[0]!;
  const secrets = new ConnectionSecrets(nodeCrypto, suite, bytesFromHex(master!), randoms);
  const sealer = new Dtls12Sealer(nodeCrypto, suite, secrets.client, 1, 1); // number 0 was the client's Finished
  const asClient = (type: number, plaintext: Uint8Array): Uint8Array => {
    const out = new Uint8Array(plaintext.length + sealer.overhead);
    out.set(plaintext, sealer.headerLength);
    sealer.seal(type, out, 0, plaintext.length);
    return out;
  };
  return { pair, asClient };
}

/** A server that has answered a ClientHello and waits for the client's Certificate. */
function answered(): ReturnType<typeof server> {
  const end = server(1);
  end.start(0);
  end.handleDatagram(0, helloDatagram(firstHello()));
  transmits(end);
  return end;
}

/** A client that waits for a ServerHello, and a good one. */
function awaiting(): { readonly end: ReturnType<typeof client>; readonly hello: Hello; readonly clientRandom: Uint8Array } {
  const end = client(1, { srtpProfiles: [1, 7] });
  end.start(0);
  const other = server(1, { srtpProfiles: [1] });
  other.start(0);
  const [offer] = transmits(end);
  other.handleDatagram(0, offer!);
  const clientRandom = parsed(parseClientHello(fragments(offer!)[0]!.subarray(12))).random;
  return { end, clientRandom, hello: parsed(parseServerHello(fragments(transmits(other)[0]!)[0]!.subarray(12))) };
}

/** A client that was given a server's flight with these parts in it, the signature made with the right key. */
function forgedFlight(parts: {
  readonly chain?: readonly Uint8Array[];
  readonly group?: number;
  readonly publicKey?: Uint8Array;
  readonly messages?: number;
}): {
  readonly end: ReturnType<typeof client>;
} {
  const { end, hello, clientRandom } = awaiting();
  const own = nodeCrypto.keyAgreement("x25519", seededRandom("forged flight"));
  const parameters = { group: parts.group ?? 29, publicKey: parts.publicKey ?? own.publicKey };
  const signature = SERVER.signer.sign("ecdsa_secp256r1_sha256", concatBytes(clientRandom, hello.random, writeEcdheParameters(parameters)));
  const flight = [
    [HandshakeType.serverHello, writeServerHello(hello)],
    [HandshakeType.certificate, writeCertificate({ chain: parts.chain ?? SERVER.chain })],
    [HandshakeType.serverKeyExchange, writeServerKeyExchange({ ...parameters, scheme: 0x0403, signature })],
    [HandshakeType.serverHelloDone, new Uint8Array(0)],
  ] as const;
  for (const [seq, [type, body]] of flight.slice(0, parts.messages).entries()) end.handleDatagram(1, message(type, seq, body));
  return { end };
}

/** The datagram without the records that hold messages of this type. */
function without(datagram: Uint8Array, messageType: number): Uint8Array {
  const kept = records(datagram).filter(
    ({ type, epoch, fragment }) => type !== ContentType.handshake || epoch > 0 || fragment[0] !== messageType,
  );
  return concatBytes(...kept.map(record));
}
