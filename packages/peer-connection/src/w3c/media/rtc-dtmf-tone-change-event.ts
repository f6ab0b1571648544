/** https://w3c.github.io/webrtc-pc/#rtcdtmftonechangeevent */
import type { EventInit } from "../dom-types.ts";
import { exposeInterface } from "../interface.ts";
import { requireArguments, toDictionary, toDOMString } from "../webidl.ts";

/** https://w3c.github.io/webrtc-pc/#dom-rtcdtmftonechangeeventinit */
export interface RTCDTMFToneChangeEventInit extends EventInit {
  tone?: string;
}

/** `tonechange`: a tone begins, or with an empty `tone` the last has ended. */
export class RTCDTMFToneChangeEvent extends Event {
  readonly #tone: string;

  constructor(...args: [type: string, eventInitDict?: RTCDTMFToneChangeEventInit]) {
    requireArguments(args, 1, "RTCDTMFToneChangeEvent");
    const type = toDOMString(args[0]);
    const init = toDictionary(args[1], "RTCDTMFToneChangeEventInit");
    const tone = init.tone === undefined ? "" : toDOMString(init.tone);
    super(type, init);
    this.#tone = tone;
  }

  /** One of `0123456789ABCD#*,`, or empty. */
  get tone(): string {
    return this.#tone;
  }
}

exposeInterface(RTCDTMFToneChangeEvent, "RTCDTMFToneChangeEvent", { constructor: 1 });
