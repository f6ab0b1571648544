/**
 * A description in effect: its text as the application sees it (candidates included as they are added) and what it means. Either is made of the other
 * when it is asked for, because few ask: a trickled candidate changes the meaning, and the application reads the text of the last change at most.
 */
import { parseSdp, SdpMalformed, type SessionDescription, writeSdp } from "@purertc/sdp";
import { type SectionView, sectionViews } from "./section-view.ts";

/** `recent` has no more room for it. */
let keepOnlyText: (description: AppliedDescription) => void;

/**
 * Descriptions whose meaning is at hand, the one used last at the end. Those of a connection that is no longer negotiating fall out: a server with
 * thousands of them keeps their texts only.
 */
const recent = new Set<AppliedDescription>();
const MOST_RECENT = 16;
/** Its last. */
let newest: AppliedDescription | undefined;

/** Immutable, though what it remembers comes and goes. */
export class AppliedDescription {
  readonly type: "offer" | "pranswer" | "answer";
  #sdp: string | undefined;
  #parsed: SessionDescription | undefined;
  #views: { readonly views: readonly SectionView[]; readonly knownMids: readonly (string | undefined)[] } | undefined;

  /** Of what was parsed, with the text it was parsed from, when that is at hand. */
  constructor(type: "offer" | "pranswer" | "answer", parsed: SessionDescription, sdp?: string) {
    this.type = type;
    this.#parsed = parsed;
    this.#sdp = sdp;
    remember(this);
  }

  /** What `RTCSessionDescription.sdp` shows. */
  get sdp(): string {
    if (this.#sdp === undefined) this.#sdp = writeSdp(this.#parsed!);
    return this.#sdp;
  }

  /** `sdp`, parsed. */
  get parsed(): SessionDescription {
    if (this.#parsed === undefined) {
      const text = this.sdp;
      // It was within the limits when it came; candidates may have made it longer since.
      const parsed = parseSdp(text, { maxLength: text.length, maxLines: text.length });
      if (parsed instanceof SdpMalformed) throw new TypeError(`a description cannot be read back: ${parsed.reason} in line ${parsed.line}`);
      this.#parsed = parsed;
    }
    remember(this);
    return this.#parsed;
  }

  /** {@link sectionViews} of it. */
  views(knownMids: readonly (string | undefined)[] = []): readonly SectionView[] {
    const known = this.#views;
    if (known !== undefined && (known.knownMids === knownMids || sameMids(known.knownMids, knownMids))) {
      remember(this);
      return known.views;
    }
    const views = sectionViews(this.parsed, knownMids);
    // What a section states itself, nothing outside can change.
    this.#views = { views, knownMids: views.every((view) => view.midStated) ? ANY_MIDS : knownMids };
    return views;
  }

  static {
    keepOnlyText = (description) => {
      description.#sdp = description.sdp;
      description.#parsed = undefined;
      description.#views = undefined;
    };
  }
}

function remember(description: AppliedDescription): void {
  if (newest === description) return;
  newest = description;
  recent.delete(description);
  recent.add(description);
  if (recent.size <= MOST_RECENT) return;
  for (const oldest of recent) {
    recent.delete(oldest);
    keepOnlyText(oldest);
    return;
  }
}

/** Stands for every list of known mids. */
const ANY_MIDS: readonly string[] = [];

function sameMids(known: readonly (string | undefined)[], asked: readonly (string | undefined)[]): boolean {
  return known === ANY_MIDS || (known.length === asked.length && known.every((mid, index) => mid === asked[index]));
}
