// `--domain test.local --users users.json ...` to options.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { createSecureContext } from "node:tls";
import { parseArgs } from "node:util";
import type { DigestAlgorithm, SipTransportName, TlsIdentity } from "@purertc/sip";
import { isSipUri, Malformed, parseUri, type SipUri } from "@purertc/sip-parser";
import { consoleLog } from "./log.ts";
import { DEFAULTS, type ServerOptions } from "./options.ts";
import { readUsers } from "./users.ts";

export const USAGE = `usage: npm run sip-server -- --domain DOMAIN --users FILE [options]

  --domain DOMAIN          the SIP domain to serve, such as test.local
  --users FILE             JSON: { "alice": "password", "bob": { "ha1": { "MD5": "...", "SHA-256": "..." } } }
  --bind ADDRESS           IP address to listen on; ${DEFAULTS.bind}
  --digest LIST            digest algorithms to ask for, best first, such as SHA-256,MD5; ${DEFAULTS.digest}, which old phones need alone
  --trust ADDRESS          trunk that needs no password: IP address or prefix; may be repeated
  --outbound DOMAIN        users may call this domain, wherever DNS says it is; may be repeated; "any" allows all; none without
  --trunk URI              where users' calls to telephone numbers go, such as sip:192.0.2.1:5060;transport=tcp
  --udp-port N  --tcp-port N  --tls-port N  --ws-port N  --wss-port N
                           ${Object.values(DEFAULTS.ports).join(", ")}; 0 lets the system choose, "off" does without
  --cert FILE --key FILE   certificate chain and key (PEM) for TLS and WSS; self-signed without
  --store FILE             keep registrations in this SQLite file (Node 22.13 or later); in memory without
  --min-expires N          seconds of the shortest registration; ${DEFAULTS.minExpires}
  --max-calls N  --max-calls-per-caller N  --ring-seconds N  --max-call-seconds N
                           ${DEFAULTS.maxCalls}, ${DEFAULTS.maxCallsPerCaller}, ${DEFAULTS.ringSeconds}, ${DEFAULTS.maxCallSeconds}
`;

export function asksForHelp(args: readonly string[]): boolean {
  return args.includes("--help") || args.includes("-h");
}

/** Throws an Error whose message, of one line, is for the user. */
export function optionsFrom(args: readonly string[]): ServerOptions {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true });
  if (!values.domain || !values.users) throw new Error("--domain and --users are needed");
  if ((values.cert === undefined) !== (values.key === undefined)) throw new Error("--cert and --key go together");
  return {
    domain: domain(values.domain),
    bind: values.bind ?? DEFAULTS.bind,
    ports: {
      UDP: port(values["udp-port"], "UDP"),
      TCP: port(values["tcp-port"], "TCP"),
      TLS: port(values["tls-port"], "TLS"),
      WS: port(values["ws-port"], "WS"),
      WSS: port(values["wss-port"], "WSS"),
    },
    users: readUsers(read(values.users), values.domain.toLowerCase()),
    digest: algorithms(values.digest),
    trust: values.trust ?? DEFAULTS.trust,
    outbound: (values.outbound ?? DEFAULTS.outbound).map(domain),
    ...(values.trunk === undefined ? {} : { trunk: trunk(values.trunk) }),
    ...(values.cert === undefined || values.key === undefined ? {} : { tls: identity(values.cert, values.key) }),
    ...(values.store === undefined ? {} : { store: values.store }),
    minExpires: count(values["min-expires"], DEFAULTS.minExpires),
    maxCalls: count(values["max-calls"], DEFAULTS.maxCalls),
    maxCallsPerCaller: count(values["max-calls-per-caller"], DEFAULTS.maxCallsPerCaller),
    ringSeconds: count(values["ring-seconds"], DEFAULTS.ringSeconds),
    maxCallSeconds: count(values["max-call-seconds"], DEFAULTS.maxCallSeconds),
    comeBackSeconds: DEFAULTS.comeBackSeconds,
    log: consoleLog,
  };
}

/** npm runs scripts in the package's folder and says where it was called itself. */
function read(file: string): string {
  const called = path.resolve(process.env.INIT_CWD ?? ".", file);
  try {
    return readFileSync(existsSync(called) ? called : file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new Error(code === "ENOENT" ? `there is no file ${file}` : `${file} cannot be read (${code})`);
  }
}

/** The certificate and key of TLS and WSS. */
function identity(cert: string, key: string): TlsIdentity {
  const tls = { cert: read(cert), key: read(key) };
  try {
    createSecureContext(tls);
  } catch {
    throw new Error(`${cert} and ${key} are not a PEM certificate and its key`); // OpenSSL's own words help nobody
  }
  return tls;
}

function port(text: string | undefined, transport: SipTransportName): number | undefined {
  if (text === undefined) return DEFAULTS.ports[transport];
  if (text === "off") return undefined;
  const number = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number <= 0xffff)) throw new Error(`not a port: ${text}`);
  return number;
}

function domain(text: string): string {
  const uri = parseUri(`sip:${text}`);
  if (uri instanceof Malformed || !isSipUri(uri) || uri.host !== text) throw new Error(`not a domain: ${text}`);
  return text.toLowerCase();
}

function trunk(text: string): SipUri {
  const uri = parseUri(text);
  if (uri instanceof Malformed || !isSipUri(uri)) throw new Error(`not a SIP URI: ${text}`);
  return uri;
}

function algorithms(text: string | undefined): readonly DigestAlgorithm[] {
  const names = text?.toUpperCase().split(",") ?? DEFAULTS.digest;
  const known = ["SHA-256", "MD5"] as const satisfies DigestAlgorithm[]; // those that users.json may have hashes of
  return names.map((name) => {
    const algorithm = known.find((each) => each === name.trim());
    if (algorithm === undefined) throw new Error(`not a digest algorithm here: ${name}`);
    return algorithm;
  });
}

function count(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new Error(`not a number above zero: ${text}`);
  return Number(text);
}

const TEXT = { type: "string" } as const;
const OPTIONS = {
  domain: TEXT,
  users: TEXT,
  bind: TEXT,
  digest: TEXT,
  trust: { type: "string", multiple: true },
  outbound: { type: "string", multiple: true },
  trunk: TEXT,
  help: { type: "boolean", short: "h" },
  "udp-port": TEXT,
  "tcp-port": TEXT,
  "tls-port": TEXT,
  "ws-port": TEXT,
  "wss-port": TEXT,
  cert: TEXT,
  key: TEXT,
  store: TEXT,
  "min-expires": TEXT,
  "max-calls": TEXT,
  "max-calls-per-caller": TEXT,
  "ring-seconds": TEXT,
  "max-call-seconds": TEXT,
} as const;
