/** RFC 8866 §9: which line types may stand where. Types the RFC does not define are let through anywhere: they are kept, not understood. */

/** Judges line after line of one section. */
export class LineOrder {
  readonly #order: string;
  readonly #repeatable: string;
  #at = 0;
  #last = "";

  /** `level` decides the grammar: the session part, or a section after its m= line. */
  constructor(level: "session" | "media") {
    this.#order = level === "session" ? SESSION_ORDER : MEDIA_ORDER;
    this.#repeatable = level === "session" ? "epbtrza" : "cba";
  }

  /** Whether a line of this type may come next; false changes nothing. */
  accepts(type: string): boolean {
    if (!KNOWN_TYPES.includes(type)) return true;
    const place = this.#order.indexOf(type);
    // A time description is t=, its repeats and its zones; then the next t= may follow (§9: time-description).
    const timeAgain = type === "t" && (this.#last === "r" || this.#last === "z");
    if (place < this.#at && !timeAgain) return false; // -1 for a type that this level does not have
    if (type === this.#last && !this.#repeatable.includes(type)) return false;
    this.#at = place;
    this.#last = type;
    return true;
  }

  /** The first required line that must stand before a line of type `next` (or the end: undefined) and did not; undefined when none is missing. */
  missingBefore(next: string | undefined): string | undefined {
    if (this.#order !== SESSION_ORDER || (next !== undefined && !KNOWN_TYPES.includes(next))) return undefined;
    const place = next === undefined || next === "m" ? SESSION_ORDER.length : SESSION_ORDER.indexOf(next);
    for (const type of "vost") {
      const required = SESSION_ORDER.indexOf(type);
      if (required < place && required > this.#at) return type;
      if (required === 0 && this.#last === "" && place > 0) return type;
    }
    return undefined;
  }
}

const SESSION_ORDER = "vosiuepcbtrzka";
const MEDIA_ORDER = "icbka";
const KNOWN_TYPES = "vosiuepcbtrzkam";
