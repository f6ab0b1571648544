import type { AttributeName, AttributeValues } from "./attributes/index.ts";
import { type Bandwidth, writeBandwidth } from "./fields/bandwidth.ts";
import { type Connection, writeConnection } from "./fields/connection.ts";
import { type Origin, parseOrigin, writeOrigin } from "./fields/origin.ts";
import { parseTiming, type Timing, writeTiming } from "./fields/timing.ts";
import { type SdpLine, sdpLine } from "./line.ts";
import type { MediaDescription } from "./media-description.ts";
import { replaceAttribute, Section } from "./section.ts";

/** What {@link createSession} writes, in RFC 8866's order. What is left out gets the value that RFC 9429 §5.2.1 gives it. */
export interface SessionInit {
  readonly origin: Origin;
  /** s=; `-` when left out. */
  readonly name?: string;
  /** i=. */
  readonly information?: string;
  readonly connection?: Connection;
  readonly bandwidths?: readonly Bandwidth[];
  /** t=; one `0 0` when left out. */
  readonly timings?: readonly Timing[];
  /** Session-level `a=` lines, made with `attribute()` or `rawAttribute()`, written in this order. */
  readonly attributes?: readonly SdpLine[];
  readonly media?: readonly MediaDescription[];
}

/** A whole description (RFC 8866 §5): its session part, whose lines these are, and its m= sections. Immutable. */
export class SessionDescription extends Section {
  readonly media: readonly MediaDescription[];

  /** `lines` are those before the first m= line. */
  constructor(lines: readonly SdpLine[], media: readonly MediaDescription[]) {
    super(lines);
    this.media = media;
  }

  /** o=; undefined only in what `lenient` parsing let in. */
  get origin(): Origin | undefined {
    const line = this.lines.find((one) => one.type === "o");
    return line === undefined ? undefined : parseOrigin(line.value);
  }

  /** s=. */
  get name(): string | undefined {
    return this.lines.find((line) => line.type === "s")?.value;
  }

  /** t= lines. */
  get timings(): readonly Timing[] {
    return this.lines.flatMap((line) => (line.type === "t" ? (parseTiming(line.value) ?? []) : []));
  }

  override withLines(lines: readonly SdpLine[]): SessionDescription {
    return new SessionDescription(lines, this.media);
  }

  /** A copy whose session-level attribute `name` has exactly these values, in the place of the first old one or at the end; no values removes it. */
  withAttribute<Name extends AttributeName>(name: Name, ...values: readonly AttributeValues[Name][]): SessionDescription {
    return this.withLines(replaceAttribute(this.lines, name, values));
  }

  /** A copy with other m= sections. */
  withMedia(media: readonly MediaDescription[]): SessionDescription {
    return new SessionDescription(this.lines, media);
  }
}

/** Builds a description. Throws InvalidArgumentError for text that is not one line. */
export function createSession(init: SessionInit): SessionDescription {
  const lines = [sdpLine("v", "0"), sdpLine("o", writeOrigin(init.origin)), sdpLine("s", init.name ?? "-")];
  if (init.information !== undefined) lines.push(sdpLine("i", init.information));
  if (init.connection !== undefined) lines.push(sdpLine("c", writeConnection(init.connection)));
  for (const bandwidth of init.bandwidths ?? []) lines.push(sdpLine("b", writeBandwidth(bandwidth)));
  for (const timing of init.timings ?? [{ start: 0, stop: 0 }]) lines.push(sdpLine("t", writeTiming(timing)));
  return new SessionDescription([...lines, ...(init.attributes ?? [])], init.media ?? []);
}
