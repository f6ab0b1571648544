// What the parts of the server share.
import type { ServerTransaction, SipStack } from "@purertc/sip";
import { createResponse, type SipRequest } from "@purertc/sip-parser";
import type { Attempt } from "./attempt.ts";
import type { Authentication } from "./authentication.ts";
import { DialogTable } from "./dialog-pair.ts";
import type { Location } from "./location.ts";
import type { Log } from "./log.ts";
import type { NextHop } from "./next-hop.ts";
import type { ServerOptions } from "./options.ts";
import { Outbound } from "./outbound.ts";
import { Places } from "./places.ts";

export class Switchboard {
  readonly stack: SipStack;
  readonly options: ServerOptions;
  readonly log: Log;
  readonly nextHop: NextHop;
  readonly location: Location;
  readonly outbound: Outbound;
  readonly authentication: Authentication;
  readonly dialogs = new DialogTable();
  /** Requests outside dialogs that are on their way. */
  readonly attempts = new Map<ServerTransaction, Attempt>();
  readonly places: Places;
  #lastCall = 0;

  constructor(parts: Pick<Switchboard, "stack" | "options" | "log" | "nextHop" | "location" | "authentication">) {
    this.stack = parts.stack;
    this.options = parts.options;
    this.log = parts.log;
    this.nextHop = parts.nextHop;
    this.location = parts.location;
    this.places = new Places(parts.options);
    this.outbound = new Outbound(parts.location, parts.options);
    this.authentication = parts.authentication;
  }

  nextCall(): number {
    this.#lastCall += 1;
    return this.#lastCall;
  }

  /** A tag or Call-ID: 128 random bits. */
  token(): string {
    const bytes = new Uint8Array(16);
    this.stack.random.fill(bytes);
    return Buffer.from(bytes).toString("hex");
  }

  /** A response of the server's own. */
  response(request: SipRequest, statusCode: number, init: Parameters<typeof createResponse>[2] = {}): ReturnType<typeof createResponse> {
    return createResponse(request, statusCode, { toTag: this.token(), ...init });
  }
}
