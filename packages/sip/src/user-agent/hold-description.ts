/**
 * Hold and its undoing in SDP (RFC 3264 §8.4), by editing lines: what this user agent does not understand stays as it is. And the answer to an offer
 * within a call when the application leaves it to the call.
 */

/** Direction of a stream (RFC 3264 §5.1). */
type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** The description with every stream as the peer shall see it while we hold: nothing of it is wanted any more (§8.4). The version is one higher. */
export function held(description: string): string {
  return edited(description, (section) => withDirection(section, HELD[directionOf(section, description)]));
}

/** The same description as an offer of its own, its version one higher than that of `latest` (§8). */
export function renewed(description: string, latest: string = description): string {
  return withVersion(description, versionOf(latest) + 1n);
}

/**
 * An answer to an offer, made of our last description: its streams as far as the offer has them, with the formats that both have, and directions turned
 * round (§6.1); `holding` keeps the peer's streams away. Undefined when the two do not fit: other streams, other protocols, or no format in common.
 */
export function mirrored(offer: string, local: string, holding: boolean): string | undefined {
  const offered = sectionsOf(offer);
  const ours = sectionsOf(local);
  if (offered.media.length !== ours.media.length) return undefined;
  const media: string[] = [];
  for (const [index, theirs] of offered.media.entries()) {
    const section = answerSection(theirs, ours.media[index]!, directionOf(theirs, offer), holding);
    if (section === undefined) return undefined;
    media.push(section);
  }
  const answer = ours.session + media.join("");
  return answer === local ? local : withVersion(answer, versionOf(local) + 1n);
}

function answerSection(theirs: string, ours: string, offered: Direction, holding: boolean): string | undefined {
  const [kind, port, protocol, ...formats] = mediaLine(theirs);
  const [ourKind, ourPort, ourProtocol, ...ourFormats] = mediaLine(ours);
  if (kind !== ourKind || protocol !== ourProtocol) return undefined;
  if (port === "0") return withPort(ours, "0"); // §6: a refused stream stays refused
  if (ourPort === "0") return ours;
  const common = ourFormats.filter((format) => formats.includes(format));
  if (common.length === 0) return undefined;
  const kept = common.length === ourFormats.length ? ours : withFormats(ours, common);
  return withDirection(kept, answerDirection(offered, holding));
}

/** §6.1: all that the offer allows, but for what we hold. */
function answerDirection(offered: Direction, holding: boolean): Direction {
  const send = offered === "sendrecv" || offered === "recvonly";
  const receive = (offered === "sendrecv" || offered === "sendonly") && !holding;
  if (send) return receive ? "sendrecv" : "sendonly";
  return receive ? "recvonly" : "inactive";
}

interface Sections {
  readonly session: string;
  readonly media: readonly string[];
}

function sectionsOf(description: string): Sections {
  const [session = "", ...media] = description.split(/^(?=m=)/m);
  return session.startsWith("m=") ? { session: "", media: [session, ...media] } : { session, media };
}

function edited(description: string, edit: (section: string) => string): string {
  const { session, media } = sectionsOf(description);
  return withVersion(session + media.map(edit).join(""), versionOf(description) + 1n);
}

function directionOf(section: string, description: string): Direction {
  const own = DIRECTION.exec(section)?.[1] ?? DIRECTION.exec(sectionsOf(description).session)?.[1];
  return (own as Direction | undefined) ?? "sendrecv";
}

function withDirection(section: string, direction: Direction): string {
  if (DIRECTION.test(section)) return section.replace(DIRECTION, `a=${direction}`);
  const end = section.endsWith("\n") ? "" : "\r\n";
  return `${section}${end}a=${direction}\r\n`;
}

function mediaLine(section: string): string[] {
  return (/^m=(.*)$/m.exec(section)?.[1] ?? "").trim().split(/\s+/);
}

function withPort(section: string, port: string): string {
  return section.replace(/^(m=\S+\s+)\S+/, `$1${port}`);
}

/** Only these formats, and of the attributes only those that are not another format's. */
function withFormats(section: string, formats: readonly string[]): string {
  const [kind, port, protocol] = mediaLine(section);
  const lines = section.split(/\r?\n/).filter((line) => {
    const format = /^a=(?:rtpmap|fmtp|rtcp-fb):(\S+)/.exec(line)?.[1];
    return format === undefined || format === "*" || formats.includes(format);
  });
  return lines.join("\r\n").replace(/^m=.*$/m, `m=${kind} ${port} ${protocol} ${formats.join(" ")}`);
}

function versionOf(description: string): bigint {
  return BigInt(ORIGIN.exec(description)?.[2] ?? "0");
}

function withVersion(description: string, version: bigint): string {
  return description.replace(ORIGIN, (_line, before: string) => `${before}${version}`);
}

/** §8.4: a stream we only receive is then neither sent nor received. */
const HELD: Readonly<Record<Direction, Direction>> = {
  sendrecv: "sendonly",
  sendonly: "sendonly",
  recvonly: "inactive",
  inactive: "inactive",
};
const DIRECTION = /^a=(sendrecv|sendonly|recvonly|inactive)[ \t]*$/m;
/** `o=<username> <sess-id> <sess-version> ...` */
const ORIGIN = /^(o=\S+ \S+ )(\d{1,20})/m;
