/** What must have no effect, during the handshake and after it. What is refused is in refusals.test.ts. */
import { bytesFromHex, concatBytes } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import { AlertDescription, ContentType, HandshakeType, parseServerHello, writeAlert, writeHandshakeFragment } from "@purertc/dtls/codec";
import { seededRandom, tap } from "@purertc/simulator";
import { describe, expect, test } from "vitest";
import { ConnectionSecrets } from "../src/dtls12/key-schedule.ts";
import { Dtls12Sealer } from "../src/dtls12/record-protection.ts";
import { CIPHER_SUITES } from "../src/handshake/cipher-suites.ts";
import { firstHello, fragments, helloDatagram, message, parsed, record, records, transmits } from "./forged.ts";
import { bytes, connectedPair, type DtlsPair, server, startedPair, texts } from "./two-ends.ts";
import { answered } from "./waiting-ends.ts";

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
