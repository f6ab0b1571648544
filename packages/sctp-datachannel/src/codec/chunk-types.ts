/** RFC 9260 §3.2 and the extensions' registries: chunk types by name. */
export const ChunkType = {
  DATA: 0,
  INIT: 1,
  INIT_ACK: 2,
  SACK: 3,
  HEARTBEAT: 4,
  HEARTBEAT_ACK: 5,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  ERROR: 9,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  ECNE: 12,
  CWR: 13,
  SHUTDOWN_COMPLETE: 14,
  /** RFC 4895. */
  AUTH: 15,
  /** RFC 8260. */
  I_DATA: 64,
  /** RFC 5061. */
  ASCONF_ACK: 128,
  /** RFC 6525. */
  RE_CONFIG: 130,
  /** RFC 4820. */
  PAD: 132,
  /** RFC 3758. */
  FORWARD_TSN: 192,
  /** RFC 5061. */
  ASCONF: 193,
  /** RFC 8260. */
  I_FORWARD_TSN: 194,
} as const;

/** What to do with a chunk or parameter of unknown type, from the two highest bits of its type (RFC 9260 §3.2, §3.2.1). */
export interface UnknownTypeAction {
  /** Go on with what follows; otherwise the rest of the packet (or of the chunk's parameters) is dropped. */
  readonly skip: boolean;
  /** Tell the peer, in an ERROR chunk or an Unrecognized Parameter. */
  readonly report: boolean;
}

/** RFC 9260 §3.2: the highest-order two bits of an unknown chunk's type. */
export function unknownChunkAction(type: number): UnknownTypeAction {
  return { skip: (type & 0x80) !== 0, report: (type & 0x40) !== 0 };
}

/** RFC 9260 §3.2.1: the same for a parameter's 16-bit type. */
export function unknownParameterAction(type: number): UnknownTypeAction {
  return { skip: (type & 0x8000) !== 0, report: (type & 0x4000) !== 0 };
}
