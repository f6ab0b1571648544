/** The descriptions that pass in one dialog, both ways: noted in its offer/answer machine, and told to the session's owner. */
import type { SipRequest, SipResponse } from "@purertc/sip-parser";
import type { Dialog } from "../dialog/dialog.ts";
import { descriptionOf, type SessionDescription } from "./description.ts";
import type { DialogHost } from "./dialog-host.ts";
import type { DescriptionPlace, Meaning, OfferAnswer } from "./offer-answer.ts";

export class Descriptions {
  readonly exchange: OfferAnswer;
  readonly #host: DialogHost;
  readonly #dialog: Dialog;
  #local: SessionDescription | undefined;

  constructor(host: DialogHost, dialog: Dialog, exchange: OfferAnswer) {
    this.#host = host;
    this.#dialog = dialog;
    this.exchange = exchange;
  }

  /** The description sent last, for refreshes (RFC 4028 §7.4). */
  get local(): SessionDescription | undefined {
    return this.#local;
  }

  /** A description of ours went out; one left out changes nothing. */
  sent(description: SessionDescription | undefined): void {
    if (description !== undefined) this.#local = description;
  }

  /** Notes a message of ours, with its description if it has one, and says what it is; throws when it must not be sent so. */
  send(place: DescriptionPlace, description: SessionDescription | undefined): Meaning {
    const meaning = this.exchange.send(place, description !== undefined);
    this.sent(description);
    return meaning;
  }

  /** Notes what a response to a request of ours, or an ACK, brings, and tells the owner. */
  receive(place: DescriptionPlace, message: SipRequest | SipResponse): string {
    const description = descriptionOf(message);
    const known = this.exchange.pending?.previewed === true;
    const verdict = this.exchange.receive(place, description !== undefined);
    if (typeof verdict === "object") return "refused";
    if (description === undefined) return verdict;
    if (verdict === "offer") this.tellOffer(place, message, description);
    else if ((verdict === "answer" && !known) || verdict === "preview") {
      this.tellAnswer(place, message, description, verdict === "preview");
    }
    return verdict;
  }

  /** Tells the owner of the peer's offer, if the message has one. */
  tellOffer(
    place: DescriptionPlace,
    message: SipRequest | SipResponse,
    offer: SessionDescription | undefined = descriptionOf(message),
  ): void {
    if (offer !== undefined) this.#host.emit({ type: "offer", dialog: this.#dialog, offer, in: place, message });
  }

  /** Tells the owner of the peer's answer. */
  tellAnswer(place: DescriptionPlace, message: SipRequest | SipResponse, answer: SessionDescription, preview: boolean): void {
    this.#host.emit({ type: "answer", dialog: this.#dialog, answer, in: place, preview, message });
  }

  /** Tells the owner that the offer, or wish for one, that waited for it has gone. */
  tellWithdrawn(): void {
    this.#host.emit({ type: "offer-withdrawn", dialog: this.#dialog });
  }
}
