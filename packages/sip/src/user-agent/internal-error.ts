/** Errors of this program's own, met while a peer's message was handled: one message must not end the process. */

/**
 * `"internalerror"`: something here threw that must not. The request that brought it to light was answered 500. It is also written out as a process warning,
 * unless a listener calls `preventDefault`.
 */
export class InternalErrorEvent extends Event {
  readonly error: unknown;

  constructor(error: unknown) {
    super("internalerror", { cancelable: true });
    this.error = error;
  }
}

/** Tells the target's listeners, and the operator unless they see to it. */
export function reportInternalError(target: EventTarget, error: unknown): void {
  if (!target.dispatchEvent(new InternalErrorEvent(error))) return;
  process.emitWarning(error instanceof Error ? error : new Error(String(error)));
}
