/** An RTCPeerConnection without its Web IDL face: construction, engine events, closing. The class itself is in rtc-peer-connection.ts. */

import type { LocalCertificate } from "../certificate.ts";
import { checkHostSettings } from "../check-settings.ts";
import { supportedMedia } from "../engine/media/capabilities.ts";
import { PeerEngine } from "../engine/peer-engine.ts";
import type { PeerEvent } from "../engine/peer-event.ts";
import type { Runtime } from "../runtime.ts";
import type { PeerConnectionSettings } from "../settings.ts";
import type { ConnectionSlots } from "./connection-slots.ts";
import {
  bufferedAmountTask,
  channelAnnouncedTask,
  channelClosedTask,
  channelClosingTask,
  channelOpenTask,
  messageTask,
  sctpClosedTask,
  sctpConnectedTask,
} from "./data-channel-tasks.ts";
import { Driver } from "./driver.ts";
import { dtlsStateTask, transportClosedTask } from "./dtls-tasks.ts";
import type { IceServerUrl } from "./ice-server-url.ts";
import {
  candidateErrorTask,
  endOfCandidatesTask,
  gatheringStateTask,
  iceChangeTask,
  iceRoleTask,
  surfaceCandidateTask,
} from "./ice-tasks.ts";
import { bitrateEstimateTask, keyframeRequestedTask, receiverMutedTask, receiverUnmutedTask } from "./media/media-tasks.ts";
import { RemoteStreams } from "./media/remote-streams.ts";
import { stopTransceiver } from "./media/transceiver-steps.ts";
import { operationsChainEmptied } from "./negotiation-needed-flag.ts";
import { OperationsChain } from "./operations-chain.ts";
import { certificateOf } from "./rtc-certificate.ts";
import { checkConfiguration, type FullConfiguration } from "./rtc-configuration.ts";
import { type HostTasks, type Task, TaskQueue } from "./task-queue.ts";

/**
 * https://w3c.github.io/webrtc-pc/#dom-peerconnection, after conversion. Throws what its steps throw, and `InvalidArgumentError` for settings, which W3C
 * does not know.
 */
export function createConnection(
  connection: EventTarget,
  runtime: Runtime,
  configuration: FullConfiguration,
  settings: PeerConnectionSettings,
): ConnectionSlots {
  // Step 5.
  const unixMs = runtime.timeOrigin + runtime.now();
  for (const certificate of configuration.certificates) {
    if (certificate.expires < unixMs) throw new DOMException("A certificate has expired.", "InvalidAccessError");
  }
  // Step 8.
  const iceServers = checkConfiguration(configuration, undefined, false);
  checkHostSettings(settings);
  const tasks = new TaskQueue(hostTasksOf(runtime));
  const engine = createEngine(runtime, configuration, settings);
  const slots: ConnectionSlots = {
    runtime,
    settings,
    engine,
    driver: new Driver({
      runtime,
      settings,
      engine,
      tasks,
      iceServers: () => slots.iceServers,
      onEvent: (event) => stageEvent(slots, event),
      onDrained: () => {
        for (const { flow } of slots.transceivers) flow.drained();
      },
    }),
    tasks,
    connection,
    configuration,
    iceServers,
    // Steps 9 to 28.
    isClosed: false,
    negotiationNeeded: false,
    operations: new OperationsChain(
      () => slots.isClosed,
      () => operationsChainEmptied(slots),
    ),
    updateNegotiationNeededFlagOnEmptyChain: false,
    sctpTransport: null,
    lastStableStateSctpTransport: null,
    dataChannels: new Map(),
    dataChannelCreated: false,
    dataChannelsOpened: 0,
    dataChannelsClosed: 0,
    transceivers: [],
    createdSenders: new WeakSet(),
    remoteStreams: new RemoteStreams(),
    media: settings.media ?? supportedMedia,
    signalingState: "stable",
    iceConnectionState: "new",
    iceGatheringState: "new",
    connectionState: "new",
    pendingLocalDescription: null,
    currentLocalDescription: null,
    pendingRemoteDescription: null,
    currentRemoteDescription: null,
    canTrickleIceCandidates: null,
    localDescriptionSet: false,
    lastOfferRestartsIce: false,
    transports: new Map(),
  };
  return slots;
}

/** https://w3c.github.io/webrtc-pc/#set-the-configuration, for setConfiguration. */
export function replaceConfiguration(slots: ConnectionSlots, configuration: FullConfiguration): void {
  const iceServers: readonly IceServerUrl[] = checkConfiguration(configuration, slots.configuration, slots.localDescriptionSet);
  slots.iceServers = iceServers;
  slots.configuration = configuration;
  slots.engine.setIceTransportPolicy(configuration.iceTransportPolicy);
}

/** https://w3c.github.io/webrtc-pc/#dfn-close-the-connection */
export function closeConnection(slots: ConnectionSlots): void {
  // Steps 1 to 3.
  if (slots.isClosed) return;
  slots.isClosed = true;
  slots.signalingState = "closed";
  // Step 4.
  for (const record of slots.transceivers) if (!record.slots.stopped) stopTransceiver(slots, record);
  // Step 5.
  for (const { slots: channel } of slots.dataChannels.values()) channel.enter("closed");
  slots.dataChannels.clear();
  // Step 6.
  if (slots.sctpTransport !== null) slots.sctpTransport.slots.sctpTransportState = "closed";
  // Steps 7 to 9.
  for (const { iceSlots, dtlsSlots } of slots.transports.values()) {
    dtlsSlots.dtlsTransportState = "closed";
    iceSlots.iceTransportState = "closed";
  }
  slots.engine.close(slots.runtime.now());
  slots.driver.close();
  // Steps 10 and 11.
  slots.iceConnectionState = "closed";
  slots.connectionState = "closed";
}

/** The event loop of a host: one object for all its connections. */
export function hostTasksOf(runtime: Runtime): HostTasks {
  let tasks = hostTasks.get(runtime);
  if (tasks === undefined) {
    const queue = runtime.queueTask === undefined ? (task: Task) => void setImmediate(task) : (task: Task) => runtime.queueTask?.(task);
    tasks = { queue, waiting: 0 };
    hostTasks.set(runtime, tasks);
  }
  return tasks;
}

const hostTasks = new WeakMap<Runtime, HostTasks>();

function createEngine(runtime: Runtime, configuration: FullConfiguration, settings: PeerConnectionSettings): PeerEngine {
  const certificate = ownCertificate(runtime, configuration, settings);
  const { mtu, localMtu, maxMessageSize, maxBufferedAmount, allowBadPorts, media, cryptex, headerExtensionEncryption } = settings;
  const { ice, dtls, sctp, rtp, observer } = settings;
  const engine = new PeerEngine({
    crypto: settings.crypto ?? runtime.crypto,
    random: settings.random ?? runtime.random,
    timeOrigin: runtime.timeOrigin,
    bundlePolicy: configuration.bundlePolicy,
    ...(certificate === undefined ? {} : { certificate }),
    otherCertificates: configuration.certificates.slice(1).map(certificateOf),
    ...(mtu === undefined ? {} : { mtu }),
    ...(localMtu === undefined ? {} : { localMtu }),
    ...(maxMessageSize === undefined ? {} : { maxMessageSize }),
    ...(maxBufferedAmount === undefined ? {} : { maxBufferedAmount }),
    ...(allowBadPorts === undefined ? {} : { allowBadPorts }),
    ...(media === undefined ? {} : { media }),
    ...(cryptex === undefined ? {} : { cryptex }),
    ...(headerExtensionEncryption === undefined ? {} : { headerExtensionEncryption }),
    ...(ice === undefined ? {} : { ice }),
    ...(dtls === undefined ? {} : { dtls }),
    ...(sctp === undefined ? {} : { sctp }),
    ...(rtp === undefined ? {} : { rtp }),
    ...(observer === undefined ? {} : { observer }),
  });
  engine.setIceTransportPolicy(configuration.iceTransportPolicy);
  return engine;
}

/** The one for the handshake: the first of the configuration's, or the settings'. Otherwise the engine makes one. */
function ownCertificate(
  runtime: Runtime,
  configuration: FullConfiguration,
  settings: PeerConnectionSettings,
): LocalCertificate | undefined {
  const configured = configuration.certificates[0];
  if (configured !== undefined) return certificateOf(configured);
  if (settings.certificate === undefined) return undefined;
  const { der, pkcs8 } = settings.certificate;
  return { der, signer: (settings.crypto ?? runtime.crypto).signer(pkcs8), expires: Number.POSITIVE_INFINITY };
}

/** Stages the task, or the two, that an engine event queues. */
function stageEvent(slots: ConnectionSlots, event: PeerEvent): void {
  const stage = (task: () => void): void =>
    slots.tasks.stage(() => {
      if (!slots.isClosed) task();
    });
  switch (event.type) {
    case "message":
      stage(() => messageTask(slots, event));
      break;
    case "buffered-amount":
      stage(() => bufferedAmountTask(slots, event));
      break;
    case "gathering-state":
      stage(() => gatheringStateTask(slots, event));
      break;
    case "local-candidate":
      stage(() => surfaceCandidateTask(slots, event));
      break;
    case "end-of-local-candidates":
      stage(() => endOfCandidatesTask(slots, event));
      break;
    case "candidate-error":
      stage(() => candidateErrorTask(slots, event));
      break;
    case "ice-change":
      stage(() => iceChangeTask(slots, event));
      break;
    case "ice-role":
      stage(() => iceRoleTask(slots, event));
      break;
    case "dtls-state":
      stage(() => dtlsStateTask(slots, event));
      break;
    case "transport-closed":
      stage(() => transportClosedTask(slots, event.transport));
      break;
    case "sctp-connected":
      stage(() => sctpConnectedTask(slots, event));
      break;
    case "sctp-closed":
      stage(() => sctpClosedTask(slots));
      break;
    case "channel-announced":
      stage(() => channelAnnouncedTask(slots, event));
      stage(() => channelOpenTask(slots, event));
      break;
    case "channel-open":
      stage(() => channelOpenTask(slots, event));
      break;
    case "channel-closing":
      stage(() => channelClosingTask(slots, event));
      break;
    case "channel-closed":
      stage(() => channelClosedTask(slots, event));
      break;
    case "keyframe-requested":
      stage(() => keyframeRequestedTask(slots, event));
      break;
    case "receiver-unmuted":
      stage(() => receiverUnmutedTask(slots, event));
      break;
    case "receiver-muted":
      stage(() => receiverMutedTask(slots, event));
      break;
    case "bitrate-estimate":
      stage(() => bitrateEstimateTask(slots, event));
      break;
    case "sink-failed": // what callbacks of the application throw is reported where they are called: this is ours
      queueMicrotask(() => {
        throw event.error;
      });
      break;
    // Receivers know their layers; "receiver-muted" says when the last stream is gone.
    case "layer":
    case "bye":
    // The shell looks at [[BufferedAmount]] itself; the driver has opened the sockets; close() needs no answer.
    case "buffered-amount-low":
    case "addresses-needed":
    case "closed":
      break;
  }
}
