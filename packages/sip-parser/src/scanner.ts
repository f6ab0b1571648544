/** A cursor over the bytes of one header field value. Grammars are written as calls on it; it never reads past `end`. */
import { CHARACTERS } from "./characters.ts";
import { asciiTextOf, textOf } from "./text.ts";

const { CLASS, DIGIT, LWS, QUOTE, QUOTED, TOKEN } = CHARACTERS;

export class Scanner {
  bytes: Uint8Array;
  /** Where reading goes on. When a grammar gives up, the byte at fault. */
  at: number;
  end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** The same scanner on other bytes: one that is kept saves an allocation per value. */
  reset(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    return this;
  }

  /** The byte at the cursor; -1 at the end. */
  peek(): number {
    return this.at < this.end ? this.bytes[this.at]! : -1;
  }

  atEnd(): boolean {
    return this.at >= this.end;
  }

  /** SWS or LWS: any amount of white space, folds included. */
  skipSpace(): void {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end && (CLASS[bytes[at]!]! & LWS) !== 0) at += 1;
    this.at = at;
  }

  /** Takes one byte when it is next. */
  take(byte: number): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== byte) return false;
    this.at += 1;
    return true;
  }

  /** `SWS byte SWS`, as SEMI, EQUAL, COMMA, SLASH and COLON are defined. When the byte is not next, the cursor stays before the white space. */
  separator(byte: number): boolean {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end && bytes[at] !== byte && (CLASS[bytes[at]!]! & LWS) !== 0) at += 1;
    if (at >= end || bytes[at] !== byte) return false;
    at += 1;
    while (at < end && (CLASS[bytes[at]!]! & LWS) !== 0) at += 1;
    this.at = at;
    return true;
  }

  /** Skips bytes of the classes; false when there is none. */
  skip(classes: number): boolean {
    const { bytes, end } = this;
    const start = this.at;
    let at = start;
    while (at < end && (CLASS[bytes[at]!]! & classes) !== 0) at += 1;
    this.at = at;
    return at > start;
  }

  /** The longest run of bytes of the classes, as text; undefined when there is none. */
  run(classes: number): string | undefined {
    const start = this.at;
    return this.skip(classes) ? asciiTextOf(this.bytes, start, this.at) : undefined;
  }

  token(): string | undefined {
    return this.run(TOKEN);
  }

  /** 1*DIGIT up to `high`; undefined when there is no digit or the number is larger. Leading zeros are allowed, without a limit. */
  number(high: number): number | undefined {
    const start = this.at;
    let value = 0;
    while (this.at < this.end && (CLASS[this.bytes[this.at]!]! & DIGIT) !== 0) {
      value = value * 10 + (this.bytes[this.at]! - 0x30);
      if (value > high) {
        this.at = start;
        return undefined;
      }
      this.at += 1;
    }
    return this.at > start ? value : undefined;
  }

  /** Skips a quoted-string, both quotes included; false, with the cursor at its start, when it is not one. */
  skipQuoted(): boolean {
    const { bytes, end, at: start } = this;
    if (start >= end || bytes[start] !== QUOTE) return false;
    for (let at = start + 1; at < end; at++) {
      const byte = bytes[at]!;
      if ((CLASS[byte]! & QUOTED) !== 0) continue;
      if (byte === QUOTE) {
        this.at = at + 1;
        return true;
      }
      if (byte !== BACKSLASH) return false;
      // quoted-pair: any ASCII but CR and LF.
      at += 1;
      if (at >= end || bytes[at]! > 0x7f || bytes[at] === 0x0a || bytes[at] === 0x0d) return false;
    }
    return false;
  }

  /** The text a quoted-string means: escapes and folds undone. */
  quoted(): string | undefined {
    const start = this.at;
    if (!this.skipQuoted()) return undefined;
    return unescapeQuoted(textOf(this.bytes, start + 1, this.at - 1));
  }

  /** A token or a quoted-string, as the text it means. */
  tokenOrQuoted(): string | undefined {
    return this.peek() === QUOTE ? this.quoted() : this.token();
  }

  /** The text from `start` to the cursor. */
  textFrom(start: number): string {
    return textOf(this.bytes, start, this.at);
  }
}

/** A text with each fold (CRLF and the white space around it) as one space (RFC 3261 §7.3.1). Linear, which a regular expression here is not. */
export function unfold(text: string): string {
  if (!text.includes("\n")) return text;
  const lines = text.split("\r\n");
  const trimmed = lines.map((line, i) =>
    line.slice(i === 0 ? 0 : blanksBefore(line), i === lines.length - 1 ? line.length : blanksAfter(line)),
  );
  return trimmed.filter((line, i) => line !== "" || i === 0 || i === lines.length - 1).join(" ");
}

/** How many SP and HTAB a text begins with. */
function blanksBefore(text: string): number {
  let at = 0;
  while (text[at] === " " || text[at] === "\t") at += 1;
  return at;
}

/** Where the SP and HTAB that a text ends with begin. */
function blanksAfter(text: string): number {
  let at = text.length;
  while (at > 0 && (text[at - 1] === " " || text[at - 1] === "\t")) at -= 1;
  return at;
}

function unescapeQuoted(inner: string): string {
  const text = unfold(inner);
  return text.includes("\\") ? text.replace(/\\([\s\S])/g, "$1") : text;
}

const BACKSLASH = 0x5c;
