/** The INVITE of a call that comes in, until its final response (RFC 3261 §13.3.1): ringing, and a 2xx that may have to wait. */
import { type Instant, InvalidStateError, TimerTable } from "@purertc/core";
import type { SipResponse } from "@purertc/sip-parser";
import { type DescriptionInit, type SessionDescription, toDescription } from "./description.ts";
import type { DialogHost } from "./dialog-host.ts";
import type { InviteDialog } from "./invite-dialog.ts";
import type { AcceptInit, ProgressInit } from "./options.ts";
import { hasOption } from "./session-timer.ts";

export class IncomingInvite {
  readonly #host: DialogHost;
  readonly #dialog: InviteDialog;
  readonly #timers = new TimerTable<"expires" | "ringing">();
  #heldAccept: AcceptInit | undefined;
  #lastProgress: { readonly statusCode: number; readonly reliable: boolean } | undefined;

  /** `expires`: seconds after which the caller gives up (§13.3.1). */
  constructor(now: Instant, host: DialogHost, dialog: InviteDialog, expires: number | undefined) {
    this.#host = host;
    this.#dialog = dialog;
    if (expires !== undefined) this.#timers.set("expires", now + 1000 * expires);
  }

  /** A provisional response, repeated every minute (§13.3.1.1). */
  progress(now: Instant, statusCode: number, init: ProgressInit): void {
    if (this.#heldAccept !== undefined) throw new InvalidStateError("the call is accepted already", { code: "SIP_NO_INVITE" });
    const sent = sendProgress(now, this.#host, this.#dialog, statusCode, init);
    if (sent === undefined) return;
    this.#lastProgress = { statusCode, reliable: sent === "reliable" };
    this.#timers.set("ringing", now + RINGING_INTERVAL);
  }

  /**
   * The 2xx; undefined when it is held back until {@link released} can send it: while a reliable response with a description has no PRACK (RFC 3262 §3),
   * or an offer made since has no answer.
   */
  accept(now: Instant, init: AcceptInit): SipResponse | undefined {
    const dialog = this.#dialog;
    if (this.#heldAccept !== undefined) throw new InvalidStateError("the call is accepted already", { code: "SIP_NO_INVITE" });
    const pending = dialog.exchange.pending;
    if (dialog.offers.server?.waitsForPrack === true || (pending !== undefined && pending.in !== "INVITE")) {
      this.#heldAccept = init;
      return undefined;
    }
    const { description, statusCode = 200, ...rest } = init;
    const response = dialog.offers.acceptInvite(now, { ...rest, description: usable(dialog, description), statusCode });
    this.stop();
    return response;
  }

  /** Something that the 2xx may have waited for has happened: sends it if so. */
  released(now: Instant): SipResponse | undefined {
    const init = this.#heldAccept;
    if (init === undefined) return undefined;
    this.#heldAccept = undefined;
    return this.accept(now, init);
  }

  /** There is, or will be, a final response. */
  stop(): void {
    this.#heldAccept = undefined;
    this.#timers.clearAll();
  }

  pollTimeout(): Instant | undefined {
    return this.#timers.next();
  }

  /** Rings on; says when the caller's Expires has passed, for which 487 is owed. */
  handleTimeout(now: Instant): "expired" | undefined {
    if (this.#timers.take("ringing", now)) this.#keepRinging(now);
    return this.#timers.take("expires", now) && this.#heldAccept === undefined ? "expired" : undefined;
  }

  /** §13.3.1.1: proxies cancel what has not rung for three minutes. */
  #keepRinging(now: Instant): void {
    const { exchange, offers } = this.#dialog;
    const { server } = offers;
    const last = this.#lastProgress;
    if (server?.state !== "pending" || last === undefined) return;
    // One that must arrive and has not is on its way as it is; one that would have to bring an offer cannot be repeated.
    const repeatable = !last.reliable || (!server.waitsForPrack && !exchange.offerWanted);
    if (repeatable) this.#dialog.offers.provisional(now, last.statusCode, {}, last.reliable);
    this.#timers.set("ringing", now + RINGING_INTERVAL);
  }
}

/**
 * A provisional response to the INVITE of the dialog that waits, initial or not; says whether it went out reliably (RFC 3262 §3). What cannot be sent as it
 * is given, since it depends on what the peer has offered and understands, is sent without the description, or not at all.
 */
export function sendProgress(
  now: Instant,
  host: DialogHost,
  dialog: InviteDialog,
  statusCode: number,
  init: ProgressInit,
): "reliable" | "unreliable" | undefined {
  const { reliable: asked, description: given, ...rest } = init;
  const { reliableProvisional } = host.options;
  const description = usable(dialog, given);
  const request = dialog.offers.server?.request;
  const required = request !== undefined && hasOption(request, "Require", "100rel");
  const possible = required || (request !== undefined && hasOption(request, "Supported", "100rel"));
  const wanted = asked ?? (required || description !== undefined || reliableProvisional === "required");
  const { offerWanted } = dialog.exchange;
  const lacksOffer = offerWanted && description === undefined;
  // RFC 3262 §5: the first reliable response to an INVITE without an offer must bring one; and a peer that requires reliable ones gets no others (§3).
  if (lacksOffer && required && reliableProvisional !== "off") return undefined;
  const reliable = possible && wanted && reliableProvisional !== "off" && !lacksOffer;
  const sendable = reliable || !offerWanted ? description : undefined; // RFC 6337 §2.2: an offer goes in no other
  dialog.offers.provisional(now, statusCode, { ...rest, description: sendable }, reliable);
  return reliable ? "reliable" : "unreliable";
}

/** A description, if an exchange waits for one of ours. */
function usable(dialog: InviteDialog, init: DescriptionInit | undefined): SessionDescription | undefined {
  const { offerWanted, pending } = dialog.exchange;
  const owed = offerWanted || (pending?.by === "remote" && pending.in === "INVITE");
  return owed && init !== undefined ? toDescription(init) : undefined;
}

/** Milliseconds (§13.3.1.1: "every minute"). */
const RINGING_INTERVAL = 60_000;
