/** Which ICE and DTLS transports, and which SCTP association, a negotiation state calls for (RFC 9429 §5.9-5.11, RFC 9143 §7). */
import { type SectionView, transportSection } from "./section-view.ts";
import { type AgreedPair, agreedPair, viewsWithin } from "./state.ts";
import type {
  EstablishedTransport,
  IceParameters,
  NegotiatedData,
  NegotiatedTransport,
  NegotiationState,
  RemoteTransportParameters,
  Side,
} from "./types.ts";

/**
 * Every transport of `state`. `before` are those of the state before it, to tell which credentials changed; pass what the last call returned.
 * Transports that were agreed on stay as agreed while a new offer is pending, except that our own new credentials count from when we offer them.
 */
export function transportsOf(state: NegotiationState, before: readonly NegotiatedTransport[] = []): readonly NegotiatedTransport[] {
  const pair = agreedPair(state);
  const transports = pair === undefined ? [] : agreedTransports(pair, state.established);
  const pending = pendingOffer(state);
  if (pending !== undefined) overlayOffer(transports, pending, state.established, pair);
  return transports.map((transport) => withRestarts(transport, before));
}

/** The SCTP association of `state`, given its transports. */
export function dataOf(state: NegotiationState, transports: readonly NegotiatedTransport[]): NegotiatedData | undefined {
  const pair = agreedPair(state);
  const agreed = pair?.answer.find((view) => isLive(view) && view.data !== undefined && pair.offer[view.index]?.data !== undefined);
  if (pair !== undefined && agreed !== undefined) {
    const offered = pair.offer[agreed.index]!;
    const local = (pair.offerSide === "local" ? offered : agreed).data!;
    const remote = (pair.offerSide === "local" ? agreed : offered).data!;
    const transport = transports.find((one) => one.mids.includes(agreed.mid));
    if (transport === undefined) return undefined;
    return {
      mid: agreed.mid,
      transportId: transport.id,
      localPort: local.port,
      remotePort: remote.port,
      remoteMaxMessageSize: remote.maxMessageSize,
      ready: true,
    };
  }
  const pending = pendingOffer(state);
  const offered = pending?.views.find((view) => isLive(view) && view.data !== undefined);
  const transport = transports.find((one) => offered !== undefined && one.mids.includes(offered.mid));
  if (pending === undefined || offered?.data === undefined || transport === undefined) return undefined;
  const { port, maxMessageSize } = offered.data;
  const stated = pending.side === "local" ? { localPort: port } : { remotePort: port, remoteMaxMessageSize: maxMessageSize };
  return { mid: offered.mid, transportId: transport.id, ...stated, ready: false };
}

/**
 * What an answer (or pranswer) that has just been applied settles about each transport. `before` is what was settled, and `beforePair` what was agreed
 * on, before it. `again`: by a provisional answer to the same offer.
 */
export function establish(
  pair: AgreedPair,
  before: ReadonlyMap<string, EstablishedTransport>,
  beforePair: AgreedPair | undefined,
  again: boolean,
): ReadonlyMap<string, EstablishedTransport> {
  const established = new Map<string, EstablishedTransport>();
  const taken = new Map<string, string>(); // ids by tag
  for (const view of pair.answer) {
    if (!isLive(view)) continue;
    const tag = transportSection(view, pair.answer, "answer");
    const offered = pair.offer[tag.index];
    const settledAlready = again && before.get(tag.mid)?.tag === tag.mid;
    const stays =
      settledAlready ||
      (offered !== undefined && continues(before, offered, pair.offer, pair.offerSide === "remote" ? beforePair : undefined));
    const carried = carriedMid(before, tag);
    // A peer that is offered another tag by us may keep the transport all the same.
    const known = carried !== undefined && (stays || pair.offerSide === "local") ? before.get(carried) : undefined;
    // Of two that an answer parts the first keeps the transport.
    const old = known !== undefined && (taken.get(known.id) ?? tag.mid) === tag.mid ? known : undefined;
    const id = old?.id ?? newTransportId(before, tag.mid);
    taken.set(id, tag.mid);
    const remote = remoteSection(pair, tag);
    const remoteBefore = beforePair === undefined || old === undefined ? undefined : remoteSectionByMid(beforePair, carried!);
    const restarted = remoteBefore?.ice?.usernameFragment !== remote?.ice?.usernameFragment;
    const answererIsClient = tag.setup === "active"; // RFC 8842 §5.3
    const weAnswer = pair.offerSide === "remote";
    const newRole = weAnswer === answererIsClient ? "client" : "server";
    // What answers our other tag with new credentials has made a new transport, or restarted ICE. A role that is not the one it had tells; else its ClientHello will.
    const mayHaveMoved = old !== undefined && (settledAlready ? old.moving === true : !stays && restarted);
    const moved = mayHaveMoved && newRole !== old.dtlsRole;
    const renewed = moved || (remoteBefore !== undefined && remote !== undefined && !sameIdentity(remoteBefore, remote));
    established.set(view.mid, {
      id,
      tag: tag.mid,
      iceOfferer: old === undefined || restarted ? pair.offerSide : old.iceOfferer,
      // RFC 8842 §5.5: an association that goes on keeps its roles.
      dtlsRole: old !== undefined && !renewed ? old.dtlsRole : newRole,
      dtlsAssociation: (old?.dtlsAssociation ?? 0) + (renewed ? 1 : 0),
      ...(mayHaveMoved && !renewed && { moving: true }),
    });
  }
  return established;
}

/**
 * Whether a section of an offer goes on with the transport that carries it without any doubt: when its bundle's tag is the one the last answer had.
 * DEVIATION from RFC 8842 §3, by which only fingerprints and tls-id begin a DTLS association.
 * INTEROP: with another tag, because the old one was stopped or because a section before it is used again, Chromium 156 and Firefox 153 make a new ICE
 * and DTLS transport for the whole bundle, whatever they say of fingerprints and credentials. An answer that rejects the tag changes nothing for them.
 * Others, such as werift, keep the transport, as RFC 9143 §7.3 has it. Our own offer of another tag is an ICE restart, which suits
 * both: those who keep the transport go on with DTLS, the others begin it anew. Of a peer's offer see `keepsTransport`; for it the exchange before is given.
 */
export function continues(
  established: ReadonlyMap<string, EstablishedTransport>,
  view: SectionView,
  offer: readonly SectionView[],
  remoteOfferAfter?: AgreedPair,
): boolean {
  const tag = view.bundle?.tagIndex === undefined ? view : offer[view.bundle.tagIndex]!;
  if (established.get(view.mid)?.tag === tag.mid) return true;
  return remoteOfferAfter !== undefined && keepsTransport(established, tag, remoteOfferAfter);
}

/**
 * Whether a peer's offer of another tag says of it what it said of the transport before: the same credentials, and candidates that we know.
 * INTEROP: werift 0.25 goes on with the transport. Firefox 153 makes a new one with the same credentials, but with candidates of its own.
 */
function keepsTransport(established: ReadonlyMap<string, EstablishedTransport>, tag: SectionView, before: AgreedPair): boolean {
  const carried = carriedMid(established, tag);
  const old = carried === undefined ? undefined : remoteSectionByMid(before, carried);
  if (old === undefined || tag.ice === undefined) return false;
  const sameSession = old.ice?.usernameFragment === tag.ice.usernameFragment && old.ice.password === tag.ice.password;
  // Protocol, priority, address and port.
  const placeOf = (candidate: string): string => candidate.split(" ").slice(2, 6).join(" ");
  const known = new Set(old.media.candidates.map(placeOf));
  return sameSession && tag.media.candidates.some((candidate) => known.has(placeOf(candidate)));
}

/** The section of a bundle by which what was settled of its transport is known: the tag itself, or, when that is new to the bundle, another. */
function carriedMid(established: ReadonlyMap<string, EstablishedTransport>, tag: SectionView): string | undefined {
  return [tag.mid, ...(tag.bundle?.mids ?? [])].find((mid) => established.has(mid));
}

/** Whether two descriptions of a transport promise the same DTLS peer (RFC 9429 §5.11: fingerprints and tls-id). */
export function sameIdentity(a: SectionView, b: SectionView): boolean {
  const text = (view: SectionView): string =>
    view.fingerprints
      .map((one) => `${one.hash} ${one.value}`)
      .sort()
      .join();
  return text(a) === text(b) && a.tlsId === b.tlsId;
}

/** The remote side's section that describes the transport whose tag in the answer is `tag`. */
function remoteSection(pair: AgreedPair, tag: SectionView): SectionView | undefined {
  return pair.offerSide === "local" ? tag : offeredSection(pair, tag);
}

/** The remote side's description of the transport that carries `mid`; undefined when the pair has none. */
export function remoteSectionByMid(pair: AgreedPair, mid: string): SectionView | undefined {
  const view = pair.answer.find((one) => one.mid === mid && isLive(one));
  return view === undefined ? undefined : remoteSection(pair, transportSection(view, pair.answer, "answer"));
}

/** Our side's description of the transport that carries `mid`. */
export function localSectionByMid(pair: AgreedPair, mid: string): SectionView | undefined {
  const view = pair.answer.find((one) => one.mid === mid && isLive(one));
  if (view === undefined) return undefined;
  const tag = transportSection(view, pair.answer, "answer");
  return pair.offerSide === "local" ? offeredSection(pair, tag) : tag;
}

/** The offer whose answer is awaited. */
function pendingOffer(state: NegotiationState): { readonly side: Side; readonly views: readonly SectionView[] } | undefined {
  if (state.signalingState === "have-local-offer" && state.pendingLocalDescription !== undefined) {
    return { side: "local", views: viewsWithin(state, "local", state.pendingLocalDescription) };
  }
  if (state.signalingState === "have-remote-offer" && state.pendingRemoteDescription !== undefined) {
    return { side: "remote", views: viewsWithin(state, "remote", state.pendingRemoteDescription) };
  }
  return undefined;
}

function agreedTransports(pair: AgreedPair, established: ReadonlyMap<string, EstablishedTransport>): NegotiatedTransport[] {
  const transports: NegotiatedTransport[] = [];
  for (const view of pair.answer) {
    if (!isLive(view)) continue;
    const tag = transportSection(view, pair.answer, "answer");
    const at = transports.findIndex((one) => one.mid === tag.mid);
    if (at >= 0) {
      transports[at] = { ...transports[at]!, mids: [...transports[at]!.mids, view.mid] };
      continue;
    }
    const offered = offeredSection(pair, tag);
    const local = pair.offerSide === "local" ? offered : tag;
    const remote = pair.offerSide === "local" ? tag : offered;
    const settled = established.get(tag.mid);
    const offerer = settled?.iceOfferer ?? pair.offerSide;
    transports.push({
      id: settled?.id ?? tag.mid,
      mid: tag.mid,
      index: tag.index,
      mids: [view.mid],
      ...(local?.ice && { local: { iceCredentials: local.ice, iceRestart: false } }),
      ...(remote?.ice && { remote: remoteParameters(remote, remote.ice) }),
      // RFC 8445 §6.1.1: we are never lite, so against a lite peer we control.
      iceRole: remote?.iceLite || offerer === "local" ? "controlling" : "controlled",
      ...(settled && { dtlsRole: settled.dtlsRole }),
      dtlsAssociation: settled?.dtlsAssociation ?? 0,
      ...(settled?.moving && { moving: "answered" }),
    });
  }
  return transports;
}

/** Adds what a pending offer brings: new transports, and for those that exist our own new credentials. */
function overlayOffer(
  transports: NegotiatedTransport[],
  { side, views }: { readonly side: Side; readonly views: readonly SectionView[] },
  established: ReadonlyMap<string, EstablishedTransport>,
  pair: AgreedPair | undefined,
): void {
  for (const view of views) {
    if (!isLive(view)) continue;
    const known = transports.findIndex((one) => one.mids.includes(view.mid));
    const described = transportSection(view, views, "offer");
    const tag = view.bundle?.tagIndex === undefined ? described : views[view.bundle.tagIndex]!;
    if (known >= 0) {
      if (side === "local" && described.ice !== undefined) transports[known] = offeredAnew(transports, known, established, view, views);
      continue;
    }
    // We answer with the whole bundle on its tag's transport, so what a peer adds to one that exists needs none for the time being. Neither does a new tag of ours.
    const carried = tag === view ? carriedMid(established, tag) : undefined;
    const goesOn = side === "remote" && continues(established, tag, views, pair);
    const home = side === "local" ? (carried ?? described.mid) : goesOn ? (carriedMid(established, tag) ?? tag.mid) : described.mid;
    const at = transports.findIndex((one) => one.mids.includes(home));
    if (at >= 0) {
      transports[at] = { ...transports[at]!, mids: [...transports[at]!.mids, view.mid] };
      continue;
    }
    if (described.ice === undefined) continue;
    const mids = described === view ? [view.mid] : [described.mid, view.mid];
    transports.push({ ...newTransport(established, side, described, described.ice), mids });
  }
}

/** A transport that exists, as our pending offer has it: with the credentials of the section that describes it, and perhaps moving to another tag. */
function offeredAnew(
  transports: readonly NegotiatedTransport[],
  known: number,
  established: ReadonlyMap<string, EstablishedTransport>,
  view: SectionView,
  views: readonly SectionView[],
): NegotiatedTransport {
  const transport = transports[known]!;
  const described = transportSection(view, views, "offer");
  const stays = !established.has(view.mid) || continues(established, view, views);
  const isElsewhere = transports.some((one) => one !== transport && one.mids.includes(described.mid));
  if (described.ice === undefined || isElsewhere || (stays && !transport.mids.includes(described.mid))) return transport;
  const local = { iceCredentials: described.ice, iceRestart: false };
  const { mid, index } = view.bundle?.tagIndex === undefined ? described : views[view.bundle.tagIndex]!;
  return stays ? { ...transport, local } : { ...transport, local, mid, index, moving: "offered" };
}

/** A transport of which only an offer is known. */
function newTransport(
  established: ReadonlyMap<string, EstablishedTransport>,
  side: Side,
  described: SectionView,
  ice: IceParameters,
): Omit<NegotiatedTransport, "mids"> {
  return {
    id: newTransportId(established, described.mid),
    mid: described.mid,
    index: described.index,
    ...(side === "local" ? { local: { iceCredentials: ice, iceRestart: false } } : { remote: remoteParameters(described, ice) }),
    iceRole: side === "local" || described.iceLite ? "controlling" : "controlled",
    dtlsAssociation: 0,
  };
}

/** The mid that a transport begins with, made unlike the name of any that lives: that may have begun with a section of the same mid, now gone. */
function newTransportId(established: ReadonlyMap<string, EstablishedTransport>, mid: string): string {
  const ids = new Set<string>();
  for (const { id } of established.values()) ids.add(id);
  let id = mid;
  while (ids.has(id)) id += "+";
  return id;
}

/** The offer's description of the transport whose tag in the answer is `tag`: that section's own, or its group's when it was bundle-only. */
function offeredSection(pair: AgreedPair, tag: SectionView): SectionView | undefined {
  const offered = pair.offer[tag.index];
  return offered === undefined ? undefined : transportSection(offered, pair.offer, "offer");
}

function remoteParameters(view: SectionView, iceCredentials: IceParameters): RemoteTransportParameters {
  return {
    iceCredentials,
    iceRestart: false,
    iceLite: view.iceLite,
    iceOptions: view.iceOptions,
    fingerprints: view.fingerprints,
    ...(view.tlsId !== undefined && { tlsId: view.tlsId }),
    candidates: view.media.candidates,
    endOfCandidates: view.media.endOfCandidates,
  };
}

function withRestarts(transport: NegotiatedTransport, before: readonly NegotiatedTransport[]): NegotiatedTransport {
  const old = before.find((one) => one.id === transport.id);
  const { local, remote } = transport;
  return {
    ...transport,
    ...(local && { local: { ...local, iceRestart: changed(old?.local?.iceCredentials, local.iceCredentials) } }),
    ...(remote && { remote: { ...remote, iceRestart: changed(old?.remote?.iceCredentials, remote.iceCredentials) } }),
  };
}

/** RFC 8839 §4.4.1.1.1: either one changed. */
function changed(old: IceParameters | undefined, now: IceParameters): boolean {
  return old !== undefined && (old.usernameFragment !== now.usernameFragment || old.password !== now.password);
}

function isLive(view: SectionView): boolean {
  return !view.rejected;
}
