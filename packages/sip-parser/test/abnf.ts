/** Texts made from the ABNF of RFC 3261 §25 and of the later headers, for property tests. Nothing of the package is used here. */
import fc from "fast-check";

const alphanum = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const chars = (set: string, min = 1, max = 8): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...set), { minLength: min, maxLength: max }).map((list) => list.join(""));
const join = (...parts: (fc.Arbitrary<string> | string)[]): fc.Arbitrary<string> =>
  fc.tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part))).map((list) => list.join(""));
const maybe = (part: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.option(part, { nil: "" });
const many = (part: fc.Arbitrary<string>, max = 3): fc.Arbitrary<string> => fc.array(part, { maxLength: max }).map((list) => list.join(""));

export const token: fc.Arbitrary<string> = chars(`${alphanum}-.!%*_+\`'~`);
const word = chars(`${alphanum}-.!%*_+\`'~()<>:\\"/[]?{}`);
const lws = fc.constantFrom(" ", "  ", "\t", "\r\n ", " \r\n\t", " \r\n  ");
const sws = fc.oneof({ weight: 5, arbitrary: fc.constant("") }, { weight: 1, arbitrary: lws });
const around = (separator: string): fc.Arbitrary<string> => join(sws, separator, sws);
const digits = (max: number): fc.Arbitrary<string> => join(fc.constantFrom("", "0", "00"), fc.integer({ min: 0, max }).map(String));
const escaped = fc.integer({ min: 0, max: 255 }).map((byte) => `%${byte.toString(16).padStart(2, "0")}`);
const escapable = (set: string, min = 1): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...set) }, { weight: 1, arbitrary: escaped }), { minLength: min, maxLength: 8 })
    .map((list) => list.join(""));
const unreserved = `${alphanum}-_.!~*'()`;

const quotedPair = fc
  .integer({ min: 0, max: 0x7f })
  .filter((unit) => unit !== 10 && unit !== 13)
  .map((unit) => `\\${String.fromCharCode(unit)}`);
const qdtext = fc.constantFrom(...`${alphanum}!#$%&'()*+,-./:;<=>?@[]^_{|}~ é大🎈`);
export const quotedString: fc.Arbitrary<string> = fc
  .array(fc.oneof({ weight: 6, arbitrary: qdtext }, { weight: 1, arbitrary: quotedPair }), { maxLength: 8 })
  .map((list) => `"${list.join("")}"`);

const label = fc
  .tuple(fc.constantFrom(...alphanum), chars(`${alphanum}-`, 0, 5), fc.constantFrom(...alphanum))
  .map((list) => list.join(""));
const toplabel = join(fc.constantFrom("c", "D"), chars(alphanum, 1, 4));
const hostname = join(many(label.map((each) => `${each}.`)), toplabel, fc.constantFrom("", "."));
const ipv4 = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 255 }))).map((list) => list.join("."));
const ipv6 = fc.constantFrom("[::]", "[::1]", "[2001:db8::9:1]", "[::ffff:192.0.2.33]", "[2001:DB8:0:0:0:0:0:5060]", "[fe80::1:2:3]");
export const host: fc.Arbitrary<string> = fc.oneof(hostname, ipv4, ipv6);
const port = fc.integer({ min: 0, max: 65535 }).map((value) => `:${value}`);

const uriParameter = join(";", escapable(`${unreserved}[]/:&+$`), maybe(join("=", escapable(`${unreserved}[]/:&+$`))));
const uriHeader = join(escapable(`${unreserved}[]/?:+$`), "=", escapable(`${unreserved}[]/?:+$`, 0));
const uriHeaders = fc.array(uriHeader, { minLength: 1, maxLength: 3 }).map((list) => `?${list.join("&")}`);
const userinfo = join(escapable(`${unreserved}&=+$,;?/`), maybe(join(":", escapable(`${unreserved}&=+$,`, 0))), "@");
const sipScheme = fc.constantFrom("sip:", "sips:", "SIP:", "Sips:");
export const sipUri: fc.Arbitrary<string> = join(sipScheme, maybe(userinfo), host, maybe(port), many(uriParameter), maybe(uriHeaders));
const telUri = join(fc.constantFrom("tel:+", "tel:"), fc.constantFrom("1", "9"), chars("0123456789-.()", 0, 10), many(uriParameter, 2));
const otherUri = join(fc.constantFrom("http://", "urn:", "isbn:", "soap.beep://"), escapable(`${unreserved};/?:@&=+$,`));
export const uri: fc.Arbitrary<string> = fc.oneof({ weight: 4, arbitrary: sipUri }, telUri, otherUri);
/** addr-spec that may stand without brackets: no parameters, headers, comma, question mark or semicolon. */
const bareUri = join(sipScheme, maybe(join(escapable(`${unreserved}&=+$/`), "@")), host, maybe(port));

const genValue = fc.oneof(token, host, quotedString);
export const parameters: fc.Arbitrary<string> = many(join(around(";"), token, maybe(join(around("="), genValue))));
const displayName = fc.oneof(
  join(quotedString, sws),
  fc.array(join(token, lws), { maxLength: 3 }).map((list) => list.join("")),
);
const nameAddr = join(displayName, "<", uri, ">", parameters);
const address = fc.oneof({ weight: 3, arbitrary: nameAddr }, join(bareUri, parameters));
const list = (part: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(part, around(",")), { minLength: 1, maxLength: 3 })
    .map((pairs) => pairs.map(([text, comma], i) => (i === 0 ? text : comma + text)).join(""));
const orEmpty = (part: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof({ weight: 5, arbitrary: part }, fc.constant(""));

const callId = join(word, maybe(join("@", word)));
const mediaType = join(token, around("/"), token, parameters);
const withParameters = join(token, parameters);
const seconds = digits(0xffff_ffff);
/** What is nearly always there, and any token. */
const mostly = (word: string): fc.Arbitrary<string> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(word) }, { weight: 1, arbitrary: token });
const via = join(
  mostly("SIP"),
  around("/"),
  mostly("2.0"),
  around("/"),
  mostly("UDP"),
  lws,
  host,
  maybe(join(around(":"), digits(65535))),
  parameters,
);
const authParameter = join(token, around("="), fc.oneof(token, quotedString));
const authParameters = fc
  .array(fc.tuple(authParameter, around(",")), { minLength: 1, maxLength: 4 })
  .map((pairs) => pairs.map(([text, comma], i) => (i === 0 ? text : comma + text)).join(""));
const credentials = join(token, lws, authParameters);
const infoUri = list(join("<", uri, ">", parameters));
const comment = chars(`${alphanum} ,;`, 0, 8).map((text) => `(${text}\\)(x))`);
const text = fc
  .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...`${alphanum}:;,<>"()é大`) }, { weight: 1, arbitrary: lws }), { maxLength: 12 })
  .map((all) => all.join("").trim());
const dialog = (a: string, b: string): fc.Arbitrary<string> =>
  join(callId, around(";"), `${a}=`, token, around(";"), `${b}=`, token, parameters);
const dates = fc.constantFrom(
  "Sat, 13 Nov 2010 23:29:00 GMT",
  "Thu, 21 Feb 2002 13:02:03 GMT",
  "Thu, 29 Feb 2024 00:00:60 GMT",
  "Fri, 31 Dec 9999 23:59:59 GMT",
);

/** A value for each header by its canonical name. */
export const headerValues: { readonly [name: string]: fc.Arbitrary<string> } = {
  Accept: orEmpty(list(mediaType)),
  "Accept-Contact": list(join("*", parameters)),
  "Accept-Encoding": orEmpty(list(withParameters)),
  "Accept-Language": orEmpty(list(withParameters)),
  "Alert-Info": infoUri,
  Allow: orEmpty(list(token)),
  "Allow-Events": list(token),
  "Authentication-Info": authParameters,
  Authorization: credentials,
  "Call-ID": callId,
  "Call-Info": infoUri,
  Contact: fc.oneof({ weight: 5, arbitrary: list(address) }, fc.constant("*")),
  "Content-Disposition": withParameters,
  "Content-Encoding": list(token),
  "Content-Language": list(token),
  "Content-Type": mediaType,
  CSeq: join(digits(0x7fff_ffff), lws, token),
  Date: dates,
  "Error-Info": infoUri,
  Event: withParameters,
  Expires: seconds,
  "Flow-Timer": seconds,
  From: address,
  "History-Info": list(nameAddr),
  Identity: text.filter((each) => each !== ""),
  "In-Reply-To": list(callId.filter((each) => !each.includes(","))),
  "Info-Package": withParameters,
  Join: dialog("to-tag", "from-tag"),
  "Max-Forwards": digits(255),
  "MIME-Version": join(digits(9), ".", digits(9)),
  "Min-Expires": seconds,
  "Min-SE": join(seconds, parameters),
  Organization: text,
  "P-Asserted-Identity": list(address),
  "P-Preferred-Identity": list(address),
  Path: list(nameAddr),
  Priority: token,
  Privacy: fc.array(token, { minLength: 1, maxLength: 3 }).map((all) => all.join("; ")),
  "Proxy-Authenticate": credentials,
  "Proxy-Authorization": credentials,
  "Proxy-Require": list(token),
  RAck: join(digits(0xffff_ffff), lws, digits(0x7fff_ffff), lws, token),
  Reason: list(withParameters),
  "Record-Route": list(nameAddr),
  "Recv-Info": orEmpty(list(withParameters)),
  "Refer-To": address,
  "Referred-By": address,
  "Reject-Contact": list(join("*", parameters)),
  Replaces: dialog("to-tag", "from-tag"),
  "Reply-To": address,
  "Request-Disposition": list(token),
  Require: list(token),
  "Retry-After": join(seconds, maybe(join(sws, comment)), parameters),
  Route: list(nameAddr),
  RSeq: fc.integer({ min: 1, max: 0xffff_ffff }).map(String),
  Server: text,
  "Service-Route": list(nameAddr),
  "Session-Expires": join(seconds, parameters),
  "SIP-ETag": token,
  "SIP-If-Match": token,
  Subject: text,
  "Subscription-State": withParameters,
  Supported: orEmpty(list(token)),
  "Target-Dialog": dialog("local-tag", "remote-tag"),
  Timestamp: join(digits(99999), fc.constantFrom("", ".", ".25"), maybe(join(lws, fc.constantFrom("0", "1.5", ".5")))),
  To: address,
  Unsupported: list(token),
  "User-Agent": text,
  Via: list(via),
  Warning: list(join(fc.constantFrom("307", "399", "000"), " ", host, " ", quotedString)),
  "WWW-Authenticate": credentials,
};

/** A header line: any case, compact or not, white space before and after the colon, folds. */
export function headerLine(name: string, compact: string | undefined): fc.Arbitrary<string> {
  const names = [name, name.toLowerCase(), name.toUpperCase(), ...(compact === undefined ? [] : [compact, compact.toUpperCase()])];
  return join(
    fc.constantFrom(...names),
    fc.constantFrom("", " ", " \t"),
    ":",
    sws,
    headerValues[name]!,
    fc.constantFrom("", " ", "\t"),
    "\r\n",
  );
}

/** A header that nobody knows, whose value is anything. */
export const extensionLine: fc.Arbitrary<string> = join("X-", token, ":", text, "\r\n");

export const requestLine: fc.Arbitrary<string> = join(token, " ", uri, " SIP/2.0\r\n");
export const statusLine: fc.Arbitrary<string> = join(
  "SIP/2.0 ",
  fc.integer({ min: 100, max: 699 }).map(String),
  " ",
  chars(`${alphanum} é大-/`, 0, 12),
  "\r\n",
);
