/** What a REGISTER does to the bindings of an address-of-record (RFC 3261 §10.3 steps 6 and 7, RFC 5626 §6): all of it, or nothing. */
import { Malformed, parseUri, sameUri } from "@purertc/sip-parser";
import type { Binding } from "./binding.ts";
import type { RegisterContact } from "./register-contact.ts";

/** What a REGISTER asks for, together with what its bindings have in common. */
export interface BindingChange {
  readonly contacts: readonly RegisterContact[] | "all";
  /** Unix milliseconds. */
  readonly unixMs: number;
  readonly aor: string;
  readonly callId: string;
  readonly cseq: number;
  readonly path: readonly string[];
  /** Whether contacts with an instance and a reg-id are flows (RFC 5626). */
  readonly outbound: boolean;
  readonly gruu: boolean;
  readonly flow: string | undefined;
  readonly secure: boolean;
  readonly user: string | undefined;
  readonly userAgent: string | undefined;
  readonly limits: BindingLimits;
}

/** How long, and how many, contacts of an address-of-record may be bound. */
export interface BindingLimits {
  /** Seconds that a contact is bound for when the request does not say. */
  readonly defaultExpires: number;
  /** Seconds. Shorter ones are refused with 423, unless they are an hour or more. */
  readonly minExpires: number;
  /** Seconds. Longer ones are cut. */
  readonly maxExpires: number;
  readonly maxBindingsPerAor: number;
  /** Of all addresses-of-record. */
  readonly maxBindings: number;
}

/** Why nothing was changed. */
export type BindingRefusal = "out-of-order" | "interval-too-brief" | "too-many-bindings" | "store-full";

/** The bindings afterwards, without those that have expired; or why there is no change. Changes neither argument. */
export function updateBindings(existing: readonly Binding[], total: number, change: BindingChange): readonly Binding[] | BindingRefusal {
  const live = existing.filter((binding) => binding.expiresAt > change.unixMs);
  if (change.contacts === "all") return live.some((binding) => isOutOfOrder(binding, change)) ? "out-of-order" : [];
  const granted = change.contacts.map((contact) => grantedExpires(contact.expires, change.limits));
  if (granted.includes(undefined)) return "interval-too-brief";
  let next = live;
  for (const [index, contact] of change.contacts.entries()) {
    const expires = granted[index] ?? 0;
    const replaced = next.filter((binding) => matches(binding, contact, change.outbound));
    // Bindings that this very request wrote are not judged: a contact may be there twice, and the later one counts.
    if (replaced.some((binding) => live.includes(binding) && isOutOfOrder(binding, change))) return "out-of-order";
    next = next.filter((binding) => !replaced.includes(binding));
    if (expires > 0) next = [...next, newBinding(contact, expires, live, change)];
  }
  const added = next.length - live.length;
  if (added > 0 && next.length > change.limits.maxBindingsPerAor) return "too-many-bindings";
  // Expired bindings still count in the total until they are swept, except those that go with this change.
  if (added > 0 && total - existing.length + next.length > change.limits.maxBindings) return "store-full";
  return next;
}

/** Step 7: with the same Call-ID, only a higher CSeq is newer. Another Call-ID means that the user agent has restarted, or is another one. */
function isOutOfOrder(binding: Binding, change: BindingChange): boolean {
  return binding.callId === change.callId && change.cseq <= binding.cseq;
}

/** RFC 5626 §6: flows are the same by instance and reg-id, whatever their URI; other contacts by comparison of URIs (RFC 3261 §10.3 step 7). */
function matches(binding: Binding, contact: RegisterContact, outbound: boolean): boolean {
  if (isFlow(contact, outbound)) return binding.instanceId === contact.instanceId && binding.regId === contact.regId;
  // A flow is left alone by those who do not know of flows, unless it is to be removed.
  if (binding.regId !== undefined && contact.expires !== 0) return false;
  const uri = parseUri(binding.contact);
  return !(uri instanceof Malformed) && sameUri(uri, contact.address.uri);
}

function isFlow(contact: RegisterContact, outbound: boolean): boolean {
  return outbound && contact.instanceId !== undefined && contact.regId !== undefined;
}

/** Undefined: too brief. §10.3 step 7 lets a registrar refuse only what is shorter than an hour; anything else it may shorten. */
function grantedExpires(asked: number | undefined, limits: BindingLimits): number | undefined {
  if (asked === 0) return 0;
  const seconds = asked ?? limits.defaultExpires;
  if (asked !== undefined && seconds < limits.minExpires && seconds < 3600) return undefined;
  return Math.min(Math.max(seconds, limits.minExpires), limits.maxExpires);
}

function newBinding(contact: RegisterContact, expires: number, before: readonly Binding[], change: BindingChange): Binding {
  const flow = isFlow(contact, change.outbound);
  return {
    aor: change.aor,
    contact: contact.uri,
    displayName: contact.address.displayName,
    parameters: contact.parameters,
    q: contact.q ?? 1000,
    statedQ: contact.q !== undefined,
    expiresAt: change.unixMs + expires * 1000,
    updatedAt: change.unixMs,
    callId: change.callId,
    cseq: change.cseq,
    path: change.path,
    instanceId: contact.instanceId,
    regId: flow ? contact.regId : undefined,
    gruu: change.gruu && contact.instanceId !== undefined,
    temporaryGruuEpoch: temporaryGruuEpoch(contact, before, change.callId),
    flow: change.flow,
    secure: change.secure,
    user: change.user,
    userAgent: change.userAgent,
  };
}

/** RFC 5627 §5.1: temporary GRUUs of an instance end when it registers with another Call-ID, for then it has restarted. */
function temporaryGruuEpoch(contact: RegisterContact, before: readonly Binding[], callId: string): number {
  if (contact.instanceId === undefined) return 0;
  const same = before.filter((binding) => binding.instanceId === contact.instanceId);
  const latest = Math.max(0, ...same.map((binding) => binding.temporaryGruuEpoch));
  return same.length === 0 || same.some((binding) => binding.callId === callId) ? latest : latest + 1;
}
