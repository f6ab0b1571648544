/** The queue behind {@link PeerEngine.pollEvent}, and what the events of ICE become in it. */
import { Queue } from "@purertc/core";
import type { DataChannelsEvent } from "@purertc/sctp-datachannel";
import type { IceCandidatePair, IceEvent, IceState } from "@purertc/stun-ice";
import type { CandidateOrigin, PeerEvent, TransportId } from "./peer-event.ts";
import type { Transport } from "./transport.ts";

/** See the file's header. */
export class PeerEvents {
  readonly #queue = new Queue<PeerEvent>();

  /** Adds an event at the end. */
  push(event: PeerEvent): void {
    this.#queue.push(event);
  }

  /** Takes the first one. */
  shift(): PeerEvent | undefined {
    return this.#queue.shift();
  }

  /** Forgets them all. */
  clear(): void {
    this.#queue.clear();
  }

  /** Adds what an ICE event means to the owner of the peer. */
  addIce(transport: Transport, event: IceEvent): void {
    const { id } = transport;
    switch (event.type) {
      case "gathering-state":
        if (event.state === "complete") this.push({ type: "end-of-local-candidates", ...originOf(transport) });
        if (event.state !== "new") this.push({ type: "gathering-state", transport: id, state: event.state });
        break;
      case "local-candidate":
        this.push({ ...event, ...originOf(transport) });
        break;
      case "candidate-error":
        this.push({ ...event, transport: id });
        break;
      case "state":
        this.#iceChanged(id, { state: event.state });
        break;
      case "role":
        this.push({ type: "ice-role", transport: id, role: event.role });
        break;
      case "selected-pair":
        this.#iceChanged(id, { pair: event.pair });
        break;
      case "closed":
        break;
    }
  }

  /** webrtc-pc §5.6: a new pair and the new state it brings are one event, unless the owner has seen the first already. */
  #iceChanged(transport: TransportId, change: { readonly state: IceState } | { readonly pair: IceCandidatePair }): void {
    const last = this.#queue.at(this.#queue.length - 1);
    const joins = last?.type === "ice-change" && last.transport === transport && !("state" in change ? "state" in last : "pair" in last);
    if (joins) Object.assign(last, change);
    else this.push({ type: "ice-change", transport, ...change });
  }
}

/** What an event of the channels is called here: those of the association have names of their own. */
export function channelsEvent(event: DataChannelsEvent): PeerEvent {
  if (event.type === "connected") return { type: "sctp-connected", maxChannels: event.maxChannels };
  return event.type === "closed" ? { ...event, type: "sctp-closed" } : event;
}

function originOf(transport: Transport): CandidateOrigin {
  const { mid, index } = transport.agreed;
  return {
    transport: transport.id,
    sdpMid: mid,
    sdpMLineIndex: index,
    usernameFragment: transport.ice.localCredentials?.usernameFragment ?? "",
  };
}
