/** SIP messages (RFC 3261) for servers, clients and testers. */
export { Malformed } from "@purertc/core";
export {
  createAck,
  createBareResponse,
  createCancel,
  createRequest,
  createResponse,
  type HeadersInit,
  type RequestInit,
  type ResponseInit,
} from "./create.ts";
export type { HeaderGrammar, HeaderReason } from "./grammar.ts";
export { type HeaderDefinition, headerDefinition } from "./header-definition.ts";
export { HeaderField } from "./header-field.ts";
export type { Contact } from "./headers/contact.ts";
export { type AuthParameter, authParameter, type Credentials, credentials } from "./headers/credentials.ts";
export type { CSeq, RAck } from "./headers/cseq.ts";
export type { SipDate } from "./headers/date.ts";
export type { FeaturePredicate } from "./headers/feature-predicate.ts";
export { COMPACT_FORMS, HEADER_GRAMMARS, type HeaderName, type HeaderValues } from "./headers/index.ts";
export type { InfoUri } from "./headers/info-uri.ts";
export { isMediaType, type MediaType, mediaType } from "./headers/media-type.ts";
export { type NameAddress, nameAddress } from "./headers/name-address.ts";
export type { DialogReference } from "./headers/replaces.ts";
export type { RetryAfter } from "./headers/retry-after.ts";
export type { SessionExpires } from "./headers/session-expires.ts";
export type { Timestamp } from "./headers/timestamp.ts";
export { type ParameterizedToken, parameterized } from "./headers/token-with-parameters.ts";
export { createVia, type Via } from "./headers/via.ts";
export type { Warning } from "./headers/warning.ts";
export { type HeaderInput, SipHeaders } from "./headers.ts";
export { ipv6ReferenceAddress } from "./host.ts";
export { type SipMessage, SipRequest, SipResponse } from "./message.ts";
export { type BodyPart, type MultipartReason, parseMultipart, writeMultipart } from "./multipart.ts";
export { type Parameter, Parameters, type ParametersInit } from "./parameters.ts";
export { parseSipMessage, type SipParseOptions, type SipReason } from "./parse.ts";
export { parseSipBeginning } from "./parse-beginning.ts";
export { reasonPhraseOf } from "./reason-phrases.ts";
export type { StartLine, StartLineReason } from "./start-line.ts";
export { SipStreamFramer, type StreamFailure, type StreamFramerOptions, type StreamItem } from "./stream-framer.ts";
export { quote, sameIgnoringCase, unquote } from "./tokens.ts";
export {
  type AbsoluteUri,
  escapeUriValue,
  escapeUser,
  isSipUri,
  isTelUri,
  parseUri,
  type SipUri,
  sipUri,
  type TelUri,
  type Uri,
  type UriReason,
  unescapeUri,
  withUriParameters,
  writeUri,
} from "./uri.ts";
export { sameUri } from "./uri-equality.ts";
export { type SipFault, type SipFaultReason, type ValidateOptions, validateSipMessage } from "./validate.ts";
export {
  parseWebSocketMessage,
  SIP_WEBSOCKET_PROTOCOL,
  type WebSocketItem,
  type WebSocketReason,
  writeWebSocketMessage,
} from "./websocket-framer.ts";
export { sipMessageLength, writeSipMessage } from "./write.ts";
