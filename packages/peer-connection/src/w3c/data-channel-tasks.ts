/** The tasks of https://w3c.github.io/webrtc-pc/#rtcdatachannel: what the association and its channels report, made visible. */
import type { PeerEvent } from "../engine/peer-event.ts";
import { type ConnectionSlots, fire } from "./connection-slots.ts";
import { createChannelRecord } from "./create-data-channel.ts";
import { RTCDataChannelEvent } from "./rtc-data-channel-event.ts";
import { RTCError } from "./rtc-error.ts";
import { RTCErrorEvent } from "./rtc-error-event.ts";

/** One kind of engine event. */
type EventOf<T extends PeerEvent["type"]> = Extract<PeerEvent, { readonly type: T }>;

/** https://w3c.github.io/webrtc-pc/#sctp-transport-connected */
export function sctpConnectedTask(slots: ConnectionSlots, { maxChannels }: EventOf<"sctp-connected">): void {
  const record = slots.sctpTransport;
  if (record === null) return;
  record.slots.sctpTransportState = "connected";
  // Step 3.
  record.slots.maxChannels = maxChannels;
  // Step 4: those that can have an id have one; each is announced by an event of its own.
  for (const channel of slots.dataChannels.values()) channel.slots.id ??= slots.engine.data.opened.id(channel.handle) ?? null;
  // Step 5.
  fire(record.sctp, "statechange");
}

/** The association ended. Its channels have been announced as closed already. */
export function sctpClosedTask(slots: ConnectionSlots): void {
  const record = slots.sctpTransport;
  if (record === null || record.slots.sctpTransportState === "closed") return;
  record.slots.sctpTransportState = "closed";
  fire(record.sctp, "statechange");
}

/** https://w3c.github.io/webrtc-pc/#announce-datachannel-open (§6.2.2) */
export function channelOpenTask(slots: ConnectionSlots, { channel: handle, id }: { readonly channel: number; readonly id: number }): void {
  const record = slots.dataChannels.get(handle);
  if (record === undefined) return;
  // Step 3.
  if (record.slots.readyState === "closing" || record.slots.readyState === "closed") return;
  // Step 4.
  if (record.slots.readyState === "connecting") {
    record.slots.id = id;
    record.slots.enter("open");
  }
  // Step 5.
  fire(record.channel, "open");
}

/** https://w3c.github.io/webrtc-pc/#announce-datachannel-instance (§6.2.3), but for the last step, which is a task of its own. */
export function channelAnnouncedTask(slots: ConnectionSlots, { channel: handle, id, init }: EventOf<"channel-announced">): void {
  // Steps 3 to 7.
  const record = createChannelRecord(slots, handle, {
    label: init.label,
    ordered: init.ordered,
    maxPacketLifeTime: init.maxPacketLifeTime ?? null,
    maxRetransmits: init.maxRetransmits ?? null,
    protocol: init.protocol,
    negotiated: false,
    id,
    priority: init.priority,
  });
  // Step 8: open, so that the listener may send; its `open` event comes in a task of its own.
  record.slots.enter("open");
  // Step 9.
  slots.connection.dispatchEvent(new RTCDataChannelEvent("datachannel", { channel: record.channel }));
}

/** https://w3c.github.io/webrtc-pc/#receiving-messages-on-a-data-channel */
export function messageTask(slots: ConnectionSlots, { channel: handle, kind, data: raw }: EventOf<"message">): void {
  const record = slots.dataChannels.get(handle);
  // Step 3.
  if (record === undefined || record.slots.readyState !== "open") return;
  record.messagesReceived += 1;
  record.bytesReceived += raw.length;
  // Step 4.
  const data =
    kind === "text" ? decoder.decode(raw) : record.slots.binaryType === "blob" ? new Blob([exactBytes(raw)]) : exactBytes(raw).buffer;
  // Step 5. A host without documents has an opaque origin, whose serialization is "null".
  record.channel.dispatchEvent(new MessageEvent("message", { data, origin: "null" }));
}

/** "When the underlying data transport sends data from its queue, the user agent MUST queue a task that reduces [[BufferedAmount]]." */
export function bufferedAmountTask(slots: ConnectionSlots, { channel: handle }: EventOf<"buffered-amount">): void {
  const record = slots.dataChannels.get(handle);
  if (record === undefined || record.slots.readyState === "closed") return;
  const before = record.slots.bufferedAmount;
  const after = slots.engine.data.opened.bufferedAmount(handle) + record.slots.waitingBytes + record.slots.lostBytes;
  if (after >= before) return;
  record.slots.bufferedAmount = after;
  const threshold = record.slots.bufferedAmountLowThreshold;
  if (before > threshold && after <= threshold) fire(record.channel, "bufferedamountlow");
}

/** https://w3c.github.io/webrtc-pc/#closing-procedure, begun by the peer. */
export function channelClosingTask(slots: ConnectionSlots, { channel: handle }: EventOf<"channel-closing">): void {
  const record = slots.dataChannels.get(handle);
  // Step 4, unless the procedure was initiated by channel.close().
  if (record === undefined || record.slots.readyState === "closing" || record.slots.readyState === "closed") return;
  record.slots.enter("closing");
  fire(record.channel, "closing");
}

/** https://w3c.github.io/webrtc-pc/#announce-datachannel-closed (§6.2.5), or "error on creating data channels" (§6.2.7). */
export function channelClosedTask(slots: ConnectionSlots, { channel: handle, error }: EventOf<"channel-closed">): void {
  const record = slots.dataChannels.get(handle);
  if (record === undefined) return;
  slots.dataChannels.delete(handle);
  // Step 2.
  if (record.slots.readyState === "closed") return;
  // Step 3.
  const wasConnecting = record.slots.readyState === "connecting";
  record.slots.enter("closed");
  // Step 5.
  if (error !== undefined) {
    const { sctpCauseCode } = error;
    const errorDetail = wasConnecting && sctpCauseCode === undefined ? "data-channel-failure" : "sctp-failure";
    const rtcError = new RTCError({ errorDetail, ...(sctpCauseCode === undefined ? {} : { sctpCauseCode }) }, error.message);
    record.channel.dispatchEvent(new RTCErrorEvent("error", { error: rtcError }));
  }
  // Step 6.
  fire(record.channel, "close");
}

/** An array whose buffer holds it and nothing else. */
function exactBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length) return new Uint8Array(buffer);
  return Uint8Array.from(bytes);
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
