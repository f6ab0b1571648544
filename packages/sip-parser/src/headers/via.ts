/** Via (RFC 3261 §20.42, §25.1; rport: RFC 3581; WS and WSS: RFC 7118). */
import { CHARACTERS } from "../characters.ts";
import type { HeaderGrammar } from "../grammar.ts";
import { parseHost } from "../host.ts";
import { Parameters } from "../parameters.ts";
import type { Scanner } from "../scanner.ts";
import { asciiTextOf } from "../text.ts";
import { knownWord } from "../words.ts";

const { COLON, SLASH, TOKEN } = CHARACTERS;

/** One hop: `SIP/2.0/UDP host:port;branch=...`. */
export interface Via {
  /** `"SIP"`, as written. */
  readonly protocol: string;
  /** `"2.0"`, as written. */
  readonly version: string;
  /** `"UDP"`, `"TCP"`, `"TLS"`, `"SCTP"`, `"WS"`, `"WSS"` or any other token, as written. */
  readonly transport: string;
  /** A name or an address; IPv6 in brackets. */
  readonly host: string;
  /** 0 to 65535; undefined when not given: 5060, or 5061 over TLS (RFC 3261 §18.2.2). */
  readonly port: number | undefined;
  /** `branch`, `received`, `rport`, `maddr`, `ttl` and extensions. */
  readonly parameters: Parameters;
}

export const via: HeaderGrammar<Via> = {
  form: "list",
  parse(scanner) {
    let protocol: string | undefined = "SIP";
    let version: string | undefined = "2.0";
    if (isSip20(scanner.bytes, scanner.at, scanner.end)) {
      scanner.at += 8;
      scanner.skipSpace();
    } else {
      protocol = word(scanner);
      if (protocol === undefined || !scanner.separator(SLASH)) return undefined;
      version = word(scanner);
      if (version === undefined || !scanner.separator(SLASH)) return undefined;
    }
    const transport = word(scanner);
    const beforeSpace = scanner.at;
    scanner.skipSpace();
    if (transport === undefined || scanner.at === beforeSpace) return undefined;
    const host = parseHost(scanner);
    if (host === undefined) return undefined;
    // sent-by = host [ COLON port ]: unlike in a URI, white space may stand around this colon.
    const port = scanner.separator(COLON) ? (scanner.number(0xffff) ?? "bad") : undefined;
    if (port === "bad") return undefined;
    const parameters = Parameters.parse(scanner);
    return parameters === undefined ? undefined : { protocol, version, transport, host, port, parameters };
  },
  write(value) {
    const sentBy = value.port === undefined ? value.host : `${value.host}:${value.port}`;
    return `${value.protocol}/${value.version}/${value.transport} ${sentBy}${value.parameters.toString()}`;
  },
};

/** Builds a Via of SIP/2.0 for a request of one's own; parts as in {@link Via}. `branch` stands for that parameter. */
export function createVia(init: {
  readonly transport: string;
  readonly host: string;
  readonly port?: number | undefined;
  readonly branch?: string | undefined;
  readonly parameters?: Parameters | undefined;
}): Via {
  const parameters = init.parameters ?? Parameters.none;
  return {
    protocol: "SIP",
    version: "2.0",
    transport: init.transport,
    host: init.host,
    port: init.port,
    parameters: init.branch === undefined ? parameters : parameters.with("branch", init.branch),
  };
}

/** Whether `SIP/2.0/` stands at `at`, as it does in nearly every Via. */
function isSip20(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    end - at > 8 &&
    (bytes[at]! << 24) + (bytes[at + 1]! << 16) + (bytes[at + 2]! << 8) + bytes[at + 3]! === 0x53_49_50_2f &&
    (bytes[at + 4]! << 24) + (bytes[at + 5]! << 16) + (bytes[at + 6]! << 8) + bytes[at + 7]! === 0x32_2e_30_2f
  );
}

function word(scanner: Scanner): string | undefined {
  const start = scanner.at;
  if (!scanner.skip(TOKEN)) return undefined;
  return knownWord(scanner.bytes, start, scanner.at) ?? asciiTextOf(scanner.bytes, start, scanner.at);
}
