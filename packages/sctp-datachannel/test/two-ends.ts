import { createHmac } from "node:crypto";
import type { Mac } from "@purertc/core";
import {
  type AssociationOptions,
  type ChannelInit,
  DataChannels,
  type DataChannelsConnect,
  type DataChannelsOptions,
  SctpAssociation,
} from "@purertc/sctp-datachannel";
import { connectPair, type Pair, type PairOptions, seededRandom } from "@purertc/simulator";

/** HMAC of the platform, so that this package's tests need no other package of ours. */
export const hmacOnly: AssociationOptions["crypto"] = {
  hmac(hash, key): Mac {
    const name = hash.replace("-", "");
    const compute = (...parts: readonly Uint8Array[]): Uint8Array => {
      const mac = createHmac(name, key);
      for (const part of parts) mac.update(part);
      return new Uint8Array(mac.digest());
    };
    return {
      length: compute().length,
      compute,
      computeInto: (data, from, to, out, at) => out.set(compute(data.subarray(from, to)), at),
    };
  },
};

export const PORTS = { localPort: 5000, remotePort: 5000 };

export function association(seed: number | string, options: Partial<AssociationOptions> = {}): SctpAssociation {
  return new SctpAssociation({ random: seededRandom(seed), crypto: hmacOnly, mtu: 1163, ...options });
}

export function channels(seed: number | string, options: Partial<DataChannelsOptions> = {}): DataChannels {
  return new DataChannels({ random: seededRandom(seed), crypto: hmacOnly, mtu: 1163, ...options });
}

export function connectOptions(idParity: "even" | "odd", remoteMaxMessageSize = 262_144): DataChannelsConnect {
  return { ...PORTS, idParity, remoteMaxMessageSize };
}

export const RELIABLE: ChannelInit = { label: "reliable", protocol: "", ordered: true, negotiated: false, priority: "low" };

export interface PairSettings extends PairOptions {
  readonly a?: Partial<DataChannelsOptions>;
  readonly b?: Partial<DataChannelsOptions>;
}

/** Two ends of data channels; a is the DTLS client. Both connect at once. */
export function startedChannels(settings: PairSettings = {}): Pair<DataChannels, DataChannels> {
  const seed = settings.seed ?? 1;
  const pair = connectPair(channels(`${seed} a`, settings.a), channels(`${seed} b`, settings.b), settings);
  pair.a.call((a, now) => a.connect(now, connectOptions("even")));
  pair.b.call((b, now) => b.connect(now, connectOptions("odd")));
  return pair;
}

export function connectedChannels(settings: PairSettings = {}): Pair<DataChannels, DataChannels> {
  const pair = startedChannels(settings);
  pair.run(() => pair.a.protocol.state === "connected" && pair.b.protocol.state === "connected");
  return pair;
}

export interface AssociationPairSettings extends PairOptions {
  readonly a?: Partial<AssociationOptions>;
  readonly b?: Partial<AssociationOptions>;
}

/** Two associations; a sends INIT, b listens. */
export function associationPair(settings: AssociationPairSettings = {}): Pair<SctpAssociation, SctpAssociation> {
  const seed = settings.seed ?? 1;
  const pair = connectPair(association(`${seed} a`, settings.a), association(`${seed} b`, settings.b), settings);
  pair.b.call((b, now) => b.listen(now, PORTS));
  pair.a.call((a, now) => a.connect(now, PORTS));
  return pair;
}

export function connectedAssociations(settings: AssociationPairSettings = {}): Pair<SctpAssociation, SctpAssociation> {
  const pair = associationPair(settings);
  pair.run(() => pair.a.protocol.state === "established" && pair.b.protocol.state === "established");
  return pair;
}

/** Bytes that tell where they belong. */
export function pattern(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (seed * 2654435761 + 12345) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
