import { bytesFromHex, type CryptoProvider, concatBytes, type NamedGroup } from "@purertc/core";
import { flipped } from "./aead.ts";
import { pattern, type Report, replay, seeded } from "./report.ts";

/** RFC 7748 §6.1, RFC 5903 §8.1 and §8.2, and public keys that must be refused. */
export function checkKeyAgreement(provider: CryptoProvider, report: Report): void {
  for (const vector of VECTORS) {
    report.section(`${vector.source} ${vector.group}`, () => {
      const ours = provider.keyAgreement(vector.group, replay(bytesFromHex(vector.private1)));
      const theirs = provider.keyAgreement(vector.group, replay(bytesFromHex(vector.private2)));
      report.holds("group is wrong", ours.group === vector.group);
      report.equals("first public key", ours.publicKey, bytesFromHex(vector.public1));
      report.equals("second public key", theirs.publicKey, bytesFromHex(vector.public2));
      report.equals("shared secret of the first", ours.sharedSecret(theirs.publicKey), bytesFromHex(vector.shared));
      report.equals("shared secret of the second", theirs.sharedSecret(ours.publicKey), bytesFromHex(vector.shared));
    });
  }
  for (const group of ["secp256r1", "secp384r1"] as const)
    report.section(`${group} hostile`, () => checkHostilePoints(provider, group, report));
  report.section("x25519 hostile", () => checkHostileX25519(provider, report));
  report.section("key agreement randomness", () => checkRandomness(provider, report));
}

function checkHostilePoints(provider: CryptoProvider, group: NamedGroup, report: Report): void {
  const agreement = provider.keyAgreement(group, seeded(4));
  const other = provider.keyAgreement(group, seeded(5)).publicKey;
  const field = (other.length - 1) / 2;
  const refused = (what: string, key: Uint8Array): void => {
    report.holds(`${what} was accepted`, agreement.sharedSecret(key) === undefined);
  };
  refused("nothing", new Uint8Array(0));
  refused("the point at infinity", Uint8Array.of(0));
  refused("a zero point", concatBytes(Uint8Array.of(4), new Uint8Array(2 * field)));
  refused("an all-ones point", concatBytes(Uint8Array.of(4), new Uint8Array(2 * field).fill(0xff)));
  refused("a compressed point", concatBytes(Uint8Array.of(2 + (other[2 * field]! & 1)), other.subarray(1, 1 + field)));
  refused("a hybrid point", concatBytes(Uint8Array.of(6 + (other[2 * field]! & 1)), other.subarray(1)));
  refused("a truncated point", other.subarray(0, 2 * field));
  refused("a longer point", concatBytes(other, Uint8Array.of(0)));
  refused("bare coordinates", other.subarray(1));
  refused("an X25519 key", pattern(32));
  for (const at of [1, field, field + 1, 2 * field]) refused(`a point off the curve at byte ${at}`, flipped(other, at));
  const prime = bytesFromHex(group === "secp256r1" ? P256_PRIME : P384_PRIME);
  refused("x equal to the prime", concatBytes(Uint8Array.of(4), prime, other.subarray(1 + field)));
  // x = 0 is a coordinate like any other on these curves, but not with y = 0.
  refused("y equal to the prime", concatBytes(Uint8Array.of(4), other.subarray(1, 1 + field), prime));
  report.holds("a good key was refused afterwards", agreement.sharedSecret(other)?.length === field);
}

/** Points of small order (RFC 7748 §6.1): each makes the secret zero whatever the private key. */
function checkHostileX25519(provider: CryptoProvider, report: Report): void {
  const agreement = provider.keyAgreement("x25519", seeded(6));
  for (const point of SMALL_ORDER) report.holds(`${point} was accepted`, agreement.sharedSecret(bytesFromHex(point)) === undefined);
  for (const length of [0, 31, 33, 65])
    report.holds(`${length} bytes were accepted`, agreement.sharedSecret(pattern(length, 9)) === undefined);
  const other = provider.keyAgreement("x25519", seeded(7));
  const secret = other.sharedSecret(agreement.publicKey);
  // RFC 7748 §5: the top bit of a u-coordinate is masked, not refused.
  const masked = concatBytes(other.publicKey);
  masked[31]! |= 0x80;
  report.equals("secret with the top bit set", agreement.sharedSecret(masked), secret ?? new Uint8Array(0));
}

function checkRandomness(provider: CryptoProvider, report: Report): void {
  for (const group of ["secp256r1", "secp384r1", "x25519"] as const) {
    const first = provider.keyAgreement(group, seeded(1)).publicKey;
    report.equals(`${group}: the same seed again`, provider.keyAgreement(group, seeded(1)).publicKey, first);
    report.holds(
      `${group}: another seed gave the same key`,
      provider.keyAgreement(group, seeded(2)).publicKey.some((byte, i) => byte !== first[i]),
    );
  }
  // 0 and the order are no private keys: the next draw is taken.
  const order = bytesFromHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const good = pattern(32, 1);
  const drawn = provider.keyAgreement("secp256r1", replay(concatBytes(new Uint8Array(32), order, good))).publicKey;
  report.equals("secp256r1: draws out of range", drawn, provider.keyAgreement("secp256r1", replay(good)).publicKey);
  report.refuses("secp256r1: a source of zeros", () => provider.keyAgreement("secp256r1", replay(new Uint8Array(1))));
  report.refuses("an unknown group", () => provider.keyAgreement("secp521r1" as NamedGroup, seeded(1)));
}

const P256_PRIME = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
const P384_PRIME = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff";

const SMALL_ORDER = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
];

const VECTORS: readonly {
  source: string;
  group: NamedGroup;
  private1: string;
  private2: string;
  public1: string;
  public2: string;
  shared: string;
}[] = [
  {
    source: "RFC 7748 §6.1",
    group: "x25519",
    private1: "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
    private2: "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
    public1: "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    public2: "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    shared: "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
  },
  {
    source: "RFC 5903 §8.1",
    group: "secp256r1",
    private1: "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
    private2: "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
    public1:
      "04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180" +
      "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
    public2:
      "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63" +
      "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
    shared: "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de",
  },
  {
    source: "RFC 5903 §8.2",
    group: "secp384r1",
    private1: "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194",
    private2: "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc",
    public1:
      "04667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa" +
      "9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
    public2:
      "04e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571" +
      "dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
    shared: "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746",
  },
];
