/** `EventTarget` whose listeners know what they get. */

/** A function or an object with `handleEvent`. */
export type Listener = Parameters<EventTarget["addEventListener"]>[1];
/** The same for one type of event. */
export type TypedListener<Event> = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };
/** https://dom.spec.whatwg.org/#dictdef-addeventlisteneroptions */
export type ListenerOptions = Parameters<EventTarget["addEventListener"]>[2];
/** https://dom.spec.whatwg.org/#dictdef-eventlisteneroptions */
export type RemoveListenerOptions = Parameters<EventTarget["removeEventListener"]>[2];

/** `Events` gives the type of each event by its name. */
export interface TypedEventTarget<Events> extends EventTarget {
  addEventListener<Name extends keyof Events & string>(type: Name, listener: TypedListener<Events[Name]>, options?: ListenerOptions): void;
  addEventListener(type: string, listener: Listener, options?: ListenerOptions): void;
  removeEventListener<Name extends keyof Events & string>(
    type: Name,
    listener: TypedListener<Events[Name]>,
    options?: RemoveListenerOptions,
  ): void;
  removeEventListener(type: string, listener: Listener, options?: RemoveListenerOptions): void;
}

/** The platform's class under another type: nothing is added to it. */
export const TypedEventTarget: new <Events>() => TypedEventTarget<Events> = EventTarget as new <Events>() => TypedEventTarget<Events>;
