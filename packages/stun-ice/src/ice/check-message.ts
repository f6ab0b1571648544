/** The Binding messages of connectivity checks (RFC 8445 §7.1, §7.2.2, §7.3; RFC 8489 §9.1). */
import type { Mac, TransportAddress } from "@purertc/core";
import type { StunAttribute } from "../codec/attributes.ts";
import { findAttribute, type StunMessage, stunMessageBytes } from "../codec/message.ts";
import { type IntegrityKind, verifyMessageIntegrity } from "../codec/message-integrity.ts";
import type { IceRole } from "./options.ts";

/** Gives the MAC under one side's password for either integrity attribute. */
export type MacFor = (kind: IntegrityKind) => Mac;

/** What a check carries. */
export interface CheckRequest {
  readonly transactionId: Uint8Array;
  /** `<peer's fragment>:<own fragment>` (RFC 8445 §7.2.2). */
  readonly username: string;
  readonly role: IceRole;
  readonly tieBreaker: bigint;
  /** What a candidate discovered by this check would have (RFC 8445 §7.1.1). */
  readonly priority: number;
  readonly useCandidate: boolean;
  readonly mac: Mac;
}

/**
 * A Binding request. Its integrity is MESSAGE-INTEGRITY alone: peers of RFC 5389 refuse the comprehension-required MESSAGE-INTEGRITY-SHA256 with 420,
 * and ICE has no way to ask first.
 */
export function writeCheckRequest(check: CheckRequest): Uint8Array {
  const attributes: StunAttribute[] = [
    { type: "USERNAME", value: check.username },
    { type: check.role === "controlling" ? "ICE-CONTROLLING" : "ICE-CONTROLLED", value: check.tieBreaker },
  ];
  if (check.useCandidate) attributes.push({ type: "USE-CANDIDATE" });
  attributes.push({ type: "PRIORITY", value: check.priority });
  attributes.push({ type: "MESSAGE-INTEGRITY", mac: check.mac }, { type: "FINGERPRINT" });
  return stunMessageBytes({ type: "binding-request", transactionId: check.transactionId, attributes });
}

/** A success response, with the kind of integrity the request had (RFC 8489 §9.1.3). */
export function writeCheckSuccess(transactionId: Uint8Array, source: TransportAddress, kind: IntegrityKind, mac: Mac): Uint8Array {
  return stunMessageBytes({
    type: "binding-success-response",
    transactionId,
    attributes: [{ type: "XOR-MAPPED-ADDRESS", value: source }, { type: kind, mac }, { type: "FINGERPRINT" }],
  });
}

/** An error response. 400 and 401 are sent without `integrity`, because nothing was authenticated (RFC 8489 §9.1.3). */
export function writeCheckError(
  transactionId: Uint8Array,
  code: keyof typeof REASONS,
  integrity?: { readonly kind: IntegrityKind; readonly mac: Mac },
  unknownAttributes: readonly number[] = [],
): Uint8Array {
  const attributes: StunAttribute[] = [{ type: "ERROR-CODE", value: { code, reason: REASONS[code] } }];
  if (unknownAttributes.length > 0) attributes.push({ type: "UNKNOWN-ATTRIBUTES", value: unknownAttributes });
  if (integrity !== undefined) attributes.push({ type: integrity.kind, mac: integrity.mac });
  attributes.push({ type: "FINGERPRINT" });
  return stunMessageBytes({ type: "binding-error-response", transactionId, attributes });
}

/** Whether a request is authentic, and if so with which integrity and from which peer fragment; otherwise the error code it earns (RFC 8489 §9.1.3). */
export type RequestVerdict = { readonly kind: IntegrityKind; readonly peerFragment: string } | 400 | 401;

/**
 * Judges a Binding request by short-term credentials. `remoteFragment` is the peer's, when known: then the second half of USERNAME must be it.
 */
export function judgeCheckRequest(
  message: StunMessage,
  datagram: Uint8Array,
  localFragment: string,
  remoteFragment: string | undefined,
  mac: MacFor,
): RequestVerdict {
  const username = findAttribute(message, "USERNAME")?.value;
  const kind = integrityKind(message);
  if (username === undefined || kind === undefined) return 400;
  const colon = username.indexOf(":");
  if (colon < 0 || username.slice(0, colon) !== localFragment) return 401; // RFC 8445 §7.3
  const peerFragment = username.slice(colon + 1);
  if (remoteFragment !== undefined && peerFragment !== remoteFragment) return 401;
  if (verifyMessageIntegrity(datagram, kind, mac(kind)) !== "right") return 401;
  return { kind, peerFragment };
}

/** Whether a response is authentic (RFC 8489 §9.1.4). */
export function isAuthenticResponse(message: StunMessage, datagram: Uint8Array, mac: MacFor): boolean {
  const kind = integrityKind(message);
  return kind !== undefined && verifyMessageIntegrity(datagram, kind, mac(kind)) === "right";
}

/** RFC 8489 §9.1.3: with both attributes present only the SHA-256 one counts. */
function integrityKind(message: StunMessage): IntegrityKind | undefined {
  if (findAttribute(message, "MESSAGE-INTEGRITY-SHA256") !== undefined) return "MESSAGE-INTEGRITY-SHA256";
  return findAttribute(message, "MESSAGE-INTEGRITY") === undefined ? undefined : "MESSAGE-INTEGRITY";
}

const REASONS = { 400: "Bad Request", 401: "Unauthenticated", 420: "Unknown Attribute", 487: "Role Conflict" } as const;
