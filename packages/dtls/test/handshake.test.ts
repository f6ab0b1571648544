import { hexFromBytes, type SignatureScheme } from "@purertc/core";
import type { CipherSuiteName, DtlsOptions } from "@purertc/dtls";
import { expect, test } from "vitest";
import { bytes, CLIENT, client, connectedPair, is, rsaCertificate, SERVER, startedPair, texts } from "./two-ends.ts";

test("RFC 6347 §4.2.4: client and server connect, exchange data and close", () => {
  const pair = connectedPair({ client: { verifyPeer: is(SERVER) }, server: { verifyPeer: is(CLIENT) } });
  expect(pair.a.event("connected")).toEqual({
    type: "connected",
    version: "1.2",
    cipherSuite: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    group: "x25519",
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
