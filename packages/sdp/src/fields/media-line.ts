import { cut, isToken, parseInteger } from "../grammar.ts";

/** m= (RFC 8866 §5.14). */
export interface MediaLine {
  /** The media field: `audio`, `video`, `application`, `text`, `message`, `image` or any other token. */
  readonly kind: string;
  /** 0 to 65535. 0 rejects the section, unless it is bundle-only (RFC 9143 §6). */
  readonly port: number;
  /** Number of ports, when stated after a slash. */
  readonly portCount?: number;
  /** Such as `UDP/TLS/RTP/SAVPF`. */
  readonly protocol: string;
  /** The fmt list, at least one; payload types as text for RTP. */
  readonly formats: readonly string[];
}

/** Parses the value of an m= line. */
export function parseMediaLine(text: string): MediaLine | undefined {
  const [kind, ports, protocol, ...formats] = text.split(" ");
  if (kind === undefined || ports === undefined || protocol === undefined || formats.length === 0) return undefined;
  const [first, second] = cut(ports, "/");
  const port = parseInteger(first, 0, 0xffff);
  if (port === undefined || !isToken(kind) || !protocol.split("/").every(isToken) || !formats.every(isToken)) return undefined;
  if (second === undefined) return { kind, port, protocol, formats };
  const portCount = parseInteger(second, 1, 0xffff);
  return portCount === undefined ? undefined : { kind, port, portCount, protocol, formats };
}

/** Writes the value of an m= line. */
export function writeMediaLine(line: MediaLine): string {
  const count = line.portCount === undefined ? "" : `/${line.portCount}`;
  return `${line.kind} ${line.port}${count} ${line.protocol} ${line.formats.join(" ")}`;
}
