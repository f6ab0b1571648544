/** https://w3c.github.io/webrtc-pc/#rtcdatachannelevent */
import type { EventInit } from "./dom-types.ts";
import { exposeInterface } from "./interface.ts";
import { RTCDataChannel } from "./rtc-data-channel.ts";
import { requireArguments, toDictionary, toDOMString } from "./webidl.ts";

/** https://w3c.github.io/webrtc-pc/#dom-rtcdatachanneleventinit */
export interface RTCDataChannelEventInit extends EventInit {
  channel: RTCDataChannel;
}

/** `datachannel`: the peer opened a channel. */
export class RTCDataChannelEvent extends Event {
  readonly #channel: RTCDataChannel;

  constructor(...args: [type: string, eventInitDict: RTCDataChannelEventInit]) {
    requireArguments(args, 2, "RTCDataChannelEvent");
    const type = toDOMString(args[0]);
    const init = toDictionary(args[1], "RTCDataChannelEventInit");
    const channel = init.channel;
    if (!(channel instanceof RTCDataChannel)) {
      throw new TypeError("RTCDataChannelEventInit: channel is required and must be an RTCDataChannel");
    }
    super(type, init);
    this.#channel = channel;
  }

  /** The channel, already open. */
  get channel(): RTCDataChannel {
    return this.#channel;
  }
}

exposeInterface(RTCDataChannelEvent, "RTCDataChannelEvent", { constructor: 2 });
