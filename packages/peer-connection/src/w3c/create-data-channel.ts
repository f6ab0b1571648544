/** https://w3c.github.io/webrtc-pc/#dom-peerconnection-createdatachannel */
import type { ChannelHandle } from "@purertc/sctp-datachannel";
import type { ChannelRecord, ConnectionSlots } from "./connection-slots.ts";
import { sendExceptionOf } from "./exceptions.ts";
import { CONSTRUCT } from "./interface.ts";
import { updateNegotiationNeededFlag } from "./negotiation-needed-flag.ts";
import { type DataChannelSlots, RTCDataChannel, type RTCPriorityType } from "./rtc-data-channel.ts";
import { toDictionary, toEnumeration, toIntegerInRange, toUSVString } from "./webidl.ts";

/** RTCDataChannelInit with its defaults, before any step has looked at it. */
export interface FullDataChannelInit {
  readonly ordered: boolean;
  readonly maxPacketLifeTime: number | null;
  readonly maxRetransmits: number | null;
  readonly protocol: string;
  readonly negotiated: boolean;
  readonly id: number | null;
  readonly priority: RTCPriorityType;
}

/** Converts to RTCDataChannelInit; members in the order Web IDL reads them. */
export function toDataChannelInit(value: unknown): FullDataChannelInit {
  const init = toDictionary(value, "RTCDataChannelInit");
  const short = (name: string): number | null => {
    const given = init[name];
    return given === undefined ? null : toIntegerInRange(given, 0xffff, `RTCDataChannelInit.${name}`);
  };
  return {
    id: short("id"),
    maxPacketLifeTime: short("maxPacketLifeTime"),
    maxRetransmits: short("maxRetransmits"),
    negotiated: Boolean(init.negotiated ?? false),
    ordered: init.ordered === undefined ? true : Boolean(init.ordered),
    priority: init.priority === undefined ? "low" : toEnumeration(init.priority, PRIORITIES, "RTCPriorityType"),
    protocol: init.protocol === undefined ? "" : toUSVString(init.protocol),
  };
}

/** The method's steps, after conversion. */
export function createDataChannel(slots: ConnectionSlots, label: string, options: FullDataChannelInit): RTCDataChannel {
  // Step 2.
  if (slots.isClosed) throw new DOMException("The RTCPeerConnection is closed.", "InvalidStateError");
  // Steps 3 to 12.
  if (utf8LengthExceeds(label, 0xffff)) throw new TypeError("The label is longer than 65535 bytes.");
  if (utf8LengthExceeds(options.protocol, 0xffff)) throw new TypeError("The protocol is longer than 65535 bytes.");
  const { ordered, maxPacketLifeTime, maxRetransmits, protocol, negotiated, priority } = options;
  const givenId = negotiated ? options.id : null;
  // Step 13.
  if (negotiated && givenId === null) throw new TypeError("A negotiated channel needs an id.");
  // Step 14.
  if (maxPacketLifeTime !== null && maxRetransmits !== null) {
    throw new TypeError("maxPacketLifeTime and maxRetransmits cannot both be given.");
  }
  // Step 16.
  if (givenId === 65_535) throw new TypeError("The largest id is 65534.");
  // Step 17, its last condition: the id is in use.
  if (givenId !== null) {
    for (const { slots: other } of slots.dataChannels.values()) {
      if (other.id === givenId) throw new DOMException(`A channel with id ${givenId} exists already.`, "OperationError");
    }
  }
  // Step 18.
  const maxChannels = slots.sctpTransport?.slots.sctpTransportState === "connected" ? slots.sctpTransport.slots.maxChannels : null;
  if (givenId !== null && maxChannels !== null && givenId >= maxChannels) {
    throw new DOMException(`The association has ${maxChannels} streams.`, "OperationError");
  }
  // Steps 17 and 22: the engine opens it, and gives it an id when the DTLS role is known.
  const handle = open(slots, {
    label,
    protocol,
    ordered,
    negotiated,
    priority,
    ...(maxPacketLifeTime === null ? {} : { maxPacketLifeTime }),
    ...(maxRetransmits === null ? {} : { maxRetransmits }),
    ...(givenId === null ? {} : { id: givenId }),
  });
  const id = givenId ?? slots.engine.data.opened.id(handle) ?? null;
  // Step 19.
  const first = !slots.dataChannelCreated;
  slots.dataChannelCreated = true;
  if (first) updateNegotiationNeededFlag(slots);
  // Step 20.
  const { channel } = createChannelRecord(slots, handle, { label, ...options, id });
  // Step 21.
  slots.driver.touch();
  return channel;
}

/** https://w3c.github.io/webrtc-pc/#dfn-create-an-rtcdatachannel, appended to [[DataChannels]]. */
export function createChannelRecord(
  slots: ConnectionSlots,
  handle: ChannelHandle,
  init: FullDataChannelInit & { readonly label: string },
): ChannelRecord {
  const { engine, runtime, driver } = slots;
  let readyState: DataChannelSlots["readyState"] = "connecting";
  const channelSlots: DataChannelSlots = {
    ...init,
    get readyState() {
      return readyState;
    },
    bufferedAmount: 0,
    waitingBytes: 0,
    lostBytes: 0,
    bufferedAmountLowThreshold: 0,
    binaryType: "arraybuffer",
    maxMessageSize: () => slots.sctpTransport?.slots.maxMessageSize ?? Number.POSITIVE_INFINITY,
    maxBufferSize: () => slots.sctpTransport?.slots.maxBufferSize ?? Number.POSITIVE_INFINITY,
    enter: (state) => {
      if (readyState === "open" && state !== "open") slots.dataChannelsClosed += 1;
      if (readyState !== "open" && state === "open") slots.dataChannelsOpened += 1;
      readyState = state;
    },
    transmit: (kind, data) => {
      try {
        engine.send(runtime.now(), handle, kind, data);
      } catch (error) {
        const exception = sendExceptionOf(error);
        if (exception !== undefined) throw exception;
        channelSlots.lostBytes += data.length;
        return;
      }
      record.messagesSent += 1;
      record.bytesSent += data.length;
      driver.touch();
    },
    startClosing: () => {
      if (slots.isClosed) return;
      engine.closeChannel(runtime.now(), handle);
      driver.touch();
    },
  };
  const channel = new RTCDataChannel(CONSTRUCT, channelSlots);
  const record: ChannelRecord = {
    handle,
    channel,
    slots: channelSlots,
    messagesSent: 0,
    bytesSent: 0,
    messagesReceived: 0,
    bytesReceived: 0,
  };
  slots.dataChannels.set(handle, record);
  return record;
}

function open(slots: ConnectionSlots, init: Parameters<ConnectionSlots["engine"]["openChannel"]>[1]): ChannelHandle {
  try {
    return slots.engine.openChannel(slots.runtime.now(), init);
  } catch (error) {
    // No stream is free, or the association is gone.
    if (error instanceof Error) throw new DOMException(error.message, "OperationError");
    throw error;
  }
}

/** UTF-8 takes at most 3 bytes per UTF-16 unit, so most labels need not be encoded to know. */
function utf8LengthExceeds(text: string, limit: number): boolean {
  return text.length * 3 > limit && new TextEncoder().encode(text).length > limit;
}

const PRIORITIES = ["very-low", "low", "medium", "high"] as const;
