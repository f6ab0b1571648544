/** A registrar (RFC 3261 §10.3) with Path (RFC 3327), Service-Route (RFC 3608), outbound (RFC 5626) and GRUU (RFC 5627), over any store. */
import type { Instant, RandomSource } from "@purertc/core";
import { Malformed } from "@purertc/core";
import {
  createResponse,
  isSipUri,
  nameAddress,
  parseUri,
  type ResponseInit,
  type SipRequest,
  type SipResponse,
  type SipUri,
  sameIgnoringCase,
  type Uri,
  writeUri,
} from "@purertc/sip-parser";
import { aorOf, userOf } from "./address-of-record.ts";
import type { Binding, BindingStore } from "./binding.ts";
import { type BindingLimits, type BindingRefusal, updateBindings } from "./binding-update.ts";
import { gruuInstance, isTemporaryUser, type TemporaryGruus } from "./gruu.ts";
import { MemoryBindingStore } from "./memory-binding-store.ts";
import { contactsOf, isDirect, type RegisterContact, supports } from "./register-contact.ts";
import { contactText } from "./register-response.ts";
import { inOrder } from "./target-set.ts";

/** What a registrar serves, and within which bounds. */
export interface RegistrarOptions extends Partial<BindingLimits> {
  /** The domains that are served, in any case. IP addresses as they stand in URIs. */
  readonly domains: readonly string[];
  /** Further names of the first domain, such as the addresses of the machine: they lead to the same addresses-of-record. */
  readonly aliases?: readonly string[];
  /** Tags of responses. */
  readonly random: RandomSource;
  /** Unix milliseconds when `now` is 0: bindings are kept in Unix time, and responses get a Date. Default 0, without Date: `now` is then the time kept. */
  readonly timeOrigin?: number;
  /** Default in memory. */
  readonly store?: BindingStore;
  /** Whether an address-of-record exists (canonical); others get 404. Default: all of the domains do. */
  readonly exists?: (aor: string) => boolean | Promise<boolean>;
  /**
   * Whether a user may change an address-of-record; otherwise 403. Default: a user may change `user@domain` and nobody else's; and when nobody is named,
   * because the owner does not authenticate, anything goes.
   */
  readonly mayRegister?: (user: string | undefined, aor: string) => boolean | Promise<boolean>;
  /** The route set that registered user agents are to use (RFC 3608): URIs, first hop first. */
  readonly serviceRoute?: readonly string[];
  /** Flow-Timer for user agents that are connected directly (RFC 5626 §6): a flow silent for so many seconds, and a bit more, is taken for dead. */
  readonly flowTimer?: number;
  /** Makes temporary GRUUs. Without it there are public ones only. */
  readonly temporaryGruus?: TemporaryGruus;
  /** Octets of a contact and its route set together. Default 4,096; more is refused with 403. */
  readonly maxBindingLength?: number;
}

/** Where a REGISTER came from. */
export interface RegistrationSource {
  /** Who sent it, proved by digest or certificate. */
  readonly user?: string | undefined;
  /** A name for the flow it came over, to be found in the bindings again. */
  readonly flow?: string | undefined;
  /** Whether that flow is secured by TLS. */
  readonly secure?: boolean | undefined;
}

/**
 * Registers, and looks up. Authentication comes before: give `register` only requests whose sender is proved, and name the sender.
 * It answers every REGISTER, and never rejects but for a bug: a store that fails gives 500.
 */
export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #domains: ReadonlyMap<string, string>;
  readonly #store: BindingStore;
  readonly #limits: BindingLimits;

  constructor(options: RegistrarOptions) {
    const [first = ""] = options.domains;
    this.#options = options;
    this.#domains = new Map([
      ...(options.aliases ?? []).map((alias) => [alias.toLowerCase(), first.toLowerCase()] as const),
      ...options.domains.map((domain) => [domain.toLowerCase(), domain.toLowerCase()] as const),
    ]);
    this.#store = options.store ?? new MemoryBindingStore();
    this.#limits = {
      defaultExpires: options.defaultExpires ?? 3600,
      minExpires: options.minExpires ?? 60,
      maxExpires: options.maxExpires ?? 86_400,
      maxBindingsPerAor: options.maxBindingsPerAor ?? 10,
      maxBindings: options.maxBindings ?? 100_000,
    };
  }

  /** The canonical address-of-record that a URI of ours belongs to, GRUUs included; undefined for other URIs. See `canonicalAor`. */
  addressOfRecord(uri: Uri | string): string | undefined {
    const own = this.#ours(uri);
    if (own === undefined || own.user === undefined) return undefined;
    const user = userOf(own);
    if (isTemporaryUser(user) && own.parameters.has("gr")) return this.#options.temporaryGruus?.open(user)?.aor;
    return aorOf(user, this.#domains.get(own.host.toLowerCase()) ?? own.host);
  }

  /** The response to a REGISTER, its changes made. */
  async register(now: Instant, request: SipRequest, source: RegistrationSource = {}): Promise<SipResponse> {
    // RFC 3261 §10.3, in its order. Step 1: a domain that is not ours.
    if (this.#ours(request.uri) === undefined) return this.#answer(now, request, 404, { reasonPhrase: "Domain Not Served" });
    // Step 2.
    const unsupported = request.headers.all("Require").filter((tag) => !SUPPORTED.some((each) => sameIgnoringCase(each, tag)));
    if (unsupported.length > 0) return this.#answer(now, request, 420, { headers: { Unsupported: unsupported } });
    // Steps 3 and 4 are authentication and authorization; step 5 finds the address-of-record, which the latter needs.
    const { to, callId, cseq } = request;
    if (to === undefined || callId === undefined || cseq === undefined) return this.#answer(now, request, 400);
    const aor = this.addressOfRecord(to.uri);
    if (aor === undefined || (isSipUri(to.uri) && to.uri.parameters.has("gr"))) return this.#answer(now, request, 404);
    if (!(await this.#mayRegister(source.user, aor))) return this.#answer(now, request, 403);
    if (this.#options.exists !== undefined && !(await this.#options.exists(aor))) return this.#answer(now, request, 404);
    const contacts = contactsOf(request);
    if (contacts === "malformed") return this.#answer(now, request, 400, { reasonPhrase: "Bad Contact" });
    const refusal = this.#refuseContacts(request, contacts);
    if (refusal !== undefined) return this.#answer(now, request, refusal.statusCode, refusal);
    return this.#change(now, request, aor, contacts, source);
  }

  /** What is bound to an address-of-record, best first. */
  async bindings(now: Instant, aor: string): Promise<readonly Binding[]> {
    const unixMs = this.#unixMs(now);
    return inOrder((await this.#store.read(aor)).filter((binding) => binding.expiresAt > unixMs));
  }

  /**
   * Where requests for a URI go, best first; see `targetGroups` for forking. A GRUU leads to its instance (RFC 5627 §5.2.1). A sips URI leads only to contacts
   * that are sips or registered over a secure flow (RFC 5630 §5.3). Empty for URIs that are not ours, and for nobody.
   */
  async lookup(now: Instant, uri: Uri | string): Promise<readonly Binding[]> {
    const own = this.#ours(uri);
    const aor = this.addressOfRecord(uri);
    if (own === undefined || aor === undefined) return [];
    const instance = gruuInstance(own);
    const temporary = isTemporaryUser(userOf(own)) ? this.#options.temporaryGruus?.open(userOf(own)) : undefined;
    return (await this.bindings(now, aor)).filter(
      (binding) =>
        (temporary === undefined || (binding.instanceId === temporary.instanceId && binding.temporaryGruuEpoch === temporary.epoch)) &&
        (temporary !== undefined || instance === undefined || binding.instanceId === instance) &&
        (own.scheme === "sip" || binding.secure || binding.contact.startsWith("sips:")),
    );
  }

  /**
   * Removes the bindings of an address-of-record that came over a flow, when it broke: for contacts that cannot be reached otherwise (RFC 5626 §6, §5.3).
   * Tells which they were.
   */
  async removeFlow(aor: string, flow: string): Promise<readonly Binding[]> {
    let removed: readonly Binding[] = [];
    await this.#store.update(aor, (bindings) => {
      removed = bindings.filter((binding) => binding.flow === flow);
      return removed.length === 0 ? undefined : bindings.filter((binding) => binding.flow !== flow);
    });
    return removed;
  }

  /** Removes bindings that have expired, at most `limit`, and tells which. Call it now and then, such as once a minute: lookups never show them anyway. */
  expire(now: Instant, limit = 10_000): Promise<readonly Binding[]> {
    return this.#store.expire(this.#unixMs(now), limit);
  }

  async #change(
    now: Instant,
    request: SipRequest,
    aor: string,
    contacts: readonly RegisterContact[] | "all",
    source: RegistrationSource,
  ): Promise<SipResponse> {
    const { headers } = request;
    const unixMs = this.#unixMs(now);
    let outcome: readonly Binding[] | BindingRefusal = [];
    const change = {
      ...{ contacts, unixMs, aor },
      callId: request.callId ?? "",
      cseq: request.cseq?.number ?? 0,
      path: headers.all("Path").map((hop) => `<${writeUri(hop.uri)}>${hop.parameters.toString()}`),
      outbound: supports(request, "outbound"),
      gruu: supports(request, "gruu"),
      flow: source.flow,
      secure: source.secure ?? false,
      user: source.user,
      userAgent: headers.get("User-Agent"),
      limits: this.#limits,
    };
    try {
      // Full, perhaps only of what has expired.
      if (contacts !== "all" && (await this.#store.count()) >= this.#limits.maxBindings) await this.#store.expire(unixMs, SWEEP_LIMIT);
      await this.#store.update(aor, (bindings, total) => {
        outcome = updateBindings(bindings, total, change);
        return typeof outcome === "string" || contacts.length === 0 ? undefined : outcome;
      });
    } catch {
      return this.#answer(now, request, 500); // §10.3: a store that fails; what went wrong there is not for the network to know
    }
    return this.#conclude(now, request, contacts, outcome);
  }

  #conclude(
    now: Instant,
    request: SipRequest,
    contacts: readonly RegisterContact[] | "all",
    outcome: readonly Binding[] | BindingRefusal,
  ): SipResponse {
    switch (outcome) {
      case "interval-too-brief":
        return this.#answer(now, request, 423, { headers: { "Min-Expires": this.#limits.minExpires } });
      case "out-of-order": // §10.3: "the update MUST be aborted and the request fails"
        return this.#answer(now, request, 500, { reasonPhrase: "Out Of Order" });
      case "too-many-bindings":
        return this.#answer(now, request, 403, { reasonPhrase: "Too Many Contacts" });
      case "store-full":
        return this.#answer(now, request, 503, { headers: { "Retry-After": 60 } });
      default:
        return this.#success(now, request, contacts, outcome);
    }
  }

  /** Step 8. */
  #success(now: Instant, request: SipRequest, contacts: readonly RegisterContact[] | "all", bindings: readonly Binding[]): SipResponse {
    const response = this.#answer(now, request, 200);
    const wantsGruu = supports(request, "gruu");
    for (const binding of inOrder(bindings)) {
      const isNew = binding.callId === request.callId && binding.cseq === request.cseq?.number;
      const gruus = wantsGruu ? (isNew ? "all" : "public") : "none";
      response.headers.append("Contact", contactText(binding, this.#unixMs(now), gruus, this.#options.temporaryGruus));
    }
    // RFC 3327 §5.3: so that the user agent sees which proxies have put themselves there.
    if (contacts !== "all" && supports(request, "path")) response.headers.copyFrom(request.headers, "Path");
    for (const route of this.#options.serviceRoute ?? []) response.headers.append("Service-Route", nameAddress(route));
    response.headers.set("Supported", SUPPORTED);
    const isFlow = contacts !== "all" && supports(request, "outbound") && contacts.some((each) => each.instanceId && each.regId);
    if (isFlow) {
      // RFC 5626 §6
      response.headers.set("Require", "outbound");
      if (this.#options.flowTimer !== undefined && isDirect(request)) response.headers.set("Flow-Timer", this.#options.flowTimer);
    }
    return response;
  }

  /** What can be said of contacts without looking at the bindings. */
  #refuseContacts(request: SipRequest, contacts: readonly RegisterContact[] | "all"): ContactRefusal | undefined {
    if (contacts === "all") return undefined;
    if (request.headers.problem("Path") !== undefined) return { statusCode: 400, reasonPhrase: "Bad Path" };
    const path = request.headers.all("Path");
    const pathLength = request.headers.texts("Path").reduce((sum, text) => sum + text.length, 0);
    const limit = this.#options.maxBindingLength ?? 4096;
    if (contacts.length > 2 * this.#limits.maxBindingsPerAor) return { statusCode: 403, reasonPhrase: "Too Many Contacts" };
    for (const contact of contacts) {
      const uri = contact.address.uri;
      if (contact.uri.length + contact.parameters.length + (contact.address.displayName?.length ?? 0) + pathLength > limit)
        return { statusCode: 403, reasonPhrase: "Contact Too Long" };
      // RFC 5627 §5.1: a GRUU of ours as a contact would lead to itself.
      if (isSipUri(uri) && uri.parameters.has("gr") && this.#ours(uri) !== undefined) return { statusCode: 403 };
      // RFC 5626 §6: a flow is of use only if the proxy next to the user agent keeps it, which "ob" in its Path says.
      const isFlow = contact.instanceId !== undefined && contact.regId !== undefined && supports(request, "outbound");
      const edge = path.at(-1)?.uri;
      if (isFlow && !isDirect(request) && !(edge !== undefined && isSipUri(edge) && edge.parameters.has("ob"))) return { statusCode: 439 };
    }
    return undefined;
  }

  async #mayRegister(user: string | undefined, aor: string): Promise<boolean> {
    if (this.#options.mayRegister !== undefined) return this.#options.mayRegister(user, aor);
    if (user === undefined) return true;
    const host = aor.slice(aor.indexOf("@") + 1);
    return aorOf(user, host) === aor || `sip:${user}` === aor;
  }

  #answer(now: Instant, request: SipRequest, statusCode: number, init: Omit<ResponseInit, "toTag"> = {}): SipResponse {
    const tag = new Uint8Array(8);
    this.#options.random.fill(tag);
    const toTag = Array.from(tag, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const response = createResponse(request, statusCode, { ...init, toTag });
    // §10.3 step 8: clients without a clock set theirs by it.
    if (this.#options.timeOrigin !== undefined) response.headers.set("Date", { unixSeconds: Math.floor(this.#unixMs(now) / 1000) });
    return response;
  }

  /** A SIP URI in one of our domains. */
  #ours(uri: Uri | string | Malformed): SipUri | undefined {
    const parsed = typeof uri === "string" ? parseUri(uri) : uri;
    if (parsed instanceof Malformed || !isSipUri(parsed)) return undefined;
    return this.#domains.has(parsed.host.toLowerCase()) ? parsed : undefined;
  }

  #unixMs(now: Instant): number {
    return (this.#options.timeOrigin ?? 0) + now;
  }
}

/** Why contacts cannot be bound. */
interface ContactRefusal {
  readonly statusCode: number;
  readonly reasonPhrase?: string;
}

const SUPPORTED: readonly string[] = ["path", "outbound", "gruu"];
const SWEEP_LIMIT = 1000;
