/** How a description's section is refused (webrtc-pc §4.4.1.5: content that is wrong is an InvalidAccessError). */
import type { SectionView } from "./section-view.ts";
import { JsepFailure } from "./types.ts";

/** A failure about one section. */
export function refuse(view: SectionView, why: string): JsepFailure {
  return new JsepFailure("InvalidAccessError", `m= section ${view.index} (mid "${view.mid}"): ${why}`);
}

/** The first failure that `verify` finds. */
export function firstFailure(
  views: readonly SectionView[],
  verify: (view: SectionView) => JsepFailure | undefined,
): JsepFailure | undefined {
  for (const view of views) {
    const failure = verify(view);
    if (failure !== undefined) return failure;
  }
  return undefined;
}
