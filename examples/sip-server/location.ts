// Where users are: the registrar, and the flows that their phones registered over.
import { randomBytes } from "node:crypto";
import {
  type Binding,
  type Flow,
  isBehindNat,
  MemoryBindingStore,
  Registrar,
  type SipStack,
  type SipTarget,
  SqliteBindingStore,
  targetGroups,
} from "@purertc/sip";
import {
  isSipUri,
  Malformed,
  type NameAddress,
  nameAddress,
  parseUri,
  type SipRequest,
  type SipResponse,
  type Uri,
  unescapeUri,
} from "@purertc/sip-parser";
import type { Sender } from "./authentication.ts";
import type { Heard } from "./next-hop.ts";
import type { ServerOptions } from "./options.ts";

/** One way to a user. */
export interface Target {
  readonly uri: Uri;
  /** Hops before it (RFC 3327). */
  readonly path: readonly string[] | readonly NameAddress[];
  /** Where it registered from, if that flow is still open. */
  readonly heard: Heard | undefined;
  /** The server to send it to, if that is settled already. */
  readonly server?: SipTarget;
  /** Whether it is our way to the telephone network, which may know who is calling. */
  readonly trunk: boolean;
}

/** What the server is called besides its domain. */
export interface OwnNames {
  /** As in URIs. */
  readonly hosts: readonly string[];
  /** Ports listened on. */
  readonly ports: ReadonlySet<number>;
}

/** Groups to be rung one after another, of phones to be rung at once, of ways to each phone to be tried in turn. */
export type TargetGroups = readonly (readonly (readonly Target[])[])[];

export class Location {
  readonly #stack: SipStack;
  readonly #registrar: Registrar;
  readonly #store: MemoryBindingStore | SqliteBindingStore;
  readonly #flows = new Map<string, RegisteredFlow>();
  /** Flows end with the process; bindings in a file do not. */
  readonly #boot = randomBytes(6).toString("hex");
  readonly #domain: string;
  readonly #hosts: ReadonlySet<string>;
  readonly #ports: ReadonlySet<number>;
  readonly #sweep: NodeJS.Timeout;

  private constructor(stack: SipStack, options: ServerOptions, store: MemoryBindingStore | SqliteBindingStore, own: OwnNames) {
    this.#stack = stack;
    this.#domain = options.domain;
    this.#hosts = new Set(own.hosts);
    this.#ports = own.ports;
    this.#store = store;
    this.#registrar = new Registrar({
      domains: [options.domain],
      aliases: own.hosts,
      random: stack.random,
      timeOrigin: Date.now() - stack.now(),
      store,
      exists: (aor) => options.users.has(userOf(aor)),
      flowTimer: 120,
      minExpires: options.minExpires,
      defaultExpires: Math.max(options.minExpires, 3600),
    });
    this.#sweep = setInterval(() => this.#forgetOld(), 60_000);
    this.#sweep.unref();
  }

  static async open(stack: SipStack, options: ServerOptions, own: OwnNames): Promise<Location> {
    const store = options.store === undefined ? new MemoryBindingStore() : await SqliteBindingStore.open(options.store);
    return new Location(stack, options, store, own);
  }

  /** Answers a REGISTER of somebody who is who they say. */
  async register(request: SipRequest, flow: Flow, sender: Sender): Promise<SipResponse> {
    const name = `${this.#boot}-${flow.id}`;
    const response = await this.#registrar.register(this.#stack.now(), request, { user: sender.user, flow: name, secure: flow.secure });
    const aor = request.to === undefined ? undefined : this.#registrar.addressOfRecord(request.to.uri);
    if (response.statusCode === 200 && aor !== undefined && flow.open && response.headers.has("Contact")) {
      const known = this.#flows.get(name) ?? { flow, aors: new Set<string>(), usedAt: 0, pinned: false };
      known.aors.add(aor);
      known.pinned = isBehindNat(request);
      known.usedAt = this.#stack.now();
      this.#flows.set(name, known);
    }
    return response;
  }

  /** The user's name if a URI is of our domain, and has a user; undefined otherwise. */
  userOf(uri: Uri): string | undefined {
    const aor = this.#registrar.addressOfRecord(uri);
    return aor === undefined ? undefined : userOf(aor);
  }

  /** Whether a URI leads to this server: to its domain, or to an address and port that it listens on. */
  isHere(uri: Uri): boolean {
    return isSipUri(uri) && this.userOf(uri) !== undefined && (uri.port === undefined || this.#ports.has(uri.port));
  }

  /** Whether what is sent to a URI comes to this server: the domain, or an address that it listens on. */
  isOwn(uri: Uri): boolean {
    if (!isSipUri(uri)) return false;
    const host = uri.host.toLowerCase();
    if (host === this.#domain && uri.port === undefined) return true;
    return (host === this.#domain || this.#hosts.has(host)) && this.#ports.has(uri.port ?? (uri.scheme === "sips" ? 5061 : 5060));
  }

  /**
   * Refer-To in a REFER that is passed on. Who transfers names the other party by the Contact that we gave for it, with the transport of its own side, which a
   * phone at the end of another one may not have; in our domain every phone finds it.
   */
  referTo(to: NameAddress): NameAddress {
    const { uri } = to;
    if (!isSipUri(uri) || uri.user === undefined || !this.isOwn(uri)) return to;
    const parameters = uri.parameters.without("transport").without("maddr");
    return nameAddress({ ...uri, port: undefined, host: this.#domain, parameters }, to.parameters, to.displayName);
  }

  /** Where to ring for a URI of ours. */
  async targets(uri: Uri): Promise<TargetGroups> {
    const bindings = await this.#registrar.lookup(this.#stack.now(), uri);
    return targetGroups(bindings).map((group) => group.map((branch) => branch.flatMap((binding) => this.#target(binding) ?? [])));
  }

  /** A connection is gone: who can be reached over it alone, as browsers can, is not registered any more. */
  flowClosed(flow: Flow): void {
    const name = `${this.#boot}-${flow.id}`;
    const known = this.#flows.get(name);
    this.#flows.delete(name);
    if (flow.transport !== "WS" && flow.transport !== "WSS") return;
    for (const aor of known?.aors ?? []) void this.#registrar.removeFlow(aor, name).catch(() => {});
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await this.#store.close();
  }

  #forgetOld(): void {
    const now = this.#stack.now();
    void this.#registrar.expire(now).catch(() => {}); // the store is down: next time
    for (const [name, { flow, usedAt }] of this.#flows) if (!flow.open || now - usedAt > MAX_EXPIRES_MS) this.#flows.delete(name);
  }

  #target(binding: Binding): Target | undefined {
    const uri = parseUri(binding.contact);
    if (uri instanceof Malformed) return undefined;
    const registered = binding.flow === undefined ? undefined : this.#flows.get(binding.flow);
    const heard =
      registered?.flow.open === true ? { flow: registered.flow, pinned: registered.pinned || binding.regId !== undefined } : undefined;
    return { uri, path: binding.path, heard, trunk: false };
  }
}

/** A flow that somebody registered over. */
interface RegisteredFlow {
  readonly flow: Flow;
  readonly aors: Set<string>;
  usedAt: number;
  /** See `Heard`. */
  pinned: boolean;
}

/** The registrar's default. */
const MAX_EXPIRES_MS = 86_400_000;

function userOf(aor: string): string {
  const uri = parseUri(aor);
  return uri instanceof Malformed || !isSipUri(uri) ? "" : unescapeUri(uri.user ?? "");
}
