/** Every header with a grammar: its canonical name, what its values are in TypeScript, its compact form and its grammar. */
import type { HeaderGrammar } from "../grammar.ts";
import { callId, inReplyTo } from "./call-id.ts";
import { type Contact, contact } from "./contact.ts";
import { authenticationInfo, authorization, type Credentials } from "./credentials.ts";
import { type CSeq, cseq, type RAck, rack } from "./cseq.ts";
import { date, type SipDate } from "./date.ts";
import { type FeaturePredicate, featurePredicate } from "./feature-predicate.ts";
import { type InfoUri, infoUri } from "./info-uri.ts";
import { accept, contentType, type MediaType } from "./media-type.ts";
import { addressList, bracketedAddressList, type NameAddress, singleAddress } from "./name-address.ts";
import { contentLength, deltaSeconds, maxForwards, rseq } from "./number.ts";
import { type DialogReference, replaces, targetDialog } from "./replaces.ts";
import { type RetryAfter, retryAfter } from "./retry-after.ts";
import { type SessionExpires, sessionExpires } from "./session-expires.ts";
import { identity, text } from "./text.ts";
import { type Timestamp, timestamp } from "./timestamp.ts";
import {
  optionalParameterizedTokenList,
  type ParameterizedToken,
  parameterizedToken,
  parameterizedTokenList,
} from "./token-with-parameters.ts";
import { mimeVersion, optionalTokenList, privacy, token, tokenList } from "./tokens.ts";
import { type Via, via } from "./via.ts";
import { type Warning, warning } from "./warning.ts";

/** The TypeScript type of one value of each header. */
export interface HeaderValues {
  readonly Accept: MediaType;
  readonly "Accept-Contact": FeaturePredicate;
  readonly "Accept-Encoding": ParameterizedToken;
  readonly "Accept-Language": ParameterizedToken;
  readonly "Alert-Info": InfoUri;
  readonly Allow: string;
  readonly "Allow-Events": string;
  readonly "Authentication-Info": Credentials;
  readonly Authorization: Credentials;
  readonly "Call-ID": string;
  readonly "Call-Info": InfoUri;
  readonly Contact: Contact;
  readonly "Content-Disposition": ParameterizedToken;
  readonly "Content-Encoding": string;
  readonly "Content-Language": string;
  readonly "Content-Length": number;
  readonly "Content-Type": MediaType;
  readonly CSeq: CSeq;
  readonly Date: SipDate;
  readonly "Error-Info": InfoUri;
  readonly Event: ParameterizedToken;
  readonly Expires: number;
  readonly "Flow-Timer": number;
  readonly From: NameAddress;
  readonly "History-Info": NameAddress;
  readonly Identity: string;
  readonly "In-Reply-To": string;
  readonly "Info-Package": ParameterizedToken;
  readonly Join: DialogReference;
  readonly "Max-Forwards": number;
  readonly "MIME-Version": string;
  readonly "Min-Expires": number;
  readonly "Min-SE": SessionExpires;
  readonly Organization: string;
  readonly "P-Asserted-Identity": NameAddress;
  readonly "P-Preferred-Identity": NameAddress;
  readonly Path: NameAddress;
  readonly Priority: string;
  readonly Privacy: string;
  readonly "Proxy-Authenticate": Credentials;
  readonly "Proxy-Authorization": Credentials;
  readonly "Proxy-Require": string;
  readonly RAck: RAck;
  readonly Reason: ParameterizedToken;
  readonly "Record-Route": NameAddress;
  readonly "Recv-Info": ParameterizedToken;
  readonly "Refer-To": NameAddress;
  readonly "Referred-By": NameAddress;
  readonly "Reject-Contact": FeaturePredicate;
  readonly Replaces: DialogReference;
  readonly "Reply-To": NameAddress;
  readonly "Request-Disposition": string;
  readonly Require: string;
  readonly "Retry-After": RetryAfter;
  readonly Route: NameAddress;
  readonly RSeq: number;
  readonly Server: string;
  readonly "Service-Route": NameAddress;
  readonly "Session-Expires": SessionExpires;
  readonly "SIP-ETag": string;
  readonly "SIP-If-Match": string;
  readonly Subject: string;
  readonly "Subscription-State": ParameterizedToken;
  readonly Supported: string;
  readonly "Target-Dialog": DialogReference;
  readonly Timestamp: Timestamp;
  readonly To: NameAddress;
  readonly Unsupported: string;
  readonly "User-Agent": string;
  readonly Via: Via;
  readonly Warning: Warning;
  readonly "WWW-Authenticate": Credentials;
}

/** The canonical name of a header that has a grammar here. */
export type HeaderName = keyof HeaderValues;

/** Each header's grammar by its canonical name. */
export const HEADER_GRAMMARS: { readonly [Name in HeaderName]: HeaderGrammar<HeaderValues[Name]> } = {
  Accept: accept,
  "Accept-Contact": featurePredicate,
  "Accept-Encoding": optionalParameterizedTokenList,
  "Accept-Language": optionalParameterizedTokenList,
  "Alert-Info": infoUri,
  Allow: optionalTokenList,
  "Allow-Events": tokenList,
  "Authentication-Info": authenticationInfo,
  Authorization: authorization,
  "Call-ID": callId,
  "Call-Info": infoUri,
  Contact: contact,
  "Content-Disposition": parameterizedToken,
  "Content-Encoding": tokenList,
  "Content-Language": tokenList,
  "Content-Length": contentLength,
  "Content-Type": contentType,
  CSeq: cseq,
  Date: date,
  "Error-Info": infoUri,
  Event: parameterizedToken,
  Expires: deltaSeconds,
  "Flow-Timer": deltaSeconds,
  From: singleAddress,
  "History-Info": bracketedAddressList,
  Identity: identity,
  "In-Reply-To": inReplyTo,
  "Info-Package": parameterizedToken,
  Join: replaces,
  "Max-Forwards": maxForwards,
  "MIME-Version": mimeVersion,
  "Min-Expires": deltaSeconds,
  "Min-SE": sessionExpires,
  Organization: text,
  "P-Asserted-Identity": addressList,
  "P-Preferred-Identity": addressList,
  Path: bracketedAddressList,
  Priority: token,
  Privacy: privacy,
  "Proxy-Authenticate": authorization,
  "Proxy-Authorization": authorization,
  "Proxy-Require": tokenList,
  RAck: rack,
  Reason: parameterizedTokenList,
  "Record-Route": bracketedAddressList,
  "Recv-Info": optionalParameterizedTokenList,
  "Refer-To": singleAddress,
  "Referred-By": singleAddress,
  "Reject-Contact": featurePredicate,
  Replaces: replaces,
  "Reply-To": singleAddress,
  "Request-Disposition": tokenList,
  Require: tokenList,
  "Retry-After": retryAfter,
  Route: bracketedAddressList,
  RSeq: rseq,
  Server: text,
  "Service-Route": bracketedAddressList,
  "Session-Expires": sessionExpires,
  "SIP-ETag": token,
  "SIP-If-Match": token,
  Subject: text,
  "Subscription-State": parameterizedToken,
  Supported: optionalTokenList,
  "Target-Dialog": targetDialog,
  Timestamp: timestamp,
  To: singleAddress,
  Unsupported: tokenList,
  "User-Agent": text,
  Via: via,
  Warning: warning,
  "WWW-Authenticate": authorization,
};

/** Compact forms: RFC 3261 §7.3.3, 3515, 3841, 3892, 4028, 6665, 8224 as registered with IANA. */
export const COMPACT_FORMS: { readonly [compact: string]: HeaderName } = {
  a: "Accept-Contact",
  b: "Referred-By",
  c: "Content-Type",
  d: "Request-Disposition",
  e: "Content-Encoding",
  f: "From",
  i: "Call-ID",
  j: "Reject-Contact",
  k: "Supported",
  l: "Content-Length",
  m: "Contact",
  o: "Event",
  r: "Refer-To",
  s: "Subject",
  t: "To",
  u: "Allow-Events",
  v: "Via",
  x: "Session-Expires",
  y: "Identity",
};
