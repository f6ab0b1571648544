/** https://www.w3.org/TR/mediacapture-streams/#mediastreamtrackevent */
import type { EventInit } from "../dom-types.ts";
import { exposeInterface } from "../interface.ts";
import { requireArguments, toDictionary, toDOMString } from "../webidl.ts";
import { type MediaStreamTrack, toTrack } from "./media-stream-track.ts";

/** https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrackeventinit */
export interface MediaStreamTrackEventInit extends EventInit {
  track: MediaStreamTrack;
}

/** `addtrack` and `removetrack`: a peer's description changed what a stream consists of. */
export class MediaStreamTrackEvent extends Event {
  readonly #track: MediaStreamTrack;

  constructor(...args: [type: string, eventInitDict: MediaStreamTrackEventInit]) {
    requireArguments(args, 2, "MediaStreamTrackEvent");
    const type = toDOMString(args[0]);
    const init = toDictionary(args[1], "MediaStreamTrackEventInit");
    const track = toTrack(init.track, "MediaStreamTrackEventInit.track");
    super(type, init);
    this.#track = track;
  }

  /** Added or removed. */
  get track(): MediaStreamTrack {
    return this.#track;
  }
}

exposeInterface(MediaStreamTrackEvent, "MediaStreamTrackEvent", { constructor: 2 });
