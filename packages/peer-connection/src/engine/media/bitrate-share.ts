/** How the estimate of a path is shared among what is sent on it. */
import type { Sender } from "./sender.ts";

/**
 * Sets the target of every sender: audio gets what it takes, video the rest in equal parts by active encoding, and none more than its encodings allow. Returns those
 * whose target changed.
 */
export function shareBitrate(bitsPerSecond: number, senders: readonly Sender[]): readonly Sender[] {
  const sending = senders.filter(({ sending }) => sending);
  const audio = sending.filter(({ kind }) => kind === "audio");
  const video = sending.filter(({ kind }) => kind === "video");
  const left = Math.max(0, bitsPerSecond - audio.length * AUDIO_BITRATE);
  const parts = Math.max(
    1,
    video.reduce((sum, sender) => sum + activeCount(sender), 0),
  );
  const changed: Sender[] = [];
  for (const sender of sending) {
    const share = sender.kind === "audio" ? Math.min(AUDIO_BITRATE, bitsPerSecond) : (left * activeCount(sender)) / parts;
    const target = Math.min(share, allowed(sender));
    if (sender.targetBitrate === target) continue;
    sender.targetBitrate = target;
    changed.push(sender);
  }
  return changed;
}

function activeCount({ encodings }: Sender): number {
  return encodings.filter(({ active }) => active).length;
}

function allowed({ encodings }: Sender): number {
  return encodings.reduce((sum, { active, maxBitrate }) => sum + (active ? (maxBitrate ?? Number.POSITIVE_INFINITY) : 0), 0);
}

/** Opus in stereo at good quality, with its headers. */
const AUDIO_BITRATE = 96_000;
