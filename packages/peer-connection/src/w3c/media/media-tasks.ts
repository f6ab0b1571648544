/** What the engine reports of media, made visible: https://w3c.github.io/webrtc-pc/#mediastreamtrack-network-use and requests to sources. */
import type { PeerEvent } from "../../engine/peer-event.ts";
import type { ConnectionSlots } from "../connection-slots.ts";
import type { TransceiverRecord } from "./transceiver-record.ts";

/** One kind of engine event. */
type EventOf<T extends PeerEvent["type"]> = Extract<PeerEvent, { readonly type: T }>;

/** The first packet came: "if track.[[Muted]] is true and transceiver.[[Receptive]] is true". */
export function receiverUnmutedTask(slots: ConnectionSlots, { transceiver }: EventOf<"receiver-unmuted">): void {
  const record = recordOf(slots, transceiver);
  if (record?.slots.receptive === true && !record.slots.stopping) record.source.setMuted(false);
}

/** The peer said goodbye to the last of its streams. */
export function receiverMutedTask(slots: ConnectionSlots, { transceiver }: EventOf<"receiver-muted">): void {
  const record = recordOf(slots, transceiver);
  if (record !== undefined && !record.slots.stopping) record.source.setMuted(true);
}

/** The peer needs a key frame of what is sent to it. */
export function keyframeRequestedTask(slots: ConnectionSlots, { transceiver, rid }: EventOf<"keyframe-requested">): void {
  recordOf(slots, transceiver)?.flow.requestKeyframe(rid);
}

/** What a sender can send was estimated anew. The whole connection's estimate is for getStats. */
export function bitrateEstimateTask(slots: ConnectionSlots, { transceiver, bitsPerSecond }: EventOf<"bitrate-estimate">): void {
  if (transceiver === undefined) return;
  const flow = recordOf(slots, transceiver)?.flow;
  if (flow !== undefined) flow.estimate = bitsPerSecond;
}

function recordOf(slots: ConnectionSlots, id: number): TransceiverRecord | undefined {
  return slots.transceivers.find(({ engine }) => engine.id === id);
}
