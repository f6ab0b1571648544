/** The laws of `Protocol`, by number, as in the contract's documentation in `@purertc/core`. */
export const LAWS = {
  1: "handle* never throws, for any bytes and any now; an older now is treated as the last",
  2: "after a drain, pollTimeout() is undefined or strictly later than the last now",
  3: "same inputs, same seed: byte-identical outputs",
  4: "a spurious handleTimeout changes nothing",
  5: "no argument is retained or written to, and bytes in events are handed over",
  6: "bytes that fail a check change no state except a counter",
  7: "closed is the last event; afterwards every poll returns undefined and every API call throws InvalidStateError",
  8: "memory is bounded by options, whatever the peer sends",
} as const;

/** The number of a law. */
export type Law = keyof typeof LAWS;

/** A protocol broke a law. The message says which, where in the run, and with which seed. */
export class ContractViolation extends Error {
  override readonly name = "ContractViolation";
  readonly law: Law;

  constructor(law: Law, what: string, options: { readonly cause?: unknown } = {}) {
    super(`law ${law} (${LAWS[law]}): ${what}`, options);
    this.law = law;
  }
}
