/** The NULL cipher (RFC 3711 §4.1.3): plaintext goes as it is. For tests, and for UNENCRYPTED_SRTP (RFC 4568 §6.3.2). */
import type { PacketCipher, PacketCipherFactory } from "./packet-cipher.ts";

class NullCipher implements PacketCipher {
  encrypt(): void {}

  decrypt(_index: number, _aad: Uint8Array, _aadLength: number, source: Uint8Array, from: number, to: number, out: Uint8Array): boolean {
    if (source !== out) out.set(source.subarray(from, to), from);
    return true;
  }
}

const nullCipher: PacketCipher = new NullCipher();

/** The same for every key and SSRC. */
export const nullCipherKey: PacketCipherFactory = { forSsrc: () => nullCipher };
