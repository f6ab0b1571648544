/**
 * Why bytes are not a message, and where. Parsers return it; they never throw for what came from the network, because a throw
 * costs some 300 times a return and an attacker must not choose the expensive one.
 */
export class Malformed<Reason extends string = string> {
  /** A short, stable, machine-readable word or two, such as `"truncated"`. */
  readonly reason: Reason;
  /** Offset of the first byte that is wrong, from the start of what was parsed. For line-based text, see the parser's own docs. */
  readonly offset: number;

  constructor(reason: Reason, offset: number) {
    this.reason = reason;
    this.offset = offset;
  }
}
