/** The little of WebDriver BiDi these tests use (https://w3c.github.io/webdriver-bidi/): commands and their answers, no events. */
import { WebSocket } from "ws";

interface Reply {
  readonly id?: number;
  readonly type: "success" | "error" | "event";
  readonly result?: unknown;
  readonly error?: string;
  readonly message?: string;
}

/** One session over a browser's WebSocket. */
export class BidiSession {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#receive(JSON.parse(data.toString())));
    socket.on("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the browser ended"));
      this.#waiting.clear();
    });
  }

  /** Connects and opens a session. */
  static async connect(url: string): Promise<BidiSession> {
    const socket = new WebSocket(`${url}/session`);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    const session = new BidiSession(socket);
    await session.command("session.new", { capabilities: {} });
    return session;
  }

  /** One command; rejects with the browser's own words. */
  command(method: string, params: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#last += 1;
      this.#waiting.set(this.#last, { resolve, reject });
      this.#socket.send(JSON.stringify({ id: this.#last, method, params }));
    });
  }

  /** The value of an expression, which may be a promise, in a browsing context. */
  async evaluate(context: string, expression: string): Promise<unknown> {
    const wrapped = `(async () => JSON.stringify((await (${expression})) ?? null))()`;
    const answer = (await this.command("script.evaluate", { target: { context }, awaitPromise: true, expression: wrapped })) as {
      readonly type: string;
      readonly result?: { readonly value: string };
      readonly exceptionDetails?: { readonly text: string };
    };
    if (answer.type === "exception") throw new Error(answer.exceptionDetails?.text);
    return JSON.parse(answer.result?.value ?? "null");
  }

  close(): void {
    this.#socket.close();
  }

  #receive(reply: Reply): void {
    const waiter = reply.id === undefined ? undefined : this.#waiting.get(reply.id);
    if (reply.id === undefined || waiter === undefined) return;
    this.#waiting.delete(reply.id);
    if (reply.type === "error") waiter.reject(new Error(`${reply.error}: ${reply.message}`));
    else waiter.resolve(reply.result);
  }
}
