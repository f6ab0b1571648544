/** What an RTCDTMFSender asks of its connection. */
import type { NegotiatedCodec } from "../../jsep/media-types.ts";
import type { RuntimeTimer } from "../../runtime.ts";
import type { ConnectionSlots } from "../connection-slots.ts";
import { CONSTRUCT } from "../interface.ts";
import { RTCDTMFSender } from "./rtc-dtmf-sender.ts";
import { carriesMedia } from "./rtp-parameters.ts";
import { TonePlayer } from "./tone-player.ts";
import type { TransceiverRecord } from "./transceiver-record.ts";

/** Makes the DTMF sender of a transceiver, which need not be complete yet. `close` silences it for good. */
export function createDtmfSender(
  slots: ConnectionSlots,
  record: () => TransceiverRecord,
): { readonly dtmf: RTCDTMFSender; readonly close: () => void } {
  const { runtime, tasks } = slots;
  let timer: RuntimeTimer | undefined;
  let waiting: (() => void) | undefined;
  const run = (): void => {
    const task = waiting;
    waiting = undefined;
    task?.();
  };
  const player = new TonePlayer({
    runtime,
    codec: () => toneCodec(record()),
    send: (packet, codec) => {
      const now = runtime.now();
      record().engine.sender.sendPacket(now, packet, { ssrc: TONES_SSRC, rid: undefined, codec, receivedAt: now });
      slots.driver.touch();
    },
    pauseTrack: (paused) => record().flow.pause(paused),
  });
  const dtmf = new RTCDTMFSender(CONSTRUCT, {
    canSend: () => canSendDtmf(slots, record()),
    play: (tone, durationMs) => player.play(tone, durationMs),
    schedule: (delayMs, task) => {
      if (delayMs === 0) {
        tasks.queue(task);
        return;
      }
      waiting = task;
      timer ??= runtime.createTimer(run);
      timer.arm(runtime.now() + delayMs);
    },
  });
  const close = (): void => {
    timer?.close();
    player.close();
  };
  return { dtmf, close };
}

/** RFC 4733 §2.1: the one whose clock is that of the audio. */
function toneCodec({ senderSlots: { sendCodecs } }: TransceiverRecord): NegotiatedCodec | undefined {
  const tones = sendCodecs.filter(isTones);
  const audio = sendCodecs.find(carriesMedia);
  return tones.find(({ clockRate }) => clockRate === audio?.clockRate) ?? tones[0];
}

function isTones({ mimeType }: NegotiatedCodec): boolean {
  return mimeType.toLowerCase() === "audio/telephone-event";
}

/** What the engine knows the tones by, as the packets of a source of its own: never on the wire. */
const TONES_SSRC = 1;

/** https://w3c.github.io/webrtc-pc/#determine-if-dtmf-can-be-sent */
function canSendDtmf(slots: ConnectionSlots, { slots: transceiver, senderSlots: sender }: TransceiverRecord): boolean {
  // Steps 4 to 9.
  if (slots.connectionState !== "connected") return false;
  if (transceiver.stopping) return false;
  if (sender.track === null) return false;
  if (transceiver.currentDirection !== "sendrecv" && transceiver.currentDirection !== "sendonly") return false;
  if (sender.encodings[0]?.active !== true) return false;
  return sender.sendCodecs.some(isTones);
}
