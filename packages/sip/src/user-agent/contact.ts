/** Our Contact: where the peer's requests in a dialog shall come (RFC 3261 §8.1.1.8). */
import { type NameAddress, nameAddress, type SipUri, sipUri, unescapeUri } from "@purertc/sip-parser";
import type { Flow } from "../flow.ts";

/**
 * The Contact for a flow: the address that our Via has there. Over TLS as the target was asked for, with sips, it is sips (§8.1.1.8); otherwise the
 * transport is in a parameter.
 */
export function contactFor(
  flow: Flow,
  sentBy: { readonly host: string; readonly port?: number | undefined },
  options: { /** As written in the address-of-record. */ readonly user: string | undefined; readonly secure: boolean },
): NameAddress {
  const transport = flow.transport.toLowerCase();
  const uri: SipUri = sipUri({
    scheme: options.secure ? "sips" : "sip",
    host: sentBy.host,
    ...(options.user === undefined ? {} : { user: unescapeUri(options.user) }),
    ...(sentBy.port === undefined ? {} : { port: sentBy.port }),
    // RFC 7118 §5.2.2: also for WSS the parameter is "ws". With sips, "tcp" over TLS needs no word (§26.2.2).
    ...(transport === "udp" || (options.secure && transport === "tls")
      ? {}
      : { parameters: { transport: transport === "wss" ? "ws" : transport } }),
  });
  return nameAddress(uri);
}
