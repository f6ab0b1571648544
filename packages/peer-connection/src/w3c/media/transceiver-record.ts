/** https://w3c.github.io/webrtc-pc/#dfn-create-an-rtcrtptransceiver with its sender and receiver: the objects around a transceiver of the engine. */
import type { MediaTransceiver } from "../../engine/media/types.ts";
import type { ConnectionSlots } from "../connection-slots.ts";
import { CONSTRUCT } from "../interface.ts";
import { getStatsSteps } from "../stats/get-stats.ts";
import { createDtmfSender } from "./dtmf-steps.ts";
import { createTrack, type MediaStreamTrack } from "./media-stream-track.ts";
import { ReceiverSource } from "./receiver-source.ts";
import { sourcesOf } from "./receiver-sources.ts";
import { type ReceiverSlots, RTCRtpReceiver } from "./rtc-rtp-receiver.ts";
import { RTCRtpSender, type SenderSlots } from "./rtc-rtp-sender.ts";
import { RTCRtpTransceiver, type TransceiverSlots } from "./rtc-rtp-transceiver.ts";
import type { SendEncoding } from "./send-encodings.ts";
import { SenderFlow } from "./sender-flow.ts";
import { getParametersSteps, replaceTrackSteps, setParametersSteps, setStreamsSteps } from "./sender-steps.ts";
import { setCodecPreferencesSteps, setDirectionSteps, stopSteps } from "./transceiver-steps.ts";

/** A transceiver's objects with their slots. */
export interface TransceiverRecord {
  readonly engine: MediaTransceiver;
  readonly transceiver: RTCRtpTransceiver;
  readonly slots: TransceiverSlots;
  readonly sender: RTCRtpSender;
  readonly senderSlots: SenderSlots;
  readonly receiver: RTCRtpReceiver;
  readonly receiverSlots: ReceiverSlots;
  /** What takes the sender's track to the engine. */
  readonly flow: SenderFlow;
  /** What the receiver's track shows. */
  readonly source: ReceiverSource;
  /** The transceiver is stopped: no timer is to go off any more. */
  readonly release: () => void;
}

/** What the objects begin with. */
export interface TransceiverStart {
  readonly track: MediaStreamTrack | null;
  readonly streamIds: readonly string[];
  readonly encodings: readonly SendEncoding[];
  /** What the peer calls its track. */
  readonly remoteTrackId?: string;
}

/** Makes the objects and appends them to the connection's set of transceivers. */
export function createTransceiverRecord(slots: ConnectionSlots, engine: MediaTransceiver, start: TransceiverStart): TransceiverRecord {
  const { runtime, driver } = slots;
  const { kind } = engine;
  const now = (): number => runtime.now();
  const requestKeyframe = (): void => {
    if (slots.isClosed) return;
    engine.receiver.requestKeyframe(now());
    driver.touch();
  };
  const source = new ReceiverSource({ kind, clockOrigin: runtime.timeOrigin, receiver: engine.receiver, requestKeyframe });
  const receiverSlots: ReceiverSlots = {
    track: createTrack(source, {
      label: `remote ${kind}`,
      muted: true,
      ...(start.remoteTrackId === undefined ? {} : { id: start.remoteTrackId }),
    }),
    transport: null,
    lastStableTransport: null,
    streams: [],
    lastStableStreams: [],
    receiveCodecs: [],
    lastStableReceiveCodecs: [],
    headerExtensions: [],
    reducedSize: false,
    jitterBufferTarget: null,
    setJitterBufferTarget: (target) => {
      receiverSlots.jitterBufferTarget = target;
      if (slots.isClosed) return;
      engine.receiver.setDelay(now(), target ?? undefined);
      driver.touch();
    },
    contributingSources: () => sourcesOf(slots, slots.isClosed ? [] : slots.engine.contributingSources(engine.id)),
    synchronizationSources: () => sourcesOf(slots, slots.isClosed ? [] : slots.engine.synchronizationSources(engine.id)),
    getStats: () => getStatsSteps(slots, { receiver: engine.id }),
    requestKeyframe,
    selectLayer: (rid) => {
      if (slots.isClosed) return;
      engine.receiver.selectLayer(now(), rid ?? undefined);
      driver.touch();
    },
    layers: () => engine.receiver.layers,
  };
  const tones = kind === "audio" ? createDtmfSender(slots, () => record) : undefined;
  const senderSlots: SenderSlots = {
    kind,
    track: start.track,
    transport: null,
    lastStableTransport: null,
    streamIds: start.streamIds,
    encodings: start.encodings,
    lastStableRidlessEncodings: null,
    lastReturnedParameters: null,
    sendCodecs: [],
    headerExtensions: [],
    reducedSize: false,
    dtmf: tones?.dtmf ?? null,
    getParameters: () => getParametersSteps(slots, senderSlots),
    setParameters: (parameters) => setParametersSteps(slots, record, parameters),
    replaceTrack: (track) => replaceTrackSteps(slots, record, track),
    setStreams: (streamIds) => setStreamsSteps(slots, record, streamIds),
    getStats: () => getStatsSteps(slots, { sender: engine.id }),
    selectLayer: (rid) => flow.selectLayer(rid ?? undefined),
    sendRefusal: () => flow.refusal ?? null,
  };
  const flow = new SenderFlow({ sender: engine.sender, now, touch: () => driver.touch(), encodings: () => senderSlots.encodings });
  const sender = new RTCRtpSender(CONSTRUCT, senderSlots);
  const receiver = new RTCRtpReceiver(CONSTRUCT, receiverSlots);
  const transceiverSlots: TransceiverSlots = {
    kind,
    sender,
    receiver,
    mid: null,
    direction: engine.direction,
    currentDirection: null,
    firedDirection: null,
    receptive: false,
    stopping: false,
    stopped: false,
    hasSent: false,
    setDirection: (direction) => setDirectionSteps(slots, record, direction),
    stop: () => stopSteps(slots, record),
    setCodecPreferences: (codecs) => setCodecPreferencesSteps(slots, record, codecs),
  };
  const transceiver = new RTCRtpTransceiver(CONSTRUCT, transceiverSlots);
  const record: TransceiverRecord = {
    engine,
    transceiver,
    slots: transceiverSlots,
    sender,
    senderSlots,
    receiver,
    receiverSlots,
    flow,
    source,
    release: () => tones?.close(),
  };
  slots.createdSenders.add(sender);
  slots.transceivers = [...slots.transceivers, record];
  flow.attach(start.track);
  return record;
}
