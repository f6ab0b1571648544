/** Generated STUN messages. */
import { formatIp, type Mac } from "@purertc/core";
import fc from "fast-check";
import type { StunAddress, StunAttribute, StunMessage } from "../src/codec/index.ts";
import { attributeTypeName, stunMessageTypeFromNumber } from "../src/codec/index.ts";

const bytes = (minLength: number, maxLength = minLength): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength, maxLength });
const u32 = fc.nat(0xffff_ffff);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const text = fc.string({ maxLength: 40, unit: "grapheme" });
const family = fc.constantFrom<4 | 6>(4, 6);

export const anyAddress: fc.Arbitrary<StunAddress> = fc
  .tuple(fc.oneof(bytes(4), bytes(16)), fc.nat(0xffff))
  .map(([ip, port]) => ({ family: ip.length === 4 ? 4 : 6, ip: formatIp(ip), port }));

const algorithm = fc.record({ algorithm: fc.nat(0xffff), parameters: bytes(0, 9) });
const error = fc.record({ code: fc.integer({ min: 300, max: 699 }), reason: text });

const unknown = fc
  .tuple(fc.nat(0xffff), bytes(0, 20))
  .filter(([type]) => attributeTypeName(type) === undefined)
  .map(([type, value]) => ({ type, bytes: value }));

/** Any attribute but the integrity ones and FINGERPRINT. */
export const anyAttribute: fc.Arbitrary<StunAttribute> = fc.oneof(
  unknown,
  fc.constantFrom<StunAttribute>({ type: "USE-CANDIDATE" }, { type: "DONT-FRAGMENT" }),
  fc.record({ type: fc.constantFrom("MAPPED-ADDRESS", "ALTERNATE-SERVER", "RESPONSE-ORIGIN", "OTHER-ADDRESS"), value: anyAddress }),
  fc.record({ type: fc.constantFrom("XOR-MAPPED-ADDRESS", "XOR-PEER-ADDRESS", "XOR-RELAYED-ADDRESS"), value: anyAddress }),
  fc.record({ type: fc.constantFrom("USERNAME", "REALM", "NONCE", "SOFTWARE", "ALTERNATE-DOMAIN"), value: text }),
  fc.record({ type: fc.constantFrom("LIFETIME", "PRIORITY", "CONNECTION-ID"), value: u32 }),
  fc.record({ type: fc.constantFrom("ICE-CONTROLLED", "ICE-CONTROLLING"), value: u64 }),
  fc.record({ type: fc.constantFrom("REQUESTED-ADDRESS-FAMILY", "ADDITIONAL-ADDRESS-FAMILY"), value: family }),
  fc.record({ type: fc.constant("CHANNEL-NUMBER"), value: fc.nat(0xffff) }),
  fc.record({ type: fc.constant("REQUESTED-TRANSPORT"), value: fc.nat(0xff) }),
  fc.record({ type: fc.constant("EVEN-PORT"), value: fc.boolean() }),
  fc.record({ type: fc.constant("DATA"), value: bytes(0, 30) }),
  fc.record({ type: fc.constant("USERHASH"), value: bytes(32) }),
  fc.record({ type: fc.constant("RESERVATION-TOKEN"), value: bytes(8) }),
  fc.record({ type: fc.constant("ERROR-CODE"), value: error }),
  fc.record({ type: fc.constant("UNKNOWN-ATTRIBUTES"), value: fc.array(fc.nat(0xffff), { maxLength: 5 }) }),
  fc.record({ type: fc.constant("PASSWORD-ALGORITHM"), value: algorithm }),
  fc.record({ type: fc.constant("PASSWORD-ALGORITHMS"), value: fc.array(algorithm, { maxLength: 3 }) }),
  fc.tuple(error, family).map(([value, of]): StunAttribute => ({ type: "ADDRESS-ERROR-CODE", value: { ...value, family: of } })),
  fc.record({ icmpType: fc.nat(127), icmpCode: fc.nat(511), errorData: u32 }).map((value): StunAttribute => ({ type: "ICMP", value })),
) as fc.Arbitrary<StunAttribute>;

const ending: fc.Arbitrary<readonly StunAttribute[]> = fc
  .tuple(fc.option(bytes(20)), fc.option(fc.constantFrom(16, 20, 24, 28, 32).chain((length) => bytes(length))), fc.option(u32))
  .map(([sha1, sha256, fingerprint]) => [
    ...(sha1 === null ? [] : [{ type: "MESSAGE-INTEGRITY", value: sha1 } as const]),
    ...(sha256 === null ? [] : [{ type: "MESSAGE-INTEGRITY-SHA256", value: sha256 } as const]),
    ...(fingerprint === null ? [] : [{ type: "FINGERPRINT", value: fingerprint } as const]),
  ]);

/** Any message, as the parser gives it. */
export const anyMessage: fc.Arbitrary<StunMessage> = fc
  .tuple(fc.nat(0x3fff), bytes(12), fc.array(anyAttribute, { maxLength: 6 }), ending)
  .map(([type, transactionId, attributes, last]) => ({
    type: stunMessageTypeFromNumber(type),
    transactionId,
    attributes: [...attributes, ...last],
  }));

/** A MAC of zeros. */
export function fakeMac(length: number): Mac {
  return { length, compute: () => new Uint8Array(length), computeInto: (_data, _from, _to, out, at) => void out.fill(0, at, at + length) };
}
