/** Requests that come in (RFC 3261 §8.2): inspected, refused, or brought to their dialog or to the user agent. */
import { type RandomSource, randomString } from "@purertc/core";
import {
  createResponse,
  type ResponseInit,
  type SipFault,
  type SipRequest,
  sameIgnoringCase,
  validateSipMessage,
} from "@purertc/sip-parser";
import { dialogKeyOfRequest } from "../dialog/dialog-id.ts";
import type { Flow } from "../flow.ts";
import type { AckEvent, RequestEvent, ServerTransaction } from "../transaction/transaction.ts";
import type { SipStack } from "./sip-stack.ts";
import type { UsageReceiver, UsageRegistry } from "./usage-driver.ts";

export interface RequestRouterOptions {
  readonly stack: SipStack;
  readonly random: RandomSource;
  /** Methods answered here: for Allow. */
  readonly methods: readonly string[];
  /** Option tags understood: for Supported, and against Require. */
  readonly extensions: readonly string[];
  /** Header fields of every response, such as Server. */
  readonly headers: readonly (readonly [string, string])[];
  /** Told what usages throw, which they must not. */
  readonly onError: (error: unknown) => void;
  /** Takes a request outside dialogs that passed inspection. */
  readonly onRequest: (request: SipRequest, flow: Flow, transaction: ServerTransaction) => void;
}

export class RequestRouter implements UsageRegistry {
  readonly #options: RequestRouterOptions;
  readonly #dialogs = new Map<string, UsageReceiver>();
  /** By the transaction that made them: what a CANCEL is for. */
  readonly #byTransaction = new Map<ServerTransaction, UsageReceiver>();
  /** Subscriptions of ours by Call-ID and tag, before a NOTIFY has made their dialog (RFC 6665 §4.4.1). */
  readonly #awaitingNotify = new Map<string, UsageReceiver>();
  /** §8.2.2.2: requests outside dialogs that have transactions, and which. */
  readonly #merging = new Map<string, ServerTransaction>();
  readonly #mergeKeys = new Map<ServerTransaction, string>();

  constructor(options: RequestRouterOptions) {
    this.#options = options;
  }

  /** Dialogs known. */
  get dialogCount(): number {
    return this.#dialogs.size;
  }

  addDialog(key: string, driver: UsageReceiver): void {
    this.#dialogs.set(key, driver);
  }

  removeDialog(key: string, driver: UsageReceiver): void {
    if (this.#dialogs.get(key) === driver) this.#dialogs.delete(key);
  }

  /** Who has a dialog. */
  find(key: string): UsageReceiver | undefined {
    return this.#dialogs.get(key);
  }

  /** CANCEL of this transaction is for the driver. */
  addTransaction(transaction: ServerTransaction, driver: UsageReceiver): void {
    this.#byTransaction.set(transaction, driver);
  }

  removeTransaction(transaction: ServerTransaction): void {
    this.#byTransaction.delete(transaction);
  }

  /** NOTIFY to this tag in this call is for the driver, whatever the notifier's tag is. */
  awaitNotify(callId: string, localTag: string, driver: UsageReceiver): void {
    this.#awaitingNotify.set(`${localTag} ${callId}`, driver);
  }

  remove(driver: UsageReceiver): void {
    for (const [key, each] of this.#awaitingNotify) if (each === driver) this.#awaitingNotify.delete(key);
  }

  failed(error: unknown): void {
    this.#options.onError(error);
  }

  /** A server transaction is over. */
  transactionTerminated(transaction: ServerTransaction): void {
    this.#byTransaction.delete(transaction);
    const key = this.#mergeKeys.get(transaction);
    if (key === undefined) return;
    this.#mergeKeys.delete(transaction);
    if (this.#merging.get(key) === transaction) this.#merging.delete(key);
  }

  /** §13.3.1.4: an ACK to a 2xx finds its dialog, or nobody. */
  acknowledged({ request, flow }: AckEvent): void {
    const key = dialogKeyOfRequest(request);
    if (key !== undefined) this.#dialogs.get(key)?.receive(request, flow, undefined);
  }

  /** A new request. */
  received({ request, flow, transaction, cancels }: RequestEvent): void {
    const contentTypes = WITH_DESCRIPTION.has(request.method) ? { contentTypes: DESCRIPTION_TYPES } : {};
    const [fault] = validateSipMessage(request, { methods: KNOWN_METHODS, extensions: this.#options.extensions, ...contentTypes });
    if (fault !== undefined) this.#refuse(request, transaction, fault);
    else if (request.method === "CANCEL") this.#cancel(request, flow, transaction, cancels);
    // §8.2.3: no encoding is undone here.
    else if (isEncoded(request)) this.respond(request, transaction, 415, { headers: { "Accept-Encoding": "identity" } });
    // §8.2.1: known, but not for us.
    else if (!this.#options.methods.includes(request.method)) this.respond(request, transaction, 405, { headers: { Allow: this.#allow } });
    else if (request.toTag !== undefined) this.#inDialog(request, flow, transaction);
    else if (this.#isMerged(request, transaction)) this.respond(request, transaction, 482);
    else this.#options.onRequest(request, flow, transaction);
  }

  /** Answers a request; the response has a To tag, and what all responses have. */
  respond(request: SipRequest, transaction: ServerTransaction, statusCode: number, init: ResponseInit = {}): void {
    const toTag = statusCode === 100 ? {} : { toTag: this.#tag() };
    const response = createResponse(request, statusCode, { ...toTag, ...init });
    for (const [name, value] of this.#options.headers) if (!response.headers.has(name)) response.headers.set(name, value);
    this.#options.stack.respond(transaction, response);
  }

  get #allow(): string {
    return this.#options.methods.join(", ");
  }

  /** §9.2: a CANCEL is told to its INVITE's session, which answers both. */
  #cancel(request: SipRequest, flow: Flow, transaction: ServerTransaction, cancels: ServerTransaction | undefined): void {
    const driver = cancels === undefined ? undefined : this.#byTransaction.get(cancels);
    if (driver !== undefined) driver.receive(request, flow, transaction);
    // A transaction that no session has: it is answered already, or was never an INVITE. Then a CANCEL has no effect.
    else this.respond(request, transaction, cancels === undefined ? 481 : 200);
  }

  /** §12.2.2: dialogs are found by Call-ID and both tags. Whoever knows not all of them is from elsewhere. */
  #inDialog(request: SipRequest, flow: Flow, transaction: ServerTransaction): void {
    const key = dialogKeyOfRequest(request);
    let driver = key === undefined ? undefined : this.#dialogs.get(key);
    if (driver === undefined && request.method === "NOTIFY") driver = this.#awaitingNotify.get(`${request.toTag} ${request.callId}`);
    if (driver === undefined) {
      this.respond(request, transaction, 481);
      return;
    }
    if (request.method === "INVITE") this.#byTransaction.set(transaction, driver);
    driver.receive(request, flow, transaction);
  }

  /** §8.2.2.2: the same request over another path, while the first is being served. */
  #isMerged(request: SipRequest, transaction: ServerTransaction): boolean {
    const key = `${request.fromTag} ${request.cseq?.number} ${request.method} ${request.callId}`;
    if (this.#merging.has(key)) return true;
    this.#merging.set(key, transaction);
    this.#mergeKeys.set(transaction, key);
    return false;
  }

  #refuse(request: SipRequest, transaction: ServerTransaction, fault: SipFault): void {
    const statusCode = fault.statusCode ?? 400;
    const headers: { Unsupported?: string; Allow?: string; Accept?: string } = {};
    if (statusCode === 420 && fault.unsupported !== undefined) headers.Unsupported = fault.unsupported.join(", "); // §8.2.2.3
    if (statusCode === 501 || statusCode === 405) headers.Allow = this.#allow;
    if (statusCode === 415) headers.Accept = "application/sdp"; // §8.2.3
    // §21.4.1: the phrase says more than "Bad Request", without repeating what the peer wrote.
    const reasonPhrase =
      statusCode === 400 && fault.header !== undefined
        ? `${fault.reason === "missing-header" ? "Missing" : "Bad"} ${fault.header}`
        : undefined;
    this.respond(request, transaction, statusCode, { headers, ...(reasonPhrase === undefined ? {} : { reasonPhrase }) });
  }

  #tag(): string {
    return randomString(this.#options.random, 10, TAG_ALPHABET);
  }
}

function isEncoded(request: SipRequest): boolean {
  if (request.body.length === 0 || !request.headers.has("Content-Encoding")) return false;
  return !request.headers.all("Content-Encoding").every((coding) => sameIgnoringCase(coding, "identity"));
}

/** Requests whose body is a session description (RFC 3261, 3262, 3311). */
const WITH_DESCRIPTION: ReadonlySet<string> = new Set(["INVITE", "PRACK", "UPDATE"]);
/** What they may hold; of multipart bodies, the part that is a description is taken. */
const DESCRIPTION_TYPES: readonly string[] = ["application/sdp", "multipart/mixed", "multipart/alternative", "multipart/related"];
const TAG_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
/** Registered with IANA: others are not understood (501); of these, some are not for us (405). */
const KNOWN_METHODS: readonly string[] = [
  ...[
    "ACK",
    "BYE",
    "CANCEL",
    "INFO",
    "INVITE",
    "MESSAGE",
    "NOTIFY",
    "OPTIONS",
    "PRACK",
    "PUBLISH",
    "REFER",
    "REGISTER",
    "SUBSCRIBE",
    "UPDATE",
  ],
];
