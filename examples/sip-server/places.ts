// How many calls there may be, in all and by caller.
import type { ServerOptions } from "./options.ts";

export class Places {
  readonly #options: Pick<ServerOptions, "maxCalls" | "maxCallsPerCaller">;
  readonly #byUser = new Map<string, number>();
  #taken = 0;

  constructor(options: Pick<ServerOptions, "maxCalls" | "maxCallsPerCaller">) {
    this.#options = options;
  }

  /** A place for a call of a user, or of a trunk (undefined); false when there is none. */
  take(user: string | undefined): boolean {
    if (this.#taken >= this.#options.maxCalls) return false;
    if (user !== undefined) {
      const held = this.#byUser.get(user) ?? 0;
      if (held >= this.#options.maxCallsPerCaller) return false;
      this.#byUser.set(user, held + 1);
    }
    this.#taken += 1;
    return true;
  }

  release(user: string | undefined): void {
    this.#taken -= 1;
    if (user === undefined) return;
    const left = (this.#byUser.get(user) ?? 1) - 1;
    if (left > 0) this.#byUser.set(user, left);
    else this.#byUser.delete(user);
  }
}
