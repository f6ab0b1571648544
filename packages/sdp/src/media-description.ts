import type { AttributeName, AttributeValues } from "./attributes/index.ts";
import { type Bandwidth, writeBandwidth } from "./fields/bandwidth.ts";
import { type Connection, writeConnection } from "./fields/connection.ts";
import { type MediaLine, parseMediaLine, writeMediaLine } from "./fields/media-line.ts";
import { type SdpLine, sdpLine } from "./line.ts";
import { replaceAttribute, Section } from "./section.ts";

/** What {@link createMedia} writes, in RFC 8866's order. */
export interface MediaInit extends MediaLine {
  /** i=. */
  readonly information?: string;
  readonly connection?: Connection;
  readonly bandwidths?: readonly Bandwidth[];
  /** `a=` lines, made with `attribute()` or `rawAttribute()`, written in this order. */
  readonly attributes?: readonly SdpLine[];
}

/** One m= section: its m= line and all lines up to the next (RFC 8866 §5.14). Immutable; the `with` methods give changed copies. */
export class MediaDescription extends Section implements MediaLine {
  readonly kind: string;
  readonly port: number;
  readonly portCount?: number;
  readonly protocol: string;
  readonly formats: readonly string[];

  /** `lines[0]` is the m= line; parsers and {@link createMedia} see to it that it is one. Otherwise TypeError. */
  constructor(lines: readonly SdpLine[]) {
    super(lines);
    const first = lines[0];
    const line = first?.type === "m" ? parseMediaLine(first.value) : undefined;
    if (line === undefined) throw new TypeError("a media description begins with a well-formed m= line");
    this.kind = line.kind;
    this.port = line.port;
    if (line.portCount !== undefined) this.portCount = line.portCount;
    this.protocol = line.protocol;
    this.formats = line.formats;
  }

  override withLines(lines: readonly SdpLine[]): MediaDescription {
    return new MediaDescription(lines);
  }

  /** A copy whose attribute `name` has exactly these values, in the place of the first old one or at the end; no values removes it. */
  withAttribute<Name extends AttributeName>(name: Name, ...values: readonly AttributeValues[Name][]): MediaDescription {
    return this.withLines(replaceAttribute(this.lines, name, values));
  }

  /** A copy with parts of its m= line changed. */
  withMediaLine(change: Partial<MediaLine>): MediaDescription {
    const { kind, port, portCount, protocol, formats } = this;
    const line: MediaLine = { kind, port, ...(portCount !== undefined && { portCount }), protocol, formats, ...change };
    return this.withLines([withValue(this.lines[0]!, writeMediaLine(line)), ...this.lines.slice(1)]);
  }

  /** A copy with its first c= line changed, or one added after the m= and i= lines. */
  withConnection(connection: Connection): MediaDescription {
    const value = writeConnection(connection);
    const at = this.lines.findIndex((line) => line.type === "c");
    if (at >= 0) return this.withLines(this.lines.with(at, withValue(this.lines[at]!, value)));
    const after = this.lines[1]?.type === "i" ? 2 : 1;
    return this.withLines(this.lines.toSpliced(after, 0, sdpLine("c", value)));
  }
}

/** Builds an m= section. Throws InvalidArgumentError for text that is not one line, TypeError for an m= line that cannot be read back. */
export function createMedia(init: MediaInit): MediaDescription {
  const lines = [sdpLine("m", writeMediaLine(init))];
  if (init.information !== undefined) lines.push(sdpLine("i", init.information));
  if (init.connection !== undefined) lines.push(sdpLine("c", writeConnection(init.connection)));
  for (const bandwidth of init.bandwidths ?? []) lines.push(sdpLine("b", writeBandwidth(bandwidth)));
  return new MediaDescription([...lines, ...(init.attributes ?? [])]);
}

function withValue(line: SdpLine, value: string): SdpLine {
  return line.end === undefined ? sdpLine(line.type, value) : { ...sdpLine(line.type, value), end: line.end };
}
