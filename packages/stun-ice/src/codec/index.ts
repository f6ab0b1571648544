/** STUN, TURN framing and ICE signalling as bytes and text: parse and write pairs without any state. */
export type { AddressError, IcmpError, PasswordAlgorithm, StunAddress, StunError } from "./attribute-values.ts";
export {
  type AttributeName,
  type AttributeValues,
  attributeTypeName,
  attributeTypeNumber,
  type FingerprintAttribute,
  type FlagAttribute,
  type FlagAttributeName,
  type IntegrityAttribute,
  type StunAttribute,
  type UnknownAttribute,
  type ValuedAttribute,
  type ValuedAttributeName,
} from "./attributes.ts";
export * from "./candidate-line.ts";
export * from "./channel-data.ts";
export * from "./credentials.ts";
export {
  findAttribute,
  isStunMessage,
  parseStunMessage,
  STUN_HEADER_LENGTH,
  STUN_MAGIC_COOKIE,
  type StunMalformedReason,
  type StunMessage,
  type StunMessageToWrite,
  stunMessageBytes,
  unknownRequiredAttributes,
  writeStunMessage,
} from "./message.ts";
export { type IntegrityKind, verifyFingerprint, verifyMessageIntegrity } from "./message-integrity.ts";
export {
  type StunClass,
  type StunMessageType,
  type StunMethod,
  stunClass,
  stunMessageTypeFromNumber,
  stunMessageTypeNumber,
  stunMethodNumber,
} from "./message-type.ts";
export * from "./uri.ts";
