/** Which open connection serves a target: those one has opened, and those a peer allows to be used backwards (RFC 3261 §18.1.1, RFC 5923). */
import type { SipTarget, SipTransportName } from "../flow.ts";
import { addressOf } from "./admission.ts";
import { provesDomain } from "./certificate-identities.ts";
import type { Connection } from "./connection.ts";

interface Entry {
  readonly connection: Connection;
  /** The domain it was opened for; undefined for none, and for a connection the peer opened. */
  readonly hostname: string | undefined;
  readonly path: string | undefined;
  readonly dialled: boolean;
}

export class ConnectionPool {
  readonly #byAddress = new Map<string, Entry[]>();
  readonly #keysOf = new Map<Connection, Set<string>>();

  /** A connection was opened to this target. */
  addDialled(connection: Connection, target: SipTarget): void {
    this.#add(connection, keyOf(target.transport, target.ip, target.port), {
      connection,
      hostname: target.hostname?.toLowerCase(),
      path: target.path,
      dialled: true,
    });
  }

  /** RFC 5923 §8.2: the peer, whose identity TLS has proved, takes requests for `ip` and `port` on the connection it opened. */
  addAlias(connection: Connection, ip: string, port: number): void {
    const key = keyOf(connection.transport, ip, port);
    const keys = this.#keysOf.get(connection);
    if (keys?.has(key) || (keys?.size ?? 0) >= MAX_ALIASES) return;
    this.#add(connection, key, { connection, hostname: undefined, path: undefined, dialled: false });
  }

  /** An open connection that reaches the target and, with TLS, is proved to be the domain that is asked for. */
  find(target: SipTarget): Connection | undefined {
    const entries = this.#byAddress.get(keyOf(target.transport, target.ip, target.port));
    return entries?.find((entry) => entry.connection.open && serves(entry, target))?.connection;
  }

  /** A connection has closed. */
  remove(connection: Connection): void {
    for (const key of this.#keysOf.get(connection) ?? []) {
      const left = this.#byAddress.get(key)?.filter((entry) => entry.connection !== connection) ?? [];
      if (left.length > 0) this.#byAddress.set(key, left);
      else this.#byAddress.delete(key);
    }
    this.#keysOf.delete(connection);
  }

  #add(connection: Connection, key: string, entry: Entry): void {
    const entries = this.#byAddress.get(key);
    if (entries === undefined) this.#byAddress.set(key, [entry]);
    else entries.push(entry);
    const keys = this.#keysOf.get(connection);
    if (keys === undefined) this.#keysOf.set(connection, new Set([key]));
    else keys.add(key);
  }
}

/** What is the same connection for two callers who ask at once. */
export function dialKey(target: SipTarget): string {
  return `${keyOf(target.transport, target.ip, target.port)} ${target.hostname?.toLowerCase() ?? ""} ${target.path ?? ""}`;
}

function serves(entry: Entry, target: SipTarget): boolean {
  if (entry.dialled && entry.path !== target.path) return false;
  if (!entry.connection.secure) return true;
  const hostname = target.hostname?.toLowerCase();
  // RFC 5923 §9.3: a connection to one virtual server is not one to another, unless the certificate names both.
  if (entry.dialled && entry.hostname === hostname) return true;
  return provesDomain(entry.connection.peerIdentities, hostname ?? target.ip);
}

function keyOf(transport: SipTransportName, ip: string, port: number): string {
  return `${transport} ${addressOf(ip) ?? ip} ${port}`;
}

/** Of one connection: a peer has one port or two, not all of them. */
const MAX_ALIASES = 8;
