/** Simulcast (RFC 8853) by rids (RFC 8851): what is offered, answered, asked for and agreed on. */
import type { MediaDescription, Rid, Simulcast, SimulcastId } from "@purertc/sdp";
import type { LocalEncoding, NegotiatedCodec } from "./media-types.ts";

/** The lines about rids of one section of ours. */
export interface SimulcastLines {
  readonly rids: readonly Rid[];
  readonly simulcast?: Simulcast;
}

/** What an answer settles about rids, from our side. */
export interface AgreedSimulcast {
  readonly sendRids: readonly string[];
  readonly pausedRids: readonly string[];
  readonly receiveRids: readonly string[];
}

/** The encodings of a sender as rids, when there are several (RFC 9429 §5.2.1). */
export function offeredSimulcast(encodings: readonly LocalEncoding[]): SimulcastLines {
  if (!isSimulcast(encodings)) return NONE;
  return {
    rids: encodings.map(({ rid }) => ({ id: rid!, direction: "send", restrictions: [] })),
    simulcast: { send: encodings.map(({ rid, active }) => [{ id: rid!, paused: !active }]) },
  };
}

/** Whether a sender's encodings are simulcast layers: several, each with a rid. */
export function isSimulcast(encodings: readonly LocalEncoding[]): boolean {
  return encodings.length > 1 && encodings.every(({ rid }) => rid !== undefined);
}

/**
 * The answer to the rids of an offered section (RFC 8853 §5.3.2, RFC 8851 §6.2): of each stream that the peer would send, the first alternative we can
 * take; of each it would receive, the first that we have. `receives` and `sends` say which of the two the answer's direction leaves.
 */
export function answeredSimulcast(
  offered: MediaDescription,
  answer: {
    readonly receives: boolean;
    readonly sends: boolean;
    readonly encodings: readonly LocalEncoding[];
    readonly codecs: readonly NegotiatedCodec[];
  },
): SimulcastLines {
  if (offered.simulcast === undefined) return NONE;
  const payloadTypes = answer.codecs.map((codec) => codec.payloadType);
  const acceptable = acceptableRids(offered.rid, payloadTypes);
  const ours = new Set(isSimulcast(answer.encodings) ? answer.encodings.map(({ rid }) => rid) : []);
  const choose = (streams: readonly (readonly SimulcastId[])[] | undefined, direction: "send" | "recv"): readonly SimulcastId[] =>
    distinct(
      (streams ?? []).flatMap(
        (alternatives) =>
          alternatives.find(({ id }) => acceptable.get(id)?.direction === direction && (direction === "send" || ours.has(id))) ?? [],
      ),
    );
  const received = answer.receives ? choose(offered.simulcast.send, "send") : [];
  const sent = answer.sends ? choose(offered.simulcast.recv, "recv") : [];
  if (received.length === 0 && sent.length === 0) return NONE;
  const answered = (one: SimulcastId, direction: "send" | "recv"): Rid => ({ ...acceptable.get(one.id)!, direction });
  return {
    rids: [...sent.map((one) => answered(one, "send")), ...received.map((one) => answered(one, "recv"))],
    simulcast: {
      ...(sent.length > 0 && { send: sent.map((one) => [one]) }),
      ...(received.length > 0 && { recv: received.map((one) => [one]) }),
    },
  };
}

/** The rids that a remote offer asks us to send (RFC 8853 §5.3.2; webrtc-pc: "proposed send encodings"), in order; empty when it asks for none. */
export function requestedRids(offered: MediaDescription): readonly SimulcastId[] {
  const acceptable = acceptableRids(offered.rid, undefined);
  const streams = offered.simulcast?.recv ?? [];
  return distinct(streams.flatMap((alternatives) => alternatives.find(({ id }) => acceptable.get(id)?.direction === "recv") ?? []));
}

/** What the two descriptions of a section agree on (RFC 8853 §5.3.3). An answer's rids that were not offered count for nothing. */
export function agreedSimulcast(offer: MediaDescription, answer: MediaDescription, answerIsOurs: boolean): AgreedSimulcast {
  const toOfferer = answeredIds(answer.simulcast?.send, offer.simulcast?.recv);
  const toAnswerer = answeredIds(answer.simulcast?.recv, offer.simulcast?.send);
  const [send, receive] = answerIsOurs ? [toOfferer, toAnswerer] : [toAnswerer, toOfferer];
  const remote = answerIsOurs ? offer : answer;
  const pausedByPeer = new Set((remote.simulcast?.recv ?? []).flat().flatMap(({ id, paused }) => (paused ? [id] : [])));
  return { sendRids: send, pausedRids: send.filter((id) => pausedByPeer.has(id)), receiveRids: receive };
}

function answeredIds(
  answered: readonly (readonly SimulcastId[])[] | undefined,
  offered: readonly (readonly SimulcastId[])[] | undefined,
): readonly string[] {
  const known = new Set((offered ?? []).flat().map(({ id }) => id));
  const chosen = (answered ?? []).flatMap((alternatives) => alternatives.find(({ id }) => known.has(id)) ?? []);
  return distinct(chosen).map(({ id }) => id);
}

/** RFC 8851 §6.2.1: rids whose restrictions are all understood; `pt` narrowed to what was accepted, and the rid gone when nothing of it was. */
function acceptableRids(rids: readonly Rid[], payloadTypes: readonly number[] | undefined): ReadonlyMap<string, Rid> {
  const acceptable = new Map<string, Rid>();
  for (const rid of rids) {
    if (acceptable.has(rid.id) || !rid.restrictions.every(([name]) => RESTRICTIONS.includes(name))) continue;
    const left = payloadTypes === undefined ? rid.payloadTypes : rid.payloadTypes?.filter((one) => payloadTypes.includes(one));
    if (left?.length === 0) continue;
    acceptable.set(rid.id, left === undefined ? rid : { ...rid, payloadTypes: left });
  }
  return acceptable;
}

/** Each id once, and no more of them than a peer may make us keep streams for. */
function distinct(ids: readonly SimulcastId[]): readonly SimulcastId[] {
  return [...new Map(ids.map((one) => [one.id, one])).values()].slice(0, MOST_RIDS);
}

const NONE: SimulcastLines = { rids: [] };

/** RFC 8851 §5 and §10. */
const RESTRICTIONS: readonly string[] = ["max-width", "max-height", "max-fps", "max-fs", "max-br", "max-pps", "max-bpp", "depend"];

/** Browsers send up to three. */
const MOST_RIDS = 16;
