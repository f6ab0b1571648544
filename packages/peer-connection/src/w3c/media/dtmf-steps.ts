/** What an RTCDTMFSender asks of its connection. */
import type { ConnectionSlots } from "../connection-slots.ts";
import { CONSTRUCT } from "../interface.ts";
import { RTCDTMFSender } from "./rtc-dtmf-sender.ts";
import type { TransceiverRecord } from "./transceiver-record.ts";

/** Makes the DTMF sender of a transceiver, which need not be complete yet. */
export function createDtmfSender(slots: ConnectionSlots, record: () => TransceiverRecord): RTCDTMFSender {
  const { runtime, tasks, driver } = slots;
  let waiting: (() => void) | undefined;
  const timer = runtime.createTimer(() => {
    const task = waiting;
    waiting = undefined;
    task?.();
  });
  slots.closed.add(() => timer.close());
  return new RTCDTMFSender(CONSTRUCT, {
    canSend: () => canSendDtmf(slots, record()),
    play: (tone, durationMs) => {
      record().engine.sender.sendTones?.(runtime.now(), tone, durationMs, 0);
      driver.touch();
    },
    schedule: (delayMs, task) => {
      if (delayMs === 0) {
        tasks.queue(task);
        return;
      }
      waiting = task;
      timer.arm(runtime.now() + delayMs);
    },
  });
}

/** https://w3c.github.io/webrtc-pc/#determine-if-dtmf-can-be-sent */
function canSendDtmf(slots: ConnectionSlots, { slots: transceiver, senderSlots: sender }: TransceiverRecord): boolean {
  // Steps 4 to 9.
  if (slots.connectionState !== "connected") return false;
  if (transceiver.stopping) return false;
  if (sender.track === null) return false;
  if (transceiver.currentDirection !== "sendrecv" && transceiver.currentDirection !== "sendonly") return false;
  if (sender.encodings[0]?.active !== true) return false;
  return sender.sendCodecs.some(({ mimeType }) => mimeType.toLowerCase() === "audio/telephone-event");
}
