/** One object per pair of ends, in bounded memory. */
import { type Path, type TransportAddress, transportAddress } from "@purertc/core";

/**
 * Interns the paths of one socket, so that the layers above compare paths with `===`.
 *
 * Two generations bound it: when the young one is full it becomes the old one and the former old one is forgotten. A path in use
 * is found in time to move back to the young generation, so a flood of spoofed source addresses costs at most
 * `2 * generationSize` entries and never evicts the peer that is really there.
 */
export class PathTable {
  readonly #local: TransportAddress;
  readonly #generationSize: number;
  #young = new Map<string, Path>();
  #old: ReadonlyMap<string, Path> | undefined;

  /** `generationSize`: paths per generation, at least 1. */
  constructor(local: TransportAddress, generationSize: number) {
    this.#local = local;
    this.#generationSize = generationSize;
  }

  /** Paths remembered at the moment. */
  get size(): number {
    return this.#young.size + (this.#old?.size ?? 0);
  }

  /** The path to a remote end, given as the operating system writes it; undefined when that is no address. */
  pathTo(ip: string, port: number): Path | undefined {
    const key = `${port} ${ip}`;
    const known = this.#young.get(key) ?? this.#old?.get(key);
    if (known !== undefined) {
      this.#remember(key, known);
      return known;
    }
    // A zone (`fe80::1%eth0`) names a local interface, which the socket already does.
    const zone = ip.indexOf("%");
    const remote = transportAddress(zone < 0 ? ip : ip.slice(0, zone), port);
    if (remote === undefined) return undefined;
    const path = { local: this.#local, remote };
    this.#remember(key, path);
    return path;
  }

  /** Uses the caller's own object for its pair of ends from now on, unless another one is already in use. */
  adopt(path: Path): void {
    const key = `${path.remote.port} ${path.remote.ip}`;
    this.#remember(key, this.#young.get(key) ?? this.#old?.get(key) ?? path);
  }

  #remember(key: string, path: Path): void {
    if (this.#young.has(key)) return;
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, path);
  }
}
