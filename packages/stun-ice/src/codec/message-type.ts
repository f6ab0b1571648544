/**
 * The 14-bit STUN message type: a method and a class (RFC 8489 §5, figure 3).
 *
 *     0                 1
 *     2  3  4  5  6  7  8  9  0  1  2  3  4  5
 *    +--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 *    |M |M |M |M |M |C |M |M |M |C |M |M |M |M |
 *    |11|10|9 |8 |7 |1 |6 |5 |4 |0 |3 |2 |1 |0 |
 *    +--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 */

/** The four classes of RFC 8489 §5. */
export type StunClass = "request" | "indication" | "success-response" | "error-response";

/** Methods of RFC 8489 §18.2, RFC 8656 §17 and RFC 6062 §6.1. */
export type StunMethod =
  | "binding"
  | "allocate"
  | "refresh"
  | "send"
  | "data"
  | "create-permission"
  | "channel-bind"
  | "connect"
  | "connection-bind"
  | "connection-attempt";

/** A message type by name, such as `"binding-request"`, or the 14-bit number of one whose method has no name here. */
export type StunMessageType = `${StunMethod}-${StunClass}` | number;

/** The 14-bit number of a message type. */
export function stunMessageTypeNumber(type: StunMessageType): number {
  if (typeof type === "number") return type & 0x3fff;
  return NUMBERS.get(type)!;
}

/** The name of a 14-bit message type, or the number itself when its method has no name here. */
export function stunMessageTypeFromNumber(number: number): StunMessageType {
  return NAMES.get(number) ?? number;
}

/** Class of a message type. */
export function stunClass(type: StunMessageType): StunClass {
  const number = stunMessageTypeNumber(type);
  return CLASSES[((number >> 7) & 2) | ((number >> 4) & 1)]!;
}

/** Method number of a message type, 0 to 0xfff. */
export function stunMethodNumber(type: StunMessageType): number {
  const number = stunMessageTypeNumber(type);
  return ((number >> 2) & 0xf80) | ((number >> 1) & 0x70) | (number & 0xf);
}

function encode(method: number, classBits: number): number {
  return ((method & 0xf80) << 2) | ((method & 0x70) << 1) | (method & 0xf) | ((classBits & 2) << 7) | ((classBits & 1) << 4);
}

/** In the order of their two class bits. */
const CLASSES: readonly StunClass[] = ["request", "indication", "success-response", "error-response"];

const METHODS: readonly (readonly [StunMethod, number])[] = [
  ["binding", 0x001],
  ["allocate", 0x003],
  ["refresh", 0x004],
  ["send", 0x006],
  ["data", 0x007],
  ["create-permission", 0x008],
  ["channel-bind", 0x009],
  ["connect", 0x00a],
  ["connection-bind", 0x00b],
  ["connection-attempt", 0x00c],
];

const NUMBERS = new Map<StunMessageType, number>();
const NAMES = new Map<number, StunMessageType>();
for (const [method, number] of METHODS) {
  for (const [bits, name] of CLASSES.entries()) {
    NUMBERS.set(`${method}-${name}`, encode(number, bits));
    NAMES.set(encode(number, bits), `${method}-${name}`);
  }
}
