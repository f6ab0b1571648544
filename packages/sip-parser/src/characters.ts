/**
 * The characters of RFC 3261 §25.1: signs, and the classes each byte belongs to.
 *
 * Files that loop over bytes take {@link CHARACTERS} apart into constants of their own: V8 compiles a module's own constants into the code, but reads an
 * imported one again, and checks it, at every use. That is a tenth of the time that reading a message takes.
 */
export interface Characters {
  /** The classes of each byte, as a bit set. */
  readonly CLASS: Uint16Array;
  /** `token`: alphanum and - . ! % * _ + ` ' ~ */
  readonly TOKEN: number;
  /** `word`: token and ( ) < > : \ " / [ ] ? { } */
  readonly WORD: number;
  /** What `user` may hold besides escapes: unreserved and & = + $ , ; ? / */
  readonly USER: number;
  /** What `password` may hold besides escapes: unreserved and & = + $ , */
  readonly PASSWORD: number;
  /** What URI parameters may hold besides escapes: unreserved and [ ] / : & + $ */
  readonly URI_PARAMETER: number;
  /** What URI headers may hold besides escapes: unreserved and [ ] / ? : + $ */
  readonly URI_HEADER: number;
  /** `uric` without escapes: unreserved and ; / ? : @ & = + $ , */
  readonly URIC: number;
  /** A host name's characters: alphanum - . and the underscore that RFC 3261 does not have. */
  // INTEROP: container and Windows host names carry underscores in Via and Contact; nothing else can start with one there.
  readonly HOST: number;
  /** A value after `=` in a header parameter: token, and [ ] : for hosts (RFC 3261 §25.1 gen-value; RFC 5118 §4.5). */
  readonly PARAMETER_VALUE: number;
  readonly DIGIT: number;
  readonly ALPHA: number;
  /** SP, HTAB, and the CR and LF of folds; framing has made sure that every CRLF inside a value is followed by white space. */
  readonly LWS: number;
  /** A base64 or base64url character or padding. */
  readonly BASE64: number;
  /** Hexadecimal digits. */
  readonly HEX: number;
  /** `unreserved`: alphanum and - _ . ! ~ * ' ( ) */
  readonly UNRESERVED: number;
  /** What stands for itself in a quoted-string: anything but `"`, `\\`, and controls that are not white space. */
  readonly QUOTED: number;
  /** `"` */
  readonly QUOTE: number;
  /** `,` */
  readonly COMMA: number;
  /** `/` */
  readonly SLASH: number;
  /** `:` */
  readonly COLON: number;
  /** `;` */
  readonly SEMICOLON: number;
  /** `<` */
  readonly LESS: number;
  /** `=` */
  readonly EQUALS: number;
  /** `>` */
  readonly GREATER: number;
  /** `?` */
  readonly QUESTION: number;
  /** `@` */
  readonly AT: number;
}

const TOKEN = 0x01;
const WORD = 0x02;
const USER = 0x04;
const PASSWORD = 0x08;
const URI_PARAMETER = 0x10;
const URI_HEADER = 0x20;
const URIC = 0x40;
const HOST = 0x80;
const PARAMETER_VALUE = 0x100;
const DIGIT = 0x200;
const ALPHA = 0x400;
const LWS = 0x800;
const BASE64 = 0x1000;
const HEX = 0x2000;
const UNRESERVED = 0x4000;
const QUOTED = 0x8000;
const CLASS: Uint16Array = new Uint16Array(256);

const DIGITS = "0123456789";
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const EVERYWHERE = TOKEN | WORD | USER | PASSWORD | URI_PARAMETER | URI_HEADER | URIC | HOST | PARAMETER_VALUE | BASE64 | UNRESERVED;
add(EVERYWHERE | DIGIT | HEX, DIGITS);
add(EVERYWHERE | ALPHA, LETTERS);
add(HEX, "abcdefABCDEF");
add(TOKEN | PARAMETER_VALUE, "-.!%*_+`'~");
add(PARAMETER_VALUE, "[]:");
add(WORD, "-.!%*_+`'~()<>:\\\"/[]?{}");
add(USER | PASSWORD | URI_PARAMETER | URI_HEADER | URIC | UNRESERVED, "-_.!~*'()");
add(USER, "&=+$,;?/");
add(PASSWORD, "&=+$,");
add(URI_PARAMETER, "[]/:&+$");
add(URI_HEADER, "[]/?:+$");
add(URIC, ";/?:@&=+$,[]");
add(HOST, "-._");
add(LWS, " \t\r\n");
add(BASE64, "+/=-_");

for (let byte = 0x20; byte < 0x100; byte++) if (byte !== 0x22 && byte !== 0x5c && byte !== 0x7f) CLASS[byte]! |= QUOTED;
add(QUOTED, "\t\r\n");

function add(classes: number, characters: string): void {
  for (let i = 0; i < characters.length; i++) CLASS[characters.charCodeAt(i)]! |= classes;
}

/** All of them, to be taken apart: `const { CLASS, TOKEN } = CHARACTERS;`. */
export const CHARACTERS: Characters = {
  TOKEN,
  WORD,
  USER,
  PASSWORD,
  URI_PARAMETER,
  URI_HEADER,
  URIC,
  HOST,
  PARAMETER_VALUE,
  DIGIT,
  ALPHA,
  LWS,
  BASE64,
  HEX,
  UNRESERVED,
  QUOTED,
  CLASS,
  QUOTE: 0x22,
  COMMA: 0x2c,
  SLASH: 0x2f,
  COLON: 0x3a,
  SEMICOLON: 0x3b,
  LESS: 0x3c,
  EQUALS: 0x3d,
  GREATER: 0x3e,
  QUESTION: 0x3f,
  AT: 0x40,
};
