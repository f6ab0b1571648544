/** a=extmap of offers and answers (RFC 8285 §5, §6, §8), encrypted ones (RFC 6904 §4) and their ids, one set for a whole bundle (RFC 9143 §9.2). */
import type { ExtMap, MediaDescription } from "@purertc/sdp";
import { intersection, isReceiving, isSending, reversed } from "./direction.ts";
import type { Direction, MediaCapabilities, NegotiatedHeaderExtension } from "./media-types.ts";
import type { HeaderExtensionEncryption, Side } from "./types.ts";

/** Ids by {@link extensionKey}, of extensions that a description of either side has named. */
export type KnownExtensionIds = ReadonlyMap<string, number>;

/** RFC 6904 §4. */
const ENCRYPT = "urn:ietf:params:rtp-hdrext:encrypt";

/** Extensions that only a sender of simulcast needs; capabilities may list them as "inactive" and have them offered then all the same. */
const FOR_SIMULCAST: readonly string[] = [
  "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
  "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
  "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
];

/** What an extension's id stands for: its URI, and whether it is encrypted. */
export function extensionKey(extension: ExtMap): string {
  return isEncrypted(extension) ? `${ENCRYPT} ${extensionUri(extension)}` : extension.uri;
}

/**
 * `known` and what a description adds to it, or, when it is the peer's, also replaces: an id has one meaning (RFC 8285 §6), so there are never more than ids.
 * INTEROP: Firefox 153 refuses an offer that gives an id of one of its own offers to another extension, even when we had not accepted that; and what we
 * offered and it did not take, it forgets, and may use the id itself.
 */
export function rememberedExtensionIds(known: KnownExtensionIds, side: Side, sections: readonly MediaDescription[]): KnownExtensionIds {
  const remembered = new Map(known);
  if (side === "remote") {
    const theirs = new Map(sections.flatMap((media) => [...extensionIdsOf(media)].map(([key, id]) => [id, key] as const)));
    for (const [key, id] of known) if ((theirs.get(id) ?? key) !== key) remembered.delete(key);
  }
  const taken = new Set(remembered.values());
  for (const media of sections) {
    for (const [key, id] of extensionIdsOf(media)) {
      if (id < 1 || id > LARGEST_ID || taken.has(id) || remembered.has(key) || key.length > LONGEST_KEY) continue;
      taken.add(id);
      remembered.set(key, id);
    }
  }
  return remembered;
}

/** The ids of a section's extensions, by key. */
export function extensionIdsOf(media: MediaDescription): KnownExtensionIds {
  const ids = new Map<string, number>();
  for (const extension of media.extmap) if (!ids.has(extensionKey(extension))) ids.set(extensionKey(extension), extension.id);
  return ids;
}

/** The ids that a section of ours goes on with: those that the peer has taken, or has not come to use for something else since. */
export function lastingExtensionIds(
  ours: MediaDescription,
  theirs: MediaDescription | undefined,
  known: KnownExtensionIds,
): KnownExtensionIds {
  const taken = theirs === undefined ? NO_IDS : extensionIdsOf(theirs);
  const owners = new Map([...known].map(([key, id]) => [id, key]));
  return new Map([...extensionIdsOf(ours)].filter(([key, id]) => taken.get(key) === id || (owners.get(id) ?? key) === key));
}

/** Chooses ids for the sections of one bundle. */
export class ExtensionIdChoice {
  readonly #known: KnownExtensionIds;
  /** What each id stands for, in any of the sections. */
  readonly #keys = new Map<number, string>();
  /** The one that new sections use. */
  readonly #chosen = new Map<string, number>();

  constructor(known: KnownExtensionIds) {
    this.#known = known;
  }

  /** Whether a description has named it. */
  isKnown(key: string): boolean {
    return this.#known.has(key);
  }

  /** Sees to it that a section can keep what it has, where packets can carry it. To be called for every such section before anything is chosen. */
  keep(current: KnownExtensionIds): void {
    for (const [key, id] of current) if (id <= LARGEST_ID && !this.#keys.has(id)) this.#take(key, id);
  }

  /** The extension's id; undefined when there is none left up to `largest`. `current` are the ids that the section has. */
  id(key: string, largest: number, current: KnownExtensionIds = NO_IDS): number | undefined {
    const own = current.get(key);
    if (own !== undefined && this.#keys.get(own) === key) return own;
    const chosen = this.#chosen.get(key);
    if (chosen !== undefined) return chosen;
    const known = new Set(this.#known.values());
    const remembered = this.#known.get(key);
    if (remembered !== undefined && !this.#keys.has(remembered)) return this.#take(key, remembered);
    const itsUsual = USUAL.get(key);
    if (itsUsual !== undefined && !this.#keys.has(itsUsual) && !known.has(itsUsual)) return this.#take(key, itsUsual);
    const usual = new Set(USUAL.values());
    const free = IDS.filter((id) => id <= largest && id !== RESERVED_ID && !this.#keys.has(id));
    const unknown = free.filter((id) => !known.has(id));
    // One byte for all as long as possible, if need be with an id that is usually another's.
    const id = unknown.find((one) => one <= LARGEST_ONE_BYTE_ID && !usual.has(one)) ?? unknown[0] ?? free[0];
    return id === undefined ? undefined : this.#take(key, id);
  }

  #take(key: string, id: number): number {
    this.#keys.set(id, key);
    if (!this.#chosen.has(key)) this.#chosen.set(key, id);
    return id;
  }
}

/** The extensions of an offered section, which has the ids `current` already. With `encryption` "offer" each is offered in both forms, encrypted first (RFC 6904 §4). */
export function offeredExtensions(
  capabilities: MediaCapabilities | undefined,
  choice: ExtensionIdChoice,
  options: { readonly encryption: HeaderExtensionEncryption; readonly simulcast: boolean; readonly current: KnownExtensionIds | undefined },
): readonly ExtMap[] {
  const { encryption, simulcast, current } = options;
  return (capabilities?.headerExtensions ?? []).flatMap(({ uri, direction }): ExtMap[] => {
    // RFC 9429 §5.2.2: what the peer brought in goes on, though we would not have begun it; in new sections too.
    // INTEROP: Chromium 156 gives one id to two extensions when some video sections have those it offered and others have not.
    const needed =
      current?.has(uri) || choice.isKnown(uri) || choice.isKnown(`${ENCRYPT} ${uri}`) || (simulcast && FOR_SIMULCAST.includes(uri));
    const offered = direction === "inactive" && needed ? "sendrecv" : direction;
    if (offered === "inactive") return [];
    const forms = [withDirection({ uri }, offered)];
    if (encryption === "offer") forms.unshift(withDirection({ uri: ENCRYPT, attributes: uri }, offered));
    return forms.flatMap((form) => {
      const id = choice.id(extensionKey({ id: 0, ...form }), LARGEST_ID, current); // our offers allow both header forms
      return id === undefined ? [] : [{ id, ...form }];
    });
  });
}

/**
 * The extensions of an answered section: those offered that we can do, with the offer's ids, and the direction that is left of both (RFC 8285 §6). Of the
 * two forms of one extension the encrypted, unless that is switched off.
 */
export function answeredExtensions(
  offered: readonly ExtMap[],
  capabilities: MediaCapabilities | undefined,
  choice: ExtensionIdChoice,
  options: { readonly encryption: HeaderExtensionEncryption; readonly allowMixed: boolean },
): readonly ExtMap[] {
  const capable = new Map((capabilities?.headerExtensions ?? []).map(({ uri, direction }) => [uri, direction]));
  const largest = options.allowMixed ? LARGEST_ID : LARGEST_ONE_BYTE_ID;
  const answers = new Map<string, ExtMap>();
  const ids = new Set<number>();
  for (const extension of [...offered].sort((a, b) => Number(isEncrypted(b)) - Number(isEncrypted(a)))) {
    const uri = extensionUri(extension);
    const ours = capable.get(uri);
    if (ours === undefined || answers.has(uri) || (isEncrypted(extension) && options.encryption === "never")) continue;
    const direction = intersection(ours === "inactive" ? "sendrecv" : ours, reversed(extension.direction ?? "sendrecv"));
    if (direction === "inactive") continue;
    // §5: an offer with more extensions than ids leaves the choice to the answerer with ids that no packet can carry.
    const id = extension.id >= FIRST_OPEN_ID && extension.id <= LAST_OPEN_ID ? choice.id(extensionKey(extension), largest) : extension.id;
    if (id === undefined || id < 1 || id === RESERVED_ID || id > largest || ids.has(id)) continue;
    ids.add(id);
    // RFC 6904 §4: the answer repeats the encrypted URI, not what an extension's attributes may say beyond it.
    const form = isEncrypted(extension) ? { uri: ENCRYPT, attributes: uri } : { uri };
    answers.set(uri, { id, ...withDirection(form, direction) });
  }
  // In the offer's order.
  return offered
    .flatMap((extension) => {
      const answer = answers.get(extensionUri(extension));
      return answer !== undefined && extensionKey(answer) === extensionKey(extension) ? [answer] : [];
    })
    .filter((one, at, all) => all.indexOf(one) === at);
}

/** The extensions in effect, given the two descriptions of a section. `answer` is the one whose ids and directions count. */
export function agreedExtensions(
  offer: readonly ExtMap[],
  answer: readonly ExtMap[],
  answerIsOurs: boolean,
): readonly NegotiatedHeaderExtension[] {
  const offeredAs = new Map<string, ExtMap>();
  for (const extension of offer) if (!offeredAs.has(extensionKey(extension))) offeredAs.set(extensionKey(extension), extension);
  const agreed = new Map<string, NegotiatedHeaderExtension>();
  for (const extension of answer) {
    const offered = offeredAs.get(extensionKey(extension));
    const uri = extensionUri(extension);
    const { id } = extension;
    if (offered === undefined || agreed.has(uri) || id < 1 || id === RESERVED_ID || id > LARGEST_ID) continue;
    const answered = intersection(extension.direction ?? "sendrecv", reversed(offered.direction ?? "sendrecv"));
    const direction = answerIsOurs ? answered : reversed(answered);
    if (direction === "inactive") continue;
    agreed.set(uri, { uri, id, encrypted: isEncrypted(extension), sends: isSending(direction), receives: isReceiving(direction) });
  }
  return [...agreed.values()];
}

function isEncrypted(extension: ExtMap): boolean {
  return extension.uri === ENCRYPT;
}

/** The URI of what the extension is, encrypted or not. */
function extensionUri(extension: ExtMap): string {
  return isEncrypted(extension) ? (extension.attributes ?? "").split(" ", 1)[0]! : extension.uri;
}

function withDirection(form: Omit<ExtMap, "id" | "direction">, direction: Direction): Omit<ExtMap, "id"> {
  return direction === "sendrecv" ? form : { ...form, direction };
}

/**
 * The ids that Chromium 156 gives with audio and video, and two that it has left free.
 * INTEROP: rolled back, it remembers the ids of our offer beside its own, and fails when one then stands for two extensions; with the same ids none does.
 */
const USUAL: KnownExtensionIds = new Map([
  ["urn:ietf:params:rtp-hdrext:ssrc-audio-level", 1],
  ["http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", 2],
  ["http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", 3],
  ["urn:ietf:params:rtp-hdrext:sdes:mid", 4],
  ["http://www.webrtc.org/experiments/rtp-hdrext/playout-delay", 5],
  ["http://www.webrtc.org/experiments/rtp-hdrext/video-content-type", 6],
  ["http://www.webrtc.org/experiments/rtp-hdrext/video-timing", 7],
  ["http://www.webrtc.org/experiments/rtp-hdrext/color-space", 8],
  ["http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00", 9],
  ["urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", 10],
  ["urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", 11],
  ["https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension", 12],
  ["urn:3gpp:video-orientation", 13],
  ["urn:ietf:params:rtp-hdrext:toffset", 14],
]);

const NO_IDS: KnownExtensionIds = new Map();

/** Longer URIs than any there is are not remembered. */
const LONGEST_KEY = 256;

/** §4.2: ids of the one-byte header. */
const LARGEST_ONE_BYTE_ID = 14;
/** §4.2: means the end of a one-byte header's elements. */
const RESERVED_ID = 15;
const LARGEST_ID = 255;
const IDS: readonly number[] = Array.from({ length: LARGEST_ID }, (_, index) => index + 1);
/** §5. */
const FIRST_OPEN_ID = 4096;
const LAST_OPEN_ID = 4351;
