/** Bodies as text. The host does it much faster than the pure packages can. */

/** What UTF-8 bytes mean; ill-formed ones become U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}
