/** What a session says about itself in INVITE, UPDATE, their 2xx and answers to OPTIONS. */
import type { HeaderPair } from "./header-list.ts";
import { type InviteSessionOptions, SESSION_EXTENSIONS, SESSION_METHODS } from "./options.ts";

/** Allow, Supported (RFC 3261 §13.2.1), Recv-Info (RFC 6086 §4.2.2). */
export function capabilitiesOf(options: InviteSessionOptions): readonly HeaderPair[] {
  // All sessions of a user agent say the same, though each has options of its own.
  const { allow, supported, infoPackages } = options;
  const noReliable = options.reliableProvisional === "off";
  const noTimer = options.sessionTimer === false;
  const isLatest =
    latest?.allow === allow &&
    latest?.supported === supported &&
    latest?.infoPackages === infoPackages &&
    latest?.noReliable === noReliable &&
    latest?.noTimer === noTimer;
  if (latest === undefined || !isLatest) {
    const said = { allow, supported, infoPackages, noReliable, noTimer };
    latest = { ...said, headers: headersOf(said) };
  }
  return latest.headers;
}

/** What the fields depend on. */
interface Said {
  readonly allow: readonly string[] | undefined;
  readonly supported: readonly string[] | undefined;
  readonly infoPackages: readonly string[] | undefined;
  readonly noReliable: boolean;
  readonly noTimer: boolean;
}

let latest: (Said & { readonly headers: readonly HeaderPair[] }) | undefined;

function headersOf(options: Said): readonly HeaderPair[] {
  const hidden = new Set<string>();
  if (options.noReliable) hidden.add("100rel");
  if (options.noTimer) hidden.add("timer");
  const supported = [...SESSION_EXTENSIONS, ...(options.supported ?? [])].filter((tag) => !hidden.has(tag));
  const headers: HeaderPair[] = [
    ["Allow", (options.allow ?? SESSION_METHODS).join(", ")],
    ["Supported", [...new Set(supported)].join(", ")],
  ];
  if (options.infoPackages !== undefined) headers.push(["Recv-Info", options.infoPackages.join(", ")]);
  return headers;
}
