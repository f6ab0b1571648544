/** Datagrams that nobody with the keys would send. Each is made anew for every use. */
import { randomBytes } from "node:crypto";
import { nodeCrypto } from "@purertc/crypto/node";
import {
  ContentType,
  DTLS_1_2,
  HANDSHAKE_HEADER_LENGTH,
  HandshakeType,
  RECORD_HEADER_LENGTH,
  writeHandshakeFragment,
  writeHandshakeMessage,
  writeRecord,
} from "@purertc/dtls/codec";
import { type StunAttribute, shortTermMac, stunMessageBytes } from "@purertc/stun-ice/codec";
import { other, type Side } from "./relay.ts";

/** What a forger has to go by. */
export interface Knowledge {
  /** Descriptions, by whose they are: fragments are no secret, passwords are (and are not used). */
  readonly fragments: Readonly<Record<Side, string>>;
  /** What was sent to each end. */
  readonly seen: Readonly<Record<Side, readonly Uint8Array[]>>;
}

export type Forgery = (to: Side, known: Knowledge, serial: number) => Uint8Array;

function record(type: number, fragment: Uint8Array, epoch: number, sequenceNumber: number): Uint8Array {
  const out = new Uint8Array(RECORD_HEADER_LENGTH + fragment.length);
  writeRecord(out, 0, { type, version: DTLS_1_2, epoch, sequenceNumber, fragment });
  return out;
}

/** Beyond every number in use. */
const number = (serial: number): number => 2 ** 40 + serial;

const handshake = (type: number, body: Uint8Array, messageSeq: number): Uint8Array => writeHandshakeMessage(type, messageSeq, body);

/** A part of a Certificate of 16 MB. */
function fragment(messageSeq: number, fragmentOffset: number): Uint8Array {
  const out = new Uint8Array(HANDSHAKE_HEADER_LENGTH + 900);
  const type = HandshakeType.certificate;
  writeHandshakeFragment(out, 0, { type, length: 0xff_ffff, messageSeq, fragmentOffset, fragment: randomBytes(900) });
  return out;
}

function pick<T>(list: readonly T[], serial: number): T {
  return list[serial % list.length]!;
}

function request(to: Side, known: Knowledge, password: string | undefined, extra: readonly StunAttribute[]): Uint8Array {
  const attributes: StunAttribute[] = [
    { type: "USERNAME", value: `${known.fragments[to]}:${known.fragments[other(to)]}` },
    { type: to === "offerer" ? "ICE-CONTROLLED" : "ICE-CONTROLLING", value: 1n },
    { type: "PRIORITY", value: 0x6e00_01ff },
    ...extra,
  ];
  if (password !== undefined) attributes.push({ type: "MESSAGE-INTEGRITY", mac: shortTermMac(nodeCrypto, "MESSAGE-INTEGRITY", password) });
  attributes.push({ type: "FINGERPRINT" });
  return stunMessageBytes({ type: "binding-request", transactionId: randomBytes(12), attributes });
}

/** An answer to a request that was really sent. */
function response(to: Side, known: Knowledge, serial: number, error: number | undefined): Uint8Array {
  const asked = pick(
    known.seen[other(to)].filter((datagram) => datagram[0] === 0 && datagram[1] === 1),
    serial,
  );
  const attributes: StunAttribute[] = [
    error === undefined
      ? { type: "XOR-MAPPED-ADDRESS", value: { family: 4, ip: "198.51.100.1", port: 1 } }
      : { type: "ERROR-CODE", value: { code: error, reason: "" } },
    { type: "FINGERPRINT" },
  ];
  const type = error === undefined ? "binding-success-response" : "binding-error-response";
  return stunMessageBytes({ type, transactionId: asked.slice(8, 20), attributes });
}

export const FORGERIES: readonly (readonly [string, Forgery])[] = [
  ["replayed DTLS datagrams", (to, { seen }, i) => pick(seen[to].filter(isDtls), i)],
  ["its own DTLS datagrams, reflected", (to, { seen }, i) => pick(seen[other(to)].filter(isDtls), i)],
  [
    "replayed checks and answers",
    (to, { seen }, i) =>
      pick(
        seen[to].filter((datagram) => !isDtls(datagram)),
        i,
      ),
  ],
  [
    "fatal alerts in the clear",
    (_to, _known, i) => record(ContentType.alert, Uint8Array.of(2, pick([10, 20, 40, 42, 47, 80], i)), 0, number(i)),
  ],
  ["close_notify in the clear", (_to, _known, i) => record(ContentType.alert, Uint8Array.of(1, 0), 0, number(i))],
  ["alerts of the epoch in use", (_to, _known, i) => record(ContentType.alert, randomBytes(26), 1, number(i))],
  ["data of the epoch in use", (_to, _known, i) => record(ContentType.applicationData, randomBytes(1100), 1, number(i))],
  ["data of another epoch", (_to, _known, i) => record(ContentType.applicationData, randomBytes(100), pick([2, 65535], i), number(i))],
  [
    "30 forged records at once",
    (_to, _known, i) => Buffer.concat(Array.from({ length: 30 }, () => record(23, randomBytes(25), 1, number(i)))),
  ],
  [
    "ClientHellos",
    (_to, _known, i) => record(ContentType.handshake, handshake(HandshakeType.clientHello, randomBytes(60), i & 0xff), 0, number(i)),
  ],
  [
    "HelloVerifyRequests",
    (_to, _known, i) => record(22, handshake(HandshakeType.helloVerifyRequest, Uint8Array.of(254, 253, 1, 1), 0), 0, number(i)),
  ],
  ["HelloRequests", (_to, _known, i) => record(22, handshake(HandshakeType.helloRequest, new Uint8Array(0), 0), 0, number(i))],
  ["ChangeCipherSpecs", (_to, _known, i) => record(ContentType.changeCipherSpec, Uint8Array.of(1), 0, number(i))],
  ["unknown record types", (_to, _known, i) => record(24 + (i % 40), randomBytes(30), i % 3, number(i))],
  ["fragments without end", (_to, _known, i) => record(ContentType.handshake, fragment(i % 10, 900 * i), 0, number(i))],
  [
    "bytes of no protocol",
    (_to, _known, i) => Uint8Array.of(pick([4, 15, 16, 19, 64, 79, 80, 127, 128, 191, 192, 255], i), ...randomBytes(40)),
  ],
  ["empty datagrams", () => new Uint8Array(0)],
  ["checks without integrity", (to, known) => request(to, known, undefined, [{ type: "USE-CANDIDATE" }])],
  ["checks under a wrong password", (to, known) => request(to, known, "wrongwrongwrongwrongwrong", [{ type: "USE-CANDIDATE" }])],
  [
    "checks with 300 attributes",
    (to, known) =>
      request(
        to,
        known,
        undefined,
        Array.from({ length: 300 }, () => ({ type: 0x7fff, bytes: new Uint8Array(0) })),
      ),
  ],
  ["successes without integrity", (to, known, i) => response(to, known, i, undefined)],
  ["errors 400, 401 and 487", (to, known, i) => response(to, known, i, pick([400, 401, 487], i))],
];

function isDtls(datagram: Uint8Array): boolean {
  return datagram[0]! >= 20 && datagram[0]! <= 63;
}
