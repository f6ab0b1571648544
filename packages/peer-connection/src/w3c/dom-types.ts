/** Names of the DOM's types that Node's declarations leave out. Types only. */

/** https://dom.spec.whatwg.org/#dictdef-eventinit */
export interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

/** https://dom.spec.whatwg.org/#dictdef-addeventlisteneroptions */
export type ListenerOptions = Parameters<EventTarget["addEventListener"]>[2];

/** https://dom.spec.whatwg.org/#dictdef-eventlisteneroptions */
export type RemoveListenerOptions = Parameters<EventTarget["removeEventListener"]>[2];

/** A function or an object with `handleEvent`. */
export type Listener = Parameters<EventTarget["addEventListener"]>[1];
