/** https://w3c.github.io/webrtc-pc/#rtctrackevent */
import type { EventInit } from "../dom-types.ts";
import { exposeInterface } from "../interface.ts";
import { requireArguments, toDictionary, toDOMString, toSequence } from "../webidl.ts";
import { type MediaStream, toStream } from "./media-stream.ts";
import { type MediaStreamTrack, toTrack } from "./media-stream-track.ts";
import { RTCRtpReceiver } from "./rtc-rtp-receiver.ts";
import { RTCRtpTransceiver } from "./rtc-rtp-transceiver.ts";

/** https://w3c.github.io/webrtc-pc/#dom-rtctrackeventinit */
export interface RTCTrackEventInit extends EventInit {
  receiver: RTCRtpReceiver;
  track: MediaStreamTrack;
  streams?: MediaStream[];
  transceiver: RTCRtpTransceiver;
}

/** `track`: the peer is going to send. */
export class RTCTrackEvent extends Event {
  readonly #receiver: RTCRtpReceiver;
  readonly #track: MediaStreamTrack;
  readonly #streams: readonly MediaStream[];
  readonly #transceiver: RTCRtpTransceiver;

  constructor(...args: [type: string, eventInitDict: RTCTrackEventInit]) {
    requireArguments(args, 2, "RTCTrackEvent");
    const type = toDOMString(args[0]);
    const init = toDictionary(args[1], "RTCTrackEventInit");
    const { receiver, streams, track, transceiver } = init;
    if (!(receiver instanceof RTCRtpReceiver)) throw new TypeError("RTCTrackEventInit: receiver is required");
    const list = streams === undefined ? [] : toSequence(streams, (item) => toStream(item, "RTCTrackEventInit.streams"), "streams");
    const given = toTrack(track, "RTCTrackEventInit.track");
    if (!(transceiver instanceof RTCRtpTransceiver)) throw new TypeError("RTCTrackEventInit: transceiver is required");
    super(type, init);
    this.#receiver = receiver;
    this.#track = given;
    this.#streams = Object.freeze(list);
    this.#transceiver = transceiver;
  }

  /** Of the track. */
  get receiver(): RTCRtpReceiver {
    return this.#receiver;
  }

  /** What is received. */
  get track(): MediaStreamTrack {
    return this.#track;
  }

  /** The streams it belongs to, by what the peer says; frozen. */
  get streams(): readonly MediaStream[] {
    return this.#streams;
  }

  /** Of the track. */
  get transceiver(): RTCRtpTransceiver {
    return this.#transceiver;
  }
}

exposeInterface(RTCTrackEvent, "RTCTrackEvent", { constructor: 2 });
