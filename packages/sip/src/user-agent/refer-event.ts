/** A peer asks us to call somebody (RFC 3515), within a call or outside of any. */
import { isSipUri, type SipUri, type Uri, unescapeUri } from "@purertc/sip-parser";
import type { IncomingRefer } from "../session/refer.ts";
import type { InviteInit } from "./options.ts";
import type { SipCall } from "./sip-call.ts";
import { SipError } from "./sip-error.ts";

/** What a REFER came in. */
export interface ReferContext {
  /** Who follows it. */
  readonly userAgent: { call(target: Uri | string, init?: InviteInit): Promise<SipCall> };
  /** Tells the machine something, and carries what comes of it. */
  act<Result>(step: (now: number) => Result): Result;
}

/**
 * `"refer"` of a call, or of the user agent for one outside of calls. A listener calls `follow`, `accept` or `reject` before it returns; otherwise it is
 * declined (603).
 */
export class ReferEvent extends Event {
  readonly refer: IncomingRefer;
  readonly #context: ReferContext;
  #decided = false;

  /** For the user agent. */
  constructor(context: ReferContext, refer: IncomingRefer) {
    super("refer");
    this.#context = context;
    this.refer = refer;
  }

  /** For the user agent. */
  get decided(): boolean {
    return this.#decided;
  }

  /** Who is to be called. */
  get referTo(): Uri {
    return this.refer.referTo.uri;
  }

  /** Whether the call is to take another's place (attended transfer). */
  get attended(): boolean {
    return this.refer.replaces !== undefined;
  }

  /**
   * Accepts it, places the call with the Replaces and Referred-By it was asked for, and tells the peer how it fares. Resolves when the new call is
   * accepted; rejects as `invite` does, so handle that. The call that the REFER came in is left alone.
   */
  async follow(init: InviteInit = {}): Promise<SipCall> {
    this.accept();
    const { uri } = this.refer.referTo;
    const given = init.headers === undefined ? [] : Array.isArray(init.headers) ? init.headers : Object.entries(init.headers);
    try {
      const call = await this.#context.userAgent.call(withoutHeaders(uri), { ...init, headers: [...headersOf(this.refer), ...given] });
      call.addEventListener("progress", ({ statusCode, reasonPhrase }) => this.notify(statusCode, reasonPhrase));
      await call.accepted;
      this.notify(200, "OK");
      return call;
    } catch (error) {
      if (error instanceof SipError) this.notify(error.statusCode, error.reasonPhrase);
      else this.notify(500, "Server Internal Error");
      throw error;
    }
  }

  /** Accepts it (202); the listener sees to the rest, and tells the peer with {@link notify}. */
  accept(): void {
    if (this.#decided) return;
    this.#decided = true;
    this.#context.act((now) => this.refer.accept(now));
  }

  /** Refuses it; default 603. */
  reject(statusCode = 603): void {
    if (this.#decided) return;
    this.#decided = true;
    this.#context.act((now) => this.refer.reject(now, statusCode));
  }

  /** Tells the peer a status of the referred request, also when the call that the REFER came in has ended; a final one ends the telling. */
  notify(statusCode: number, reasonPhrase?: string): void {
    this.#context.act((now) => this.refer.notify(now, statusCode, reasonPhrase));
  }
}

/** RFC 3261 §19.1.5: what headers of a URI become fields of the request; of those, RFC 3515 and 3891 need Replaces, and others could do harm. */
function headersOf(refer: IncomingRefer): (readonly [string, unknown])[] {
  const { uri } = refer.referTo;
  const headers: (readonly [string, unknown])[] = [];
  for (const [name, value] of isSipUri(uri) ? uri.headers : []) {
    if (SAFE.has(name.toLowerCase())) headers.push([name, unescapeUri(value)]);
  }
  if (refer.referredBy !== undefined) headers.push(["Referred-By", refer.referredBy]);
  return headers;
}

function withoutHeaders(uri: Uri): Uri {
  return isSipUri(uri) ? ({ ...uri, headers: [], parameters: uri.parameters.without("method") } satisfies SipUri) : uri;
}

const SAFE: ReadonlySet<string> = new Set(["replaces", "require", "subject", "accept-contact", "reject-contact", "request-disposition"]);
