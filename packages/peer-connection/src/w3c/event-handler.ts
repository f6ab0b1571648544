/**
 * Event handler attributes, `on*` (https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-attributes).
 *
 * The first handler set takes its place among the listeners and keeps it while it is only replaced; setting null gives the place up.
 */

/** What an `on*` attribute holds. */
export type EventHandler<Target, E extends Event> = ((this: Target, event: E) => unknown) | null;

/**
 * Defines one accessor per event on the prototype. `isInstance` is the brand check: a getter or setter called on another object is a
 * TypeError.
 */
export function defineEventHandlers(prototype: EventTarget, isInstance: (value: unknown) => boolean, types: readonly string[]): void {
  for (const type of types) {
    const accessors = {
      get [`on${type}`](): unknown {
        if (!isInstance(this)) throw new TypeError("Illegal invocation");
        return slotsOf.get(this)?.get(type)?.value ?? null;
      },
      set [`on${type}`](value: unknown) {
        if (!isInstance(this)) throw new TypeError("Illegal invocation");
        setHandler(this as EventTarget & object, type, value);
      },
    };
    const descriptor = Object.getOwnPropertyDescriptor(accessors, `on${type}`)!;
    Object.defineProperty(prototype, `on${type}`, descriptor);
  }
}

interface Slot {
  value: object;
  readonly listener: (event: Event) => void;
}

/** Kept beside the objects: most never have a handler, and an `on*` attribute must leave no trace on the instance. */
const slotsOf = new WeakMap<object, Map<string, Slot>>();

function setHandler(target: EventTarget, type: string, value: unknown): void {
  let slots = slotsOf.get(target);
  const slot = slots?.get(type);
  // [LegacyTreatNonObjectAsNull]
  if ((typeof value !== "object" && typeof value !== "function") || value === null) {
    if (slot === undefined) return;
    slots!.delete(type);
    target.removeEventListener(type, slot.listener);
    return;
  }
  if (slot !== undefined) {
    slot.value = value;
    return;
  }
  const created: Slot = {
    value,
    listener: (event) => {
      // An object that cannot be called is a handler that does nothing.
      if (typeof created.value !== "function") return;
      const result: unknown = Reflect.apply(created.value, target, [event]);
      if (result === false) event.preventDefault();
    },
  };
  if (slots === undefined) {
    slots = new Map();
    slotsOf.set(target, slots);
  }
  slots.set(type, created);
  target.addEventListener(type, created.listener);
}
