/** https://w3c.github.io/webrtc-pc/#rtcpeerconnection-interface: the Web IDL face. Converts, checks, and runs the algorithms of this folder. */
import type { Runtime } from "../runtime.ts";
import type { PeerConnectionSettings } from "../settings.ts";
import { closeConnection, createConnection, hostTasksOf, replaceConfiguration } from "./connection.ts";
import type { ConnectionSlots } from "./connection-slots.ts";
import { createDataChannel, toDataChannelInit } from "./create-data-channel.ts";
import { createAnswerSteps, createOfferSteps } from "./create-description.ts";
import { defineEventHandlers } from "./event-handler.ts";
import { generateCertificate } from "./generate-certificate.ts";
import { addIceCandidateSteps } from "./ice-tasks.ts";
import { exposeInterface } from "./interface.ts";
import { settleWithCallbacks } from "./legacy-callbacks.ts";
import {
  addTrackSteps,
  addTransceiverSteps,
  offerToReceive,
  removeTrackSteps,
  toTrackOrKind,
  toTransceiverInit,
} from "./media/add-track.ts";
import { toStream } from "./media/media-stream.ts";
import { toTrack } from "./media/media-stream-track.ts";
import type { RTCRtpReceiver } from "./media/rtc-rtp-receiver.ts";
import { RTCRtpSender } from "./media/rtc-rtp-sender.ts";
import type { RTCRtpTransceiver } from "./media/rtc-rtp-transceiver.ts";
import { updateNegotiationNeededFlag } from "./negotiation-needed-flag.ts";
import type {
  RTCCreatedDescription,
  RTCIceConnectionState,
  RTCIceGatheringState,
  RTCPeerConnection,
  RTCPeerConnectionConstructor,
  RTCPeerConnectionState,
  RTCSignalingState,
} from "./peer-connection-interface.ts";
import type { RTCCertificate } from "./rtc-certificate.ts";
import { copyConfiguration, type FullConfiguration, type RTCConfiguration, toConfiguration } from "./rtc-configuration.ts";
import type { RTCDataChannel } from "./rtc-data-channel.ts";
import { toIceCandidateInit } from "./rtc-ice-candidate.ts";
import type { RTCSctpTransport } from "./rtc-sctp-transport.ts";
import { type RTCSessionDescription, toLocalSessionDescriptionInit, toSessionDescriptionInit } from "./rtc-session-description.ts";
import type { RTCStatsReport } from "./rtc-stats-report.ts";
import { setLocalDescriptionSteps, setRemoteDescriptionSteps } from "./set-description.ts";
import { getStatsSteps, selectorOf } from "./stats/get-stats.ts";
import { promised, requireArguments, toDictionary, toUSVString } from "./webidl.ts";

/** RTCPeerConnection over a host. Call it once per host and export what it returns. */
export function definePeerConnection(runtime: Runtime): RTCPeerConnectionConstructor {
  class PeerConnection extends EventTarget {
    readonly #slots: ConnectionSlots;

    constructor(...args: [configuration?: RTCConfiguration, settings?: PeerConnectionSettings]) {
      super();
      this.#slots = createConnection(this, runtime, toConfiguration(args[0]), args[1] ?? {});
    }

    static {
      const isInstance = (value: unknown): boolean => typeof value === "object" && value !== null && #slots in value;
      defineEventHandlers(PeerConnection.prototype, isInstance, [
        "negotiationneeded",
        "icecandidate",
        "icecandidateerror",
        "signalingstatechange",
        "iceconnectionstatechange",
        "icegatheringstatechange",
        "connectionstatechange",
        "track",
        "datachannel",
      ]);
    }

    static generateCertificate(...args: readonly unknown[]): Promise<RTCCertificate> {
      return promised(() => generateCertificate(runtime, hostTasksOf(runtime).queue, args));
    }

    createOffer(...args: readonly unknown[]): Promise<RTCCreatedDescription | undefined> {
      return promised(() => {
        const slots = this.#slots;
        const legacy = args.length > 1; // Web IDL tells overloads apart by the number of arguments first
        const callbacks = legacy ? settleWithCallbacks<RTCCreatedDescription>(args, 0, "createOffer") : undefined;
        const options = toDictionary(args[legacy ? 2 : 0], "RTCOfferOptions");
        const iceRestart = Boolean(options.iceRestart);
        const receiveAudio = optionalBoolean(options.offerToReceiveAudio);
        const receiveVideo = optionalBoolean(options.offerToReceiveVideo);
        if (!slots.isClosed) {
          if (receiveAudio !== undefined) offerToReceive(slots, "audio", receiveAudio);
          if (receiveVideo !== undefined) offerToReceive(slots, "video", receiveVideo);
        }
        const offer = slots.operations.chain(() => createOfferSteps(slots, { iceRestart }));
        return callbacks === undefined ? offer : callbacks(offer);
      });
    }

    createAnswer(...args: readonly unknown[]): Promise<RTCCreatedDescription | undefined> {
      return promised(() => {
        const slots = this.#slots;
        const legacy = args.length > 1; // Web IDL tells overloads apart by the number of arguments first
        const callbacks = legacy ? settleWithCallbacks<RTCCreatedDescription>(args, 0, "createAnswer") : undefined;
        if (!legacy) toDictionary(args[0], "RTCAnswerOptions");
        const answer = slots.operations.chain(() => createAnswerSteps(slots));
        return callbacks === undefined ? answer : callbacks(answer);
      });
    }

    setLocalDescription(...args: readonly unknown[]): Promise<undefined> {
      return promised(() => {
        const slots = this.#slots;
        const { type, sdp } = toLocalSessionDescriptionInit(args[0]);
        const callbacks = args.length > 1 ? settleWithCallbacks<void>(args, 1, "setLocalDescription") : undefined;
        const done = slots.operations.chain(() => setLocalDescriptionSteps(slots, type, sdp));
        return callbacks === undefined ? done.then(nothing) : callbacks(done);
      });
    }

    get localDescription(): RTCSessionDescription | null {
      return this.#slots.pendingLocalDescription ?? this.#slots.currentLocalDescription;
    }

    get currentLocalDescription(): RTCSessionDescription | null {
      return this.#slots.currentLocalDescription;
    }

    get pendingLocalDescription(): RTCSessionDescription | null {
      return this.#slots.pendingLocalDescription;
    }

    setRemoteDescription(...args: readonly unknown[]): Promise<undefined> {
      return promised(() => {
        const slots = this.#slots;
        requireArguments(args, 1, "setRemoteDescription");
        const { type, sdp } = toSessionDescriptionInit(args[0]);
        const callbacks = args.length > 1 ? settleWithCallbacks<void>(args, 1, "setRemoteDescription") : undefined;
        const done = slots.operations.chain(() => setRemoteDescriptionSteps(slots, type, sdp));
        return callbacks === undefined ? done.then(nothing) : callbacks(done);
      });
    }

    get remoteDescription(): RTCSessionDescription | null {
      return this.#slots.pendingRemoteDescription ?? this.#slots.currentRemoteDescription;
    }

    get currentRemoteDescription(): RTCSessionDescription | null {
      return this.#slots.currentRemoteDescription;
    }

    get pendingRemoteDescription(): RTCSessionDescription | null {
      return this.#slots.pendingRemoteDescription;
    }

    addIceCandidate(...args: readonly unknown[]): Promise<undefined> {
      return promised(() => {
        const slots = this.#slots;
        const init = toIceCandidateInit(args[0]);
        const callbacks = args.length > 1 ? settleWithCallbacks<void>(args, 1, "addIceCandidate") : undefined;
        // Step 3.
        const done =
          init.candidate !== "" && init.sdpMid === null && init.sdpMLineIndex === null
            ? Promise.reject(new TypeError("addIceCandidate: sdpMid or sdpMLineIndex is required"))
            : slots.operations.chain(() => addIceCandidateSteps(slots, init));
        return callbacks === undefined ? done.then(nothing) : callbacks(done);
      });
    }

    get signalingState(): RTCSignalingState {
      return this.#slots.signalingState;
    }

    get iceGatheringState(): RTCIceGatheringState {
      return this.#slots.iceGatheringState;
    }

    get iceConnectionState(): RTCIceConnectionState {
      return this.#slots.iceConnectionState;
    }

    get connectionState(): RTCPeerConnectionState {
      return this.#slots.connectionState;
    }

    get canTrickleIceCandidates(): boolean | null {
      return this.#slots.canTrickleIceCandidates;
    }

    restartIce(): void {
      const slots = this.#slots;
      if (slots.isClosed) return;
      slots.engine.restartIce(runtime.now());
      updateNegotiationNeededFlag(slots);
    }

    getConfiguration(): FullConfiguration {
      return copyConfiguration(this.#slots.configuration);
    }

    setConfiguration(...args: readonly unknown[]): void {
      const slots = this.#slots;
      const configuration = toConfiguration(args[0]);
      // Step 2.
      if (slots.isClosed) throw new DOMException("The RTCPeerConnection is closed.", "InvalidStateError");
      // Step 3.
      replaceConfiguration(slots, configuration);
    }

    close(): void {
      closeConnection(this.#slots);
    }

    get sctp(): RTCSctpTransport | null {
      return this.#slots.sctpTransport?.sctp ?? null;
    }

    createDataChannel(...args: readonly unknown[]): RTCDataChannel {
      const slots = this.#slots;
      requireArguments(args, 1, "createDataChannel");
      return createDataChannel(slots, toUSVString(args[0]), toDataChannelInit(args[1]));
    }

    getSenders(): RTCRtpSender[] {
      return this.#slots.transceivers.filter(({ slots }) => !slots.stopped).map(({ sender }) => sender);
    }

    getReceivers(): RTCRtpReceiver[] {
      return this.#slots.transceivers.filter(({ slots }) => !slots.stopped).map(({ receiver }) => receiver);
    }

    getTransceivers(): RTCRtpTransceiver[] {
      return this.#slots.transceivers.map(({ transceiver }) => transceiver);
    }

    addTrack(...args: readonly unknown[]): RTCRtpSender {
      const slots = this.#slots;
      requireArguments(args, 1, "addTrack");
      const track = toTrack(args[0], "addTrack");
      return addTrackSteps(
        slots,
        track,
        args.slice(1).map((stream) => toStream(stream, "addTrack")),
      );
    }

    removeTrack(...args: readonly unknown[]): void {
      const slots = this.#slots;
      requireArguments(args, 1, "removeTrack");
      const sender = args[0];
      if (!(sender instanceof RTCRtpSender)) throw new TypeError("removeTrack: not an RTCRtpSender");
      removeTrackSteps(slots, sender);
    }

    addTransceiver(...args: readonly unknown[]): RTCRtpTransceiver {
      const slots = this.#slots;
      requireArguments(args, 1, "addTransceiver");
      return addTransceiverSteps(slots, toTrackOrKind(args[0]), toTransceiverInit(args[1]));
    }

    getStats(...args: readonly unknown[]): Promise<RTCStatsReport> {
      return promised(() => {
        const slots = this.#slots;
        const given = args[0] ?? null;
        const selector = given === null ? null : toTrack(given, "getStats");
        return selector === null ? getStatsSteps(slots) : getStatsSteps(slots, selectorOf(slots, selector));
      });
    }
  }
  exposeInterface(PeerConnection, "RTCPeerConnection", {
    setRemoteDescription: 1,
    createDataChannel: 1,
    addTrack: 1,
    removeTrack: 1,
    addTransceiver: 1,
    generateCertificate: 1,
  });
  Object.defineProperty(PeerConnection, "name", { value: "RTCPeerConnection", configurable: true });
  return asConstructor(PeerConnection);
}

/** A member of a dictionary that may be absent. */
function optionalBoolean(value: unknown): boolean | undefined {
  return value === undefined ? undefined : Boolean(value);
}

function nothing(): undefined {
  return undefined;
}

/** The event handler attributes, typed as accessors, are defined at run time; that is all that the class lacks of the interface. */
function asConstructor(interfaceObject: object): RTCPeerConnectionConstructor {
  if (!isConstructor(interfaceObject)) throw new TypeError("the interface object lacks event handler attributes");
  return interfaceObject;
}

function isConstructor(interfaceObject: object): interfaceObject is RTCPeerConnectionConstructor {
  return (
    "prototype" in interfaceObject && typeof interfaceObject.prototype === "object" && "ondatachannel" in (interfaceObject.prototype ?? {})
  );
}

export type { RTCPeerConnection, RTCPeerConnectionConstructor };
