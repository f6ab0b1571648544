/**
 * The shapes STUN attribute values come in (RFC 8489 §14, RFC 8445 §16.1, RFC 8656 §18): one parse and write pair per shape.
 * `message` is the whole message, because XOR-ed addresses depend on its header.
 */
import {
  copyBytes,
  formatIp,
  InvalidArgumentError,
  parseIp,
  readU16,
  readU32,
  readU64,
  stringFromUtf8,
  type TransportAddress,
  utf8FromString,
  writeU16,
  writeU32,
  writeU64,
} from "@purertc/core";

/** An IP address and a port as STUN attributes carry them. Any `TransportAddress` is one. */
export type StunAddress = Pick<TransportAddress, "family" | "ip" | "port">;

/** ERROR-CODE (RFC 8489 §14.8). */
export interface StunError {
  /** 300 to 699. */
  readonly code: number;
  /** Reason phrase, for humans. */
  readonly reason: string;
}

/** One entry of PASSWORD-ALGORITHMS, or the value of PASSWORD-ALGORITHM (RFC 8489 §14.11, §14.12). */
export interface PasswordAlgorithm {
  /** RFC 8489 §18.5: 1 is MD5, 2 is SHA-256. */
  readonly algorithm: number;
  readonly parameters: Uint8Array;
}

/** ADDRESS-ERROR-CODE (RFC 8656 §18.12). */
export interface AddressError extends StunError {
  /** The address family that could not be allocated. */
  readonly family: 4 | 6;
}

/** ICMP (RFC 8656 §18.13). */
export interface IcmpError {
  /** 0 to 127. */
  readonly icmpType: number;
  /** 0 to 511. */
  readonly icmpCode: number;
  /** 32 bits; for "packet too big" the MTU. */
  readonly errorData: number;
}

/** How one value is read from `message[from, to)` and written at `message[at...]`. */
export interface ValueCodec<Value> {
  /** Undefined when the bytes are not such a value. The result holds no view of `message`. */
  parse(message: Uint8Array, from: number, to: number): Value | undefined;
  /** Returns the number of bytes written, padding excluded. */
  write(message: Uint8Array, at: number, value: Value): number;
}

/** UTF-8 text of at most `maxBytes` bytes. Ill-formed UTF-8 reads as U+FFFD. */
export function text(maxBytes: number): ValueCodec<string> {
  return {
    parse: (message, from, to) => (to - from > maxBytes ? undefined : stringFromUtf8(message.subarray(from, to))),
    write: (message, at, value) => putBytes(message, at, utf8FromString(value)),
  };
}

/** Raw bytes, of exactly `length` bytes when that is given. */
export function opaque(length?: number): ValueCodec<Uint8Array> {
  return {
    parse: (message, from, to) => (length !== undefined && to - from !== length ? undefined : copyBytes(message.subarray(from, to))),
    write: putBytes,
  };
}

export const u32: ValueCodec<number> = {
  parse: (message, from, to) => (to - from === 4 ? readU32(message, from) : undefined),
  write(message, at, value) {
    writeU32(message, at, value);
    return 4;
  },
};

export const u64: ValueCodec<bigint> = {
  parse: (message, from, to) => (to - from === 8 ? readU64(message, from) : undefined),
  write(message, at, value) {
    writeU64(message, at, value);
    return 8;
  },
};

/** A 16-bit number and 16 reserved bits: CHANNEL-NUMBER (RFC 8656 §18.1). */
export const u16AndReserved: ValueCodec<number> = {
  parse: (message, from, to) => (to - from === 4 ? readU16(message, from) : undefined),
  write(message, at, value) {
    writeU32(message, at, value * 0x1_0000);
    return 4;
  },
};

/** An 8-bit number and 24 reserved bits: REQUESTED-TRANSPORT (RFC 8656 §18.8). */
export const u8AndReserved: ValueCodec<number> = {
  parse: (message, from, to) => (to - from === 4 ? message[from] : undefined),
  write(message, at, value) {
    writeU32(message, at, value * 0x100_0000);
    return 4;
  },
};

/** An address family and 24 reserved bits (RFC 8656 §18.6, §18.11). */
export const addressFamily: ValueCodec<4 | 6> = {
  parse: (message, from, to) => (to - from === 4 ? familyFromCode(message[from]!) : undefined),
  write(message, at, value) {
    writeU32(message, at, codeOfFamily(value) * 0x100_0000);
    return 4;
  },
};

/** EVEN-PORT (RFC 8656 §18.7): the R bit. */
export const topBit: ValueCodec<boolean> = {
  parse: (message, from, to) => (to - from === 1 ? (message[from]! & 0x80) !== 0 : undefined),
  write(message, at, value) {
    message[at] = value ? 0x80 : 0;
    return 1;
  },
};

/**
 * MAPPED-ADDRESS and its kin (RFC 8489 §14.1): 8 zero bits, family, port, address.
 */
export const address: ValueCodec<StunAddress> = {
  parse(message, from, to) {
    const family = to - from >= 4 ? familyFromCode(message[from + 1]!) : undefined;
    if (family === undefined || to - from !== (family === 4 ? 8 : 20)) return undefined;
    return { family, ip: formatIp(message.subarray(from + 4, to)), port: readU16(message, from + 2) };
  },
  write(message, at, value) {
    const ip = parseIp(value.ip);
    if (ip === undefined) throw new InvalidArgumentError(`not an IP address: ${value.ip}`, { code: "STUN_ADDRESS" });
    message[at] = 0;
    message[at + 1] = codeOfFamily(ip.length === 4 ? 4 : 6);
    writeU16(message, at + 2, value.port);
    return 4 + putBytes(message, at + 4, ip);
  },
};

/**
 * XOR-MAPPED-ADDRESS and its kin (RFC 8489 §14.2): the port is XOR-ed with the top of the magic cookie, the address with
 * cookie and transaction id, which are bytes 4 to 20 of the header.
 */
export const xorAddress: ValueCodec<StunAddress> = {
  parse(message, from, to) {
    const family = to - from >= 4 ? familyFromCode(message[from + 1]!) : undefined;
    if (family === undefined || to - from !== (family === 4 ? 8 : 20)) return undefined;
    const ip = copyBytes(message.subarray(from + 4, to));
    for (let i = 0; i < ip.length; i++) ip[i]! ^= message[4 + i]!;
    return { family, ip: formatIp(ip), port: readU16(message, from + 2) ^ readU16(message, 4) };
  },
  write(message, at, value) {
    const length = address.write(message, at, value);
    writeU16(message, at + 2, value.port ^ readU16(message, 4));
    for (let i = 0; i < length - 4; i++) message[at + 4 + i]! ^= message[4 + i]!;
    return length;
  },
};

/** ERROR-CODE (RFC 8489 §14.8): 21 reserved bits, class, number, reason phrase. */
export const errorCode: ValueCodec<StunError> = {
  parse(message, from, to) {
    if (to - from < 4 || to - from > 4 + MAX_TEXT_BYTES) return undefined;
    const hundreds = message[from + 2]! & 7;
    const number = message[from + 3]!;
    if (hundreds < 3 || hundreds > 6 || number > 99) return undefined;
    return { code: hundreds * 100 + number, reason: stringFromUtf8(message.subarray(from + 4, to)) };
  },
  write(message, at, value) {
    writeU16(message, at, 0);
    message[at + 2] = Math.floor(value.code / 100);
    message[at + 3] = value.code % 100;
    return 4 + putBytes(message, at + 4, utf8FromString(value.reason));
  },
};

/** ADDRESS-ERROR-CODE (RFC 8656 §18.12): ERROR-CODE with a family in its first octet. */
export const addressErrorCode: ValueCodec<AddressError> = {
  parse(message, from, to) {
    const error = errorCode.parse(message, from, to);
    const family = familyFromCode(message[from]!);
    return error === undefined || family === undefined ? undefined : { ...error, family };
  },
  write(message, at, value) {
    const length = errorCode.write(message, at, value);
    message[at] = codeOfFamily(value.family);
    return length;
  },
};

/** ICMP (RFC 8656 §18.13): 16 reserved bits, 7-bit type, 9-bit code, 32 bits of data. */
export const icmp: ValueCodec<IcmpError> = {
  parse(message, from, to) {
    if (to - from !== 8) return undefined;
    const typeAndCode = readU16(message, from + 2);
    return { icmpType: typeAndCode >> 9, icmpCode: typeAndCode & 0x1ff, errorData: readU32(message, from + 4) };
  },
  write(message, at, value) {
    writeU16(message, at, 0);
    writeU16(message, at + 2, (value.icmpType << 9) | (value.icmpCode & 0x1ff));
    writeU32(message, at + 4, value.errorData);
    return 8;
  },
};

/** UNKNOWN-ATTRIBUTES (RFC 8489 §14.9): 16-bit attribute types. */
export const attributeTypes: ValueCodec<readonly number[]> = {
  parse(message, from, to) {
    if ((to - from) % 2 !== 0) return undefined;
    const types: number[] = [];
    for (let at = from; at < to; at += 2) types.push(readU16(message, at));
    return types;
  },
  write(message, at, value) {
    for (const [i, type] of value.entries()) writeU16(message, at + 2 * i, type);
    return 2 * value.length;
  },
};

/** PASSWORD-ALGORITHM (RFC 8489 §14.12). */
export const passwordAlgorithm: ValueCodec<PasswordAlgorithm> = {
  parse(message, from, to) {
    const list = passwordAlgorithms.parse(message, from, to);
    return list?.length === 1 ? list[0] : undefined;
  },
  write: (message, at, value) => passwordAlgorithms.write(message, at, [value]),
};

/** PASSWORD-ALGORITHMS (RFC 8489 §14.11): 16-bit algorithm, 16-bit parameter length, parameters padded to 32 bits; repeated. */
export const passwordAlgorithms: ValueCodec<readonly PasswordAlgorithm[]> = {
  parse(message, from, to) {
    const list: PasswordAlgorithm[] = [];
    let at = from;
    while (at < to) {
      if (to - at < 4) return undefined;
      const end = at + 4 + readU16(message, at + 2);
      if (end > to) return undefined;
      list.push({ algorithm: readU16(message, at), parameters: copyBytes(message.subarray(at + 4, end)) });
      at = end + ((at - end) & 3);
    }
    return list;
  },
  write(message, at, value) {
    let end = at;
    for (const { algorithm, parameters } of value) {
      writeU16(message, end, algorithm);
      writeU16(message, end + 2, parameters.length);
      end += 4 + putBytes(message, end + 4, parameters);
      while (((end - at) & 3) !== 0) message[end++] = 0;
    }
    return end - at;
  },
};

/** Copies `bytes` to `message[at...]`; throws `InvalidArgumentError` when they do not fit. Returns how many. */
export function putBytes(message: Uint8Array, at: number, bytes: Uint8Array): number {
  if (at + bytes.length > message.length) throw new InvalidArgumentError("the buffer is too small", { code: "STUN_BUFFER_TOO_SMALL" });
  message.set(bytes, at);
  return bytes.length;
}

function familyFromCode(code: number): 4 | 6 | undefined {
  return code === 1 ? 4 : code === 2 ? 6 : undefined;
}

function codeOfFamily(family: 4 | 6): number {
  return family === 4 ? 1 : 2;
}

/** RFC 8489 §14.8 to §14.10, §14.14: fewer than 128 characters, at most 763 bytes. */
export const MAX_TEXT_BYTES = 763;
/** RFC 8489 §14.3: fewer than 509 bytes. */
export const MAX_USERNAME_BYTES = 508;
