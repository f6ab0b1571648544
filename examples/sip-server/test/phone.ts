// A phone for tests: registers with digest, sends what it is told to, and keeps what comes until somebody asks for it.
import {
  type ClientTransaction,
  DigestClient,
  type Flow,
  hostRandom,
  nodeDigestHashes,
  type RequestEvent,
  SipStack,
  type SipTransportName,
  SipTransports,
} from "@purertc/sip";
import { createRequest, createResponse, type HeadersInit, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import type { Listening } from "../server.ts";

export interface PhoneInit {
  readonly user: string;
  readonly password?: string;
  readonly transport: SipTransportName;
  readonly server: readonly Listening[];
  /** Address to send from over UDP; 127.0.0.1 unless stated. */
  readonly host?: string;
  /** What it believes to be its address, as a phone behind a NAT does. */
  readonly advertisedHost?: string;
  /** test.local unless stated. */
  readonly domain?: string;
}

export class Phone {
  readonly user: string;
  readonly domain: string;
  readonly stack: SipStack;
  readonly flow: Flow;
  /** ACKs that came. */
  readonly acks: SipRequest[] = [];
  readonly #password: string | undefined;
  readonly #digest = new DigestClient({ hashes: nodeDigestHashes, random: hostRandom });
  readonly #events: RequestEvent[] = [];
  readonly #waiting: ((event: RequestEvent) => void)[] = [];
  #callIds = 0;

  private constructor(init: PhoneInit, stack: SipStack, flow: Flow) {
    this.user = init.user;
    this.domain = init.domain ?? "test.local";
    this.#password = init.password;
    this.stack = stack;
    this.flow = flow;
    stack.onEvent = (event) => {
      if (event.type === "ack") this.acks.push(event.request);
      if (event.type !== "request") return;
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#events.push(event);
      else waiting(event);
    };
  }

  static async connect(init: PhoneInit): Promise<Phone> {
    const transports = new SipTransports({ tls: { verify: false }, ...(init.advertisedHost && { advertisedHost: init.advertisedHost }) });
    const listening = init.server.find(({ transport }) => transport === init.transport);
    if (listening === undefined) throw new Error(`nobody listens on ${init.transport}`);
    if (init.transport === "UDP") await transports.listen({ transport: "UDP", host: init.host ?? "127.0.0.1" });
    const flow = await transports.flowTo({ transport: init.transport, ip: listening.ip, port: listening.port });
    return new Phone(init, new SipStack({ transports }), flow);
  }

  get contact(): string {
    const { host, port } = this.stack.transports.sentBy?.(this.flow) ?? { host: "127.0.0.1", port: undefined };
    const transport = this.flow.transport === "UDP" ? "" : `;transport=${this.flow.transport.toLowerCase().replace("wss", "ws")}`;
    return `<sip:${this.user}@${host}${port === undefined ? "" : `:${port}`}${transport}>`;
  }

  /** A request outside dialogs. */
  create(
    method: string,
    to: string,
    init: { readonly headers?: Readonly<Record<string, unknown>>; readonly body?: string } = {},
  ): SipRequest {
    this.#callIds += 1;
    const headers = {
      From: `<sip:${this.user}@${this.domain}>;tag=${this.user}-${this.#callIds}`,
      To: `<${to}>`,
      "Call-ID": `${this.user}-${this.#callIds}-${process.hrtime.bigint()}`,
      CSeq: 1,
      Contact: this.contact,
      "Content-Type": init.body === undefined ? undefined : "application/sdp",
      ...init.headers,
    };
    return createRequest({ method, uri: to, headers: headers as HeadersInit, body: init.body });
  }

  /** Sends a request, answers a challenge, and gives the final response. Provisional ones go to `heard`. */
  async send(request: SipRequest, heard: (response: SipResponse, transaction: ClientTransaction) => void = () => {}): Promise<Answer> {
    const first = await this.#final(request, heard);
    if (first.response.statusCode !== 401 || this.#password === undefined) return { ...first, request };
    const retry = this.#digest.authorize(request, first.response, { username: this.user, password: this.#password });
    return retry === undefined ? { ...first, request } : { ...(await this.#final(retry, heard)), request: retry };
  }

  async register(headers: Readonly<Record<string, unknown>> = {}): Promise<SipResponse> {
    const request = this.create("REGISTER", `sip:${this.domain}`, {
      headers: { To: `<sip:${this.user}@${this.domain}>`, Expires: 600, ...headers },
    });
    return (await this.send(request)).response;
  }

  /** The next request that comes. */
  next(): Promise<RequestEvent> {
    const event = this.#events.shift();
    if (event !== undefined) return Promise.resolve(event);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing came for ${this.user}`)), 5000);
      this.#waiting.push((each) => {
        clearTimeout(timer);
        resolve(each);
      });
    });
  }

  respond(
    { request, transaction }: RequestEvent,
    statusCode: number,
    init: { readonly body?: string; readonly headers?: HeadersInit } = {},
  ): SipResponse {
    const response = createResponse(request, statusCode, { toTag: `${this.user}-answer`, ...init });
    if (!response.headers.has("Contact")) response.headers.set("Contact", this.contact);
    if (init.body !== undefined) response.headers.set("Content-Type", "application/sdp");
    this.stack.respond(transaction, response);
    return response;
  }

  /** A request in the dialog that an INVITE of ours and its 2xx (or provisional response) have made. */
  within(
    method: string,
    { request, response }: Answer,
    cseq: number,
    init: { readonly headers?: HeadersInit; readonly body?: string } = {},
  ): SipRequest {
    const contact = response.headers.get("Contact");
    if (contact === undefined || contact === "*") throw new Error("no Contact");
    const made = createRequest({
      method,
      uri: contact.uri,
      body: init.body,
      ...(init.headers === undefined ? {} : { headers: init.headers }),
    });
    made.headers.copyFrom(request.headers, "From").copyFrom(response.headers, "To").copyFrom(request.headers, "Call-ID");
    made.headers.set("CSeq", { number: cseq, method }).set("Contact", this.contact);
    return made;
  }

  /** A request in the dialog that an INVITE from the other side and our 2xx have made. */
  withinIncoming(method: string, { request }: RequestEvent, response: SipResponse, cseq: number, body?: string): SipRequest {
    const contact = request.headers.get("Contact");
    if (contact === undefined || contact === "*") throw new Error("no Contact");
    const made = createRequest({ method, uri: contact.uri, body });
    made.headers.set("From", response.headers.text("To") ?? "").set("To", request.headers.text("From") ?? "");
    made.headers
      .set("Call-ID", request.callId ?? "")
      .set("CSeq", { number: cseq, method })
      .set("Contact", this.contact);
    return made;
  }

  acknowledge(answer: Answer, body?: string): void {
    const ack = this.within("ACK", answer, answer.request.cseq?.number ?? 0, body === undefined ? {} : { body });
    this.stack.send(ack, this.flow);
  }

  cancel(transaction: ClientTransaction): void {
    this.stack.cancel(transaction, { Reason: 'SIP;cause=487;text="changed my mind"' });
  }

  close(): Promise<void> {
    return this.stack.close();
  }

  #final(
    request: SipRequest,
    heard: (response: SipResponse, transaction: ClientTransaction) => void,
  ): Promise<{ readonly response: SipResponse }> {
    return new Promise((resolve, reject) => {
      this.stack.request(request, this.flow, {
        response: (response, transaction) => {
          if (response.statusCode >= 200) resolve({ response });
          else heard(response, transaction);
        },
        failed: (cause) => reject(new Error(cause)),
      });
    });
  }
}

/** A request as it was sent in the end, and its final response. */
export interface Answer {
  readonly request: SipRequest;
  readonly response: SipResponse;
}
