/**
 * A fuzz target: `fuzz(bytes)` throws when the parser breaks a promise for them. Coverage-guided fuzzers take it as it is (they call an exported `fuzz`);
 * `fuzz.slow.test.ts` drives it with mutations of the corpus, RFC 4475's and RFC 5118's messages and one field of every header.
 */
import { readFileSync } from "node:fs";
import { bytesFromHex, concatBytes, equalBytes, Malformed, utf8FromString } from "@purertc/core";
import {
  HEADER_GRAMMARS,
  HeaderField,
  Parameters,
  parseMultipart,
  parseSipMessage,
  parseWebSocketMessage,
  type SipMessage,
  SipStreamFramer,
  sameUri,
  validateSipMessage,
  writeSipMessage,
} from "@purertc/sip-parser";

/** What to begin with. */
export function corpus(): readonly Uint8Array[] {
  const vectors = ["rfc4475.json", "rfc5118.json"].flatMap(
    (file) => JSON.parse(readFileSync(new URL(`../../../test-vectors/sip/${file}`, import.meta.url), "utf8")).messages,
  ) as readonly { readonly text: string; readonly bodyHex?: string }[];
  return [
    ...vectors.map((each) => concatBytes(utf8FromString(each.text), bytesFromHex(each.bodyHex ?? ""))),
    ...Object.keys(HEADER_GRAMMARS).map((name) =>
      utf8FromString(`INVITE sip:a@b SIP/2.0\r\n${VALUES.map((value) => `${name}: ${value}\r\n`).join("")}\r\n`),
    ),
  ];
}

/** One value of each kind, all of them given to each header. */
const VALUES = [
  '"a \\" é" <sip:a;b:c@[::1]:5;x=y?z=w>;tag=1;b="c\\"d" , <tel:+1-2;ext=3>;q=1',
  "SIP/2.0/UDP [::1]:5060;branch=z9hG4bK1;rport, SIP / 2.0 / TCP h",
  "1 2 INVITE",
  "1 INVITE",
  "4294967295 (a (b) \\) c);duration=1",
  'Digest realm="a, b", qop=auth, nc=00000001',
  'text/plain;charset="x", */*;q=0.5',
  '300 [::1]:1 "x"',
  "a@b;to-tag=1;from-tag=2;local-tag=3;remote-tag=4",
  "Sat, 13 Nov 2010 23:29:00 GMT",
  "*;audio;require",
  "1.5 .5",
];

/** Throws when these bytes make the parser throw, lose bytes, or write what it does not read again. */
export function fuzz(bytes: Uint8Array): void {
  parseWebSocketMessage(bytes);
  streams(bytes);
  const message = parseSipMessage(bytes);
  if (message instanceof Malformed) {
    if (message.offset < 0 || message.offset > bytes.length) throw new Error(`offset ${message.offset} of ${bytes.length}`);
    return;
  }
  if (!equalBytes(writeSipMessage(message), bytes.subarray(message.startLine.start, bytes.length - message.surplusLength)))
    throw new Error("written otherwise than read");
  readAll(message);
  for (const field of message.headers) rewrites(field);
}

function readAll(message: SipMessage): void {
  validateSipMessage(message, { methods: [], extensions: [], contentTypes: [], answerTypes: [], strict: true });
  validateSipMessage(message, { role: "proxy", extensions: [], isLoop: () => false });
  void [message.branch, message.callId, message.cseq, message.fromTag, message.toTag];
  if (message.kind === "response") void [message.statusCode, message.reasonPhrase];
  else if (!(message.uri instanceof Malformed) && !sameUri(message.uri, message.uri)) throw new Error("a URI that differs from itself");
  const type = message.headers.get("Content-Type");
  if (type !== undefined) parseMultipart(message.body, type);
}

/** Typed values, written, are read as the same values. */
function rewrites(field: HeaderField): void {
  void [field.name, field.canonicalName, field.text];
  const { definition, values } = field;
  if (definition === undefined || values instanceof Malformed) return;
  const texts = values.map((value) => definition.grammar.write(value));
  const again = HeaderField.of(definition.name, texts.join(definition.grammar.separator === ";" ? ";" : ", ")).values;
  if (shown(values) !== shown(again)) throw new Error(`${definition.name}: ${JSON.stringify(field.text)} became ${JSON.stringify(texts)}`);
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    each instanceof Parameters ? [...each].map(([name]) => [name, each.get(name)]) : each,
  );
}

/** However a stream is cut, the same items come out. */
function streams(bytes: Uint8Array): void {
  const whole = items(bytes, bytes.length);
  for (const cut of [1, 7]) if (items(bytes, cut) !== whole) throw new Error(`a stream cut every ${cut} octets gives other items`);
}

function items(bytes: Uint8Array, cut: number): string {
  const framer = new SipStreamFramer({ maxBodyLength: 1000 });
  let seen = "";
  for (let at = 0; at < bytes.length; at += cut) {
    framer.push(bytes.subarray(at, at + cut));
    for (let item = framer.next(); item !== undefined; item = framer.next()) seen += item.type === "failed" ? item.reason : item.type;
  }
  return seen;
}
