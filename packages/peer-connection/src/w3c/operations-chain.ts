/** The operations chain of a connection: https://w3c.github.io/webrtc-pc/#dfn-operations-chain */

/** One asynchronous operation at a time; the others wait their turn. */
export class OperationsChain {
  readonly #operations: (() => void)[] = [];
  readonly #isClosed: () => boolean;
  readonly #emptied: () => void;

  /** `emptied` is called each time the last operation has finished, for [[UpdateNegotiationNeededFlagOnEmptyChain]]. */
  constructor(isClosed: () => boolean, emptied: () => void) {
    this.#isClosed = isClosed;
    this.#emptied = emptied;
  }

  /** Number of operations running or waiting. */
  get length(): number {
    return this.#operations.length;
  }

  /** https://w3c.github.io/webrtc-pc/#dfn-chain. `operation` may throw instead of returning a rejected promise. */
  chain<T>(operation: () => Promise<T>): Promise<T> {
    // Step 2.
    if (this.#isClosed()) return Promise.reject(new DOMException("The RTCPeerConnection is closed.", "InvalidStateError"));
    // Steps 3 and 4.
    return new Promise((resolve, reject) => {
      const execute = (): void => {
        // Step 7: nothing is settled any more once the connection is closed.
        perform(operation).then(
          (value) => {
            if (this.#isClosed()) return;
            this.#advance();
            resolve(value);
          },
          (reason: unknown) => {
            if (this.#isClosed()) return;
            this.#advance();
            reject(reason);
          },
        );
      };
      // Steps 5 and 6.
      this.#operations.push(execute);
      if (this.#operations.length === 1) execute();
    });
  }

  /**
   * Step 7.4, "upon fulfillment or rejection of p": the first reaction to p, before any the application adds. A microtask and not `p.then`,
   * which would count as handling the rejection and so hide a failure nobody looks at.
   */
  #advance(): void {
    queueMicrotask(() => {
      if (this.#isClosed()) return;
      this.#operations.shift();
      const next = this.#operations[0];
      if (next !== undefined) next();
      else this.#emptied();
    });
  }
}

function perform<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return operation();
  } catch (error) {
    return Promise.reject(error);
  }
}
