/** examples/sip-server on loopback, for the phones of others. */
import type { SipTransportName } from "@purertc/sip";
import { DEFAULTS, type ServerOptions } from "../examples/sip-server/options.ts";
import { SipServer } from "../examples/sip-server/server.ts";
import { readUsers } from "../examples/sip-server/users.ts";

/** A server with ports of the system's choice for these transports, and users by name and password. What it logs goes into `lines`. Close it when done. */
export async function startSipServer(
  transports: readonly SipTransportName[],
  passwords: { readonly [user: string]: string },
  options: Partial<ServerOptions> = {},
): Promise<{ server: SipServer; lines: string[]; portOf: (transport: SipTransportName) => number }> {
  const domain = options.domain ?? "test.local";
  const port = (transport: SipTransportName): 0 | undefined => (transports.includes(transport) ? 0 : undefined);
  const lines: string[] = [];
  const server = await SipServer.start({
    ...DEFAULTS,
    domain,
    bind: "127.0.0.1",
    ports: { UDP: port("UDP"), TCP: port("TCP"), TLS: port("TLS"), WS: port("WS"), WSS: port("WSS") },
    users: readUsers(JSON.stringify(passwords), domain),
    log: (line) => lines.push(line),
    ...options,
  });
  return { server, lines, portOf: (transport) => server.listening.find((each) => each.transport === transport)!.port };
}
