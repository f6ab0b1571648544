/** What a session says about itself in INVITE, UPDATE, their 2xx and answers to OPTIONS. */
import type { HeaderPair } from "./header-list.ts";
import { type InviteSessionOptions, SESSION_EXTENSIONS, SESSION_METHODS } from "./options.ts";

/** Allow, Supported (RFC 3261 §13.2.1), Recv-Info (RFC 6086 §4.2.2). */
export function capabilitiesOf(options: InviteSessionOptions): HeaderPair[] {
  const hidden = new Set<string>();
  if (options.reliableProvisional === "off") hidden.add("100rel");
  if (options.sessionTimer === false) hidden.add("timer");
  const supported = [...SESSION_EXTENSIONS, ...(options.supported ?? [])].filter((tag) => !hidden.has(tag));
  const headers: HeaderPair[] = [
    ["Allow", (options.allow ?? SESSION_METHODS).join(", ")],
    ["Supported", [...new Set(supported)].join(", ")],
  ];
  if (options.infoPackages !== undefined) headers.push(["Recv-Info", options.infoPackages.join(", ")]);
  return headers;
}
