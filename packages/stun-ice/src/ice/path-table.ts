/** Paths the agent uses, one object each, and which of them data may come from. */
import { formatTransportAddress, type Path } from "@purertc/core";

interface Entry {
  readonly path: Path;
  /** An authenticated check of either direction succeeded here. */
  accepted: boolean;
  /** The host's own object for the same pair of ends, when it is another one. */
  alias: Path | undefined;
}

export class PathTable {
  readonly #limit: number;
  readonly #byText = new Map<string, Entry>();
  /** Every object that was seen for an accepted path: at most two per entry. */
  readonly #acceptedObjects = new Set<Path>();

  /** At most `limit` paths are kept, beyond those in use. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The one object for this pair of ends: the first that was given. `inUse` protects paths when old ones must go. */
  intern(path: Path, inUse: (path: Path) => boolean): Path {
    const text = key(path);
    const known = this.#byText.get(text);
    if (known !== undefined) return known.path;
    if (this.#byText.size >= this.#limit) this.#evict(inUse);
    this.#byText.set(text, { path, accepted: false, alias: undefined });
    return path;
  }

  /** The object for this pair of ends, if there is one. */
  find(path: Path): Path | undefined {
    return this.#byText.get(key(path))?.path;
  }

  /** Data may be accepted from this path from now on. It must have been interned. */
  accept(path: Path): void {
    const entry = this.#byText.get(key(path));
    if (entry === undefined) return;
    entry.accepted = true;
    this.#acceptedObjects.add(entry.path);
  }

  /** Whether data may be accepted: one look-up for an object seen before. */
  accepts(path: Path): boolean {
    if (this.#acceptedObjects.has(path)) return true;
    const entry = this.#byText.get(key(path));
    if (entry === undefined || !entry.accepted) return false;
    if (entry.alias !== undefined) this.#acceptedObjects.delete(entry.alias);
    entry.alias = path;
    this.#acceptedObjects.add(path);
    return true;
  }

  /** Number of paths kept. */
  get size(): number {
    return this.#byText.size;
  }

  clear(): void {
    this.#byText.clear();
    this.#acceptedObjects.clear();
  }

  /** Drops the oldest path that is not in use. */
  #evict(inUse: (path: Path) => boolean): void {
    for (const [text, entry] of this.#byText) {
      if (inUse(entry.path)) continue;
      this.#byText.delete(text);
      this.#acceptedObjects.delete(entry.path);
      if (entry.alias !== undefined) this.#acceptedObjects.delete(entry.alias);
      return;
    }
  }
}

function key({ local, remote }: Path): string {
  return `${local.protocol} ${formatTransportAddress(local)} ${formatTransportAddress(remote)}`;
}
