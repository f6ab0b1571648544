/** A user agent's options with their defaults, and what follows from them: its transports, its address, what goes into its messages. */
import { Malformed, type RandomSource, randomString } from "@purertc/core";
import {
  createRequest,
  isSipUri,
  isTelUri,
  type NameAddress,
  nameAddress,
  parseUri,
  type SipRequest,
  type SipResponse,
  type SipUri,
  sameIgnoringCase,
  type Uri,
  writeUri,
} from "@purertc/sip-parser";
import { DigestClient } from "../auth/digest-client.ts";
import { nodeDigestHashes } from "../auth/node-digest-hashes.ts";
import type { Flow } from "../flow.ts";
import { ANONYMOUS } from "../identity/privacy.ts";
import type { RegistrationOptions } from "../registration/options.ts";
import { createNodeDns } from "../resolver/node-dns.ts";
import { headerList } from "../session/header-list.ts";
import { type InviteSessionOptions, SESSION_EXTENSIONS, SESSION_METHODS } from "../session/options.ts";
import { systemClock, type TransportClock } from "../transport/clock.ts";
import type { ListenOptions } from "../transport/options.ts";
import { SipTransports } from "../transport/transports.ts";
import { contactFor } from "./contact.ts";
import { hostRandom } from "./host-random.ts";
import type { RegisterOptions, RequestOptions, SipUserAgentOptions } from "./options.ts";
import type { ServerLocator } from "./request-sender.ts";
import { localSentBy } from "./sip-stack.ts";
import type { StackTransports } from "./stack-transports.ts";
import { UriLocator } from "./uri-locator.ts";

export class AgentSettings {
  readonly random: RandomSource;
  readonly clock: TransportClock;
  readonly transports: StackTransports;
  readonly locator: ServerLocator;
  /** Our address, as From has it. */
  readonly address: NameAddress;
  /** The outbound proxy. */
  readonly routes: readonly NameAddress[];
  /** Methods answered, for Allow. */
  readonly methods: readonly string[];
  /** Option tags understood. */
  readonly extensions: readonly string[];
  /** Event packages served. */
  readonly events: readonly string[];
  readonly maxCalls: number;
  readonly ringTimeoutMs: number;
  readonly #options: SipUserAgentOptions;
  readonly #uri: SipUri;
  readonly #digest: DigestClient;
  /** The transports when they are made here. */
  readonly #own: SipTransports | undefined;

  /** Throws SyntaxError when `uri` or `proxy` is not a SIP URI. */
  constructor(options: SipUserAgentOptions) {
    if (typeof options?.uri !== "string") throw new TypeError('options.uri is needed: our address, such as "sip:alice@example.com"');
    this.#options = options;
    this.random = options.random ?? hostRandom;
    this.clock = options.clock ?? systemClock;
    const uri = parsedUri(options.uri);
    if (!isSipUri(uri)) throw new SyntaxError(`not a SIP URI: ${options.uri}`);
    this.#uri = uri;
    this.address = nameAddress(uri, undefined, options.displayName);
    this.routes = options.proxy === undefined ? [] : [proxyRoute(options.proxy)];
    this.events = options.events ?? [];
    this.methods = [...SESSION_METHODS, ...(options.methods ?? [])];
    this.extensions = [...SESSION_EXTENSIONS, ...(options.calls?.supported ?? []), "path", "outbound", "gruu"];
    this.maxCalls = options.maxCalls ?? 10_000;
    this.ringTimeoutMs = options.ringTimeoutMs ?? 180_000;
    this.#own =
      options.transports === undefined
        ? new SipTransports({
            ...options.transport,
            random: this.random,
            clock: this.clock,
            ...(options.tls === undefined ? {} : { tls: options.tls }),
          })
        : undefined;
    this.transports = options.transports ?? this.#own!;
    this.locator = new UriLocator({
      dns: options.dns ?? createNodeDns(),
      random: this.random,
      clock: this.clock,
      supported: options.transportPreference ?? ["UDP", "TCP", "TLS", "WS", "WSS"],
      telDomain: options.telDomain ?? uri.host,
    });
    const { digestAlgorithms: algorithms } = options;
    this.#digest = new DigestClient({ hashes: nodeDigestHashes, random: this.random, ...(algorithms === undefined ? {} : { algorithms }) });
  }

  /** Whether a URI is of our own domain, or a telephone number that goes there. */
  isAtHome(uri: Uri): boolean {
    const host = isSipUri(uri) ? uri.host : isTelUri(uri) ? (this.#options.telDomain ?? this.#uri.host) : "";
    return sameIgnoringCase(host, this.#uri.host) && (!isSipUri(uri) || uri.port === this.#uri.port);
  }

  /** Where the transports listen; empty for transports of the owner's. */
  get listeners(): SipTransports["listeners"] {
    return this.#own?.listeners ?? [];
  }

  /** Header fields of every response of ours outside sessions. */
  get serverHeaders(): readonly (readonly [string, string])[] {
    return this.#options.software === undefined ? [] : [["Server", this.#options.software]];
  }

  /** For the answer to OPTIONS (RFC 3261 §11.2). */
  get capabilities(): readonly (readonly [string, string])[] {
    const events: readonly (readonly [string, string])[] = this.events.length > 0 ? [["Allow-Events", this.events.join(", ")]] : [];
    return [["Allow", this.methods.join(", ")], ["Accept", "application/sdp"], ["Supported", this.extensions.join(", ")], ...events];
  }

  /** Opens what is listened on. */
  async listen(): Promise<void> {
    for (const each of this.#options.listen ?? DEFAULT_LISTENERS) await this.#own?.listen(each);
  }

  /** 401 and 407: the request with credentials, if there are any for the challenge. */
  authorize(request: SipRequest, response: SipResponse): SipRequest | undefined {
    const { credentials } = this.#options;
    return credentials === undefined ? undefined : this.#digest.authorize(request, response, credentials);
  }

  /** Our Contact over a flow; anonymous, it names no user. */
  contact(flow: Flow, secure: boolean, anonymous = false): NameAddress {
    return contactFor(flow, this.transports.sentBy?.(flow) ?? localSentBy(flow), { user: anonymous ? undefined : this.#uri.user, secure });
  }

  /** From of an anonymous call (RFC 3323 §4.1.1.3), and the headers that go with it. */
  get anonymity(): { readonly from: NameAddress; readonly headers: readonly (readonly [string, unknown])[] } {
    const headers = [["Privacy", "id"] as const, ["P-Preferred-Identity", this.address] as const];
    return { from: nameAddress(ANONYMOUS, undefined, "Anonymous"), headers };
  }

  /** What a session or subscription over a flow is told. */
  sessionOptions(flow: Flow, secure: boolean, anonymous = false): InviteSessionOptions {
    const { calls, timers, headers, software } = this.#options;
    const timings = { ...(timers?.t1 === undefined ? {} : { t1: timers.t1 }), ...(timers?.t2 === undefined ? {} : { t2: timers.t2 }) };
    return {
      ...calls,
      random: this.random,
      contact: this.contact(flow, secure, anonymous),
      headers: [...(software === undefined ? [] : [["User-Agent", software] as const]), ...headerList(headers)],
      allow: this.methods,
      timings,
      overTls: flow.secure,
      authorize: (request, response) => this.authorize(request, response),
    };
  }

  /** A request outside dialogs (§8.1.1). */
  createRequest(method: string, target: Uri, routes: readonly NameAddress[], options: RequestOptions): SipRequest {
    const { headers, software } = this.#options;
    const request = createRequest({
      method,
      uri: writeUri(target),
      headers: [
        ...routes.map((route) => ["Route", route] as const),
        ["From", nameAddress(this.#uri, { tag: this.#token() }, this.#options.displayName)],
        ["To", nameAddress(target)],
        ["Call-ID", this.#token() + this.#token()],
        ["CSeq", 1],
        ...(software === undefined ? [] : [["User-Agent", software] as const]),
        ...headerList(headers),
        ...headerList(options.headers),
      ],
      body: options.body,
    });
    return request;
  }

  /** What a registration is told. */
  registrationOptions(options: Omit<RegisterOptions, "signal" | "keepTrying">): RegistrationOptions {
    const { credentials, instanceId, proxy, software, headers } = this.#options;
    const { headers: own, ...rest } = options;
    return {
      aor: this.#uri,
      random: this.random,
      digest: this.#digest,
      ...(credentials === undefined ? {} : { credentials }),
      ...(instanceId === undefined ? {} : { instanceId }),
      ...(proxy === undefined ? {} : { routes: [writeUri(proxyRoute(proxy).uri)] }),
      ...rest,
      headers: [...(software === undefined ? [] : [["User-Agent", software] as const]), ...headerList(headers), ...headerList(own)],
    };
  }

  #token(): string {
    return randomString(this.random, 12, ALPHABET);
  }
}

/** A URI given as text or parsed; SyntaxError when it is none. */
export function parsedUri(uri: Uri | string): Uri {
  const parsed = typeof uri === "string" ? parseUri(uri) : uri;
  if (parsed instanceof Malformed) throw new SyntaxError(`not a URI (${parsed.reason} at ${parsed.offset}): ${String(uri)}`);
  return parsed;
}

/** A proxy as a loose route (§16.12): one that is a strict router is not worth having. */
export function proxyRoute(proxy: string): NameAddress {
  const uri = parsedUri(proxy);
  if (!isSipUri(uri)) throw new SyntaxError(`not a SIP URI: ${proxy}`);
  return nameAddress(uri.parameters.has("lr") ? uri : { ...uri, parameters: uri.parameters.with("lr") });
}

const DEFAULT_LISTENERS: readonly ListenOptions[] = [{ transport: "UDP" }, { transport: "TCP" }];
const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
