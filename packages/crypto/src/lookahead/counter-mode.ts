/** AES-CM (RFC 3711 §4.1.1). */
import { type BlockCipher, copyBytes, readU16, readU32, type SequencedCounterMode, writeU16, writeU32 } from "@purertc/core";

export function createLookaheadCounterMode(blockCipher: BlockCipher, counterBase: Uint8Array): SequencedCounterMode {
  const base = copyBytes(counterBase);
  return {
    apply(index: number, buffer: Uint8Array, at: number, length: number): void {
      const blocks = new Uint8Array(((length + 15) >> 4) * 16);
      for (let i = 0; i < blocks.length; i += 16) {
        blocks.set(base, i);
        writeU16(blocks, i + 8, readU16(base, 8) ^ Math.floor(index / 0x1_0000_0000));
        writeU32(blocks, i + 10, readU32(base, 10) ^ (index >>> 0));
        writeU16(blocks, i + 14, readU16(base, 14) + (i >> 4));
      }
      blockCipher.encrypt(blocks, 0, blocks.length, blocks, 0);
      for (let i = 0; i < length; i++) buffer[at + i]! ^= blocks[i]!;
    },
  };
}
