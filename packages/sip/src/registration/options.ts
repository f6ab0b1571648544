/** What a registration is told at its start. */
import type { RandomSource } from "@purertc/core";
import type { HeadersInit, SipUri } from "@purertc/sip-parser";
import type { DigestClient } from "../auth/digest-client.ts";
import type { DigestCredentials } from "../auth/digest-credentials.ts";
import type { BackOffOptions } from "./back-off.ts";

/** What to register, where, and how it is kept up. */
export interface RegistrationOptions {
  /** The address-of-record to be reached at: `sip:alice@example.com`. */
  readonly aor: string | SipUri;
  /** Call-ID, tags, jitter. */
  readonly random: RandomSource;
  /** The Request-URI. Default the domain of the address-of-record (RFC 3261 §10.2). */
  readonly registrar?: string;
  /**
   * Outbound proxies, one for each flow (RFC 5626 §4.2): URIs with `lr` if they are loose routers. Default none: one flow, to the registrar.
   * More than one needs `instanceId`.
   */
  readonly routes?: readonly string[];
  /** Answers challenges; without `credentials` nothing is answered. */
  readonly digest?: DigestClient;
  readonly credentials?: DigestCredentials | readonly DigestCredentials[];
  /** Seconds asked for. Default 3600. */
  readonly expires?: number;
  /** Such as `urn:uuid:...`: names this user agent for good (RFC 5626 §4.1). Needed for outbound and GRUUs. */
  readonly instanceId?: string;
  /** Register flows (RFC 5626). Default true when there is an `instanceId`. */
  readonly outbound?: boolean;
  /** Ask for GRUUs (RFC 5627). Default true when there is an `instanceId`. */
  readonly gruu?: boolean;
  /** Preference of the contact, 0 to 1. Default unstated. */
  readonly q?: number;
  /** Contact parameters, such as `;methods="INVITE"`, as an object. */
  readonly contactParameters?: { readonly [name: string]: string | number | boolean };
  /** Headers added to every REGISTER, such as User-Agent. */
  readonly headers?: HeadersInit;
  readonly backOff?: BackOffOptions;
}
