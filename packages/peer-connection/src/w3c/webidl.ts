/** Web IDL's conversions of JavaScript values (https://webidl.spec.whatwg.org/#js-type-mapping), as far as the interfaces here need them. */

/** https://webidl.spec.whatwg.org/#dfn-overload-resolution-algorithm: too few arguments is a TypeError. */
export function requireArguments(given: ArrayLike<unknown>, needed: number, operation: string): void {
  if (given.length >= needed) return;
  throw new TypeError(`${operation}: ${needed} argument${needed === 1 ? "" : "s"} required, but only ${given.length} present`);
}

/** A JavaScript value for a dictionary: `undefined` and `null` are the empty one, other primitives are a TypeError. */
export function toDictionary(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return EMPTY;
  if (!isObject(value)) throw new TypeError(`${name}: not an object`);
  return value;
}

/** How the members of a dictionary are converted, by name. */
export type MemberConversions<T> = { readonly [Member in keyof T]-?: (value: unknown, name: string) => NonNullable<T[Member]> };

/** The members of a dictionary, converted; those that are undefined are left out, and so is what the dictionary does not have. */
export function toMembers<T extends object>(value: unknown, conversions: MemberConversions<T>, name: string): Partial<T> {
  const given = toDictionary(value, name);
  const members: Partial<T> = {};
  for (const member in conversions) {
    if (given[member] !== undefined) members[member] = conversions[member](given[member], `${name}.${member}`);
  }
  return members;
}

/** Whether the value is a JavaScript Object (functions too). */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** DOMString. Throws TypeError for a Symbol. */
export function toDOMString(value: unknown): string {
  return typeof value === "string" ? value : `${value}`;
}

/** USVString: unpaired surrogates become U+FFFD. */
export function toUSVString(value: unknown): string {
  return toDOMString(value).replace(LONE_SURROGATES, "\ufffd");
}

/** An enumeration: TypeError for a value it does not have. */
export function toEnumeration<T extends string>(value: unknown, values: readonly T[], name: string): T {
  const text = toDOMString(value);
  for (const known of values) if (known === text) return known;
  throw new TypeError(`${name}: "${text}" is not one of ${values.map((known) => `"${known}"`).join(", ")}`);
}

/** [EnforceRange] on an unsigned integer of at most 53 bits: TypeError when not finite or, truncated, not in `[0, maximum]`. */
export function toIntegerInRange(value: unknown, maximum: number, name: string): number {
  const integer = Math.trunc(toNumber(value));
  if (!(integer >= 0 && integer <= maximum)) throw new TypeError(`${name}: ${String(value)} is not from 0 to ${maximum}`);
  return integer + 0; // -0 becomes 0
}

/** unsigned short without extended attributes: modulo 2^16. */
export function toUnsignedShort(value: unknown): number {
  return toUnsignedLong(value) & 0xffff;
}

/** unsigned long without extended attributes: modulo 2^32. */
export function toUnsignedLong(value: unknown): number {
  return toNumber(value) >>> 0;
}

/** long without extended attributes: modulo 2^32, signed. */
export function toLong(value: unknown): number {
  return toNumber(value) | 0;
}

/** long long and unsigned long long, as far as a number is exact: what is not finite is 0. */
export function toLongLong(value: unknown): number {
  const integer = Math.trunc(toNumber(value));
  return Number.isFinite(integer) ? integer + 0 : 0;
}

/** double: TypeError for NaN and the infinities. */
export function toDouble(value: unknown, name: string): number {
  const number = toNumber(value);
  if (!Number.isFinite(number)) throw new TypeError(`${name}: ${String(value)} is not finite`);
  return number;
}

/** A sequence: any object with an iterator. Each item goes through `convert`. */
export function toSequence<T>(value: unknown, convert: (item: unknown) => T, name: string): T[] {
  if (!isIterable(value)) throw new TypeError(`${name}: not a sequence`);
  const items: T[] = [];
  for (const item of value) items.push(convert(item));
  return items;
}

/** Whether a value counts as a sequence in a union type: an object (not a string) with a `[Symbol.iterator]` method. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  if (!isObject(value)) return false;
  const method = (value as { readonly [Symbol.iterator]?: unknown })[Symbol.iterator];
  if (method === undefined || method === null) return false;
  if (typeof method !== "function") throw new TypeError("[Symbol.iterator] is not a function");
  return true;
}

/**
 * Whether the value is an ArrayBuffer (a SharedArrayBuffer is not), of this realm or another: Jest and `node:vm` give code an ArrayBuffer of its own, while
 * Node's Buffers lie in those of the main realm.
 */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  if (value instanceof ArrayBuffer) return true;
  if (!isObject(value)) return false;
  try {
    Reflect.apply(readByteLength, value, []);
    return true;
  } catch {
    return false;
  }
}

/** Whether the value is a Uint8Array, of this realm or another. */
export function isUint8Array(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]";
}

/** A callback function type: TypeError for what cannot be called. */
export function toCallback<A extends readonly unknown[]>(value: unknown, name: string): (...args: A) => unknown {
  if (!isCallable<A>(value)) throw new TypeError(`${name}: not a function`);
  return value;
}

/** Web IDL: what a promise-returning operation throws, conversions and brand checks included, rejects its promise. */
export function promised<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return operation();
  } catch (error) {
    return Promise.reject(error);
  }
}

function isCallable<A extends readonly unknown[]>(value: unknown): value is (...args: A) => unknown {
  return typeof value === "function";
}

/** ToNumber, which throws for a Symbol or a BigInt as Web IDL wants. */
function toNumber(value: unknown): number {
  if (typeof value === "bigint") throw new TypeError("a BigInt is not a number");
  return Number(value);
}

/** Throws for what has no [[ArrayBufferData]] internal slot. */
const readByteLength: () => number = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength")!.get!;
const EMPTY: Readonly<Record<string, unknown>> = Object.freeze({});
const LONE_SURROGATES = /\p{Surrogate}/gu;
