/** What ends a handshake with an alert: peers that are not who they say, keys and hellos that do not fit. */
import { type CryptoProvider, concatBytes, type Mac, type Signer, utf8FromString } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import {
  ContentType,
  DTLS_1_0,
  HandshakeType,
  writeCertificate,
  writeClientKeyExchange,
  writeHelloVerifyRequest,
  writeNewSessionTicket,
  writeServerHello,
} from "@purertc/dtls/codec";
import { tap } from "@purertc/simulator";
import { describe, expect, test } from "vitest";
import { fragments, message, record, records, transmits } from "./forged.ts";
import { bytes, CLIENT, client, type DtlsPair, rsaCertificate, SERVER, STRANGER, startedPair } from "./two-ends.ts";
import { answered, awaiting, extend, forgedFlight, type Hello, remove, replace, without } from "./waiting-ends.ts";

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
