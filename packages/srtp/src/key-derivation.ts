/**
 * Session keys from master keys (RFC 3711 §4.3): a keystream of AES in counter mode under the master key, AES of the master key's length (RFC 6188 §3,
 * RFC 7714 §11).
 *
 *   r      = index DIV key_derivation_rate, 48 bits; 0 when the rate is 0
 *   key_id = label || r
 *   x      = key_id XOR master_salt, right-aligned; a salt of 96 bits has 16 zero bits appended first
 *   key    = AES-CM keystream from the block x * 2^16
 */
import { type BlockCipher, type CryptoProvider, InvalidArgumentError, readU48, writeU16, writeU48 } from "@purertc/core";

/** What each key is derived for (RFC 3711 §4.3.1 and §4.3.2, RFC 6904 §3). */
export type KeyLabel =
  | "srtp-encryption"
  | "srtp-authentication"
  | "srtp-salt"
  | "srtcp-encryption"
  | "srtcp-authentication"
  | "srtcp-salt"
  | "header-extension-encryption"
  | "header-extension-salt";

/** Derives the session keys of one master key. */
export class KeyDerivation {
  readonly #cipher: BlockCipher;
  /** The master salt on its way to a counter block: 14 bytes, and room for the counter. */
  readonly #salt = new Uint8Array(16);

  /** Key of 16, 24 or 32 bytes, salt of 12 or 14; both are copied. */
  constructor(crypto: CryptoProvider, masterKey: Uint8Array, masterSalt: Uint8Array) {
    this.#cipher = crypto.blockCipher(masterKey);
    this.#salt.set(masterSalt);
  }

  /** `length` bytes for `label`. `r` is the packet index DIV the key derivation rate, from 0 to 2^48 - 1. */
  derive(label: KeyLabel, r: number, length: number): Uint8Array {
    const blocks = Math.ceil(length / 16);
    const bytes = new Uint8Array(16 * blocks);
    for (let block = 0; block < blocks; block++) {
      const at = 16 * block;
      bytes.set(this.#salt, at);
      bytes[at + 7]! ^= LABELS[label];
      writeU48(bytes, at + 8, xor48(readU48(bytes, at + 8), r));
      writeU16(bytes, at + 14, block);
    }
    this.#cipher.encrypt(bytes, 0, bytes.length, bytes, 0);
    return bytes.subarray(0, length);
  }
}

/** Throws unless `rate` is 0 or a power of two up to 2^24 (RFC 3711 §4.3.1). */
export function checkKeyDerivationRate(rate: number): void {
  if (rate === 0 || (Number.isInteger(rate) && rate > 0 && rate <= 2 ** 24 && (rate & (rate - 1)) === 0)) return;
  throw new InvalidArgumentError(`a key derivation rate of ${rate} is neither 0 nor a power of two up to 2^24`, { code: "SRTP_KDR" });
}

/** XOR of two numbers below 2^48. */
function xor48(a: number, b: number): number {
  const high = Math.floor(a / 0x1_0000_0000) ^ Math.floor(b / 0x1_0000_0000);
  return high * 0x1_0000_0000 + ((a ^ b) >>> 0);
}

const LABELS: Readonly<Record<KeyLabel, number>> = {
  "srtp-encryption": 0x00,
  "srtp-authentication": 0x01,
  "srtp-salt": 0x02,
  "srtcp-encryption": 0x03,
  "srtcp-authentication": 0x04,
  "srtcp-salt": 0x05,
  "header-extension-encryption": 0x06,
  "header-extension-salt": 0x07,
};
