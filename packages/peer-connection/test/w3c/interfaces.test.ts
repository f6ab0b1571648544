import { expect, test } from "vitest";
import * as webrtc from "../../src/index.ts";
import { openChannels, rejection, thrown, virtualPeers } from "../virtual-host.ts";

const { RTCPeerConnection } = virtualPeers();

/** Interface, what it inherits from, arguments its constructor requires (undefined: it has none), attributes, operations with their lengths. */
type Shape = readonly [object, string, object | null, number | undefined, readonly string[], Readonly<Record<string, number>>];

const handlers = (...types: readonly string[]) => types.map((type) => `on${type}`);

const shapes: readonly Shape[] = [
  [
    RTCPeerConnection,
    "RTCPeerConnection",
    EventTarget,
    0,
    [
      ..."localDescription currentLocalDescription pendingLocalDescription remoteDescription currentRemoteDescription".split(" "),
      ..."pendingRemoteDescription signalingState iceGatheringState iceConnectionState connectionState canTrickleIceCandidates sctp".split(
        " ",
      ),
      ...handlers("negotiationneeded", "icecandidate", "icecandidateerror", "signalingstatechange", "iceconnectionstatechange"),
      ...handlers("icegatheringstatechange", "connectionstatechange", "track", "datachannel"),
    ],
    {
      createOffer: 0,
      createAnswer: 0,
      setLocalDescription: 0,
      setRemoteDescription: 1,
      addIceCandidate: 0,
      restartIce: 0,
      getConfiguration: 0,
      setConfiguration: 0,
      close: 0,
      createDataChannel: 1,
      getSenders: 0,
      getReceivers: 0,
      getTransceivers: 0,
      addTrack: 1,
      removeTrack: 1,
      addTransceiver: 1,
      getStats: 0,
    },
  ],
  [
    webrtc.RTCDataChannel,
    "RTCDataChannel",
    EventTarget,
    undefined,
    [
      ..."label ordered maxPacketLifeTime maxRetransmits protocol negotiated id readyState bufferedAmount bufferedAmountLowThreshold".split(
        " ",
      ),
      "binaryType",
      "priority",
      ...handlers("open", "bufferedamountlow", "error", "closing", "close", "message"),
    ],
    { close: 0, send: 1 },
  ],
  [
    webrtc.RTCDtlsTransport,
    "RTCDtlsTransport",
    EventTarget,
    undefined,
    ["iceTransport", "state", ...handlers("statechange", "error")],
    { getRemoteCertificates: 0 },
  ],
  [
    webrtc.RTCIceTransport,
    "RTCIceTransport",
    EventTarget,
    undefined,
    ["role", "component", "state", "gatheringState", ...handlers("statechange", "gatheringstatechange", "selectedcandidatepairchange")],
    { getLocalCandidates: 0, getRemoteCandidates: 0, getSelectedCandidatePair: 0, getLocalParameters: 0, getRemoteParameters: 0 },
  ],
  [
    webrtc.RTCSctpTransport,
    "RTCSctpTransport",
    EventTarget,
    undefined,
    ["transport", "state", "maxMessageSize", "maxChannels", "onstatechange"],
    {},
  ],
  [webrtc.RTCCertificate, "RTCCertificate", null, undefined, ["expires"], { getFingerprints: 0 }],
  [webrtc.RTCSessionDescription, "RTCSessionDescription", null, 1, ["type", "sdp"], { toJSON: 0 }],
  [
    webrtc.RTCIceCandidate,
    "RTCIceCandidate",
    null,
    0,
    [
      ..."candidate sdpMid sdpMLineIndex foundation component priority address protocol port type tcpType relatedAddress relatedPort".split(
        " ",
      ),
      ..."usernameFragment relayProtocol url".split(" "),
    ],
    { toJSON: 0 },
  ],
  [webrtc.RTCIceCandidatePair, "RTCIceCandidatePair", null, undefined, ["local", "remote"], {}],
  [webrtc.RTCPeerConnectionIceEvent, "RTCPeerConnectionIceEvent", Event, 1, ["candidate", "url"], {}],
  [
    webrtc.RTCPeerConnectionIceErrorEvent,
    "RTCPeerConnectionIceErrorEvent",
    Event,
    2,
    ["address", "port", "url", "errorCode", "errorText"],
    {},
  ],
  [webrtc.RTCDataChannelEvent, "RTCDataChannelEvent", Event, 2, ["channel"], {}],
  [
    webrtc.RTCRtpSender,
    "RTCRtpSender",
    null,
    undefined,
    ["track", "transport", "dtmf", "sendRefusal"],
    { setParameters: 1, getParameters: 0, replaceTrack: 1, setStreams: 0, getStats: 0, selectLayer: 1 },
  ],
  [
    webrtc.RTCRtpReceiver,
    "RTCRtpReceiver",
    null,
    undefined,
    ["track", "transport", "jitterBufferTarget"],
    {
      getParameters: 0,
      getContributingSources: 0,
      getSynchronizationSources: 0,
      getStats: 0,
      requestKeyframe: 0,
      selectLayer: 1,
      getLayers: 0,
    },
  ],
  [
    webrtc.RTCRtpTransceiver,
    "RTCRtpTransceiver",
    null,
    undefined,
    ["mid", "sender", "receiver", "direction", "currentDirection"],
    { stop: 0, setCodecPreferences: 1 },
  ],
  [webrtc.RTCTrackEvent, "RTCTrackEvent", Event, 2, ["receiver", "track", "streams", "transceiver"], {}],
  [webrtc.RTCDTMFSender, "RTCDTMFSender", EventTarget, undefined, ["canInsertDTMF", "toneBuffer", "ontonechange"], { insertDTMF: 1 }],
  [webrtc.RTCDTMFToneChangeEvent, "RTCDTMFToneChangeEvent", Event, 1, ["tone"], {}],
  [
    webrtc.MediaStream,
    "MediaStream",
    EventTarget,
    0,
    ["id", "active", ...handlers("addtrack", "removetrack")],
    { getAudioTracks: 0, getVideoTracks: 0, getTracks: 0, getTrackById: 1, addTrack: 1, removeTrack: 1, clone: 0 },
  ],
  [
    webrtc.MediaStreamTrack,
    "MediaStreamTrack",
    EventTarget,
    undefined,
    ["kind", "id", "label", "enabled", "muted", "readyState", "contentHint", ...handlers("mute", "unmute", "ended")],
    { clone: 0, stop: 0, getCapabilities: 0, getConstraints: 0, getSettings: 0, applyConstraints: 0 },
  ],
  [webrtc.MediaStreamTrackEvent, "MediaStreamTrackEvent", Event, 2, ["track"], {}],
  [webrtc.RTCEncodedVideoFrame, "RTCEncodedVideoFrame", null, 1, ["type", "timestamp", "data"], { getMetadata: 0, setMetadata: 1 }],
  [webrtc.RTCEncodedAudioFrame, "RTCEncodedAudioFrame", null, 1, ["timestamp", "data"], { getMetadata: 0, setMetadata: 1 }],
  [
    webrtc.EncodedTrackGenerator,
    "EncodedTrackGenerator",
    EventTarget,
    1,
    ["track", "writable", "desiredBitrate", ...handlers("keyframerequest", "bitratechange")],
    {},
  ],
  [webrtc.EncodedTrackProcessor, "EncodedTrackProcessor", null, 1, ["readable", "droppedFrames"], { requestKeyframe: 0 }],
  [
    webrtc.RtpTrackGenerator,
    "RtpTrackGenerator",
    EventTarget,
    1,
    ["track", "writable", "desiredBitrate", "droppedPackets", ...handlers("keyframerequest", "bitratechange")],
    {},
  ],
  [webrtc.RtpTrackProcessor, "RtpTrackProcessor", null, 1, ["readable", "droppedPackets"], { requestKeyframe: 0 }],
  [webrtc.KeyframeRequestEvent, "KeyframeRequestEvent", Event, 1, ["rid"], {}],
  [webrtc.OverconstrainedError, "OverconstrainedError", DOMException, 1, ["constraint"], {}],
  [webrtc.RTCErrorEvent, "RTCErrorEvent", Event, 2, ["error"], {}],
  [webrtc.RTCError, "RTCError", DOMException, 1, ["errorDetail", "sdpLineNumber", "sctpCauseCode", "receivedAlert", "sentAlert"], {}],
  [webrtc.RTCStatsReport, "RTCStatsReport", null, undefined, ["size"], { entries: 0, keys: 0, values: 0, forEach: 1, get: 1, has: 1 }],
];

const SETTABLE = ["bufferedAmountLowThreshold", "binaryType", "jitterBufferTarget", "direction", "enabled", "contentHint", "data"];

test.each(shapes.map((shape) => [shape[1], shape] as const))(
  "Web IDL: the interface %s",
  (name, [Interface, , parent, required, attributes, operations]) => {
    const { prototype, length, name: interfaceName } = Interface as { prototype: object; length: number; name: string };
    expect(interfaceName).toBe(name);
    expect(length).toBe(required ?? 0);
    expect(Object.getPrototypeOf(prototype)).toBe(parent === null ? Object.prototype : (parent as { prototype: object }).prototype);
    expect(Object.getPrototypeOf(Interface)).toBe(parent ?? Function.prototype);
    expect(Object.getOwnPropertyDescriptor(Interface, "prototype")).toMatchObject({
      writable: false,
      enumerable: false,
      configurable: false,
    });
    expect(Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag)).toEqual({
      value: name,
      writable: false,
      enumerable: false,
      configurable: true,
    });
    expect(thrown(() => Reflect.apply(Interface as () => unknown, undefined, []))).toBe("TypeError");
    if (required === undefined) {
      try {
        Reflect.construct(Interface as new () => unknown, []);
        expect.unreachable();
      } catch (error) {
        expect(error).toMatchObject({ name: "TypeError", message: "Illegal constructor" });
      }
    } else if (required > 0) {
      expect(thrown(() => Reflect.construct(Interface as new () => unknown, []))).toBe("TypeError");
    }
    for (const attribute of attributes) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, attribute)!;
      expect(descriptor, attribute).toMatchObject({ enumerable: true, configurable: true });
      expect(typeof descriptor.get).toBe("function");
      expect(
        thrown(() => descriptor.get!.call({})),
        attribute,
      ).toBe("TypeError");
      const settable = attribute.startsWith("on") || SETTABLE.includes(attribute);
      expect(descriptor.set === undefined, attribute).toBe(!settable);
      if (settable)
        expect(
          thrown(() => descriptor.set!.call({}, null)),
          attribute,
        ).toBe("TypeError");
    }
    for (const [operation, operationLength] of Object.entries(operations)) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, operation)!;
      expect(descriptor, operation).toMatchObject({ enumerable: true, configurable: true, writable: true });
      expect(descriptor.value.length, operation).toBe(operationLength);
      expect(descriptor.value.name).toBe(operation);
    }
    const expected = [...attributes, ...Object.keys(operations), "constructor"].sort();
    expect(Object.getOwnPropertyNames(prototype).sort()).toEqual(expected);
  },
);

test("Web IDL: an operation that returns a promise rejects where others throw, brand checks included", async () => {
  const { prototype } = RTCPeerConnection;
  for (const operation of ["createOffer", "createAnswer", "setLocalDescription", "setRemoteDescription", "addIceCandidate", "getStats"]) {
    expect(await rejection(Reflect.get(prototype, operation).call({})), operation).toBe("TypeError");
  }
  for (const operation of ["restartIce", "getConfiguration", "setConfiguration", "close", "createDataChannel"]) {
    expect(
      thrown(() => Reflect.get(prototype, operation).call({}, "x")),
      operation,
    ).toBe("TypeError");
  }
  expect(await rejection(Reflect.apply(Reflect.get(RTCPeerConnection, "generateCertificate"), RTCPeerConnection, []))).toBe("TypeError");
  expect(Object.getOwnPropertyDescriptor(RTCPeerConnection, "generateCertificate")).toMatchObject({ enumerable: true });
  expect(Reflect.get(RTCPeerConnection, "generateCertificate")).toHaveLength(1);
});

test("Web IDL: objects have no enumerable properties of their own, and the right class string", async () => {
  const { create } = virtualPeers();
  const { a, near } = await openChannels(create);
  const sctp = a.sctp!;
  const objects = {
    RTCPeerConnection: a,
    RTCDataChannel: near,
    RTCSctpTransport: sctp,
    RTCDtlsTransport: sctp.transport,
    RTCIceTransport: sctp.transport.iceTransport,
  };
  for (const [name, object] of Object.entries(objects)) {
    expect(Object.prototype.toString.call(object)).toBe(`[object ${name}]`);
    expect(Object.keys(object)).toEqual([]);
  }
  expect(sctp.transport.iceTransport).toBe(sctp.transport.iceTransport);
});

test("RTCPeerConnection can be subclassed", () => {
  class Mine extends RTCPeerConnection {
    readonly extra = 1;
  }
  const mine = new Mine();
  expect(mine).toBeInstanceOf(RTCPeerConnection);
  expect(mine.signalingState).toBe("stable");
  mine.close();
});

test("dom-rtcerror: an OperationError with details", () => {
  const error = new webrtc.RTCError({ errorDetail: "sctp-failure", sctpCauseCode: 12 }, "gone");
  expect(error).toBeInstanceOf(DOMException);
  expect(error).toMatchObject({ name: "OperationError", message: "gone", code: 0, errorDetail: "sctp-failure", sctpCauseCode: 12 });
  expect([error.sdpLineNumber, error.receivedAlert, error.sentAlert]).toEqual([null, null, null]);
  expect(thrown(() => new webrtc.RTCError({} as never))).toBe("TypeError");
  expect(thrown(() => new webrtc.RTCError({ errorDetail: "x" } as never))).toBe("TypeError");
  const event = new webrtc.RTCErrorEvent("error", { error, cancelable: true });
  expect(event.error).toBe(error);
  expect([event.type, event.cancelable, event.bubbles]).toEqual(["error", true, false]);
  expect(thrown(() => new webrtc.RTCErrorEvent("error", { error: new Error() as never }))).toBe("TypeError");
});

test("events: what their constructors take and refuse", async () => {
  const candidate = new webrtc.RTCIceCandidate({ candidate: "", sdpMid: "0" });
  const ice = new webrtc.RTCPeerConnectionIceEvent("icecandidate", { candidate, url: "stun:x" });
  expect([ice.candidate, ice.url]).toEqual([candidate, "stun:x"]);
  expect(new webrtc.RTCPeerConnectionIceEvent("icecandidate").candidate).toBeNull();
  expect(thrown(() => new webrtc.RTCPeerConnectionIceEvent("x", { candidate: {} as never }))).toBe("TypeError");
  const failed = new webrtc.RTCPeerConnectionIceErrorEvent("icecandidateerror", { errorCode: 701.9, port: 65_537 });
  expect([failed.errorCode, failed.port, failed.address, failed.url, failed.errorText]).toEqual([701, 1, null, "", ""]);
  expect(thrown(() => new webrtc.RTCPeerConnectionIceErrorEvent("x", {} as never))).toBe("TypeError");
  const { create } = virtualPeers();
  const channel = create().createDataChannel("x");
  expect(new webrtc.RTCDataChannelEvent("datachannel", { channel }).channel).toBe(channel);
  expect(thrown(() => new webrtc.RTCDataChannelEvent("datachannel", { channel: {} as never }))).toBe("TypeError");
});

test("dom-rtcsessiondescription: type and sdp, toJSON, read-only", () => {
  const description = new webrtc.RTCSessionDescription({ type: "offer" });
  expect([description.type, description.sdp]).toEqual(["offer", ""]);
  expect(JSON.stringify(new webrtc.RTCSessionDescription({ type: "answer", sdp: "v=0" }))).toBe('{"type":"answer","sdp":"v=0"}');
  expect(thrown(() => new webrtc.RTCSessionDescription({ type: "x" as never }))).toBe("TypeError");
  expect(thrown(() => Reflect.construct(webrtc.RTCSessionDescription, [undefined]))).toBe("TypeError");
  expect(thrown(() => Object.assign(description, { sdp: "x" }))).toBe("TypeError");
});

test("event-handler-attributes: order of first setting, null gives the place up, objects are kept, non-objects are null", () => {
  const pc = virtualPeers().create();
  const log: string[] = [];
  const handler = (name: string) => () => void log.push(name);
  pc.onsignalingstatechange = handler("first");
  pc.addEventListener("signalingstatechange", handler("listener"));
  pc.onsignalingstatechange = handler("replaced");
  pc.dispatchEvent(new Event("signalingstatechange"));
  pc.onsignalingstatechange = null;
  pc.onsignalingstatechange = handler("last");
  pc.dispatchEvent(new Event("signalingstatechange"));
  expect(log).toEqual(["replaced", "listener", "listener", "last"]);
  pc.onsignalingstatechange = 5 as never;
  expect(pc.onsignalingstatechange).toBeNull();
  const object = {};
  pc.onsignalingstatechange = object as never;
  expect(pc.onsignalingstatechange).toBe(object);
  expect(thrown(() => pc.dispatchEvent(new Event("signalingstatechange")))).toBe("returned");
});
