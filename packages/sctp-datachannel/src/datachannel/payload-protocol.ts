/** RFC 8831 §8: payload protocol identifiers of data channels. */
export const PayloadProtocol = {
  /** RFC 8832. */
  DCEP: 50,
  STRING: 51,
  /** Deprecated: all but the last part of a binary message. */
  BINARY_PARTIAL: 52,
  BINARY: 53,
  /** Deprecated: all but the last part of a text. */
  STRING_PARTIAL: 54,
  /** An empty text, sent as one zero byte because SCTP has no empty messages (RFC 8831 §6.6). */
  STRING_EMPTY: 56,
  /** An empty binary message, sent in the same way. */
  BINARY_EMPTY: 57,
} as const;
