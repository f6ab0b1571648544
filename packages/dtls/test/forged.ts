/** Datagrams written with the codec, as a protocol tester or an attacker would. */
import { copyBytes, Malformed } from "@purertc/core";
import type { DtlsConnection } from "@purertc/dtls";
import {
  type ClientHello,
  ContentType,
  DTLS_1_2,
  type DtlsRecord,
  HandshakeType,
  parseClientHello,
  parseRecords,
  writeClientHello,
  writeHandshakeMessage,
  writeRecord,
} from "@purertc/dtls/codec";
import { client } from "./two-ends.ts";

/** A record in the clear, unless the fields say otherwise. */
export function record(fields: Partial<DtlsRecord> & { readonly fragment: Uint8Array }): Uint8Array {
  const out = new Uint8Array(13 + fields.fragment.length);
  writeRecord(out, 0, { type: ContentType.handshake, version: DTLS_1_2, epoch: 0, sequenceNumber: 0, ...fields });
  return out;
}

/** A handshake message in a record of its own, in the clear. */
export function message(type: number, messageSeq: number, body: Uint8Array): Uint8Array {
  return record({ fragment: writeHandshakeMessage(type, messageSeq, body), sequenceNumber: messageSeq });
}

/** The first ClientHello of a client of ours. */
export function firstHello(): ClientHello {
  const end = client("first hello", { srtpProfiles: [1, 7] });
  end.start(0);
  return parsed(parseClientHello(fragments(transmits(end)[0]!)[0]!.subarray(12)));
}

/** A ClientHello as a datagram. */
export function helloDatagram(hello: ClientHello, messageSeq = 0): Uint8Array {
  return message(HandshakeType.clientHello, messageSeq, writeClientHello(hello));
}

/** Everything that a connection wants to send now. */
export function transmits(end: DtlsConnection): Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  const out = new Uint8Array(1500);
  for (let sent = end.pollTransmit(out); sent !== undefined; sent = end.pollTransmit(out))
    datagrams.push(copyBytes(out.subarray(0, sent.length)));
  return datagrams;
}

/** The records of a datagram. */
export function records(datagram: Uint8Array): readonly DtlsRecord[] {
  return parsed(parseRecords(datagram));
}

/** The handshake fragments in the clear of a datagram, headers included. */
export function fragments(datagram: Uint8Array): readonly Uint8Array[] {
  return records(datagram)
    .filter(({ type, epoch }) => type === ContentType.handshake && epoch === 0)
    .map(({ fragment }) => fragment);
}

/** A value that must not be malformed. */
export function parsed<T>(value: T | Malformed): T {
  if (value instanceof Malformed) throw new Error(`malformed: ${value.reason} at ${value.offset}`);
  return value;
}
