/** "Queue a task": https://html.spec.whatwg.org/multipage/webappapis.html#queue-a-task, for one connection. */
import { Queue } from "@purertc/core";

/** Something to do in a task of its own. */
export type Task = () => void;

/** The host's event loop, shared by all connections on it. */
export interface HostTasks {
  /** Queues one task of the host. */
  readonly queue: (task: Task) => void;
  /** Tasks of all connections that have been queued and have not begun. */
  waiting: number;
}

/**
 * Runs tasks in the order they were queued, each as a task of the host, so that the microtasks of one (promise reactions, `await`
 * continuations) are done before the next. An application that awaits `open` and then sets `onmessage` therefore misses no message.
 */
export class TaskQueue {
  readonly #host: HostTasks;
  readonly #waiting = new Queue<Task>();
  #staged = 0;
  readonly #runNext = (): void => {
    this.#host.waiting -= 1;
    this.#waiting.shift()?.();
  };

  constructor(host: HostTasks) {
    this.#host = host;
  }

  /** Queues a task. */
  queue(task: Task): void {
    this.#waiting.push(task);
    this.#queueNext();
  }

  /** Queues a task whose turn is given by the next {@link commit}, which must follow before the host's current task ends. */
  stage(task: Task): void {
    this.#waiting.push(task);
    this.#staged += 1;
  }

  /**
   * Queues what was staged. When the caller is itself a task (a datagram arrived, a timer fired) and nothing was waiting before, on any connection of
   * the host, the first staged task runs now, as a part of it: a message is not delayed by a turn of the event loop. One that overtook another
   * connection's tasks could be seen before the sender's `bufferedAmount` has fallen.
   */
  commit(insideTask: boolean): void {
    let count = this.#staged;
    if (count === 0) return;
    this.#staged = 0;
    const runFirst = insideTask && this.#host.waiting === 0;
    if (runFirst) count -= 1;
    for (let i = 0; i < count; i++) this.#queueNext();
    if (runFirst) this.#waiting.shift()?.();
  }

  #queueNext(): void {
    this.#host.waiting += 1;
    this.#host.queue(this.#runNext);
  }
}
