/** What a location service holds for an address-of-record (RFC 3261 §10): plain values, so that any store can keep them. */

/** One contact address that an address-of-record is bound to. Immutable. */
export interface Binding {
  /** The address-of-record, canonical: see `canonicalAor`. */
  readonly aor: string;
  /** The contact URI as it was registered: the target of requests. */
  readonly contact: string;
  /** The display name of the contact, if it has one. */
  readonly displayName?: string | undefined;
  /** Contact parameters as registered, such as `;+sip.instance="<urn:uuid:...>";methods="INVITE"`, without `expires` and `q`. */
  readonly parameters: string;
  /** Preference in thousandths, 0 to 1000 (RFC 3261 §20.10); 1000 when the contact states none (§16.6). */
  readonly q: number;
  /** Whether the contact stated its `q`. */
  readonly statedQ: boolean;
  /** When it ends, in Unix milliseconds (`timeOrigin + now` of the registrar that wrote it). */
  readonly expiresAt: number;
  /** When it was written, in Unix milliseconds. */
  readonly updatedAt: number;
  /** Call-ID and CSeq number of the request that wrote it: they order updates (RFC 3261 §10.3 step 7). */
  readonly callId: string;
  readonly cseq: number;
  /** Route set that leads to the contact, first hop first: the Path of the registration (RFC 3327 §5.3). Name-addresses as text. */
  readonly path: readonly string[];
  /** The instance identifier without its angle brackets, such as `urn:uuid:...` (RFC 5626 §4.1). */
  readonly instanceId?: string | undefined;
  /** The registration flow's number (RFC 5626 §4.2); only when the registration uses outbound. */
  readonly regId?: number | undefined;
  /** Whoever registered it wants GRUUs (RFC 5627 §4.1). */
  readonly gruu: boolean;
  /** Counts up whenever the instance registers with another Call-ID, which ends its temporary GRUUs (RFC 5627 §5.1). */
  readonly temporaryGruuEpoch: number;
  /** A name, chosen by the registrar's owner, of the flow that the registration came over: requests to the contact take it while it is open. */
  readonly flow?: string | undefined;
  /** Whether that flow was secured by TLS: then the contact serves sips requests too. */
  readonly secure: boolean;
  /** Who registered it: the authenticated user. */
  readonly user?: string | undefined;
  /** User-Agent of the registration. */
  readonly userAgent?: string | undefined;
}

/**
 * Keeps bindings. Everything is asynchronous so that a store may be elsewhere; one in memory answers at once.
 * Stores keep what they are given and judge nothing: expired bindings are removed when they are told to.
 */
export interface BindingStore {
  /** All bindings of an address-of-record, expired ones included, in any order. */
  read(aor: string): Promise<readonly Binding[]>;
  /**
   * Changes the bindings of one address-of-record as one step: no other update of the same one happens between what `change` is shown and what
   * it returns. Undefined means no change. A store may call it again when somebody else was faster, so it must have no effects. When it throws or the
   * store fails, nothing is changed and the promise rejects. `total` is the number of bindings of all addresses, as well as the store knows it.
   */
  update(aor: string, change: (bindings: readonly Binding[], total: number) => readonly Binding[] | undefined): Promise<void>;
  /** Removes bindings that end at or before a moment (Unix milliseconds), at most `limit` of them; tells which. */
  expire(unixMs: number, limit: number): Promise<readonly Binding[]>;
  /** The number of bindings. */
  count(): Promise<number>;
  /** Ends the use of the store. */
  close(): Promise<void>;
}
