/** Words that nearly every message carries, found in bytes without making a string each time. */

/** The constant for a known method, transport or version with exactly these bytes; undefined for any other. */
export function knownWord(bytes: Uint8Array, start: number, end: number): string | undefined {
  const words = BY_LENGTH[end - start];
  if (words === undefined) return undefined;
  search: for (const word of words) {
    for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word.charCodeAt(i)) continue search;
    return word;
  }
  return undefined;
}

const WORDS = [
  ...["SIP", "2.0", "UDP", "TCP", "TLS", "WS", "WSS", "SCTP"],
  ...[
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "OPTIONS",
    "REGISTER",
    "PRACK",
    "UPDATE",
    "INFO",
    "SUBSCRIBE",
    "NOTIFY",
    "REFER",
    "MESSAGE",
    "PUBLISH",
  ],
];

const BY_LENGTH: readonly (readonly string[] | undefined)[] = Array.from({ length: 10 }, (_, length) => {
  const words = WORDS.filter((word) => word.length === length);
  return words.length > 0 ? words : undefined;
});
