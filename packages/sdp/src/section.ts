/** What the session part and each m= section of a description have in common: ordered lines, and typed views of them. */
import { attribute } from "./attribute.ts";
import type { CryptoAttribute } from "./attributes/crypto.ts";
import { DIRECTIONS, type Direction } from "./attributes/direction.ts";
import type { ExtMap } from "./attributes/extmap.ts";
import type { Fingerprint } from "./attributes/fingerprint.ts";
import type { Fmtp } from "./attributes/fmtp.ts";
import type { Group } from "./attributes/group.ts";
import type { Identity } from "./attributes/identity.ts";
import type { ImageAttribute } from "./attributes/imageattr.ts";
import { ATTRIBUTE_GRAMMARS, type AttributeName, type AttributeValues } from "./attributes/index.ts";
import type { Msid, MsidSemantic } from "./attributes/msid.ts";
import type { Rid } from "./attributes/rid.ts";
import type { Rtcp, RtcpFeedback } from "./attributes/rtcp.ts";
import type { RtpMap } from "./attributes/rtpmap.ts";
import type { SctpMap } from "./attributes/sctp.ts";
import type { Setup } from "./attributes/setup.ts";
import type { Simulcast } from "./attributes/simulcast.ts";
import type { SsrcAttribute, SsrcGroup } from "./attributes/ssrc.ts";
import { type Bandwidth, parseBandwidth } from "./fields/bandwidth.ts";
import { type Connection, parseConnection } from "./fields/connection.ts";
import { attributeName, attributeText, type SdpLine } from "./line.ts";

/**
 * An immutable run of lines. The lines are the truth; every other property reads them, so nothing a peer wrote is lost and nothing is invented.
 * Properties are named as the attributes are, in camelCase; those that may repeat are arrays, empty when there is none.
 */
export abstract class Section {
  /** All lines in the order they came or will be written, unknown ones included. */
  readonly lines: readonly SdpLine[];
  #byName: Map<string, (string | undefined)[]> | undefined;

  constructor(lines: readonly SdpLine[]) {
    this.lines = lines;
  }

  /** Same kind of section, other lines. */
  abstract withLines(lines: readonly SdpLine[]): Section;

  /** The first value of a typed attribute; undefined when it is absent (or malformed, which only `lenient` parsing lets in). */
  attribute<Name extends AttributeName>(name: Name): AttributeValues[Name] | undefined {
    const grammar = ATTRIBUTE_GRAMMARS[name];
    for (const text of this.#texts().get(name) ?? NO_TEXTS) {
      const value = grammar.parse(text);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Every well-formed value of a typed attribute, in order. */
  attributes<Name extends AttributeName>(name: Name): readonly AttributeValues[Name][] {
    const texts = this.#texts().get(name);
    if (texts === undefined) return NO_VALUES;
    const grammar = ATTRIBUTE_GRAMMARS[name];
    const values: AttributeValues[Name][] = [];
    for (const text of texts) {
      const value = grammar.parse(text);
      if (value !== undefined) values.push(value);
    }
    return values;
  }

  /** The text of every attribute with this name, known or not; `""` for a bare name. */
  attributeTexts(name: string): readonly string[] {
    return (this.#texts().get(name) ?? []).map((text) => text ?? "");
  }

  /** Whether an attribute with this name is there, whatever its value. */
  hasAttribute(name: string): boolean {
    return this.#texts().has(name);
  }

  /** c= lines. */
  get connections(): readonly Connection[] {
    return this.#fields("c", parseConnection);
  }

  /** The first c= line. */
  get connection(): Connection | undefined {
    return this.connections[0];
  }

  /** b= lines. */
  get bandwidths(): readonly Bandwidth[] {
    return this.#fields("b", parseBandwidth);
  }

  /** i=: a title. */
  get information(): string | undefined {
    return this.lines.find((line) => line.type === "i")?.value;
  }

  /** The first of a=sendrecv, a=sendonly, a=recvonly, a=inactive that is there; when none is, RFC 8866 §6.7 means sendrecv. */
  get direction(): Direction | undefined {
    for (const line of this.lines) {
      const direction = line.type === "a" ? DIRECTIONS.find((one) => one === line.value) : undefined;
      if (direction !== undefined) return direction;
    }
    return undefined;
  }

  /** RFC 8839 §5.4. */
  get iceUfrag(): string | undefined {
    return this.attribute("ice-ufrag");
  }

  /** RFC 8839 §5.4. */
  get icePwd(): string | undefined {
    return this.attribute("ice-pwd");
  }

  /** RFC 8839 §5.6: the tags of all a=ice-options lines. */
  get iceOptions(): readonly string[] {
    return this.attributes("ice-options").flat();
  }

  /** RFC 8839 §5.3. */
  get iceLite(): boolean {
    return this.hasAttribute("ice-lite");
  }

  /** RFC 8839 §5.1: texts that begin with `candidate:`. */
  get candidates(): readonly string[] {
    return this.attributes("candidate").map((text) => `candidate:${text}`);
  }

  /** RFC 8840 §8.2. */
  get endOfCandidates(): boolean {
    return this.hasAttribute("end-of-candidates");
  }

  /** RFC 8122 §5. */
  get fingerprints(): readonly Fingerprint[] {
    return this.attributes("fingerprint");
  }

  /** RFC 4145 §4. */
  get setup(): Setup | undefined {
    return this.attribute("setup");
  }

  /** RFC 8842 §4. */
  get tlsId(): string | undefined {
    return this.attribute("tls-id");
  }

  /** RFC 5888 §5. */
  get groups(): readonly Group[] {
    return this.attributes("group");
  }

  /** RFC 8827 §5.6.4. */
  get identity(): readonly Identity[] {
    return this.attributes("identity");
  }

  /** RFC 8285 §8. */
  get extmap(): readonly ExtMap[] {
    return this.attributes("extmap");
  }

  /** RFC 8285 §6. */
  get extmapAllowMixed(): boolean {
    return this.hasAttribute("extmap-allow-mixed");
  }

  /** Drafts before RFC 8830. */
  get msidSemantic(): readonly MsidSemantic[] {
    return this.attributes("msid-semantic");
  }

  /** RFC 4568 §4: SRTP keys in the clear, best first. */
  get crypto(): readonly CryptoAttribute[] {
    return this.attributes("crypto");
  }

  /** RFC 5888 §4. */
  get mid(): string | undefined {
    return this.attribute("mid");
  }

  /** RFC 8830 §2. */
  get msid(): readonly Msid[] {
    return this.attributes("msid");
  }

  /** RFC 8866 §6.6. */
  get rtpmap(): readonly RtpMap[] {
    return this.attributes("rtpmap");
  }

  /** RFC 8866 §6.15. */
  get fmtp(): readonly Fmtp[] {
    return this.attributes("fmtp");
  }

  /** RFC 3605 §2.1. */
  get rtcp(): Rtcp | undefined {
    return this.attribute("rtcp");
  }

  /** RFC 5761 §5.1.3. */
  get rtcpMux(): boolean {
    return this.hasAttribute("rtcp-mux");
  }

  /** RFC 8858 §3. */
  get rtcpMuxOnly(): boolean {
    return this.hasAttribute("rtcp-mux-only");
  }

  /** RFC 5506 §5. */
  get rtcpRsize(): boolean {
    return this.hasAttribute("rtcp-rsize");
  }

  /** RFC 4585 §4.2. */
  get rtcpFb(): readonly RtcpFeedback[] {
    return this.attributes("rtcp-fb");
  }

  /** RFC 8851 §4. */
  get rid(): readonly Rid[] {
    return this.attributes("rid");
  }

  /** RFC 8853 §5.1. */
  get simulcast(): Simulcast | undefined {
    return this.attribute("simulcast");
  }

  /** RFC 6236 §3.1. */
  get imageattr(): readonly ImageAttribute[] {
    return this.attributes("imageattr");
  }

  /** RFC 5576 §4.1. */
  get ssrc(): readonly SsrcAttribute[] {
    return this.attributes("ssrc");
  }

  /** RFC 5576 §4.2. */
  get ssrcGroup(): readonly SsrcGroup[] {
    return this.attributes("ssrc-group");
  }

  /** RFC 9143 §6. */
  get bundleOnly(): boolean {
    return this.hasAttribute("bundle-only");
  }

  /** RFC 8866 §6.4, in milliseconds. */
  get ptime(): number | undefined {
    return this.attribute("ptime");
  }

  /** RFC 8866 §6.5, in milliseconds. */
  get maxptime(): number | undefined {
    return this.attribute("maxptime");
  }

  /** RFC 8841 §5.1. */
  get sctpPort(): number | undefined {
    return this.attribute("sctp-port");
  }

  /** Drafts before RFC 8841. */
  get sctpmap(): readonly SctpMap[] {
    return this.attributes("sctpmap");
  }

  /** RFC 8841 §6.1, in bytes; 0 means any size; absent means 65536. */
  get maxMessageSize(): number | undefined {
    return this.attribute("max-message-size");
  }

  /** Texts of the attributes, by name: built at the first question, since many sections are only passed on. */
  #texts(): Map<string, (string | undefined)[]> {
    if (this.#byName === undefined) {
      this.#byName = new Map();
      for (const line of this.lines) {
        if (line.type !== "a") continue;
        const name = attributeName(line);
        const texts = this.#byName.get(name);
        if (texts === undefined) this.#byName.set(name, [attributeText(line)]);
        else texts.push(attributeText(line));
      }
    }
    return this.#byName;
  }

  #fields<Value>(type: string, parse: (text: string) => Value | undefined): readonly Value[] {
    return this.lines.flatMap((line) => (line.type === type ? (parse(line.value) ?? []) : []));
  }
}

/** The lines with every attribute `name` replaced by one line per value, where the first of them stood, or at the end. No values: removed. */
export function replaceAttribute<Name extends AttributeName>(
  lines: readonly SdpLine[],
  name: Name,
  values: readonly AttributeValues[Name][],
): readonly SdpLine[] {
  const isIt = (line: SdpLine): boolean => line.type === "a" && attributeName(line) === name;
  const first = lines.findIndex(isIt);
  const at = first < 0 ? lines.length : first;
  const replacement = values.map((value) => attribute(name, value));
  return [...lines.slice(0, at), ...replacement, ...lines.slice(at).filter((line) => !isIt(line))];
}

const NO_TEXTS: readonly string[] = [];
const NO_VALUES: readonly never[] = [];
