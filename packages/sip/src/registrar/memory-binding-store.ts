/** Bindings in memory: the default store, and the model of what others do. */
import type { Binding, BindingStore } from "./binding.ts";

/** A store that lasts as long as the process. Reads and updates are done when they are called, in that order. */
export class MemoryBindingStore implements BindingStore {
  readonly #bindings = new Map<string, readonly Binding[]>();
  #count = 0;

  async read(aor: string): Promise<readonly Binding[]> {
    return this.#bindings.get(aor) ?? [];
  }

  async update(aor: string, change: (bindings: readonly Binding[], total: number) => readonly Binding[] | undefined): Promise<void> {
    const before = this.#bindings.get(aor) ?? [];
    const after = change(before, this.#count);
    if (after !== undefined) this.#replace(aor, before, after);
  }

  async expire(unixMs: number, limit: number): Promise<readonly Binding[]> {
    const removed: Binding[] = [];
    for (const [aor, bindings] of this.#bindings) {
      if (removed.length >= limit) break;
      const ended = bindings.filter((binding) => binding.expiresAt <= unixMs).slice(0, limit - removed.length);
      if (ended.length === 0) continue;
      removed.push(...ended);
      this.#replace(
        aor,
        bindings,
        bindings.filter((binding) => !ended.includes(binding)),
      );
    }
    return removed;
  }

  async count(): Promise<number> {
    return this.#count;
  }

  async close(): Promise<void> {
    this.#bindings.clear();
    this.#count = 0;
  }

  #replace(aor: string, before: readonly Binding[], after: readonly Binding[]): void {
    if (after.length === 0) this.#bindings.delete(aor);
    else this.#bindings.set(aor, after.slice()); // the caller keeps no way in
    this.#count += after.length - before.length;
  }
}
