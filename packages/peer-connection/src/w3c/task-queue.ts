/** "Queue a task": https://html.spec.whatwg.org/multipage/webappapis.html#queue-a-task, for one connection. */
import { Queue } from "@purertc/core";

/** Something to do in a task of its own. */
export type Task = () => void;

/**
 * Runs tasks in the order they were queued, each as a task of the host, so that the microtasks of one (promise reactions, `await`
 * continuations) are done before the next. An application that awaits `open` and then sets `onmessage` therefore misses no message.
 */
export class TaskQueue {
  readonly #host: (task: Task) => void;
  readonly #waiting = new Queue<Task>();
  readonly #runNext = (): void => {
    this.#waiting.shift()?.();
  };

  /** `host` queues one task of the host. */
  constructor(host: (task: Task) => void) {
    this.#host = host;
  }

  /** Queues a task. */
  post(task: Task): void {
    this.#waiting.push(task);
    this.#host(this.#runNext);
  }

  /** True when nothing is queued, so that the current task may go on as if it were the next one. */
  get idle(): boolean {
    return this.#waiting.length === 0;
  }
}
