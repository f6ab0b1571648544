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

/** The identifier of a whole message. */
export function payloadProtocol(kind: "text" | "binary", empty: boolean): number {
  if (kind === "text") return empty ? PayloadProtocol.STRING_EMPTY : PayloadProtocol.STRING;
  return empty ? PayloadProtocol.BINARY_EMPTY : PayloadProtocol.BINARY;
}

/** What a message of a channel is. */
export interface MessageForm {
  readonly kind: "text" | "binary";
  /** The one byte of user data stands for none. */
  readonly empty: boolean;
  /** More of the same message follows in other SCTP messages (deprecated). */
  readonly part: boolean;
}

/** The form of a message with this identifier; undefined for DCEP and for identifiers that are not for data channels. */
export function messageForm(payloadProtocolId: number): MessageForm | undefined {
  return FORMS.get(payloadProtocolId);
}

const FORMS: ReadonlyMap<number, MessageForm> = new Map([
  [PayloadProtocol.STRING, { kind: "text", empty: false, part: false }],
  [PayloadProtocol.BINARY, { kind: "binary", empty: false, part: false }],
  [PayloadProtocol.STRING_EMPTY, { kind: "text", empty: true, part: false }],
  [PayloadProtocol.BINARY_EMPTY, { kind: "binary", empty: true, part: false }],
  [PayloadProtocol.STRING_PARTIAL, { kind: "text", empty: false, part: true }],
  [PayloadProtocol.BINARY_PARTIAL, { kind: "binary", empty: false, part: true }],
]);
