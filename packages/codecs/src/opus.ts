/**
 * Opus (RFC 6716): interfaces, and what implements them. The implementation is libopus in WebAssembly; it is loaded when the first encoder
 * or decoder is made, once per process. docs/adr/0004-opus-library.md says why this library.
 */
import type { Malformed } from "@purertc/core";

export { createOpusDecoder, createOpusEncoder } from "./opus-libopus.ts";
export { opusDurationMs } from "./opus-packet.ts";

/** Hertz. Whatever it is, RTP's clock is 48 kHz (RFC 7587 §4.1). */
export type OpusSampleRate = 8000 | 12_000 | 16_000 | 24_000 | 48_000;

/** What both ends need to know. They need not agree: any decoder decodes any packet. */
export interface OpusFormat {
  /** Of the samples; default 48000. */
  readonly sampleRate?: OpusSampleRate;
  /** Default 1. Samples of two channels are interleaved, left first. */
  readonly channels?: 1 | 2;
}

/** Milliseconds of audio in a packet. */
export type OpusFrameDuration = 2.5 | 5 | 10 | 20 | 40 | 60;

/** How to encode. Each default is libopus's, unless it says otherwise. */
export interface OpusEncoderOptions extends OpusFormat {
  /** What is sent: speech, anything, or anything with 4 ms less delay and no speech modes. Default `"voip"`. */
  readonly application?: "voip" | "audio" | "low-delay";
  /** Bits per second, 500 to 512000; default 32000 per channel. `"auto"` and `"max"` are libopus's choices. */
  readonly bitRate?: number | "auto" | "max";
  /** 0 (quick) to 10 (best); default 9. */
  readonly complexity?: number;
  /** In-band forward error correction: packets carry the one before in small, when `expectedLossPercent` says it is worth it. Default off. */
  readonly fec?: boolean;
  /** 0 to 100; default 0. */
  readonly expectedLossPercent?: number;
  /** Discontinuous transmission: while nothing is to be heard, packets of at most 2 octets, which need not be sent. Default off. */
  readonly dtx?: boolean;
  /** Variable bit rate; default on. Constant bit rate hides from an observer what is said (RFC 6562). */
  readonly vbr?: boolean;
  /** The audio bandwidth to stay within; default what the sample rate admits. */
  readonly maximumBandwidth?: "narrowband" | "mediumband" | "wideband" | "superwideband" | "fullband";
}

/** One direction of one stream. */
export interface OpusEncoder {
  readonly sampleRate: OpusSampleRate;
  readonly channels: 1 | 2;
  /** Samples per channel by which what comes out is later than what went in: the pre-skip of RFC 7845 in this rate. */
  readonly lookahead: number;
  /** Whether the last packet need not be sent (`dtx`). */
  readonly inDtx: boolean;
  /**
   * Encodes one packet's worth of samples to the start of `out`; returns the packet's length. The number of samples says the duration: that
   * of an `OpusFrameDuration`; otherwise `InvalidArgumentError` (`OPUS_FRAME_LENGTH`). Floats are from -1 to 1. `out` bounds the packet:
   * give it 1275 octets to leave the encoder free.
   */
  encode(samples: Int16Array | Float32Array, out: Uint8Array): number;
  /** Changes options from the next packet on; those left out stay. */
  update(options: OpusEncoderUpdate): void;
  /** Frees the memory, which no garbage collector does. Further calls throw `InvalidStateError`, other than `close`. */
  close(): void;
}

/** What may change while encoding. */
export type OpusEncoderUpdate = Pick<
  OpusEncoderOptions,
  "bitRate" | "complexity" | "fec" | "expectedLossPercent" | "dtx" | "vbr" | "maximumBandwidth"
>;

/** The other direction. */
export interface OpusDecoder {
  readonly sampleRate: OpusSampleRate;
  readonly channels: 1 | 2;
  /**
   * Decodes a packet to the start of `out`; returns the number of samples per channel, or why the packet is none, after which the state is
   * as before. `undefined` stands for a packet that did not come: as much audio as the last packet had is made up from what came before.
   * `out` may be an array of 16-bit samples or of floats, and must hold the packet: 120 ms at most (`CODEC_OUTPUT_TOO_SMALL`).
   */
  decode(packet: Uint8Array | undefined, out: Int16Array | Float32Array): number | Malformed;
  /**
   * The packet that did not come, from what the packet after it carries of it (`fec`); made up when it carries nothing. As long as the last
   * packet. Decode `next` itself after that.
   */
  recover(next: Uint8Array, out: Int16Array | Float32Array): number | Malformed;
  /** Frees the memory, which no garbage collector does. Further calls throw `InvalidStateError`, other than `close`. */
  close(): void;
}
