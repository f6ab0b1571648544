/** What makes a class a Web IDL interface: enumerable members, `[Symbol.toStringTag]`, and no constructor where the IDL has none. */

/** Passed as first argument by this package when it makes an object whose interface has no constructor. Not exported by the package. */
export const CONSTRUCT: unique symbol = Symbol("construct");

/** Throws what `new` on an interface without a constructor throws, unless this package is calling. */
export function requireInternal(token: unknown): void {
  if (token !== CONSTRUCT) throw new TypeError("Illegal constructor");
}

/**
 * Gives `interfaceClass` the property attributes of Web IDL (https://webidl.spec.whatwg.org/#define-the-operations): members and static
 * operations enumerable, and the class string. `lengths` names operations (and "constructor", for the interface itself) whose number of
 * required arguments JavaScript would not count right.
 */
export function exposeInterface(interfaceClass: InterfaceClass, name: string, lengths: Readonly<Record<string, number>> = {}): void {
  const { prototype } = interfaceClass;
  makeEnumerable(prototype, ["constructor"]);
  makeEnumerable(interfaceClass, ["length", "name", "prototype"]);
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  for (const [operation, length] of Object.entries(lengths)) {
    const holder = Object.hasOwn(prototype, operation) ? prototype : interfaceClass;
    const target: unknown = Object.getOwnPropertyDescriptor(holder, operation)?.value;
    if (typeof target === "function") Object.defineProperty(target, "length", { value: length, configurable: true });
  }
}

/** Any class, seen only as the holder of a prototype. */
export interface InterfaceClass {
  readonly prototype: object;
}

function makeEnumerable(holder: object, except: readonly string[]): void {
  for (const key of Object.getOwnPropertyNames(holder)) {
    if (!except.includes(key)) Object.defineProperty(holder, key, { enumerable: true });
  }
}
