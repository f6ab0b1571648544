/** `keyframerequest`: not W3C's, whose encoders hear of key frame requests inside the user agent. */
import type { EventInit } from "../dom-types.ts";
import { exposeInterface } from "../interface.ts";
import { requireArguments, toDictionary, toDOMString } from "../webidl.ts";

/** What a KeyframeRequestEvent is made with. */
export interface KeyframeRequestEventInit extends EventInit {
  rid?: string | null;
}

/** Somebody cannot decode before the next key frame: the encoder should make one now. */
export class KeyframeRequestEvent extends Event {
  readonly #rid: string | null;

  constructor(...args: [type: string, eventInitDict?: KeyframeRequestEventInit]) {
    requireArguments(args, 1, "KeyframeRequestEvent");
    const type = toDOMString(args[0]);
    const init = toDictionary(args[1], "KeyframeRequestEventInit");
    const rid = init.rid === undefined || init.rid === null ? null : toDOMString(init.rid);
    super(type, init);
    this.#rid = rid;
  }

  /** The simulcast layer it is about; null when there are none. */
  get rid(): string | null {
    return this.#rid;
  }
}

exposeInterface(KeyframeRequestEvent, "KeyframeRequestEvent", { constructor: 1 });
