/** Words that nearly every message carries, found in bytes without making a string each time. */
import { bytesOf } from "./text.ts";

/** The constant for a known method, transport or version with exactly these bytes; undefined for any other. */
export function knownWord(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start;
  const word = WORDS[slotOf(bytes[start]!, bytes[end - 1]!, length)];
  if (word === undefined || word.bytes.length !== length) return undefined;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== word.bytes[i]) return undefined;
  return word.text;
}

/** First and last byte and length tell all of the words apart. */
function slotOf(first: number, last: number, length: number): number {
  return ((first + last) * 5 + length * 2) & 63;
}

const WORDS: readonly ({ readonly text: string; readonly bytes: Uint8Array } | undefined)[] = wordTable(
  ...["SIP", "2.0", "UDP", "TCP", "TLS", "WS", "WSS", "SCTP"],
  ...["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "PRACK", "UPDATE", "INFO"],
  ...["SUBSCRIBE", "NOTIFY", "REFER", "MESSAGE", "PUBLISH"],
);

function wordTable(...words: string[]): ({ text: string; bytes: Uint8Array } | undefined)[] {
  const table: ({ text: string; bytes: Uint8Array } | undefined)[] = new Array(64).fill(undefined);
  for (const text of words) {
    const bytes = bytesOf(text);
    table[slotOf(bytes[0]!, bytes[bytes.length - 1]!, bytes.length)] = { text, bytes };
  }
  return table;
}
