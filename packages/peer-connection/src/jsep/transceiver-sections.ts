/** Which transceiver each audio or video section of a description is for (RFC 9429 §5.9, §5.10). */
import { isReceiving } from "./direction.ts";
import type { LocalTransceiver } from "./media-types.ts";
import type { SectionView } from "./section-view.ts";
import type { LocalSessionParameters, NegotiationState, SdpType, Side } from "./types.ts";

/** The transceiver of each section, by index. Sections for which there is none as yet, or none any more, are left out. */
export function sectionTransceivers(
  state: NegotiationState,
  local: LocalSessionParameters,
  side: Side,
  type: SdpType,
  views: readonly SectionView[],
): ReadonlyMap<number, LocalTransceiver> {
  const { transceivers = [] } = local;
  const byMid = transceiversByMid(transceivers);
  const byId = new Map(transceivers.map((one) => [one.id, one]));
  const found = new Map<number, LocalTransceiver>();
  // §5.10: what addTrack made and no section has yet is there for the peer's sections of its kind, first come first served.
  const free = transceivers.filter((one) => one.addedByTrack && one.mid === undefined && !one.stopping && !one.stopped);
  for (const view of views) {
    if (view.mediaKind === undefined) continue;
    const offered = side === "local" && type === "offer" ? byId.get(state.offeredTransceivers.get(view.index) ?? -1) : undefined;
    let transceiver = offered ?? byMid.get(view.mid);
    if (transceiver === undefined && side === "remote" && type === "offer" && !view.rejected && isReceiving(view.direction)) {
      const at = free.findIndex((one) => one.kind === view.mediaKind);
      if (at >= 0) [transceiver] = free.splice(at, 1);
    }
    if (transceiver !== undefined && transceiver.kind === view.mediaKind) found.set(view.index, transceiver);
  }
  return found;
}

/** Those that a section names, by its mid; of several, which is a stopped one and its successor, the one that lives. */
export function transceiversByMid(transceivers: readonly LocalTransceiver[]): ReadonlyMap<string, LocalTransceiver> {
  const byMid = new Map<string, LocalTransceiver>();
  for (const one of transceivers) {
    if (one.mid !== undefined && (!one.stopped || !byMid.has(one.mid))) byMid.set(one.mid, one);
  }
  return byMid;
}
