/** https://w3c.github.io/webrtc-pc/#rtcstatsreport-object */
import { exposeInterface, requireInternal } from "./interface.ts";
import type { AnyRTCStats } from "./stats/any-stats.ts";
import { requireArguments, toDOMString } from "./webidl.ts";

/** A read-only map from ids to statistics objects. Their `type` tells TypeScript which members they have. */
export class RTCStatsReport {
  readonly #entries: ReadonlyMap<string, AnyRTCStats>;

  /** @internal Only getStats makes reports. */
  constructor(...args: [token: symbol, entries: ReadonlyMap<string, AnyRTCStats>]) {
    requireInternal(args[0]);
    this.#entries = args[1];
  }

  /** Number of objects. */
  get size(): number {
    return this.#entries.size;
  }

  /** The object with this id. */
  get(...args: [key: string]): AnyRTCStats | undefined {
    const entries = this.#entries;
    requireArguments(args, 1, "RTCStatsReport.get");
    return entries.get(toDOMString(args[0]));
  }

  /** Whether there is an object with this id. */
  has(...args: [key: string]): boolean {
    const entries = this.#entries;
    requireArguments(args, 1, "RTCStatsReport.has");
    return entries.has(toDOMString(args[0]));
  }

  /** Ids and objects. */
  entries(): MapIterator<[string, AnyRTCStats]> {
    return this.#entries.entries();
  }

  /** Ids. */
  keys(): MapIterator<string> {
    return this.#entries.keys();
  }

  /** Objects. */
  values(): MapIterator<AnyRTCStats> {
    return this.#entries.values();
  }

  /** Calls back for each object. */
  forEach(callbackfn: (value: AnyRTCStats, key: string, report: RTCStatsReport) => void, thisArg?: unknown): void {
    const entries = this.#entries;
    if (typeof callbackfn !== "function") throw new TypeError("RTCStatsReport.forEach: not a function");
    for (const [key, value] of entries) callbackfn.call(thisArg, value, key, this);
  }

  declare [Symbol.iterator]: () => MapIterator<[string, AnyRTCStats]>;
}

exposeInterface(RTCStatsReport, "RTCStatsReport", { forEach: 1, get: 1, has: 1 });

// https://webidl.spec.whatwg.org/#js-map-iterator: the same function object as `entries`, and not enumerable.
Object.defineProperty(RTCStatsReport.prototype, Symbol.iterator, {
  value: RTCStatsReport.prototype.entries,
  writable: true,
  configurable: true,
});
