/** What the peer says about itself in whatever it sends (RFC 3261 §20.5, RFC 6086 §4.2.2). */
import { type SipMessage, sameIgnoringCase } from "@purertc/sip-parser";

export class PeerAbilities {
  #methods: ReadonlySet<string> | undefined;
  #infoPackages: readonly string[] | undefined;

  /** Takes what a message says; what it does not mention stays as it was. */
  learn(message: SipMessage): void {
    const { headers } = message;
    if (headers.has("Allow")) this.#methods = new Set(headers.all("Allow"));
    if (headers.has("Recv-Info")) this.#infoPackages = headers.all("Recv-Info").map((each) => each.value);
  }

  /** Whether it lists a method in Allow; undefined when it never said. */
  allows(method: string): boolean | undefined {
    return this.#methods?.has(method);
  }

  /** Whether it takes INFO of a package; undefined when it never said. */
  takesInfo(infoPackage: string): boolean | undefined {
    return this.#infoPackages?.some((each) => sameIgnoringCase(each, infoPackage));
  }
}
