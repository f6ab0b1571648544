/**
 * The mistakes a caller can make with a Sans-I/O protocol. Each class carries a stable `code`; messages may change.
 */

/** An API call that the object's state does not allow, such as `send` on a closed association. */
export class InvalidStateError extends Error {
  override readonly name = "InvalidStateError";
  /** Stable and machine-readable, such as `"SCTP_SHUTTING_DOWN"`. */
  readonly code: string;

  constructor(message: string, options: { readonly code: string }) {
    super(message);
    this.code = options.code;
  }
}

/** An argument outside its documented range or form. */
export class InvalidArgumentError extends RangeError {
  override readonly name = "InvalidArgumentError";
  /** Stable and machine-readable, such as `"AEAD_KEY_LENGTH"`. */
  readonly code: string;

  constructor(message: string, options: { readonly code: string }) {
    super(message);
    this.code = options.code;
  }
}
