/** A user agent's registration (RFC 3261 §10.2) over one or several flows (RFC 5626 §4). Pure: no clock, sockets or transactions. */
import { type Instant, InvalidArgumentError, Malformed, Queue, randomString } from "@purertc/core";
import {
  createRequest,
  isSipUri,
  type NameAddress,
  nameAddress,
  Parameters,
  parseUri,
  type SipRequest,
  type SipResponse,
  type SipUri,
  sipUri,
  writeUri,
} from "@purertc/sip-parser";
import type { RegistrationOptions } from "./options.ts";
import type { RegId, RegistrationEvent } from "./registration-event.ts";
import { type RegistrationContext, RegistrationFlow } from "./registration-flow.ts";

/**
 * Registers an address-of-record and keeps it registered: refreshes in time, answers challenges, obeys 423, Retry-After and redirections, and opens failed
 * flows again with the waits of RFC 5626 §4.5.
 *
 * Call a method, then take events with `pollEvent` until there are none, then call `handleTimeout` at `pollTimeout`. Two events ask for something:
 * `open-flow` (answer with `flowOpened` or `flowFailed`) and `request` (send it; answer with `handleResponse` or `requestFailed`).
 */
export class Registration {
  /** All flows have the same Call-ID and count their requests together: temporary GRUUs depend on it (RFC 5627 §5.1). */
  readonly callId: string;
  readonly #options: RegistrationOptions;
  readonly #aor: SipUri;
  readonly #fromTag: string;
  readonly #flows: ReadonlyMap<RegId, RegistrationFlow>;
  readonly #events = new Queue<RegistrationEvent>();
  #cseq = 0;

  /** Throws InvalidArgumentError for an address-of-record that is no SIP URI, or several flows without an instance. */
  constructor(options: RegistrationOptions) {
    const aor = typeof options.aor === "string" ? parseUri(options.aor) : options.aor;
    if (aor instanceof Malformed || !isSipUri(aor))
      throw new InvalidArgumentError("the address-of-record is not a SIP URI", { code: "SIP_REGISTRATION_AOR" });
    const routes: readonly (string | undefined)[] =
      options.routes === undefined || options.routes.length === 0 ? [undefined] : options.routes;
    if (routes.length > 1 && (options.instanceId === undefined || options.outbound === false))
      throw new InvalidArgumentError("several flows need outbound, which needs an instanceId", { code: "SIP_REGISTRATION_FLOWS" });
    this.#options = options;
    this.#aor = aor;
    this.callId = randomString(options.random, 24, ALPHABET);
    this.#fromTag = randomString(options.random, 12, ALPHABET);
    const registrar =
      options.registrar ?? writeUri(sipUri({ scheme: aor.scheme, host: aor.host, ...(aor.port === undefined ? {} : { port: aor.port }) }));
    const outbound = options.outbound ?? options.instanceId !== undefined;
    const context = this.#context();
    this.#flows = new Map(
      routes.map((route, index) => [
        index + 1,
        new RegistrationFlow(index + 1, context, registrar, route, outbound && options.instanceId !== undefined),
      ]),
    );
  }

  /** Whether at least one flow is registered. */
  get registered(): boolean {
    return [...this.#flows.values()].some((flow) => flow.registered);
  }

  /** Flows that are to be registered. */
  get flowCount(): number {
    return this.#flows.size;
  }

  /** Begins; and begins again what has failed for good, or waits. */
  start(_now: Instant): void {
    for (const flow of this.#flows.values()) flow.start();
  }

  /** A flow that was asked for is open. `contact` is the URI at which this user agent is reached over it; `transport` the flow's (for keep-alives). */
  flowOpened(_now: Instant, regId: RegId, contact: string, transport: "UDP" | "TCP" | "TLS" | "WS" | "WSS"): void {
    this.#flows.get(regId)?.opened(contact, transport === "UDP");
  }

  /** A flow could not be opened, or is dead: its connection closed, or its keep-alives are not answered. */
  flowFailed(now: Instant, regId: RegId, detail: string): void {
    this.#flows.get(regId)?.failed(now, detail);
  }

  /** A response to a REGISTER; those to earlier ones are ignored. */
  handleResponse(now: Instant, regId: RegId, response: SipResponse): void {
    this.#flows.get(regId)?.handleResponse(now, response);
  }

  /** A REGISTER ended without a response. */
  requestFailed(now: Instant, regId: RegId, reason: "timeout" | "transport-error", detail: string): void {
    this.#flows.get(regId)?.requestFailed(now, reason, detail);
  }

  /** Registers again at once, on all flows that are registered. */
  refresh(_now: Instant): void {
    for (const flow of this.#flows.values()) flow.refresh();
  }

  /** Removes our bindings; `unregistered` follows for each flow, whatever the registrar says. */
  unregister(_now: Instant): void {
    for (const flow of this.#flows.values()) flow.unregister();
  }

  /** Refreshes and retries what is due. */
  handleTimeout(now: Instant): void {
    for (const flow of this.#flows.values()) flow.handleTimeout(now);
  }

  /** When to call `handleTimeout`. */
  pollTimeout(): Instant | undefined {
    let soonest: Instant | undefined;
    for (const { deadline } of this.#flows.values())
      if (deadline !== undefined && (soonest === undefined || deadline < soonest)) soonest = deadline;
    return soonest;
  }

  /** What is to be done, or has happened. */
  pollEvent(): RegistrationEvent | undefined {
    return this.#events.shift();
  }

  #context(): RegistrationContext {
    const options = this.#options;
    return {
      options,
      random: options.random,
      emit: (event) => this.#events.push(event),
      nextCSeq: () => {
        this.#cseq += 1;
        return this.#cseq;
      },
      createRegister: (init) => this.#createRegister(init),
      contactOf: (uri, regId) => this.#contactOf(uri, regId),
      othersRegistered: (regId) => [...this.#flows.values()].some((flow) => flow.regId !== regId && flow.registered),
    };
  }

  #contactOf(uri: string, regId: RegId | undefined): NameAddress {
    const { instanceId, q, contactParameters } = this.#options;
    let parameters = Parameters.of(contactParameters);
    if (q !== undefined) parameters = parameters.with("q", q);
    if (instanceId !== undefined) parameters = parameters.with("+sip.instance", Parameters.quoted(`<${instanceId}>`));
    if (regId !== undefined) parameters = parameters.with("reg-id", regId);
    return nameAddress(uri, parameters);
  }

  /** RFC 3261 §10.2. */
  #createRegister(init: {
    readonly registrar: string;
    readonly route: string | undefined;
    readonly contact: NameAddress;
    readonly expires: number;
  }): SipRequest {
    this.#cseq += 1;
    const { options, aor } = { options: this.#options, aor: this.#aor };
    const extensions = ["path"]; // RFC 3327 §5.1, which outbound needs
    if (init.contact.parameters.has("reg-id")) extensions.push("outbound");
    if (options.gruu ?? options.instanceId !== undefined) extensions.push("gruu");
    const request = createRequest({
      method: "REGISTER",
      uri: init.registrar,
      headers: {
        Route: init.route === undefined ? undefined : nameAddress(init.route),
        From: nameAddress(aor, { tag: this.#fromTag }),
        To: nameAddress(aor),
        "Call-ID": this.callId,
        CSeq: this.#cseq,
        Contact: { ...init.contact, parameters: init.contact.parameters.with("expires", init.expires) },
        Expires: init.expires,
        Supported: extensions.join(", "),
      },
    });
    const extra = createRequest({
      method: "REGISTER",
      uri: init.registrar,
      ...(options.headers === undefined ? {} : { headers: options.headers }),
    });
    for (const field of extra.headers) if (!COMPUTED.has(field.canonicalName)) request.headers.addRaw(field);
    return request;
  }
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
/** Not for `headers` to change. */
const COMPUTED: ReadonlySet<string> = new Set([
  "From",
  "To",
  "Call-ID",
  "CSeq",
  "Contact",
  "Expires",
  "Content-Length",
  "Max-Forwards",
  "Route",
]);
