// Requests for nobody here: users of other domains, and telephone numbers.
import { isSipUri, isTelUri, type SipUri, sipUri, type Uri, unescapeUri } from "@purertc/sip-parser";
import type { Location, Target } from "./location.ts";
import type { ServerOptions } from "./options.ts";

export class Outbound {
  readonly #location: Location;
  readonly #domains: ReadonlySet<string>;
  readonly #trunk: SipUri | undefined;

  constructor(location: Location, options: Pick<ServerOptions, "outbound" | "trunk">) {
    this.#location = location;
    this.#domains = new Set(options.outbound);
    this.#trunk = options.trunk;
  }

  /**
   * Where a user's request for a URI goes outside. `"elsewhere"`: a domain that is not served here, and may not be called. Undefined: it is of this
   * domain, and no telephone number.
   */
  target(uri: Uri): Target | "elsewhere" | undefined {
    const number = this.#number(uri);
    const trunk = this.#trunk;
    if (number !== undefined && trunk !== undefined) {
      const { scheme, host, port, parameters } = trunk;
      return { uri: sipUri({ scheme, user: number, host, ...(port !== undefined && { port }), parameters }), ...OUTSIDE, trunk: true };
    }
    if (!isSipUri(uri) || this.#location.isHere(uri)) return isTelUri(uri) || isSipUri(uri) ? undefined : "elsewhere";
    return this.#domains.has("any") || this.#domains.has(uri.host.toLowerCase()) ? { uri, ...OUTSIDE, trunk: false } : "elsewhere";
  }

  /** The number that a tel URI, or a SIP URI of this domain, stands for. */
  #number(uri: Uri): string | undefined {
    if (isTelUri(uri)) return uri.number.replace(SEPARATORS, "");
    if (!isSipUri(uri) || !this.#location.isHere(uri)) return undefined;
    const user = unescapeUri(uri.user ?? "")
      .split(";", 1)[0]!
      .replace(SEPARATORS, "");
    return NUMBER.test(user) ? user : undefined;
  }
}

const OUTSIDE = { path: [], heard: undefined } as const;
/** RFC 3966 §5.1.1: visual separators. */
const SEPARATORS = /[-.()]/g;
const NUMBER = /^\+?[0-9*#]+$/;
