/**
 * The offer/answer machine of a dialog (RFC 3264 §4; in SIP: RFC 3261 §13.2.1, §14, RFC 3262 §5, RFC 3311 §5, all of it tabled in RFC 6337 §2).
 * It knows which message may carry an offer or an answer when, whichever side sends it; it does not read descriptions.
 *
 * The six exchanges of RFC 6337, table 1, and how each offer is refused (table 2):
 *
 * | offer in          | answer in        | refused by                     |
 * |-------------------|------------------|--------------------------------|
 * | INVITE            | 2xx to INVITE    | 488                            |
 * | 2xx to INVITE     | ACK              | answer in ACK, then a new offer |
 * | INVITE            | reliable 1xx     | 488                            |
 * | reliable 1xx      | PRACK            | answer in PRACK, then a new offer |
 * | PRACK             | 2xx to PRACK     | 2xx to PRACK, then a new offer |
 * | UPDATE            | 2xx to UPDATE    | 488                            |
 */
import { InvalidStateError } from "@purertc/core";

/** Messages that can carry an offer or an answer (RFC 6337 §2.2). An unreliable `1xx` only previews an answer. */
export type DescriptionPlace = "INVITE" | "1xx-rel" | "1xx" | "2xx-INVITE" | "ACK" | "PRACK" | "2xx-PRACK" | "UPDATE" | "2xx-UPDATE";

/** `"local"`: we sent it. */
export type Side = "local" | "remote";

/** What a message is to the exchange. `"preview"`: the answer, early, in an unreliable provisional response. `"none"`: it changes nothing. */
export type Meaning = "offer" | "answer" | "preview" | "none";

/** What a message that was received is, besides: */
export type Verdict =
  | Meaning
  /** It carries a description that counts for nothing, such as a second answer (RFC 3261 §13.2.1). */
  | "ignored"
  /** It lacks the offer or answer it must carry. */
  | "missing"
  /** A request to refuse: 491 when an offer, or an INVITE, of ours is pending, 500 (with Retry-After) when one of the peer's is (RFC 6337 §4.2). */
  | { readonly statusCode: 491 | 500 };

/** An offer without answer. */
export interface PendingOffer {
  readonly by: Side;
  readonly in: "INVITE" | "1xx-rel" | "2xx-INVITE" | "PRACK" | "UPDATE";
  /** An unreliable provisional response had the answer already: what the answer says is known, but that it arrived is not. */
  readonly previewed: boolean;
}

/** The INVITE transaction that is under way. */
interface PendingInvite {
  readonly by: Side;
  /** `"wanted"`: it brought no offer, and none has come back. `"begun"`: its first exchange has at least its offer. */
  readonly exchange: "wanted" | "begun";
}

/** The state of one dialog. `send` and `receive` note a message, `checkSend` only asks. */
export class OfferAnswer {
  #offer: PendingOffer | undefined;
  #invite: PendingInvite | undefined;
  #completed = 0;

  /** The offer that has no answer; undefined when a new one may be made, but for {@link invite}. */
  get pending(): PendingOffer | undefined {
    return this.#offer;
  }

  /** Who sent the INVITE that has no final response, or whose 2xx brought an offer that has no ACK. */
  get invite(): Side | undefined {
    return this.#invite?.by;
  }

  /** The INVITE under way brought no offer, and none was sent back yet. */
  get offerWanted(): boolean {
    return this.#invite?.exchange === "wanted";
  }

  /** Exchanges that are complete. */
  get completed(): number {
    return this.#completed;
  }

  /** The same state for another early dialog of a forked INVITE, each of which has an exchange of its own (RFC 3261 §13.2.2.4, RFC 6337 §3.1). */
  fork(): OfferAnswer {
    const copy = new OfferAnswer();
    copy.#offer = this.#offer;
    copy.#invite = this.#invite;
    copy.#completed = this.#completed;
    return copy;
  }

  /** What a message of ours would be; a text when it must not be sent so. */
  checkSend(place: DescriptionPlace, described: boolean): Meaning | { readonly problem: string } {
    const judged = this.#judge(place, "local", described);
    if (typeof judged === "string" && judged !== "ignored" && judged !== "missing") return judged;
    if (judged === "ignored") return { problem: `${place} cannot carry a description now` };
    if (judged === "missing") return { problem: `${place} must carry ${this.offerWanted ? "an offer" : "the answer"}` };
    return { problem: judged.statusCode === 491 ? "an offer or INVITE of the peer is pending" : "an offer or INVITE of ours is pending" };
  }

  /** Notes a message of ours. Throws `InvalidStateError` when it must not be sent now, or not with or without a description. */
  send(place: DescriptionPlace, described: boolean): Meaning {
    const meaning = this.checkSend(place, described);
    if (typeof meaning !== "string") throw new InvalidStateError(meaning.problem, { code: "SIP_OFFER_ANSWER" });
    this.#apply(place, "local", meaning);
    return meaning;
  }

  /** Notes a message of the peer's, and says what it is. A message that is refused, or lacks what it must carry, changes nothing. */
  receive(place: DescriptionPlace, described: boolean): Verdict {
    const verdict = this.#judge(place, "remote", described);
    if (verdict === "ignored") this.#apply(place, "remote", "none");
    else if (verdict !== "missing" && typeof verdict === "string") this.#apply(place, "remote", verdict);
    return verdict;
  }

  /**
   * The request with that method got a final response above 299, or none: its offer is void, and everything is as it was (RFC 3261 §14.1, RFC 3311 §5.1).
   * For an INVITE this includes an offer that a reliable provisional response to it, or the PRACK, made.
   */
  fail(method: "INVITE" | "PRACK" | "UPDATE"): void {
    const within = this.#offer?.in;
    if (method === "INVITE") {
      this.#invite = undefined;
      if (within !== "UPDATE") this.#offer = undefined;
    } else if (within === method) this.#offer = undefined;
  }

  /** The ACK, or its lack, ends an INVITE transaction whose 2xx brought an offer (RFC 6337 §4.1), answered or not. */
  abandonAck(): void {
    if (this.#offer?.in !== "2xx-INVITE") return;
    this.#offer = undefined;
    this.#invite = undefined;
  }

  /** What a message is, by the state before it. Both sides keep the same rules, so `by` only tells glare from impatience. */
  #judge(place: DescriptionPlace, by: Side, described: boolean): Verdict {
    switch (place) {
      case "INVITE":
        return this.#judgeInvite(by, described);
      case "UPDATE":
        return this.#judgeUpdate(by, described);
      case "PRACK":
        return this.#judgePrack(by, described);
      case "1xx":
        if (!described) return "none";
        // RFC 3261 §13.2.1: the first description is the answer; it may come again, and then says nothing new.
        if (!this.#answers("INVITE", by)) return "ignored";
        return this.#offer?.previewed === true && by === "remote" ? "ignored" : "preview";
      case "1xx-rel":
        if (this.#answers("INVITE", by)) return described ? "answer" : "none";
        // RFC 3262 §5: the first reliable response to an INVITE without offer must bring one.
        if (this.#wantsOfferFrom(by)) return described ? "offer" : "missing";
        return described ? "ignored" : "none";
      case "2xx-INVITE":
        if (this.#answers("INVITE", by)) return described ? "answer" : "missing";
        if (this.#wantsOfferFrom(by)) return described ? "offer" : "missing";
        return described ? "ignored" : "none";
      case "ACK":
        return this.#judgeAnswer("2xx-INVITE", by, described);
      case "2xx-PRACK":
        return this.#judgeAnswer("PRACK", by, described);
      case "2xx-UPDATE":
        return this.#judgeAnswer("UPDATE", by, described);
    }
  }

  /** A message that carries an answer or nothing. */
  #judgeAnswer(offerIn: PendingOffer["in"], by: Side, described: boolean): Verdict {
    if (this.#answers(offerIn, by)) return described ? "answer" : "missing";
    return described ? "ignored" : "none";
  }

  /** RFC 3261 §14.2, RFC 6337 §4.2 (UAS-IcI, IsI, UcI, UsI): with or without an offer, one at a time. */
  #judgeInvite(by: Side, described: boolean): Verdict {
    const blocker = this.#invite?.by ?? this.#offer?.by;
    if (blocker !== undefined) return { statusCode: blocker === by ? 500 : 491 };
    return described ? "offer" : "none";
  }

  /** RFC 3311 §5.1, §5.2; RFC 6337 §4.2 (UAS-IcU, IsU, UcU, UsU). Without an offer it disturbs nothing. */
  #judgeUpdate(by: Side, described: boolean): Verdict {
    if (!described) return "none";
    const blocker = this.#offer?.by ?? (this.offerWanted ? this.#invite?.by : undefined);
    if (blocker !== undefined) return { statusCode: blocker === by ? 500 : 491 };
    return "offer";
  }

  /** RFC 3262 §5: the answer to a reliable response's offer, or a new offer once the first exchange is over. */
  #judgePrack(by: Side, described: boolean): Verdict {
    if (this.#answers("1xx-rel", by)) return described ? "answer" : "missing";
    return this.#judgeUpdate(by, described);
  }

  /** Whether `by` owes the answer to an offer that came in such a message. */
  #answers(offerIn: PendingOffer["in"], by: Side): boolean {
    return this.#offer !== undefined && this.#offer.in === offerIn && this.#offer.by !== by;
  }

  #wantsOfferFrom(by: Side): boolean {
    return this.#invite !== undefined && this.#invite.exchange === "wanted" && this.#invite.by !== by;
  }

  #apply(place: DescriptionPlace, by: Side, meaning: Meaning): void {
    if (place === "INVITE") this.#invite = { by, exchange: meaning === "offer" ? "begun" : "wanted" };
    if (meaning === "preview" && this.#offer !== undefined) this.#offer = { ...this.#offer, previewed: true };
    if (meaning === "answer") {
      this.#offer = undefined;
      this.#completed += 1;
    }
    if (meaning === "offer") {
      this.#offer = { by, in: place as PendingOffer["in"], previewed: false };
      if (this.#invite !== undefined) this.#invite = { ...this.#invite, exchange: "begun" };
    }
    // A 2xx ends the INVITE, unless it brought an offer: then the ACK does (RFC 6337 §4.1, UAC-II).
    const ends = by === this.#invite?.by ? place === "ACK" : place === "2xx-INVITE" && this.#offer?.in !== "2xx-INVITE";
    if (ends) this.#invite = undefined;
  }
}
