import { bytesFromHex, type CryptoProvider, concatBytes, type HashName } from "@purertc/core";
import { ascii, pattern, type Report } from "./report.ts";

/** FIPS 180-4 and RFC 1321 examples, RFC 2202 and RFC 4231, and the contracts of `Hash` and `Mac`. */
export function checkHashes(provider: CryptoProvider, report: Report): void {
  for (const [name, empty, abc] of DIGESTS) {
    report.section(`hash ${name}`, () => {
      const hash = provider.hash(name);
      report.equals("of nothing", hash.digest(), bytesFromHex(empty));
      report.holds("length is wrong", hash.length === empty.length / 2);
      hash.update(ascii("a"));
      const other = hash.clone();
      hash.update(ascii("bc"));
      report.equals('of "abc"', hash.digest(), bytesFromHex(abc));
      report.equals("of the same again", hash.digest(), bytesFromHex(abc));
      other.update(ascii("b"));
      other.digest();
      other.update(ascii("c"));
      report.equals("of a clone", other.digest(), bytesFromHex(abc));
      // Pieces of every length must add up.
      const data = pattern(5050);
      const whole = provider.hash(name);
      whole.update(data);
      const pieces = provider.hash(name);
      for (let i = 0, at = 0; i <= 100; at += i, i++) pieces.update(data.subarray(at, at + i));
      report.equals("of pieces", pieces.digest(), whole.digest());
    });
  }
  for (const { source, hash, key, data, mac } of MACS) {
    report.section(`${source} HMAC ${hash}`, () => {
      const keyed = provider.hmac(hash, key);
      const expected = bytesFromHex(mac);
      report.equals("compute", keyed.compute(data).subarray(0, expected.length), expected);
      report.equals("compute again", keyed.compute(data).subarray(0, expected.length), expected);
    });
  }
  for (const [name, empty] of DIGESTS) report.section(`HMAC ${name}`, () => checkMac(provider, name, empty.length / 2, report));
  report.section("unknown names", () => {
    report.refuses("a hash", () => provider.hash("sha-3" as HashName));
    report.refuses("an HMAC", () => provider.hmac("sha-3" as HashName, new Uint8Array(1)));
  });
}

/** HMAC by its definition (RFC 2104 §2) over the provider's own hash, which was checked above. */
function checkMac(provider: CryptoProvider, name: HashName, length: number, report: Report): void {
  const blockLength = name === "sha-384" || name === "sha-512" ? 128 : 64;
  const digest = (...parts: readonly Uint8Array[]): Uint8Array => {
    const hash = provider.hash(name);
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  for (const keyLength of [0, 1, 20, blockLength - 1, blockLength, blockLength + 1, 200]) {
    const key = pattern(keyLength, 5, 3);
    const block = new Uint8Array(blockLength);
    block.set(keyLength > blockLength ? digest(key) : key);
    const inner = block.map((byte) => byte ^ 0x36);
    const outer = block.map((byte) => byte ^ 0x5c);
    const mac = provider.hmac(name, key);
    key.fill(0);
    report.holds("length is wrong", mac.length === length);
    for (const dataLength of [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 159, 160, 161, 240, 241, 500, 1300]) {
      const data = pattern(dataLength + 3, keyLength);
      const message = data.subarray(2, 2 + dataLength);
      const expected = digest(outer, digest(inner, message));
      const half = dataLength >> 1;
      report.equals(`compute of ${dataLength} bytes`, mac.compute(message.subarray(0, half), message.subarray(half)), expected);
      const out = new Uint8Array(length + 5);
      mac.computeInto(data, 2, 2 + dataLength, out, 3);
      report.equals(`computeInto of ${dataLength} bytes`, out, concatBytes(new Uint8Array(3), expected, new Uint8Array(2)));
      mac.computeInto(data, 2, 2 + dataLength, out, 3, 0x89ab_cdef);
      const withSuffix = mac.compute(message, bytesFromHex("89abcdef"));
      report.equals(`computeInto of ${dataLength} bytes and a suffix`, out.subarray(3, 3 + length), withSuffix);
    }
  }
  const mac = provider.hmac(name, new Uint8Array(20));
  report.equals("of no parts", mac.compute(), mac.compute(new Uint8Array(0)));
  // Two keys in turn, as two directions of SRTP use them.
  const message = pattern(500);
  const turns = [provider.hmac(name, pattern(20, 1)), provider.hmac(name, pattern(20, 2))];
  for (let turn = 0; turn < 6; turn++) {
    const current = turns[turn % 2]!;
    const out = new Uint8Array(length);
    current.computeInto(message, 0, 400 + turn, out, 0);
    report.equals(`computeInto, turn ${turn} of two keys`, out, current.compute(message.subarray(0, 400 + turn)));
  }
  // STUN writes its MAC behind what the MAC is over.
  const shared = pattern(40 + length);
  const expected = mac.compute(shared.subarray(0, 40));
  mac.computeInto(shared, 0, 40, shared, 40);
  report.equals("computeInto behind its own data", shared.subarray(40), expected);
  report.refuses("computeInto past the end", () => mac.computeInto(new Uint8Array(10), 0, 11, new Uint8Array(64), 0));
  report.refuses("computeInto without room", () => mac.computeInto(new Uint8Array(10), 0, 10, new Uint8Array(length), 1));
}

const DIGESTS: readonly (readonly [HashName, string, string])[] = [
  ["md5", "d41d8cd98f00b204e9800998ecf8427e", "900150983cd24fb0d6963f7d28e17f72"],
  ["sha-1", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "a9993e364706816aba3e25717850c26c9cd0d89d"],
  ["sha-224", "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"],
  [
    "sha-256",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  ],
  [
    "sha-384",
    "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
  ],
  [
    "sha-512",
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
  ],
];

const LONG_KEY_TEXT = "Test Using Larger Than Block-Size Key - Hash Key First";
/** `mac` may be shorter than the whole, where the RFC prints a truncated one. */
const MACS: readonly { source: string; hash: HashName; key: Uint8Array; data: Uint8Array; mac: string }[] = [
  {
    source: "RFC 2202 §2.1",
    hash: "md5",
    key: new Uint8Array(16).fill(0x0b),
    data: ascii("Hi There"),
    mac: "9294727a3638bb1c13f48ef8158bfc9d",
  },
  {
    source: "RFC 2202 §2.2",
    hash: "md5",
    key: ascii("Jefe"),
    data: ascii("what do ya want for nothing?"),
    mac: "750c783e6ab0b503eaa86e310a5db738",
  },
  {
    source: "RFC 2202 §3.1",
    hash: "sha-1",
    key: new Uint8Array(20).fill(0x0b),
    data: ascii("Hi There"),
    mac: "b617318655057264e28bc0b6fb378c8ef146be00",
  },
  {
    source: "RFC 2202 §3.2",
    hash: "sha-1",
    key: ascii("Jefe"),
    data: ascii("what do ya want for nothing?"),
    mac: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
  },
  {
    source: "RFC 2202 §3.6",
    hash: "sha-1",
    key: new Uint8Array(80).fill(0xaa),
    data: ascii(LONG_KEY_TEXT),
    mac: "aa4ae5e15272d00e95705637ce8a3b55ed402112",
  },
  {
    source: "RFC 4231 §4.2",
    hash: "sha-224",
    key: new Uint8Array(20).fill(0x0b),
    data: ascii("Hi There"),
    mac: "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22",
  },
  {
    source: "RFC 4231 §4.2",
    hash: "sha-256",
    key: new Uint8Array(20).fill(0x0b),
    data: ascii("Hi There"),
    mac: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  },
  {
    source: "RFC 4231 §4.2",
    hash: "sha-384",
    key: new Uint8Array(20).fill(0x0b),
    data: ascii("Hi There"),
    mac: "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
  },
  {
    source: "RFC 4231 §4.2",
    hash: "sha-512",
    key: new Uint8Array(20).fill(0x0b),
    data: ascii("Hi There"),
    mac: "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
  },
  {
    source: "RFC 4231 §4.3",
    hash: "sha-256",
    key: ascii("Jefe"),
    data: ascii("what do ya want for nothing?"),
    mac: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  },
  {
    source: "RFC 4231 §4.6",
    hash: "sha-256",
    key: pattern(20, 0x0c, 0),
    data: ascii("Test With Truncation"),
    mac: "a3b6167473100ee06e0c796c2955552b",
  },
  {
    source: "RFC 4231 §4.7",
    hash: "sha-256",
    key: new Uint8Array(131).fill(0xaa),
    data: ascii(LONG_KEY_TEXT),
    mac: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  },
  {
    source: "RFC 4231 §4.7",
    hash: "sha-384",
    key: new Uint8Array(131).fill(0xaa),
    data: ascii(LONG_KEY_TEXT),
    mac: "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
  },
  {
    source: "RFC 4231 §4.7",
    hash: "sha-512",
    key: new Uint8Array(131).fill(0xaa),
    data: ascii(LONG_KEY_TEXT),
    mac: "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
  },
];
