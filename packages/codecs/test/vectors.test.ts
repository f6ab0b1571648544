import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw, type G722BitRate, G722Decoder, G722Encoder } from "@purertc/codecs";
import { expect, test } from "vitest";
import { g722TestOctets, g722TestSignal } from "./g722-signal.ts";

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../../test-vectors/codecs/${name}`, import.meta.url), "utf8"));
const sha256 = (data: Uint8Array | Int16Array) =>
  createHash("sha256")
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest("hex");

const everySample = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
const everyOctet = Uint8Array.from({ length: 256 }, (_, i) => i);

test.each([
  ["alaw", encodeAlaw, decodeAlaw],
  ["mulaw", encodeMulaw, decodeMulaw],
] as const)("G.711 tables 1 and 2, %s: every sample and every octet as the ITU's software has them", (law, encode, decode) => {
  const vectors = read("g711.json")[law];
  const octets = new Uint8Array(65536);
  encode(everySample, octets);
  expect(sha256(octets)).toBe(vectors.encodedSha256);
  const samples = new Int16Array(256);
  decode(everyOctet, samples);
  expect([...samples]).toEqual(vectors.decoded);
});

const g722 = read("g722.json");
const signal = g722TestSignal();

test("G.722 §6: the encoder gives the octets of the ITU's software", () => {
  expect(sha256(signal)).toBe(g722.signalSha256);
  const octets = new Uint8Array(signal.length / 2);
  new G722Encoder().encode(signal, octets);
  expect(Buffer.from(octets.subarray(0, 64)).toString("hex")).toBe(g722.encoded.first);
  expect(sha256(octets)).toBe(g722.encoded.sha256);
});

test.each([64_000, 56_000, 48_000] satisfies G722BitRate[])(
  "G.722 §6: the decoder for %i bit/s gives the samples of the ITU's software",
  (bitRate) => {
    const octets = new Uint8Array(signal.length / 2);
    new G722Encoder().encode(signal, octets);
    const samples = new Int16Array(signal.length);
    new G722Decoder({ bitRate }).decode(octets, samples);
    expect(sha256(samples)).toBe(g722.decoded[bitRate].sha256);

    const nonsense = g722TestOctets();
    expect(sha256(nonsense)).toBe(g722.nonsenseSha256);
    const noise = new Int16Array(2 * nonsense.length);
    new G722Decoder({ bitRate }).decode(nonsense, noise);
    expect(sha256(noise)).toBe(g722.decodedNonsense[bitRate].sha256);
  },
);
