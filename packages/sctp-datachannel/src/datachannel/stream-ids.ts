/** Which stream ids are free (RFC 8832 §6): the DTLS client opens even ones, the server odd ones. 65535 is not used (RFC 8831 §6.2). */
export class StreamIds {
  readonly #taken = new Set<number>();
  #limit = 65535;
  #parity: 0 | 1 = 0;
  #known = false;
  #hint = 0;

  /** Ids are below this. */
  get limit(): number {
    return this.#limit;
  }

  /** Streams that both directions have. */
  setLimit(streams: number): void {
    this.#limit = Math.min(65535, streams);
  }

  /** Whether ids can be given out. */
  get parityKnown(): boolean {
    return this.#known;
  }

  setParity(parity: "even" | "odd"): void {
    this.#parity = parity === "even" ? 0 : 1;
    this.#known = true;
    this.#hint = this.#parity;
  }

  /** Whether only we may open channels with this id. */
  isOurs(id: number): boolean {
    return this.#known && (id & 1) === this.#parity;
  }

  isTaken(id: number): boolean {
    return this.#taken.has(id);
  }

  take(id: number): void {
    this.#taken.add(id);
  }

  free(id: number): void {
    this.#taken.delete(id);
    if (this.isOurs(id) && id < this.#hint) this.#hint = id;
  }

  /** The lowest free id of our parity; undefined when there is none. */
  next(): number | undefined {
    let id = this.#hint;
    while (this.#taken.has(id)) id += 2;
    this.#hint = id;
    return id < this.#limit ? id : undefined;
  }
}
