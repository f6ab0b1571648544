/** Signalling between two agents, as an application would do it. */
import { randomUUID } from "node:crypto";
import type { Peer } from "./peer.ts";
import type { ChannelOptions, Signal } from "./peer-agent.mjs";

/** How to connect. */
export interface ConnectOptions {
  /** Send candidates one by one; otherwise wait and send them inside the description. Default true. */
  readonly trickle?: boolean;
  /** Call createOffer and createAnswer instead of leaving it to setLocalDescription. */
  readonly explicit?: boolean;
  readonly offererConfiguration?: object;
  readonly answererConfiguration?: object;
  /** purertc's second constructor argument, for the side that is purertc. */
  readonly offererSettings?: object;
  readonly answererSettings?: object;
  /** Channels the offerer creates before the offer; default one, `"main"`. */
  readonly channels?: Readonly<Record<string, ChannelOptions | undefined>>;
  /** Channels both sides create with `negotiated: true`. */
  readonly negotiated?: Readonly<Record<string, ChannelOptions>>;
}

/** Two connected agents under one name. */
export interface Connection {
  readonly id: string;
  readonly offerer: Peer;
  readonly answerer: Peer;
  /** Offers and answers again; either side may begin. */
  renegotiate(from: Peer): Promise<void>;
  /** Closes and forgets both ends. */
  drop(): Promise<void>;
}

/** Connects two agents and waits until both say connected. */
export async function connect(offerer: Peer, answerer: Peer, options: ConnectOptions = {}): Promise<Connection> {
  const id = `${offerer.name}-${answerer.name}-${randomUUID().slice(0, 8)}`;
  const trickle = options.trickle ?? true;
  await offerer.call("create", id, options.offererConfiguration, options.offererSettings);
  await answerer.call("create", id, options.answererConfiguration, options.answererSettings);
  for (const [label, init] of Object.entries(options.channels ?? (options.negotiated ? {} : { main: {} }))) {
    await offerer.call("open", id, label, init);
  }
  for (const [label, init] of Object.entries(options.negotiated ?? {})) {
    await offerer.call("open", id, label, { ...init, negotiated: true });
    await answerer.call("open", id, label, { ...init, negotiated: true });
  }

  /** Candidates may be ready before the other side knows the description they belong to; they wait here. */
  let remoteKnown: Promise<void> | undefined;
  const negotiate = async (from: Peer, to: Peer): Promise<void> => {
    const offer = await from.call("offer", id, trickle, options.explicit);
    const answer = await to.call("answer", id, offer, trickle, options.explicit);
    await from.call("accept", id, answer);
  };
  const pump = async (from: Peer, to: Peer): Promise<void> => {
    for (;;) {
      const signals: readonly Signal[] | null = await from.call("signals", id);
      if (signals === null) return;
      await remoteKnown;
      for (const signal of signals) if ("candidate" in signal) await to.call("candidate", id, signal);
    }
  };
  const begin = async (from: Peer, to: Peer): Promise<void> => {
    remoteKnown = negotiate(from, to);
    await remoteKnown;
  };
  /** A candidate on its way to a connection that was closed is never answered, so nobody waits for the pumps. */
  let dropped = false;
  const failures: unknown[] = [];
  const failed = (error: unknown): void => {
    if (!dropped) failures.push(error);
  };
  if (trickle) {
    pump(offerer, answerer).catch(failed);
    pump(answerer, offerer).catch(failed);
  }
  await begin(offerer, answerer);
  await Promise.all([offerer.call("connected", id), answerer.call("connected", id)]);

  return {
    id,
    offerer,
    answerer,
    renegotiate: (from) => begin(from, from === offerer ? answerer : offerer),
    drop: async () => {
      dropped = true;
      await Promise.all([offerer.call("drop", id), answerer.call("drop", id)]);
      if (failures.length > 0) throw failures[0];
    },
  };
}
