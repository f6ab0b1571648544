import { hexFromBytes, InvalidArgumentError, InvalidStateError, type NamedGroup, type SignatureScheme } from "@purertc/core";
import type { CipherSuiteName } from "@purertc/dtls";
import { ContentType, ExtensionType, HandshakeType } from "@purertc/dtls/codec";
import { seededRandom, tap } from "@purertc/simulator";
import { expect, test } from "vitest";
import { firstHello, fragments, helloDatagram, message, transmits } from "./forged.ts";
import { P384, selfSigned } from "./self-signed.ts";
import { bytes, CLIENT, client, connectedPair, is, rsaCertificate, SERVER, STRANGER, server, startedPair, texts } from "./two-ends.ts";

const ECDSA_SUITES: readonly CipherSuiteName[] = [
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
];
const RSA_SUITES: readonly CipherSuiteName[] = [
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];

test("RFC 6347 §4.2.4: client and server connect, exchange data and close", () => {
  const pair = connectedPair({ client: { verifyPeer: is(SERVER) }, server: { verifyPeer: is(CLIENT) } });
  expect(pair.a.event("connected")).toEqual({
    type: "connected",
    version: "1.2",
    cipherSuite: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    group: "x25519",
    recordSizeLimit: 16_384,
    peerCertificates: [SERVER.der],
  });
  expect(pair.b.event("connected")?.peerCertificates).toEqual([CLIENT.der]);
  pair.a.call((end, now) => end.send(now, bytes("ping")));
  pair.b.call((end, now) => end.send(now, bytes("pong")));
  pair.settle();
  expect(texts(pair.b.events)).toEqual(["ping"]);
  expect(texts(pair.a.events)).toEqual(["pong"]);
  pair.a.call((end, now) => end.close(now));
  pair.settle();
  expect(pair.a.events.at(-1)).toEqual({ type: "closed", cause: "local" });
  expect(pair.b.events.at(-1)).toEqual({ type: "closed", cause: "close-notify" });
  expect([pair.a.protocol.state, pair.b.protocol.state]).toEqual(["closed", "closed"]);
});

test("RFC 6347 §4.2.4: the handshake takes two round trips and four datagrams", () => {
  const pair = connectedPair({ link: { delayMs: 20 } });
  expect(pair.now).toBe(80);
  expect([pair.toA.counts.sent, pair.toB.counts.sent]).toEqual([2, 2]);
});

test.each([...ECDSA_SUITES, ...RSA_SUITES])("RFC 5289, RFC 7905: %s", (suite) => {
  const rsa = RSA_SUITES.includes(suite);
  const options = { cipherSuites: [suite] };
  const pair = connectedPair({ client: options, server: rsa ? { ...options, certificate: rsaCertificate() } : options });
  expect(pair.a.event("connected")?.cipherSuite).toBe(suite);
  const { a, b } = pair;
  a.call((end, now) => end.send(now, bytes("over there")));
  b.call((end, now) => end.send(now, bytes("back")));
  pair.settle();
  expect([texts(b.events), texts(a.events)]).toEqual([["over there"], ["back"]]);
});

test.each(["x25519", "secp256r1", "secp384r1"] as const)("RFC 8422 §5.1.1: group %s", (group: NamedGroup) => {
  const pair = connectedPair({ client: { groups: [group] } });
  expect(pair.b.event("connected")?.group).toBe(group);
});

test("RFC 8422 §5.1.1: the server's preference decides, and no common group is a handshake_failure", () => {
  expect(connectedPair({ server: { groups: ["secp384r1", "x25519"] } }).a.event("connected")?.group).toBe("secp384r1");
  const pair = startedPair({ client: { groups: ["x25519"] }, server: { groups: ["secp256r1"] } });
  pair.settle();
  expect(pair.b.events).toEqual([{ type: "closed", cause: "alert-sent", alert: "handshake_failure" }]);
});

test("RFC 5246 §7.4.1.3: the server's preference of suites decides, and none in common is a handshake_failure", () => {
  const [first, second] = ECDSA_SUITES;
  const options = { client: { cipherSuites: [first!, second!] }, server: { cipherSuites: [second!, first!] } };
  expect(connectedPair(options).a.event("connected")?.cipherSuite).toBe(second);
  const pair = startedPair({ client: { cipherSuites: [first!] }, server: { cipherSuites: [second!] } });
  pair.settle();
  expect(pair.b.events).toEqual([{ type: "closed", cause: "alert-sent", alert: "handshake_failure" }]);
  // The alert is in the clear, so the client believes it only when nothing else comes.
  expect(pair.a.timeline).toEqual([{ at: 4002, event: { type: "closed", cause: "alert-received", alert: "handshake_failure" } }]);
});

test("RFC 8422 §2: a server with an RSA key takes an RSA suite", () => {
  const pair = connectedPair({ server: { certificate: rsaCertificate() }, client: { certificate: rsaCertificate() } });
  expect(pair.a.event("connected")?.cipherSuite).toBe("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
});

test("RFC 5246 §7.4.1.4.1: P-384 keys, and RSA keys with each scheme", () => {
  const p384 = selfSigned(P384, seededRandom("p384"));
  connectedPair({ client: { certificate: p384 }, server: { certificate: p384 } });
  const schemes: readonly SignatureScheme[] = [
    "rsa_pkcs1_sha256",
    "rsa_pkcs1_sha384",
    "rsa_pkcs1_sha512",
    "rsa_pss_rsae_sha256",
    "rsa_pss_rsae_sha384",
  ];
  for (const scheme of schemes) {
    const options = { certificate: rsaCertificate(), signatureSchemes: [scheme] };
    connectedPair({ client: options, server: options });
  }
});

test("RFC 5246 §7.4.6: a client whose key the server cannot accept sends no certificate and is refused", () => {
  const pair = startedPair({
    client: { certificate: rsaCertificate() },
    server: { signatureSchemes: ["ecdsa_secp256r1_sha256"] },
  });
  pair.settle();
  expect(pair.b.events).toEqual([{ type: "closed", cause: "alert-sent", alert: "handshake_failure" }]);
});

test("RFC 5764 §4.1.1: the server's preference of SRTP profiles decides; without a common one there is none", () => {
  const pair = connectedPair({ client: { srtpProfiles: [1, 7, 8] }, server: { srtpProfiles: [8, 1] } });
  expect([pair.a.event("connected")?.srtpProfile, pair.b.event("connected")?.srtpProfile]).toEqual([8, 8]);
  const without = connectedPair({ client: { srtpProfiles: [1] }, server: { srtpProfiles: [7] } });
  expect(without.a.event("connected")).not.toHaveProperty("srtpProfile");
});

test("RFC 5705 §4: both ends export the same, and label, context and length matter", () => {
  const { a, b } = connectedPair();
  const exported = (label: string, context: Uint8Array | undefined, length: number) => {
    const [ours, theirs] = [a, b].map((node) => hexFromBytes(node.protocol.exportKeyingMaterial(label, context, length)));
    expect(ours).toBe(theirs);
    return ours!;
  };
  const plain = exported("EXTRACTOR-dtls_srtp", undefined, 60);
  expect(plain).toHaveLength(120);
  expect(exported("EXTRACTOR-dtls_srtp", undefined, 200).startsWith(plain)).toBe(true);
  const variants = [
    exported("EXPERIMENTAL x", undefined, 60),
    exported("EXTRACTOR-dtls_srtp", bytes(""), 60),
    exported("EXTRACTOR-dtls_srtp", bytes("x"), 60),
  ];
  expect(new Set([plain, ...variants]).size).toBe(4);
  for (const label of ["master secret", "key expansion", "client finished", "server finished", "extended master secret"]) {
    expect(() => a.protocol.exportKeyingMaterial(label, undefined, 48)).toThrow(InvalidArgumentError);
  }
  expect(() => a.protocol.exportKeyingMaterial("x", undefined, 0)).toThrow(InvalidArgumentError);
});

test("RFC 7627 §5.2, §5.3: a client without extended_master_secret is refused, or not, by option", () => {
  const hello = firstHello();
  const without = { ...hello, extensions: hello.extensions?.filter(({ type }) => type !== ExtensionType.extendedMasterSecret) };
  for (const [extendedMasterSecret, answer] of [
    ["required", ContentType.alert],
    ["preferred", ContentType.handshake],
  ] as const) {
    const end = server(1, { extendedMasterSecret });
    end.start(0);
    end.handleDatagram(0, helloDatagram(without));
    expect(transmits(end)[0]![0]).toBe(answer);
  }
});

test("RFC 6347 §4.2.1: with cookieExchange the client is asked for a cookie first, once", () => {
  const pair = startedPair({ server: { cookieExchange: true }, link: { delayMs: 20 } });
  const types: number[] = [];
  tap(pair, {
    toA: (datagram) => {
      types.push(...fragments(datagram).map((fragment) => fragment[0]!));
      return undefined;
    },
  });
  pair.run(() => pair.a.protocol.state === "connected" && pair.b.protocol.state === "connected");
  expect(pair.now).toBe(120);
  expect(types.slice(0, 2)).toEqual([HandshakeType.helloVerifyRequest, HandshakeType.serverHello]);
});

test("RFC 6347 §4.2.1: a ClientHello with a wrong cookie gets a HelloVerifyRequest, not a handshake", () => {
  const end = server(1, { cookieExchange: true });
  end.start(0);
  end.handleDatagram(0, helloDatagram({ ...firstHello(), cookie: new Uint8Array(32) }));
  const [answer, ...others] = transmits(end);
  expect(fragments(answer!)[0]![0]).toBe(HandshakeType.helloVerifyRequest);
  expect(answer!.length).toBeLessThan(80);
  expect(others).toEqual([]);
});

test("RFC 6347 §4.2.3: long certificates go in fragments, both ways, within the MTU", () => {
  const long = selfSigned({ name: "ecdsa", curve: "P-256" }, seededRandom("long"), 20_000);
  const pair = startedPair({ client: { certificate: long, mtu: 300 }, server: { certificate: long, mtu: 400 } });
  let [toA, toB] = [0, 0];
  tap(pair, {
    toA: (datagram) => {
      toA = Math.max(toA, datagram.length);
      return undefined;
    },
    toB: (datagram) => {
      toB = Math.max(toB, datagram.length);
      return undefined;
    },
  });
  pair.run(() => pair.a.protocol.state === "connected" && pair.b.protocol.state === "connected");
  expect([toA, toB]).toEqual([400, 300]);
});

test("RFC 6347 §4.1.1.1: after repeats without an answer the datagrams become smaller", () => {
  const pair = startedPair({
    server: { certificate: selfSigned({ name: "ecdsa", curve: "P-256" }, seededRandom("long"), 3000) },
    linkToA: { mtu: 600 },
  });
  pair.run(() => pair.a.protocol.state === "connected" && pair.b.protocol.state === "connected", { limitMs: 2000 });
});

test("a signature that comes later: nothing is sent before it, and the handshake goes on with it", () => {
  const deferred = ({ signer, chain }: typeof SERVER) => ({ chain, signer: { publicKey: signer.publicKey, schemes: signer.schemes } });
  const pair = startedPair({ client: { certificate: deferred(CLIENT) }, server: { certificate: deferred(SERVER) } });
  for (const [node, certificate] of [
    [pair.b, SERVER],
    [pair.a, CLIENT],
  ] as const) {
    pair.run(() => node.event("signature-needed") !== undefined);
    const before = node.protocol.state;
    pair.runFor(1000);
    expect([before, node.protocol.state]).toEqual(["connecting", "connecting"]);
    const { scheme, message } = node.event("signature-needed")!;
    const signature = certificate.signer.sign(scheme, message);
    node.call((end, now) => end.provideSignature(now, signature));
    expect(() => node.protocol.provideSignature(pair.now, signature)).toThrow(InvalidStateError);
  }
  pair.run(() => pair.a.protocol.state === "connected" && pair.b.protocol.state === "connected");
});

test("a signature that comes later: the peer's next message waits for it", () => {
  const { chain, signer } = SERVER;
  const end = server(1, { certificate: { chain, signer: { publicKey: signer.publicKey, schemes: signer.schemes } } });
  end.start(0);
  end.handleDatagram(0, helloDatagram(firstHello()));
  const needed = end.pollEvent();
  end.handleDatagram(1, message(HandshakeType.serverHelloDone, 1, new Uint8Array(0)));
  expect(end.state).toBe("connecting");
  if (needed?.type === "signature-needed") end.provideSignature(2, signer.sign(needed.scheme, needed.message));
  expect(end.pollEvent()).toEqual({ type: "closed", cause: "alert-sent", alert: "unexpected_message" });
});

test("RFC 5246 §7.2.1: close_notify is answered with close_notify", () => {
  const pair = connectedPair();
  const answers: number[] = [];
  tap(pair, {
    toA: (datagram) => {
      answers.push(datagram[0]!);
      return undefined;
    },
  });
  pair.a.call((end, now) => end.close(now));
  pair.settle();
  expect(answers).toEqual([ContentType.alert]);
});

test("the key log has one CLIENT_RANDOM line, the same at both ends", () => {
  const lines: string[] = [];
  const observer = { keyLog: (line: string) => lines.push(line) };
  connectedPair({ client: { observer }, server: { observer } });
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/);
  expect(lines[1]).toBe(lines[0]);
});

test("sealRecord and openRecord: the same records as send and handleDatagram, in place", () => {
  const { a, b, now } = connectedPair();
  const { recordHeaderLength, recordOverhead, maxDataLength } = a.protocol;
  expect([recordHeaderLength, recordOverhead, maxDataLength]).toEqual([21, 37, 1163]);
  const record = new Uint8Array(1200);
  const out = new Uint8Array(1500);
  for (let i = 0; i < 100; i++) {
    record.set(bytes(`packet ${i}`), recordHeaderLength);
    const length = a.protocol.sealRecord(record, `packet ${i}`.length);
    expect(length).toBe(recordOverhead + `packet ${i}`.length);
    const datagram = record.subarray(0, length);
    if (i % 3 === 0) {
      b.protocol.handleDatagram(now, datagram);
      expect(texts([b.protocol.pollEvent()!])).toEqual([`packet ${i}`]);
    } else {
      const opened = b.protocol.openRecord(now, datagram, out);
      expect(Buffer.from(out.subarray(0, opened)).toString()).toBe(`packet ${i}`);
    }
    expect(b.protocol.openRecord(now, datagram, out)).toBe(0); // replayed
  }
  expect(b.protocol.counters.replayed).toBe(100);
});

test("openRecord leaves alone what is not exactly one application_data record of the epoch", () => {
  const { a, b, now } = connectedPair();
  const sealed = new Uint8Array(200);
  const record = () => sealed.slice(0, a.protocol.sealRecord(sealed, 10));
  const out = new Uint8Array(1500);
  const changed = (at: number, value: number) => {
    const copy = record();
    copy[at] = value;
    return copy;
  };
  expect(b.protocol.openRecord(now, new Uint8Array(0), out)).toBe(-1);
  expect(b.protocol.openRecord(now, record().subarray(0, 12), out)).toBe(-1);
  expect(b.protocol.openRecord(now, Uint8Array.of(...record(), ...record()), out)).toBe(-1);
  expect(b.protocol.openRecord(now, changed(0, ContentType.alert), out)).toBe(-1);
  expect(b.protocol.openRecord(now, changed(4, 2), out)).toBe(-1);
  expect(b.protocol.openRecord(now, changed(2, 0xff), out)).toBe(-1);
  expect(b.protocol.openRecord(now, record(), new Uint8Array(5))).toBe(-1);
  expect(b.protocol.openRecord(now, changed(30, 0), out)).toBe(0); // forged
  expect(b.protocol.counters.forged).toBe(1);
  expect(b.protocol.openRecord(now, record(), out)).toBe(10);
});

test("API calls at the wrong time throw InvalidStateError, and wrong arguments InvalidArgumentError", () => {
  const end = client(1);
  expect(() => end.send(0, bytes("x"))).toThrow(InvalidStateError);
  expect(() => end.sealRecord(new Uint8Array(100), 1)).toThrow(InvalidStateError);
  expect(() => end.exportKeyingMaterial("x", undefined, 1)).toThrow(InvalidStateError);
  expect(() => end.provideSignature(0, bytes("x"))).toThrow(InvalidStateError);
  end.start(0);
  expect(() => end.start(0)).toThrow(InvalidStateError);
  end.close(0);
  expect(() => end.close(0)).toThrow(InvalidStateError);
  expect(() => connectedPair().a.protocol.send(0, new Uint8Array(1164))).toThrow(InvalidArgumentError);
  for (const options of [
    { mtu: 100 },
    { groups: [] },
    { cipherSuites: [] },
    { replayWindow: 100 },
    { certificate: { chain: [], signer: CLIENT.signer } },
  ]) {
    expect(() => connectedPair({ client: options })).toThrow(InvalidArgumentError);
  }
});

test("a server that was not started answers nothing", () => {
  const end = server(1);
  end.handleDatagram(0, helloDatagram(firstHello()));
  expect(end.pollTransmit(new Uint8Array(1500))).toBeUndefined();
  expect(end.counters.outsideLifetime).toBe(1);
});

test("a close before and during the handshake", () => {
  const fresh = client(1);
  fresh.close(0);
  expect(fresh.pollTransmit(new Uint8Array(1500))).toBeUndefined();
  expect(fresh.pollEvent()).toEqual({ type: "closed", cause: "local" });
  const pair = startedPair();
  pair.a.call((end, now) => end.close(now));
  pair.settle();
  expect(pair.a.events).toEqual([{ type: "closed", cause: "local" }]);
});

test("the handshake gives up after handshakeTimeoutMs, of a client from start, of a server from the first ClientHello", () => {
  const pair = startedPair({ linkToA: { lossRate: 1 }, client: { handshakeTimeoutMs: 5000 }, server: { handshakeTimeoutMs: 7000 } });
  pair.settle();
  expect(pair.a.timeline).toEqual([{ at: 5000, event: { type: "closed", cause: "timeout" } }]);
  expect(pair.b.timeline).toEqual([{ at: 7001, event: { type: "closed", cause: "timeout" } }]);
  expect(pair.a.protocol.state).toBe("failed");
});

test("RFC 6347 §4.2.4.1: repeats after 50 ms, doubling to 1.6 s", () => {
  const times: number[] = [];
  const pair = startedPair({ link: { lossRate: 1 }, client: { handshakeTimeoutMs: 10_000 } });
  tap(pair, {
    toB: (_datagram, now) => {
      times.push(now);
      return undefined;
    },
  });
  pair.settle();
  expect(times).toEqual([50, 150, 350, 750, 1550, 3150, 4750, 6350, 7950, 9550]);
});

test("a certificate that verifyPeer refuses: bad_certificate, from both roles", () => {
  for (const options of [{ client: { verifyPeer: is(STRANGER) } }, { server: { verifyPeer: is(STRANGER) } }]) {
    const pair = startedPair(options);
    pair.settle();
    const refuser = "client" in options ? pair.a : pair.b;
    expect(refuser.events).toEqual([{ type: "closed", cause: "alert-sent", alert: "bad_certificate" }]);
    expect(refuser.protocol.state).toBe("failed");
    const other = "client" in options ? pair.b : pair.a;
    expect(other.events.at(-1)).toEqual({ type: "closed", cause: "alert-received", alert: "bad_certificate" });
  }
});
