/** https://w3c.github.io/webrtc-pc/#dfn-validate-an-ice-server-url */

/** A STUN or TURN server, from a URL that was found valid. */
export interface IceServerUrl {
  readonly scheme: "stun" | "stuns" | "turn" | "turns";
  /** Host name or IP address, an IPv6 one without brackets. */
  readonly host: string;
  readonly port: number;
  /** The text as the application gave it. */
  readonly url: string;
}

/** Throws the exception of the step that fails. `username` and `credential` are the server's, if it has them. */
export function validateIceServerUrl(url: string, username: string | undefined, credential: string | undefined): IceServerUrl {
  // Step 1.
  const parsed = parseUrl(url);
  // Step 2. A query or fragment may be present and empty, which URL's getters do not show.
  const scheme = SCHEMES.find((known) => parsed?.protocol === `${known}:`);
  if (parsed === undefined || scheme === undefined) throw syntaxError(url, "not a stun:, stuns:, turn: or turns: URL");
  const path = parsed.pathname;
  if (parsed.host !== "" || path.startsWith("/")) throw syntaxError(url, `"//" or "/" must not follow the scheme`);
  if (path.includes("/") || path.includes("@")) throw syntaxError(url, "only a host and a port may follow the scheme");
  if (parsed.href.includes("#")) throw syntaxError(url, "a fragment is not allowed");
  const hasQuery = parsed.href.includes("?");
  const isTurn = scheme === "turn" || scheme === "turns";
  if (hasQuery && !isTurn) throw syntaxError(url, "a query is not allowed in a STUN URL");
  // Steps 4 to 6. Step 3 does not apply: all four schemes are known; a server that cannot be used is reported by icecandidateerror.
  const hostAndPort = parseUrl(`https://${path}`);
  if (hostAndPort === undefined || hostAndPort.pathname !== "/") throw syntaxError(url, "not a host and a port");
  // Step 7.
  if (hasQuery && parsed.search !== "?transport=udp" && parsed.search !== "?transport=tcp") {
    throw syntaxError(url, `the query must be "transport=udp" or "transport=tcp"`);
  }
  // Step 8; RFC 8489 §14.3: fewer than 509 bytes.
  if (isTurn && (username === undefined || credential === undefined || new TextEncoder().encode(username).length > 508)) {
    throw new DOMException(`A TURN server needs a username (at most 508 bytes) and a credential: ${url}`, "InvalidAccessError");
  }
  // The port is read from the text: URL hides 443, the default of the scheme it was parsed with.
  const portText = /:([0-9]+)$/.exec(path)?.[1];
  const secure = scheme === "stuns" || scheme === "turns";
  return {
    scheme,
    host: hostAndPort.hostname.replace(/^\[|\]$/g, ""),
    port: portText === undefined ? (secure ? 5349 : 3478) : Number(portText), // RFC 7064 §3.2, RFC 7065 §3.2
    url,
  };
}

function parseUrl(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}

function syntaxError(url: string, reason: string): DOMException {
  return new DOMException(`Invalid ICE server URL "${url}": ${reason}.`, "SyntaxError");
}

const SCHEMES = ["stun", "stuns", "turn", "turns"] as const;
