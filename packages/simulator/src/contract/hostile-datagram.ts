import { concatBytes, copyBytes } from "@purertc/core";
import type { SeededRandom } from "../seeded-random.ts";

/** A datagram that no honest peer would send now: noise with a plausible first byte, or falsified real traffic. */
export function hostileDatagram(random: SeededRandom, samples: readonly Uint8Array[], mtu: number): Uint8Array {
  return samples.length > 0 && random.chance(0.7) ? mutate(random, random.pick(samples), samples) : noise(random, mtu);
}

/** A datagram too short to be one of any protocol here: the smallest header (SCTP's, RFC 9260 §3.1) has 12 bytes. */
export function stubDatagram(random: SeededRandom): Uint8Array {
  const bytes = random.bytes(random.integer(0, 11));
  if (bytes.length > 0 && random.chance(0.5)) bytes[0] = random.pick(FIRST_BYTES);
  return bytes;
}

/** One datagram, changed in one to three ways. */
export function mutate(random: SeededRandom, datagram: Uint8Array, samples: readonly Uint8Array[]): Uint8Array {
  let bytes = copyBytes(datagram);
  for (let changes = random.integer(1, 3); changes > 0; changes--) bytes = random.pick(MUTATIONS)(bytes, random, samples);
  return bytes;
}

function noise(random: SeededRandom, mtu: number): Uint8Array {
  const length = random.pick([0, 1, 4, 12, 13, 20, 25, 28, random.integer(0, 64), random.integer(0, mtu), mtu, 65_507]);
  const bytes = random.pick([() => random.bytes(length), () => new Uint8Array(length), () => new Uint8Array(length).fill(0xff)])();
  if (length > 0 && random.chance(0.8)) bytes[0] = random.pick(FIRST_BYTES);
  // A length field in the second word, as in STUN, RTCP and chunk headers, that agrees with the datagram.
  if (length >= 4 && random.chance(0.3)) {
    bytes[2] = (length - 20) >> 8;
    bytes[3] = length - 20;
  }
  return bytes;
}

type Mutation = (bytes: Uint8Array, random: SeededRandom, samples: readonly Uint8Array[]) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random) {
    if (bytes.length > 0) bytes[random.integer(0, bytes.length - 1)]! ^= 1 << random.integer(0, 7);
    return bytes;
  },
  function setByte(bytes, random) {
    if (bytes.length > 0) bytes[random.integer(0, bytes.length - 1)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.integer(0, 255)]);
    return bytes;
  },
  function setWord(bytes, random) {
    if (bytes.length < 2) return bytes;
    const at = random.integer(0, bytes.length - 2);
    const value = random.pick([0, 1, 0xffff, 0x7fff, 0x8000, bytes.length, random.integer(0, 0xffff)]);
    bytes[at] = value >> 8;
    bytes[at + 1] = value;
    return bytes;
  },
  function truncate(bytes, random) {
    return bytes.slice(0, random.integer(0, bytes.length));
  },
  function extend(bytes, random) {
    return concatBytes(bytes, random.bytes(random.integer(1, 40)));
  },
  function cutOut(bytes, random) {
    const from = random.integer(0, bytes.length);
    const to = random.integer(from, Math.min(bytes.length, from + 32));
    return concatBytes(bytes.subarray(0, from), bytes.subarray(to));
  },
  function repeatPart(bytes, random) {
    const from = random.integer(0, bytes.length);
    const to = random.integer(from, Math.min(bytes.length, from + 64));
    return concatBytes(bytes.subarray(0, to), bytes.subarray(from));
  },
  function splice(bytes, random, samples) {
    const other = random.pick(samples);
    return concatBytes(bytes.subarray(0, random.integer(0, bytes.length)), other.subarray(random.integer(0, other.length)));
  },
  function overwritePart(bytes, random) {
    const from = random.integer(0, bytes.length);
    const noise = random.bytes(random.integer(0, Math.min(16, bytes.length - from)));
    bytes.set(noise, from);
    return bytes;
  },
];

/** RFC 9443 §2: what the first byte of a datagram means: STUN 0 to 3, ZRTP 16 to 19, DTLS 20 to 63, TURN channels 64 to 79, RTP and RTCP 128 to 191. */
const FIRST_BYTES: readonly number[] = [
  0, 1, 2, 3, 16, 19, 20, 21, 22, 23, 24, 25, 26, 32, 44, 47, 63, 64, 79, 80, 127, 128, 191, 192, 255,
];
