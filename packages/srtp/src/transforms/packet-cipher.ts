/** What encrypts the packets of one SSRC under one set of session keys. */

/** Every method may be called with any index in any order; that a sender uses each index once is its own to see to. */
export interface PacketCipher {
  /**
   * Encrypts `bytes[from, to)` in place. An AEAD also authenticates `aad[0, aadLength)` and writes its tag at `to`.
   */
  encrypt(index: number, aad: Uint8Array, aadLength: number, bytes: Uint8Array, from: number, to: number): void;
  /**
   * Decrypts `source[from, to)` to the same place of `out`, which may be `source`. An AEAD expects its tag at `to` of `source`; false when it is wrong,
   * and `out` then holds nothing of use.
   */
  decrypt(index: number, aad: Uint8Array, aadLength: number, source: Uint8Array, from: number, to: number, out: Uint8Array): boolean;
}

/** Session keys of a cipher, from which the ciphers of all SSRCs are made. */
export interface PacketCipherFactory {
  /** The cipher of one SSRC. Cheap: what depends on the key only is shared. */
  forSsrc(ssrc: number): PacketCipher;
}
