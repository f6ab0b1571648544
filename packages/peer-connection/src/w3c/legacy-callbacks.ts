/** https://w3c.github.io/webrtc-pc/#legacy-interface-extensions (§4.4.3): the same operations with callbacks. */
import { requireArguments, toCallback } from "./webidl.ts";

/**
 * Converts the success and failure callbacks that begin at `args[at]`, and returns what settles them from the operation's promise. The promise
 * that the application gets is fulfilled with undefined whatever happens.
 */
export function settleWithCallbacks<T>(
  args: readonly unknown[],
  at: number,
  operation: string,
): (settled: Promise<T>) => Promise<undefined> {
  requireArguments(args, at + 2, operation);
  const success = toCallback<[T]>(args[at], `${operation}: successCallback`);
  const failure = toCallback<[unknown]>(args[at + 1], `${operation}: failureCallback`);
  return (settled) => {
    settled.then(
      (value) => void invoke(() => success(value)),
      (reason: unknown) => void invoke(() => failure(reason)),
    );
    return Promise.resolve(undefined);
  };
}

/** "Report the exception": what a callback throws goes where uncaught exceptions go. */
function invoke(callback: () => unknown): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
