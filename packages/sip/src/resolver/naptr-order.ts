/** Which NAPTR records a client follows (RFC 3263 §4.1, RFC 3403 §4.1, RFC 7118 §5.3). */
import type { SipTransportName } from "../flow.ts";
import type { NaptrRecord } from "./dns.ts";

/** A transport the domain offers, and the next name to look up for it. */
export interface NaptrChoice {
  readonly transport: SipTransportName;
  /** What is at `name`: SRV records, or addresses. */
  readonly next: "srv" | "address";
  readonly name: string;
}

/**
 * The supported services, most wanted first. Those of another order than the first that is supported are left out (RFC 3403 §4.1). `secure` is for sips,
 * which takes no service that is not SIPS.
 */
export function chooseNaptr(
  records: readonly NaptrRecord[],
  supported: readonly SipTransportName[],
  secure: boolean,
): readonly NaptrChoice[] {
  const usable = records.flatMap((record) => {
    const transport = SERVICES.get(record.service.toUpperCase());
    const next = NEXT.get(record.flags.toLowerCase());
    if (transport === undefined || next === undefined || record.regexp !== "" || isRoot(record.replacement)) return [];
    if (!supported.includes(transport) || (secure && transport !== "TLS" && transport !== "WSS")) return [];
    return [{ record, choice: { transport, next, name: record.replacement } }];
  });
  const order = Math.min(...usable.map(({ record }) => record.order));
  return usable
    .filter(({ record }) => record.order === order)
    .sort((a, b) => a.record.preference - b.record.preference)
    .map(({ choice }) => choice);
}

/** Whether a domain name is the root, which stands for none. */
export function isRoot(name: string): boolean {
  return name === "" || name === ".";
}

const SERVICES: ReadonlyMap<string, SipTransportName> = new Map([
  ["SIP+D2U", "UDP"],
  ["SIP+D2T", "TCP"],
  ["SIPS+D2T", "TLS"],
  ["SIP+D2W", "WS"],
  ["SIPS+D2W", "WSS"],
]);

const NEXT: ReadonlyMap<string, NaptrChoice["next"]> = new Map([
  ["s", "srv"],
  ["a", "address"],
]);
